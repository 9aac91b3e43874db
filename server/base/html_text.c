#include "server/base/html_text.h"

#include <string.h>

#include "server/base/bug.h"

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void escape(struct strbuf *out, const char *text, const char *line_end)
{
    const char *plain = text;
    for (const char *p = text; *p != '\0'; p++) {
        const char *instead = *p == '\n' && line_end != NULL ? line_end : entity_of(*p);
        if (instead != NULL) {
            strbuf_append(out, plain, (size_t)(p - plain));
            strbuf_append_z(out, instead);
            plain = p + 1;
        }
    }
    strbuf_append_z(out, plain);
}

/* Writes up to the next {} of the template, and the value in its place; answers what follows, NULL
 * where there is no
 * {}. */
static const char *fill(struct strbuf *out, const char *rest, const char *value)
{
    const char *hole = strstr(rest, "{}");
    if (hole != NULL) {
        strbuf_append(out, rest, (size_t)(hole - rest));
        escape(out, value == NULL ? "" : value, NULL);
    }
    return hole == NULL ? NULL : hole + 2;
}

void html_write(struct strbuf *out, const char *const *parts, size_t n)
{
    const char *rest = parts[0];
    for (size_t i = 1; rest != NULL && i < n; i++) {
        rest = fill(out, rest, parts[i]);
    }
    BUG_IF(rest == NULL || strstr(rest, "{}") != NULL);
    strbuf_append_z(out, rest);
}

void html_lines(struct strbuf *out, const char *text)
{
    escape(out, text == NULL ? "" : text, "<br>");
}
