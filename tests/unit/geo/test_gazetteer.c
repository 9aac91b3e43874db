#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geo/geo_gazetteer.h"
#include "tests/unit/geo/small_city.h"

#define BEFORE (REFORM_US - 1)

static struct geo_gazetteer *city;

static int build(void **state)
{
    (void)state;
    struct geo_gazetteer_locator locator = {.units_at = small_units_at, .metric_crs = "EPSG:9210"};
    return geo_gazetteer_create(small_rows, SMALL_ROWS, &locator, &city, NULL) == STATUS_OK ? 0 : 1;
}

static int drop(void **state)
{
    (void)state;
    geo_gazetteer_destroy(city);
    return 0;
}

static size_t find(const char *text, int64_t at_us, struct geo_candidate out[8])
{
    struct geo_gazetteer_query query = {.text = str_of(text), .at_us = at_us};
    return geo_gazetteer_find(city, &query, out, 8);
}

struct row {
    const char *text;
    enum geo_match match;
    const char *label;
    double lon, lat, within; /* degrees */
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct geo_candidate c[8];
        size_t found = find(rows[i].text, BEFORE, c);
        if (found == 0 || strcmp(c[0].label, rows[i].label) != 0 || c[0].match != rows[i].match) {
            print_message("in: %s (%zu, %s)\n", rows[i].text, found,
                          found > 0 ? geo_match_name(c[0].match) : "none");
        }
        assert_true(found > 0);
        assert_string_equal(c[0].label, rows[i].label);
        assert_int_equal(c[0].match, rows[i].match);
        assert_float_equal(c[0].point.lon, rows[i].lon, rows[i].within);
        assert_float_equal(c[0].point.lat, rows[i].lat, rows[i].within);
        assert_true(c[0].confidence > 0.5 && c[0].confidence <= 1);
    }
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_houses(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"101 Quang Trung, P.12, Q. Gò Vấp", GEO_MATCH_HOUSE,
         "101 Quang Trung, Phường 12, Quận Gò Vấp", 106.6501, 10.7810, 1e-6},
        {"101 quang trung p12 go vap", GEO_MATCH_HOUSE, "101 Quang Trung, Phường 12, Quận Gò Vấp",
         106.6501, 10.7810, 1e-6},
        {"103 Quang Trung, Gò Vấp", GEO_MATCH_INTERPOLATED,
         "103 Quang Trung, Phường 12, Quận Gò Vấp", 106.6501, 10.7812, 1e-6},
        {"106 Quang Trung, Gò Vấp", GEO_MATCH_INTERPOLATED,
         "106 Quang Trung, Phường 12, Quận Gò Vấp", 106.6499, 10.7814, 1e-6},
        {"12b Quang Trung Q10", GEO_MATCH_HOUSE, "12B Quang Trung, Phường 12, Quận 10", 106.7501,
         10.7901, 1e-6},
        {"16 Lê Lợi", GEO_MATCH_HOUSE, "16 Đường Lê Lợi, Phường 1, Quận Gò Vấp", 106.645, 10.8101,
         1e-6},
        {"14-16 Lê Lợi", GEO_MATCH_HOUSE, "14-16 Đường Lê Lợi, Phường 1, Quận Gò Vấp", 106.645,
         10.8101, 1e-6},
        {"201/5 Quang Trung, P12, GV", GEO_MATCH_HOUSE, "201/5 Quang Trung, Phường 12, Quận Gò Vấp",
         106.652, 10.79, 1e-6},
        {"5 hẻm 201 Quang Trung, P12, Q.GV", GEO_MATCH_HOUSE,
         "201/5 Quang Trung, Phường 12, Quận Gò Vấp", 106.652, 10.79, 1e-6},
        {"lô b5 Lê Lợi", GEO_MATCH_HOUSE, "Lô B5 Đường Lê Lợi, Phường 1, Quận Gò Vấp", 106.646,
         10.8101, 1e-6},
        {"loo b5 leej lowji", GEO_MATCH_HOUSE, "Lô B5 Đường Lê Lợi, Phường 1, Quận Gò Vấp", 106.646,
         10.8101, 1e-6},
        {"77 Bùi Không Có", GEO_MATCH_HOUSE, "77 Bùi Không Có, Phường 1, Quận Gò Vấp", 106.63,
         10.815, 1e-6},
    };
    CHECK(rows);
}

