/* Uploads without HTTP and without a database: multipart in any pieces, types, the store. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/files/file_kind.h"
#include "server/files/file_picture.h"
#include "server/files/file_scan.h"
#include "server/files/file_store.h"
#include "server/files/multipart.h"

/* ---- multipart ---- */

static void test_boundary(void **state)
{
    char out[MULTIPART_BOUNDARY_MAX + 1];
    (void)state;
    assert_true(multipart_boundary("multipart/form-data; boundary=abc", out));
    assert_string_equal(out, "abc");
    assert_true(multipart_boundary("Multipart/Form-Data; charset=x; BOUNDARY=\"a b\"; y=z", out));
    assert_string_equal(out, "a b");
    static const char *const bad[] = {
        "",
        "text/plain; boundary=a",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=a\"b",
        "multipart/form-dataX; boundary=a",
        "multipart/form-data; boundary="
        "0123456789012345678901234567890123456789012345678901234567890123456789x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(multipart_boundary(bad[i], out));
    }
    assert_false(multipart_boundary(NULL, out));
}

static bool on_begin(void *arg, const struct multipart_part *part)
{
    strbuf_printf(arg, "<%.*s|%.*s|%.*s>", (int)part->name.n, part->name.p, (int)part->filename.n,
                  part->filename.p == NULL ? "" : part->filename.p, (int)part->type.n,
                  part->type.p);
    return true;
}

static bool on_bytes(void *arg, const char *p, size_t n)
{
    strbuf_append(arg, p, n);
    return true;
}

static bool on_end(void *arg)
{
    strbuf_append_char(arg, ';');
    return true;
}

static void test_any_pieces(void **state)
{
    static const char body[] =
        "ignored\r\n--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\\\"y.jpg\"\r\n"
        "Content-Type: image/jpeg\r\n\r\n1\r\n2\r\n--\r\n--c\r\r\n--b\r\n"
        "content-disposition: form-data; name=b\r\n\r\n\r\n--b\r\n"
        "Content-Disposition: form-data; name=c\r\n\r\nend\r\n--b--\r\ntrailing --b\r\n";
    static const char expected[] = "<a|x\"y.jpg|image/jpeg>1\r\n2\r\n--\r\n--c\r;<b||>;<c||>end;";
    (void)state;
    for (size_t piece = 1; piece <= sizeof(body) - 1; piece++) {
        struct strbuf told;
        struct multipart m;
        enum multipart_state is = MULTIPART_PREAMBLE;
        strbuf_init(&told, 1 << 16);
        const struct multipart_sink sink = {on_begin, on_bytes, on_end, &told};
        multipart_init(&m, "b", &sink);
        for (size_t at = 0; at < sizeof(body) - 1; at += piece) {
            size_t n = sizeof(body) - 1 - at;
            is = multipart_feed(&m, body + at, n < piece ? n : piece);
        }
        assert_int_equal(is, MULTIPART_DONE);
        assert_string_equal(told.p, expected);
        strbuf_free(&told);
    }
}

/* ---- types ---- */

static void test_find(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *type; /* NULL: none */
    } rows[] = {
        {"\xff\xd8\xff\xe0", 4, "image/jpeg"},
        {"\x89PNG\r\n\x1a\n", 8, "image/png"},
        {"RIFF\0\0\0\0WEBPVP8L", 16, "image/webp"},
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0",
         16, "image/heic"},
        {"\0\0\0\x18"
         "ftypM4A \0\0\0\0",
         16, "audio/mp4"},
        {"\0\0\0\x18"
         "ftypevil\0\0\0\0",
         16, NULL},
        {"%PDF-1.7\n", 9, "application/pdf"},
        {" %PDF-1.7\n", 10, NULL},
        {"GIF89a", 6, NULL},
        {"MZ\x90\0", 4, NULL},
        {"PK\3\4", 4, NULL},
        {"<svg ", 5, NULL},
        {"ID3\4\0\0\0\0\0\0x", 11, "audio/mpeg"},
        {"", 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct file_type *t = file_kind_find((const unsigned char *)rows[i].bytes, rows[i].n);
        if (rows[i].type == NULL) {
            assert_null(t);
        } else {
            assert_non_null(t);
            assert_string_equal(t->type, rows[i].type);
        }
    }
}

