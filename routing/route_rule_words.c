#include "routing/route_rule_words.h"

#include <string.h>

#include "routing/route_rule.h"
#include "routing/route_rule_text.h"

#define CODE_MAX  64
#define VALUE_MAX 2000

static bool bare(char c)
{
    unsigned char u = (unsigned char)c;
    return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') ||
           u >= 0x80 || (c != '\0' && strchr("-_.:/%", c) != NULL);
}

static void skip_space(struct words *w)
{
    while (w->rest.n > 0 && (w->rest.p[0] == ' ' || w->rest.p[0] == '\t')) {
        w->rest.p++;
        w->rest.n--;
    }
}

static bool take_char(struct words *w, char c)
{
    skip_space(w);
    if (w->rest.n == 0 || w->rest.p[0] != c) {
        return false;
    }
    w->rest.p++;
    w->rest.n--;
    return true;
}

enum status words_check(struct str line, struct err *e)
{
    if (line.n > ROUTE_TEXT_LINE_MAX) {
        return err_set(e, STATUS_INVALID, "a line of more than %d bytes", ROUTE_TEXT_LINE_MAX);
    }
    for (size_t i = 0; i < line.n; i++) {
        unsigned char u = (unsigned char)line.p[i];
        if ((u < 0x20 && u != '\t') || u == 0x7f) {
            return err_set(e, STATUS_INVALID, "a control character");
        }
    }
    return STATUS_OK;
}

struct str words_next(struct words *w)
{
    skip_space(w);
    size_t n = 0;
    while (n < w->rest.n && bare(w->rest.p[n])) {
        n++;
    }
    struct str word = {w->rest.p, n};
    w->rest.p += n;
    w->rest.n -= n;
    return word;
}

bool words_take(struct words *w, const char *word)
{
    struct words ahead = *w;
    if (!str_equal_z(words_next(&ahead), word)) {
        return false;
    }
    *w = ahead;
    return true;
}

enum status words_expect(struct words *w, const char *word, struct err *e)
{
    return words_take(w, word)
               ? STATUS_OK
               : err_set(e, STATUS_INVALID, "'%s' is missing before '%.*s'", word,
                         (int)(w->rest.n < 40 ? w->rest.n : 40), w->rest.n > 0 ? w->rest.p : "");
}

enum status words_end(struct words *w, struct err *e)
{
    skip_space(w);
    return w->rest.n == 0 ? STATUS_OK
                          : err_set(e, STATUS_INVALID, "not understood: '%.*s'",
                                    (int)(w->rest.n < 60 ? w->rest.n : 60), w->rest.p);
}

enum status words_number(struct words *w, const char *what, int32_t least, int32_t most,
                         int32_t *out, struct err *e)
{
    struct str word = words_next(w);
    int32_t value = 0;
    bool good = word.n > 0 && word.n <= 7;
    for (size_t i = 0; good && i < word.n; i++) {
        good = word.p[i] >= '0' && word.p[i] <= '9';
        value = value * 10 + (word.p[i] - '0');
    }
    if (!good || value < least || value > most) {
        return err_set(e, STATUS_INVALID, "%s is a whole number from %d to %d", what, (int)least,
                       (int)most);
    }
    *out = value;
    return STATUS_OK;
}

static enum status keep(struct words *w, struct str text, const char **out, struct err *e)
{
    *out = arena_strndup(w->arena, text.p, text.n);
    return *out ? STATUS_OK : err_set(e, STATUS_NO_MEMORY, "no memory for rules");
}

enum status words_code(struct words *w, const char *what, const char **out, struct err *e)
{
    struct str word = words_next(w);
    bool good = word.n > 0 && word.n <= CODE_MAX;
    for (size_t i = 0; good && i < word.n; i++) {
        char c = word.p[i];
        good = bare(c) && (unsigned char)c < 0x80 && c != '.' && c != ':' && c != '/' && c != '%';
    }
    return good ? keep(w, word, out, e)
                : err_set(e, STATUS_INVALID, "%s is named by its code", what);
}

