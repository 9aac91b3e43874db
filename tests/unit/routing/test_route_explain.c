#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_decide.h"
#include "routing/route_explain.h"
#include "tests/unit/routing/city_fixture.h"

/* Tuesday 2025-08-05 09:00 */
#define AT_US (REFORM_US + (35 * 24 + 9) * INT64_C(3600000000))

static struct route_rules *rules;

static int make_rules(void **state)
{
    (void)state;
    struct route_rules_source source = city_source();
    return route_rules_create(&source, &rules, NULL) == STATUS_OK ? 0 : -1;
}

static int drop_rules(void **state)
{
    (void)state;
    route_rules_destroy(rules);
    return 0;
}

static const int32_t in_park[] = {J_PARK};
static const int32_t in_zone[] = {J_LIGHT_ZONE};

struct explain_case {
    struct route_facts facts;
    enum route_place place;
    const char *ward, *district;
    const char *vi, *en;
};

static const struct explain_case cases[] = {
    {FACTS(AT_US, NOISE, WARD_HANH_THONG, -1, NULL, 0), ROUTE_PLACE_KNOWN, "Phường Hạnh Thông",
     NULL,
     "Tiếng ồn tại Phường Hạnh Thông ngày 05/08/2025 thuộc UBND Phường Hạnh Thông (Tổ Đô thị) theo "
     "địa bàn phường cho lĩnh vực “Trật tự đô thị”; không có đơn vị đặc thù nào về lĩnh vực này "
     "tại điểm này; hạn xử lý 17:00 ngày 12/08/2025.",
     "Noise in Phường Hạnh Thông on 5 August 2025 belongs to UBND Phường Hạnh Thông (Tổ Đô thị) by "
     "ward for “Urban order”; no special body covers this category at this point; due at 17:00 on "
     "12 August 2025."},
    {FACTS(AT_US, ORDER, WARD_CU_CHI, -1, NULL, 0), ROUTE_PLACE_KNOWN, "Xã Củ Chi", "",
     "Trật tự đô thị tại Xã Củ Chi ngày 05/08/2025 thuộc UBND Xã Củ Chi theo địa bàn xã; không có "
     "đơn vị đặc thù nào về lĩnh vực này tại điểm này; hạn xử lý 17:00 ngày 12/08/2025.",
     "Urban order in Xã Củ Chi on 5 August 2025 belongs to Củ Chi Commune by commune; no special "
     "body covers this category at this point; due at 17:00 on 12 August 2025."},
    {FACTS(REFORM_US - 1, ORDER, -1, DISTRICT_GO_VAP, NULL, 0), ROUTE_PLACE_KNOWN, "Phường 17",
     "Quận Gò Vấp",
     "Trật tự đô thị tại Phường 17, Quận Gò Vấp ngày 30/06/2025 thuộc UBND Quận Gò Vấp theo địa "
     "bàn quận; không có đơn vị đặc thù nào về lĩnh vực này tại điểm này; hạn xử lý 17:00 ngày "
     "07/07/2025.",
     "Urban order in Phường 17, Quận Gò Vấp on 30 June 2025 belongs to UBND Quận Gò Vấp by "
     "district; no special body covers this category at this point; due at 17:00 on 7 July 2025."},
    {FACTS(AT_US, KARAOKE, WARD_CU_CHI, -1, in_park, 1), ROUTE_PLACE_KNOWN, "Xã Củ Chi", NULL,
     "Karaoke tại Xã Củ Chi ngày 05/08/2025 thuộc BQL Khu Công nghệ cao (Đội Thanh tra) vì điểm "
     "này nằm trong “Khu Công nghệ cao”; đây là đơn vị đặc thù, được ưu tiên trước Trung tâm Hạ "
     "tầng kỹ thuật; hạn xử lý 17:00 ngày 06/08/2025.",
     "Karaoke in Xã Củ Chi on 5 August 2025 belongs to High-Tech Park Board (Đội Thanh tra) "
     "because the point lies in “Khu Công nghệ cao”; it is a special body and comes before Trung "
     "tâm Hạ tầng kỹ thuật; due at 17:00 on 6 August 2025."},
    {FACTS(AT_US, IDEAS, -1, -1, in_park, 1), ROUTE_PLACE_OUTSIDE, NULL, NULL,
     "Góp ý tại điểm nằm ngoài mọi địa giới có hiệu lực ngày 05/08/2025 thuộc BQL Khu Công nghệ "
     "cao (Đội Thanh tra) vì điểm này nằm trong “Khu Công nghệ cao”; đây là đơn vị đặc thù; hạn xử "
     "lý 17:00 ngày 14/08/2025.",
     "Ideas at a point outside all boundaries in force on 5 August 2025 belongs to High-Tech Park "
     "Board (Đội Thanh tra) because the point lies in “Khu Công nghệ cao”; it is a special body; "
     "due at 17:00 on 14 August 2025."},
    {FACTS(AT_US, LIGHT, -1, -1, in_zone, 1), ROUTE_PLACE_KNOWN, "Phường Hạnh Thông", NULL,
     "Chiếu sáng tại Phường Hạnh Thông ngày 05/08/2025 thuộc Trung tâm Hạ tầng kỹ thuật vì điểm "
     "này nằm trong “Vùng chiếu sáng 1”; hạn xử lý 13:00 ngày 05/08/2025.",
     "Street lighting in Phường Hạnh Thông on 5 August 2025 belongs to Trung tâm Hạ tầng kỹ thuật "
     "because the point lies in “Vùng chiếu sáng 1”; due at 13:00 on 5 August 2025."},
    {FACTS(AT_US, POWER, -1, -1, NULL, 0), ROUTE_PLACE_UNKNOWN, NULL, NULL,
     "Điện lực tại nơi chưa xác định được vị trí ngày 05/08/2025 thuộc EVNHCMC theo phân công trên "
     "toàn thành phố; hạn xử lý 11:00 ngày 05/08/2025.",
     "Electricity at a place that was not found on 5 August 2025 belongs to EVNHCMC by a city-wide "
     "assignment; due at 11:00 on 5 August 2025."},
    {FACTS(AT_US, IDEAS, WARD_HANH_THONG, -1, NULL, 0), ROUTE_PLACE_KNOWN, "Phường Hạnh Thông",
     NULL,
     "Không có đơn vị nào phụ trách lĩnh vực “Góp ý” tại Phường Hạnh Thông ngày 05/08/2025, nên "
     "Trung tâm 1022 tiếp nhận để phân công; hạn xử lý 17:00 ngày 14/08/2025.",
     "Nobody was responsible for “Ideas” in Phường Hạnh Thông on 5 August 2025, so 1022 Centre "
     "takes it, to assign it; due at 17:00 on 14 August 2025."},
    {FACTS(AT_US, NOISE, -1, -1, NULL, 0), ROUTE_PLACE_OUTSIDE, NULL, NULL,
     "Điểm này nằm ngoài mọi địa giới có hiệu lực và không có đơn vị nào phụ trách lĩnh vực “Tiếng "
     "ồn” tại đây ngày 05/08/2025, nên Trung tâm 1022 tiếp nhận để phân công; hạn xử lý 17:00 ngày "
     "12/08/2025.",
     "The point lies outside all boundaries in force, and nobody was responsible there for “Noise” "
     "on 5 August 2025, so 1022 Centre takes it, to assign it; due at 17:00 on 12 August 2025."},
    {FACTS(AT_US, NOISE, -1, -1, NULL, 0), ROUTE_PLACE_UNKNOWN, NULL, NULL,
     "Chưa xác định được vị trí và không có đơn vị nào phụ trách lĩnh vực “Tiếng ồn” trên toàn "
     "thành phố ngày 05/08/2025, nên Trung tâm 1022 tiếp nhận để xác minh vị trí và phân công; hạn "
     "xử lý 17:00 ngày 12/08/2025.",
     "The place was not found, and nobody was responsible city-wide for “Noise” on 5 August 2025, "
     "so 1022 Centre takes it, to find the place and assign it; due at 17:00 on 12 August 2025."},
    {FACTS(AT_US, -1, WARD_HANH_THONG, -1, NULL, 0), ROUTE_PLACE_KNOWN, "Phường Hạnh Thông", NULL,
     "Không có đơn vị nào phụ trách phản ánh chưa rõ lĩnh vực tại Phường Hạnh Thông ngày "
     "05/08/2025, nên Trung tâm 1022 tiếp nhận để phân công; hạn xử lý 17:00 ngày 14/08/2025.",
     "Nobody was responsible for a complaint of unknown category in Phường Hạnh Thông on 5 August "
     "2025, so 1022 Centre takes it, to assign it; due at 17:00 on 14 August 2025."},
};

