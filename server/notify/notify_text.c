#include "server/notify/notify_text.h"

#include <json-c/json.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "server/base/clock.h"

#define VALUE_MAX ((size_t)64 << 10)

static const char *text_of(struct json_object *facts, const char *name, const char *lang)
{
    struct json_object *value = json_object_object_get(facts, name);
    if (json_object_is_type(value, json_type_object)) {
        struct json_object *whole = value;
        value = json_object_object_get(whole, lang);
        if (value == NULL) {
            value = json_object_object_get(whole, "vi");
        }
    }
    return value == NULL ? "" : json_object_get_string(value);
}

/* "17:00 04/12/2026" in the city's zone. */
static void append_time(struct strbuf *out, const char *text)
{
    int64_t us = 0;
    if (!clock_parse_rfc3339(str_of(text), &us)) {
        return;
    }
    time_t local = (time_t)(us / 1000000 + clock_offset_s(us));
    struct tm t;
    if (gmtime_r(&local, &t) != NULL) {
        strbuf_printf(out, "%02d:%02d %02d/%02d/%04d", t.tm_hour, t.tm_min, t.tm_mday, t.tm_mon + 1,
                      t.tm_year + 1900);
    }
}

static void append_link(struct strbuf *out, const struct notify_words *w, const char *path,
                        const char *end)
{
    if (*w->public_url != '\0') {
        strbuf_printf(out, "%s%s%s%s", w->public_url, path, text_of(w->facts, "code", w->lang),
                      end);
    }
}

/* What a placeholder stands for; nothing for one that is not known. */
static void append_value(struct strbuf *out, const struct notify_words *w, struct str name)
{
    char key[32] = "";
    if (name.n >= sizeof(key)) {
        return;
    }
    memcpy(key, name.p, name.n);
    const char *text = text_of(w->facts, key, w->lang);
    bool english = strcmp(w->lang, "en") == 0;
    if (strcmp(key, "link") == 0) {
        append_link(out, w, "/track?code=", english ? "&lang=en" : "");
    } else if (strcmp(key, "rate_link") == 0) {
        append_link(out, w, "/track?code=", english ? "&lang=en#rate" : "#rate");
    } else if (strcmp(key, "staff_link") == 0) {
        append_link(out, w, "/agency?case=", "");
    } else if (strcmp(key, "at") == 0 || (name.n > 3 && strcmp(key + name.n - 3, "_at") == 0)) {
        append_time(out, text);
    } else {
        for (const char *c = text; *c != '\0'; c++) { /* control characters have no business here */
            if ((unsigned char)*c >= ' ' || *c == '\n' || *c == '\t') {
                strbuf_append_char(out, *c == 0x7f ? ' ' : *c);
            }
        }
    }
}

/* One line of a template; false if a placeholder in it had nothing. */
static bool append_filled(struct strbuf *out, const struct notify_words *w, struct str line)
{
    bool full = true;
    while (line.n > 0) {
        const char *open = memmem(line.p, line.n, "{{", 2);
        const char *close =
            open == NULL ? NULL : memmem(open, line.n - (size_t)(open - line.p), "}}", 2);
        if (close == NULL) {
            strbuf_append(out, line.p, line.n);
            break;
        }
        strbuf_append(out, line.p, (size_t)(open - line.p));
        size_t before = out->n;
        append_value(out, w, (struct str){open + 2, (size_t)(close - open) - 2});
        full = full && out->n > before;
        line.n -= (size_t)(close + 2 - line.p);
        line.p = close + 2;
    }
    return full;
}

void notify_text_lines(const struct notify_words *w, const char *template, struct strbuf *out)
{
    struct str rest = str_of(template);
    struct strbuf line;
    strbuf_init(&line, VALUE_MAX);
    while (rest.n > 0) {
        strbuf_reset(&line);
        if (append_filled(&line, w, str_cut(&rest, '\n'))) {
            strbuf_append(out, line.p, line.n);
            strbuf_append_char(out, '\n');
        }
    }
    out->failed = out->failed || line.failed;
    strbuf_free(&line);
}

void notify_text_line(const struct notify_words *w, const char *template, struct strbuf *out)
{
    struct strbuf line;
    bool blank = true; /* none at the start */
    strbuf_init(&line, VALUE_MAX);
    (void)append_filled(&line, w, str_of(template));
    size_t end = line.n;
    while (end > 0 && strchr(" \t\n", line.p[end - 1]) != NULL) {
        end--;
    }
    for (size_t i = 0; i < end; i++) {
        bool space = strchr(" \t\n", line.p[i]) != NULL;
        if (!space || !blank) {
            strbuf_append_char(out, space ? ' ' : line.p[i]);
        }
        blank = space;
    }
    out->failed = out->failed || line.failed;
    strbuf_free(&line);
}

static void append_escaped(struct strbuf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            strbuf_append_z(out, "&amp;");
            break;
        case '<':
            strbuf_append_z(out, "&lt;");
            break;
        case '>':
            strbuf_append_z(out, "&gt;");
            break;
        case '"':
            strbuf_append_z(out, "&quot;");
            break;
        case '\'':
            strbuf_append_z(out, "&#39;");
            break;
        case '\n':
            strbuf_append_z(out, "<br>\n");
            break;
        default:
            strbuf_append_char(out, text.p[i]);
        }
    }
}

/* Where the next address begins; the end of the text when there is none. */
static size_t next_link(struct str text)
{
    for (size_t i = 0; i + 8 < text.n; i++) {
        if (strncmp(text.p + i, "https://", 8) == 0 || strncmp(text.p + i, "http://", 7) == 0) {
            return i;
        }
    }
    return text.n;
}

void notify_text_html(struct str text, struct strbuf *out)
{
    while (text.n > 0) {
        size_t before = next_link(text);
        append_escaped(out, (struct str){text.p, before});
        text.p += before;
        text.n -= before;
        size_t n = 0;
        while (n < text.n && strchr(" \t\n<>\"'", text.p[n]) == NULL) {
            n++;
        }
        if (n > 0) {
            strbuf_append_z(out, "<a href=\"");
            append_escaped(out, (struct str){text.p, n});
            strbuf_append_z(out, "\">");
            append_escaped(out, (struct str){text.p, n});
            strbuf_append_z(out, "</a>");
            text.p += n;
            text.n -= n;
        }
    }
}
