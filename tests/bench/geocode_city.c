#include "tests/bench/geocode_city.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "geo/geo_address_scan.h"
#include "geo/geo_area.h"
#include "geo/geo_distance.h"
#include "geo/geo_gazetteer_words.h"
#include "server/base/clock.h"

enum { ALIASES_MAX = 8 };

#define COPY_METRES   200.0
#define STREET_METRES 2000.0

static const char streets_sql[] = "SELECT name, array_to_string(aliases, '|'), ST_AsBinary(geom)"
                                  " FROM hotline.gazetteer_streets ORDER BY id";
static const char places_sql[] =
    "SELECT name, concat_ws('|', name_en, array_to_string(aliases, '|')), ST_X(geom), ST_Y(geom)"
    " FROM hotline.gazetteer_places ORDER BY id";
/* Those whose street is told by where they lie come last. */
static const char addresses_sql[] =
    "SELECT housenumber, coalesce(street, derived_street), ST_X(geom), ST_Y(geom), street IS NULL"
    " FROM hotline.gazetteer_addresses"
    " WHERE coalesce(street, derived_street) IS NOT NULL AND housenumber ~ '[0-9]'"
    " AND length(housenumber) < 32 AND length(coalesce(street, derived_street)) BETWEEN 2 AND 100"
    " ORDER BY street IS NULL, id";

uint64_t geocode_hash(const char *a, const char *b)
{
    uint64_t h = UINT64_C(14695981039346656037);
    const char *parts[] = {GEOCODE_SEED, a, "|", b};
    for (size_t i = 0; i < 4; i++) {
        for (const char *p = parts[i]; *p != '\0'; p++) {
            h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
        }
    }
    h ^= h >> 31;
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

void geocode_key(const char *street, char out[GEOCODE_KEY_MAX])
{
    struct geo_address a;
    struct gaz_words words;
    geo_address_scan(str_of(street), &a);
    size_t from = 0;
    struct str first = a.token_count > 0 ? geo_address_token_key(&a, 0) : STR("");
    bool alley = str_equal_z(first, "hem") || str_equal_z(first, "ngo");
    if (alley && a.token_count > 2 && (a.tokens[1].signs & GEO_SIGN_DIGIT) != 0) {
        from = 2;
        if (a.token_count > 3 && str_equal_z(geo_address_token_key(&a, 2), "bis")) {
            from = 3;
        }
    }
    gaz_words_read(&a, from, a.token_count, &words);
    size_t begin = words.count > 1 && (str_equal_z(gaz_words_text(&words, 0, 1), "duong") ||
                                       str_equal_z(gaz_words_text(&words, 0, 1), "pho"))
                       ? 1
                       : 0;
    struct str key = gaz_words_text(&words, begin, words.count);
    size_t n = key.n < GEOCODE_KEY_MAX ? key.n : GEOCODE_KEY_MAX - 1;
    memcpy(out, key.p, n);
    out[n] = '\0';
}

const char *geocode_unit_name(const struct geocode_city *city, int32_t unit)
{
    return unit < 0 ? "" : city->snapshot->boundaries[unit].name;
}

static size_t units_at(void *context, struct geo_point point, int32_t *units, size_t max)
{
    const struct snapshot *s = context;
    const int64_t times[] = {GEOCODE_BEFORE, GEOCODE_AFTER};
    size_t n = 0;
    for (size_t t = 0; t < 2; t++) {
        for (int level = 0; level < LEVEL_COUNT && n < max; level++) {
            int32_t unit = snapshot_boundary_at(s, (enum boundary_level)level, point, times[t]);
            if (unit >= 0) {
                units[n++] = unit;
            }
        }
    }
    return n;
}

static void add_units(struct geocode_city *c)
{
    const struct snapshot *s = c->snapshot;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        for (size_t i = 0; i < s->n_epochs[level]; i++) {
            const struct snapshot_epoch *epoch = &s->epochs[level][i];
            size_t n = epoch->areas == NULL ? 0 : geo_area_count(epoch->areas);
            for (size_t area = 0; area < n; area++) {
                const struct snapshot_boundary *b = &s->boundaries[epoch->boundaries[area]];
                struct geo_point inside;
                if (b->valid_from_us != epoch->from_us ||
                    !geo_area_interior_point(epoch->areas, area, &inside)) {
                    continue;
                }
                c->rows[c->n_rows++] = (struct geo_gazetteer_row){
                    .kind = level == LEVEL_WARD ? GEO_GAZETTEER_WARD : GEO_GAZETTEER_DISTRICT,
                    .name = b->name,
                    .point = inside,
                    .ward = -1,
                    .district = -1,
                    .unit = epoch->boundaries[area],
                    .valid_from_us = b->valid_from_us,
                    .valid_to_us = b->valid_to_us};
            }
        }
    }
}

