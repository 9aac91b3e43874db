/* A small city for gazetteer tests: two districts side by side, each with two old wards (south 12,
 * north 1) until the reform, and one new ward since. Included by a test or fuzzer only. */
#ifndef TESTS_SMALL_CITY_H
#define TESTS_SMALL_CITY_H

#include <stdint.h>

#include "geo/geo_gazetteer.h"

#define REFORM_US INT64_C(1751302800000000) /* 2025-07-01T00:00+07:00 */

enum small_unit { GO_VAP, QUAN_10, GV_12, GV_1, Q10_12, Q10_1, AN_HOI, HOA_HUNG };

static size_t small_units_at(void *context, struct geo_point p, int32_t *units, size_t max)
{
    (void)context;
    if (max < 3 || p.lon < 106.60 || p.lon > 106.80) {
        return 0;
    }
    int east = p.lon >= 106.70;
    int north = p.lat >= 10.80;
    units[0] = east ? QUAN_10 : GO_VAP;
    units[1] = east ? (north ? Q10_1 : Q10_12) : (north ? GV_1 : GV_12);
    units[2] = east ? HOA_HUNG : AN_HOI;
    return 3;
}

static const struct geo_point small_quang_trung[] = {
    {106.65, 10.78}, {106.65, 10.80}, {106.65, 10.82}};
static const struct geo_point small_le_loi[] = {{106.64, 10.81}, {106.66, 10.81}};
static const struct geo_point small_quang_trung_10[] = {{106.75, 10.79}, {106.75, 10.795}};
static const struct geo_point small_3_thang_2[] = {{106.74, 10.793}, {106.76, 10.793}};
static const struct geo_point small_so_10[] = {{106.62, 10.81}, {106.622, 10.81}};
static const struct geo_point small_duong_ba_trac[] = {{106.61, 10.805}, {106.612, 10.805}};
static const struct geo_point small_ntmk[] = {{106.72, 10.81}, {106.73, 10.81}};
static const struct geo_point small_cmt8[] = {{106.72, 10.79}, {106.73, 10.79}};
static const struct geo_point small_border[] = {{106.70, 10.81}, {106.7, 10.82}};
static const struct geo_point small_bridge[] = {{106.715, 10.798}, {106.718, 10.798}};
static const struct geo_point small_alley[] = {{106.65, 10.785}, {106.652, 10.785}};

#define SMALL_LINE(points) .line = (points), .line_points = sizeof(points) / sizeof((points)[0])
#define SMALL_NONE         .ward = -1, .district = -1, .unit = -1
#define SMALL_STREET(title, points)                                                                \
    {                                                                                              \
        .kind = GEO_GAZETTEER_STREET, .name = (title), .point = {106.65, 10.80}, SMALL_NONE,       \
        SMALL_LINE(points)                                                                         \
    }
#define SMALL_HOUSE(number, of, east, north)                                                       \
    {                                                                                              \
        .kind = GEO_GAZETTEER_ADDRESS, .housenumber = (number), .street = (of),                    \
        .point = {(east), (north)}, SMALL_NONE                                                     \
    }
#define SMALL_UNIT(level, title, number, east, north, from, to)                                    \
    {                                                                                              \
        .kind = (level), .name = (title), .unit = (number), .ward = -1, .district = -1,            \
        .point = {(east), (north)}, .valid_from_us = (from), .valid_to_us = (to)                   \
    }
#define SMALL_PLACE(what, title, east, north)                                                      \
    {                                                                                              \
        .kind = (what), .name = (title), .point = {(east), (north)}, SMALL_NONE                    \
    }

