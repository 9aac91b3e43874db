#include "server/city/city_demo_map.h"

#include <math.h>
#include <string.h>

#include "server/base/str.h"
#include "server/city/city_demo_random.h"

#define MAP_MEMORY_MAX ((size_t)64 << 20)
#define STREETS_MAX    8000
#define POINTS_MAX     120000
#define ADDRESSES_MAX  60000
#define PLACES_MAX     3000
#define REGION_NAMES   64 /* street names used of one region */
#define STEPS          16 /* pieces of a street before it is cut to its ward */

/* Metres in a degree at 10.8° N: enough for a made-up map. */
#define METRES_LON 109350.0
#define METRES_LAT 110620.0

#define HOUSE_FRONT_M 7.0

/* A street's name waiting for its street. */
struct name_pool {
    const char *region;
    const struct city_demo_street_name *names[REGION_NAMES]; /* the larger roads first */
    size_t n;
    size_t next_road, next_street;
};

struct builder {
    struct city_demo_map *map;
    struct geo_point *points;
    size_t n_points;
    struct name_pool *pools;
    size_t n_pools;
};

struct geo_point city_demo_map_shift(struct geo_point from, double east_m, double north_m)
{
    return (struct geo_point){from.lon + east_m / METRES_LON, from.lat + north_m / METRES_LAT};
}

static double metres_between(struct geo_point a, struct geo_point b)
{
    double east = (b.lon - a.lon) * METRES_LON;
    double north = (b.lat - a.lat) * METRES_LAT;
    return sqrt(east * east + north * north);
}

struct geo_point city_demo_map_spot(const struct city_demo_street *street, double along_m,
                                    double aside_m)
{
    double left = along_m > 0 ? along_m : 0;
    for (size_t i = 0; i + 1 < street->n; i++) {
        struct geo_point a = street->points[i];
        struct geo_point b = street->points[i + 1];
        double length = metres_between(a, b);
        if (left <= length || i + 2 == street->n) {
            double share = length > 0 ? left / length : 0;
            share = share < 1 ? share : 1;
            double east = (b.lon - a.lon) * METRES_LON;
            double north = (b.lat - a.lat) * METRES_LAT;
            double scale = length > 0 ? aside_m / length : 0;
            /* To the right of (east, north) is (north, -east). */
            return city_demo_map_shift(a, east * share + north * scale,
                                       north * share - east * scale);
        }
        left -= length;
    }
    return street->points[0];
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
    double best_distance = metres_between(best->point, point);
    for (size_t i = 1; i < w->n_places; i++) {
        const struct city_demo_place *place = &map->places[w->first_place + i];
        double distance = metres_between(place->point, point);
        if (distance < best_distance) {
            best = place;
            best_distance = distance;
        }
    }
    return best;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool has_word(const char *list, const char *word)
{
    struct str rest = str_of(list);
    while (rest.n > 0) {
        if (str_equal_z(str_cut(&rest, ' '), word)) {
            return true;
        }
    }
    return false;
}

static int class_rank(const char *class)
{
    static const char *const classes[] = {"primary", "secondary", "tertiary", "residential"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(class, classes[i]) == 0) {
            return i;
        }
    }
    return 4;
}

/* Shuffled, then the larger roads first. */
static void fill_pool(struct name_pool *pool, const struct city_demo_facts *facts, uint64_t seed,
                      uint64_t number)
{
    struct city_demo_random r = city_demo_random_start(seed, DEMO_STREAM_NAMES, number);
    for (size_t i = 0; i < facts->n_street_names && pool->n < REGION_NAMES; i++) {
        if (has_word(facts->street_names[i].regions, pool->region)) {
            size_t at = city_demo_random_below(&r, pool->n + 1);
            pool->names[pool->n++] = pool->names[at];
            pool->names[at] = &facts->street_names[i];
        }
    }
    for (size_t i = 1; i < pool->n; i++) {
        const struct city_demo_street_name *name = pool->names[i];
        size_t k = i;
        for (; k > 0 && class_rank(pool->names[k - 1]->class) > class_rank(name->class); k--) {
            pool->names[k] = pool->names[k - 1];
        }
        pool->names[k] = name;
    }
}

static struct name_pool *pool_of(struct builder *b, const char *region)
{
    for (size_t i = 0; i < b->n_pools; i++) {
        if (strcmp(b->pools[i].region, region) == 0) {
            return &b->pools[i];
        }
    }
    struct name_pool *pool = &b->pools[b->n_pools++];
    *pool = (struct name_pool){.region = region};
    fill_pool(pool, b->map->facts, b->map->seed, b->n_pools);
    return pool;
}

