/* The dictionaries (database ids as 16-bit codes) and the map from a complaint's id to its key. */
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_internal.h"

#define CODE_SLOTS ((size_t)2 * HEAT_CODES_MAX)

static size_t scatter(uint64_t value, size_t n_slots)
{
    return (size_t)((value * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (n_slots - 1);
}

bool heat_codes_init(struct heat_codes *codes)
{
    codes->ids = calloc(HEAT_CODES_MAX, sizeof(*codes->ids));
    codes->slots = calloc(CODE_SLOTS, sizeof(*codes->slots));
    codes->n = 0;
    return codes->ids != NULL && codes->slots != NULL && heat_codes_add(codes, 0) == 0;
}

void heat_codes_free(struct heat_codes *codes)
{
    free(codes->ids);
    free(codes->slots);
}

int32_t heat_codes_add(struct heat_codes *codes, int32_t id)
{
    size_t at = scatter((uint32_t)id, CODE_SLOTS);
    for (; codes->slots[at] != 0; at = (at + 1) & (CODE_SLOTS - 1)) {
        if (codes->ids[codes->slots[at] - 1] == id) {
            return (int32_t)codes->slots[at] - 1;
        }
    }
    if (codes->n == HEAT_CODES_MAX) {
        return -1;
    }
    codes->ids[codes->n++] = id;
    codes->slots[at] = (uint32_t)codes->n;
    return (int32_t)codes->n - 1;
}

/* --- the map ---------------------------------------------------------------------------------- */

void heat_map_free(struct heat_map *map)
{
    for (size_t i = 0; i < map->n_slots; i++) {
        free(map->slots[i]);
    }
    free(map->slots);
    *map = (struct heat_map){0};
}

/* Where the page is, or the free place for it. There is always one. */
static struct heat_page **find(const struct heat_map *map, uint64_t number)
{
    size_t at = scatter(number, map->n_slots);
    while (map->slots[at] != NULL && map->slots[at]->number != number) {
        at = (at + 1) & (map->n_slots - 1);
    }
    return &map->slots[at];
}

static bool bit(const struct heat_page *page, uint64_t id)
{
    return (page->present[(id % HEAT_PAGE) / 64] >> (id % 64) & 1U) != 0;
}

bool heat_map_get(const struct heat_map *map, uint64_t id, uint64_t *key)
{
    const struct heat_page *page = map->n_slots == 0 ? NULL : *find(map, id / HEAT_PAGE);
    if (page == NULL || !bit(page, id)) {
        return false;
    }
    *key = page->keys[id % HEAT_PAGE];
    return true;
}

static bool grow(struct heat_map *map)
{
    struct heat_map grown = {.n_slots = map->n_slots == 0 ? 64 : 2 * map->n_slots,
                             .n_pages = map->n_pages};
    grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
    if (grown.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < map->n_slots; i++) {
        if (map->slots[i] != NULL) {
            *find(&grown, map->slots[i]->number) = map->slots[i];
        }
    }
    free(map->slots);
    *map = grown;
    return true;
}

bool heat_map_put(struct heat_map *map, uint64_t id, uint64_t key)
{
    if (2 * (map->n_pages + 1) > map->n_slots && !grow(map)) {
        return false;
    }
    struct heat_page **at = find(map, id / HEAT_PAGE);
    struct heat_page *page = *at;
    if (page == NULL) {
        page = calloc(1, sizeof(*page));
        if (page == NULL) {
            return false;
        }
        page->number = id / HEAT_PAGE;
        *at = page;
        map->n_pages++;
    }
    if (!bit(page, id)) {
        page->present[(id % HEAT_PAGE) / 64] |= UINT64_C(1) << (id % 64);
        page->n++;
    }
    page->keys[id % HEAT_PAGE] = key;
    return true;
}

/* An empty page stays: it is small, ids are dense, and the next batch may want it again. */
void heat_map_remove(struct heat_map *map, uint64_t id)
{
    struct heat_page *page = map->n_slots == 0 ? NULL : *find(map, id / HEAT_PAGE);
    if (page != NULL && bit(page, id)) {
        page->present[(id % HEAT_PAGE) / 64] &= ~(UINT64_C(1) << (id % 64));
        page->n--;
    }
}

size_t heat_map_bytes(const struct heat_map *map)
{
    return map->n_slots * sizeof(*map->slots) + map->n_pages * (sizeof(struct heat_page) + 16);
}
