/* Building: pieces of one name that lie close become one street; houses and alleys find theirs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "geo/geo_gazetteer_build.h"
#include "geo/geo_gazetteer_line.h"

#define STREET_GAP_METRES   250.0  /* pieces of a street may lie so far apart */
#define NUMBERED_GAP_METRES 80.0   /* "Đường số 5" of the next estate is another street */
#define ORPHAN_GAP_METRES   800.0  /* houses of a street whose line is not known */
#define DEPENDENT_METRES    1500.0 /* a house further off is not of that street */
#define SAMPLE_METRES       120.0  /* long lines get points between, to know their wards */
#define MOUTH_METRES        15.0   /* an alley's line begins so near to its street */
#define METRES_PER_DEGREE   111319.491

enum { NUMBER_TEXT_MAX = 32 };

static bool has_line(const struct geo_gazetteer_row *row)
{
    return row->line != NULL && row->line_points > 0;
}

static struct geo_box box_of(const struct geo_gazetteer_row *row)
{
    struct geo_box box = {row->point.lon, row->point.lat, row->point.lon, row->point.lat};
    for (size_t i = 0; has_line(row) && i < row->line_points; i++) {
        struct geo_point p = row->line[i];
        if (!gaz_build_point_ok(p)) {
            continue;
        }
        if (i == 0) {
            box = (struct geo_box){p.lon, p.lat, p.lon, p.lat};
        }
        box.west = fmin(box.west, p.lon);
        box.east = fmax(box.east, p.lon);
        box.south = fmin(box.south, p.lat);
        box.north = fmax(box.north, p.lat);
    }
    return box;
}

static void add_piece(struct gaz_builder *b, struct gaz_key key, uint32_t row)
{
    struct gaz_piece *pieces =
        array_grow(b->pieces, &b->piece_cap, b->piece_count + 1, sizeof(*pieces));
    if (pieces == NULL) {
        b->failed = true;
        return;
    }
    b->pieces = pieces;
    pieces[b->piece_count++] = (struct gaz_piece){key, row, 0, box_of(&b->rows[row])};
}

static void add_dependent(struct gaz_builder *b, struct gaz_dependent d)
{
    struct gaz_dependent *dependents =
        array_grow(b->dependents, &b->dependent_cap, b->dependent_count + 1, sizeof(*dependents));
    if (dependents == NULL) {
        b->failed = true;
        return;
    }
    b->dependents = dependents;
    dependents[b->dependent_count++] = d;
}

static void read_street(struct gaz_builder *b, uint32_t row)
{
    struct gaz_street_name name;
    if (!gaz_build_street_name(b, str_of(b->rows[row].name), &name)) {
        return;
    }
    if (name.alley.n > 0) {
        add_dependent(b, (struct gaz_dependent){name.key, name.alley, row, UINT32_MAX, true});
    } else {
        add_piece(b, name.key, row);
    }
    b->g->rows++;
}

/* One house, of a street or of an alley that is told by its name ("28, Hẻm 18 Bis ..."). */
static void add_house(struct gaz_builder *b, const struct gaz_street_name *street,
                      struct str number, uint32_t row)
{
    char text[128];
    size_t n = 0;
    struct str alley = {b->keys + street->alley.at, street->alley.n};
    bool repeated =
        number.n > alley.n && memcmp(number.p, alley.p, alley.n) == 0 && number.p[alley.n] == '/';
    if (alley.n > 0 && alley.n < 60 && !repeated) {
        memcpy(text, alley.p, alley.n);
        text[alley.n] = '/';
        n = alley.n + 1;
    }
    char canonical[64];
    size_t added = gaz_number_text(number, canonical, sizeof(canonical));
    if (added == 0) {
        return;
    }
    memcpy(text + n, canonical, added);
    struct gaz_key key = gaz_build_key(b, (struct str){text, n + added});
    add_dependent(b, (struct gaz_dependent){street->key, key, row, UINT32_MAX, false});
}

/* A kilometre post stands under twice its metres. */
static void add_post(struct gaz_builder *b, const struct gaz_street_name *street, uint32_t row)
{
    char text[32];
    size_t n = gaz_kilometre_text(str_of(b->rows[row].housenumber), text, sizeof(text));
    if (n > 0) {
        struct gaz_key key = gaz_build_key(b, (struct str){text, n});
        add_dependent(b, (struct gaz_dependent){street->key, key, row, UINT32_MAX, false});
    }
}

