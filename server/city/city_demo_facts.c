#include "server/city/city_demo_facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/csv.h"

#define FACTS_MEMORY_MAX ((size_t)8 << 20)
#define FIELDS_MAX       8
#define ROWS_MAX         2000 /* of one file */

/* One record of one of the files. */
struct row {
    struct city_demo_facts *facts;
    const char *fields[FIELDS_MAX]; /* from the facts' arena, "" where empty */
};

typedef enum status row_taker(const struct row *row, struct err *e);

static enum status no_memory(struct err *e)
{
    return err_set(e, STATUS_NO_MEMORY, "the demo city's facts");
}

/* Room for one more in an array of the arena that had room for ROWS_MAX from the start. */
#define ADD(array, count)                                                                          \
    ((count) < ROWS_MAX &&                                                                         \
             ((array) != NULL ||                                                                   \
              ((array) = arena_calloc(row->facts->arena, ROWS_MAX, sizeof(*(array)))) != NULL)     \
         ? &(array)[(count)++]                                                                     \
         : NULL)

static enum status read_number(const char *text, double *out, struct err *e)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0) {
        return err_set(e, STATUS_INVALID, "'%s' is no number", text);
    }
    return STATUS_OK;
}

static enum status read_point(const char *lon, const char *lat, struct geo_point *out,
                              struct err *e)
{
    enum status status = read_number(lon, &out->lon, e);
    return status == STATUS_OK ? read_number(lat, &out->lat, e) : status;
}

static enum status take_unit(const struct row *row, struct err *e)
{
    struct city_demo_facts *facts = row->facts;
    bool ward = strcmp(row->fields[0], "ward") == 0;
    struct city_demo_unit *unit =
        ward ? ADD(facts->wards, facts->n_wards) : ADD(facts->districts, facts->n_districts);
    if (unit == NULL) {
        return no_memory(e);
    }
    unit->code = row->fields[1];
    unit->name = row->fields[2];
    unit->kind = row->fields[3];
    enum status status = read_point(row->fields[4], row->fields[5], &unit->centre, e);
    if (status != STATUS_OK) {
        return status;
    }
    unit->region = row->fields[6];
    if (unit->region[0] == '\0') {
        unit->region = unit->centre.lat > 10.85 ? "BD" : "VT";
    }
    return read_number(row->fields[7], &unit->area_km2, e);
}

static enum status take_corner(const struct row *row, struct err *e)
{
    struct city_demo_facts *facts = row->facts;
    size_t piece = (size_t)strtoul(row->fields[0], NULL, 10);
    struct city_demo_ring *ring = NULL;
    if (piece == facts->n_outline) {
        ring = &facts->outline[piece - 1];
    } else if (piece == facts->n_outline + 1) {
        ring = ADD(facts->outline, facts->n_outline);
    } else {
        return err_set(e, STATUS_INVALID, "pieces must be numbered 1, 2, ... in order");
    }
    struct geo_point *corner = ring != NULL ? ADD(ring->points, ring->n) : NULL;
    return corner != NULL ? read_point(row->fields[1], row->fields[2], corner, e) : no_memory(e);
}

static enum status take_street_name(const struct row *row, struct err *e)
{
    struct city_demo_street_name *name = ADD(row->facts->street_names, row->facts->n_street_names);
    if (name == NULL) {
        return no_memory(e);
    }
    *name = (struct city_demo_street_name){row->fields[0], row->fields[1], row->fields[2]};
    return STATUS_OK;
}

static enum status take_landmark(const struct row *row, struct err *e)
{
    struct city_demo_landmark *mark = ADD(row->facts->landmarks, row->facts->n_landmarks);
    if (mark == NULL) {
        return no_memory(e);
    }
    mark->name = row->fields[0];
    mark->name_en = row->fields[1];
    mark->kind = row->fields[2];
    return read_point(row->fields[3], row->fields[4], &mark->point, e);
}

