#include "server/files/multipart.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- the boundary ---- */

static bool boundary_char(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("'()+_,-./:=? ", c) != NULL);
}

struct parameter {
    struct str name;
    struct str value; /* between quotes, if it has any */
    bool quoted;
};

/* Cuts the next "; name=value" or "; name=\"value\"" off; false at the end, or without its closing
 * quote. */
static bool next_parameter(struct str *rest, struct parameter *out)
{
    const char *p = rest->p;
    size_t n = rest->n;
    size_t i = 0;
    while (i < n && strchr("; \t", p[i]) != NULL && p[i] != '\0') {
        i++;
    }
    size_t start = i;
    while (i < n && p[i] != '=' && p[i] != ';') {
        i++;
    }
    out->name = str_trim((struct str){p + start, i - start});
    i += i < n && p[i] == '=' ? 1 : 0;
    out->quoted = i < n && p[i] == '"' && p[i - 1] == '=';
    i += out->quoted ? 1 : 0;
    start = i;
    while (i < n && p[i] != (out->quoted ? '"' : ';')) {
        i += out->quoted && p[i] == '\\' && i + 1 < n ? 2 : 1;
    }
    out->value = (struct str){p + start, (i < n ? i : n) - start};
    bool closed = !out->quoted || i < n;
    i += out->quoted ? 1 : 0;
    *rest = (struct str){p + (i < n ? i : n), i < n ? n - i : 0};
    return closed && out->name.n > 0;
}

/* The value of `name`. A backslash stands for itself, but before a quote or another one. False
 * where there is none or it does not fit. */
static bool parameter(struct str rest, const char *name, char *out, size_t cap, size_t *n)
{
    struct parameter found;
    while (next_parameter(&rest, &found)) {
        if (found.name.n != strlen(name) || strncasecmp(found.name.p, name, found.name.n) != 0) {
            continue;
        }
        struct str v = found.quoted ? found.value : str_trim(found.value);
        for (*n = 0; v.n > 0; v = (struct str){v.p + 1, v.n - 1}) {
            if (found.quoted && v.n > 1 && v.p[0] == '\\' && (v.p[1] == '"' || v.p[1] == '\\')) {
                v = (struct str){v.p + 1, v.n - 1};
            }
            if (*n == cap) {
                return false;
            }
            out[(*n)++] = v.p[0];
        }
        return true;
    }
    return false;
}

bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1])
{
    static const char type[] = "multipart/form-data";
    struct str s = str_of(content_type);
    size_t n = 0;
    if (s.n < sizeof(type) || strncasecmp(s.p, type, sizeof(type) - 1) != 0 ||
        strchr("; \t", s.p[sizeof(type) - 1]) == NULL) {
        return false;
    }
    s = (struct str){s.p + sizeof(type) - 1, s.n - (sizeof(type) - 1)};
    if (!parameter(s, "boundary", out, MULTIPART_BOUNDARY_MAX, &n)) {
        return false;
    }
    while (n > 0 && out[n - 1] == ' ') {
        n--;
    }
    out[n] = '\0';
    for (size_t i = 0; i < n; i++) {
        if (!boundary_char(out[i])) {
            return false;
        }
    }
    return n > 0;
}

/* ---- a part's head ---- */

static bool field_is(struct str line, const char *name, struct str *value)
{
    struct str rest = line;
    struct str key = str_cut(&rest, ':');
    if (key.n == line.n || key.n != strlen(name) || strncasecmp(key.p, name, key.n) != 0) {
        return false;
    }
    *value = str_trim(rest);
    return true;
}

static bool begin_part(struct multipart *m)
{
    static const char form[] = "form-data";
    char name[256];
    char filename[1024];
    struct multipart_part part = {STR(""), {NULL, 0}, STR("")};
    struct str rest = {m->head, m->n_head};
    bool disposed = false;
    while (rest.n > 0) {
        struct str line = str_cut(&rest, '\n');
        struct str value;
        size_t n = 0;
        line.n -= line.n > 0 && line.p[line.n - 1] == '\r' ? 1U : 0U;
        if (field_is(line, "Content-Type", &value)) {
            part.type = value;
        } else if (field_is(line, "Content-Disposition", &value)) {
            if (disposed || value.n < sizeof(form) - 1 ||
                strncasecmp(value.p, form, sizeof(form) - 1) != 0 ||
                !parameter(value, "name", name, sizeof(name), &n)) {
                return false;
            }
            part.name = (struct str){name, n};
            disposed = true;
            if (parameter(value, "filename", filename, sizeof(filename), &n)) {
                part.filename = (struct str){filename, n};
            }
        }
    }
    if (!disposed) {
        return false;
    }
    m->state = m->sink.begin(m->sink.arg, &part) ? MULTIPART_BODY : MULTIPART_STOPPED;
    return true;
}

