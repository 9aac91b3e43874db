/* Building: units, places, and what every step shares. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_gazetteer_build.h"

enum { UNIT_NUMBER_MAX = 1000000 };

uint32_t gaz_build_text(struct gaz_builder *b, const char *text)
{
    struct geo_gazetteer *g = b->g;
    size_t n = strlen(text) + 1;
    char *pool = array_grow(g->pool, &g->pool_cap, g->pool_n + n, 1);
    if (b->failed || pool == NULL || g->pool_n + n > INT32_MAX) {
        b->failed = true;
        return 0;
    }
    g->pool = pool;
    memcpy(pool + g->pool_n, text, n);
    g->pool_n += n;
    return (uint32_t)(g->pool_n - n);
}

struct gaz_key gaz_build_key(struct gaz_builder *b, struct str canonical)
{
    char *keys = array_grow(b->keys, &b->keys_cap, b->keys_n + canonical.n + 1, 1);
    if (b->failed || keys == NULL || b->keys_n + canonical.n > INT32_MAX) {
        b->failed = true;
        return (struct gaz_key){0, 0};
    }
    b->keys = keys;
    memcpy(keys + b->keys_n, canonical.p, canonical.n);
    b->keys_n += canonical.n;
    return (struct gaz_key){(uint32_t)(b->keys_n - canonical.n), (uint32_t)canonical.n};
}

void gaz_build_name(struct gaz_builder *b, struct gaz_key key, enum gaz_target_kind kind,
                    uint32_t index, enum gaz_how how)
{
    struct gaz_key_row *names =
        array_grow(b->names, &b->name_cap, b->name_count + 1, sizeof(*names));
    if (b->failed || names == NULL) {
        b->failed = true;
        return;
    }
    b->names = names;
    if (key.n > 0) {
        names[b->name_count++] = (struct gaz_key_row){key, {index, (uint8_t)kind, (uint8_t)how}};
    }
}

struct gaz_point gaz_build_point(struct geo_point p)
{
    return (struct gaz_point){(int32_t)lround(p.lon * 1e7), (int32_t)lround(p.lat * 1e7)};
}

bool gaz_build_point_ok(struct geo_point p)
{
    return p.lon >= -180 && p.lon <= 180 && p.lat >= -90 && p.lat <= 90;
}

static void set_add(struct gaz_builder *b, struct gaz_set *set, int32_t number)
{
    if (number < 0 || (size_t)number >= b->unit_index_n || b->unit_index[number] < 0) {
        return;
    }
    uint16_t unit = (uint16_t)b->unit_index[number];
    size_t at = 0;
    while (at < set->n && set->unit[at] < unit) {
        at++;
    }
    if (set->n == GEO_GAZETTEER_UNITS_MAX || (at < set->n && set->unit[at] == unit)) {
        return;
    }
    memmove(set->unit + at + 1, set->unit + at, (size_t)(set->n - at) * sizeof(set->unit[0]));
    set->unit[at] = unit;
    set->sieve |= gaz_sieve(unit);
    set->n++;
}

static bool same_units(const struct gaz_set *a, const struct gaz_set *b)
{
    return a->n == b->n && memcmp(a->unit, b->unit, a->n * sizeof(a->unit[0])) == 0;
}

static size_t set_slot(const struct gaz_builder *b, const struct gaz_set *set)
{
    size_t mask = b->set_slots_n - 1;
    size_t bytes = set->n * sizeof(set->unit[0]);
    size_t i = (size_t)gaz_word_hash((const char *)set->unit, bytes) & mask;
    while (b->set_slots[i] != UINT32_MAX && !same_units(&b->g->sets[b->set_slots[i]], set)) {
        i = (i + 1) & mask;
    }
    return i;
}

static bool grow_slots(struct gaz_builder *b)
{
    size_t size = b->set_slots_n == 0 ? 1024 : b->set_slots_n * 2;
    uint32_t *slots = malloc(size * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0xFF, size * sizeof(*slots));
    free(b->set_slots);
    b->set_slots = slots;
    b->set_slots_n = size;
    for (size_t i = 0; i < b->g->set_count; i++) {
        slots[set_slot(b, &b->g->sets[i])] = (uint32_t)i;
    }
    return true;
}

static uint32_t intern_set(struct gaz_builder *b, const struct gaz_set *set)
{
    struct geo_gazetteer *g = b->g;
    if (g->set_count * 2 >= b->set_slots_n && !grow_slots(b)) {
        b->failed = true;
        return 0;
    }
    size_t slot = set_slot(b, set);
    if (b->set_slots[slot] == UINT32_MAX) {
        struct gaz_set *sets = array_grow(g->sets, &g->set_cap, g->set_count + 1, sizeof(*sets));
        if (sets == NULL) {
            b->failed = true;
            return 0;
        }
        g->sets = sets;
        sets[g->set_count] = *set;
        b->set_slots[slot] = (uint32_t)g->set_count++;
    }
    return b->set_slots[slot];
}

uint32_t gaz_build_set(struct gaz_builder *b, struct geo_point p,
                       const struct geo_gazetteer_row *row)
{
    struct gaz_set set;
    memset(&set, 0, sizeof(set));
    int32_t units[GEO_GAZETTEER_UNITS_MAX];
    if (b->locator != NULL) {
        size_t n = b->locator->units_at(b->locator->context, p, units, GEO_GAZETTEER_UNITS_MAX);
        for (size_t i = 0; i < n && i < GEO_GAZETTEER_UNITS_MAX; i++) {
            set_add(b, &set, units[i]);
        }
    } else {
        set_add(b, &set, row->ward);
        set_add(b, &set, row->district);
    }
    return intern_set(b, &set);
}

static bool is_unit(const struct geo_gazetteer_row *row)
{
    return row->kind == GEO_GAZETTEER_WARD || row->kind == GEO_GAZETTEER_DISTRICT;
}

/* Numbers first, so that everything later can name units. */
static enum status index_units(struct gaz_builder *b, struct err *e)
{
    b->unit_index_n = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct geo_gazetteer_row *row = &b->rows[i];
        if (!is_unit(row)) {
            continue;
        }
        if (row->unit < 0 || row->unit > UNIT_NUMBER_MAX || b->g->unit_count == UINT16_MAX) {
            return err_set(e, STATUS_INVALID, "gazetteer row %zu: unit %d is out of range", i,
                           row->unit);
        }
        if ((size_t)row->unit >= b->unit_index_n) {
            b->unit_index_n = (size_t)row->unit + 1;
        }
    }
    b->unit_index = malloc((b->unit_index_n + 1) * sizeof(*b->unit_index));
    if (b->unit_index == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the gazetteer");
    }
    memset(b->unit_index, 0xFF, (b->unit_index_n + 1) * sizeof(*b->unit_index));
    return STATUS_OK;
}