/* "phone 560 app 250": pairs of a name and a share. */
static enum status take_channels(const struct row *row, struct err *e)
{
    struct str rest = str_of(row->fields[2]);
    while (rest.n > 0) {
        struct city_demo_channel *channel = ADD(row->facts->channels, row->facts->n_channels);
        struct str name = str_cut(&rest, ' ');
        struct str share = str_cut(&rest, ' ');
        char *texts[2] = {arena_strndup(row->facts->arena, name.p, name.n),
                          arena_strndup(row->facts->arena, share.p, share.n)};
        if (channel == NULL || texts[0] == NULL || texts[1] == NULL) {
            return no_memory(e);
        }
        channel->name = texts[0];
        enum status status = read_number(texts[1], &channel->share, e);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status take_profile(const struct row *row, struct err *e)
{
    if (strcmp(row->fields[0], "channel") == 0) {
        return take_channels(row, e);
    }
    struct city_demo_profile *profile = ADD(row->facts->profiles, row->facts->n_profiles);
    if (profile == NULL) {
        return no_memory(e);
    }
    profile->kind = row->fields[0];
    profile->name = row->fields[1];
    const char *at = row->fields[2];
    char *end;
    for (double weight = strtod(at, &end); end != at && profile->n < DEMO_PROFILE_MAX;
         weight = strtod(at, &end)) {
        profile->weights[profile->n++] = weight;
        at = end;
    }
    size_t wanted = strcmp(profile->kind, "hour") == 0   ? 24
                    : strcmp(profile->kind, "week") == 0 ? 7
                                                         : 12;
    if (profile->n != wanted || *at != '\0') {
        return err_set(e, STATUS_INVALID, "needs %zu weights, has %zu", wanted, profile->n);
    }
    return STATUS_OK;
}

static const struct city_demo_profile *find_profile(const struct city_demo_facts *facts,
                                                    const char *kind, const char *name)
{
    for (size_t i = 0; i < facts->n_profiles; i++) {
        const struct city_demo_profile *p = &facts->profiles[i];
        if (strcmp(p->kind, kind) == 0 && strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}

static enum status take_mix(const struct row *row, struct err *e)
{
    struct city_demo_facts *facts = row->facts;
    struct city_demo_mix *mix = ADD(facts->mix, facts->n_mix);
    if (mix == NULL) {
        return no_memory(e);
    }
    mix->field = row->fields[0];
    mix->hour = find_profile(facts, "hour", row->fields[2]);
    mix->week = find_profile(facts, "week", row->fields[3]);
    mix->season = find_profile(facts, "season", row->fields[4]);
    if (mix->hour == NULL || mix->week == NULL || mix->season == NULL) {
        return err_set(e, STATUS_INVALID, "no such profile");
    }
    mix->spread = strcmp(row->fields[5], "road") == 0   ? DEMO_ON_ROAD
                  : strcmp(row->fields[5], "home") == 0 ? DEMO_AT_HOME
                                                        : DEMO_NOWHERE;
    return read_number(row->fields[1], &mix->share, e);
}

/* The category's number, a new one if it was not named before; false when memory is short. */
static bool category_number(const struct row *row, const char *code, size_t *out)
{
    struct city_demo_list *categories = &row->facts->categories;
    for (size_t i = 0; i < categories->n; i++) {
        if (strcmp(categories->texts[i], code) == 0) {
            *out = i;
            return true;
        }
    }
    const char **slot = ADD(categories->texts, categories->n);
    if (slot == NULL) {
        return false;
    }
    *slot = code;
    *out = categories->n - 1;
    return true;
}

static enum status take_text(const struct row *row, struct err *e)
{
    struct city_demo_facts *facts = row->facts;
    if (strcmp(row->fields[0], "*") == 0) {
        const char **ending = ADD(facts->endings.texts, facts->endings.n);
        if (ending == NULL) {
            return no_memory(e);
        }
        *ending = row->fields[2];
        return STATUS_OK;
    }
    size_t i = 0;
    while (i < facts->n_mix && strcmp(facts->mix[i].field, row->fields[0]) != 0) {
        i++;
    }
    if (i == facts->n_mix) {
        return err_set(e, STATUS_INVALID, "field '%s' is not in mix.csv", row->fields[0]);
    }
    struct city_demo_text *text = ADD(facts->mix[i].texts, facts->mix[i].n_texts);
    if (text == NULL || !category_number(row, row->fields[1], &text->category)) {
        return no_memory(e);
    }
    text->text = row->fields[2];
    return STATUS_OK;
}

static enum status take_person(const struct row *row, struct err *e)
{
    struct city_demo_facts *facts = row->facts;
    struct city_demo_list *list = strcmp(row->fields[0], "family") == 0   ? &facts->families
                                  : strcmp(row->fields[0], "middle") == 0 ? &facts->middles
                                  : strcmp(row->fields[0], "given") == 0  ? &facts->givens
                                                                          : &facts->schools;
    const char **text = ADD(list->texts, list->n);
    if (text == NULL) {
        return no_memory(e);
    }
    *text = row->fields[1];
    return STATUS_OK;
}

/* "106.1 10.2;106.3 10.2;...": corners of a ring. */
static enum status take_area(const struct row *row, struct err *e)
{
    struct city_demo_area *area = ADD(row->facts->areas, row->facts->n_areas);
    if (area == NULL) {
        return no_memory(e);
    }
    area->code = row->fields[0];
    area->name = row->fields[1];
    area->agency = row->fields[2];
    area->class = row->fields[3];
    area->categories = row->fields[4];
    const char *at = row->fields[5];
    while (*at != '\0') {
        struct geo_point *corner = ADD(area->ring.points, area->ring.n);
        char *middle;
        char *end;
        if (corner == NULL) {
            return no_memory(e);
        }
        corner->lon = strtod(at, &middle);
        corner->lat = strtod(middle, &end);
        if (middle == at || end == middle) {
            return err_set(e, STATUS_INVALID, "the ring is no list of points");
        }
        at = end + (*end == ';' ? 1 : 0);
    }
    return area->ring.n >= 3 ? STATUS_OK : err_set(e, STATUS_INVALID, "the ring is too short");
}

/* In this order: the later ones refer to the earlier. */
static const struct fact_file {
    const char *name;
    const char *columns[FIELDS_MAX];
    row_taker *take;
} files[] = {
    {"units.csv",
     {"level", "code", "name", "kind", "lon", "lat", "former_district_code", "area_km2"},
     take_unit},
    {"outline.csv", {"piece", "lon", "lat"}, take_corner},
    {"streets.csv", {"name", "class", "districts"}, take_street_name},
    {"landmarks.csv", {"name", "name_en", "kind", "lon", "lat"}, take_landmark},
    {"profiles.csv", {"kind", "name", "weights"}, take_profile},
    {"mix.csv", {"field", "share", "hour", "week", "season", "place"}, take_mix},
    {"descriptions.csv", {"field", "category", "text"}, take_text},
    {"people.csv", {"part", "text"}, take_person},
    {"areas.csv", {"code", "name", "agency", "class", "categories", "ring"}, take_area},
};

static enum status read_row(struct city_demo_facts *facts, const struct csv *csv,
                            const struct fact_file *file, struct err *e)
{
    struct row row = {.facts = facts};
    for (size_t i = 0; i < FIELDS_MAX && file->columns[i] != NULL; i++) {
        int column = csv_column(csv, file->columns[i]);
        if (column < 0) {
            return err_set(e, STATUS_INVALID, "no column '%s'", file->columns[i]);
        }
        struct str field = csv_field(csv, column);
        row.fields[i] = arena_strndup(facts->arena, field.p, field.n);
        if (row.fields[i] == NULL) {
            return no_memory(e);
        }
    }
    enum status status = file->take(&row, e);
    return status == STATUS_OK ? status : err_wrap(e, "line %zu", csv_line(csv));
}

static enum status read_file(struct city_demo_facts *facts, const char *folder,
                             const struct fact_file *file, struct err *e)
{
    const char *path = arena_printf(facts->arena, "%s/%s", folder, file->name);
    if (path == NULL) {
        return no_memory(e);
    }
    struct csv *csv;
    enum status status = csv_open(path, &csv, e);
    if (status != STATUS_OK) {
        return status;
    }
    bool more = true;
    while (status == STATUS_OK && more) {
        status = csv_next(csv, &more, e);
        if (status == STATUS_OK && more) {
            status = read_row(facts, csv, file, e);
        }
    }
    csv_close(csv);
    return status == STATUS_OK ? status : err_wrap(e, "%s", path);
}

static enum status check(const struct city_demo_facts *facts, struct err *e)
{
    for (size_t i = 0; i < facts->n_mix; i++) {
        if (facts->mix[i].n_texts == 0) {
            return err_set(e, STATUS_INVALID, "descriptions.csv has none for %s",
                           facts->mix[i].field);
        }
    }
    if (facts->n_wards < 2 || facts->n_outline == 0 || facts->n_street_names == 0 ||
        facts->n_landmarks == 0 || facts->n_mix == 0 || facts->n_channels == 0 ||
        facts->endings.n == 0 || facts->families.n == 0 || facts->middles.n == 0 ||
        facts->givens.n == 0 || facts->schools.n == 0) {
        return err_set(e, STATUS_INVALID, "a file of the demo city's facts is empty");
    }
    return STATUS_OK;
}

enum status city_demo_facts_load(const char *folder, struct city_demo_facts **out, struct err *e)
{
    struct arena *arena = arena_create(FACTS_MEMORY_MAX);
    struct city_demo_facts *facts = arena != NULL ? arena_calloc(arena, 1, sizeof(*facts)) : NULL;
    if (facts == NULL) {
        arena_destroy(arena);
        return no_memory(e);
    }
    facts->arena = arena;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof(files) / sizeof(files[0]); i++) {
        status = read_file(facts, folder, &files[i], e);
    }
    if (status == STATUS_OK) {
        status = check(facts, e);
    }
    if (status != STATUS_OK) {
        arena_destroy(arena);
        return status;
    }
    *out = facts;
    return STATUS_OK;
}

void city_demo_facts_destroy(struct city_demo_facts *facts)
{
    if (facts != NULL) {
        arena_destroy(facts->arena);
    }
}

/* Crossing number. The outline's edges are rough anyway: what lies on one may go either way. */
static bool ring_has(const struct city_demo_ring *ring, struct geo_point p)
{
    bool inside = false;
    for (size_t i = 0, k = ring->n - 1; i < ring->n; k = i++) {
        struct geo_point a = ring->points[i];
        struct geo_point b = ring->points[k];
        if ((a.lat > p.lat) != (b.lat > p.lat) &&
            p.lon < (b.lon - a.lon) * (p.lat - a.lat) / (b.lat - a.lat) + a.lon) {
            inside = !inside;
        }
    }
    return inside;
}

bool city_demo_facts_inside(const struct city_demo_facts *facts, struct geo_point point)
{
    for (size_t i = 0; i < facts->n_outline; i++) {
        if (ring_has(&facts->outline[i], point)) {
            return true;
        }
    }
    return false;
}

size_t city_demo_facts_nearest(const struct city_demo_facts *facts, struct geo_point point)
{
    size_t best = 0;
    double best_distance = 1e9;
    for (size_t i = 0; i < facts->n_wards; i++) {
        double lon = facts->wards[i].centre.lon - point.lon;
        double lat = facts->wards[i].centre.lat - point.lat;
        double distance = lon * lon + lat * lat;
        if (distance < best_distance) {
            best_distance = distance;
            best = i;
        }
    }
    return best;
}
