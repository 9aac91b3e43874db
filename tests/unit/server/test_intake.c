#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/intake/intake.h"

#define NOW INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */

static struct snapshot_category categories[] = {
    {.id = 11, .parent = -1, .code = "tieng-on", .active = true, .deadline_hours = 24},
    {.id = 12, .parent = -1, .code = "closed", .active = false, .deadline_hours = 24},
    {.id = 13, .parent = -1, .code = "o-ga", .active = true, .deadline_hours = 24},
};
static const struct snapshot city = {.references = 1,
                                     .city = {.box = {106.3, 10.3, 107.1, 11.2}},
                                     .categories = categories,
                                     .n_categories = 3};

static struct arena *arena;
static struct complaint_draft draft;
static struct fault_list faults;

static enum status parse(const char *json)
{
    const struct intake_context context = {&city, arena, NOW};
    struct err e;
    return intake_parse(&context, str_of(json), &draft, &faults, &e);
}

/* The fields that every complaint has, and these. */
static void parse_with(const char *members)
{
    char json[20000];
    snprintf(json, sizeof(json),
             "{\"category\":\"o-ga\",\"description\":\"Ổ gà\",\"channel\":\"app\"%s%s}",
             members[0] == '\0' ? "" : ",", members);
    assert_int_equal(parse(json), STATUS_OK);
}

static void assert_fault(const char *field, enum fault_code code)
{
    if (faults.n != 1 || strcmp(faults.rows[0].field, field) != 0 || faults.rows[0].code != code) {
        fail_msg("expected one fault at %s, got %zu, the first at %s with code %d", field, faults.n,
                 faults.n == 0 ? "-" : faults.rows[0].field,
                 faults.n == 0 ? -1 : (int)faults.rows[0].code);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_create((size_t)1 << 20);
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static void the_least_is_enough(void **state)
{
    (void)state;
    parse_with("");
    assert_int_equal(faults.n, 0);
    assert_int_equal(draft.category, 2);
    assert_string_equal(draft.description, "Ổ gà");
    assert_string_equal(draft.channel, "app");
    assert_false(draft.has_point);
    assert_true(draft.accuracy_m < 0);
    assert_true(draft.occurred_at_us == INT64_MIN && draft.received_at_us == INT64_MIN);
    assert_null(draft.address);
    assert_null(draft.attributes);
    assert_null(draft.reporter.name);
    assert_false(draft.reporter.anonymous);
}

static void everything_is_taken(void **state)
{
    (void)state;
    parse_with("\"location\":{\"lon\":106.7,\"lat\":10.5,\"accuracy_m\":7.5},"
               "\"address\":\" 12 Lê Lợi \",\"occurred_at\":\"2025-12-31T23:00:00+07:00\","
               "\"attributes\":{\"a\":[1,\"b\"]},"
               "\"reporter\":{\"name\":\"A\",\"phone\":\"+84 (0)90-1.2\",\"email\":\"a@b.vn\","
               "\"anonymous\":true}");
    assert_int_equal(faults.n, 0);
    assert_true(draft.has_point);
    assert_true(fabs(draft.point.lon - 106.7) < 1e-12 && fabs(draft.point.lat - 10.5) < 1e-12);
    assert_true(fabs(draft.accuracy_m - 7.5) < 1e-12);
    assert_string_equal(draft.address, "12 Lê Lợi");
    assert_true(draft.occurred_at_us == INT64_C(1767196800000000));
    assert_string_equal(draft.attributes, "{\"a\":[1,\"b\"]}");
    assert_string_equal(draft.reporter.phone, "+84 (0)90-1.2");
    assert_true(draft.reporter.anonymous);
}

static void null_is_as_good_as_absent(void **state)
{
    (void)state;
    parse_with("\"location\":null,\"address\":null,\"reporter\":null,\"attributes\":null");
    assert_int_equal(faults.n, 0);
    assert_int_equal(parse("{\"category\":null,\"description\":null,\"channel\":null}"), STATUS_OK);
    assert_int_equal(faults.n, 3);
}

static void what_is_no_object_is_invalid(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",  " ",   "x",    "[]",      "1",          "\"a\"",           "null",
        "{", "{}x", "{}{}", "{'a':1}", "{\"a\":1,}", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(parse(texts[i]), STATUS_INVALID);
    }
}

static void text_is_composed_trimmed_and_clean(void **state)
{
    (void)state;
    parse_with("\"address\":\"\\u0020D\\u0061\\u0323\\u0302 \\t\"");
    assert_int_equal(faults.n, 0);
    assert_string_equal(draft.address, "Dậ");
    parse_with("\"address\":\"a\\u0000b\"");
    assert_fault("address", FAULT_CONTROL_CHARACTER);
    parse_with("\"address\":\"a\\u0085b\"");
    assert_fault("address", FAULT_CONTROL_CHARACTER);
}

static void lengths_are_counted_in_characters(void **state)
{
    (void)state;
    char text[3200] = "\"address\":\"";
    size_t n = strlen(text);
    for (int i = 0; i < COMPLAINT_ADDRESS_MAX; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "ộ");
    }
    snprintf(text + n, sizeof(text) - n, "\"");
    parse_with(text);
    assert_int_equal(faults.n, 0);
    snprintf(text + n, sizeof(text) - n, "x\"");
    parse_with(text);
    assert_fault("address", FAULT_TOO_LONG);
}