static void sentences(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct explain_case *c = &cases[i];
        struct route_decision decision = route_decide(rules, &c->facts);
        struct route_explain_names names;
        route_explain_fill(rules, &c->facts, &decision, &names);
        names.place = c->place;
        names.ward = c->ward;
        names.district = c->district;
        strbuf_reset(&text);
        route_explain(ROUTE_LANGUAGE_VI, &decision, &names, &text);
        assert_string_equal(text.p, c->vi);
        strbuf_reset(&text);
        route_explain(ROUTE_LANGUAGE_EN, &decision, &names, &text);
        assert_string_equal(text.p, c->en);
    }
    strbuf_free(&text);
}

/* A stored decision may lack names; units elsewhere have names of no known kind. */
static void missing_names_leave_no_holes(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 4096);
    struct route_decision decision = {.reach = ROUTE_REACH_WARD,
                                      .rule_class = ROUTE_CLASS_ORDINARY};
    struct route_explain_names names = {
        .ward = "Mission",
        .agency = {"SFPD", NULL},
        .date = {2019, 2, 28},
    };
    route_explain(ROUTE_LANGUAGE_EN, &decision, &names, &text);
    assert_string_equal(text.p,
                        "A complaint of unknown category in Mission on 28 February 2019 belongs to "
                        "SFPD by ward; no special body covers this category at this point.");
    strbuf_reset(&text);
    decision.reach = ROUTE_REACH_AREA;
    names.ward = NULL;
    names.runner_up = (struct route_name){"DPW", ""};
    route_explain(ROUTE_LANGUAGE_VI, &decision, &names, &text);
    assert_string_equal(text.p, "Phản ánh chưa rõ lĩnh vực ngày 28/02/2019 thuộc SFPD vì điểm này "
                                "nằm trong một địa bàn riêng; được xét trước DPW.");
    strbuf_free(&text);
}