static void test_alleys(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* a known alley, its inside not: the mouth */
        {"819/13 Quang Trung, P.12, Q. Gò Vấp", GEO_MATCH_ALLEY,
         "819/13 Quang Trung, Phường 12, Quận Gò Vấp", 106.65, 10.785, 1e-6},
        {"hẻm 819 Quang Trung, Gò Vấp", GEO_MATCH_ALLEY,
         "Hẻm 819 Quang Trung, Phường 12, Quận Gò Vấp", 106.65, 10.785, 1e-6},
        /* no alley known: where its number is as a house */
        {"105/2/3 Quang Trung, Gò Vấp", GEO_MATCH_ALLEY,
         "105/2/3 Quang Trung, Phường 12, Quận Gò Vấp", 106.6501, 10.7814, 1e-6},
    };
    CHECK(rows);
}

static void test_streets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"Quang Trung, P.1, Gò Vấp", GEO_MATCH_STREET, "Quang Trung, Phường 1, Quận Gò Vấp", 106.65,
         10.81, 0.011},
        {"9999 Quang Trung, Phường 12, Gò Vấp", GEO_MATCH_STREET,
         "9999 Quang Trung, Phường 12, Quận Gò Vấp", 106.65, 10.79, 0.011},
        {"123 3/2, Q.10", GEO_MATCH_STREET, "123 3 Tháng 2, Phường 12, Quận 10", 106.75, 10.793,
         0.005},
        {"Ba Tháng Hai", GEO_MATCH_STREET, "3 Tháng 2, Phường 12, Quận 10", 106.75, 10.793, 0.005},
        {"duong so 10", GEO_MATCH_STREET, "Đường Số 10, Phường 1, Quận Gò Vấp", 106.621, 10.81,
         0.002},
        {"duong ba trac", GEO_MATCH_STREET,
         "D\xc6\xb0\xc6\xa1ng Ba\xcc\x81 Tra\xcc\xa3\x63, "
         "Phường 1, Quận Gò Vấp",
         106.611, 10.805, 0.002},
        {"CMT8", GEO_MATCH_STREET, "Cách Mạng Tháng Tám, Phường 12, Quận 10", 106.725, 10.79,
         0.006},
        {"NTMK", GEO_MATCH_STREET, "Nguyễn Thị Minh Khai, Phường 1, Quận 10", 106.725, 10.81,
         0.006},
        {"đường Bonard", GEO_MATCH_STREET, "Đường Lê Lợi, Phường 1, Quận Gò Vấp", 106.65, 10.81,
         0.011},
    };
    CHECK(rows);
}

static void test_errors_and_leftovers(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"101 Quang Trug, Gò Vấp", GEO_MATCH_HOUSE, "101 Quang Trung, Phường 12, Quận Gò Vấp",
         106.6501, 10.781, 1e-6},
        {"101 Qunag Trung, Gò Vấp", GEO_MATCH_HOUSE, "101 Quang Trung, Phường 12, Quận Gò Vấp",
         106.6501, 10.781, 1e-6},
        {"101 Quangtrung, Gò Vấp", GEO_MATCH_HOUSE, "101 Quang Trung, Phường 12, Quận Gò Vấp",
         106.6501, 10.781, 1e-6},
        {"101 Quang Trung, quận Gò Vâsp", GEO_MATCH_HOUSE,
         "101 Quang Trung, Phường 12, Quận Gò Vấp", 106.6501, 10.781, 1e-6},
        {"nguyeexn thij minh khai", GEO_MATCH_STREET, "Nguyễn Thị Minh Khai, Phường 1, Quận 10",
         106.725, 10.81, 0.006},
        {"Nguye64n Thi5 Minh Khai", GEO_MATCH_STREET, "Nguyễn Thị Minh Khai, Phường 1, Quận 10",
         106.725, 10.81, 0.006},
    };
    CHECK(rows);
}