/* After the opening quote. */
static enum status read_quoted(struct words *w, const char **out, struct err *e)
{
    struct strbuf text;
    bool closed = false;
    strbuf_init(&text, VALUE_MAX);
    while (w->rest.n > 0 && !closed) {
        char c = w->rest.p[0];
        size_t used = 1;
        if (c == '"') {
            closed = true;
        } else if (c == '\\' && w->rest.n > 1 && (w->rest.p[1] == '"' || w->rest.p[1] == '\\')) {
            strbuf_append_char(&text, w->rest.p[1]);
            used = 2;
        } else if (c == '\\') {
            break;
        } else {
            strbuf_append_char(&text, c);
        }
        w->rest.p += used;
        w->rest.n -= used;
    }
    enum status status =
        !closed       ? err_set(e, STATUS_INVALID, "a quotation is not closed, or has a lone \\")
        : text.failed ? err_set(e, STATUS_INVALID, "a value of more than %d bytes", VALUE_MAX)
                      : keep(w, (struct str){text.p, text.n}, out, e);
    strbuf_free(&text);
    return status;
}

enum status words_name(struct words *w, const char *what, const char **out, struct err *e)
{
    if (take_char(w, '"')) {
        enum status status = read_quoted(w, out, e);
        return status == STATUS_OK && !**out ? err_set(e, STATUS_INVALID, "%s is empty", what)
                                             : status;
    }
    struct str word = words_next(w);
    if (word.n == 0 || word.n > VALUE_MAX) {
        return err_set(e, STATUS_INVALID, "%s is missing", what);
    }
    return keep(w, word, out, e);
}

static enum status read_values(struct words *w, bool codes, const char *const **out, size_t *n,
                               struct err *e)
{
    const char *values[ROUTE_VALUES_MAX];
    size_t count = 0;
    do {
        if (count == ROUTE_VALUES_MAX) {
            return err_set(e, STATUS_INVALID, "more than %d values", ROUTE_VALUES_MAX);
        }
        enum status status = codes ? words_code(w, "each value", &values[count], e)
                                   : words_name(w, "a value", &values[count], e);
        if (status != STATUS_OK) {
            return status;
        }
        count++;
    } while (take_char(w, ','));
    const char **kept = arena_calloc(w->arena, count, sizeof *kept);
    if (!kept) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for rules");
    }
    for (size_t i = 0; i < count; i++) {
        kept[i] = values[i];
    }
    *out = kept;
    *n = count;
    return STATUS_OK;
}

enum status words_codes(struct words *w, const char *const **out, size_t *n, struct err *e)
{
    return read_values(w, true, out, n, e);
}

enum status words_list(struct words *w, const char *const **out, size_t *n, struct err *e)
{
    return read_values(w, false, out, n, e);
}

enum status words_set(struct words *w, const char *const **out, size_t *n, struct err *e)
{
    if (!take_char(w, '(')) {
        return err_set(e, STATUS_INVALID, "after in comes a list in parentheses");
    }
    enum status status = words_list(w, out, n, e);
    if (status == STATUS_OK && !take_char(w, ')')) {
        status = err_set(e, STATUS_INVALID, "a parenthesis is not closed");
    }
    return status;
}

void words_write_quoted(const char *value, struct strbuf *out)
{
    strbuf_append_char(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\') {
            strbuf_append_char(out, '\\');
        }
        strbuf_append_char(out, *value);
    }
    strbuf_append_char(out, '"');
}

void words_write(const char *value, struct strbuf *out)
{
    bool plain = *value != '\0';
    for (const char *p = value; plain && *p; p++) {
        plain = bare(*p);
    }
    if (plain) {
        strbuf_append_z(out, value);
    } else {
        words_write_quoted(value, out);
    }
}

void words_write_list(const char *const *values, size_t n, struct strbuf *out)
{
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(out, i == 0 ? "" : ", ");
        words_write(values[i], out);
    }
}