static bool read_int(struct str s, int *out)
{
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || i > 6) {
            return false;
        }
        *out = *out * 10 + (s.p[i] - '0');
    }
    return s.n > 0;
}

/* "428-430" is also 428 and 430. */
static void add_range(struct gaz_builder *b, const struct gaz_street_name *street,
                      struct str number, uint32_t row)
{
    struct str high = number;
    struct str low = str_cut(&high, '-');
    int from = 0;
    int to = 0;
    if (high.n > 0 && read_int(str_trim(low), &from) && read_int(str_trim(high), &to) &&
        to > from && to - from <= 40) {
        add_house(b, street, str_trim(low), row);
        add_house(b, street, str_trim(high), row);
    }
}

static void read_address(struct gaz_builder *b, uint32_t row)
{
    const struct geo_gazetteer_row *r = &b->rows[row];
    struct gaz_street_name street;
    struct str name = str_of(r->street);
    struct str left = name;
    name = str_cut(&left, ',');
    if (r->housenumber == NULL || !gaz_build_street_name(b, name, &street)) {
        return;
    }
    struct str numbers = str_of(r->housenumber);
    if (strncasecmp(r->housenumber, "km", 2) == 0) {
        add_post(b, &street, row);
        numbers.n = 0;
    }
    while (numbers.n > 0) {
        struct str some = str_cut(&numbers, ';');
        while (some.n > 0) {
            struct str number = str_trim(str_cut(&some, ','));
            add_house(b, &street, number, row);
            add_range(b, &street, number, row);
        }
    }
    b->g->rows++;
}

void gaz_build_read_streets(struct gaz_builder *b)
{
    for (size_t i = 0; i < b->count && !b->failed; i++) {
        const struct geo_gazetteer_row *row = &b->rows[i];
        if (!gaz_build_point_ok(row->point)) {
            continue;
        }
        if ((row->kind == GEO_GAZETTEER_STREET || row->kind == GEO_GAZETTEER_ALLEY) &&
            row->name != NULL) {
            read_street(b, (uint32_t)i);
        } else if (row->kind == GEO_GAZETTEER_ADDRESS && row->street != NULL) {
            read_address(b, (uint32_t)i);
        }
    }
}

/* qsort has no context argument that C11 guarantees; qsort_r is GNU's and glibc has it. */
static int compare_text(const char *keys, struct gaz_key x, struct gaz_key y)
{
    int c = memcmp(keys + x.at, keys + y.at, x.n < y.n ? x.n : y.n);
    return c != 0 ? c : (x.n > y.n) - (x.n < y.n);
}

static int compare_pieces(const void *a, const void *b, void *keys)
{
    const struct gaz_piece *x = a;
    const struct gaz_piece *y = b;
    int c = compare_text(keys, x->key, y->key);
    if (c != 0) {
        return c;
    }
    if (x->box.west < y->box.west || x->box.west > y->box.west) {
        return x->box.west < y->box.west ? -1 : 1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

static uint32_t root_of(struct gaz_piece *run, uint32_t i)
{
    while (run[i].street != i) {
        run[i].street = run[run[i].street].street;
        i = run[i].street;
    }
    return i;
}

static bool close_by(const struct geo_box *a, const struct geo_box *b, double gap)
{
    double lat = gap / METRES_PER_DEGREE;
    double lon = lat / cos(a->south * M_PI / 180);
    return a->west <= b->east + lon && b->west <= a->east + lon && a->south <= b->north + lat &&
           b->south <= a->north + lat;
}

static void join_pieces(struct gaz_piece *run, uint32_t n, double gap)
{
    for (uint32_t i = 0; i < n; i++) {
        run[i].street = i;
    }
    double reach = 2 * gap / METRES_PER_DEGREE;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = i + 1; k < n && run[k].box.west <= run[i].box.east + reach; k++) {
            if (close_by(&run[i].box, &run[k].box, gap)) {
                uint32_t a = root_of(run, i);
                uint32_t c = root_of(run, k);
                run[a > c ? a : c].street = a > c ? c : a;
            }
        }
    }
}

