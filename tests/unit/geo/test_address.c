#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geo/geo_address.h"

/* The parts in order, as "kind[key]" joined by spaces: what a reader of the table can check. */
static const char *const kinds[] = {"free",     "no",   "alley", "street",   "ward",
                                    "district", "city", "block", "landmark", "km"};

static void describe(const struct geo_address *a, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < a->part_count && n < cap; i++) {
        struct str key = geo_address_key(a, &a->parts[i]);
        n += (size_t)snprintf(out + n, cap - n, "%s%s[%.*s]", i > 0 ? " " : "",
                              kinds[a->parts[i].kind], (int)key.n, key.p);
    }
}

struct row {
    const char *text;
    const char *parts;
    enum geo_address_relation relation;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct geo_address a;
        char got[1024];
        geo_address_parse(str_of(rows[i].text), &a);
        describe(&a, got, sizeof(got));
        if (strcmp(got, rows[i].parts) != 0) {
            print_message("in: %s\n", rows[i].text);
        }
        assert_string_equal(got, rows[i].parts);
        assert_int_equal(a.relation, rows[i].relation);
        assert_false(a.has_point);
    }
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_house_numbers(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"819/13 Quang Trung, P.12, Q. Gò Vấp",
         "no[819/13] street[quang trung] ward[12] district[go vap]", GEO_RELATION_AT},
        {"15/2/7/4 Nguyễn Tri Phương P.4 Q.10",
         "no[15/2/7/4] street[nguyen tri phuong] ward[4] district[10]", GEO_RELATION_AT},
        {"12A Lê Lợi phường Bến Nghé quận 1 TP.HCM",
         "no[12a] street[le loi] ward[ben nghe] district[1] city[tp hcm]", GEO_RELATION_AT},
        {"14-16 Lê Lai, Q1", "no[14-16] street[le lai] district[1]", GEO_RELATION_AT},
        {"Lô B5 Nguyễn Văn Linh, P. Tân Hưng, Q7",
         "no[lo b5] street[nguyen van linh] ward[tan hung] district[7]", GEO_RELATION_AT},
        {"D17/39 Dương Đình Cúc, Tân Kiên, Bình Chánh",
         "no[d17/39] street[duong dinh cuc] free[tan kien] free[binh chanh]", GEO_RELATION_AT},
        {"223 A Quang Trung", "no[223 a] street[quang trung]", GEO_RELATION_AT},
        {"11bis Nguyễn Thị Minh Khai", "no[11bis] street[nguyen thi minh khai]", GEO_RELATION_AT},
        {"05 Phan Đăng Lưu, P.03", "no[5] street[phan dang luu] ward[3]", GEO_RELATION_AT},
        {"số nhà 25 đường Lê Lợi", "no[25] street[le loi]", GEO_RELATION_AT},
        {"Quang Trung 819/13, Q.GV", "free[quang trung] no[819/13] district[gv]", GEO_RELATION_AT},
    };
    CHECK(rows);
}

