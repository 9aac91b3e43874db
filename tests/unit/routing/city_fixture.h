/* A small city for routing's tests: real names, the law before and after 1 July 2025. */
#ifndef TESTS_ROUTING_CITY_FIXTURE_H
#define TESTS_ROUTING_CITY_FIXTURE_H

#include "routing/route_rules.h"

#define REFORM_US INT64_C(1751302800000000) /* 2025-07-01T00:00+07:00 */
#define ALWAYS    ROUTE_TIME_OPEN_START, ROUTE_TIME_OPEN_END
#define BEFORE    ROUTE_TIME_OPEN_START, REFORM_US
#define SINCE     REFORM_US, ROUTE_TIME_OPEN_END

enum { ORDER, NOISE, KARAOKE, POWER, LIGHT, IDEAS, N_CATEGORIES };
enum { CENTRE, OLD_DISTRICT, NEW_WARD, NEW_COMMUNE, EVN, PARK, LIGHTING, N_AGENCIES };
enum { PARK_DESK, WARD_DESK, N_DESKS };
enum { DISTRICT_GO_VAP = 3, WARD_HANH_THONG = 40, WARD_CU_CHI = 41, WARD_LONELY = 90 };
enum {
    J_DISTRICT,
    J_WARD,
    J_COMMUNE,
    J_POWER,
    J_PARK,
    J_LIGHT_ZONE,
    J_LIGHT_ZONE_OLD,
    J_KARAOKE,
    N_JURISDICTIONS
};

static const struct route_category city_categories[N_CATEGORIES] = {
    [ORDER] = {"trat-tu-do-thi",
               -1,
               "Trật tự đô thị",
               "Urban order",
               {ROUTE_DEADLINE_WORKING_DAYS, 5},
               false},
    [NOISE] = {"tieng-on", ORDER, "Tiếng ồn", "Noise", {ROUTE_DEADLINE_INHERIT, 0}, false},
    [KARAOKE] = {"karaoke", NOISE, "Karaoke", "Karaoke", {ROUTE_DEADLINE_WORKING_DAYS, 1}, false},
    [POWER] = {"dien-luc", -1, "Điện lực", "Electricity", {ROUTE_DEADLINE_HOURS, 2}, true},
    [LIGHT] = {"chieu-sang",
               -1,
               "Chiếu sáng",
               "Street lighting",
               {ROUTE_DEADLINE_WORKING_HOURS, 4},
               false},
    [IDEAS] = {"gop-y", -1, "Góp ý", "Ideas", {ROUTE_DEADLINE_INHERIT, 0}, false},
};

static const struct route_agency city_agencies[N_AGENCIES] = {
    [CENTRE] = {"tt-1022", "Trung tâm 1022", "1022 Centre", ALWAYS, true},
    [OLD_DISTRICT] = {"ubnd-q-go-vap", "UBND Quận Gò Vấp", "", BEFORE, false},
    [NEW_WARD] = {"ubnd-p-hanh-thong", "UBND Phường Hạnh Thông", NULL, SINCE, false},
    [NEW_COMMUNE] = {"ubnd-x-cu-chi", "UBND Xã Củ Chi", "Củ Chi Commune", SINCE, false},
    [EVN] = {"evnhcmc", "EVNHCMC", "EVNHCMC", ALWAYS, false},
    [PARK] = {"bql-khu-cong-nghe-cao", "BQL Khu Công nghệ cao", "High-Tech Park Board", ALWAYS,
              false},
    [LIGHTING] = {"tt-hkkt", "Trung tâm Hạ tầng kỹ thuật", "", ALWAYS, false},
};

static const struct route_desk city_desks[N_DESKS] = {
    [PARK_DESK] = {"thanh-tra", "Đội Thanh tra", PARK, ALWAYS},
    [WARD_DESK] = {"do-thi", "Tổ Đô thị", NEW_WARD, REFORM_US + 86400000000, ROUTE_TIME_OPEN_END},
};

static const int32_t city_order[] = {ORDER};
static const int32_t city_power[] = {POWER};
static const int32_t city_light[] = {LIGHT};
static const int32_t city_karaoke[] = {KARAOKE};

static const struct route_jurisdiction city_jurisdictions[N_JURISDICTIONS] = {
    [J_DISTRICT] = {"q-go-vap", "Quận Gò Vấp", OLD_DISTRICT, -1, ROUTE_CLASS_ORDINARY,
                    ROUTE_REACH_DISTRICT, DISTRICT_GO_VAP, BEFORE, city_order, 1, NULL},
    [J_WARD] = {"p-hanh-thong", "Phường Hạnh Thông", NEW_WARD, WARD_DESK, ROUTE_CLASS_ORDINARY,
                ROUTE_REACH_WARD, WARD_HANH_THONG, SINCE, city_order, 1, NULL},
    [J_COMMUNE] = {"x-cu-chi", "Xã Củ Chi", NEW_COMMUNE, -1, ROUTE_CLASS_ORDINARY, ROUTE_REACH_WARD,
                   WARD_CU_CHI, SINCE, city_order, 1, NULL},
    [J_POWER] = {"dien-toan-tp", "Lưới điện thành phố", EVN, -1, ROUTE_CLASS_ORDINARY,
                 ROUTE_REACH_CITY, -1, ALWAYS, city_power, 1, NULL},
    [J_PARK] = {"khu-cnc", "Khu Công nghệ cao", PARK, PARK_DESK, ROUTE_CLASS_SPECIAL,
                ROUTE_REACH_AREA, -1, ALWAYS, NULL, 0, NULL},
    [J_LIGHT_ZONE] = {"chieu-sang-1", "Vùng chiếu sáng 1", LIGHTING, -1, ROUTE_CLASS_ORDINARY,
                      ROUTE_REACH_AREA, -1, SINCE, city_light, 1, NULL},
    [J_LIGHT_ZONE_OLD] = {"chieu-sang-0", "Vùng chiếu sáng cũ", LIGHTING, -1, ROUTE_CLASS_ORDINARY,
                          ROUTE_REACH_AREA, -1, BEFORE, city_light, 1, NULL},
    [J_KARAOKE] = {"karaoke-toan-tp", "Karaoke toàn thành phố", LIGHTING, -1, ROUTE_CLASS_ORDINARY,
                   ROUTE_REACH_CITY, -1, ALWAYS, city_karaoke, 1, NULL},
};

static inline struct route_rules_source city_source(void)
{
    return (struct route_rules_source){
        .categories = city_categories,
        .n_categories = N_CATEGORIES,
        .agencies = city_agencies,
        .n_agencies = N_AGENCIES,
        .desks = city_desks,
        .n_desks = N_DESKS,
        .jurisdictions = city_jurisdictions,
        .n_jurisdictions = N_JURISDICTIONS,
        .calendar = {.utc_offset_s = 25200,
                     .open_minute = 450,
                     .close_minute = 1020,
                     .work_week = ROUTE_WEEK_MONDAY_TO_FRIDAY},
        .default_deadline = {ROUTE_DEADLINE_WORKING_DAYS, 7},
        .pass_on_minutes = 5,
    };
}

/* Facts of a place and an instant, with nothing else known: FACTS(at, category, ward, district,
 * areas, n_areas). */
#define FACTS(...) FACTS_OF(__VA_ARGS__)
#define FACTS_OF(at, kind, in_ward, in_district, in_areas, n)                                      \
    {                                                                                              \
        .at_us = (at), .category = (kind), .ward = (in_ward), .district = (in_district),           \
        .areas = (in_areas), .n_areas = (n)                                                        \
    }

#endif