static void one_agency_does_not_come_before_itself(void **state)
{
    (void)state;
    struct route_facts facts = FACTS(AT_US, KARAOKE, -1, -1, NULL, 0);
    struct route_decision decision = {.rule = -1,
                                      .runner_up_rule = -1,
                                      .runner_up_agency = LIGHTING,
                                      .jurisdiction = J_KARAOKE,
                                      .agency = LIGHTING,
                                      .desk = -1,
                                      .runner_up = J_LIGHT_ZONE,
                                      .category_matched = KARAOKE};
    struct route_explain_names names;
    route_explain_fill(rules, &facts, &decision, &names);
    assert_null(names.runner_up.vi);
    decision.runner_up = J_POWER;
    decision.runner_up_agency = EVN;
    route_explain_fill(rules, &facts, &decision, &names);
    assert_string_equal(names.runner_up.vi, "EVNHCMC");
}

static void a_full_buffer_says_so(void **state)
{
    (void)state;
    struct strbuf text;
    struct route_decision decision = route_decide(rules, &cases[0].facts);
    struct route_explain_names names;
    route_explain_fill(rules, &cases[0].facts, &decision, &names);
    strbuf_init(&text, 40);
    route_explain(ROUTE_LANGUAGE_VI, &decision, &names, &text);
    assert_true(text.failed);
    strbuf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences),
        cmocka_unit_test(missing_names_leave_no_holes),
        cmocka_unit_test(one_agency_does_not_come_before_itself),
        cmocka_unit_test(a_full_buffer_says_so),
    };
    return cmocka_run_group_tests(tests, make_rules, drop_rules);
}