static enum status add_unit(struct gaz_builder *b, const struct geo_gazetteer_row *row,
                            struct err *e)
{
    struct geo_gazetteer *g = b->g;
    if (b->unit_index[row->unit] >= 0 || g->unit_count == UINT16_MAX) {
        return err_set(e, STATUS_INVALID,
                       "gazetteer: unit %d is there twice, or there are too many", row->unit);
    }
    struct gaz_unit *units = array_grow(g->units, &g->unit_cap, g->unit_count + 1, sizeof(*units));
    if (units == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the gazetteer");
    }
    g->units = units;
    units[g->unit_count] = (struct gaz_unit){
        .number = row->unit,
        .parent = -1,
        .successor = row->has_successor ? row->successor : -1,
        .name = gaz_build_text(b, row->name),
        .district = row->kind == GEO_GAZETTEER_DISTRICT,
        .from_us = row->valid_from_us,
        .to_us = row->valid_to_us,
        .point = gaz_build_point(row->point),
    };
    b->unit_index[row->unit] = (int32_t)g->unit_count++;
    g->rows++;
    return STATUS_OK;
}

static bool usable(const struct geo_gazetteer_row *row)
{
    const char *name = row->kind == GEO_GAZETTEER_ADDRESS ? row->street : row->name;
    return name != NULL && name[0] != '\0' && gaz_build_point_ok(row->point);
}

