/* multipart/form-data (RFC 7578) read piece by piece, in whatever pieces it comes.
 *
 * Pure: no file, no socket. What a part holds is handed on as it comes, in order, and never kept;
 * only a part's head and a delimiter that may have begun are. Whoever takes the parts bounds their
 * number and size. */
#ifndef FILES_MULTIPART_H
#define FILES_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

#define MULTIPART_BOUNDARY_MAX 70
#define MULTIPART_HEAD_MAX     4096

/* Texts are borrowed until `begin` returns, and are whatever bytes were sent: check them. */
struct multipart_part {
    struct str name;
    struct str filename; /* p is NULL: none, a plain field */
    struct str type;     /* Content-Type, "" without one */
};

/* Each answers false to stop: feeding then answers MULTIPART_STOPPED from there on. */
struct multipart_sink {
    bool (*begin)(void *arg, const struct multipart_part *part);
    bool (*bytes)(void *arg, const char *p, size_t n);
    bool (*end)(void *arg);
    void *arg;
};

enum multipart_state {
    MULTIPART_PREAMBLE,
    MULTIPART_AFTER, /* a delimiter: "--" ends, the line's end begins a part */
    MULTIPART_HEAD,
    MULTIPART_BODY,
    MULTIPART_DONE, /* the last delimiter has been; what follows is nothing */
    MULTIPART_MALFORMED,
    MULTIPART_STOPPED,
};

/* Give it to no function but these. */
struct multipart {
    struct multipart_sink sink;
    enum multipart_state state;
    char delimiter[4 + MULTIPART_BOUNDARY_MAX + 1];
    size_t n_delimiter;
    size_t matched; /* bytes of the delimiter that were seen last */
    bool fresh;     /* of these, the line end stands before the content and is none of it */
    char head[MULTIPART_HEAD_MAX];
    size_t n_head;
};

/* The boundary that a Content-Type names; false where it is not multipart/form-data, or its
 * boundary is none. */
bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1]);

void multipart_init(struct multipart *m, const char *boundary, const struct multipart_sink *sink);
/* The state after these bytes. Once malformed or stopped, it stays so. */
enum multipart_state multipart_feed(struct multipart *m, const char *p, size_t n);

#endif