static void test_streets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"123 3/2, P.11, Q.10", "no[123] street[3/2] ward[11] district[10]", GEO_RELATION_AT},
        {"123 đường 3 Tháng 2, P.11, Q.10", "no[123] street[3 thang 2] ward[11] district[10]",
         GEO_RELATION_AT},
        {"3 Tháng 2, Quận 10", "street[3 thang 2] district[10]", GEO_RELATION_AT},
        {"45 CMT8 Q3", "no[45] street[cmt8] district[3]", GEO_RELATION_AT},
        {"số 10, đường số 10, phường Tân Phú, Quận 7",
         "no[10] street[so 10] ward[tan phu] district[7]", GEO_RELATION_AT},
        {"25 số 10 Linh Xuân", "no[25] street[so 10] free[linh xuan]", GEO_RELATION_AT},
        {"số 10, Phường Tân Phú", "street[so 10] ward[tan phu]", GEO_RELATION_AT},
        {"số 10 Nguyễn Huệ", "no[10] street[nguyen hue]", GEO_RELATION_AT},
        {"100 xa lộ Hà Nội, Thảo Điền", "no[100] street[xa lo ha noi] free[thao dien]",
         GEO_RELATION_AT},
        {"35/12 QL13 Hiệp Bình Phước", "no[35/12] street[ql 13] free[hiep binh phuoc]",
         GEO_RELATION_AT},
        {"km 12 QL1A", "km[12] street[ql 1a]", GEO_RELATION_AT},
        {"Km 12+300 Quốc lộ 1A, Bình Chánh", "km[12 300] street[quoc lo 1a] free[binh chanh]",
         GEO_RELATION_AT},
        {"km12.5 ql 22", "km[12 5] street[ql 22]", GEO_RELATION_AT},
        {"220 Quốc lộ 13, Thủ Đức", "no[220] street[quoc lo 13] free[thu duc]", GEO_RELATION_AT},
        {"95 tỉnh lộ 10", "no[95] street[tinh lo 10]", GEO_RELATION_AT},
        {"9 đại lộ Võ Văn Kiệt Q5", "no[9] street[dai lo vo van kiet] district[5]",
         GEO_RELATION_AT},
        {"12 Dương Bá Trạc, Q8", "no[12] street[duong ba trac] district[8]", GEO_RELATION_AT},
        {"12 đường Phố Quang, Q.TB", "no[12] street[pho quang] district[tb]", GEO_RELATION_AT},
    };
    CHECK(rows);
}

static void test_alleys_and_blocks(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"hẻm 453 Lê Văn Sỹ, P12, Q3", "alley[453] street[le van sy] ward[12] district[3]",
         GEO_RELATION_AT},
        {"12/3 hẻm 18 bis Nguyễn Thị Minh Khai",
         "no[12/3] alley[18 bis] street[nguyen thi minh khai]", GEO_RELATION_AT},
        {"ngõ 12 ngách 5 Láng Hạ", "alley[12] alley[5] street[lang ha]", GEO_RELATION_AT},
        {"kiệt 33 Trần Phú", "alley[33] street[tran phu]", GEO_RELATION_AT},
        {"35 ấp 2, xã Tân Nhựt, huyện Bình Chánh",
         "no[35] block[ap 2] ward[tan nhut] district[binh chanh]", GEO_RELATION_AT},
        {"12 khu phố 3 thị trấn Nhà Bè", "no[12] block[khu pho 3] ward[nha be]", GEO_RELATION_AT},
        {"tổ 5 khu phố 2 phường Tân Chánh Hiệp quận 12",
         "block[to 5] block[khu pho 2] ward[tan chanh hiep] district[12]", GEO_RELATION_AT},
        {"15/2/7/4 Cô Giang, lầu 3", "no[15/2/7/4] street[co giang] block[lau 3]", GEO_RELATION_AT},
        {"chung cư Ngô Gia Tự, Quận 10", "free[chung cu ngo gia tu] district[10]", GEO_RELATION_AT},
    };
    CHECK(rows);
}

static void test_units(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"819/13 quang trung p12 go vap", "no[819/13] street[quang trung] ward[12] free[go vap]",
         GEO_RELATION_AT},
        {"nguyen tri phuong quan 10", "free[nguyen tri phuong] district[10]", GEO_RELATION_AT},
        {"102 Võ Văn Ngân, TP. Thủ Đức", "no[102] street[vo van ngan] district[thu duc]",
         GEO_RELATION_AT},
        {"215 Điện Biên Phủ, Ward 6, District 3",
         "no[215] street[dien bien phu] ward[6] district[3]", GEO_RELATION_AT},
        {"326 Trần Phú, Quận 5, Thành phố Hồ Chí Minh, Việt Nam 700000",
         "no[326] street[tran phu] district[5] city[thanh pho ho chi minh] city[viet nam] "
         "city[700000]",
         GEO_RELATION_AT},
        {"50 Ngô Gia Tự,Phường 3,Quận 10", "no[50] street[ngo gia tu] ward[3] district[10]",
         GEO_RELATION_AT},
        {"Q.BT, P. 22", "district[bt] ward[22]", GEO_RELATION_AT},
        {"H. Bình Chánh", "district[binh chanh]", GEO_RELATION_AT},
        {"F.7 Q11", "ward[7] district[11]", GEO_RELATION_AT},
    };
    CHECK(rows);
}

