#include "geo/geo_gazetteer_names.h"

#include <stdlib.h>
#include <string.h>

enum {
    EDIT_MIN = 5,  /* shorter names are too alike to be told apart with an error */
    EDIT_MAX = 48, /* bytes; longer names are found exactly only */
    EXPECTED_WORDS = 6,
    PART_PLACES_MAX = 3, /* what more places have in their names does not tell one */
};

struct gaz_edit {
    uint32_t hash;
    uint32_t name; /* GAZ_NAME_NONE: empty */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static uint32_t text_hash(const char *p, size_t n)
{
    uint64_t h = gaz_word_hash(p, n);
    return (uint32_t)(h ^ (h >> 29));
}

static int compare_rows(const void *a, const void *b)
{
    const struct gaz_name_row *x = a;
    const struct gaz_name_row *y = b;
    int c = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    if (c != 0 || x->n != y->n) {
        return c != 0 ? c : (x->n < y->n ? -1 : 1);
    }
    if (x->target.kind != y->target.kind) {
        return x->target.kind < y->target.kind ? -1 : 1;
    }
    if (x->target.index != y->target.index) {
        return x->target.index < y->target.index ? -1 : 1;
    }
    return (int)x->target.how - (int)y->target.how;
}

static bool same_text(const struct gaz_name_row *a, const struct gaz_name_row *b)
{
    return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

static size_t words_of(const char *text, size_t n)
{
    size_t words = n > 0 ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        words += text[i] == ' ';
    }
    return words;
}

static struct gaz_name *open_name(struct gaz_names *names, const struct gaz_name_row *row)
{
    struct gaz_name *name = &names->name[names->count++];
    size_t words = words_of(row->text, row->n);
    *name = (struct gaz_name){.text = (uint32_t)names->text_n,
                              .text_n = row->n,
                              .target = (uint32_t)names->target_count,
                              .words = (uint8_t)(words < 255 ? words : 255),
                              .initials = true,
                              .part = true};
    memcpy(names->text + names->text_n, row->text, row->n);
    names->text_n += row->n;
    return name;
}

/* Takes out the parts of names that something bears as its name, and those of many places. Returns
 * how many rows are left. */
static size_t drop_vague_parts(struct gaz_name_row *rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0, end = 0; i < count; i = end) {
        size_t parts = 0;
        for (end = i; end < count && (end == i || same_text(&rows[end], &rows[i])); end++) {
            parts += rows[end].target.how == GAZ_HOW_PART;
        }
        bool vague = parts < end - i || parts > PART_PLACES_MAX;
        for (size_t k = i; k < end; k++) {
            if (!vague || rows[k].target.how != GAZ_HOW_PART) {
                rows[kept++] = rows[k];
            }
        }
    }
    return kept;
}

/* One name for each distinct text, one target for each distinct thing of that name. */
static void fill_names(struct gaz_name_row *rows, size_t count, struct gaz_names *names)
{
    struct gaz_name *name = NULL;
    for (size_t i = 0; i < count; i++) {
        if (name == NULL || !same_text(&rows[i], &rows[i - 1])) {
            name = open_name(names, &rows[i]);
        } else if (rows[i].target.kind == rows[i - 1].target.kind &&
                   rows[i].target.index == rows[i - 1].target.index) {
            continue;
        }
        names->target[names->target_count++] = rows[i].target;
        name->targets++;
        name->kinds |= (uint8_t)(1U << rows[i].target.kind);
        name->initials = name->initials && rows[i].target.how >= GAZ_HOW_INITIALS;
        name->part = name->part && rows[i].target.how == GAZ_HOW_PART;
    }
}

