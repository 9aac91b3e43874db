/* Covering the words of a text with names.
 *
 * The parser (geo_address.h) has cut the text by its marks; what stands between marks may still be
 * several names in a row ("quang trung go vap"). The cover with the most words in the fewest names
 * wins, found by dynamic programming from the right. Words that stay open are tried again without
 * Telex leftovers, then with one typing error, so a clean text never pays for that. */
#include "geo/geo_gazetteer_read.h"

#include <string.h>

#include "geo/geo_address_marks.h"

enum {
    WINDOW_WORDS_MAX = 7, /* of a name with a typing error */
    SHORT_BYTES = 8,
    WINDOWS_MAX = 48,        /* tried for errors in one range */
    GUESSES_MAX = 12,        /* windows that met a name */
    COMPLETIONS_SEEN = 2000, /* names looked at for an unfinished word */
    SCORE_WORD = 4,          /* a word covered ... */
    SCORE_NAME = 1,          /* ... less this for each name ... */
    SCORE_INITIALS = 2,      /* ... and this for initials ... */
    SCORE_ERROR = 2,         /* ... or an error */
};

#define QUALITY_INITIALS    0.93
#define QUALITY_BEGINNING   0.9
#define QUALITY_ERROR       0.985
#define QUALITY_SHORT_ERROR 0.92 /* in few letters an error makes another name */
#define QUALITY_UNKEYED     0.99

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct str word_of(const struct gaz_range *range, size_t i)
{
    return gaz_words_text(&range->words, i, i + 1);
}

/* Words that need no name: "đường" before one, "ngã 4" before a crossing's streets. */
static bool noise(const struct gaz_reading *r, const struct gaz_range *range, size_t i)
{
    struct str word = word_of(range, i);
    if (str_equal_z(word, "duong") || str_equal_z(word, "pho") || str_equal_z(word, "va")) {
        return true;
    }
    if (r->address.relation != GEO_RELATION_CROSSING) {
        return false;
    }
    return str_equal_z(word, "nga") || (i > 0 && word.n == 1 && is_digit(word.p[0]) &&
                                        str_equal_z(word_of(range, i - 1), "nga"));
}

struct cover {
    struct gaz_reading *r;
    struct gaz_range *range;
    const struct gaz_span *guess;
    size_t guesses;
    int best[GAZ_WORDS_MAX + 1];
    struct gaz_span chosen[GAZ_WORDS_MAX]; /* names 0: the word is skipped */
};

/* May this name stand for words from..to of the range? */
static bool admissible(const struct cover *c, uint32_t index, size_t from, size_t to)
{
    const struct gaz_name *name = &c->r->g->names.name[index];
    bool alone = to - from == c->range->words.count;
    if (c->r->address.relation == GEO_RELATION_CROSSING && c->r->ranges > 1 &&
        name->kinds == 1U << GAZ_PLACE) {
        return false; /* streets meet, places don't */
    }
    if (to - from == 1) {
        if (is_digit(word_of(c->range, from).p[0])) {
            return alone && c->range->kind == GEO_ADDRESS_STREET;
        }
        if (name->kinds == 1U << GAZ_PLACE && !alone) {
            return false; /* "Hà", "Yên": single words are names of places by accident */
        }
    }
    if (name->initials && name->kinds == 1U << GAZ_UNIT) {
        return alone;
    }
    if (name->part) { /* a street that nobody knows is not the school named like it */
        const struct gaz_reading *r = c->r;
        return r->number_n == 0 && r->alley_n == 0 && c->range->kind != GEO_ADDRESS_STREET;
    }
    return true;
}

static void choose(struct cover *c, size_t i, int score, const struct gaz_span *span)
{
    if (score > c->best[i]) {
        c->best[i] = score;
        c->chosen[i] = *span;
    }
}