static void add_known(struct geocode_city *c, const char *key, struct geo_point p)
{
    char district[16];
    (void)snprintf(district, sizeof district, "%d",
                   snapshot_boundary_at(c->snapshot, LEVEL_DISTRICT, p, GEOCODE_BEFORE));
    c->known[c->n_known++] = geocode_hash(key, district);
}

/* Another name of a street is the same street. */
static void add_aliases(struct geocode_city *c, const char *key, struct str aliases)
{
    for (size_t n = 0; aliases.n > 0 && n < ALIASES_MAX; n++) {
        char text[GEOCODE_KEY_MAX];
        char alias[GEOCODE_KEY_MAX];
        struct str one = str_cut(&aliases, '|');
        (void)snprintf(text, sizeof text, "%.*s", (int)one.n, one.p);
        geocode_key(text, alias);
        c->known[c->n_known++] = geocode_hash(key, alias);
    }
}

/* WKB line strings of this machine's byte order. */
static enum status add_streets(struct geocode_city *c, struct err *e)
{
    size_t n = db_rows_count(c->streets);
    size_t at = 0;
    size_t total = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++) {
            size_t size = 0;
            uint32_t count = 0;
            unsigned char *wkb = db_rows_bytes(c->streets, i, 2, &size);
            if (wkb != NULL && size > 9) {
                memcpy(&count, wkb + 5, sizeof count);
            }
            total += pass == 0 ? count : 0;
            if (pass == 1 && count > 0) {
                char key[GEOCODE_KEY_MAX];
                memcpy(c->points + at, wkb + 9, (size_t)count * 16);
                geocode_key(db_rows_text(c->streets, i, 0), key);
                for (uint32_t k = 0; k < count; k++) {
                    add_known(c, key, c->points[at + k]);
                }
                add_aliases(c, key, db_rows_str(c->streets, i, 1));
                c->rows[c->n_rows++] =
                    (struct geo_gazetteer_row){.kind = GEO_GAZETTEER_STREET,
                                               .name = db_rows_text(c->streets, i, 0),
                                               .aliases = db_rows_text(c->streets, i, 1),
                                               .point = c->points[at + count / 2],
                                               .ward = -1,
                                               .district = -1,
                                               .unit = -1,
                                               .line = c->points + at,
                                               .line_points = count};
                at += count;
            }
            free(wkb);
        }
        if (pass == 0) {
            c->points = calloc(total + 1, sizeof *c->points);
            c->known = calloc(total + n * ALIASES_MAX + c->n_addresses + 1, sizeof *c->known);
        }
        if (c->points == NULL || c->known == NULL) {
            return err_set(e, STATUS_NO_MEMORY, "no memory for the streets");
        }
    }
    return STATUS_OK;
}

static void add_places(struct geocode_city *c)
{
    for (size_t i = 0; i < db_rows_count(c->places); i++) {
        c->rows[c->n_rows++] = (struct geo_gazetteer_row){
            .kind = GEO_GAZETTEER_PLACE,
            .name = db_rows_text(c->places, i, 0),
            .aliases = db_rows_text(c->places, i, 1),
            .point = {db_rows_double(c->places, i, 2), db_rows_double(c->places, i, 3)},
            .ward = -1,
            .district = -1,
            .unit = -1};
    }
}

