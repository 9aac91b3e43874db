/* Shapes (GeoJSON, zipped shapefiles, GeoPackages, ...) read by GDAL in a process of its own,
 * build/hotline-shapes (server/shapes), which can open nothing but the file it is given. Why:
 * docs/decisions/0019-shapes-apart.md. */
#ifndef FILES_FILE_SHAPE_H
#define FILES_FILE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHAPE_CPU_S        120
#define SHAPE_WALL_MS      240000
#define SHAPE_MEMORY_BYTES ((uint64_t)2048 << 20)
#define SHAPE_OUTPUT_BYTES ((uint64_t)1024 << 20) /* of lines: what a bomb may become */
#define SHAPE_WORDS_MAX    2048
#define SHAPE_LAYERS_MAX   64

/* Exit statuses of the process; 1 is GDAL's own. */
enum file_shape_end {
    SHAPE_READ = 0,
    SHAPE_DAMAGED = 1, /* GDAL could not read it */
    SHAPE_FAILED = 3,  /* no fault of the file's: it could not be shut in, or not begin */
    SHAPE_COSTLY = 5,  /* it was killed, by its limits or by a crash */
    SHAPE_LATE = 6,    /* this machine is too busy */
};

/* What a file is by its first bytes. */
struct file_shape_kind {
    const char *name;   /* "geojson", as the page has it */
    const char *driver; /* of GDAL: the only one that may look at it */
    const char *prefix; /* before its path */
    bool layers;        /* may hold several */
};
/* NULL: none that is taken. */
const struct file_shape_kind *file_shape_kind_find(const unsigned char *head, size_t n);

/* Where the program is: beside this one. False: nowhere. Before any thread runs. */
bool file_shape_find(void);

/* Both run the process on `file` and wait for it: for threads that may wait. `words` gets what GDAL
 * complained of, as text that an attacker may have written. */

/* The names of the layers, one a line, into `out` (opened to be written). */
enum file_shape_end file_shape_list(int file, const struct file_shape_kind *kind, int out,
                                    char words[SHAPE_WORDS_MAX]);
/* One feature a line, into `out`. `layer` may be "". With `keep`, coordinates stay the numbers that
 * they are; otherwise they become degrees of WGS 84. */
enum file_shape_end file_shape_read(int file, const struct file_shape_kind *kind, const char *layer,
                                    bool keep, int out, char words[SHAPE_WORDS_MAX]);

#endif
