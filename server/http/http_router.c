#include <string.h>

#include "server/http/http_internal.h"

/* Matches one segment against "{name}", "{name}.ext" or a literal; fills name and value. */
static bool segment_matches(struct http_request *r, struct str pattern, struct str segment)
{
    if (pattern.n == 0 || pattern.p[0] != '{') {
        return str_equal(pattern, segment);
    }
    const char *close = memchr(pattern.p, '}', pattern.n);
    struct str suffix = {close + 1, pattern.n - (size_t)(close + 1 - pattern.p)};
    if (segment.n <= suffix.n || r->n_parameters == HTTP_PARAMETERS_MAX ||
        memcmp(segment.p + segment.n - suffix.n, suffix.p, suffix.n) != 0) {
        return false;
    }
    r->names[r->n_parameters] =
        arena_strndup(r->arena, pattern.p + 1, (size_t)(close - pattern.p) - 1);
    r->values[r->n_parameters] = arena_strndup(r->arena, segment.p, segment.n - suffix.n);
    r->n_parameters++;
    return r->names[r->n_parameters - 1] != NULL && r->values[r->n_parameters - 1] != NULL;
}

/* False where the pattern's text before its first parameter rules the path out: most rows are told
 * from most paths by their first letters. */
static bool may_match(const char *pattern, const char *path, size_t n)
{
    size_t i = 0;
    while (i < n && pattern[i] == path[i] && pattern[i] != '\0' && pattern[i] != '{') {
        i++;
    }
    return pattern[i] == '\0' || pattern[i] == '{';
}

static bool path_matches(struct http_request *r, const char *pattern)
{
    struct str want = str_of(pattern);
    struct str have = str_of(r->path);
    r->n_parameters = 0;
    while (want.n > 0 || have.n > 0) {
        struct str a = str_cut(&want, '/');
        struct str b = str_cut(&have, '/');
        if (!segment_matches(r, a, b) || (want.n == 0) != (have.n == 0)) {
            return false;
        }
    }
    return true;
}

const struct http_route *http_route_find(struct http_request *r, unsigned *allowed)
{
    const struct http_options *o = &r->http->options;
    const size_t n = strlen(r->path);
    *allowed = 0;
    for (size_t i = 0; i < o->n_routes; i++) {
        const struct http_route *row = &o->routes[i];
        if (!may_match(row->pattern, r->path, n) || !path_matches(r, row->pattern)) {
            continue;
        }
        unsigned methods = row->methods | ((row->methods & HTTP_GET) != 0 ? HTTP_HEAD : 0U);
        if ((methods & (unsigned)r->method) != 0) {
            return row;
        }
        *allowed |= methods & ~(unsigned)HTTP_STREAM;
    }
    return NULL;
}

static bool stream_matches(const char *pattern, struct str path)
{
    struct str want = str_of(pattern);
    while (want.n > 0 || path.n > 0) {
        struct str a = str_cut(&want, '/');
        struct str b = str_cut(&path, '/');
        bool any = a.n > 0 && a.p[0] == '{';
        if ((any ? b.n == 0 : !str_equal(a, b)) || (want.n == 0) != (path.n == 0)) {
            return false;
        }
    }
    return true;
}

bool http_route_streams(const struct http *h, struct str path)
{
    for (size_t i = 0; i < h->options.n_routes; i++) {
        const struct http_route *row = &h->options.routes[i];
        if ((row->methods & HTTP_STREAM) != 0 && may_match(row->pattern, path.p, path.n) &&
            stream_matches(row->pattern, path)) {
            return true;
        }
    }
    return false;
}
