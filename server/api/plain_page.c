#include "server/api/plain_page.h"

#include "server/api/api_web.h"
#include "server/base/clock.h"

#define PAGE_MAX ((size_t)2 << 20)

const char *plain_lang(const struct plain_page *page)
{
    return page->lang == HTTP_EN ? "en" : "vi";
}

static void nav_link(struct plain_page *page, const char *path, enum plain_word word, bool here)
{
    HTML(&page->out,
         here ? "<a href=\"{}?lang={}\" aria-current=\"page\">{}</a>\n"
              : "<a href=\"{}?lang={}\">{}</a>\n",
         path, plain_lang(page), PW(page, word));
}

void plain_begin(struct plain_page *page, struct http_request *r, enum plain_word title,
                 const char *path)
{
    page->r = r;
    page->lang = http_language(r);
    strbuf_init(&page->out, PAGE_MAX);
    const char *lang = plain_lang(page);
    const char *other = page->lang == HTTP_EN ? "vi" : "en";
    HTML(&page->out,
         "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{} – {}</title>\n"
         "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
         "<link rel=\"stylesheet\" href=\"{}\">\n</head>\n<body class=\"plain\">\n",
         lang, PW(page, title), PW(page, W_SITE), api_web_style());
    HTML(&page->out,
         "<a class=\"skip\" href=\"#main\">{}</a>\n<header class=\"header\">"
         "<a class=\"brand\" href=\"/\"><img src=\"/icon.svg\" alt=\"\" width=\"32\" height=\"32\">"
         "<span class=\"brand-text\"><strong>{}</strong></span></a>\n<nav>",
         PW(page, W_SKIP), PW(page, W_SITE));
    nav_link(page, "/report", W_REPORT, title == W_REPORT);
    nav_link(page, "/track", W_TRACK, title == W_TRACK);
    HTML(&page->out, "</nav>\n<div class=\"header-end\"><a href=\"{}?lang={}\" lang=\"{}\"", path,
         other, other);
    HTML(&page->out, " hreflang=\"{}\">{}</a></div></header>\n", other, PW(page, W_OTHER_LANGUAGE));
    HTML(&page->out, "<main id=\"main\" class=\"plain-main\" tabindex=\"-1\">\n<h1>{}</h1>\n",
         PW(page, title));
}

void plain_send(struct plain_page *page, int status)
{
    HTML(&page->out,
         "</main>\n<footer class=\"plain-foot\"><a href=\"/\">{}</a></footer>\n</body>"
         "\n</html>\n",
         PW(page, W_MAP_PAGE));
    if (page->out.failed) {
        strbuf_free(&page->out);
        http_problem(page->r, 503, NULL);
        return;
    }
    api_web_policy(page->r);
    http_send(page->r, &(struct http_reply){.status = status,
                                            .type = "text/html; charset=utf-8",
                                            .body = {page->out.p, page->out.n},
                                            .compress = true});
    strbuf_free(&page->out);
}

void plain_label(struct plain_page *page, const struct plain_field *field)
{
    struct strbuf *out = &page->out;
    HTML(out, "<label for=\"{}\">{}", field->name, PW(page, field->label));
    if (!field->required) {
        HTML(out, "<span class=\"optional\"> ({})</span>", PW(page, W_OPTIONAL));
    }
    HTML(out, "</label>");
    if (field->hint != W_COUNT) {
        HTML(out, "<p class=\"hint\" id=\"{}-hint\">{}</p>", field->name, PW(page, field->hint));
    }
    if (field->error != NULL) {
        HTML(out, "<p class=\"error\" id=\"{}-error\">{}</p>", field->name, field->error);
    }
}

void plain_ties(struct plain_page *page, const struct plain_field *field)
{
    struct strbuf *out = &page->out;
    HTML(out, " id=\"{}\" name=\"{}\"", field->name, field->name);
    if (field->hint != W_COUNT || field->error != NULL) {
        HTML(out, " aria-describedby=\"{}{}{}{}{}\"", field->hint != W_COUNT ? field->name : "",
             field->hint != W_COUNT ? "-hint" : "",
             field->hint != W_COUNT && field->error != NULL ? " " : "",
             field->error != NULL ? field->name : "", field->error != NULL ? "-error" : "");
    }
    if (field->error != NULL) {
        HTML(out, " aria-invalid=\"true\"");
    }
    if (field->required) {
        HTML(out, " aria-required=\"true\"");
    }
}

void plain_input(struct plain_page *page, const struct plain_field *field)
{
    struct strbuf *out = &page->out;
    HTML(out, "<div class=\"field\">");
    plain_label(page, field);
    if (field->type == NULL) {
        HTML(out, "<textarea rows=\"5\" maxlength=\"10000\"");
        plain_ties(page, field);
        HTML(out, ">\n{}</textarea>", field->value);
    } else {
        HTML(out, "<input type=\"{}\" autocomplete=\"{}\" value=\"{}\"", field->type,
             field->autocomplete[0] == '\0' ? "off" : field->autocomplete, field->value);
        plain_ties(page, field);
        HTML(out, ">");
    }
    HTML(out, "</div>\n");
}

const char *plain_time(struct http_request *r, int64_t us)
{
    char text[CLOCK_TEXT_MAX];
    if (us == INT64_MIN) {
        return "";
    }
    clock_format(us, text); /* 2026-11-27T08:30:00+07:00 */
    const char *out =
        arena_printf(http_arena(r), "%.5s, %.2s/%.2s/%.4s", text + 11, text + 8, text + 5, text);
    return out == NULL ? "" : out;
}