static void add_vertex(struct gaz_builder *b, struct geo_point p,
                       const struct geo_gazetteer_row *row, bool starts)
{
    struct geo_gazetteer *g = b->g;
    struct gaz_vertex *vertices =
        array_grow(g->vertices, &g->vertex_cap, g->vertex_count + 1, sizeof(*vertices));
    if (vertices == NULL) {
        b->failed = true;
        return;
    }
    g->vertices = vertices;
    vertices[g->vertex_count++] = (struct gaz_vertex){
        gaz_build_point(p), gaz_build_set(b, p, row) & 0x7FFFFFFFU, starts ? 1U : 0U};
}

static void add_line(struct gaz_builder *b, const struct geo_gazetteer_row *row)
{
    bool starts = true;
    struct geo_point before = {0, 0};
    for (size_t i = 0; has_line(row) && i < row->line_points; i++) {
        struct geo_point p = row->line[i];
        if (!gaz_build_point_ok(p)) {
            starts = true;
            continue;
        }
        double metres = starts ? 0 : gaz_distance(gaz_build_point(before), gaz_build_point(p));
        int between = (int)fmin(500, metres / SAMPLE_METRES);
        for (int k = 1; k <= between; k++) {
            double t = (double)k / (between + 1);
            add_vertex(b,
                       (struct geo_point){before.lon + t * (p.lon - before.lon),
                                          before.lat + t * (p.lat - before.lat)},
                       row, false);
        }
        add_vertex(b, p, row, starts);
        starts = false;
        before = p;
    }
    if (!has_line(row)) {
        add_vertex(b, row->point, row, true);
    }
}

static void add_street_unit(struct gaz_builder *b, struct gaz_street *s, uint16_t unit)
{
    struct geo_gazetteer *g = b->g;
    for (uint32_t i = 0; i < s->units; i++) {
        if (g->street_units[s->unit + i] == unit) {
            return;
        }
    }
    uint16_t *units =
        array_grow(g->street_units, &g->street_unit_cap, g->street_unit_count + 1, sizeof(*units));
    if (units == NULL) {
        b->failed = true;
        return;
    }
    g->street_units = units;
    units[g->street_unit_count++] = unit;
    s->sieve |= gaz_sieve(unit);
    s->units++;
}

/* A street passes the units that its line lies in, and those of its houses: along a border the two
 * sides differ. */
static void collect_units(struct gaz_builder *b, struct gaz_street *s)
{
    const struct geo_gazetteer *g = b->g;
    uint32_t before = UINT32_MAX;
    s->unit = (uint32_t)g->street_unit_count;
    for (uint32_t i = 0; i < s->vertices + s->houses && !b->failed; i++) {
        uint32_t set = i < s->vertices ? g->vertices[s->vertex + i].set
                                       : g->houses[s->house + i - s->vertices].set;
        for (size_t k = 0; set != before && k < g->sets[set].n; k++) {
            add_street_unit(b, s, g->sets[set].unit[k]);
        }
        before = set;
    }
}

/* A street's shown name has diacritics where any of its pieces has. */
static bool has_marks(const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        if ((unsigned char)*p >= 0x80) {
            return true;
        }
    }
    return false;
}

static const char *better_name(const char *have, const char *other)
{
    if (have == NULL || has_marks(have) != has_marks(other)) {
        return have == NULL || has_marks(other) ? other : have;
    }
    return strpbrk(have, "(") != NULL || strstr(have, " Boulevard") != NULL ? other : have;
}

static const char *shown_name(const struct geo_gazetteer_row *row)
{
    return row->kind == GEO_GAZETTEER_ADDRESS ? row->street : row->name;
}

/* For an alley whose street is not known, "Hẻm 453 Lê Văn Sỹ" is shown as the street itself. */
static const char *without_alley(struct gaz_builder *b, const char *name)
{
    struct gaz_street_name parts;
    if (!gaz_build_street_name(b, str_of(name), &parts) || parts.alley.n == 0) {
        return name;
    }
    size_t street_words = 1;
    for (uint32_t i = 0; i < parts.key.n; i++) {
        street_words += b->keys[parts.key.at + i] == ' ';
    }
    size_t tokens = b->address.token_count;
    size_t from = tokens > street_words ? tokens - street_words : 0;
    return name + b->address.tokens[from].text_at;
}