static void choose_name(struct cover *c, size_t from, size_t to, uint32_t index)
{
    const struct gaz_name *name = &c->r->g->names.name[index];
    int score = SCORE_WORD * (int)(to - from) - SCORE_NAME - (name->initials ? SCORE_INITIALS : 0) +
                c->best[to];
    if (score <= c->best[from] || !admissible(c, index, from, to)) {
        return;
    }
    c->best[from] = score;
    struct gaz_span *span = &c->chosen[from];
    span->name[0] = index;
    span->names = 1;
    span->kinds = name->kinds;
    span->from = (uint8_t)from;
    span->to = (uint8_t)to;
    span->quality = name->initials ? QUALITY_INITIALS : 1;
}

static void walk(struct cover *c, size_t from)
{
    const struct gaz_words *words = &c->range->words;
    uint64_t phrase = 0;
    for (size_t to = from + 1; to <= words->count; to++) {
        phrase = gaz_phrase_step(phrase, words->word[to - 1].hash);
        uint32_t name = GAZ_NAME_NONE;
        if (!gaz_names_step(&c->r->g->names, phrase, words, from, to, &name)) {
            return;
        }
        if (name != GAZ_NAME_NONE) {
            choose_name(c, from, to, name);
        }
    }
}

static void cover(struct cover *c)
{
    size_t n = c->range->words.count;
    c->best[n] = 0;
    for (size_t i = n; i-- > 0;) {
        c->best[i] = c->best[i + 1];
        c->chosen[i].names = 0;
        walk(c, i);
        for (size_t k = 0; k < c->guesses; k++) {
            const struct gaz_span *guess = &c->guess[k];
            if (guess->from == i) {
                choose(c, i,
                       SCORE_WORD * (guess->to - guess->from) - SCORE_NAME - SCORE_ERROR +
                           c->best[guess->to],
                       guess);
            }
        }
    }
    c->range->open = 0;
    for (size_t i = 0; i < n;) {
        if (c->chosen[i].names > 0) {
            i = c->chosen[i].to;
            continue;
        }
        if (!noise(c->r, c->range, i)) {
            c->range->open |= 1ULL << i;
        }
        i++;
    }
}

/* Tries the open words without what an input method left in them. */
static void cover_unkeyed(struct cover *c)
{
    struct gaz_words tried;
    uint64_t tokens = 0;
    for (size_t i = 0; i < c->range->words.count; i++) {
        if ((c->range->open >> i & 1U) != 0) {
            tokens |= 1ULL << c->range->words.word[i].token;
        }
    }
    if (!gaz_words_read_unkeyed(&c->r->address, c->range->first, c->range->end, tokens, &tried)) {
        return;
    }
    struct gaz_words before = c->range->words;
    int had = c->best[0];
    c->range->words = tried;
    cover(c);
    if (c->best[0] <= had) {
        c->range->words = before;
        cover(c);
        return;
    }
    for (size_t i = 0; i < c->range->words.count; i++) {
        c->chosen[i].quality *= c->chosen[i].names > 0 ? QUALITY_UNKEYED : 1;
    }
}

static bool window_open(const struct cover *c, size_t from, size_t to)
{
    uint64_t mask = (to - from >= 64 ? ~0ULL : (1ULL << (to - from)) - 1) << from;
    return (c->range->open & mask) != 0;
}

static void guess_window(struct cover *c, size_t from, size_t to, struct gaz_span *guess,
                         size_t *guesses)
{
    const struct gaz_names *names = &c->r->g->names;
    struct gaz_span *span = &guess[*guesses];
    uint32_t found[GAZ_CHOICES_MAX];
    struct str text = gaz_words_text(&c->range->words, from, to);
    size_t n = gaz_names_near(names, text, found, GAZ_CHOICES_MAX);
    *span =
        (struct gaz_span){.from = (uint8_t)from,
                          .to = (uint8_t)to,
                          .quality = text.n < SHORT_BYTES ? QUALITY_SHORT_ERROR : QUALITY_ERROR};
    for (size_t i = 0; i < n; i++) {
        bool place = names->name[found[i]].kinds == 1U << GAZ_PLACE;
        if (!place || (c->r->number_n == 0 && (to - from > 1 || c->range->words.count == 1))) {
            span->name[span->names++] = found[i];
            span->kinds |= names->name[found[i]].kinds;
        }
    }
    *guesses += span->names > 0;
}

