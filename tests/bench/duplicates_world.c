#include "tests/bench/duplicates_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/csv.h"

#define METRES_LAT (1 / 110600.0)
#define HOUR_US    3600e6
#define SIDE_M     6000.0 /* of the quarter */
#define STREETS    90
#define TEXT_MAX   400
#define KINDS_MAX  64
#define PHRASES    6

/* ---- chance ---- */

struct chance {
    uint64_t state;
};

static uint64_t draw(struct chance *c)
{
    c->state ^= c->state << 13;
    c->state ^= c->state >> 7;
    c->state ^= c->state << 17;
    return c->state >> 11;
}

static double unit(struct chance *c)
{
    return (double)draw(c) / (double)(UINT64_MAX >> 11);
}

static double normal(struct chance *c)
{
    return sqrt(-2 * log(fmax(unit(c), 1e-12))) * cos(6.283185307179586 * unit(c));
}

static double later(struct chance *c, double mean)
{
    return -mean * log(fmax(unit(c), 1e-12));
}

static struct geo_point moved(struct geo_point p, double east_m, double north_m)
{
    return (struct geo_point){p.lon + east_m * METRES_LAT / cos(p.lat * 0.017453292519943295),
                              p.lat + north_m * METRES_LAT};
}

/* ---- the generated quarter ---- */

struct kind {
    int32_t category;
    double lasts_h; /* how long people go on reporting such a thing */
    char texts[PHRASES][TEXT_MAX / 2];
    size_t n_texts;
};

struct street {
    struct geo_point from;
    double east, north; /* direction */
    double length_m;
    const char *name;
};

struct making {
    struct world *w;
    size_t cap;
    struct chance chance;
    const struct snapshot *s;
    struct kind kinds[KINDS_MAX];
    size_t n_kinds;
    struct street streets[STREETS];
};

struct thing {
    const struct kind *kind;
    const struct street *street;
    double along_m;
    int64_t at_us;
    uint64_t number;
};

static const char *const street_names[] = {
    "Quang Trung",    "Lê Văn Sỹ",     "Nguyễn Trãi",   "Cách Mạng Tháng 8", "3 Tháng 2",
    "Phan Xích Long", "Điện Biên Phủ", "Võ Văn Tần",    "Trường Chinh",      "Lý Thường Kiệt",
    "Hoàng Văn Thụ",  "Nguyễn Oanh",   "Phạm Văn Đồng", "Bùi Đình Túy",      "Tô Hiến Thành",
    "Huỳnh Tấn Phát", "Âu Cơ",         "Lạc Long Quân", "Thống Nhất",        "Nguyễn Kiệm"};
static const char *const before[] = {
    "",    "", "", "Xin chào, ", "Nhờ tổng đài kiểm tra giúp: ", "Kính gửi cơ quan chức năng, ",
    "Alo "};
static const char *const after[] = {"",
                                    "",
                                    "",
                                    " rất nguy hiểm",
                                    ", đề nghị xử lý sớm",
                                    " mấy ngày nay rồi",
                                    ", nhờ anh chị báo giúp"};
#define ANY(chance, list) ((list)[draw(chance) % (sizeof(list) / sizeof((list)[0]))])

static struct kind *kind_of(struct making *m, int32_t category)
{
    for (size_t i = 0; i < m->n_kinds; i++) {
        if (m->kinds[i].category == category) {
            return &m->kinds[i];
        }
    }
    if (m->n_kinds == KINDS_MAX) {
        return NULL;
    }
    struct kind *k = &m->kinds[m->n_kinds++];
    *k = (struct kind){.category = category, .lasts_h = m->s->categories[category].urgent ? 5 : 60};
    return k;
}

static void add_text(struct kind *k, const char *text)
{
    if (k != NULL && k->n_texts < PHRASES) {
        (void)snprintf(k->texts[k->n_texts++], sizeof(k->texts[0]), "%s", text);
    }
}

/* What people say of each kind: the demo city's sentences, the category's name, and its keywords by
 * threes. Kinds that are somebody's own business are left out: each of them is another thing. */