static void add_phrases(struct gaz_names *names, uint32_t index)
{
    const struct gaz_name *name = &names->name[index];
    struct str left = {names->text + name->text, name->text_n};
    uint64_t hash = 0;
    while (left.n > 0) {
        struct str word = str_cut(&left, ' ');
        hash = gaz_phrase_step(hash, gaz_word_hash(word.p, word.n));
        struct gaz_phrase *slot = gaz_phrase_slot(names, hash);
        if (slot->hash == 0) {
            *slot = (struct gaz_phrase){hash, GAZ_NAME_NONE, 0};
        }
        if (left.n == 0) {
            slot->name = index;
        }
    }
}

static void add_edit(struct gaz_names *names, uint32_t hash, uint32_t name)
{
    size_t mask = names->edit_size - 1;
    size_t i = hash & mask;
    while (names->edit[i].name != GAZ_NAME_NONE) {
        if (names->edit[i].name == name && names->edit[i].hash == hash) {
            return;
        }
        i = (i + 1) & mask;
    }
    names->edit[i] = (struct gaz_edit){hash, name};
}

static bool has_edits(const struct gaz_name *name)
{
    return !name->initials && name->text_n >= EDIT_MIN && name->text_n <= EDIT_MAX;
}

static size_t without(struct str text, size_t i, char *out)
{
    memcpy(out, text.p, i);
    memcpy(out + i, text.p + i + 1, text.n - i - 1);
    return text.n - 1;
}

static void add_edits(struct gaz_names *names, uint32_t index)
{
    const struct gaz_name *name = &names->name[index];
    if (!has_edits(name)) {
        return;
    }
    struct str text = {names->text + name->text, name->text_n};
    add_edit(names, text_hash(text.p, text.n), index);
    char shorter[EDIT_MAX];
    for (size_t i = 0; i < text.n; i++) {
        if (is_digit(text.p[i])) {
            continue; /* digits are never wrong */
        }
        size_t n = without(text, i, shorter);
        add_edit(names, text_hash(shorter, n), index);
    }
}

static size_t power_of_two(size_t at_least)
{
    size_t size = 16;
    while (size < at_least) {
        size *= 2;
    }
    return size;
}

static bool make_tables(struct gaz_names *names)
{
    size_t phrases = 0;
    size_t edits = 0;
    for (size_t i = 0; i < names->count; i++) {
        phrases += names->name[i].words;
        edits += has_edits(&names->name[i]) ? names->name[i].text_n + 1 : 0;
    }
    names->phrase_size = power_of_two(phrases * 3 / 2 + 16);
    names->edit_size = power_of_two(edits * 3 / 2 + 16);
    names->phrase = calloc(names->phrase_size, sizeof(*names->phrase));
    names->edit = malloc(names->edit_size * sizeof(*names->edit));
    if (names->phrase == NULL || names->edit == NULL) {
        return false;
    }
    memset(names->edit, 0xFF, names->edit_size * sizeof(*names->edit));
    for (uint32_t i = 0; i < names->count; i++) {
        add_phrases(names, i);
        add_edits(names, i);
    }
    return true;
}

bool gaz_names_build(struct gaz_name_row *rows, size_t count, struct gaz_names *out)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += rows[i].n;
    }
    *out = (struct gaz_names){.text = malloc(bytes + 1),
                              .name = calloc(count + 1, sizeof(*out->name)),
                              .target = calloc(count + 1, sizeof(*out->target))};
    if (out->text != NULL && out->name != NULL && out->target != NULL) {
        if (count > 1) {
            qsort(rows, count, sizeof(*rows), compare_rows);
        }
        fill_names(rows, drop_vague_parts(rows, count), out);
        if (make_tables(out)) {
            return true;
        }
    }
    gaz_names_clear(out);
    return false;
}

void gaz_names_clear(struct gaz_names *names)
{
    free(names->text);
    free(names->name);
    free(names->target);
    free(names->phrase);
    free(names->edit);
    *names = (struct gaz_names){0};
}

size_t gaz_names_bytes(const struct gaz_names *names)
{
    return names->text_n + names->count * sizeof(*names->name) +
           names->target_count * sizeof(*names->target) +
           names->phrase_size * sizeof(*names->phrase) + names->edit_size * sizeof(*names->edit);
}