/* Takes bytes into the head until its empty line; answers how many. */
static size_t feed_head(struct multipart *m, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (m->n_head == sizeof(m->head)) {
            m->state = MULTIPART_MALFORMED;
            return i;
        }
        m->head[m->n_head++] = p[i];
        bool ends = (m->n_head == 2 && memcmp(m->head, "\r\n", 2) == 0) ||
                    (m->n_head >= 4 && memcmp(m->head + m->n_head - 4, "\r\n\r\n", 4) == 0);
        if (ends) {
            if (!begin_part(m)) {
                m->state = MULTIPART_MALFORMED;
            }
            m->matched = 2; /* the head's last line end may be the delimiter's first */
            return i + 1;
        }
    }
    return n;
}

/* ---- what stands between delimiters ---- */

static void give(struct multipart *m, const char *p, size_t n)
{
    if (n > 0 && m->state == MULTIPART_BODY && !m->sink.bytes(m->sink.arg, p, n)) {
        m->state = MULTIPART_STOPPED;
    }
}

static void delimited(struct multipart *m)
{
    bool in_part = m->state == MULTIPART_BODY;
    m->state = MULTIPART_AFTER;
    m->matched = 0;
    m->n_head = 0;
    if (in_part && !m->sink.end(m->sink.arg)) {
        m->state = MULTIPART_STOPPED;
    }
}

/* Content up to the next delimiter. Its first byte, CR, is nowhere else in it: so a match that
 * fails was content, and only the byte that failed can begin another. */
static size_t feed_content(struct multipart *m, const char *p, size_t n)
{
    enum multipart_state state = m->state;
    size_t i = 0;
    while (i < n && m->state == state) {
        if (m->matched == 0) {
            const char *cr = memchr(p + i, '\r', n - i);
            size_t span = cr == NULL ? n - i : (size_t)(cr - p) - i;
            give(m, p + i, span);
            i += span;
            if (cr != NULL && m->state == state) {
                m->matched = 1;
                i++;
            }
        } else if (p[i] == m->delimiter[m->matched]) {
            i++;
            if (++m->matched == m->n_delimiter) {
                delimited(m);
            }
        } else {
            size_t was = m->matched;
            /* A delimiter at the very start has no line end of its own before it. */
            size_t from = m->fresh ? 2 : 0;
            m->matched = 0;
            give(m, m->delimiter + from, was - from);
            m->fresh = false;
        }
    }
    return i;
}

/* "--" ends all, blanks and a line end begin a part. */
static size_t feed_after(struct multipart *m, const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && m->state == MULTIPART_AFTER) {
        char c = p[i++];
        if (m->n_head == 0 && (c == ' ' || c == '\t')) {
            continue;
        }
        m->head[m->n_head++] = c;
        if (m->n_head < 2) {
            continue;
        }
        if (memcmp(m->head, "--", 2) == 0) {
            m->state = MULTIPART_DONE;
        } else if (memcmp(m->head, "\r\n", 2) == 0) {
            m->state = MULTIPART_HEAD;
            m->n_head = 0;
        } else {
            m->state = MULTIPART_MALFORMED;
        }
    }
    return i;
}

void multipart_init(struct multipart *m, const char *boundary, const struct multipart_sink *sink)
{
    size_t n = strlen(boundary);
    *m = (struct multipart){.sink = *sink, .n_delimiter = 4 + n, .matched = 2, .fresh = true};
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary, n + 1);
}

enum multipart_state multipart_feed(struct multipart *m, const char *p, size_t n)
{
    while (n > 0) {
        size_t taken = n;
        switch (m->state) {
        case MULTIPART_PREAMBLE:
        case MULTIPART_BODY:
            taken = feed_content(m, p, n);
            break;
        case MULTIPART_AFTER:
            taken = feed_after(m, p, n);
            break;
        case MULTIPART_HEAD:
            taken = feed_head(m, p, n);
            m->fresh = m->state == MULTIPART_BODY;
            break;
        case MULTIPART_DONE:
        case MULTIPART_MALFORMED:
        case MULTIPART_STOPPED:
            break;
        }
        p += taken;
        n -= taken;
    }
    return m->state;
}