/* Tries windows that hold an open word with one typing error. */
static void cover_errors(struct cover *c)
{
    struct gaz_span guess[GUESSES_MAX];
    size_t guesses = 0;
    size_t windows = 0;
    size_t n = c->range->words.count;
    for (size_t from = 0; from < n; from++) {
        for (size_t to = from + 1; to <= n && to - from <= WINDOW_WORDS_MAX; to++) {
            if (!window_open(c, from, to)) {
                continue;
            }
            if (windows++ == WINDOWS_MAX || guesses == GUESSES_MAX) {
                goto full;
            }
            guess_window(c, from, to, guess, &guesses);
        }
    }
full:
    if (guesses > 0) {
        c->guess = guess;
        c->guesses = guesses;
        cover(c);
        c->guess = NULL;
        c->guesses = 0;
    }
}

static double prominence(const struct geo_gazetteer *g, const struct gaz_name *name)
{
    double best = 0;
    for (uint32_t i = 0; i < name->targets && i < 8; i++) {
        const struct gaz_target *t = &g->names.target[name->target + i];
        double weight = 4;
        if (t->kind == GAZ_STREET) {
            weight = 5.0 + g->streets[t->index].vertices + 2.0 * g->streets[t->index].houses;
        } else if (t->kind == GAZ_UNIT) {
            weight = 200;
        }
        best = weight > best ? weight : best;
    }
    return name->initials ? best / 50 : best;
}

/* The most prominent names that begin with the words from `from` on. */
static void complete_from(struct gaz_reading *r, struct gaz_range *range, size_t from,
                          struct gaz_span *out)
{
    const struct gaz_names *names = &r->g->names;
    double weight[GAZ_CHOICES_MAX];
    uint32_t first = 0;
    uint32_t end = 0;
    gaz_names_range(names, gaz_words_text(&range->words, from, range->words.count), &first, &end);
    end = end - first > COMPLETIONS_SEEN ? first + COMPLETIONS_SEEN : end;
    *out =
        (struct gaz_span){.from = (uint8_t)from, .to = (uint8_t)range->words.count, .quality = 0.9};
    for (uint32_t i = first; i < end; i++) {
        double w = prominence(r->g, &names->name[i]);
        size_t at = out->names;
        while (at > 0 && weight[at - 1] < w) {
            at--;
        }
        if (at == GAZ_CHOICES_MAX) {
            continue;
        }
        size_t kept = out->names < GAZ_CHOICES_MAX ? out->names : GAZ_CHOICES_MAX - 1U;
        memmove(weight + at + 1, weight + at, (kept - at) * sizeof(*weight));
        memmove(out->name + at + 1, out->name + at, (kept - at) * sizeof(*out->name));
        weight[at] = w;
        out->name[at] = i;
        out->names = (uint8_t)(kept + 1);
    }
    for (size_t i = 0; i < out->names; i++) {
        out->kinds |= names->name[out->name[i]].kinds;
    }
}

/* Autocomplete: the longest run of last words that begins some name takes the place of what the
 * cover made of them. */
static void complete(struct cover *c)
{
    size_t n = c->range->words.count;
    for (size_t i = 0; i < n; i++) {
        bool inside = false;
        for (size_t k = 0; k < i;) {
            size_t next = c->chosen[k].names > 0 ? c->chosen[k].to : k + 1;
            inside = inside || (next > i && next < n);
            k = next;
        }
        struct gaz_span span;
        if (window_open(c, 0, i)) {
            return; /* what stands before is not understood: rather an error than a name */
        }
        if (inside) {
            continue;
        }
        complete_from(c->r, c->range, i, &span);
        if (span.names > 0) {
            c->chosen[i] = span;
            c->range->open &= (1ULL << i) - 1;
            return;
        }
    }
}