static struct str next_alias(const char **aliases)
{
    struct str left = str_of(*aliases);
    struct str alias = str_cut(&left, '|');
    *aliases = left.n > 0 ? left.p : NULL;
    return alias;
}

static void name_unit(struct gaz_builder *b, const struct geo_gazetteer_row *row)
{
    uint32_t index = (uint32_t)b->unit_index[row->unit];
    struct gaz_key key;
    if (gaz_build_unit_name(b, str_of(row->name), &key)) {
        gaz_build_name(b, key, GAZ_UNIT, index, GAZ_HOW_NAME);
        if (row->kind == GEO_GAZETTEER_DISTRICT) {
            gaz_build_initials(b, key, GAZ_UNIT, index);
        }
    }
    for (const char *left = row->aliases; left != NULL;) {
        if (gaz_build_unit_name(b, next_alias(&left), &key)) {
            gaz_build_name(b, key, GAZ_UNIT, index, GAZ_HOW_ALIAS);
        }
    }
    struct gaz_unit *unit = &b->g->units[index];
    uint32_t set = gaz_build_set(b, row->point, row);
    for (size_t i = 0; !b->failed && !unit->district && i < b->g->sets[set].n; i++) {
        uint16_t other = b->g->sets[set].unit[i];
        if (b->g->units[other].district) {
            unit->parent = other;
        }
    }
}

static enum status read_units(struct gaz_builder *b, struct err *e)
{
    enum status s = index_units(b, e);
    for (size_t i = 0; s == STATUS_OK && i < b->count; i++) {
        if (is_unit(&b->rows[i]) && usable(&b->rows[i])) {
            s = add_unit(b, &b->rows[i], e);
        }
    }
    for (size_t i = 0; s == STATUS_OK && !b->failed && i < b->count; i++) {
        if (is_unit(&b->rows[i]) && usable(&b->rows[i])) {
            name_unit(b, &b->rows[i]);
        }
    }
    return s;
}

/* "nga 4 bay hien": a named junction, whatever the source calls it. */
static bool names_junction(const struct gaz_builder *b, struct gaz_key key)
{
    const char *text = b->keys + key.at;
    return key.n > 6 && memcmp(text, "nga ", 4) == 0 && text[4] >= '3' && text[4] <= '7' &&
           text[5] == ' ';
}

static void read_place(struct gaz_builder *b, const struct geo_gazetteer_row *row)
{
    struct geo_gazetteer *g = b->g;
    struct gaz_key key;
    if (!gaz_build_place_name(b, str_of(row->name), &key)) {
        return;
    }
    struct gaz_place *places =
        array_grow(g->places, &g->place_cap, g->place_count + 1, sizeof(*places));
    if (places == NULL) {
        b->failed = true;
        return;
    }
    g->places = places;
    uint32_t index = (uint32_t)g->place_count++;
    places[index] = (struct gaz_place){.name = gaz_build_text(b, row->name),
                                       .set = gaz_build_set(b, row->point, row),
                                       .at = gaz_build_point(row->point),
                                       .crossing = row->kind == GEO_GAZETTEER_CROSSING ||
                                                   names_junction(b, key)};
    gaz_build_parts(b, index);
    gaz_build_name(b, key, GAZ_PLACE, index, GAZ_HOW_NAME);
    for (const char *left = row->aliases; left != NULL;) {
        if (gaz_build_place_name(b, next_alias(&left), &key)) {
            gaz_build_parts(b, index);
            gaz_build_name(b, key, GAZ_PLACE, index, GAZ_HOW_ALIAS);
        }
    }
    g->rows++;
}

static void read_places(struct gaz_builder *b)
{
    for (size_t i = 0; i < b->count && !b->failed; i++) {
        enum geo_gazetteer_kind kind = b->rows[i].kind;
        if ((kind == GEO_GAZETTEER_PLACE || kind == GEO_GAZETTEER_CROSSING) &&
            usable(&b->rows[i])) {
            read_place(b, &b->rows[i]);
        }
    }
}