static void test_exif_bomb(void **state)
{
    static const unsigned char plain[] = "MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0";
    static const unsigned char circle[] = "MM\0*\0\0\0\x08\0\0\0\0\0\x08";
    static const unsigned char inner[] =
        "MM\0*\0\0\0\x08\0\1\x87\x69\0\4\0\0\0\1\0\0\0\x08\0\0\0\0";
    static const unsigned char many[] = "MM\0*\0\0\0\x08\xff\xff";
    static const unsigned char huge[] =
        "MM\0*\0\0\0\x08\0\1\1\x12\0\3\x7f\xff\xff\xff\0\6\0\0\0\0\0\0";
    static const unsigned char beyond[] = "II*\0\xff\xff\xff\xff";
    (void)state;
    assert_false(file_scan_exif_bomb(plain, sizeof(plain) - 1));
    assert_true(file_scan_exif_bomb(circle, sizeof(circle) - 1));
    assert_true(file_scan_exif_bomb(inner, sizeof(inner) - 1));
    assert_true(file_scan_exif_bomb(many, sizeof(many) - 1));
    assert_true(file_scan_exif_bomb(huge, sizeof(huge) - 1));
    assert_false(file_scan_exif_bomb(beyond, sizeof(beyond) - 1));
    assert_false(file_scan_exif_bomb(plain, 3));
}

static void test_facts(void **state)
{
    struct file_picture p;
    (void)state;
    file_picture_read("size 1600 1200\ntaken 2026:03:02 14:05:06+07:00\nplace 106.7 10.8\naccuracy "
                      "12.5\n",
                      &p);
    assert_int_equal(p.width, 1600);
    assert_true(p.has_taken && p.taken_zoned && p.has_place);
    assert_int_equal(p.taken_us, INT64_C(1772435106000000));
    assert_true(p.accuracy_m > 12.4 && p.accuracy_m < 12.6);
    static const char *const nonsense[] = {"",
                                           "\n\n",
                                           "place 200 10",
                                           "place nan 10",
                                           "place 106.7",
                                           "taken yesterday",
                                           "taken 2026:13:45 99:99:99",
                                           "taken 9999:01:01 00:00:00",
                                           "accuracy -5",
                                           "size x y"};
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        file_picture_read(nonsense[i], &p);
        assert_false(p.has_place || p.has_taken || p.accuracy_m >= 0 || p.width > 0);
    }
}

/* ---- the store ---- */

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/hotline-test-store-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void keep(struct file_store *s, const char *text, char hash[FILE_HASH_TEXT])
{
    struct file_temp t;
    assert_int_equal(file_temp_make(s, &t, NULL), STATUS_OK);
    assert_int_equal(file_temp_write(&t, text, strlen(text), NULL), STATUS_OK);
    file_temp_hash(&t, hash);
    assert_int_equal(file_store_keep(s, &t, hash, NULL), STATUS_OK);
}

static void test_store(void **state)
{
    struct file_store *s = NULL;
    struct file_store *other = NULL;
    char a[FILE_HASH_TEXT];
    char b[FILE_HASH_TEXT];
    uint64_t size = 0;
    struct file_entry list[4];
    size_t n = 0;
    (void)state;
    assert_int_equal(file_store_open(folder, "mark", &s, NULL), STATUS_OK);
    assert_int_equal(file_store_open(folder, "another", &other, NULL), STATUS_CONFLICT);
    keep(s, "xin chào", a);
    keep(s, "abc", b);
    assert_string_equal(b, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    keep(s, "abc", b); /* the same bytes again */
    int fd = file_store_open_file(s, b, &size);
    assert_true(fd >= 0 && size == 3);
    close(fd);
    assert_true(file_store_intact(s, a));
    assert_int_equal(file_store_list(s, "", list, 4, &n, NULL), STATUS_OK);
    assert_int_equal(n, 2);
    assert_true(strcmp(list[0].hash, list[1].hash) < 0);
    assert_int_equal(file_store_list(s, list[0].hash, list + 2, 1, &n, NULL), STATUS_OK);
    assert_true(n == 1 && strcmp(list[2].hash, list[1].hash) == 0);
    assert_false(file_store_remove(s, b, 3600)); /* it is young */
    assert_true(file_store_remove(s, b, 0));
    assert_int_equal(file_store_open_file(s, b, &size), -1);
    static const char *const none[] = {"", "../../etc/passwd", "BA7816BF"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(file_store_open_file(s, none[i], &size), -1);
        assert_false(file_store_remove(s, none[i], 0));
    }
    file_store_close(s);
}

/* What a living process writes stays; what a dead one left goes. */
static void test_temps(void **state)
{
    struct file_store *s = NULL;
    struct file_temp t;
    char left[128];
    (void)state;
    assert_int_equal(file_store_open(folder, "mark", &s, NULL), STATUS_OK);
    assert_int_equal(file_temp_make(s, &t, NULL), STATUS_OK);
    assert_int_equal(file_temp_write(&t, "x", 1, NULL), STATUS_OK);
    snprintf(left, sizeof(left), "%s/tmp/left", folder);
    int fd = open(left, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0 && write(fd, "y", 1) == 1);
    close(fd);
    assert_int_equal(file_store_clear_temps(s), 1);
    assert_int_equal(access(left, F_OK), -1);
    file_temp_drop(s, &t);
    file_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boundary),
        cmocka_unit_test(test_any_pieces),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_exif_bomb),
        cmocka_unit_test(test_facts),
        cmocka_unit_test_setup_teardown(test_store, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_temps, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