static void coordinates_have_to_make_sense(void **state)
{
    (void)state;
    static const struct {
        const char *json, *field;
        enum fault_code code;
    } rows[] = {
        {"{\"lon\":10.5,\"lat\":106.7}", "location", FAULT_SWAPPED},
        {"{\"lon\":10.5,\"lat\":-106.7}", "location", FAULT_SWAPPED},
        {"{\"lon\":106.7,\"lat\":91}", "location.lat", FAULT_OUT_OF_RANGE},
        {"{\"lon\":-180.1,\"lat\":1}", "location.lon", FAULT_OUT_OF_RANGE},
        {"{\"lon\":1e999,\"lat\":1}", "location.lon", FAULT_OUT_OF_RANGE},
        {"{\"lon\":106.7}", "location.lat", FAULT_REQUIRED},
        {"{\"lon\":\"1\",\"lat\":1}", "location.lon", FAULT_WRONG_TYPE},
        {"{\"lon\":true,\"lat\":1}", "location.lon", FAULT_WRONG_TYPE},
        {"{\"lon\":106.7,\"lat\":10.5,\"accuracy_m\":-1}", "location.accuracy_m",
         FAULT_OUT_OF_RANGE},
        {"{\"lon\":106.7,\"lat\":10.5,\"z\":1}", "location.z", FAULT_UNKNOWN_FIELD},
        {"[106.7,10.5]", "location", FAULT_WRONG_TYPE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char members[128];
        snprintf(members, sizeof(members), "\"location\":%s", rows[i].json);
        parse_with(members);
        assert_fault(rows[i].field, rows[i].code);
    }
    /* Far away is somebody's mistake, but a place all the same. */
    parse_with("\"location\":{\"lon\":-73.9,\"lat\":40.7}");
    assert_int_equal(faults.n, 0);
    assert_true(draft.has_point);
}

static void times_are_not_to_come_and_have_a_zone(void **state)
{
    (void)state;
    parse_with("\"occurred_at\":\"2026-01-01T00:04:59Z\"");
    assert_int_equal(faults.n, 0); /* a telephone's clock */
    parse_with("\"occurred_at\":\"2026-01-01T00:05:01Z\"");
    assert_fault("occurred_at", FAULT_IN_THE_FUTURE);
    parse_with("\"occurred_at\":\"1999-12-31T23:59:59Z\"");
    assert_fault("occurred_at", FAULT_OUT_OF_RANGE);
    parse_with("\"occurred_at\":\"2025-02-29T00:00:00Z\"");
    assert_fault("occurred_at", FAULT_NOT_A_TIME);
    parse_with("\"occurred_at\":\"2025-02-28T00:00:00\"");
    assert_fault("occurred_at", FAULT_NOT_A_TIME);
}

static void a_closed_category_takes_nothing(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"category\":\"closed\",\"description\":\"x\",\"channel\":\"web\"}"),
                     STATUS_OK);
    assert_fault("category", FAULT_UNKNOWN_VALUE);
}

static void all_faults_come_at_once_but_not_without_end(void **state)
{
    (void)state;
    char json[2000] = "{";
    size_t n = 1;
    for (int i = 0; i < 100; i++) {
        n += (size_t)snprintf(json + n, sizeof(json) - n, "%s\"f%d\":1", i == 0 ? "" : ",", i);
    }
    snprintf(json + n, sizeof(json) - n, "}");
    assert_int_equal(parse(json), STATUS_OK);
    assert_int_equal(faults.n, FAULTS_MAX);
    assert_string_equal(faults.rows[0].field, "f0");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char json[4000] = "";
    size_t n = 0;
    for (int i = 0; i < 500; i++) {
        n += (size_t)snprintf(json + n, sizeof(json) - n, "{\"a\":");
    }
    assert_int_equal(parse(json), STATUS_INVALID);
    parse_with("\"attributes\":{\"a\":{\"b\":{\"c\":[[1]]}}}");
    assert_int_equal(faults.n, 0);
}

static void there_are_seven_channels(void **state)
{
    (void)state;
    static const char *const names[] = {"phone", "app", "web", "email", "sms", "social", "api"};
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(intake_channel(str_of(names[i])), names[i]);
    }
    assert_null(intake_channel(STR("fax")));
    assert_null(intake_channel(STR("")));
    assert_null(intake_channel(STR("web\0")));
}

static void little_memory_is_an_error_not_a_draft(void **state)
{
    (void)state;
    arena_destroy(arena);
    arena = arena_create(4096);
    assert_non_null(arena);
    char text[9000] = "\"attributes\":{\"a\":\"";
    size_t n = strlen(text);
    memset(text + n, 'x', 8000);
    snprintf(text + n + 8000, sizeof(text) - n - 8000, "\"}");
    char json[9200];
    snprintf(json, sizeof(json),
             "{\"category\":\"o-ga\",\"description\":\"d\",\"channel\":\"app\",%s}", text);
    assert_int_equal(parse(json), STATUS_NO_MEMORY);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(the_least_is_enough),
        T(everything_is_taken),
        T(null_is_as_good_as_absent),
        T(what_is_no_object_is_invalid),
        T(text_is_composed_trimmed_and_clean),
        T(lengths_are_counted_in_characters),
        T(coordinates_have_to_make_sense),
        T(times_are_not_to_come_and_have_a_zone),
        T(a_closed_category_takes_nothing),
        T(all_faults_come_at_once_but_not_without_end),
        T(depth_is_bounded),
        T(there_are_seven_channels),
        T(little_memory_is_an_error_not_a_draft),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