static void add_aliases(struct gaz_builder *b, const struct geo_gazetteer_row *row, uint32_t street)
{
    struct str left = str_of(row->aliases);
    while (left.n > 0) {
        struct gaz_street_name alias;
        struct str text = str_trim(str_cut(&left, '|'));
        if (text.n > 1 && gaz_build_street_name(b, text, &alias) && alias.alley.n == 0) {
            const char *key = b->keys + alias.key.at;
            if (alias.key.n > 1 && !(key[0] >= '0' && key[0] <= '9' && alias.key.n < 4)) {
                gaz_build_name(b, alias.key, GAZ_STREET, street, GAZ_HOW_ALIAS);
            }
        }
    }
}

static void name_street(struct gaz_builder *b, const struct gaz_piece *piece, uint32_t street)
{
    const struct geo_gazetteer_row *row = &b->rows[piece->row];
    if (row->kind != GEO_GAZETTEER_ADDRESS) {
        struct gaz_street_name name;
        if (gaz_build_street_name(b, str_of(row->name), &name) && name.other.n > 0) {
            gaz_build_name(b, name.other, GAZ_STREET, street, GAZ_HOW_ALIAS);
        }
        add_aliases(b, row, street);
    }
}

/* The pieces of the run that share the root become a street. */
static void make_street(struct gaz_builder *b, struct gaz_piece *run, uint32_t n, uint32_t root)
{
    struct geo_gazetteer *g = b->g;
    struct gaz_street *streets =
        array_grow(g->streets, &g->street_cap, g->street_count + 1, sizeof(*streets));
    if (streets == NULL) {
        b->failed = true;
        return;
    }
    g->streets = streets;
    uint32_t index = (uint32_t)g->street_count++;
    struct gaz_street *s = &streets[index];
    *s = (struct gaz_street){.vertex = (uint32_t)g->vertex_count};
    const char *name = NULL;
    for (uint32_t i = root; i < n && !b->failed; i++) {
        if (root_of(run, i) == root) {
            add_line(b, &b->rows[run[i].row]);
            name = better_name(name, shown_name(&b->rows[run[i].row]));
            name_street(b, &run[i], index);
        }
    }
    s->vertices = (uint32_t)g->vertex_count - s->vertex;
    s->name = gaz_build_text(b, without_alley(b, name));
    if (b->failed) {
        return;
    }
    s->middle = gaz_street_centre(g, index);
    gaz_build_name(b, run[root].key, GAZ_STREET, index, GAZ_HOW_NAME);
    gaz_build_spoken(b, run[root].key, index);
    gaz_build_initials(b, run[root].key, GAZ_STREET, index);
}

static double gap_of(const struct gaz_builder *b, const struct gaz_key *key, bool orphans)
{
    if (orphans) {
        return ORPHAN_GAP_METRES;
    }
    /* "so 5", "d1": "tinh lo 43" and "3 thang 2" are names like any other. */
    const char *text = b->keys + key->at;
    bool digit = false;
    uint32_t spaces = 0;
    for (uint32_t i = 0; i < key->n; i++) {
        digit = digit || (text[i] >= '0' && text[i] <= '9');
        spaces += text[i] == ' ';
    }
    bool so = key->n > 3 && memcmp(text, "so ", 3) == 0;
    return digit && (so || spaces == 0) ? NUMBERED_GAP_METRES : STREET_GAP_METRES;
}

/* Makes streets of the pieces from `first` on. */
static void make_streets(struct gaz_builder *b, size_t first, bool orphans)
{
    struct gaz_piece *pieces = b->pieces;
    size_t n = b->piece_count;
    if (n > first + 1) {
        qsort_r(pieces + first, n - first, sizeof(*pieces), compare_pieces, b->keys);
    }
    for (size_t from = first; from < n && !b->failed;) {
        size_t to = from + 1;
        while (to < n && compare_text(b->keys, pieces[from].key, pieces[to].key) == 0) {
            to++;
        }
        uint32_t run = (uint32_t)(to - from);
        join_pieces(pieces + from, run, gap_of(b, &pieces[from].key, orphans));
        for (uint32_t i = 0; i < run && !b->failed; i++) {
            if (pieces[from + i].street == i) {
                make_street(b, pieces + from, run, i);
            }
        }
        from = to;
    }
}

