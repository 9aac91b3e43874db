/* hotline-picture TYPE: makes one picture anew, apart from the service.
 *
 * What decodes pictures is large and is fed by strangers, so it runs here, in a process that lives
 * for one picture, may use little memory and time, can open no socket, start no program and write
 * no file but those it was given. The service trusts nothing of what comes back.
 *
 *   0  the file, to be read        3  gets the picture in web size, JPEG
 *   1  gets lines of facts         4  gets the thumbnail, JPEG
 *
 * Facts: "size W H" of the web picture, "source W H", "taken YYYY:MM:DD HH:MM:SS[+HH:MM]",
 * "place LON LAT" and "accuracy M" if the camera wrote them. Exit status: enum file_picture_end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vips/vips.h>

#include "server/files/file_picture.h"

#define WEB_FD   3
#define THUMB_FD 4

struct picture_kind {
    const char *type;
    int (*load)(VipsSource *source, VipsImage **out, ...);
    double pixels_max;
};

/* Phones take up to 108 million pixels as JPEG or HEIC; what is larger, or is not a photograph and
 * still so large, is a bomb. */
static const struct picture_kind kinds[] = {
    {"image/jpeg", vips_jpegload_source, 120e6},
    {"image/heic", vips_heifload_source, 120e6},
    {"image/png", vips_pngload_source, 40e6},
    {"image/webp", vips_webpload_source, 40e6},
};

/* Leak reports are about what libraries keep until the end. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static bool limit(int what, rlim_t most)
{
    struct rlimit l = {most, most};
    return setrlimit(what, &l) == 0;
}

static bool bound_self(void)
{
    bool bound = limit(RLIMIT_CPU, PICTURE_CPU_S) && limit(RLIMIT_FSIZE, PICTURE_FILE_BYTES) &&
                 limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 64);
#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes */
    bound = bound && limit(RLIMIT_AS, PICTURE_MEMORY_BYTES);
#endif
    close_range(THUMB_FD + 1, ~0U, 0);
    (void)setpriority(PRIO_PROCESS, 0, 10); /* the service comes first */
    return bound && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* From here on: no socket, no other program, no look into other processes, no file opened to be
 * written. A system call that is refused fails, so that a library that asks goes on without. */
static bool confine_self(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
#ifdef __x86_64__
    const unsigned machine = AUDIT_ARCH_X86_64;
#else
    const unsigned machine = AUDIT_ARCH_AARCH64;
#endif
#define NUMBER       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define REFUSED      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), REFUSED
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        NUMBER,
        REFUSE(socket),
        REFUSE(socketpair),
        REFUSE(connect),
        REFUSE(execve),
        REFUSE(execveat),
        REFUSE(ptrace),
        REFUSE(process_vm_readv),
        REFUSE(process_vm_writev),
        REFUSE(kill),
        REFUSE(unlinkat),
        REFUSE(renameat),
        REFUSE(renameat2),
        REFUSE(linkat),
        REFUSE(mkdirat),
#ifdef __x86_64__
        REFUSE(fork),
        REFUSE(vfork),
        REFUSE(open),
        REFUSE(creat),
        REFUSE(unlink),
        REFUSE(rename),
        REFUSE(link),
        REFUSE(mkdir),
#endif
#ifdef SYS_openat2
        REFUSE(openat2),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT, 0, 1),
        REFUSED,
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
#else
    return true;
#endif
}

/* What could not be read is painted black by a cache on the way, which only warns. */
static bool unreadable;

static void on_warning(const char *domain, GLogLevelFlags level, const char *text, void *arg)
{
    (void)domain;
    (void)level;
    (void)arg;
    unreadable = unreadable || strstr(text, "error in tile") != NULL ||
                 strcasestr(text, "not enough") != NULL;
}

/* Only these four may read, whatever a file claims to be. */
static bool start_vips(const char *self)
{
    static const char *const readers[] = {"VipsForeignLoadJpeg", "VipsForeignLoadPng",
                                          "VipsForeignLoadWebp", "VipsForeignLoadHeif"};
    if (VIPS_INIT(self) != 0) {
        return false;
    }
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        vips_operation_block_set(readers[i], FALSE);
    }
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, on_warning, NULL);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    return true;
}

/* ---- what the camera wrote ---- */

static const char *exif_text(VipsImage *image, const char *field)
{
    const char *text = NULL;
    return vips_image_get_typeof(image, field) != 0 &&
                   vips_image_get_string(image, field, &text) == 0
               ? text
               : NULL;
}

/* "10/1 46/1 4706/100 (...": degrees, minutes, seconds. */
static bool read_angle(const char *text, const char *side, const char *negative, double *out)
{
    double part[3];
    if (text == NULL || side == NULL) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        char *end = NULL;
        double top = strtod(text, &end);
        if (end == text || *end != '/') {
            return false;
        }
        text = end + 1;
        double bottom = strtod(text, &end);
        if (end == text || !(bottom > 0)) {
            return false;
        }
        part[i] = top / bottom;
        text = end;
    }
    *out = part[0] + part[1] / 60 + part[2] / 3600;
    if (strncasecmp(side, negative, 1) == 0) {
        *out = -*out;
    }
    return isfinite(*out);
}