/* "cầu Sài Gòn" is the whole of what was typed and the beginning of "Cầu Sài Gòn 1" and "2". */
static bool cover_beginning(struct cover *c)
{
    const struct gaz_names *names = &c->r->g->names;
    struct gaz_span span;
    struct gaz_words *words = &c->range->words;
    if (words->count < 2) {
        return false;
    }
    complete_from(c->r, c->range, 0, &span);
    size_t kept = 0;
    for (size_t i = 0; i < span.names; i++) {
        const struct gaz_name *name = &names->name[span.name[i]];
        size_t n = gaz_words_text(words, 0, words->count).n;
        if (name->text_n > n && names->text[name->text + n] == ' ') {
            span.name[kept++] = span.name[i];
        }
    }
    if (kept == 0) {
        return false;
    }
    span.names = (uint8_t)kept;
    span.quality = QUALITY_BEGINNING;
    c->chosen[0] = span;
    c->range->open = 0;
    return true;
}

/* Words left open, or a name of one word ("Cầu") first of several: nothing to rely on. */
static bool patchwork(const struct cover *c)
{
    bool one_word = c->range->words.count > 1 && c->chosen[0].names > 0 && c->chosen[0].to == 1;
    return c->range->open != 0 || one_word;
}

static void add_span(struct gaz_reading *r, const struct gaz_span *span, size_t range)
{
    if (r->spans < GAZ_SPANS_MAX) {
        r->span[r->spans] = *span;
        r->span[r->spans++].range = (uint8_t)range;
    }
}

static size_t squeeze(struct str in, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n && n + 1 < cap; i++) {
        if (in.p[i] != ' ') {
            out[n++] = in.p[i];
        }
    }
    out[n] = '\0';
    return n;
}

/* "Bùi Viện 22": a number right behind a street's name, which is no part of it, is the house. */
static void take_number(struct cover *c)
{
    struct gaz_reading *r = c->r;
    for (size_t i = 0; i < c->range->words.count && r->number_n == 0;) {
        size_t next = c->chosen[i].names > 0 ? c->chosen[i].to : i + 1;
        bool street = c->chosen[i].names > 0 && (c->chosen[i].kinds & 1U << GAZ_STREET) != 0;
        if (street && next < c->range->words.count && (c->range->open >> next & 1U) != 0 &&
            is_digit(word_of(c->range, next).p[0])) {
            r->number_n = squeeze(word_of(c->range, next), r->number, sizeof(r->number));
            c->range->open &= ~(1ULL << next);
        }
        i = next;
    }
}

static void read_range(struct gaz_reading *r, size_t index, bool unfinished)
{
    struct cover c; /* some kilobytes, of which few are used */
    c.r = r;
    c.range = &r->range[index];
    c.guess = NULL;
    c.guesses = 0;
    cover(&c);
    if (c.range->open != 0) {
        take_number(&c);
    }
    if (unfinished) {
        complete(&c);
    }
    if (patchwork(&c) && cover_beginning(&c)) {
        add_span(r, &c.chosen[0], index);
        return;
    }
    if (c.range->open != 0) {
        cover_unkeyed(&c);
    }
    if (c.range->open != 0) {
        cover_errors(&c);
        take_number(&c);
    }
    for (size_t i = 0; i < c.range->words.count;) {
        if (c.chosen[i].names > 0) {
            add_span(r, &c.chosen[i], index);
            i = c.chosen[i].to;
        } else {
            i++;
        }
    }
}