static void read_address(struct geocode_city *c, const struct db_rows *r, size_t i)
{
    struct geocode_address *a = &c->addresses[i];
    struct str left = db_rows_str(r, i, 1);
    struct str street = str_trim(str_cut(&left, ','));
    (void)snprintf(a->number, sizeof a->number, "%s", db_rows_text(r, i, 0));
    (void)snprintf(a->street, sizeof a->street, "%.*s", (int)street.n, street.p);
    geocode_key(a->street, a->key);
    a->point = (struct geo_point){db_rows_double(r, i, 2), db_rows_double(r, i, 3)};
    a->ward = snapshot_boundary_at(c->snapshot, LEVEL_WARD, a->point, GEOCODE_BEFORE);
    a->district = snapshot_boundary_at(c->snapshot, LEVEL_DISTRICT, a->point, GEOCODE_BEFORE);
    a->new_ward = snapshot_boundary_at(c->snapshot, LEVEL_WARD, a->point, GEOCODE_AFTER);
    a->evaluation = (geocode_hash(a->key, "set") & 1U) != 0;
    a->derived = db_rows_bool(r, i, 4);
    bool half = (geocode_hash(a->number, a->key) >> 1 & 1U) != 0;
    a->asked = !a->derived && a->district >= 0 && a->key[0] != '\0' &&
               (half || c->split == GEOCODE_ONE_BY_ONE);
}

/* The same house once more, without its street: it must not answer for an address that is asked. */
static bool copy_of_asked(const struct geocode_city *c, const struct geocode_address *a)
{
    for (size_t i = 0; i < c->n_addresses && !c->addresses[i].derived; i++) {
        const struct geocode_address *b = &c->addresses[i];
        if (b->asked && strcasecmp(a->number, b->number) == 0 &&
            geo_distance_m(a->point, b->point) < COPY_METRES) {
            return true;
        }
    }
    return false;
}

static void index_addresses(struct geocode_city *c)
{
    for (size_t i = 0; i < c->n_addresses; i++) {
        struct geocode_address *a = &c->addresses[i];
        bool halves = c->split == GEOCODE_HALVES;
        a->left_out = halves && a->derived && copy_of_asked(c, a);
        if ((halves && a->asked) || a->left_out) {
            continue;
        }
        if (halves && !a->derived) {
            add_known(c, a->key, a->point);
        }
        c->rows[c->n_rows++] = (struct geo_gazetteer_row){.kind = GEO_GAZETTEER_ADDRESS,
                                                          .housenumber = a->number,
                                                          .street = a->street,
                                                          .point = a->point,
                                                          .ward = -1,
                                                          .district = -1,
                                                          .unit = -1,
                                                          .derived = a->derived};
    }
}

int32_t geocode_last_number(const char *number, size_t *prefix)
{
    const char *slash = strrchr(number, '/');
    const char *p = slash == NULL ? number : slash + 1;
    *prefix = (size_t)(p - number);
    while (*p != '\0' && (*p < '0' || *p > '9')) {
        p++;
    }
    return (int32_t)strtol(p, NULL, 10);
}

