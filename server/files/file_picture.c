#include "server/files/file_picture.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/files/apart.h"

#define FACTS_MAX    2048
#define TAKEN_MIN_US INT64_C(631152000000000) /* 1990 */

static char program[PATH_MAX];

bool file_picture_find(void)
{
    return apart_find("hotline-picture", program);
}

/* ---- facts ---- */

/* "YYYY:MM:DD HH:MM:SS", and "+HH:MM" where the camera knew its zone. */
static void read_taken(struct str text, struct file_picture *out)
{
    static const char form[] = "dddd:dd:dd dd:dd:dd";
    char rfc[48];
    bool zoned = text.n == sizeof(form) - 1 + 6 && strchr("+-", text.p[sizeof(form) - 1]) != NULL;
    if (!zoned && text.n != sizeof(form) - 1) {
        return;
    }
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (form[i] == 'd' ? !digit : text.p[i] != form[i]) {
            return;
        }
    }
    snprintf(rfc, sizeof(rfc), "%.4s-%.2s-%.2sT%.8s%.*s", text.p, text.p + 5, text.p + 8,
             text.p + 11, zoned ? 6 : 0, text.p + 19);
    out->has_taken = clock_parse_any(str_of(rfc), &out->taken_us) && out->taken_us > TAKEN_MIN_US &&
                     out->taken_us < clock_now_us() + INT64_C(86400000000);
    out->taken_zoned = zoned;
}

/* Two numbers within a bound, with a blank between; or, where `b` is NULL, one. */
static bool read_numbers(const char *text, double most, double *a, double *b)
{
    char *end = NULL;
    *a = strtod(text, &end);
    bool fine = end != text && *a >= -most && *a <= most;
    if (fine && b != NULL) {
        text = end;
        *b = strtod(text, &end);
        fine = end != text && *b >= -most && *b <= most;
    }
    return fine && *end == '\0';
}

static void read_fact(const char *key, const char *rest, struct file_picture *out)
{
    double a = 0;
    double b = 0;
    if (strcmp(key, "size") == 0 && read_numbers(rest, PICTURE_SIDE_MAX, &a, &b)) {
        out->width = (int)a;
        out->height = (int)b;
    } else if (strcmp(key, "place") == 0 && read_numbers(rest, 180, &a, &b) && b >= -90 &&
               b <= 90) {
        out->has_place = true;
        out->lon = a;
        out->lat = b;
    } else if (strcmp(key, "accuracy") == 0 && read_numbers(rest, 100000, &a, NULL) && a >= 0) {
        out->accuracy_m = a;
    } else if (strcmp(key, "taken") == 0) {
        read_taken(str_of(rest), out);
    }
}

void file_picture_read(const char *facts, struct file_picture *out)
{
    *out = (struct file_picture){.accuracy_m = -1};
    struct str rest = str_of(facts);
    while (rest.n > 0) {
        char line[128];
        struct str piece = str_cut(&rest, '\n');
        snprintf(line, sizeof(line), "%.*s", (int)(piece.n < 120 ? piece.n : 120), piece.p);
        char *blank = strchr(line, ' ');
        if (blank != NULL) {
            *blank = '\0';
            read_fact(line, blank + 1, out);
        }
    }
}

/* ---- the process ---- */

static enum file_picture_end end_of(enum apart_end end, int code, const char *type)
{
    if (end == APART_LATE) {
        log_warn("picture.late", "type=%s", type);
        return PICTURE_LATE;
    }
    if (end == APART_KILLED) {
        log_warn("picture.killed", "type=%s signal=%d", type, code);
        return PICTURE_COSTLY;
    }
    if (end == APART_FAILED ||
        (code != PICTURE_MADE && code != PICTURE_DAMAGED && code != PICTURE_TOO_LARGE)) {
        log_warn("picture.failed", "type=%s status=%d", type, code);
        return PICTURE_FAILED;
    }
    return (enum file_picture_end)code;
}

enum file_picture_end file_picture_make(int file, const char *type, int web, int thumb,
                                        struct file_picture *out)
{
    static char language[] = "LC_ALL=C";
    static char threads[] = "VIPS_CONCURRENCY=1";
    static char *const environment[] = {language, threads, NULL};
    char facts[FACTS_MAX] = "";
    char kind[32];
    char *argv[] = {program, kind, NULL};
    int code = 0;
    snprintf(kind, sizeof(kind), "%s", type);
    const struct apart run = {.program = program,
                              .argv = argv,
                              .environment = environment,
                              .fds = {file, APART_WORDS, APART_NULL, web, thumb},
                              .wall_ms = PICTURE_WALL_MS,
                              .words = facts,
                              .words_max = sizeof(facts)};
    enum file_picture_end end = PICTURE_FAILED;
    if (lseek(file, 0, SEEK_SET) == 0) {
        enum apart_end ended = apart_run(&run, &code);
        end = end_of(ended, code, type);
    }
    file_picture_read(facts, out);
    return end == PICTURE_MADE && (out->width < 1 || out->height < 1 ||
                                   out->width > PICTURE_WEB_SIDE || out->height > PICTURE_WEB_SIDE)
               ? PICTURE_FAILED
               : end;
}
