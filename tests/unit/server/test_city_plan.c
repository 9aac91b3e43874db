/* Reading a data folder's city.json: what is taken, what is refused and by which name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/city/city_plan.h"

struct folder {
    char path[64];
};

static void write_file(const struct folder *f, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", f->path, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    if (!f) {
        return -1;
    }
    (void)snprintf(f->path, sizeof f->path, "/tmp/hotline-plan-XXXXXX");
    if (!mkdtemp(f->path)) {
        free(f);
        return -1;
    }
    *state = f;
    return 0;
}

static int drop_folder(void **state)
{
    struct folder *f = *state;
    static const char *const names[] = {"city.json", "w.geojson", "c.csv", "l.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", f->path, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->path);
    free(f);
    return 0;
}

static void refuses(const struct folder *f, const char *json, const char *named)
{
    struct city_plan plan = {0};
    struct err e;
    write_file(f, "city.json", json);
    assert_int_equal(city_plan_read(f->path, &plan, &e), STATUS_INVALID);
    if (!strstr(e.text, named)) {
        fail_msg("\"%s\" does not name %s", e.text, named);
    }
    assert_null(plan.root); /* untouched */
}

static void takes_everything_that_it_names(void **state)
{
    const struct folder *f = *state;
    struct city_plan plan = {0};
    struct err e;
    write_file(f, "w.geojson", "{}");
    write_file(f, "c.csv", "id\n");
    write_file(f, "l.csv", "id\n");
    write_file(f, "city.json",
               "{\"name\": {\"vi\": \"Thành phố\"}, \"timezone\": \"Asia/Ho_Chi_Minh\","
               "\"boundaries\": [{\"file\": \"w.geojson\", \"level\": \"ward\","
               " \"valid_from\": \"2018-01-01\", \"valid_to\": \"2025-07-01\","
               " \"name\": \"n\", \"parent\": \"p\", \"partial\": true}],"
               "\"lineage\": [{\"file\": \"l.csv\", \"date\": \"2025-07-01\"}],"
               "\"complaints\": [{\"file\": \"c.csv\", \"received_at\": \"created\","
               " \"category\": \"kind\", \"recorded\": {\"district\": \"d\"}}],"
               "\"addresses\": [\"l.csv\", \"c.csv\"]}");
    assert_int_equal(city_plan_read(f->path, &plan, &e), STATUS_OK);
    assert_string_equal(plan.name_vi, "Thành phố");
    assert_string_equal(plan.name_en, "Thành phố"); /* for want of an English one */
    assert_int_equal(plan.n_boundaries, 1);
    assert_true(plan.partial[0]);
    assert_null(plan.boundaries[0].code_property);
    assert_string_equal(plan.boundaries[0].parent_property, "p");
    assert_string_equal(plan.boundaries[0].valid_to, "2025-07-01");
    assert_false(plan.boundaries[0].approximate);
    assert_int_equal(plan.n_lineage, 1);
    assert_int_equal(plan.n_complaints, 1);
    assert_string_equal(plan.complaints[0].columns.received_at, "created");
    assert_string_equal(plan.complaints[0].columns.recorded_district, "d");
    assert_null(plan.complaints[0].columns.recorded_ward);
    assert_null(plan.complaints[0].columns.lon);
    assert_int_equal(plan.addresses.n, 2);
    assert_int_equal(plan.osm.n, 0);
    assert_int_equal(access(plan.addresses.paths[1], R_OK), 0); /* joined with the folder */
    city_plan_clear(&plan);
    assert_null(plan.root);
}

static void says_what_is_wrong(void **state)
{
    const struct folder *f = *state;
    refuses(f, "{", "not JSON");
    refuses(f, "{\"timezone\": \"UTC\"}", "name");
    refuses(f, "{\"name\": \"X\"}", "timezone");
    refuses(f, "{\"name\": \"X\", \"timezone\": 7}", "timezone");
    refuses(f, "{\"name\": \"X\", \"timezone\": \"UTC\", \"osm\": \"a.pbf\"}", "osm");
    refuses(f, "{\"name\": \"X\", \"timezone\": \"UTC\", \"osm\": [7]}", "osm");
    refuses(f, "{\"name\": \"X\", \"timezone\": \"UTC\", \"osm\": [\"no.pbf\"]}", "no.pbf");
    refuses(f, "{\"name\": \"X\", \"timezone\": \"UTC\", \"boundaries\": [{\"level\": \"ward\"}]}",
            "file");
    refuses(f,
            "{\"name\": \"X\", \"timezone\": \"UTC\", \"complaints\": [{\"file\": \"city.json\","
            " \"received_at\": \"r\"}]}",
            "category");
}

static void a_folder_without_city_json_is_told(void **state)
{
    const struct folder *f = *state;
    struct city_plan plan = {0};
    struct err e;
    assert_int_equal(city_plan_read(f->path, &plan, &e), STATUS_IO);
    assert_non_null(strstr(e.text, "city.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_everything_that_it_names, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(says_what_is_wrong, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_folder_without_city_json_is_told, make_folder,
                                        drop_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