static void test_places_and_crossings(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"đối diện BV Chợ Rẫy", GEO_MATCH_PLACE, "Bệnh viện Chợ Rẫy, Phường 12, Quận 10", 106.73,
         10.795, 1e-6},
        /* by a part of the name that tells it */
        {"Chợ Rẫy", GEO_MATCH_PLACE, "Bệnh viện Chợ Rẫy, Phường 12, Quận 10", 106.73, 10.795, 1e-6},
        {"gần landmark 81", GEO_MATCH_PLACE, "The Landmark 81, Phường 12, Quận 10", 106.731, 10.795,
         1e-6},
        {"Landmark", GEO_MATCH_PLACE, "The Landmark 81, Phường 12, Quận 10", 106.731, 10.795, 1e-6},
        {"chân cầu Sài Gòn", GEO_MATCH_STREET, "Cầu Sài Gòn 1, Phường 12, Quận 10", 106.7165,
         10.798, 0.002},
        {"ngã 4 bảy hiền", GEO_MATCH_CROSSING, "Ngã tư Bảy Hiền, Phường 1, Quận Gò Vấp", 106.66,
         10.811, 1e-6},
        {"Quang Trung giao Lê Lợi", GEO_MATCH_CROSSING,
         "Quang Trung - Đường Lê Lợi, Phường 1, Quận Gò Vấp", 106.65, 10.81, 1e-6},
        {"góc 3/2 và Quang Trung", GEO_MATCH_CROSSING,
         "3 Tháng 2 - Quang Trung, Phường 12, Quận 10", 106.75, 10.793, 1e-6},
    };
    CHECK(rows);
}

/* A street that nobody knows is not the school named like it; nor is a street its school. */
static void test_parts_of_names(void **state)
{
    (void)state;
    struct geo_candidate c[8];
    assert_true(find("Không Đâu Cả", BEFORE, c) == 1);
    assert_int_equal(c[0].match, GEO_MATCH_PLACE);
    assert_int_equal(find("12 Không Đâu Cả", BEFORE, c), 0);
    assert_int_equal(find("đường Không Đâu Cả", BEFORE, c), 0);
    assert_true(find("3 Tháng 2", BEFORE, c) >= 1);
    assert_int_equal(c[0].match, GEO_MATCH_STREET);
    assert_int_equal(find("Cả", BEFORE, c), 0);
}

static void test_ambiguity_is_shared(void **state)
{
    (void)state;
    struct geo_candidate c[8];
    assert_int_equal(find("Quang Trung", BEFORE, c), 2);
    assert_true(c[0].confidence < 0.8);
    assert_true(c[0].confidence + c[1].confidence <= 1.0 + 1e-9);
    assert_int_not_equal(c[0].district, c[1].district);
    size_t n = find("Quang Trung, Quận 10", BEFORE, c);
    assert_true(n >= 1);
    assert_int_equal(c[0].district, QUAN_10);
    assert_true(c[0].confidence > 0.85);
    struct geo_gazetteer_query near = {
        .text = STR("Quang Trung"), .at_us = BEFORE, .has_bias = true, .bias = {106.75, 10.79}};
    assert_int_equal(geo_gazetteer_find(city, &near, c, 8), 2);
    assert_int_equal(c[0].district, QUAN_10);
}