/* The mark stands there as "đường" or "Đ.", and not as an input method's keys. */
static bool spelled(const struct geo_address *a, size_t token)
{
    struct str key = geo_address_token_key(a, token);
    return str_equal_z(key, "duong") || key.n == 1;
}

/* "đường" before a name may be the mark, or (typed without diacritics) a name's first word. */
static void read_range_words(struct gaz_reading *r, struct gaz_range *range)
{
    const struct geo_address *a = &r->address;
    size_t from = range->first;
    const struct geo_mark *m = from > 0 ? geo_address_mark(a, from - 1) : NULL;
    bool mark = m != NULL && m->kind == MARK_STREET && m->word[0][0] == 'd';
    bool numbered = is_digit(geo_address_token_key(a, from).p[0]);
    gaz_words_read(a, mark && spelled(a, from - 1) ? from - 1 : from, range->end, &range->words);
    if (mark && !spelled(a, from - 1)) {
        if (numbered && a->tokens[from].signs == (GEO_SIGN_DIGIT | GEO_SIGN_NUMERAL)) {
            gaz_words_clear(&range->words);
            gaz_words_add(&range->words, STR("so"), from);
            gaz_words_add(&range->words, geo_address_token_key(a, from), from);
        }
        return;
    }
    bool so = range->words.count > 2 && str_equal_z(gaz_words_text(&range->words, 1, 2), "so");
    if (mark && (a->tokens[from - 1].marks != 0 || so)) {
        gaz_words_drop_first(&range->words);
    }
}

static void add_range(struct gaz_reading *r, size_t from, size_t to, enum geo_address_kind kind)
{
    if (from >= to || r->ranges == GAZ_RANGES_MAX) {
        return;
    }
    struct gaz_range *range = &r->range[r->ranges++];
    range->kind = kind;
    range->open = 0;
    range->first = (uint8_t)from;
    range->end = (uint8_t)to;
    read_range_words(r, range);
}

/* The word taken for a mark belongs to the name before it: "Công Xã Paris". */
static bool extend_range(struct gaz_reading *r, size_t mark, size_t to)
{
    struct gaz_range *last = r->ranges > 0 ? &r->range[r->ranges - 1] : NULL;
    if (last == NULL || last->end != mark ||
        (r->address.tokens[mark].signs & (GEO_SIGN_BREAK | GEO_SIGN_DASH)) != 0) {
        return false;
    }
    last->end = (uint8_t)to;
    read_range_words(r, last);
    return true;
}

static void context_unit(struct gaz_named *named, const struct geo_gazetteer *g, uint32_t unit,
                         bool may_repeat)
{
    size_t n = named->n;
    for (size_t i = 0; may_repeat && i < n; i++) {
        if (named->unit[i] == unit) {
            return;
        }
    }
    if (n < sizeof(named->unit) / sizeof(named->unit[0])) {
        named->unit[n] = (uint16_t)unit;
        named->n = n + 1;
        named->sieve |= gaz_sieve((uint16_t)unit);
        named->district |= g->units[unit].district;
    }
}

bool gaz_context_add(const struct geo_gazetteer *g, const uint32_t *names, size_t n,
                     struct gaz_context *context)
{
    if (context->n == GAZ_NAMED_MAX) {
        return false;
    }
    struct gaz_named *named = &context->named[context->n];
    named->n = 0;
    named->sieve = 0;
    named->district = false;
    for (size_t i = 0; i < n; i++) {
        const struct gaz_name *name = &g->names.name[names[i]];
        for (uint32_t k = 0; k < name->targets; k++) {
            const struct gaz_target *t = &g->names.target[name->target + k];
            if (t->kind == GAZ_UNIT) {
                context_unit(named, g, t->index, i > 0); /* one name has each once */
            }
        }
    }
    context->n += named->n > 0;
    return named->n > 0;
}

/* Keeps of the condition just added the units of the level that the mark says, where there are
 * any: "P. Tân Phú" is not the district. */