static void test_relations(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"đối diện bệnh viện Chợ Rẫy", "landmark[benh vien cho ray]", GEO_RELATION_OPPOSITE},
        {"gần chợ Bến Thành, Quận 1", "landmark[cho ben thanh] district[1]", GEO_RELATION_NEAR},
        {"chân cầu Sài Gòn", "landmark[cau sai gon]", GEO_RELATION_NEAR},
        {"đối diện 25 Lê Lợi", "no[25] street[le loi]", GEO_RELATION_OPPOSITE},
        {"ngã tư Bảy Hiền", "free[nga tu bay hien]", GEO_RELATION_CROSSING},
        {"Nguyễn Huệ giao Lê Lợi", "free[nguyen hue] free[le loi]", GEO_RELATION_CROSSING},
        {"ngã tư Điện Biên Phủ - Hai Bà Trưng", "free[nga tu dien bien phu] free[hai ba trung]",
         GEO_RELATION_CROSSING},
        {"góc Nguyễn Trãi và Cống Quỳnh", "free[nguyen trai] free[cong quynh]",
         GEO_RELATION_CROSSING},
        {"12 Nguyễn Hữu Cảnh", "no[12] street[nguyen huu canh]", GEO_RELATION_AT},
    };
    CHECK(rows);
}

static void test_points(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double lon, lat;
    } rows[] = {
        {"10.7769, 106.7009", 106.7009, 10.7769},
        {"106.7009 10.7769", 106.7009, 10.7769},
        {"(10.7769;106.7009)", 106.7009, 10.7769},
        {"10°46'36.84\"N 106°42'3.24\"E", 106.7009, 10.7769},
        {"E106.7009 N10.7769", 106.7009, 10.7769},
        {"-33.5, -70.25", -70.25, -33.5},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct geo_address a;
        geo_address_parse(str_of(rows[i].text), &a);
        assert_true(a.has_point);
        assert_float_equal(a.point.lon, rows[i].lon, 1e-6);
        assert_float_equal(a.point.lat, rows[i].lat, 1e-6);
    }
    static const char *const others[] = {
        "",        "12 3",     "12/3",          "10.7769",        "1e5 1e5",
        "999 999", "10.5 nan", "10°70' 106°1'", "10.1 106.2 5.3", "200.5, 300.5"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct geo_point p = {7, 7};
        assert_false(geo_address_read_point(str_of(others[i]), &p));
        assert_true(p.lon > 6.9 && p.lat > 6.9); /* untouched */
    }
}

static void test_metres(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool pair;
    } rows[] = {
        {"603184.744 1191951.471", true},
        {"1191951.471, 603184.744", true}, /* the larger is the northing */
        {"X = 1191951,471; Y = 603184,744 m", true},
        {"603184 1191951", true},
        {"603184.744", false},
        {"603184.7441191951.471", false},
        {"12 Quang Trung", false},
        {"60318 1191951", false},
        {"603184 119195100", false},
        {"603184.744 1191951.471 Quang Trung", false},
        {"106.6953, 10.7770", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double east = -1;
        double north = -1;
        bool pair = geo_address_read_metric(str_of(rows[i].text), &east, &north);
        assert_int_equal(pair, rows[i].pair);
        assert_true(fabs(east - (pair ? 603184.4 : -1)) < 0.5);
        assert_true(fabs(north - (pair ? 1191951.4 : -1)) < 0.5);
    }
}