static void test_units_then_and_now(void **state)
{
    (void)state;
    struct geo_candidate c[8];
    /* the old names still find the place after the reform, told with the new ones */
    assert_true(find("101 Quang Trung, Phường 12, Quận Gò Vấp", REFORM_US, c) >= 1);
    assert_int_equal(c[0].match, GEO_MATCH_HOUSE);
    assert_int_equal(c[0].ward, AN_HOI);
    assert_int_equal(c[0].district, GO_VAP); /* named; not in force any more */
    assert_true(find("101 Quang Trung, Phường An Hội", REFORM_US, c) >= 1);
    assert_int_equal(c[0].ward, AN_HOI);
    assert_int_equal(c[0].district, -1);
    assert_true(find("101 Quang Trung, Phường An Hội", BEFORE, c) >= 1);
    assert_int_equal(c[0].district, GO_VAP);
    assert_true(find("Phường 12, Quận 10", BEFORE, c) == 1);
    assert_int_equal(c[0].match, GEO_MATCH_WARD);
    assert_int_equal(c[0].ward, Q10_12);
    assert_true(find("Quận Gò Vấp", BEFORE, c) == 1);
    assert_int_equal(c[0].match, GEO_MATCH_DISTRICT);
    /* an unknown street in a known ward is the ward, unsurely */
    assert_true(find("5 Đường Không Biết, Phường 1, Quận 10", BEFORE, c) >= 1);
    assert_int_equal(c[0].match, GEO_MATCH_WARD);
    assert_true(c[0].confidence < 0.5);
    assert_string_equal(c[0].unmatched, "Không Biết");
}

/* A ward that is no more is told with the one that most of it went into. */
static void test_successor(void **state)
{
    (void)state;
    struct geo_gazetteer_row rows[SMALL_ROWS];
    memcpy(rows, small_rows, sizeof(rows));
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        bool ward = rows[i].kind == GEO_GAZETTEER_WARD && rows[i].unit == GV_12;
        rows[i].has_successor = ward;
        rows[i].successor = AN_HOI;
        if (rows[i].kind == GEO_GAZETTEER_WARD && rows[i].unit == AN_HOI) {
            rows[i].aliases = "Xã Không Còn Nữa";
        }
    }
    struct geo_gazetteer *g = NULL;
    assert_int_equal(geo_gazetteer_create(rows, SMALL_ROWS, NULL, &g, NULL), STATUS_OK);
    struct geo_candidate c[4];
    struct geo_gazetteer_query query = {.text = STR("Phường 12, Quận Gò Vấp"), .at_us = REFORM_US};
    assert_true(geo_gazetteer_find(g, &query, c, 4) >= 1);
    assert_int_equal(c[0].ward, AN_HOI);
    assert_non_null(strstr(c[0].label, "Phường 12"));
    assert_non_null(strstr(c[0].label, " → Phường An Hội"));
    query.at_us = BEFORE;
    assert_true(geo_gazetteer_find(g, &query, c, 4) >= 1);
    assert_int_equal(c[0].ward, GV_12);
    assert_null(strstr(c[0].label, "→"));
    /* an old name without a polygon of its own */
    query = (struct geo_gazetteer_query){.text = STR("xã Không Còn Nữa"), .at_us = REFORM_US};
    assert_true(geo_gazetteer_find(g, &query, c, 4) >= 1);
    assert_int_equal(c[0].ward, AN_HOI);
    geo_gazetteer_destroy(g);
}

static void test_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *parts;
    } rows[] = {
        {"101 Quang Trung, P.12, Q. Gò Vấp",
         "housenumber=101 street=Quang Trung ward=12 district=Gò Vấp "},
        {"quang trung go vap", "street=quang trung district=go vap "},
        {"13 hẻm 819 Quang Trung, tổ 5 xyzzy",
         "housenumber=13 alley=819 street=Quang Trung block=tổ 5 unknown=xyzzy "},
        {"đối diện BV Chợ Rẫy", "place=BV Chợ Rẫy "},
        {"10.7811, 106.6501", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct geo_part parts[GEO_PARTS_MAX];
        char got[512] = "";
        struct geo_gazetteer_query query = {.text = str_of(rows[i].text), .at_us = BEFORE};
        size_t n = geo_gazetteer_parts(city, &query, parts, GEO_PARTS_MAX);
        for (size_t k = 0, at = 0; k < n; k++) {
            at += (size_t)snprintf(got + at, sizeof(got) - at, "%s=%s ",
                                   geo_part_name(parts[k].kind), parts[k].text);
        }
        assert_string_equal(got, rows[i].parts);
    }
}

