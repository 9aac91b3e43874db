#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "server/base/csv.h"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/test_csv_XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int drop_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void write_gzip(const void *bytes, size_t n)
{
    gzFile f = gzopen(path, "wb1");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)n), (int)n);
    assert_int_equal(gzclose(f), Z_OK);
}

static struct csv *open_file(void)
{
    struct csv *c = NULL;
    struct err e = {0};
    if (csv_open(path, &c, &e) != STATUS_OK) {
        fail_msg("%s", e.text);
    }
    return c;
}

static struct csv *open_text(const char *text)
{
    write_file(text, strlen(text));
    return open_file();
}

static void assert_field(const struct csv *c, int column, const char *expected)
{
    struct str s = csv_field(c, column);
    if (!str_equal_z(s, expected)) {
        fail_msg("field %d is '%.*s', not '%s'", column, (int)s.n, s.p, expected);
    }
}

static void next_is_record(struct csv *c)
{
    bool more = false;
    struct err e = {0};
    if (csv_next(c, &more, &e) != STATUS_OK) {
        fail_msg("%s", e.text);
    }
    assert_true(more);
}

static void next_is_end(struct csv *c)
{
    bool more = true;
    struct err e = {0};
    assert_int_equal(csv_next(c, &more, &e), STATUS_OK);
    assert_false(more);
}

static void next_is_refused(struct csv *c, enum status status, const char *text)
{
    bool more = true;
    struct err e = {0};
    assert_int_equal(csv_next(c, &more, &e), status);
    assert_true(more); /* untouched */
    assert_string_equal(e.text, text);
    assert_field(c, 0, "");
}

static void plain_records(void **state)
{
    (void)state;
    struct csv *c = open_text("code,name\n1,Bến Nghé\n2,\n");
    assert_int_equal(csv_columns(c), 2);
    assert_int_equal(csv_column(c, "code"), 0);
    assert_int_equal(csv_column(c, "name"), 1);
    assert_int_equal(csv_column(c, "nam"), -1);
    assert_true(str_equal_z(csv_column_name(c, 1), "name"));
    assert_int_equal(csv_column_name(c, 2).n, 0);
    next_is_record(c);
    assert_int_equal(csv_line(c), 2);
    assert_field(c, 0, "1");
    assert_field(c, 1, "Bến Nghé");
    assert_field(c, -1, "");
    assert_field(c, 2, "");
    assert_int_equal(csv_field(c, 1).p[csv_field(c, 1).n], '\0');
    next_is_record(c);
    assert_field(c, 0, "2");
    assert_field(c, 1, "");
    next_is_end(c);
    next_is_end(c);
    csv_close(c);
    csv_close(NULL);
}

static void mark_crlf_and_missing_last_line_end(void **state)
{
    (void)state;
    struct csv *c = open_text("\xEF\xBB\xBF"
                              "a,b\r\n1,2\r\n3,x\ry");
    assert_int_equal(csv_column(c, "a"), 0);
    assert_int_equal(csv_column(c, "b"), 1);
    next_is_record(c);
    assert_field(c, 1, "2");
    next_is_record(c);
    assert_field(c, 1, "x\ry");
    next_is_end(c);
    csv_close(c);
    c = open_text("a\r\n1\r");
    next_is_record(c);
    assert_field(c, 0, "1");
    next_is_end(c);
    csv_close(c);
}

static void quotes_hold_anything(void **state)
{
    (void)state;
    struct csv *c = open_text("\"a\",\"b,c\"\n"
                              "\"say \"\"hi\"\"\",\"x,\ny\r\nz\"\r\n"
                              "\"\",\"\"\"\"\n"
                              "5\" pipe,a\"b\"\n");
    assert_int_equal(csv_column(c, "b,c"), 1);
    next_is_record(c);
    assert_field(c, 0, "say \"hi\"");
    assert_field(c, 1, "x,\ny\r\nz");
    assert_int_equal(csv_line(c), 2);
    next_is_record(c);
    assert_field(c, 0, "");
    assert_field(c, 1, "\"");
    assert_int_equal(csv_line(c), 5);
    next_is_record(c); /* quotes that do not open a field are text */
    assert_field(c, 0, "5\" pipe");
    assert_field(c, 1, "a\"b\"");
    next_is_end(c);
    csv_close(c);
}