static bool read_kinds(struct making *m, const char *file)
{
    struct csv *csv = NULL;
    struct err e;
    bool more = true;
    if (csv_open(file, &csv, &e) != STATUS_OK) {
        fprintf(stderr, "bench_duplicates: %s\n", e.text);
        return false;
    }
    while (csv_next(csv, &more, &e) == STATUS_OK && more) {
        char code[64];
        char text[TEXT_MAX / 2];
        struct str c = csv_field(csv, csv_column(csv, "category"));
        struct str t = csv_field(csv, csv_column(csv, "text"));
        (void)snprintf(code, sizeof(code), "%.*s", (int)c.n, c.p);
        (void)snprintf(text, sizeof(text), "%.*s", (int)t.n, t.p);
        int32_t number = snapshot_category_find(m->s, code);
        if (number >= 0 && strstr(text, "{street}") != NULL) {
            add_text(kind_of(m, number), text);
        }
    }
    csv_close(csv);
    for (size_t i = 0; i < m->n_kinds; i++) {
        const struct snapshot_category *c = &m->s->categories[m->kinds[i].category];
        char three[TEXT_MAX / 2];
        const char *rest = c->keywords;
        add_text(&m->kinds[i], c->name_vi);
        for (int k = 0; k < 3 && *rest != '\0'; k++) {
            const char *end = rest;
            for (int words = 0; words < 3 && *end != '\0'; words += *end++ == ' ') {
            }
            (void)snprintf(three, sizeof(three), "%.*s", (int)(end - rest), rest);
            add_text(&m->kinds[i], three);
            rest = end;
        }
    }
    return m->n_kinds > 10;
}

static void lay_streets(struct making *m)
{
    for (size_t i = 0; i < STREETS; i++) {
        double angle = 6.283185307179586 * unit(&m->chance);
        m->streets[i] =
            (struct street){.from = moved((struct geo_point){106.66, 10.78},
                                          SIDE_M * unit(&m->chance), SIDE_M * unit(&m->chance)),
                            .east = cos(angle),
                            .north = sin(angle),
                            .length_m = 200 + 1200 * unit(&m->chance),
                            .name = ANY(&m->chance, street_names)};
    }
}

static void replace(char *text, const char *what, const char *with)
{
    char *at = strstr(text, what);
    char rest[TEXT_MAX];
    if (at != NULL) {
        (void)snprintf(rest, sizeof(rest), "%s%s", with, at + strlen(what));
        (void)snprintf(at, TEXT_MAX - (size_t)(at - text), "%s", rest);
    }
}

static void say(struct making *m, const struct thing *t, struct likeness_words *words)
{
    struct chance *c = &m->chance;
    char text[TEXT_MAX];
    char number[16];
    double r = unit(c);
    int house = (int)(t->along_m / 5) + (r < 0.6 ? 0 : r < 0.8 ? 2 : -2);
    const char *said = t->kind->texts[draw(c) % t->kind->n_texts];
    (void)snprintf(number, sizeof(number), "%d", house < 1 ? 1 : house);
    (void)snprintf(text, sizeof(text), "%s%s%s%s", ANY(c, before), said,
                   strchr(said, '{') != NULL || unit(c) < 0.4 ? "" : " đường {street} số {no}",
                   ANY(c, after));
    replace(text, "{street}", t->street->name);
    replace(text, "{no}", number);
    replace(text, "{place}", "chợ");
    replace(text, "{depth}", "30");
    replace(text, "{hour}", "22");
    replace(text, "{n}", "3");
    if (unit(c) < 0.25) { /* typed in haste: a letter is missing here and there */
        for (size_t i = 8; text[i] != '\0'; i += 18 + draw(c) % 12) {
            if ((unsigned char)text[i] < 0x80) {
                memmove(text + i, text + i + 1, strlen(text + i));
            }
            if (strlen(text) < i + 31) {
                break;
            }
        }
    }
    likeness_words_of(unit(c) < 0.08 ? STR("") : str_of(text), words);
}

