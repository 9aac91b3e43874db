/* Writing HTML that cannot be broken out of: the markup is the program's own template, and whatever
 * is put into it is escaped, in text and in quoted attributes alike. There is no way to put a value
 * in unescaped, so what somebody stored comes out as text. */
#ifndef BASE_HTML_TEXT_H
#define BASE_HTML_TEXT_H

#include "server/base/str.h"

/* HTML(out, "<a href=\"/track?code={}\">{}</a>", code, words): each {} in order is one argument, a
 * const char *; NULL is empty. As many arguments as {} are a must (BUG_IF). A template is a
 * literal. */
#define HTML(out, ...)                                                                             \
    html_write((out), (const char *const[]){__VA_ARGS__},                                          \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* parts[0] is the template, the rest its arguments. */
void html_write(struct strbuf *out, const char *const *parts, size_t n);

/* A text of several lines: escaped, its line ends as <br>. */
void html_lines(struct strbuf *out, const char *text);

#endif