static void test_border_street(void **state)
{
    (void)state;
    struct geo_candidate c[8];
    /* house 2 lies west of the line that the street follows, house 1 east of it */
    assert_true(find("2 Đường Biên Giới, Gò Vấp", BEFORE, c) >= 1);
    assert_int_equal(c[0].match, GEO_MATCH_HOUSE);
    assert_true(find("2 Đường Biên Giới, Quận 10", BEFORE, c) >= 1);
    assert_int_equal(c[0].match, GEO_MATCH_HOUSE);
    assert_int_equal(c[0].district, QUAN_10); /* as named: the reading is within the doubt */
}

static void test_prefix(void **state)
{
    (void)state;
    static const char *const texts[] = {"quang tr", "qua", "Quang Trung", "101 quang t",
                                        "101 Quang Trung, Gò V"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct geo_candidate c[8];
        struct geo_gazetteer_query query = {
            .text = str_of(texts[i]), .at_us = BEFORE, .prefix = true};
        size_t n = geo_gazetteer_find(city, &query, c, 8);
        assert_true(n >= 1);
        assert_string_equal(c[0].street, "Quang Trung");
    }
    struct geo_candidate c[8];
    assert_int_equal(find("quang tr", BEFORE, c), 0);
}

/* How people really type: no commas, any order, units glued together, keys of an input method. */
static void test_as_typed(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"Quang Trung 101 Gò Vấp", GEO_MATCH_HOUSE, "101 Quang Trung, Phường 12, Quận Gò Vấp",
         106.6501, 10.781, 1e-6},
        {"Quận Gò Vấp Phường 12 Quang Trung số 101", GEO_MATCH_HOUSE,
         "101 Quang Trung, Phường 12, Quận Gò Vấp", 106.6501, 10.781, 1e-6},
        {"12a quang trung P12Q10", GEO_MATCH_HOUSE, "12A Quang Trung, Phường 12, Quận 10", 106.7501,
         10.7901, 1e-6},
        {"101 quang trung, phuwowngf 12, quaanj gof vaaps", GEO_MATCH_HOUSE,
         "101 Quang Trung, Phường 12, Quận Gò Vấp", 106.6501, 10.781, 1e-6},
        {"101 quang trung phuong72 12 quan65 go2 va61p", GEO_MATCH_HOUSE,
         "101 Quang Trung, Phường 12, Quận Gò Vấp", 106.6501, 10.781, 1e-6},
        {"N.T.M. Khai, Q.10", GEO_MATCH_STREET, "Nguyễn Thị Minh Khai, Phường 1, Quận 10", 106.725,
         10.81, 0.006},
        {"dduwowngf 10", GEO_MATCH_STREET, "Đường Số 10, Phường 1, Quận Gò Vấp", 106.621, 10.81,
         0.002},
        {"Đ. 10", GEO_MATCH_STREET, "Đường Số 10, Phường 1, Quận Gò Vấp", 106.621, 10.81, 0.002},
        {"cach mang thagn tam", GEO_MATCH_STREET, "Cách Mạng Tháng Tám, Phường 12, Quận 10",
         106.725, 10.79, 0.006},
    };
    CHECK(rows);
}

/* Between numbers far apart is no house: the street is told, at the part that they hint at. */
static void test_guess_is_a_street(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"119 Quang Trung, Gò Vấp", GEO_MATCH_STREET, "119 Quang Trung, Phường 12, Quận Gò Vấp",
         106.65, 10.7828, 0.001},
    };
    CHECK(rows);
}

/* 303 is told at the other end of the street: 305 lies between 301 and 307 all the same. Between
 * numbers far apart the guess is on the line, which winds. */
