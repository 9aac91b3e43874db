#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/intake/intake.h"
#include "tests/unit/server/tiny_snapshot.h"

#define NOW_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define GOOD   "\"category\":\"tieng-on\",\"description\":\"ồn\",\"channel\":\"web\""

struct parsed {
    struct arena *arena;
    struct complaint_draft draft;
    struct fault_list faults;
    enum status status;
};

static struct parsed parse(const char *json)
{
    struct parsed p = {.arena = arena_create((size_t)1 << 20)};
    struct intake_context context = {&tiny_snapshot, p.arena, NOW_US};
    struct err e;
    p.status = intake_parse(&context, str_of(json), &p.draft, &p.faults, &e);
    return p;
}

static void a_whole_complaint_is_read(void **state)
{
    struct parsed p =
        parse("{" GOOD ",\"location\":{\"lon\":106.7,\"lat\":10.8,\"accuracy_m\":12.5},"
              "\"address\":\" 819/13 Quang Trung \",\"occurred_at\":\"2025-12-31T23:00:00+07:00\","
              "\"reporter\":{\"name\":\"Lan\",\"phone\":\"+84 900 000 001\",\"email\":\"a@b.vn\","
              "\"anonymous\":true},\"attributes\":{\"route\":\"33\"}}");
    (void)state;
    assert_int_equal(p.status, STATUS_OK);
    assert_int_equal(p.faults.n, 0);
    assert_int_equal(p.draft.category, 0);
    assert_string_equal(p.draft.channel, "web");
    assert_true(p.draft.has_point);
    assert_true(p.draft.point.lon == 106.7 && p.draft.point.lat == 10.8);
    assert_true(p.draft.accuracy_m == 12.5);
    assert_string_equal(p.draft.address, "819/13 Quang Trung");
    assert_true(p.draft.occurred_at_us == NOW_US - INT64_C(8) * 3600 * 1000000);
    assert_string_equal(p.draft.reporter.name, "Lan");
    assert_true(p.draft.reporter.anonymous);
    assert_string_equal(p.draft.attributes, "{\"route\":\"33\"}");
    arena_destroy(p.arena);
}

static void decomposed_text_is_composed(void **state)
{
    struct parsed p = parse("{\"category\":\"tieng-on\",\"channel\":\"app\","
                            "\"description\":\"To\xcc\x82i\"}");
    (void)state;
    assert_int_equal(p.faults.n, 0);
    assert_string_equal(p.draft.description, "T\xc3\xb4i");
    arena_destroy(p.arena);
}

