/* What a file is, by its content alone: neither its name nor what the client says counts.
 *
 * Pure but for reading the file it is given. Only types that browsers show or play are known.
 * Besides the first bytes, the structure is followed far enough to see that the file is whole and
 * is nothing else too: a picture with a web page or an archive inside is refused, even though
 * pictures are made anew. What phones append to their pictures (more pictures, a short film) is no
 * harm. */
#ifndef FILES_FILE_KIND_H
#define FILES_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum file_group { FILE_IMAGE, FILE_VIDEO, FILE_AUDIO, FILE_DOCUMENT };

struct file_type {
    const char *type; /* "image/jpeg" */
    enum file_group group;
};

/* The first so many bytes of a file are enough to know it. */
#define FILE_KIND_HEAD 4096

/* NULL: none that is taken. */
const struct file_type *file_kind_find(const unsigned char *head, size_t n);

enum file_fault {
    FILE_FINE,
    FILE_UNKNOWN, /* no type that is taken */
    FILE_EMPTY,
    FILE_TOO_LARGE,  /* for its kind */
    FILE_DAMAGED,    /* cut short, or not what its first bytes say */
    FILE_PIXELS,     /* too many */
    FILE_HIDDEN,     /* something else is in it */
    FILE_BOMB,       /* costs more than it can be worth */
    FILE_NAME,       /* its name is a path, or no text */
    FILE_UNREADABLE, /* the disk failed */
};

/* Follows the structure of a whole file. */
enum file_fault file_kind_check(int fd, uint64_t size, const struct file_type *type);

/* "image", "video", ... */
const char *file_group_name(enum file_group group);

#endif