static struct str name_text(const struct gaz_names *names, uint32_t name)
{
    return (struct str){names->text + names->name[name].text, names->name[name].text_n};
}

void gaz_names_expect(const struct gaz_names *names, const struct gaz_words *words)
{
    size_t mask = names->phrase_size - 1;
    for (size_t i = 0; i < words->count && i < EXPECTED_WORDS; i++) {
        uint64_t one = gaz_phrase_step(0, words->word[i].hash);
        __builtin_prefetch(&names->phrase[one & mask]);
        if (i + 1 < words->count) {
            uint64_t two = gaz_phrase_step(one, words->word[i + 1].hash);
            __builtin_prefetch(&names->phrase[two & mask]);
        }
    }
}

/* Is b one error away from a: a letter more, less or other, or two neighbours swapped? An error in
 * a digit is another number, not a typing error. */
static bool one_error(struct str one, struct str other)
{
    struct str a = one.n > other.n ? other : one; /* the shorter */
    struct str b = one.n > other.n ? one : other;
    size_t i = 0;
    while (i < a.n && a.p[i] == b.p[i]) {
        i++;
    }
    size_t tail = 0;
    while (tail < a.n - i && a.p[a.n - 1 - tail] == b.p[b.n - 1 - tail]) {
        tail++;
    }
    size_t left_a = a.n - i - tail;
    size_t left_b = b.n - i - tail;
    if (left_b == 1 && left_a <= 1) {
        return !is_digit(b.p[i]) && (left_a == 0 || !is_digit(a.p[i]));
    }
    return left_a == 2 && left_b == 2 && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] &&
           !is_digit(a.p[i]) && !is_digit(a.p[i + 1]);
}

struct near {
    const struct gaz_names *names;
    struct str text;
    uint32_t *out;
    size_t n, max;
};

static void look(struct near *s, uint32_t hash)
{
    const struct gaz_names *names = s->names;
    size_t mask = names->edit_size - 1;
    for (size_t i = hash & mask; names->edit[i].name != GAZ_NAME_NONE; i = (i + 1) & mask) {
        if (names->edit[i].hash != hash) {
            continue;
        }
        uint32_t name = names->edit[i].name;
        bool known = false;
        for (size_t k = 0; k < s->n; k++) {
            known = known || s->out[k] == name;
        }
        if (!known && s->n < s->max && one_error(s->text, name_text(names, name))) {
            s->out[s->n++] = name;
        }
    }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): written through struct near */
size_t gaz_names_near(const struct gaz_names *names, struct str text, uint32_t *out, size_t max)
{
    if (text.n < EDIT_MIN || text.n > EDIT_MAX) {
        return 0;
    }
    struct near s = {.names = names, .text = text, .out = out, .max = max};
    look(&s, text_hash(text.p, text.n));
    char shorter[EDIT_MAX];
    for (size_t i = 0; i < text.n; i++) {
        if (is_digit(text.p[i])) {
            continue; /* digits are never wrong */
        }
        size_t n = without(text, i, shorter);
        look(&s, text_hash(shorter, n));
    }
    return s.n;
}

static int compare_prefix(struct str name, struct str text)
{
    size_t n = name.n < text.n ? name.n : text.n;
    int c = memcmp(name.p, text.p, n);
    return c != 0 ? c : (name.n < text.n ? -1 : 0);
}

/* The first name not before text (or, when `past`, not beginning with it either). */
static uint32_t bound(const struct gaz_names *names, struct str text, bool past)
{
    uint32_t low = 0;
    uint32_t high = (uint32_t)names->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int c = compare_prefix(name_text(names, middle), text);
        if (c < 0 || (past && c == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void gaz_names_range(const struct gaz_names *names, struct str text, uint32_t *first, uint32_t *end)
{
    *first = bound(names, text, false);
    *end = bound(names, text, true);
}