static const struct {
    const char *json, *field;
    enum fault_code code;
} bad[] = {
    {"{\"description\":\"x\",\"channel\":\"web\"}", "category", FAULT_REQUIRED},
    {"{\"category\":\"tieng-on\",\"channel\":\"web\"}", "description", FAULT_REQUIRED},
    {"{\"category\":\"tieng-on\",\"description\":\" \\n \",\"channel\":\"web\"}", "description",
     FAULT_REQUIRED},
    {"{\"category\":\"tieng-on\",\"description\":\"x\"}", "channel", FAULT_REQUIRED},
    {"{" GOOD ",\"category\":\"cu\"}", "category", FAULT_UNKNOWN_VALUE}, /* no longer active */
    {"{" GOOD ",\"category\":\"?\"}", "category", FAULT_UNKNOWN_VALUE},
    {"{" GOOD ",\"category\":5}", "category", FAULT_WRONG_TYPE},
    {"{" GOOD ",\"channel\":\"fax\"}", "channel", FAULT_UNKNOWN_VALUE},
    {"{" GOOD ",\"description\":\"a\\u0000b\"}", "description", FAULT_CONTROL_CHARACTER},
    {"{" GOOD ",\"description\":\"a\\u0007b\"}", "description", FAULT_CONTROL_CHARACTER},
    {"{" GOOD ",\"location\":[1,2]}", "location", FAULT_WRONG_TYPE},
    {"{" GOOD ",\"location\":{\"lon\":106.7}}", "location.lat", FAULT_REQUIRED},
    {"{" GOOD ",\"location\":{\"lon\":\"106.7\",\"lat\":10}}", "location.lon", FAULT_WRONG_TYPE},
    {"{" GOOD ",\"location\":{\"lon\":1e999,\"lat\":10}}", "location.lon", FAULT_OUT_OF_RANGE},
    {"{" GOOD ",\"location\":{\"lon\":106.7,\"lat\":NaN}}", "location.lat", FAULT_OUT_OF_RANGE},
    {"{" GOOD ",\"location\":{\"lon\":10.8,\"lat\":106.7}}", "location", FAULT_SWAPPED},
    {"{" GOOD ",\"location\":{\"lon\":120.5,\"lat\":91}}", "location.lat", FAULT_OUT_OF_RANGE},
    {"{" GOOD ",\"location\":{\"lon\":106,\"lat\":10,\"accuracy_m\":-1}}", "location.accuracy_m",
     FAULT_OUT_OF_RANGE},
    {"{" GOOD ",\"location\":{\"lon\":106,\"lat\":10,\"alt\":1}}", "location.alt",
     FAULT_UNKNOWN_FIELD},
    {"{" GOOD ",\"occurred_at\":\"2025-02-30T00:00:00Z\"}", "occurred_at", FAULT_NOT_A_TIME},
    {"{" GOOD ",\"occurred_at\":\"2025-02-03T00:00:00\"}", "occurred_at", FAULT_NOT_A_TIME},
    {"{" GOOD ",\"occurred_at\":\"2026-02-03T00:00:00Z\"}", "occurred_at", FAULT_IN_THE_FUTURE},
    {"{" GOOD ",\"occurred_at\":\"1999-02-03T00:00:00Z\"}", "occurred_at", FAULT_OUT_OF_RANGE},
    {"{" GOOD ",\"reporter\":\"Lan\"}", "reporter", FAULT_WRONG_TYPE},
    {"{" GOOD ",\"reporter\":{\"phone\":\"call me\"}}", "reporter.phone", FAULT_MALFORMED},
    {"{" GOOD ",\"reporter\":{\"email\":\"a b@c.d\"}}", "reporter.email", FAULT_MALFORMED},
    {"{" GOOD ",\"reporter\":{\"anonymous\":\"yes\"}}", "reporter.anonymous", FAULT_WRONG_TYPE},
    {"{" GOOD ",\"attributes\":[]}", "attributes", FAULT_WRONG_TYPE},
    {"{" GOOD ",\"attributes\":{\"a\":[\"\\u0000\"]}}", "attributes", FAULT_CONTROL_CHARACTER},
    {"{" GOOD ",\"descripton\":\"x\"}", "descripton", FAULT_UNKNOWN_FIELD},
};

static void every_fault_names_its_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct parsed p = parse(bad[i].json);
        assert_int_equal(p.status, STATUS_OK);
        if (p.faults.n != 1 || strcmp(p.faults.rows[0].field, bad[i].field) != 0 ||
            p.faults.rows[0].code != bad[i].code) {
            fail_msg("%s: %zu faults, first %s %d", bad[i].json, p.faults.n,
                     p.faults.n == 0 ? "-" : p.faults.rows[0].field,
                     p.faults.n == 0 ? -1 : (int)p.faults.rows[0].code);
        }
        arena_destroy(p.arena);
    }
}

static void all_faults_are_told_at_once(void **state)
{
    struct parsed p = parse("{\"category\":\"?\",\"location\":{\"lat\":true},\"zzz\":1}");
    (void)state;
    assert_int_equal(p.status, STATUS_OK);
    assert_int_equal(p.faults.n, 6); /* category, lon, lat, zzz, description, channel */
    arena_destroy(p.arena);
}

static void what_is_no_object_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "null",
                                        "[]",
                                        "7",
                                        "\"x\"",
                                        "{",
                                        "{}x",
                                        "{'a':1}",
                                        "{\"a\":1,}",
                                        "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
                                        "{\"a\":\"\xff\"}",
                                        "{} {}"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct parsed p = parse(texts[i]);
        if (p.status != STATUS_INVALID) {
            fail_msg("accepted: %s", texts[i]);
        }
        arena_destroy(p.arena);
    }
}

static void the_longest_description_counts_characters_not_bytes(void **state)
{
    static char json[40000];
    (void)state;
    for (int over = 0; over < 2; over++) {
        size_t n = (size_t)snprintf(json, sizeof(json), "{" GOOD ",\"description\":\"");
        for (int i = 0; i < COMPLAINT_DESCRIPTION_MAX + over; i++) {
            memcpy(json + n, "ồ", strlen("ồ"));
            n += strlen("ồ");
        }
        snprintf(json + n, sizeof(json) - n, "\"}");
        struct parsed p = parse(json);
        assert_int_equal(p.faults.n, over);
        assert_true(over == 0 || p.faults.rows[0].code == FAULT_TOO_LONG);
        arena_destroy(p.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_complaint_is_read),
        cmocka_unit_test(decomposed_text_is_composed),
        cmocka_unit_test(every_fault_names_its_field),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(the_longest_description_counts_characters_not_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