/* Plus Codes, whole, shortened, finer and coarser, among words and not. */
static void test_codes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double lat, lon; /* 0: no code */
    } rows[] = {
        {"7P28QPG2+Q9", 10.7769375, 106.7009375},
        {"7p28qpg2+q9", 10.7769375, 106.7009375},
        {"QPG2+Q9 Quận 1", 10.7769375, 106.7009375},
        {"gần PJ9C+X2, Bình Tân", 10.7199375, 106.6200625},
        {"8FVC9G8F+6X", 47.3655625, 8.5249375},
        {"8FVC9G8F+6XQ", 47.3655875, 8.5249844}, /* divided once more */
        {"QPG2+", 10.77625, 106.70125},
        {"QPG2+Q", 0, 0},
        {"2345+67", 0, 0}, /* digits only: metres of a road rather */
        {"QPA2+Q9", 0, 0},
        {"QPG2+Q9QQQ", 0, 0},
        {"12+300", 0, 0},
        {"+", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct geo_point out = {0, 0};
        struct str code = geo_address_find_code(str_of(rows[i].text));
        bool read = geo_address_read_code(code, (struct geo_point){106.7, 10.75}, &out);
        assert_int_equal(read, rows[i].lat != 0);
        assert_true(!read ||
                    (fabs(out.lat - rows[i].lat) < 2e-5 && fabs(out.lon - rows[i].lon) < 2e-5));
    }
}

/* What is typed without spaces, without commas, or by an input method that was off. */
static void test_as_typed(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"12 Le Loi P2Q8", "no[12] street[le loi] ward[2] district[8]", GEO_RELATION_AT},
        {"12 Le Loi F12Q10", "no[12] street[le loi] ward[12] district[10]", GEO_RELATION_AT},
        {"12 le loi, phuwowngf 2, quaanj 8", "no[12] street[le loi] ward[2] district[8]",
         GEO_RELATION_AT},
        {"12 dduwowngf quang trung", "no[12] street[quang trung]", GEO_RELATION_AT},
        {"12 duwowng baf trac", "no[12] street[duwowng baf trac]", GEO_RELATION_AT},
        {"7 Đ.P. Phú, Q.3", "no[7] street[d p phu] district[3]", GEO_RELATION_AT},
        {"Quận 1 Bùi Viện số 22", "district[1] free[bui vien] no[22]", GEO_RELATION_AT},
        {"Phường Tân Phú, số 10", "ward[tan phu] street[so 10]", GEO_RELATION_AT},
    };
    CHECK(rows);
}

static void test_source_is_kept(void **state)
{
    (void)state;
    struct geo_address a;
    geo_address_parse(STR("12 Lê  Lợi, quán phở Hòa"), &a);
    struct str street = geo_address_source(&a, geo_address_find(&a, GEO_ADDRESS_STREET));
    assert_true(str_equal_z(street, "Lê  Lợi"));
    const struct geo_address_part *rest = geo_address_find(&a, GEO_ADDRESS_FREE);
    assert_non_null(rest);
    assert_true(str_equal_z(geo_address_source(&a, rest), "quán phở Hòa"));
    assert_null(geo_address_find(&a, GEO_ADDRESS_WARD));
}

static void test_bounds(void **state)
{
    (void)state;
    struct geo_address a;
    char big[4000];
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = i % 3 == 2 ? ' ' : 'x';
    }
    geo_address_parse((struct str){big, sizeof(big)}, &a);
    assert_true(a.cut);
    assert_int_equal(a.token_count, GEO_ADDRESS_TOKENS_MAX);
    memset(big, '1', sizeof(big));
    geo_address_parse((struct str){big, sizeof(big)}, &a);
    assert_true(a.cut);
    geo_address_parse((struct str){"", 0}, &a);
    assert_false(a.cut);
    assert_int_equal(a.part_count, 0);
    geo_address_parse((struct str){NULL, 0}, &a);
    assert_int_equal(a.part_count, 0);
    geo_address_parse(STR("\xff\xfe\x00/\xc3/-/.,"), &a);
    assert_int_equal(a.part_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_house_numbers),
        cmocka_unit_test(test_streets),
        cmocka_unit_test(test_alleys_and_blocks),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_relations),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_source_is_kept),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_metres),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_as_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
