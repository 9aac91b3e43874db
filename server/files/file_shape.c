#include "server/files/file_shape.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/base/utf8.h"
#include "server/files/apart.h"

#define FORMATS_MAX   32768 /* some 200 drivers, a line each */
#define OUTPUT_DRIVER "GeoJSONSeq"

static char program[PATH_MAX];

bool file_shape_find(void)
{
    return apart_find("hotline-shapes", program);
}

/* ---- what it is ---- */

static const struct file_shape_kind kinds[] = {
    {"zip", "ESRI Shapefile", "/vsizip/{", true},
    {"geopackage", "GPKG", "", true},
    {"flatgeobuf", "FlatGeobuf", "", false},
    {"kml", "KML", "", true},
    {"geojson", "GeoJSON", "", false},
    {"csv", "CSV", "CSV:", false},
};

static bool begins(const unsigned char *head, size_t n, const char *sign, size_t n_sign)
{
    return n >= n_sign && memcmp(head, sign, n_sign) == 0;
}

/* One row of texts under names, as far as the first line tells. */
static bool is_csv(const unsigned char *head, size_t n)
{
    const unsigned char *end = memchr(head, '\n', n);
    struct str line = {(const char *)head, end == NULL ? 0 : (size_t)(end - head)};
    return line.n > 2 && utf8_valid(line) && memchr(line.p, '\0', line.n) == NULL &&
           (memchr(line.p, ',', line.n) != NULL || memchr(line.p, ';', line.n) != NULL);
}

const struct file_shape_kind *file_shape_kind_find(const unsigned char *head, size_t n)
{
    size_t skip = begins(head, n, "\xef\xbb\xbf", 3) ? 3 : 0;
    if (begins(head, n, "PK\x03\x04", 4)) {
        return &kinds[0];
    }
    if (begins(head, n, "SQLite format 3", 16)) {
        return &kinds[1];
    }
    if (begins(head, n,
               "fgb\x03"
               "fgb",
               7)) {
        return &kinds[2];
    }
    while (skip < n && strchr(" \t\r\n", head[skip]) != NULL && head[skip] != '\0') {
        skip++;
    }
    if (skip < n && head[skip] == '<') {
        return memmem(head, n, "<kml", 4) != NULL ? &kinds[3] : NULL;
    }
    if (skip < n && head[skip] == '{') {
        return &kinds[4];
    }
    return is_csv(head, n) ? &kinds[5] : NULL;
}

/* ---- which drivers there are ---- */

static char formats[FORMATS_MAX];
static pthread_once_t formats_once = PTHREAD_ONCE_INIT;

static void read_formats(void)
{
    static char list[] = "formats";
    char *argv[] = {program, list, NULL};
    char *environment[] = {NULL};
    int code = 0;
    const struct apart run = {
        .program = program,
        .argv = argv,
        .environment = environment,
        .fds = {APART_NULL, APART_WORDS, APART_NULL, APART_MISSING, APART_MISSING},
        .wall_ms = SHAPE_WALL_MS,
        .words = formats,
        .words_max = sizeof(formats)};
    if (apart_run(&run, &code) != APART_EXITED || code != 0) {
        formats[0] = '\0';
    }
}

/* "GDAL_SKIP=A,B,...": every driver that GDAL has, but the one that may look and the one that
 * writes. Lines are "  GPKG -raster,vector- (rw+vs): GeoPackage". NULL: GDAL did not say. */
static char *skip_others(const char *driver)
{
    (void)pthread_once(&formats_once, read_formats);
    struct str rest = str_of(formats);
    struct strbuf out;
    size_t n = 0;
    strbuf_init(&out, FORMATS_MAX);
    strbuf_append_z(&out, "GDAL_SKIP=");
    while (rest.n > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        const char *flags = memmem(line.p, line.n, " -", 2);
        struct str name = {line.p, flags == NULL ? 0 : (size_t)(flags - line.p)};
        if (name.n > 0 && !str_equal_z(name, driver) && !str_equal_z(name, OUTPUT_DRIVER)) {
            strbuf_append_z(&out, n++ == 0 ? "" : ",");
            strbuf_append(&out, name.p, name.n);
        }
    }
    if (n == 0 || out.failed) {
        strbuf_free(&out);
        return NULL;
    }
    char *made = strdup(out.p);
    strbuf_free(&out);
    return made;
}

/* ---- the process ---- */

static enum file_shape_end run_shapes(char *const argv[], const char *driver, int file, int out,
                                      char words[SHAPE_WORDS_MAX])
{
    static char language[] = "LC_ALL=C.UTF-8";
    static char plugins[] = "GDAL_DRIVER_PATH=disable";
    static char network[] = "PROJ_NETWORK=OFF";
    static char threads[] = "GDAL_NUM_THREADS=1";
    static char rings[] = "OGR_GEOMETRY_ACCEPT_UNCLOSED_RING=YES"; /* refused by name, later */
    char *skip = skip_others(driver);
    char *environment[] = {language, plugins, network, threads, rings, skip, NULL};
    int code = 0;
    words[0] = '\0';
    if (skip == NULL || lseek(file, 0, SEEK_SET) != 0) {
        free(skip);
        return SHAPE_FAILED;
    }
    const struct apart run = {.program = program,
                              .argv = argv,
                              .environment = environment,
                              .fds = {file, out, APART_WORDS, APART_MISSING, APART_MISSING},
                              .wall_ms = SHAPE_WALL_MS,
                              .words = words,
                              .words_max = SHAPE_WORDS_MAX};
    enum apart_end end = apart_run(&run, &code);
    free(skip);
    if (end == APART_EXITED && (code == SHAPE_READ || code == SHAPE_DAMAGED)) {
        return (enum file_shape_end)code;
    }
    log_warn("shapes.failed", "driver=\"%s\" end=%d code=%d", driver, (int)end, code);
    return end == APART_LATE ? SHAPE_LATE : end == APART_KILLED ? SHAPE_COSTLY : SHAPE_FAILED;
}

enum file_shape_end file_shape_list(int file, const struct file_shape_kind *kind, int out,
                                    char words[SHAPE_WORDS_MAX])
{
    static char list[] = "list";
    char prefix[16];
    char *argv[] = {program, list, prefix, NULL};
    (void)snprintf(prefix, sizeof(prefix), "%s", kind->prefix);
    return run_shapes(argv, kind->driver, file, out, words);
}

enum file_shape_end file_shape_read(int file, const struct file_shape_kind *kind, const char *layer,
                                    bool keep, int out, char words[SHAPE_WORDS_MAX])
{
    static char read[] = "read";
    static char keep_word[] = "keep";
    char prefix[16];
    char name[256];
    char places[8];
    char *argv[] = {program, read, places, prefix, name, keep ? keep_word : NULL, NULL};
    (void)snprintf(prefix, sizeof(prefix), "%s", kind->prefix);
    (void)snprintf(name, sizeof(name), "%s", layer);
    (void)snprintf(places, sizeof(places), "%s", strcmp(kind->name, "csv") == 0 ? "places" : "own");
    return run_shapes(argv, kind->driver, file, out, words);
}