static void empty_lines_are_passed_over(void **state)
{
    (void)state;
    struct csv *c = open_text("\n\r\na\n\n1\n\"\"\n\n\r\n");
    next_is_record(c);
    assert_field(c, 0, "1");
    assert_int_equal(csv_line(c), 5);
    next_is_record(c); /* a quoted nothing is a record */
    assert_field(c, 0, "");
    assert_int_equal(csv_line(c), 6);
    next_is_end(c);
    csv_close(c);
}

static void bad_records_are_told_and_left_behind(void **state)
{
    (void)state;
    struct csv *c = open_text("a,b\n1\n1,2,3\n4,5\n\"x\"y,1\n\"x\" ,1\n6,7\n");
    next_is_refused(c, STATUS_INVALID, "line 2: 1 fields where the header has 2");
    next_is_refused(c, STATUS_INVALID, "line 3: 3 fields where the header has 2");
    next_is_record(c);
    assert_field(c, 0, "4");
    next_is_refused(c, STATUS_INVALID, "line 5: text after a closing quote");
    next_is_refused(c, STATUS_INVALID, "line 6: text after a closing quote");
    next_is_record(c);
    assert_field(c, 1, "7");
    next_is_end(c);
    csv_close(c);
}

static void an_open_quote_ends_the_reading(void **state)
{
    (void)state;
    struct csv *c = open_text("a,b\n1,2\n3,\"never closed\n4,5\n");
    next_is_record(c);
    next_is_refused(c, STATUS_INVALID, "line 3: a quote is never closed");
    next_is_end(c);
    csv_close(c);
}

/* A header, a record whose fields have `size` bytes in all, and another one. */
static struct csv *open_record_of(size_t size, const char *quote)
{
    size_t cap = size + 64;
    char *text = malloc(cap);
    assert_non_null(text);
    int n = snprintf(text, cap, "a,b\n%s", quote);
    memset(text + n, 'x', size);
    size_t end = (size_t)n + size;
    end += (size_t)snprintf(text + end, cap - end, "%s,\n1,2\n", quote);
    write_gzip(text, end);
    free(text);
    return open_file();
}

static void records_have_a_greatest_size(void **state)
{
    (void)state;
    const size_t most = (1 << 20) - 2; /* each field counts one more byte */
    for (int quoted = 0; quoted < 2; quoted++) {
        const char *quote = quoted ? "\"" : "";
        struct csv *c = open_record_of(most, quote);
        next_is_record(c);
        assert_int_equal(csv_field(c, 0).n, most);
        next_is_record(c);
        assert_field(c, 1, "2");
        next_is_end(c);
        csv_close(c);
        c = open_record_of(most + 1, quote);
        next_is_refused(c, STATUS_INVALID, "line 2: the record is over 1048576 bytes");
        next_is_end(c);
        csv_close(c);
    }
    struct csv *c = open_record_of(3 << 20, "\"");
    next_is_refused(c, STATUS_INVALID,
                    "line 2: the record is over 1048576 bytes (a quote left open?)");
    next_is_end(c);
    csv_close(c);
}

/* Rows i, "text i\n", of different lengths, so that every kind of border of a block is met. */
static char *make_rows(size_t rows, size_t *n)
{
    size_t cap = rows * 64 + 64;
    char *text = malloc(cap);
    assert_non_null(text);
    *n = (size_t)snprintf(text, cap, "id,text\r\n");
    for (size_t i = 0; i < rows; i++) {
        *n += (size_t)snprintf(text + *n, cap - *n, "%zu,\"%.*s\"\"%zu\n\"\r\n", i, (int)(i % 31),
                               "0123456789012345678901234567890", i);
    }
    return text;
}

static void check_rows(size_t rows)
{
    struct csv *c = open_file();
    double progress = csv_progress(c);
    for (size_t i = 0; i < rows; i++) {
        char expected[64];
        next_is_record(c);
        (void)snprintf(expected, sizeof expected, "%zu", i);
        assert_field(c, 0, expected);
        (void)snprintf(expected, sizeof expected, "%.*s\"%zu\n", (int)(i % 31),
                       "0123456789012345678901234567890", i);
        assert_field(c, 1, expected);
        assert_int_equal(csv_line(c), 2 + 2 * i);
        assert_true(csv_progress(c) >= progress && csv_progress(c) <= 1);
        progress = csv_progress(c);
    }
    next_is_end(c);
    assert_true(csv_progress(c) > 0.99);
    csv_close(c);
}