static void test_outlier_and_bend(void **state)
{
    (void)state;
    static const struct geo_point bent[] = {
        {106.61, 10.815}, {106.61, 10.8175}, {106.6125, 10.8175}};
    const struct geo_gazetteer_row rows[] = {
        SMALL_STREET("Lê Lợi", small_le_loi),
        SMALL_HOUSE("301", "Lê Lợi", 106.6420, 10.8101),
        SMALL_HOUSE("303", "Lê Lợi", 106.6590, 10.8101),
        SMALL_HOUSE("307", "Lê Lợi", 106.6426, 10.8101),
        SMALL_STREET("Đường Cong", bent),
        SMALL_HOUSE("1", "Đường Cong", 106.6101, 10.815),
        SMALL_HOUSE("41", "Đường Cong", 106.6125, 10.8174),
    };
    struct geo_gazetteer *g = NULL;
    size_t n = sizeof(rows) / sizeof(rows[0]);
    assert_int_equal(geo_gazetteer_create(rows, n, NULL, &g, NULL), STATUS_OK);
    struct geo_candidate c[2];
    struct geo_gazetteer_query query = {.text = STR("305 Lê Lợi")};
    assert_true(geo_gazetteer_find(g, &query, c, 2) >= 1);
    assert_int_equal(c[0].match, GEO_MATCH_INTERPOLATED);
    assert_float_equal(c[0].point.lon, 106.6424, 1e-6);
    query.text = STR("15 Đường Cong");
    assert_true(geo_gazetteer_find(g, &query, c, 2) >= 1);
    assert_int_equal(c[0].match, GEO_MATCH_STREET);
    assert_float_equal(c[0].point.lon, 106.61, 5e-5);
    assert_float_equal(c[0].point.lat, 10.8159, 2e-4);
    geo_gazetteer_destroy(g);
}

static void test_coordinates(void **state)
{
    (void)state;
    struct geo_candidate c[8];
    assert_int_equal(find("603184.744 1191951.471", BEFORE, c), 1); /* VN-2000 */
    assert_int_equal(c[0].match, GEO_MATCH_COORDINATE);
    assert_float_equal(c[0].point.lon, 106.6953, 1e-6);
    assert_float_equal(c[0].point.lat, 10.7770, 1e-6);
    assert_int_equal(find("X=1191951,471; Y=603184,744", BEFORE, c), 1);
    assert_float_equal(c[0].point.lat, 10.7770, 1e-6);
    /* told with the ward and district of what is known near it */
    assert_int_equal(find("10.7811, 106.6501", BEFORE, c), 1);
    assert_int_equal(c[0].ward, GV_12);
    assert_int_equal(c[0].district, GO_VAP);
    assert_string_equal(c[0].label, "10.7811, 106.6501, Phường 12, Quận Gò Vấp");
}

static void test_nearest(void **state)
{
    (void)state;
    struct geo_nearest near;
    assert_true(geo_gazetteer_nearest(city, (struct geo_point){106.65011, 10.78101}, &near));
    assert_int_equal(near.match, GEO_MATCH_HOUSE);
    assert_string_equal(near.name, "101 Quang Trung");
    assert_string_equal(near.housenumber, "101");
    assert_true(near.metres < 5);
    /* no house: the line between two vertices */
    assert_true(geo_gazetteer_nearest(city, (struct geo_point){106.6503, 10.8151}, &near));
    assert_int_equal(near.match, GEO_MATCH_STREET);
    assert_string_equal(near.name, "đường Quang Trung");
    assert_float_equal(near.metres, 33, 2);
    assert_float_equal(near.point.lon, 106.65, 1e-6);
    assert_true(geo_gazetteer_nearest(city, (struct geo_point){106.7165, 10.7985}, &near));
    assert_string_equal(near.name, "Cầu Sài Gòn 1");
    assert_true(geo_gazetteer_nearest(city, (struct geo_point){106.7300, 10.7955}, &near));
    assert_int_equal(near.match, GEO_MATCH_PLACE);
    assert_string_equal(near.name, "Bệnh viện Chợ Rẫy");
    assert_false(geo_gazetteer_nearest(city, (struct geo_point){106.9, 10.9}, &near));
    assert_false(geo_gazetteer_nearest(city, (struct geo_point){(double)NAN, 10.9}, &near));
}