/* --- streets ---------------------------------------------------------------------------------- */

/* Adds a street over the last n points; false when the map is full (never, for the real facts). */
static bool add_street(struct builder *b, struct city_demo_street street)
{
    struct city_demo_map *map = b->map;
    if (map->n_streets == STREETS_MAX || street.name == NULL) {
        return false;
    }
    street.length_m = 0;
    for (size_t i = 1; i < street.n; i++) {
        street.length_m += metres_between(street.points[i - 1], street.points[i]);
    }
    map->streets[map->n_streets++] = street;
    return true;
}

/* Smooth, periodic in 1, between -1 and 1: a sine's stand-in made of two parabolas. */
static double wave(double t)
{
    t -= floor(t);
    double s = t < 0.5 ? 2 * t : 2 * t - 1;
    double height = 4 * s * (1 - s);
    return t < 0.5 ? height : -height;
}

/* No third centre inside the circle that has the line between the two as its diameter. */
static bool are_neighbours(const struct city_demo_facts *facts, size_t i, size_t k)
{
    struct geo_point a = facts->wards[i].centre;
    struct geo_point b = facts->wards[k].centre;
    struct geo_point middle = {(a.lon + b.lon) / 2, (a.lat + b.lat) / 2};
    double radius = metres_between(a, b) / 2;
    for (size_t m = 0; m < facts->n_wards; m++) {
        if (m != i && m != k && metres_between(facts->wards[m].centre, middle) < radius) {
            return false;
        }
    }
    return true;
}

static void add_road(struct builder *b, size_t from, size_t to, struct city_demo_random *r)
{
    const struct city_demo_facts *facts = b->map->facts;
    struct geo_point a = facts->wards[from].centre;
    struct geo_point z = facts->wards[to].centre;
    double east = (z.lon - a.lon) * METRES_LON;
    double north = (z.lat - a.lat) * METRES_LAT;
    double bend = 0.16 * (city_demo_random_unit(r) - 0.5);
    double sway = 0.05 * city_demo_random_unit(r);
    struct geo_point *points = &b->points[b->n_points];
    struct name_pool *pool = pool_of(b, facts->wards[from].region);
    if (pool->n == 0 || b->n_points + STEPS + 1 > POINTS_MAX) {
        return;
    }
    for (size_t i = 0; i <= STEPS; i++) {
        double t = (double)i / STEPS;
        double aside = bend * 4 * t * (1 - t) + sway * wave(2 * t);
        points[i] = city_demo_map_shift(a, east * t - north * aside, north * t + east * aside);
        if (!city_demo_facts_inside(facts, points[i])) {
            return;
        }
    }
    const struct city_demo_street_name *name = pool->names[pool->next_road++ % pool->n];
    const char *class = class_rank(name->class) <= 1 ? name->class : "secondary";
    if (add_street(b, (struct city_demo_street){name->name, class, points, STEPS + 1, 0, from})) {
        b->n_points += STEPS + 1;
    }
}

static void add_roads(struct builder *b, size_t ward)
{
    const struct city_demo_facts *facts = b->map->facts;
    struct city_demo_random r = city_demo_random_start(b->map->seed, DEMO_STREAM_ROADS, ward);
    for (size_t k = ward + 1; k < facts->n_wards; k++) {
        if (metres_between(facts->wards[ward].centre, facts->wards[k].centre) < 30000 &&
            are_neighbours(facts, ward, k)) {
            add_road(b, ward, k, &r);
        }
    }
}

/* The grid of one ward: where its lines lie and how they are turned. */
struct grid {
    struct geo_point centre;
    double radius_m, spacing_m;
    double cosine, sine;
    size_t lines;
};

/* Keeps the longest run of points that lie in the ward; answers how many, moved to the front. */
static size_t keep_in_ward(const struct city_demo_facts *facts, size_t ward,
                           struct geo_point *points, size_t n)
{
    size_t best = 0;
    size_t best_n = 0;
    size_t run = 0;
    for (size_t i = 0; i < n; i++) {
        bool in = city_demo_facts_nearest(facts, points[i]) == ward &&
                  city_demo_facts_inside(facts, points[i]);
        run = in ? run + 1 : 0;
        if (run > best_n) {
            best_n = run;
            best = i + 1 - run;
        }
    }
    memmove(points, &points[best], best_n * sizeof(*points));
    return best_n;
}