static const struct geo_gazetteer_row small_rows[] = {
    SMALL_UNIT(GEO_GAZETTEER_DISTRICT, "Quận Gò Vấp", GO_VAP, 106.65, 10.801, 0, REFORM_US),
    SMALL_UNIT(GEO_GAZETTEER_DISTRICT, "Quận 10", QUAN_10, 106.75, 10.801, 0, REFORM_US),
    SMALL_UNIT(GEO_GAZETTEER_WARD, "Phường 12", GV_12, 106.65, 10.79, 0, REFORM_US),
    SMALL_UNIT(GEO_GAZETTEER_WARD, "Phường 1", GV_1, 106.65, 10.81, 0, REFORM_US),
    SMALL_UNIT(GEO_GAZETTEER_WARD, "Phường 12", Q10_12, 106.75, 10.79, 0, REFORM_US),
    SMALL_UNIT(GEO_GAZETTEER_WARD, "Phường 1", Q10_1, 106.75, 10.81, 0, REFORM_US),
    SMALL_UNIT(GEO_GAZETTEER_WARD, "Phường An Hội", AN_HOI, 106.65, 10.802, REFORM_US, INT64_MAX),
    SMALL_UNIT(GEO_GAZETTEER_WARD, "Phường Hòa Hưng", HOA_HUNG, 106.75, 10.802, REFORM_US,
               INT64_MAX),
    SMALL_STREET("Quang Trung", small_quang_trung),
    SMALL_STREET("Quang Trung", small_quang_trung_10),
    {.kind = GEO_GAZETTEER_STREET,
     .name = "Đường Lê Lợi",
     .aliases = "Bonard|Le Loi Boulevard",
     .point = {106.65, 10.81},
     SMALL_NONE,
     SMALL_LINE(small_le_loi)},
    SMALL_STREET("3 Tháng 2", small_3_thang_2),
    SMALL_STREET("Đường Số 10", small_so_10),
    SMALL_STREET("D\xc6\xb0\xc6\xa1ng Ba\xcc\x81 Tra\xcc\xa3\x63", small_duong_ba_trac), /* NFD */
    SMALL_STREET("Nguyễn Thị Minh Khai", small_ntmk),
    SMALL_STREET("Cách Mạng Tháng Tám", small_cmt8),
    SMALL_STREET("Ðường Biên Giới", small_border), /* U+00D0 */
    SMALL_STREET("Cầu Sài Gòn 1", small_bridge),
    SMALL_STREET("Hẻm 819 Quang Trung", small_alley),
    SMALL_HOUSE("101", "Quang Trung", 106.6501, 10.7810),
    SMALL_HOUSE("105", "Quang Trung", 106.6501, 10.7814),
    SMALL_HOUSE("102", "Quang Trung", 106.6499, 10.7810),
    SMALL_HOUSE("110", "Quang Trung", 106.6499, 10.7818),
    SMALL_HOUSE("12A;12B", "Quang Trung", 106.7501, 10.7901),
    SMALL_HOUSE("201/5", "Quang Trung", 106.6520, 10.7900),
    SMALL_HOUSE("201", "Quang Trung", 106.6501, 10.7900),
    SMALL_HOUSE("14-16", "Đ. Lê Lợi", 106.6450, 10.8101),
    SMALL_HOUSE("Lô B5", "Đ. Lê Lợi", 106.6460, 10.8101),
    SMALL_HOUSE("2", "Đường Biên Giới", 106.6999, 10.815),
    SMALL_HOUSE("1", "Đường Biên Giới", 106.7001, 10.815),
    SMALL_HOUSE("77", "Bùi Không Có", 106.6300, 10.8150), /* a street without a line */
    SMALL_PLACE(GEO_GAZETTEER_PLACE, "Bệnh viện Chợ Rẫy", 106.7300, 10.7950),
    SMALL_PLACE(GEO_GAZETTEER_PLACE, "The Landmark 81", 106.7310, 10.7950),
    SMALL_PLACE(GEO_GAZETTEER_PLACE, "Trường Không Đâu Cả", 106.7320, 10.7950),
    SMALL_PLACE(GEO_GAZETTEER_PLACE, "Trường 3 Tháng 2", 106.7330, 10.7950),
    SMALL_PLACE(GEO_GAZETTEER_CROSSING, "Ngã tư Bảy Hiền", 106.6600, 10.8110),
    SMALL_PLACE(GEO_GAZETTEER_PLACE, "", 106.66, 10.811),       /* left out */
    SMALL_PLACE(GEO_GAZETTEER_PLACE, "Xa lắm", 1066.0, 10.811), /* left out */
};

enum { SMALL_ROWS = sizeof(small_rows) / sizeof(small_rows[0]) };

#endif