static void test_not_found(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "   ",
                                        ",,,",
                                        "\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
                                        "qwxzkj vbnmqw",
                                        "مرحبا بالعالم",
                                        "\xff\xfe\xfd",
                                        "東京都 ж ж"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct geo_candidate c[8];
        assert_int_equal(find(texts[i], BEFORE, c), 0);
    }
    char *big = malloc(10240);
    assert_non_null(big);
    memset(big, 'a', 10240);
    struct geo_candidate c[8];
    struct geo_gazetteer_query query = {.text = {big, 10240}};
    assert_int_equal(geo_gazetteer_find(city, &query, c, 8), 0);
    free(big);
}

static void test_limits(void **state)
{
    (void)state;
    struct geo_candidate c[8];
    struct geo_gazetteer_query query = {.text = STR("Quang Trung"), .limit = 1};
    assert_int_equal(geo_gazetteer_find(city, &query, c, 8), 1);
    assert_int_equal(geo_gazetteer_find(city, &query, c, 0), 0);
    query.text = STR("10.7769, 106.7009");
    assert_int_equal(geo_gazetteer_find(city, &query, c, 8), 1);
    assert_int_equal(c[0].match, GEO_MATCH_COORDINATE);
    assert_float_equal(c[0].point.lon, 106.7009, 1e-9);
    assert_string_equal(geo_match_name(GEO_MATCH_HOUSE), "house");
}

static void test_create(void **state)
{
    (void)state;
    assert_int_equal(geo_gazetteer_count(city), SMALL_ROWS - 2); /* two rows were unusable */
    assert_true(geo_gazetteer_bytes(city) < 1 << 20);
    struct geo_gazetteer *empty = NULL;
    assert_int_equal(geo_gazetteer_create(NULL, 0, NULL, &empty, NULL), STATUS_OK);
    struct geo_candidate c[1];
    struct geo_gazetteer_query query = {.text = STR("101 Quang Trung, Gò Vấp"), .prefix = true};
    assert_int_equal(geo_gazetteer_find(empty, &query, c, 1), 0);
    geo_gazetteer_destroy(empty);
    struct geo_gazetteer_row twice[] = {small_rows[0], small_rows[0]};
    struct err e;
    struct geo_gazetteer *untouched = NULL;
    assert_int_equal(geo_gazetteer_create(twice, 2, NULL, &untouched, &e), STATUS_INVALID);
    assert_null(untouched);
    twice[0].unit = -5;
    assert_int_equal(geo_gazetteer_create(twice, 1, NULL, &untouched, &e), STATUS_INVALID);
}

static void test_without_locator(void **state)
{
    (void)state;
    struct geo_gazetteer_row rows[SMALL_ROWS];
    memcpy(rows, small_rows, sizeof(rows));
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        if (rows[i].kind == GEO_GAZETTEER_STREET && rows[i].line == small_quang_trung_10) {
            rows[i].district = QUAN_10;
        }
    }
    struct geo_gazetteer *g = NULL;
    assert_int_equal(geo_gazetteer_create(rows, SMALL_ROWS, NULL, &g, NULL), STATUS_OK);
    struct geo_candidate c[8];
    struct geo_gazetteer_query query = {.text = STR("Quang Trung, Quận 10"), .at_us = BEFORE};
    assert_true(geo_gazetteer_find(g, &query, c, 8) >= 1);
    assert_int_equal(c[0].district, QUAN_10);
    assert_float_equal(c[0].point.lon, 106.75, 0.001);
    geo_gazetteer_destroy(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_houses),
        cmocka_unit_test(test_alleys),
        cmocka_unit_test(test_streets),
        cmocka_unit_test(test_errors_and_leftovers),
        cmocka_unit_test(test_places_and_crossings),
        cmocka_unit_test(test_parts_of_names),
        cmocka_unit_test(test_ambiguity_is_shared),
        cmocka_unit_test(test_units_then_and_now),
        cmocka_unit_test(test_successor),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_border_street),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_as_typed),
        cmocka_unit_test(test_guess_is_a_street),
        cmocka_unit_test(test_outlier_and_bend),
        cmocka_unit_test(test_coordinates),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_without_locator),
    };
    return cmocka_run_group_tests(tests, build, drop);
}
