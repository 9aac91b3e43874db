/* What an uploaded file of shapes is, by its first bytes; and names of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/files/file_name.h"
#include "server/files/file_shape.h"

static const char *kind_of(const char *head, size_t n)
{
    const struct file_shape_kind *kind = file_shape_kind_find((const unsigned char *)head, n);
    return kind == NULL ? "" : kind->name;
}

#define KIND(text) kind_of(text, sizeof(text) - 1)

static void known_by_first_bytes(void **state)
{
    (void)state;
    assert_string_equal(KIND("{\"type\": \"FeatureCollection\"}"), "geojson");
    assert_string_equal(KIND("\xef\xbb\xbf \r\n{}"), "geojson");
    assert_string_equal(KIND("PK\x03\x04rest"), "zip");
    assert_string_equal(kind_of("SQLite format 3\0rest", 20), "geopackage");
    assert_string_equal(KIND("fgb\x03"
                             "fgb\x00"),
                        "flatgeobuf");
    assert_string_equal(KIND("<?xml version=\"1.0\"?>\n<kml xmlns=\"x\">"), "kml");
    assert_string_equal(KIND("ten,lon,lat\nA,1,2\n"), "csv");
    assert_string_equal(KIND("t\xc3\xaan;lon;lat\r\n"), "csv");
}

static void nothing_else_is_taken(void **state)
{
    (void)state;
    assert_string_equal(KIND(""), "");
    assert_string_equal(KIND("\xef\xbb\xbf"), "");
    assert_string_equal(KIND("   \n\t"), "");
    assert_string_equal(KIND("<OGRVRTDataSource>"), "");
    assert_string_equal(KIND("<?xml version=\"1.0\"?><gml:FeatureCollection>"), "");
    assert_string_equal(KIND("<html>, </html>\n"), "");
    assert_string_equal(KIND("PG:host=x, dbname=y"), "");
    assert_string_equal(KIND("PK\x05\x06"), "");
    assert_string_equal(KIND("SQLite format 3"), "");
    assert_string_equal(KIND("\x89PNG\r\n\x1a\n"), "");
    assert_string_equal(KIND("a,\xff\xfe\n"), "");
    assert_string_equal(kind_of("a\0,b\n", 5), "");
}

/* Every head that ends early is looked at within its bounds (the sanitizers watch). */
static void heads_may_end_anywhere(void **state)
{
    static const char whole[] = "\xef\xbb\xbf \n<?xml?><kml>SQLite format 3\0PK\x03\x04";
    (void)state;
    for (size_t from = 0; from < sizeof(whole); from++) {
        for (size_t n = 0; from + n <= sizeof(whole); n++) {
            (void)kind_of(whole + from, n);
        }
    }
}

static bool takes(const char *name, const char *as)
{
    char out[FILE_NAME_BYTES] = "";
    return file_name_take(str_of(name), out) && strcmp(out, as) == 0;
}

static void names_are_no_paths(void **state)
{
    char out[FILE_NAME_BYTES];
    (void)state;
    assert_true(takes("ranh giới 2026.geojson", "ranh giới 2026.geojson"));
    assert_true(takes("", "tep"));
    for (const char *const *bad =
             (const char *const[]){"../a", "/etc/passwd", "a\\b", ".", "..", "a\nb", "\xff",
                                   "a\xe2\x80\xaegpj.exe", NULL};
         *bad != NULL; bad++) {
        assert_false(file_name_take(str_of(*bad), out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_by_first_bytes),
        cmocka_unit_test(nothing_else_is_taken),
        cmocka_unit_test(heads_may_end_anywhere),
        cmocka_unit_test(names_are_no_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
