#include "server/city/city_demo_map.h"

#include <math.h>
#include <string.h>

#include "server/base/str.h"
#include "server/city/city_demo_random.h"
#include "server/city/city_demo_streets.h"

#define MAP_MEMORY_MAX ((size_t)64 << 20)
#define ADDRESSES_MAX  60000
#define PLACES_MAX     3000

#define HOUSE_FRONT_M 7.0

struct geo_point city_demo_map_shift(struct geo_point from, double east_m, double north_m)
{
    return (struct geo_point){from.lon + east_m / DEMO_METRES_LON,
                              from.lat + north_m / DEMO_METRES_LAT};
}

double city_demo_map_metres(struct geo_point a, struct geo_point b)
{
    double east = (b.lon - a.lon) * DEMO_METRES_LON;
    double north = (b.lat - a.lat) * DEMO_METRES_LAT;
    return sqrt(east * east + north * north);
}

struct geo_point city_demo_map_spot(const struct city_demo_street *street, double along_m,
                                    double aside_m)
{
    double left = along_m > 0 ? along_m : 0;
    for (size_t i = 0; i + 1 < street->n; i++) {
        struct geo_point a = street->points[i];
        struct geo_point b = street->points[i + 1];
        double length = city_demo_map_metres(a, b);
        if (left <= length || i + 2 == street->n) {
            double share = length > 0 ? left / length : 0;
            share = share < 1 ? share : 1;
            double east = (b.lon - a.lon) * DEMO_METRES_LON;
            double north = (b.lat - a.lat) * DEMO_METRES_LAT;
            double scale = length > 0 ? aside_m / length : 0;
            /* To the right of (east, north) is (north, -east). */
            return city_demo_map_shift(a, east * share + north * scale,
                                       north * share - east * scale);
        }
        left -= length;
    }
    return street->points[0];
}

int city_demo_map_class(const char *class)
{
    static const char *const classes[] = {"primary", "secondary", "tertiary", "residential"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(class, classes[i]) == 0) {
            return i;
        }
    }
    return 4;
}

int city_demo_map_house(double along_m, bool right)
{
    int front = along_m > 0 ? (int)(along_m / HOUSE_FRONT_M) : 0;
    return 1 + 2 * front + (right ? 1 : 0);
}

const struct city_demo_place *city_demo_map_near(const struct city_demo_map *map, size_t ward,
                                                 struct geo_point point)
{
    const struct city_demo_ward *w = &map->wards[ward];
    const struct city_demo_place *best = &map->places[w->first_place];
    double best_distance = city_demo_map_metres(best->point, point);
    for (size_t i = 1; i < w->n_places; i++) {
        const struct city_demo_place *place = &map->places[w->first_place + i];
        double distance = city_demo_map_metres(place->point, point);
        if (distance < best_distance) {
            best = place;
            best_distance = distance;
        }
    }
    return best;
}

/* --- houses and places ------------------------------------------------------------------------ */

static void add_addresses(struct city_demo_map *map, size_t street_number)
{
    const struct city_demo_street *street = &map->streets[street_number];
    double least = city_demo_map_class(street->class) == 4 ? 60 : 150;
    double gap = street->length_m / 6 > least ? street->length_m / 6 : least;
    bool right = street_number % 2 == 0;
    for (double along = 12; along < street->length_m && map->n_addresses < ADDRESSES_MAX;
         along += gap) {
        map->addresses[map->n_addresses++] =
            (struct city_demo_address){city_demo_map_house(along, right), street_number,
                                       city_demo_map_spot(street, along, right ? 8 : -8)};
        right = !right;
    }
}

/* "Phường Bến Thành" without its kind. */
static const char *short_name(const struct city_demo_unit *unit)
{
    size_t n = strlen(unit->kind);
    bool prefixed = strncmp(unit->name, unit->kind, n) == 0 && unit->name[n] == ' ';
    return prefixed ? unit->name + n + 1 : unit->name;
}

static void add_place(struct city_demo_map *map, size_t ward, const char *name, const char *kind,
                      struct city_demo_random *r)
{
    const struct city_demo_ward *w = &map->wards[ward];
    struct city_demo_place *place = &map->places[map->n_places];
    if (map->n_places == PLACES_MAX || name == NULL) {
        return;
    }
    *place = (struct city_demo_place){name, "", kind, map->facts->wards[ward].centre};
    if (w->n_streets > 0) {
        const struct city_demo_street *street =
            &map->streets[w->first_street + city_demo_random_below(r, w->n_streets)];
        place->point = city_demo_map_spot(street, street->length_m * city_demo_random_unit(r), 15);
    }
    map->n_places++;
}

