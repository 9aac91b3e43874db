#include "server/files/file_scan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CHUNKS_MAX  4000                /* segments, chunks or boxes at the top of a file */
#define EXIF_MAX    3                   /* blocks of it in one file */
#define FOLDERS_MAX 12                  /* of an Exif block */
#define ENTRIES_MAX 1000                /* of a folder */
#define VALUES_MAX  (UINT32_C(1) << 26) /* of an entry: a block has room for 65,536 bytes */
#define ZIP_TAIL    ((size_t)66 << 10)
#define WINDOW      ((size_t)128 << 10)
#define OVERLAP     32

/* Exactly n bytes at `at`; false past the end. */
static bool bytes_at(struct file_scan *s, uint64_t at, unsigned char *out, size_t n)
{
    if (at > s->size || n > s->size - at) {
        return false;
    }
    if (pread(s->fd, out, n, (off_t)at) != (ssize_t)n) {
        s->failed = true;
        return false;
    }
    return true;
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t le32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* ---- Exif ---- */

struct tiff {
    const unsigned char *p;
    size_t n;
    bool little;
};

static uint32_t tiff_number(const struct tiff *t, size_t at, int bytes)
{
    const unsigned char *p = t->p + at;
    if (bytes == 2) {
        return t->little ? (uint32_t)p[1] << 8 | p[0] : (uint32_t)p[0] << 8 | p[1];
    }
    return t->little ? le32(p) : be32(p);
}

/* Folders of an Exif block that are still to be looked at, and all that were. */
struct folders {
    uint32_t waiting[FOLDERS_MAX], seen[FOLDERS_MAX];
    size_t n_waiting, n_seen;
};

static void wait_for(struct folders *f, uint32_t at)
{
    if (f->n_waiting < FOLDERS_MAX) {
        f->waiting[f->n_waiting++] = at;
    }
}

/* False: it was looked at before, or there are too many. */
static bool first_look(struct folders *f, uint32_t at)
{
    for (size_t i = 0; i < f->n_seen; i++) {
        if (f->seen[i] == at) {
            return false;
        }
    }
    if (f->n_seen == FOLDERS_MAX) {
        return false;
    }
    f->seen[f->n_seen++] = at;
    return true;
}

/* True if one folder holds more than it can; those that it names wait. One that ends early is
 * damaged, not dangerous. */
static bool folder_bomb(const struct tiff *t, uint32_t at, struct folders *f)
{
    if (at > t->n - 2) {
        return false;
    }
    uint32_t entries = tiff_number(t, at, 2);
    size_t end = (size_t)at + 2 + (size_t)entries * 12;
    for (size_t e = (size_t)at + 2; e + 12 <= t->n && e < end; e += 12) {
        uint32_t tag = tiff_number(t, e, 2);
        if (tiff_number(t, e + 4, 4) > VALUES_MAX) {
            return true;
        }
        if (tag == 0x8769 || tag == 0x8825 || tag == 0xa005) {
            wait_for(f, tiff_number(t, e + 8, 4));
        }
    }
    if (end + 4 <= t->n && tiff_number(t, end, 4) != 0) {
        wait_for(f, tiff_number(t, end, 4));
    }
    return entries > ENTRIES_MAX;
}

bool file_scan_exif_bomb(const unsigned char *bytes, size_t n)
{
    struct tiff t = {bytes, n, n > 0 && bytes[0] == 'I'};
    struct folders f = {.n_waiting = 0};
    if (n < 8) {
        return false;
    }
    wait_for(&f, tiff_number(&t, 4, 4));
    while (f.n_waiting > 0) {
        uint32_t at = f.waiting[--f.n_waiting];
        if (!first_look(&f, at) || folder_bomb(&t, at, &f)) {
            return true;
        }
    }
    return false;
}

static bool exif_bomb_at(struct file_scan *s, uint64_t at, size_t n)
{
    unsigned char *block = malloc(n == 0 ? 1 : n);
    bool bomb = block != NULL && bytes_at(s, at, block, n) && file_scan_exif_bomb(block, n);
    free(block);
    return bomb;
}

/* ---- pictures ---- */

enum file_fault file_scan_jpeg(struct file_scan *s)
{
    uint64_t at = 2;
    size_t exifs = 0;
    for (size_t i = 0; i < CHUNKS_MAX; i++) {
        unsigned char head[10];
        if (!bytes_at(s, at, head, 4)) {
            return FILE_DAMAGED;
        }
        if (head[0] != 0xff) {
            return FILE_DAMAGED;
        }
        if (head[1] == 0xff) { /* a fill byte */
            at++;
            continue;
        }
        if (head[1] == 0xda) {
            return FILE_FINE; /* the picture itself: the decoder sees whether it is whole */
        }
        size_t n = (size_t)head[2] << 8 | head[3];
        if (head[1] == 0xd9 || n < 2) {
            return FILE_DAMAGED;
        }
        if (head[1] == 0xe1 && bytes_at(s, at, head, 10) && memcmp(head + 4, "Exif\0\0", 6) == 0) {
            if (++exifs > EXIF_MAX || (n > 8 && exif_bomb_at(s, at + 10, n - 8))) {
                return FILE_BOMB;
            }
        }
        at += 2 + n;
    }
    return FILE_BOMB;
}

enum file_fault file_scan_png(struct file_scan *s)
{
    uint64_t at = 8;
    for (size_t i = 0; i < 100 * CHUNKS_MAX; i++) {
        unsigned char head[8];
        if (!bytes_at(s, at, head, 8)) {
            return FILE_DAMAGED;
        }
        uint32_t n = be32(head);
        if (n > INT32_MAX || n > s->size - at || (i == 0 && memcmp(head + 4, "IHDR", 4) != 0)) {
            return FILE_DAMAGED;
        }
        if (memcmp(head + 4, "eXIf", 4) == 0 && n < ((uint32_t)4 << 20) &&
            exif_bomb_at(s, at + 8, n)) {
            return FILE_BOMB;
        }
        at += 12 + (uint64_t)n;
        if (memcmp(head + 4, "IEND", 4) == 0) {
            /* Nothing is appended to PNGs by those who make them. */
            return at > s->size ? FILE_DAMAGED : at < s->size ? FILE_HIDDEN : FILE_FINE;
        }
    }
    return FILE_BOMB;
}

enum file_fault file_scan_webp(struct file_scan *s)
{
    unsigned char head[8];
    if (!bytes_at(s, 0, head, 8)) {
        return FILE_DAMAGED;
    }
    uint64_t end = 8 + (uint64_t)le32(head + 4);
    if (end > s->size) {
        return FILE_DAMAGED;
    }
    if (end + 1 < s->size) {
        return FILE_HIDDEN;
    }
    uint64_t at = 12;
    for (size_t i = 0; i < CHUNKS_MAX && at < end; i++) {
        if (!bytes_at(s, at, head, 8)) {
            return FILE_DAMAGED;
        }
        uint32_t n = le32(head + 4);
        if (memcmp(head, "EXIF", 4) == 0 && n < ((uint32_t)4 << 20)) {
            bool prefixed = n > 6; /* some writers put JPEG's "Exif\0\0" before it */
            if (exif_bomb_at(s, at + 8, n) || (prefixed && exif_bomb_at(s, at + 14, n - 6))) {
                return FILE_BOMB;
            }
        }
        at += 8 + (uint64_t)n + (n & 1);
    }
    return at < end ? FILE_BOMB : at > end + 1 ? FILE_DAMAGED : FILE_FINE;
}

/* ---- film and sound ---- */

enum file_fault file_scan_boxes(struct file_scan *s)
{
    uint64_t at = 0;
    bool has_index = false;
    for (size_t i = 0; i < 100 * CHUNKS_MAX && at < s->size; i++) {
        unsigned char head[16];
        if (!bytes_at(s, at, head, 8)) {
            return FILE_DAMAGED;
        }
        uint64_t n = be32(head);
        for (size_t k = 4; k < 8; k++) {
            if (head[k] < 0x20 || head[k] == 0x7f) {
                return FILE_DAMAGED; /* no box's name */
            }
        }
        if (n == 1) {
            if (!bytes_at(s, at, head, 16)) {
                return FILE_DAMAGED;
            }
            n = (uint64_t)be32(head + 8) << 32 | be32(head + 12);
        } else if (n == 0) {
            n = s->size - at; /* to the end */
        }
        if (n < 8 || n > s->size - at) {
            return FILE_DAMAGED;
        }
        has_index =
            has_index || memcmp(head + 4, "moov", 4) == 0 || memcmp(head + 4, "meta", 4) == 0;
        at += n;
    }
    return at == s->size && has_index ? FILE_FINE : FILE_DAMAGED;
}

/* An EBML number; false past the end. `keep`: with its length marker, as names are written. */
static bool ebml_number(struct file_scan *s, uint64_t *at, bool keep, uint64_t *out, bool *unknown)
{
    unsigned char p[8];
    if (!bytes_at(s, *at, p, 1) || p[0] == 0) {
        return false;
    }
    size_t n = (size_t)__builtin_clz(p[0]) - 24 + 1;
    if (!bytes_at(s, *at, p, n)) {
        return false;
    }
    uint64_t v = keep ? p[0] : p[0] & (0xffU >> n);
    bool all_ones = (p[0] & (0xffU >> n)) == (0xffU >> n);
    for (size_t i = 1; i < n; i++) {
        v = v << 8 | p[i];
        all_ones = all_ones && p[i] == 0xff;
    }
    *unknown = all_ones;
    *at += n;
    *out = v;
    return true;
}

/* The head, then the segment up to the file's end. A recorder that streams leaves its length open.
 */
enum file_fault file_scan_ebml(struct file_scan *s)
{
    uint64_t at = 0;
    uint64_t name = 0;
    uint64_t n = 0;
    bool open = false;
    if (!ebml_number(s, &at, true, &name, &open) || name != 0x1a45dfa3 ||
        !ebml_number(s, &at, false, &n, &open) || open || n > s->size - at) {
        return FILE_DAMAGED;
    }
    at += n;
    while (at < s->size) {
        if (!ebml_number(s, &at, true, &name, &open) || !ebml_number(s, &at, false, &n, &open)) {
            return FILE_DAMAGED;
        }
        if (name == 0x18538067 && open) {
            return FILE_FINE;
        }
        if (open || n > s->size - at || (name != 0x18538067 && name != 0xec)) {
            return FILE_DAMAGED;
        }
        at += n;
    }
    return FILE_FINE;
}

enum file_fault file_scan_ogg(struct file_scan *s)
{
    uint64_t at = 0;
    while (at < s->size) {
        unsigned char head[27];
        unsigned char sizes[255];
        if (!bytes_at(s, at, head, sizeof(head)) || memcmp(head, "OggS\0", 5) != 0 ||
            !bytes_at(s, at + 27, sizes, head[26])) {
            return FILE_DAMAGED;
        }
        at += 27 + (uint64_t)head[26];
        for (size_t i = 0; i < head[26]; i++) {
            at += sizes[i];
        }
    }
    return at == s->size ? FILE_FINE : FILE_DAMAGED;
}

enum file_fault file_scan_pdf(struct file_scan *s)
{
    unsigned char tail[2048];
    size_t n = s->size < sizeof(tail) ? (size_t)s->size : sizeof(tail);
    if (!bytes_at(s, s->size - n, tail, n) || memmem(tail, n, "%%EOF", 5) == NULL) {
        return FILE_DAMAGED;
    }
    return FILE_FINE;
}

/* ---- what else is in it ---- */

/* A ZIP archive is read from its end: its last record says how far the file goes on after it. */
static bool ends_as_zip(struct file_scan *s)
{
    size_t n = s->size < ZIP_TAIL ? (size_t)s->size : ZIP_TAIL;
    unsigned char *tail = malloc(n == 0 ? 1 : n);
    bool zip = false;
    if (tail != NULL && bytes_at(s, s->size - n, tail, n)) {
        for (size_t i = 0; i + 22 <= n && !zip; i++) {
            zip = memcmp(tail + i, "PK\005\006", 4) == 0 &&
                  i + 22 + ((size_t)tail[i + 21] << 8 | tail[i + 20]) <= n;
        }
    }
    free(tail);
    return zip;
}

/* In lower case; long enough that no picture holds one by chance. */
static const char *const active[] = {"<script>", "<script ", "<html>",     "<html ",   "<?php ",
                                     "<?php\n",  "<svg xml", "<!doctype ", "<iframe ", "%pdf-1."};
static const char *const in_documents[] = {"/javascript", "/launch", "/embeddedfile"};

static bool find_any(const unsigned char *p, size_t n, const char *const *words, size_t n_words)
{
    for (const unsigned char *at = p; n > 0;) {
        const unsigned char *end = p + n;
        const unsigned char mark = (unsigned char)words[0][0];
        at = memchr(at, mark, (size_t)(end - at));
        if (at == NULL) {
            return false;
        }
        for (size_t i = 0; i < n_words; i++) {
            size_t length = strlen(words[i]);
            if ((size_t)(end - at) >= length &&
                strncasecmp((const char *)at, words[i], length) == 0) {
                return true;
            }
        }
        at++;
        if (at == end) {
            return false;
        }
    }
    return false;
}

static bool hides(const unsigned char *p, size_t n, bool document)
{
    size_t n_active = sizeof(active) / sizeof(active[0]);
    return find_any(p, n, active, n_active - 1) ||
           (document ? find_any(p, n, in_documents, sizeof(in_documents) / sizeof(in_documents[0]))
                     : find_any(p, n, active + n_active - 1, 1));
}

enum file_fault file_scan_hidden(struct file_scan *s, bool document)
{
    unsigned char *window = malloc(WINDOW);
    bool found = ends_as_zip(s);
    if (window == NULL) {
        return FILE_UNREADABLE;
    }
    for (uint64_t at = 0; at < s->size && !found && !s->failed; at += WINDOW - OVERLAP) {
        size_t n = s->size - at < WINDOW ? (size_t)(s->size - at) : WINDOW;
        found = bytes_at(s, at, window, n) && hides(window, n, document);
    }
    free(window);
    return found ? FILE_HIDDEN : FILE_FINE;
}
