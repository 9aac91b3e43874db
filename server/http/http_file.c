/* Files as answers, whole or by one range (RFC 9110, 14). */
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/http/http_internal.h"
#include "server/http/http_problem.h"

struct range {
    uint64_t from, n;
};

static bool digits(const char **at, uint64_t *out)
{
    const char *p = *at;
    uint64_t n = 0;
    while (*p >= '0' && *p <= '9' && p - *at < 16) {
        n = n * 10 + (uint64_t)(*p++ - '0');
    }
    bool some = p != *at;
    *at = p;
    *out = n;
    return some;
}

enum range_kind { RANGE_NONE, RANGE_ONE, RANGE_OUTSIDE };

/* "bytes=10-19", "bytes=10-", "bytes=-5". Several ranges, or what is none: the whole is answered,
 * as a server may. */
static enum range_kind parse_range(const char *text, uint64_t size, struct range *out)
{
    uint64_t first = 0;
    uint64_t last = 0;
    if (text == NULL || strncmp(text, "bytes=", 6) != 0) {
        return RANGE_NONE;
    }
    const char *at = text + 6;
    bool has_first = digits(&at, &first);
    if (*at++ != '-') {
        return RANGE_NONE;
    }
    bool has_last = digits(&at, &last);
    if (*at != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first)) {
        return RANGE_NONE;
    }
    if (!has_first) { /* the last so many bytes */
        first = last > size ? 0 : size - last;
        has_last = false;
    }
    if (first >= size) {
        return RANGE_OUTSIDE;
    }
    *out = (struct range){first, (has_last && last < size ? last + 1 : size) - first};
    return RANGE_ONE;
}

/* The range counts only for the version that the client has the rest of. */
static enum range_kind wanted_range(const struct http_request *r, const struct http_file *f,
                                    struct range *out)
{
    const char *version = http_header(r, "If-Range");
    *out = (struct range){0, f->size};
    if (version != NULL && strcmp(version, f->etag) != 0) {
        return RANGE_NONE;
    }
    return parse_range(http_header(r, "Range"), f->size, out);
}

static struct evbuffer *file_body(int fd, const struct range *part)
{
    struct evbuffer *body = evbuffer_new();
    if (body == NULL) {
        close(fd);
        return NULL;
    }
    /* So that the bytes go from the disk to the socket and are never mapped. */
    evbuffer_set_flags(body, EVBUFFER_FLAG_DRAINS_TO_FD);
    if (evbuffer_add_file(body, fd, (ev_off_t)part->from, (ev_off_t)part->n) != 0) {
        close(fd);
        evbuffer_free(body);
        return NULL;
    }
    return body;
}

void http_send_file(struct http_request *r, const struct http_file *f)
{
    struct range part;
    if (r->ev == NULL) {
        close(f->fd);
        return;
    }
    enum range_kind kind = wanted_range(r, f, &part);
    http_set_header(r, "Accept-Ranges", "bytes");
    if (kind == RANGE_OUTSIDE) {
        close(f->fd);
        http_set_header(r, "Content-Range",
                        arena_printf(r->arena, "bytes */%llu", (unsigned long long)f->size));
        http_problem(r, 416, NULL);
        return;
    }
    struct http_reply reply = {.status = 200,
                               .type = f->type,
                               .body = {"", 0},
                               .etag = f->etag,
                               .cache_control = f->cache_control};
    if (kind == RANGE_ONE) {
        reply.status = 206;
        http_set_header(r, "Content-Range",
                        arena_printf(r->arena, "bytes %llu-%llu/%llu",
                                     (unsigned long long)part.from,
                                     (unsigned long long)(part.from + part.n - 1),
                                     (unsigned long long)f->size));
    }
    struct evbuffer *body = file_body(f->fd, &part);
    if (body == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    http_send_buffer(r, &reply, body);
}