static void add_places(struct city_demo_map *map, size_t ward)
{
    static const struct {
        const char *format;
        const char *kind;
        bool of_person; /* named after somebody, not after the ward */
    } rows[] = {
        {"Chợ %s", "amenity=marketplace", false},
        {"Trường Tiểu học %s", "amenity=school", true},
        {"Trường Trung học cơ sở %s", "amenity=school", true},
        {"Trường Mầm non %s", "amenity=kindergarten", false},
        {"Trạm Y tế %s", "amenity=clinic", false},
        {"Công viên %s", "leisure=park", false},
    };
    const struct city_demo_facts *facts = map->facts;
    struct city_demo_random r = city_demo_random_start(map->seed, DEMO_STREAM_PLACES, ward);
    map->wards[ward].first_place = map->n_places;
    add_place(map, ward, arena_printf(map->arena, "Ủy ban nhân dân %s", facts->wards[ward].name),
              "amenity=townhall", &r);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t person = city_demo_random_below(&r, facts->schools.n);
        const char *name =
            rows[i].of_person ? facts->schools.texts[person] : short_name(&facts->wards[ward]);
        struct strbuf text;
        strbuf_init(&text, 200);
        const char *mark = strstr(rows[i].format, "%s");
        strbuf_append(&text, rows[i].format, (size_t)(mark - rows[i].format));
        strbuf_append_z(&text, name);
        add_place(map, ward, arena_strndup(map->arena, text.p, text.n), rows[i].kind, &r);
        strbuf_free(&text);
    }
    map->wards[ward].n_places = map->n_places - map->wards[ward].first_place;
}

static void add_landmarks(struct city_demo_map *map)
{
    for (size_t i = 0; i < map->facts->n_landmarks && map->n_places < PLACES_MAX; i++) {
        const struct city_demo_landmark *mark = &map->facts->landmarks[i];
        map->places[map->n_places++] =
            (struct city_demo_place){mark->name, mark->name_en, mark->kind, mark->point};
    }
}

/* --- population ------------------------------------------------------------------------------- */

/* People by day per km²: rings around the centre, and around those of the two former provinces. */
static double density_at(struct geo_point p)
{
    static const struct {
        struct geo_point centre;
        double within_m, density;
    } rings[] = {
        {{106.685, 10.775}, 4500, 48000},  {{106.670, 10.780}, 9000, 25000},
        {{106.690, 10.790}, 15000, 11000}, {{106.730, 10.920}, 9000, 6500},
        {{106.665, 10.980}, 8000, 5000},   {{107.090, 10.360}, 7000, 4500},
        {{106.690, 10.800}, 23000, 4200},
    };
    for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
        if (city_demo_map_metres(rings[i].centre, p) < rings[i].within_m) {
            return rings[i].density;
        }
    }
    return 350;
}

static void settle(struct city_demo_map *map)
{
    double sum = 0;
    for (size_t i = 0; i < map->facts->n_wards; i++) {
        const struct city_demo_unit *unit = &map->facts->wards[i];
        double people = unit->area_km2 * density_at(unit->centre);
        if (strcmp(unit->kind, "Phường") != 0) {
            people *= 0.4; /* much of a commune is fields and water */
        }
        people = people < 8000 ? 8000 : people > 200000 ? 200000 : people;
        map->wards[i].population = people;
        sum += people;
        map->population_sums[i] = sum;
    }
}

/* How much happens on each street of a ward: more on larger ones, and much more on a few. */
static bool weigh_streets(struct city_demo_map *map, size_t ward)
{
    static const double of_class[] = {5, 4, 2.5, 1.2, 0.5};
    struct city_demo_ward *w = &map->wards[ward];
    struct city_demo_random r = city_demo_random_start(map->seed, DEMO_STREAM_WEIGHTS, ward);
    double *sums = arena_alloc(map->arena, (w->n_streets + 1) * sizeof(*sums));
    if (sums == NULL) {
        return false;
    }
    double sum = 0;
    for (size_t i = 0; i < w->n_streets; i++) {
        const struct city_demo_street *street = &map->streets[w->first_street + i];
        double chance = city_demo_random_unit(&r);
        sum += of_class[city_demo_map_class(street->class)] * (0.2 + 4 * chance * chance * chance) *
               sqrt(street->length_m < 2500 ? street->length_m : 2500);
        sums[i] = sum;
    }
    w->street_sums = sums;
    return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool build(struct city_demo_map *map)
{
    if (!city_demo_streets_build(map)) {
        return false;
    }
    for (size_t i = 0; i < map->n_streets; i++) {
        add_addresses(map, i);
    }
    for (size_t ward = 0; ward < map->facts->n_wards; ward++) {
        add_places(map, ward);
        if (!weigh_streets(map, ward)) {
            return false;
        }
    }
    add_landmarks(map);
    settle(map);
    return true;
}

enum status city_demo_map_create(const struct city_demo_facts *facts, uint64_t seed,
                                 struct city_demo_map **out, struct err *e)
{
    struct arena *arena = arena_create(MAP_MEMORY_MAX);
    struct city_demo_map *map = arena != NULL ? arena_calloc(arena, 1, sizeof(*map)) : NULL;
    if (map == NULL) {
        arena_destroy(arena);
        return err_set(e, STATUS_NO_MEMORY, "the demo city's map");
    }
    map->arena = arena;
    map->facts = facts;
    map->seed = seed;
    map->addresses = arena_alloc(arena, ADDRESSES_MAX * sizeof(*map->addresses));
    map->places = arena_alloc(arena, PLACES_MAX * sizeof(*map->places));
    map->wards = arena_calloc(arena, facts->n_wards, sizeof(*map->wards));
    map->population_sums = arena_calloc(arena, facts->n_wards, sizeof(double));
    if (map->addresses == NULL || map->places == NULL || map->wards == NULL ||
        map->population_sums == NULL || !build(map)) {
        arena_destroy(arena);
        return err_set(e, STATUS_NO_MEMORY, "the demo city's map");
    }
    *out = map;
    return STATUS_OK;
}

void city_demo_map_destroy(struct city_demo_map *map)
{
    if (map != NULL) {
        arena_destroy(map->arena);
    }
}