static int compare_names(const void *a, const void *b, void *keys)
{
    const struct gaz_key_row *x = a;
    const struct gaz_key_row *y = b;
    int c = compare_text(keys, x->key, y->key);
    return c != 0 ? c : (x->target.index > y->target.index) - (x->target.index < y->target.index);
}

/* The names that lead to streets, sorted; NULL when memory is short. */
static struct gaz_key_row *street_names(struct gaz_builder *b, size_t *n)
{
    struct gaz_key_row *names = malloc((b->name_count + 1) * sizeof(*names));
    *n = 0;
    for (size_t i = 0; names != NULL && i < b->name_count; i++) {
        const struct gaz_target *t = &b->names[i].target;
        if (t->kind == GAZ_STREET && t->how != GAZ_HOW_INITIALS) {
            names[(*n)++] = b->names[i];
        }
    }
    if (names != NULL && *n > 1) {
        qsort_r(names, *n, sizeof(*names), compare_names, b->keys);
    }
    return names;
}

/* The nearest street of the dependent's street name, or UINT32_MAX. */
static uint32_t find_street(const struct gaz_builder *b, const struct gaz_key_row *names, size_t n,
                            const struct gaz_dependent *d)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_text(b->keys, names[middle].key, d->key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct gaz_point at = gaz_build_point(b->rows[d->row].point);
    double best = DEPENDENT_METRES;
    uint32_t street = UINT32_MAX;
    for (; low < n && compare_text(b->keys, names[low].key, d->key) == 0; low++) {
        double metres = gaz_street_distance(b->g, names[low].target.index, at, best);
        if (metres < best) {
            best = metres;
            street = names[low].target.index;
        }
    }
    return street;
}

static void attach(struct gaz_builder *b)
{
    size_t n = 0;
    struct gaz_key_row *names = street_names(b, &n);
    if (names == NULL) {
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < b->dependent_count; i++) {
        if (b->dependents[i].street == UINT32_MAX) {
            b->dependents[i].street = find_street(b, names, n, &b->dependents[i]);
        }
    }
    free(names);
}

/* The end of the alley's line that lies on the street. */
static struct geo_point mouth_of(const struct gaz_builder *b, const struct gaz_dependent *d)
{
    const struct geo_gazetteer_row *row = &b->rows[d->row];
    struct geo_point best = row->point;
    double metres = HUGE_VAL;
    for (size_t i = 0; has_line(row) && i < row->line_points; i++) {
        if (!gaz_build_point_ok(row->line[i])) {
            continue;
        }
        double here =
            gaz_street_distance(b->g, d->street, gaz_build_point(row->line[i]), DEPENDENT_METRES);
        if (here < metres) {
            metres = here;
            best = row->line[i];
        }
    }
    return best;
}

static void store_alley(struct gaz_builder *b, const struct gaz_dependent *d)
{
    struct geo_gazetteer *g = b->g;
    struct gaz_alley *alleys =
        array_grow(g->alleys, &g->alley_cap, g->alley_count + 1, sizeof(*alleys));
    if (alleys == NULL) {
        b->failed = true;
        return;
    }
    g->alleys = alleys;
    struct geo_point mouth = mouth_of(b, d);
    alleys[g->alley_count++] = (struct gaz_alley){
        .street = d->street,
        .hash = gaz_number_hash((struct str){b->keys + d->number.at, d->number.n}),
        .name = gaz_build_text(b, b->rows[d->row].name),
        .set = gaz_build_set(b, mouth, &b->rows[d->row]),
        .mouth = gaz_build_point(mouth),
    };
}