static bool finish_names(struct gaz_builder *b)
{
    struct gaz_name_row *rows = malloc((b->name_count + 1) * sizeof(*rows));
    if (rows == NULL) {
        return false;
    }
    for (size_t i = 0; i < b->name_count; i++) {
        rows[i] = (struct gaz_name_row){b->keys + b->names[i].key.at, b->names[i].key.n,
                                        b->names[i].target};
    }
    bool built = gaz_names_build(rows, b->name_count, &b->g->names);
    free(rows);
    return built;
}

static void builder_clear(struct gaz_builder *b)
{
    free(b->keys);
    free(b->names);
    free(b->pieces);
    free(b->dependents);
    free(b->set_slots);
    free(b->unit_index);
}

static void find_middle(struct geo_gazetteer *g)
{
    for (size_t i = 0; i < g->vertex_count; i++) {
        struct geo_point p = gaz_point_out(g->vertices[i].at);
        g->middle.lon += (p.lon - g->middle.lon) / (double)(i + 1);
        g->middle.lat += (p.lat - g->middle.lat) / (double)(i + 1);
    }
}

enum status geo_gazetteer_create(const struct geo_gazetteer_row *rows, size_t count,
                                 const struct geo_gazetteer_locator *locator,
                                 struct geo_gazetteer **out, struct err *e)
{
    struct gaz_builder *b = calloc(1, sizeof(*b));
    struct geo_gazetteer *g = calloc(1, sizeof(*g));
    enum status s = STATUS_NO_MEMORY;
    if (b == NULL || g == NULL) {
        err_set(e, s, "no memory for the gazetteer");
        goto out;
    }
    pthread_mutex_init(&g->crs_lock, NULL);
    if (locator != NULL && locator->metric_crs != NULL &&
        geo_crs_create(locator->metric_crs, &g->crs, NULL) != STATUS_OK) {
        g->crs = NULL; /* pairs of metres are then not understood; all else is */
    }
    *b = (struct gaz_builder){.g = g, .rows = rows, .count = count, .locator = locator};
    s = read_units(b, e);
    if (s != STATUS_OK) {
        goto out;
    }
    read_places(b);
    gaz_build_read_streets(b);
    gaz_build_streets(b);
    if (b->failed || !finish_names(b) || !gaz_build_near(g)) {
        s = err_set(e, STATUS_NO_MEMORY, "no memory for the gazetteer");
        goto out;
    }
    find_middle(g);
    *out = g;
    g = NULL;
out:
    geo_gazetteer_destroy(g);
    if (b != NULL) {
        builder_clear(b);
    }
    free(b);
    return s;
}

void geo_gazetteer_destroy(struct geo_gazetteer *g)
{
    if (g == NULL) {
        return;
    }
    gaz_names_clear(&g->names);
    free(g->pool);
    free(g->units);
    free(g->sets);
    free(g->streets);
    free(g->vertices);
    free(g->street_units);
    free(g->street_middles);
    free(g->houses);
    free(g->alleys);
    free(g->places);
    free(g->nears);
    geo_crs_destroy(g->crs);
    pthread_mutex_destroy(&g->crs_lock);
    free(g);
}

size_t geo_gazetteer_bytes(const struct geo_gazetteer *g)
{
    return sizeof(*g) + gaz_names_bytes(&g->names) + g->pool_cap + g->unit_cap * sizeof(*g->units) +
           g->set_cap * sizeof(*g->sets) + g->street_cap * sizeof(*g->streets) +
           g->vertex_cap * sizeof(*g->vertices) + g->street_unit_cap * sizeof(*g->street_units) +
           g->street_unit_count * sizeof(*g->street_middles) + g->house_cap * sizeof(*g->houses) +
           g->alley_cap * sizeof(*g->alleys) + g->place_cap * sizeof(*g->places) +
           g->near_count * sizeof(*g->nears);
}

size_t geo_gazetteer_count(const struct geo_gazetteer *g)
{
    return g->rows;
}