/* Draws a line of the grid at the end of the points; answers how many of them lie in the ward. */
static size_t draw_line(struct builder *b, size_t ward, const struct grid *grid, size_t line,
                        struct city_demo_random *r)
{
    struct geo_point *points = &b->points[b->n_points];
    if (b->n_points + STEPS + 1 > POINTS_MAX) {
        return 0;
    }
    bool crosswise = line >= grid->lines;
    double row = (double)(line % grid->lines) + 0.5 + 0.3 * (city_demo_random_unit(r) - 0.5);
    double across = (2 * row / (double)grid->lines - 1) * grid->radius_m;
    double height = 0.4 * grid->spacing_m * city_demo_random_unit(r);
    double length = 0.5 + city_demo_random_unit(r);
    double phase = city_demo_random_unit(r);
    /* Two streets in five stop short of the ward's edge. */
    size_t steps = city_demo_random_unit(r) < 0.6 ? STEPS : STEPS / 2;
    size_t first = city_demo_random_below(r, STEPS - steps + 1);
    for (size_t i = 0; i <= steps; i++) {
        double t = (double)(first + i) / STEPS;
        double along = (2 * t - 1) * grid->radius_m;
        double aside = across + height * wave(phase + t * length);
        double x = crosswise ? aside : along;
        double y = crosswise ? along : aside;
        points[i] = city_demo_map_shift(grid->centre, x * grid->cosine - y * grid->sine,
                                        x * grid->sine + y * grid->cosine);
    }
    return keep_in_ward(b->map->facts, ward, points, steps + 1);
}

static struct grid grid_of(const struct city_demo_unit *unit, struct city_demo_random *r)
{
    double edge = strcmp(unit->kind, "Phường") == 0 ? 2600 : 2000;
    double radius = 1000 * 0.95 * sqrt(unit->area_km2 / 3.14159265358979);
    struct grid grid = {.centre = unit->centre, .radius_m = radius < edge ? radius : edge};
    double lines = grid.radius_m / 130;
    grid.lines = lines < 5 ? 5 : lines > 10 ? 10 : (size_t)lines;
    grid.spacing_m = 2 * grid.radius_m / (double)grid.lines;
    /* A turn by up to a quarter, from the tangent of its half: no sine needed. */
    double half = 0.41 * city_demo_random_unit(r);
    grid.cosine = (1 - half * half) / (1 + half * half);
    grid.sine = 2 * half / (1 + half * half);
    return grid;
}

static void add_grid(struct builder *b, size_t ward, struct city_demo_random *r)
{
    const struct city_demo_unit *unit = &b->map->facts->wards[ward];
    struct grid grid = grid_of(unit, r);
    struct name_pool *pool = pool_of(b, unit->region);
    size_t named = pool->n < 9 ? pool->n : 9;
    int number = 1;
    for (size_t line = 0; line < 2 * grid.lines; line++) {
        size_t n = draw_line(b, ward, &grid, line, r);
        if (n < 4) {
            continue;
        }
        struct city_demo_street street = {
            .class = "residential", .points = &b->points[b->n_points], .n = n, .ward = ward};
        if (named > 0 && city_demo_random_unit(r) < 0.6) {
            const struct city_demo_street_name *name = pool->names[pool->next_street++ % pool->n];
            street.name = name->name;
            street.class = class_rank(name->class) <= 2 ? "tertiary" : "residential";
            named--;
        } else {
            street.name = arena_printf(b->map->arena, "Đường số %d", number++);
        }
        if (add_street(b, street)) {
            b->n_points += n;
        }
    }
}

/* Alleys, named after the house at their mouth. */
static void add_alleys(struct builder *b, size_t ward, size_t first_street,
                       struct city_demo_random *r)
{
    size_t n_streets = b->map->n_streets - first_street;
    for (size_t i = 0; n_streets > 0 && i < 5; i++) {
        const struct city_demo_street *street =
            &b->map->streets[first_street + city_demo_random_below(r, n_streets)];
        double along = (0.1 + 0.8 * city_demo_random_unit(r)) * street->length_m;
        double side = city_demo_random_unit(r) < 0.5 ? -1 : 1;
        double depth = 50 + 90 * city_demo_random_unit(r);
        struct geo_point *points = &b->points[b->n_points];
        if (b->n_points + 3 > POINTS_MAX) {
            return;
        }
        points[0] = city_demo_map_spot(street, along, 0);
        points[1] = city_demo_map_spot(street, along, side * depth * 0.6);
        points[2] = city_demo_map_spot(street, along + 12, side * depth);
        struct city_demo_street alley = {.name = arena_printf(b->map->arena, "Hẻm %d %s",
                                                              city_demo_map_house(along, side > 0),
                                                              street->name),
                                         .class = "service",
                                         .points = points,
                                         .n = 3,
                                         .ward = ward};
        if (city_demo_facts_inside(b->map->facts, points[2]) && add_street(b, alley)) {
            b->n_points += 3;
        }
    }
}