static void store_house(struct gaz_builder *b, const struct gaz_dependent *d)
{
    struct geo_gazetteer *g = b->g;
    struct gaz_house *houses =
        array_grow(g->houses, &g->house_cap, g->house_count + 1, sizeof(*houses));
    if (houses == NULL) {
        b->failed = true;
        return;
    }
    g->houses = houses;
    const struct geo_gazetteer_row *row = &b->rows[d->row];
    char text[NUMBER_TEXT_MAX];
    size_t n = d->number.n < sizeof(text) ? d->number.n : sizeof(text) - 1;
    for (size_t i = 0; i < n; i++) {
        char c = b->keys[d->number.at + i];
        text[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    text[n] = '\0';
    houses[g->house_count++] = (struct gaz_house){
        .street = d->street,
        .text = gaz_build_text(b, text),
        .number = gaz_number_read((struct str){b->keys + d->number.at, d->number.n}),
        .set = gaz_build_set(b, row->point, row),
        .at = gaz_build_point(row->point),
        .kind = row->derived ? GAZ_HOUSE_DERIVED : GAZ_HOUSE_TOLD,
    };
}

/* Where alley 453 leaves the street is between the houses 451 and 455: it tells where numbers are.
 * Only where the line of the alley really begins at the street. */
static void store_mouth(struct gaz_builder *b, const struct gaz_dependent *d)
{
    const struct gaz_alley *alley = &b->g->alleys[b->g->alley_count - 1];
    struct str number = {b->keys + d->number.at, d->number.n};
    if (b->failed || memchr(number.p, '/', number.n) != NULL ||
        gaz_street_distance(b->g, d->street, alley->mouth, MOUTH_METRES) > MOUTH_METRES) {
        return;
    }
    struct gaz_house *houses =
        array_grow(b->g->houses, &b->g->house_cap, b->g->house_count + 1, sizeof(*houses));
    if (houses == NULL) {
        b->failed = true;
        return;
    }
    b->g->houses = houses;
    houses[b->g->house_count++] = (struct gaz_house){.street = d->street,
                                                     .text = alley->name,
                                                     .number = gaz_number_read(number),
                                                     .set = alley->set,
                                                     .at = alley->mouth,
                                                     .kind = GAZ_HOUSE_MOUTH};
}

static int compare_alleys(const void *a, const void *b)
{
    const struct gaz_alley *x = a;
    const struct gaz_alley *y = b;
    if (x->street != y->street) {
        return x->street < y->street ? -1 : 1;
    }
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static void store_dependents(struct gaz_builder *b)
{
    struct geo_gazetteer *g = b->g;
    for (size_t i = 0; i < b->dependent_count && !b->failed; i++) {
        const struct gaz_dependent *d = &b->dependents[i];
        if (d->street != UINT32_MAX && d->alley) {
            store_alley(b, d);
            store_mouth(b, d);
        } else if (d->street != UINT32_MAX) {
            store_house(b, d);
        }
    }
    if (b->failed) {
        return;
    }
    if (g->house_count > 1) {
        qsort(g->houses, g->house_count, sizeof(*g->houses), gaz_house_compare);
    }
    if (g->alley_count > 1) {
        qsort(g->alleys, g->alley_count, sizeof(*g->alleys), compare_alleys);
    }
    for (size_t i = g->house_count; i-- > 0;) {
        g->streets[g->houses[i].street].house = (uint32_t)i;
        g->streets[g->houses[i].street].houses++;
    }
    for (size_t i = g->alley_count; i-- > 0;) {
        g->streets[g->alleys[i].street].alley = (uint32_t)i;
        g->streets[g->alleys[i].street].alleys++;
    }
}

static void find_middles(struct gaz_builder *b)
{
    struct geo_gazetteer *g = b->g;
    g->street_middles = calloc(g->street_unit_count + 1, sizeof(*g->street_middles));
    if (b->failed || g->street_middles == NULL) {
        b->failed = true;
        return;
    }
    for (uint32_t i = 0; i < g->street_count; i++) {
        const struct gaz_street *s = &g->streets[i];
        for (uint32_t k = s->unit; k < s->unit + s->units; k++) {
            g->street_middles[k] = gaz_street_middle_in(g, i, g->street_units[k]);
        }
    }
}

void gaz_build_streets(struct gaz_builder *b)
{
    if (b->failed) {
        return;
    }
    make_streets(b, 0, false);
    attach(b);
    size_t orphans = b->piece_count;
    for (size_t i = 0; i < b->dependent_count && !b->failed; i++) {
        if (b->dependents[i].street == UINT32_MAX) {
            add_piece(b, b->dependents[i].key, b->dependents[i].row);
        }
    }
    if (b->failed) {
        return;
    }
    make_streets(b, orphans, true);
    attach(b);
    store_dependents(b);
    for (size_t i = 0; i < b->g->street_count && !b->failed; i++) {
        collect_units(b, &b->g->streets[i]);
    }
    find_middles(b);
}