static void keep_level(struct gaz_context *context, const struct geo_gazetteer *g, bool district)
{
    struct gaz_named *named = &context->named[context->n - 1];
    size_t kept = 0;
    if (!district && !named->district) {
        return; /* all are */
    }
    for (size_t i = 0; i < named->n; i++) {
        if (g->units[named->unit[i]].district == district) {
            named->unit[kept++] = named->unit[i];
        }
    }
    if (kept > 0) {
        named->n = kept;
        named->district = district;
    }
}

/* How many of the first words name a unit, as written or (longest first) with an error. */
static size_t unit_words(const struct gaz_reading *r, const struct gaz_words *words, uint32_t *name)
{
    const struct gaz_names *names = &r->g->names;
    size_t found = 0;
    uint64_t phrase = 0;
    for (size_t n = 1; n <= words->count; n++) {
        uint32_t here = GAZ_NAME_NONE;
        phrase = gaz_phrase_step(phrase, words->word[n - 1].hash);
        if (!gaz_names_step(names, phrase, words, 0, n, &here)) {
            break;
        }
        if (here != GAZ_NAME_NONE && (names->name[here].kinds & 1U << GAZ_UNIT) != 0) {
            found = n;
            *name = here;
        }
    }
    for (size_t n = words->count < 4 ? words->count : 4; found == 0 && n > 0; n--) {
        uint32_t near[GAZ_CHOICES_MAX];
        size_t count = gaz_names_near(names, gaz_words_text(words, 0, n), near, GAZ_CHOICES_MAX);
        for (size_t i = 0; i < count && found == 0; i++) {
            if ((names->name[near[i]].kinds & 1U << GAZ_UNIT) != 0) {
                found = n;
                *name = near[i];
            }
        }
    }
    return found;
}

/* Where the words behind a unit's name go on: "Phú Xuân Đào Tống | Nguyên". */
static uint8_t leftover_end(const struct gaz_reading *r, const struct geo_address_part *part)
{
    const struct geo_address *a = &r->address;
    const struct geo_address_part *next = part + 1;
    bool joined = next < a->parts + a->part_count && next->kind == GEO_ADDRESS_FREE &&
                  next->from == part->to &&
                  (a->tokens[next->from].signs & (GEO_SIGN_BREAK | GEO_SIGN_DASH)) == 0;
    return joined ? next->to : part->to;
}

/* Without marks a word of the text decides; what is left over of the part is read as names,
 * together with the free words that follow. Returns the token behind what was read. */
static uint8_t read_unit(struct gaz_reading *r, const struct geo_address_part *part)
{
    struct gaz_words words;
    uint32_t name = GAZ_NAME_NONE;
    gaz_words_read(&r->address, part->from, part->to, &words);
    gaz_names_expect(&r->g->names, &words);
    size_t found = unit_words(r, &words, &name);
    if (found == 0) {
        uint64_t all = ~0ULL;
        if (gaz_words_read_unkeyed(&r->address, part->from, part->to, all, &words)) {
            found = unit_words(r, &words, &name);
        }
    }
    size_t rest = part->from;
    if (found > 0 && gaz_context_add(r->g, &name, 1, &r->context)) {
        keep_level(&r->context, r->g, part->kind == GEO_ADDRESS_DISTRICT);
        rest = found < words.count ? words.word[found].token : part->to;
    } else if (part->from > 0 && !is_digit(geo_address_token_key(&r->address, part->from).p[0])) {
        rest = part->from - 1U; /* the mark was part of a name */
        if (extend_range(r, rest, part->to)) {
            return part->to;
        }
    }
    uint8_t end = rest < part->to ? leftover_end(r, part) : part->to;
    add_range(r, rest, end, GEO_ADDRESS_FREE);
    return end;
}

