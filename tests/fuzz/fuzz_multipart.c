/* multipart/form-data of any bytes, cut anywhere: reading ends, and how it is cut changes nothing.
 * The input's first line is the Content-Type. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"
#include "server/files/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told, as one text. */
struct told {
    struct strbuf text;
    bool in_part;
    size_t given; /* bytes of content */
};

static bool on_begin(void *arg, const struct multipart_part *part)
{
    struct told *t = arg;
    BUG_IF(t->in_part);
    t->in_part = true;
    strbuf_printf(&t->text, "<%zu:%zu:%zu>", part->name.n, part->filename.n, part->type.n);
    strbuf_append(&t->text, part->name.p, part->name.n);
    strbuf_append(&t->text, part->filename.p == NULL ? "-" : part->filename.p,
                  part->filename.p == NULL ? 1 : part->filename.n);
    strbuf_append(&t->text, part->type.p, part->type.n);
    return part->name.n != 4 || memcmp(part->name.p, "stop", 4) != 0;
}

static bool on_bytes(void *arg, const char *p, size_t n)
{
    struct told *t = arg;
    BUG_IF(!t->in_part || n == 0);
    t->given += n;
    strbuf_append(&t->text, p, n);
    return true;
}

static bool on_end(void *arg)
{
    struct told *t = arg;
    BUG_IF(!t->in_part);
    t->in_part = false;
    strbuf_append_char(&t->text, '|');
    return true;
}

static enum multipart_state read_in_pieces(const char *boundary, const char *p, size_t n,
                                           size_t piece, struct told *t)
{
    const struct multipart_sink sink = {on_begin, on_bytes, on_end, t};
    struct multipart *m = malloc(sizeof(*m)); /* so that a sanitizer watches its bounds */
    if (m == NULL) {
        abort();
    }
    strbuf_init(&t->text, 1 << 20);
    multipart_init(m, boundary, &sink);
    enum multipart_state state = m->state;
    for (size_t at = 0; at < n; at += piece) {
        size_t some = n - at < piece ? n - at : piece;
        char *copy = malloc(some);
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, p + at, some);
        state = multipart_feed(m, copy, some);
        free(copy);
    }
    free(m);
    BUG_IF(t->given > n);
    return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    char type[512];
    const char *text = (const char *)data;
    const char *line = size == 0 ? NULL : memchr(text, '\n', size);
    if (line == NULL || (size_t)(line - text) >= sizeof(type)) {
        return 0;
    }
    memcpy(type, text, (size_t)(line - text));
    type[line - text] = '\0';
    if (!multipart_boundary(type, boundary)) {
        return 0;
    }
    size_t n = size - (size_t)(line + 1 - text);
    struct told whole = {.given = 0};
    enum multipart_state state = read_in_pieces(boundary, line + 1, n, n + 1, &whole);
    for (size_t piece = 1; piece <= 7; piece += piece == 3 ? 4 : 1) {
        struct told cut = {.given = 0};
        BUG_IF(read_in_pieces(boundary, line + 1, n, piece, &cut) != state);
        BUG_IF(cut.text.n != whole.text.n ||
               (cut.text.n > 0 && memcmp(cut.text.p, whole.text.p, cut.text.n) != 0));
        strbuf_free(&cut.text);
    }
    strbuf_free(&whole.text);
    return 0;
}