static void tell_place(VipsImage *image)
{
    double lon = 0;
    double lat = 0;
    if (!read_angle(exif_text(image, "exif-ifd3-GPSLongitude"),
                    exif_text(image, "exif-ifd3-GPSLongitudeRef"), "W", &lon) ||
        !read_angle(exif_text(image, "exif-ifd3-GPSLatitude"),
                    exif_text(image, "exif-ifd3-GPSLatitudeRef"), "S", &lat) ||
        (lon == 0 && lat == 0)) { /* what a phone writes that has no fix */
        return;
    }
    printf("place %.7f %.7f\n", lon, lat);
    const char *error = exif_text(image, "exif-ifd3-GPSHPositioningError");
    char *end = NULL;
    double top = error == NULL ? -1 : strtod(error, &end);
    double bottom = top < 0 || *end != '/' ? 0 : strtod(end + 1, NULL);
    if (bottom > 0 && isfinite(top / bottom)) {
        printf("accuracy %.1f\n", top / bottom);
    }
}

static void tell_time(VipsImage *image)
{
    const char *at = exif_text(image, "exif-ifd2-DateTimeOriginal");
    const char *zone = exif_text(image, "exif-ifd2-OffsetTimeOriginal");
    if (at != NULL && strlen(at) >= 19) {
        printf("taken %.19s%.6s\n", at, zone != NULL && strlen(zone) >= 6 ? zone : "");
    }
}

/* ---- the pictures ---- */

/* Turned upright, in sRGB of eight bits, without transparency. A JPEG is decoded at a half, a
 * fourth or an eighth of its size where that is enough. */
static VipsImage *made_small(const struct picture_kind *kind, int side, int shrink)
{
    VipsSource *source = vips_source_new_from_descriptor(0);
    VipsImage *large = NULL;
    VipsImage *small = NULL;
    VipsImage *flat = NULL;
    VipsImage *kept = NULL;
    double white[] = {255};
    VipsArrayDouble *background = vips_array_double_new(white, 1);
    bool made = source != NULL;
    if (made && kind->load == vips_jpegload_source) {
        made = kind->load(source, &large, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                          VIPS_FAIL_ON_ERROR, "shrink", shrink, NULL) == 0;
    } else if (made) {
        made = kind->load(source, &large, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                          VIPS_FAIL_ON_ERROR, NULL) == 0;
    }
    made = made && vips_thumbnail_image(large, &small, side, "height", side, "size", VIPS_SIZE_DOWN,
                                        "export_profile", "srgb", NULL) == 0;
    if (made && vips_image_hasalpha(small)) {
        made = vips_flatten(small, &flat, "background", background, NULL) == 0;
    } else if (made) {
        flat = small;
        g_object_ref(flat);
    }
    if (made) {
        kept = vips_image_copy_memory(flat); /* all of it is decoded here, or fails */
    }
    vips_area_unref(VIPS_AREA(background));
    g_clear_object(&flat);
    g_clear_object(&small);
    g_clear_object(&large);
    g_clear_object(&source);
    return kept;
}

static bool save(VipsImage *image, int fd, int quality)
{
    VipsTarget *target = vips_target_new_to_descriptor(fd);
    bool saved = target != NULL && vips_jpegsave_target(image, target, "Q", quality, "strip", TRUE,
                                                        "optimize_coding", TRUE, NULL) == 0;
    g_clear_object(&target);
    return saved;
}

/* Leaves twice what is needed, so that the last step makes it smooth. */
static int shrink_of(int longest)
{
    int shrink = 8;
    while (shrink > 1 && longest / shrink < 2 * PICTURE_WEB_SIDE) {
        shrink /= 2;
    }
    return shrink;
}

static int make(const struct picture_kind *kind)
{
    VipsSource *source = vips_source_new_from_descriptor(0);
    VipsImage *image = NULL;
    if (source == NULL || kind->load(source, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                     VIPS_FAIL_ON_ERROR, NULL) != 0) {
        return PICTURE_DAMAGED;
    }
    int width = vips_image_get_width(image);
    int height = vips_image_get_height(image);
    if ((double)width * height > kind->pixels_max || width > PICTURE_SIDE_MAX ||
        height > PICTURE_SIDE_MAX) {
        return PICTURE_TOO_LARGE;
    }
    tell_time(image);
    tell_place(image);
    g_clear_object(&image);
    g_clear_object(&source);
    if (lseek(0, 0, SEEK_SET) != 0) {
        return PICTURE_FAILED;
    }
    VipsImage *web = made_small(kind, PICTURE_WEB_SIDE, shrink_of(width > height ? width : height));
    VipsImage *thumb = NULL;
    if (web == NULL || unreadable) {
        return PICTURE_DAMAGED;
    }
    if (vips_thumbnail_image(web, &thumb, PICTURE_THUMB_SIDE, "height", PICTURE_THUMB_SIDE, "size",
                             VIPS_SIZE_DOWN, NULL) != 0 ||
        !save(web, WEB_FD, 82) || !save(thumb, THUMB_FD, 75)) {
        return PICTURE_FAILED;
    }
    printf("source %d %d\n", width, height);
    printf("size %d %d\n", vips_image_get_width(web), vips_image_get_height(web));
    return fflush(stdout) == 0 ? PICTURE_MADE : PICTURE_FAILED;
}

int main(int argc, char **argv)
{
    size_t i = 0;
    const size_t n = sizeof(kinds) / sizeof(kinds[0]);
    while (argc == 2 && i < n && strcmp(kinds[i].type, argv[1]) != 0) {
        i++;
    }
    if (argc != 2 || i == n || !bound_self() || !start_vips(argv[0]) || !confine_self()) {
        return PICTURE_FAILED;
    }
    int end = make(&kinds[i]);
    fflush(stdout);
    _exit(end); /* the libraries' own tidying is of no use to anybody */
}
