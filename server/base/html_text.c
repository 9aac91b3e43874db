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

void html_write(struct strbuf *out, const char *const *parts, size_t n)
{
    size_t used = 1;
    const char *rest = parts[0];
    for (const char *hole; (hole = strstr(rest, "{}")) != NULL; rest = hole + 2) {
        BUG_IF(used == n);
        strbuf_append(out, rest, (size_t)(hole - rest));
        escape(out, parts[used] == NULL ? "" : parts[used], NULL);
        used++;
    }
    BUG_IF(used != n);
    strbuf_append_z(out, rest);
}

void html_lines(struct strbuf *out, const char *text)
{
    escape(out, text == NULL ? "" : text, "<br>");
}
