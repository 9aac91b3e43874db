/* A snapshot made by hand: two categories, no polygons. For tests of what reads one. */
#ifndef TESTS_TINY_SNAPSHOT_H
#define TESTS_TINY_SNAPSHOT_H

#include "server/app/snapshot.h"

static struct snapshot_category tiny_categories[] = {
    {.id = 7,
     .parent = -1,
     .code = "tieng-on",
     .name_vi = "Tiếng ồn",
     .name_en = "Noise",
     .keywords = "",
     .active = true,
     .deadline_working_days = 5},
    {.id = 8,
     .parent = -1,
     .code = "cu",
     .name_vi = "Cũ",
     .name_en = "Old",
     .keywords = "",
     .active = false,
     .deadline_working_days = 5},
};

static const struct snapshot tiny_snapshot = {
    .references = 1,
    .city = {.name_vi = "Thử",
             .name_en = "Test",
             .timezone = "UTC",
             .metric_crs = "EPSG:9210",
             .attribution = "",
             .box = {106.3, 8.6, 107.6, 11.5}},
    .categories = tiny_categories,
    .n_categories = 2,
};

#endif
