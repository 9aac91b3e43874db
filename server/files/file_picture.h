/* Pictures made anew by a process of its own, build/hotline-picture (server/picture): a decoder
 * that crashes, runs away or is taken over by a picture takes nothing of the service with it. Why:
 * docs/decisions/0012-pictures-apart.md. */
#ifndef FILES_FILE_PICTURE_H
#define FILES_FILE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/base/err.h"

#define PICTURE_WEB_SIDE     1600
#define PICTURE_THUMB_SIDE   320
#define PICTURE_SIDE_MAX     32767
#define PICTURE_CPU_S        10
#define PICTURE_WALL_MS      40000
#define PICTURE_MEMORY_BYTES ((uint64_t)1536 << 20)
#define PICTURE_FILE_BYTES   ((uint64_t)16 << 20) /* of each picture that it writes */

/* Exit statuses of the process. */
enum file_picture_end {
    PICTURE_MADE = 0,
    PICTURE_FAILED = 1, /* no fault of the picture's */
    PICTURE_DAMAGED = 3,
    PICTURE_TOO_LARGE = 4,
    PICTURE_COSTLY = 5, /* it was killed, by its limits or by a crash */
    PICTURE_LATE = 6,   /* this machine is too busy */
};

struct file_picture {
    int width, height; /* of the web picture */
    bool has_taken;
    bool taken_zoned; /* the camera knew its zone; else it is the city's */
    int64_t taken_us;
    bool has_place;
    double lon, lat, accuracy_m; /* accuracy < 0: not told */
};

/* Where the program is: beside this one. False: nowhere. Before any thread runs. */
bool file_picture_find(void);

/* Makes `file` (opened to be read) into two JPEGs, written to web and thumb. Waits for the process:
 * for threads that may wait. */
enum file_picture_end file_picture_make(int file, const char *type, int web, int thumb,
                                        struct file_picture *out);

/* Reads what the process told; it may tell anything. */
void file_picture_read(const char *facts, struct file_picture *out);

#endif