/* "Ngách 5 ngõ 12" is 12/5: the one named later is the one that the other leaves from. */
static void read_alley(struct gaz_reading *r, struct str number)
{
    char inner[sizeof(r->alley)];
    size_t n = r->alley_n;
    memcpy(inner, r->alley, n);
    if (n + number.n + 2 > sizeof(r->alley)) {
        return;
    }
    r->alley_n = squeeze(number, r->alley, sizeof(r->alley));
    if (n > 0) {
        r->alley[r->alley_n++] = '/';
        memcpy(r->alley + r->alley_n, inner, n);
        r->alley_n += n;
        r->alley[r->alley_n] = '\0';
    }
}

/* "Lô B5" is lob5, and told as people write it. */
static void read_number(struct gaz_reading *r, const struct geo_address_part *part)
{
    static const char *const lots[][2] = {
        {"block", "Block"}, {"can", "Căn"}, {"lo", "Lô"}, {"nen", "Nền"}, {"thua", "Thửa"}};
    const struct geo_mark *m = geo_address_mark(&r->address, part->from);
    struct geo_address_part rest = *part;
    bool lot = m != NULL && m->kind == MARK_LOT && part->from + 1 < part->to;
    for (size_t i = 0; lot && i < sizeof(lots) / sizeof(lots[0]); i++) {
        if (strcmp(m->word[0], lots[i][0]) == 0) {
            rest.from++;
            r->lot = lots[i][1];
            r->lot_n = strlen(lots[i][0]);
            memcpy(r->number, lots[i][0], r->lot_n);
        }
    }
    r->number_n = r->lot_n + squeeze(geo_address_key(&r->address, &rest), r->number + r->lot_n,
                                     sizeof(r->number) - r->lot_n);
}

/* Returns the token behind what was read. */
static uint8_t read_part(struct gaz_reading *r, const struct geo_address_part *part)
{
    switch (part->kind) {
    case GEO_ADDRESS_FREE:
    case GEO_ADDRESS_STREET:
    case GEO_ADDRESS_LANDMARK:
        add_range(r, part->from, part->to, part->kind);
        break;
    case GEO_ADDRESS_WARD:
    case GEO_ADDRESS_DISTRICT:
        return read_unit(r, part);
    case GEO_ADDRESS_NUMBER:
        if (r->number_n == 0) {
            read_number(r, part);
        }
        break;
    case GEO_ADDRESS_ALLEY:
        read_alley(r, geo_address_key(&r->address, part));
        break;
    case GEO_ADDRESS_KILOMETRE:
        if (r->number_n == 0) {
            r->post = geo_address_source(&r->address, part);
            r->number_n = gaz_kilometre_text(r->post, r->number, sizeof(r->number));
            r->kilometre = r->number_n > 0;
        }
        break;
    case GEO_ADDRESS_CITY:
    case GEO_ADDRESS_BLOCK:
        break;
    }
    return part->to;
}

void gaz_read(const struct geo_gazetteer *g, const struct geo_gazetteer_query *query,
              struct gaz_reading *r)
{
    r->g = g;
    r->ranges = 0;
    r->spans = 0;
    r->context.n = 0;
    r->number_n = 0;
    r->alley_n = 0;
    r->lot = NULL;
    r->lot_n = 0;
    r->kilometre = false;
    r->number[0] = '\0';
    r->alley[0] = '\0';
    geo_address_parse(query->text, &r->address);
    uint8_t done = 0;
    for (size_t i = 0; i < r->address.part_count; i++) {
        if (r->address.parts[i].from >= done) {
            done = read_part(r, &r->address.parts[i]);
        }
    }
    size_t last = r->address.token_count;
    for (size_t i = 0; i < r->ranges; i++) {
        gaz_names_expect(&g->names, &r->range[i].words);
    }
    for (size_t i = 0; i < r->ranges; i++) {
        const struct gaz_words *words = &r->range[i].words;
        bool at_end = words->count > 0 && words->word[words->count - 1].token + 1U == last;
        read_range(r, i, query->prefix && at_end);
    }
}
