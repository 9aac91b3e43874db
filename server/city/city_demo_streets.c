#include "server/city/city_demo_streets.h"

#include <math.h>
#include <string.h>

#include "server/base/str.h"
#include "server/city/city_demo_random.h"

#define STREETS_MAX  8000
#define POINTS_MAX   120000
#define REGION_NAMES 64 /* street names used of one region */
#define STEPS        16 /* pieces of a street before it is cut to its ward */

/* A street's name waiting for its street. */
struct name_pool {
    const char *region;
    struct city_demo_street_name names[REGION_NAMES]; /* the larger roads first */
    size_t n;
    size_t next_road, next_street;
    int next_number; /* for streets without a name: numbered through the region */
};

struct builder {
    struct city_demo_map *map;
    struct geo_point *points;
    size_t n_points;
    struct name_pool *pools;
    size_t n_pools;
};

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

/* Shuffled, then the larger roads first. */
static void fill_pool(struct name_pool *pool, const struct city_demo_facts *facts, uint64_t seed,
                      uint64_t number)
{
    struct city_demo_random r = city_demo_random_start(seed, DEMO_STREAM_NAMES, number);
    for (size_t i = 0; i < facts->n_street_names && pool->n < REGION_NAMES; i++) {
        if (has_word(facts->street_names[i].regions, pool->region)) {
            size_t at = city_demo_random_below(&r, pool->n + 1);
            pool->names[pool->n++] = pool->names[at];
            pool->names[at] = facts->street_names[i];
        }
    }
    for (size_t i = 1; i < pool->n; i++) {
        const struct city_demo_street_name name = pool->names[i];
        const int rank = city_demo_map_class(name.class);
        size_t k = i;
        for (; k > 0 && city_demo_map_class(pool->names[k - 1].class) > rank; k--) {
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
        street.length_m += city_demo_map_metres(street.points[i - 1], street.points[i]);
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
    double radius = city_demo_map_metres(a, b) / 2;
    for (size_t m = 0; m < facts->n_wards; m++) {
        if (m != i && m != k && city_demo_map_metres(facts->wards[m].centre, middle) < radius) {
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
    double east = (z.lon - a.lon) * DEMO_METRES_LON;
    double north = (z.lat - a.lat) * DEMO_METRES_LAT;
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
    const struct city_demo_street_name *name = &pool->names[pool->next_road++ % pool->n];
    const char *class = city_demo_map_class(name->class) <= 1 ? name->class : "secondary";
    if (add_street(b, (struct city_demo_street){name->name, class, points, STEPS + 1, 0, from})) {
        b->n_points += STEPS + 1;
    }
}

static void add_roads(struct builder *b, size_t ward)
{
    const struct city_demo_facts *facts = b->map->facts;
    struct city_demo_random r = city_demo_random_start(b->map->seed, DEMO_STREAM_ROADS, ward);
    for (size_t k = ward + 1; k < facts->n_wards; k++) {
        if (city_demo_map_metres(facts->wards[ward].centre, facts->wards[k].centre) < 30000 &&
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
    double radius = 1000 * 1.15 * sqrt(unit->area_km2 / 3.14159265358979);
    struct grid grid = {.centre = unit->centre, .radius_m = radius < edge ? radius : edge};
    double lines = grid.radius_m / 130;
    grid.lines = lines < 7 ? 7 : lines > 10 ? 10 : (size_t)lines;
    grid.spacing_m = 2 * grid.radius_m / (double)grid.lines;
    /* A turn by up to a quarter, from the tangent of its half: no sine needed. */
    double half = 0.41 * city_demo_random_unit(r);
    grid.cosine = (1 - half * half) / (1 + half * half);
    grid.sine = 2 * half / (1 + half * half);
    return grid;
}

/* As the former province of Bình Dương numbers its streets, and as the others do. */
static const char *number_street(struct builder *b, struct name_pool *pool)
{
    const char *prefix = strcmp(pool->region, "BD") == 0 ? "ĐX" : "Đường số";
    return arena_printf(b->map->arena, "%s %d", prefix, ++pool->next_number);
}

static void add_grid(struct builder *b, size_t ward, struct city_demo_random *r)
{
    const struct city_demo_unit *unit = &b->map->facts->wards[ward];
    struct grid grid = grid_of(unit, r);
    struct name_pool *pool = pool_of(b, unit->region);
    size_t named = pool->n < 9 ? pool->n : 9;
    for (size_t line = 0; line < 2 * grid.lines; line++) {
        size_t n = draw_line(b, ward, &grid, line, r);
        if (n < 4) {
            continue;
        }
        struct city_demo_street street = {
            .class = "residential", .points = &b->points[b->n_points], .n = n, .ward = ward};
        if (named > 0 && city_demo_random_unit(r) < 0.6) {
            const struct city_demo_street_name *name = &pool->names[pool->next_street++ % pool->n];
            street.name = name->name;
            street.class = city_demo_map_class(name->class) <= 2 ? "tertiary" : "residential";
            named--;
        } else {
            street.name = number_street(b, pool);
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

/* --- the whole -------------------------------------------------------------------------------- */

bool city_demo_streets_build(struct city_demo_map *map)
{
    struct builder b = {.map = map};
    map->streets = arena_alloc(map->arena, STREETS_MAX * sizeof(*map->streets));
    b.points = arena_alloc(map->arena, POINTS_MAX * sizeof(*b.points));
    b.pools = arena_calloc(map->arena, map->facts->n_wards, sizeof(*b.pools));
    if (map->streets == NULL || b.points == NULL || b.pools == NULL) {
        return false;
    }
    for (size_t ward = 0; ward < map->facts->n_wards; ward++) {
        struct city_demo_random r = city_demo_random_start(map->seed, DEMO_STREAM_STREETS, ward);
        map->wards[ward].first_street = map->n_streets;
        add_roads(&b, ward);
        size_t first = map->n_streets;
        add_grid(&b, ward, &r);
        add_alleys(&b, ward, first, &r);
        map->wards[ward].n_streets = map->n_streets - map->wards[ward].first_street;
    }
    return true;
}