static int32_t category_said(struct making *m, const struct thing *t)
{
    int32_t category = t->kind->category;
    int32_t parent = m->s->categories[category].parent;
    double r = unit(&m->chance);
    if (r > 0.13 || parent < 0) {
        return category;
    }
    if (r > 0.09) {
        return parent;
    }
    for (int tries = 0; tries < 200; tries++) { /* another of the same field */
        int32_t other = (int32_t)(draw(&m->chance) % m->s->n_categories);
        if (m->s->categories[other].parent == parent) {
            return other;
        }
    }
    return category;
}

/* Where it was said to be, and how well that is known. */
static void place(struct making *m, const struct thing *t, struct likeness_facts *facts)
{
    struct chance *c = &m->chance;
    const struct street *s = t->street;
    struct geo_point there = moved(s->from, s->east * t->along_m, s->north * t->along_m);
    double r = unit(c);
    if (r < 0.65) { /* a phone, from up to 25 m away; one in eight errs three times as much */
        double accuracy = 5 + later(c, 12);
        double error = accuracy * (unit(c) < 0.125 ? 3 : 1);
        double away = 25 * unit(c);
        double angle = 6.283185307179586 * unit(c);
        facts->accuracy_m = likeness_accuracy_m("coordinate", accuracy);
        facts->point = moved(there, error * normal(c) + away * cos(angle),
                             error * normal(c) + away * sin(angle));
    } else if (r < 0.92) { /* an address; one in ten is another house */
        double off = unit(c) < 0.1 ? 60 + 150 * unit(c) : 10 * normal(c);
        facts->accuracy_m = likeness_accuracy_m("house", -1);
        facts->point = moved(there, s->east * off + 8 * normal(c), s->north * off + 8 * normal(c));
    } else { /* the street's middle */
        facts->accuracy_m = likeness_accuracy_m("street", -1);
        facts->point = moved(s->from, s->east * s->length_m / 2, s->north * s->length_m / 2);
    }
}

static struct report *room(struct making *m)
{
    struct report *grown = array_grow(m->w->reports, &m->cap, m->w->n + 1, sizeof(*m->w->reports));
    if (grown == NULL) {
        abort();
    }
    m->w->reports = grown;
    return &grown[m->w->n++];
}

static void report_thing(struct making *m, const struct thing *t)
{
    bool first = true;
    while (first || (unit(&m->chance) < 0.5 && m->chance.state != 0)) {
        double delay_h =
            first ? 0 : fmin(later(&m->chance, t->kind->lasts_h), 3 * t->kind->lasts_h);
        struct report *r = room(m);
        *r = (struct report){.thing = t->number,
                             .ended_us = t->at_us + (int64_t)(3.2 * t->kind->lasts_h * HOUR_US)};
        r->facts.category = category_said(m, t);
        r->facts.at_us = t->at_us + (int64_t)(delay_h * HOUR_US);
        place(m, t, &r->facts);
        say(m, t, &r->words);
        first = false;
    }
}

static int by_time(const void *x, const void *y)
{
    const struct report *a = x;
    const struct report *b = y;
    return a->facts.at_us == b->facts.at_us ? 0 : (a->facts.at_us < b->facts.at_us ? -1 : 1);
}

static void finish(struct world *w)
{
    qsort(w->reports, w->n, sizeof(*w->reports), by_time);
    for (size_t i = 0; i < w->n; i++) {
        w->reports[i].facts.words = &w->reports[i].words;
    }
}