/* What the index knows beside this address, judged here and not by the code under test. */
static void measure_neighbours(struct geocode_city *c, struct geocode_address *a)
{
    size_t prefix = 0;
    int32_t number = geocode_last_number(a->number, &prefix);
    int32_t low = -1;
    int32_t high = GEOCODE_NO_GAP;
    a->near_m = HUGE_VAL;
    for (size_t i = 0; i < c->n_addresses; i++) {
        const struct geocode_address *b = &c->addresses[i];
        size_t other = 0;
        if (b->asked || b->left_out || strcmp(a->key, b->key) != 0 || b->district != a->district) {
            continue;
        }
        int32_t n = geocode_last_number(b->number, &other);
        if (geo_distance_m(a->point, b->point) > STREET_METRES) {
            continue; /* Thủ Đức has ten of "Đường số 9" */
        }
        if (other != prefix || strncmp(a->number, b->number, prefix) != 0 ||
            (n & 1) != (number & 1)) {
            continue;
        }
        a->number_known = a->number_known || n == number;
        low = n < number && n > low ? n : low;
        high = n > number && n < high ? n : high;
        a->near_m = fmin(a->near_m, geo_distance_m(a->point, b->point));
    }
    a->gap = low >= 0 && high < GEOCODE_NO_GAP ? high - low : GEOCODE_NO_GAP;
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

bool geocode_same_street(const struct geocode_city *city, const char *shown, const char *key)
{
    uint64_t hash = geocode_hash(shown, key);
    return strcmp(shown, key) == 0 ||
           bsearch(&hash, city->known, city->n_known, sizeof hash, compare_u64) != NULL;
}

bool geocode_street_known(const struct geocode_city *city, const char *key, int32_t district)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%d", district);
    uint64_t hash = geocode_hash(key, text);
    return bsearch(&hash, city->known, city->n_known, sizeof hash, compare_u64) != NULL;
}

static void judge_addresses(struct geocode_city *c)
{
    qsort(c->known, c->n_known, sizeof *c->known, compare_u64);
    for (size_t i = 0; i < c->n_addresses; i++) {
        struct geocode_address *a = &c->addresses[i];
        if (a->asked) {
            a->street_known = geocode_street_known(c, a->key, a->district);
            if (c->split == GEOCODE_HALVES) {
                measure_neighbours(c, a);
            }
        }
    }
}

enum status geocode_city_load(struct db_sync *db, enum geocode_split split, struct geocode_city *c,
                              struct err *e)
{
    struct db_rows *addresses = NULL;
    *c = (struct geocode_city){.split = split};
    enum status s = snapshot_load(db, &c->snapshot, e);
    s = s != STATUS_OK ? s : db_sync_query(db, streets_sql, 0, NULL, &c->streets, e);
    s = s != STATUS_OK ? s : db_sync_query(db, places_sql, 0, NULL, &c->places, e);
    s = s != STATUS_OK ? s : db_sync_query(db, addresses_sql, 0, NULL, &addresses, e);
    if (s != STATUS_OK) {
        return s;
    }
    c->n_addresses = db_rows_count(addresses);
    c->addresses = calloc(c->n_addresses + 1, sizeof *c->addresses);
    c->rows = calloc(c->snapshot->n_boundaries + db_rows_count(c->streets) +
                         db_rows_count(c->places) + c->n_addresses + 1,
                     sizeof *c->rows);
    if (c->addresses == NULL || c->rows == NULL) {
        db_rows_free(addresses);
        return err_set(e, STATUS_NO_MEMORY, "no memory for the city");
    }
    for (size_t i = 0; i < c->n_addresses; i++) {
        read_address(c, addresses, i);
    }
    db_rows_free(addresses);
    add_units(c);
    s = add_streets(c, e);
    if (s != STATUS_OK) {
        return s;
    }
    add_places(c);
    index_addresses(c);
    judge_addresses(c);
    struct geo_gazetteer_locator locator = {
        .units_at = units_at, .context = c->snapshot, .metric_crs = "EPSG:9210"};
    uint64_t began = clock_mono_ns();
    s = geo_gazetteer_create(c->rows, c->n_rows, &locator, &c->gazetteer, e);
    c->build_s = (double)(clock_mono_ns() - began) / 1e9;
    return s;
}

void geocode_city_clear(struct geocode_city *c)
{
    geo_gazetteer_destroy(c->gazetteer);
    free(c->rows);
    free(c->points);
    free(c->addresses);
    free(c->known);
    db_rows_free(c->streets);
    db_rows_free(c->places);
    snapshot_release(c->snapshot);
}