static void many_rows_plain_and_compressed(void **state)
{
    (void)state;
    size_t n = 0;
    char *text = make_rows(50000, &n);
    write_file(text, n);
    check_rows(50000);
    write_gzip(text, n);
    check_rows(50000);
    free(text);
}

static void broken_compression_is_told(void **state)
{
    (void)state;
    size_t n = 0;
    char *text = make_rows(20000, &n);
    write_gzip(text, n);
    free(text);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    static char bytes[1 << 20];
    size_t size = fread(bytes, 1, sizeof bytes, f);
    assert_in_range(size, 1000, sizeof bytes - 1);
    (void)fclose(f);
    for (int way = 0; way < 3; way++) {
        size_t keep = way == 0 ? size / 2 : way == 1 ? size - 4 : size;
        if (way == 2) {
            bytes[size - 8] = (char)(bytes[size - 8] ^ 1); /* the check sum */
        }
        write_file(bytes, keep);
        struct csv *c = open_file();
        bool more = true;
        struct err e = {0};
        enum status status = STATUS_OK;
        while (status == STATUS_OK && more) {
            status = csv_next(c, &more, &e);
        }
        assert_int_equal(status, STATUS_INVALID);
        if (!strstr(e.text, "compressed data is broken or cut off")) {
            fail_msg("way %d: %s", way, e.text);
        }
        next_is_end(c);
        csv_close(c);
    }
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    struct csv *c = NULL;
    struct err e = {0};
    assert_int_equal(csv_open("/nonexistent/a.csv", &c, &e), STATUS_NOT_FOUND);
    assert_string_equal(e.text, "/nonexistent/a.csv: cannot open: No such file or directory");
    assert_int_equal(csv_open("/tmp", &c, &e), STATUS_IO);
    assert_string_equal(e.text, "/tmp: not a file");
    assert_int_equal(csv_open("/tmp", &c, NULL), STATUS_IO);
    const char *const headless[] = {"", "\n\r\n", "\xEF\xBB\xBF\n", "\"a\"b,c\n1,2\n"};
    for (size_t i = 0; i < sizeof headless / sizeof *headless; i++) {
        write_file(headless[i], strlen(headless[i]));
        assert_int_equal(csv_open(path, &c, &e), STATUS_INVALID);
        assert_non_null(strstr(e.text, ": no header record"));
    }
    write_file("\"a,b\n1,2\n", 9);
    assert_int_equal(csv_open(path, &c, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, ": line 1: a quote is never closed"));
    assert_null(c);
}

static void standard_input_is_a_dash(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int real_stdin = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(write(ends[1], "a,b\n1,2\n", 8), 8);
    (void)close(ends[1]);
    struct csv *c = NULL;
    struct err e = {0};
    assert_int_equal(csv_open("-", &c, &e), STATUS_OK);
    next_is_record(c);
    assert_field(c, 1, "2");
    assert_true(csv_progress(c) <= 0);
    next_is_end(c);
    csv_close(c);
    if (real_stdin >= 0) {
        (void)dup2(real_stdin, STDIN_FILENO);
        (void)close(real_stdin);
    }
    (void)close(ends[0]);
}

static void bytes_that_are_not_text_pass_through(void **state)
{
    (void)state;
    write_file("a,b\n\0x,\"\0\xFF\"\n", 12);
    struct csv *c = open_file();
    next_is_record(c);
    assert_true(str_equal(csv_field(c, 0), STR("\0x")));
    assert_true(str_equal(csv_field(c, 1), STR("\0\xFF")));
    next_is_end(c);
    csv_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_records),
        cmocka_unit_test(mark_crlf_and_missing_last_line_end),
        cmocka_unit_test(quotes_hold_anything),
        cmocka_unit_test(empty_lines_are_passed_over),
        cmocka_unit_test(bad_records_are_told_and_left_behind),
        cmocka_unit_test(an_open_quote_ends_the_reading),
        cmocka_unit_test(records_have_a_greatest_size),
        cmocka_unit_test(many_rows_plain_and_compressed),
        cmocka_unit_test(broken_compression_is_told),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(standard_input_is_a_dash),
        cmocka_unit_test(bytes_that_are_not_text_pass_through),
    };
    return cmocka_run_group_tests(tests, make_path, drop_path);
}