bool world_generate(struct world *w, const struct snapshot *s, const char *descriptions,
                    uint64_t seed, size_t things)
{
    struct making m = {.w = w, .s = s, .chance = {seed * UINT64_C(0x9E3779B97F4A7C15) + 1}};
    uint64_t number = 1;
    *w = (struct world){0};
    if (!read_kinds(&m, descriptions)) {
        return false;
    }
    lay_streets(&m);
    for (size_t i = 0; i < things; i++) {
        struct thing t = {.kind = &m.kinds[draw(&m.chance) % m.n_kinds],
                          .street = &m.streets[draw(&m.chance) % STREETS],
                          .number = number++};
        t.along_m = t.street->length_m * unit(&m.chance);
        t.at_us = (int64_t)(30 * 24 * unit(&m.chance) * HOUR_US);
        report_thing(&m, &t);
        double r = unit(&m.chance);
        if (r < 0.15) { /* another of the kind further along, about the same time */
            t.along_m += 40 + 110 * unit(&m.chance);
            t.at_us += (int64_t)(later(&m.chance, t.kind->lasts_h / 2) * HOUR_US);
        } else if (r < 0.25) { /* mended, and there again */
            t.at_us += (int64_t)(t.kind->lasts_h * (5 + 5 * unit(&m.chance)) * HOUR_US);
        } else {
            continue;
        }
        t.number = number++;
        report_thing(&m, &t);
    }
    finish(w);
    return true;
}

/* ---- real records ---- */

static uint64_t hash_of(struct str s)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.n; i++) {
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    }
    return h;
}

#define CATEGORIES_MAX 400

struct reading {
    struct making making;
    struct csv *csv;
    uint64_t categories[CATEGORIES_MAX];
    size_t n_categories;
    double jitter_m;
};

static struct str field(const struct reading *r, const char *name)
{
    return csv_field(r->csv, csv_column(r->csv, name));
}

static double number(const struct reading *r, const char *name)
{
    char text[32];
    struct str s = field(r, name);
    (void)snprintf(text, sizeof(text), "%.*s", (int)s.n, s.p);
    return s.n == 0 ? (double)NAN : strtod(text, NULL);
}

static void read_row(struct reading *r)
{
    struct str category = field(r, "category");
    struct str address = field(r, "address");
    uint64_t hash = hash_of(category);
    size_t c = 0;
    int64_t at_us;
    double lon = number(r, "lon");
    double lat = number(r, "lat");
    while (c < r->n_categories && r->categories[c] != hash) {
        c++;
    }
    if (!isfinite(lon) || !isfinite(lat) || address.n == 0 || c == CATEGORIES_MAX ||
        !clock_parse_any(field(r, "created"), &at_us)) {
        return;
    }
    r->categories[c] = hash;
    r->n_categories = c == r->n_categories ? c + 1 : r->n_categories;
    struct report *out = room(&r->making);
    struct chance *chance = &r->making.chance;
    *out = (struct report){.address = hash_of(address)};
    out->facts = (struct likeness_facts){
        .category = (int32_t)c,
        .point = moved((struct geo_point){lon, lat}, r->jitter_m * normal(chance),
                       r->jitter_m * normal(chance)),
        .accuracy_m = likeness_accuracy_m("coordinate", r->jitter_m),
        .at_us = at_us};
    likeness_words_of(field(r, "descriptor"), &out->words);
}

bool world_read(struct world *w, const char *file, double days, double jitter_m)
{
    static const struct likeness_category plain = {-1, 0, 0};
    struct likeness_category categories[CATEGORIES_MAX];
    struct reading r = {.making = {.w = w, .chance = {UINT64_C(311)}}, .jitter_m = jitter_m};
    struct err e;
    bool more = true;
    *w = (struct world){.days = days};
    if (csv_open(file, &r.csv, &e) != STATUS_OK) {
        return false;
    }
    while (csv_next(r.csv, &more, &e) == STATUS_OK && more) {
        read_row(&r);
    }
    csv_close(r.csv);
    for (size_t i = 0; i < r.n_categories; i++) {
        categories[i] = plain;
    }
    if (likeness_terms_create(categories, r.n_categories, NULL, 0, &w->own_terms, &e) !=
        STATUS_OK) {
        return false;
    }
    finish(w);
    return w->n > 0;
}

void world_free(struct world *w)
{
    free(w->reports);
    likeness_terms_destroy(w->own_terms);
    *w = (struct world){0};
}

bool world_same(const struct world *w, const struct report *a, const struct report *b)
{
    if (w->own_terms == NULL) {
        return a->thing == b->thing;
    }
    return a->address == b->address && a->facts.category == b->facts.category &&
           fabs((double)(a->facts.at_us - b->facts.at_us)) <= w->days * 24 * HOUR_US;
}
