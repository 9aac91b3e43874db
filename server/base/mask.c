#include "server/base/mask.h"

#include <stdbool.h>

#define LEAST 10 /* digits of a number, from its 0 on */
#define MOST  12

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool word(char c)
{
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool local(char c)
{
    return word(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

/* The number that begins at `i`: its digits from 0 on, and where it ends. 0: there is none. */
static size_t number_at(struct str t, size_t i, char digits[MOST + 1])
{
    size_t n = 0;
    bool country = t.p[i] == '+';
    if (i > 0 && digit(t.p[i - 1])) {
        return 0;
    }
    i += country ? 1 : 0;
    if (i + 1 < t.n && t.p[i] == '8' && t.p[i + 1] == '4') {
        digits[n++] = '0';
        i += 2;
        i += i + 1 < t.n && !digit(t.p[i]) && digit(t.p[i + 1]) ? 1 : 0;
    } else if (country || i >= t.n || t.p[i] != '0') {
        return 0;
    }
    while (i < t.n) {
        bool gap = (t.p[i] == ' ' || t.p[i] == '.' || t.p[i] == '-') && n > 0 && i + 1 < t.n &&
                   digit(t.p[i + 1]);
        if (!digit(t.p[i]) && !gap) {
            break;
        }
        if (digit(t.p[i])) {
            if (n > MOST) {
                return 0;
            }
            digits[n++] = t.p[i];
        }
        i++;
    }
    return n >= LEAST && n <= MOST ? (digits[n] = '\0', i) : 0;
}

/* Where the e-mail address ends whose name begins at `i`. 0: there is none. */
static size_t address_at(struct str t, size_t i)
{
    size_t dot = 0;
    if (!word(t.p[i]) || (i > 0 && local(t.p[i - 1]))) {
        return 0;
    }
    while (i < t.n && local(t.p[i])) {
        i++;
    }
    if (i >= t.n || t.p[i] != '@') {
        return 0;
    }
    for (i++; i < t.n && (word(t.p[i]) || t.p[i] == '-' || t.p[i] == '.'); i++) {
        dot = t.p[i] == '.' && i + 1 < t.n && word(t.p[i + 1]) ? i : dot;
    }
    return dot == 0 ? 0 : i - (t.p[i - 1] == '.' ? 1 : 0);
}

void mask_contacts(struct strbuf *out, struct str text)
{
    char digits[MOST + 2] = "";
    for (size_t i = 0; i < text.n;) {
        size_t end = number_at(text, i, digits);
        if (end > 0) {
            size_t n = 0;
            while (digits[n] != '\0') {
                n++;
            }
            strbuf_printf(out, "0%cxx•••%s", digits[1], digits + n - 3);
        } else if ((end = address_at(text, i)) > 0) {
            strbuf_printf(out, "%c•••@…", text.p[i]);
        } else {
            strbuf_append_char(out, text.p[i]);
            end = i + 1;
        }
        i = end;
    }
}