/* --- houses and places ------------------------------------------------------------------------ */

static void add_addresses(struct city_demo_map *map, size_t street_number)
{
    const struct city_demo_street *street = &map->streets[street_number];
    double least = class_rank(street->class) == 4 ? 60 : 150;
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

/* People per km²: rings around the centre, and around the centres of the two former provinces. */
static double density_at(struct geo_point p)
{
    static const struct {
        struct geo_point centre;
        double within_m, density;
    } rings[] = {
        {{106.685, 10.775}, 4500, 32000},  {{106.670, 10.780}, 9000, 25000},
        {{106.690, 10.790}, 15000, 11000}, {{106.730, 10.920}, 9000, 6500},
        {{106.665, 10.980}, 8000, 5000},   {{107.090, 10.360}, 7000, 4500},
        {{106.690, 10.800}, 23000, 4200},
    };
    for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
        if (metres_between(rings[i].centre, p) < rings[i].within_m) {
            return rings[i].density;
        }
    }
    return 800;
}

static void settle(struct city_demo_map *map)
{
    double sum = 0;
    for (size_t i = 0; i < map->facts->n_wards; i++) {
        const struct city_demo_unit *unit = &map->facts->wards[i];
        double people = unit->area_km2 * density_at(unit->centre);
        people = people < 8000 ? 8000 : people > 220000 ? 220000 : people;
        map->wards[i].population = people;
        sum += people;
        map->population_sums[i] = sum;
    }
}

/* How much happens on each street of a ward: more on larger ones, and much more on a few. */
static bool weigh_streets(struct city_demo_map *map, size_t ward, struct city_demo_random *r)
{
    static const double of_class[] = {5, 4, 2.5, 1.2, 0.5};
    struct city_demo_ward *w = &map->wards[ward];
    double *sums = arena_alloc(map->arena, (w->n_streets + 1) * sizeof(*sums));
    if (sums == NULL) {
        return false;
    }
    double sum = 0;
    for (size_t i = 0; i < w->n_streets; i++) {
        const struct city_demo_street *street = &map->streets[w->first_street + i];
        double chance = city_demo_random_unit(r);
        sum += of_class[class_rank(street->class)] * (0.2 + 4 * chance * chance * chance) *
               sqrt(street->length_m < 2500 ? street->length_m : 2500);
        sums[i] = sum;
    }
    w->street_sums = sums;
    return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool build(struct builder *b)
{
    struct city_demo_map *map = b->map;
    for (size_t ward = 0; ward < map->facts->n_wards; ward++) {
        struct city_demo_random r = city_demo_random_start(map->seed, DEMO_STREAM_STREETS, ward);
        map->wards[ward].first_street = map->n_streets;
        add_roads(b, ward);
        size_t first = map->n_streets;
        add_grid(b, ward, &r);
        add_alleys(b, ward, first, &r);
        map->wards[ward].n_streets = map->n_streets - map->wards[ward].first_street;
        if (!weigh_streets(map, ward, &r)) {
            return false;
        }
    }
    for (size_t i = 0; i < map->n_streets; i++) {
        add_addresses(map, i);
    }
    for (size_t ward = 0; ward < map->facts->n_wards; ward++) {
        add_places(map, ward);
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
    struct builder b = {.map = map};
    map->arena = arena;
    map->facts = facts;
    map->seed = seed;
    map->streets = arena_alloc(arena, STREETS_MAX * sizeof(*map->streets));
    map->addresses = arena_alloc(arena, ADDRESSES_MAX * sizeof(*map->addresses));
    map->places = arena_alloc(arena, PLACES_MAX * sizeof(*map->places));
    map->wards = arena_calloc(arena, facts->n_wards, sizeof(*map->wards));
    map->population_sums = arena_calloc(arena, facts->n_wards, sizeof(double));
    b.points = arena_alloc(arena, POINTS_MAX * sizeof(*b.points));
    b.pools = arena_calloc(arena, facts->n_wards, sizeof(*b.pools));
    if (map->streets == NULL || map->addresses == NULL || map->places == NULL ||
        map->wards == NULL || map->population_sums == NULL || b.points == NULL || b.pools == NULL ||
        !build(&b)) {
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
