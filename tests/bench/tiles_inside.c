#include "tests/bench/tiles_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_index.h"
#include "server/api/heat_tile.h"
#include "server/base/clock.h"
#include "tests/bench/tiles_list.h"

#define OPEN     0x87fU
#define WARM     200
#define TILE_MAX ((size_t)16 << 20)

struct places {
    struct geo_heat_record *records;
    size_t n, cap;
};

static bool read_places(struct places *p, const char *file)
{
    FILE *in = fopen(file, "r");
    struct geo_point at;
    if (in == NULL) {
        perror(file);
        return false;
    }
    while (fscanf(in, "%lf %lf", &at.lon, &at.lat) == 2) {
        p->records = array_grow(p->records, &p->cap, p->n + 1, sizeof(*p->records));
        if (p->records == NULL) {
            abort();
        }
        size_t n = p->n++;
        p->records[n] =
            (struct geo_heat_record){.id = (int64_t)n + 1,
                                     .place = geo_heat_place_of(at),
                                     .received_s = 1700000000U + (uint32_t)n % 90000000U,
                                     .due_s = GEO_HEAT_NEVER,
                                     .category = 1 + (int32_t)(n % 80),
                                     .agency = 1 + (int32_t)(n % 86),
                                     .status = (uint8_t)(n % 12),
                                     .channel = (uint8_t)(n % 7)};
    }
    (void)fclose(in);
    return true;
}

static const struct geo_heat_record *record_at(void *arg, size_t i)
{
    const struct places *p = arg;
    return &p->records[i];
}

/* View, query, cells and bytes: all that an answer takes. */
static size_t make_tile(struct geo_heat_index *index, struct geo_tile tile)
{
    static const struct geo_heat_filter everything;
    struct geo_heat_view *view = geo_heat_index_view(index);
    struct geo_heat_query *query = NULL;
    struct strbuf out;
    struct err e;
    strbuf_init(&out, TILE_MAX);
    if (geo_heat_query_create(view, &everything, &query, &e) != STATUS_OK) {
        abort();
    }
    const struct heat_tile t = {.query = query, .tile = tile};
    if (heat_tile_cells(&t, &out, &e) != STATUS_OK) {
        abort();
    }
    size_t n = out.n;
    geo_heat_query_destroy(query);
    geo_heat_view_release(view);
    strbuf_free(&out);
    return n;
}

static void show_zoom(struct geo_heat_index *index, const struct tiles_list *list, unsigned z)
{
    struct tiles_times times = {0};
    size_t bytes = 0;
    size_t warmed = 0;
    for (size_t i = 0; i < list->n && warmed < WARM; i++) {
        const struct tiles_row *row = &list->rows[i];
        if (row->z == z) {
            (void)make_tile(index, (struct geo_tile){row->z, row->x, row->y});
            warmed++;
        }
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct tiles_row *row = &list->rows[i];
        if (row->z == z) {
            uint64_t start = clock_mono_ns();
            bytes += make_tile(index, (struct geo_tile){row->z, row->x, row->y});
            tiles_times_add(&times, clock_mono_ns() - start);
        }
    }
    if (times.n > 0) {
        printf("hotline z%u: %.4f / %.4f ms (%zu, %zu bytes on average)\n", z,
               tiles_times_quantile(&times, 0.5), tiles_times_quantile(&times, 0.99), times.n,
               bytes / times.n);
    }
    free(times.ms);
}

int tiles_inside(const char *places, const char *list)
{
    struct places p = {0};
    struct tiles_list asked;
    struct geo_heat_index *index = NULL;
    struct err e;
    const struct geo_heat_options options = {.open_statuses = OPEN, .now_s = 1764000000U};
    tiles_list_read(&asked, list);
    if (!read_places(&p, places) || p.n == 0) {
        return 2;
    }
    if (geo_heat_index_create(&options, &index, &e) != STATUS_OK ||
        geo_heat_index_load(index, p.n, record_at, &p, &e) != STATUS_OK) {
        fprintf(stderr, "bench_tiles: %s\n", e.text);
        return 1;
    }
    for (unsigned z = 0; z <= GEO_TILE_ZOOM_MAX; z++) {
        show_zoom(index, &asked, z);
    }
    struct geo_heat_stats stats = geo_heat_index_stats(index);
    printf("hotline: %.1f B a complaint, all in; live and filterable\n",
           (double)stats.bytes / (double)stats.complaints);
    geo_heat_index_destroy(index);
    tiles_list_free(&asked);
    free(p.records);
    return 0;
}
