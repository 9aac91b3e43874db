#include "server/notify/notify_mail.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/notify/notify_text.h"

#define PART_MAX   ((size_t)1 << 20)
#define WORD_BYTES 39 /* of UTF-8 in one encoded word: 52 of base64, within 75 with its marks */
#define LINE_BYTES 57 /* 76 of base64 */

bool notify_mail_address_ok(const char *address)
{
    size_t n = strlen(address);
    const char *at = strchr(address, '@');
    if (n < 3 || n > 254 || at == NULL || at == address || at[1] == '\0' ||
        strchr(at + 1, '@') != NULL || address[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)address[i];
        if (c <= ' ' || c == 0x7f || strchr("<>()[]\\,;:\"", c) != NULL) {
            return false;
        }
    }
    return true;
}

static void append_base64(struct strbuf *out, const char *p, size_t n)
{
    char text[sodium_base64_ENCODED_LEN(LINE_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    (void)sodium_bin2base64(text, sizeof(text), (const unsigned char *)p, n,
                            sodium_base64_VARIANT_ORIGINAL);
    strbuf_append_z(out, text);
}

/* RFC 2047: words of at most 75 characters, none of which cuts a character. */
static void append_encoded(struct strbuf *out, const char *text)
{
    size_t n = strlen(text);
    bool plain = n <= 60;
    for (size_t i = 0; i < n && plain; i++) {
        plain = text[i] >= ' ' && text[i] < 0x7f && strchr("=?\"\\<>,;:@()", text[i]) == NULL;
    }
    if (plain) {
        strbuf_append_z(out, text);
        return;
    }
    for (size_t from = 0; from < n;) {
        size_t take = n - from < WORD_BYTES ? n - from : WORD_BYTES;
        while (take > 1 && from + take < n && ((unsigned char)text[from + take] & 0xc0) == 0x80) {
            take--;
        }
        strbuf_append_z(out, from == 0 ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        append_base64(out, text + from, take);
        strbuf_append_z(out, "?=");
        from += take;
    }
}

static void append_date(struct strbuf *out, int64_t us)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t s = (time_t)(us / 1000000);
    struct tm t = {0};
    (void)gmtime_r(&s, &t);
    strbuf_printf(out, "%s, %02d %s %d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday,
                  months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void append_headers(struct strbuf *out, const struct notify_mail *m)
{
    strbuf_append_z(out, "Date: ");
    append_date(out, m->at_us);
    strbuf_append_z(out, "\r\nFrom: ");
    if (m->from_name != NULL && *m->from_name != '\0') {
        append_encoded(out, m->from_name);
        strbuf_append_char(out, ' ');
    }
    strbuf_printf(out, "<%s>\r\nTo: <%s>\r\nSubject: ", m->from, m->to);
    append_encoded(out, m->subject);
    strbuf_printf(out,
                  "\r\nMessage-ID: <%s@%s>\r\nX-Hotline-Delivery: %s\r\n"
                  "Auto-Submitted: auto-generated\r\nContent-Language: %s\r\n",
                  m->id, strchr(m->from, '@') + 1, m->id, m->lang);
    if (*m->unsubscribe != '\0') {
        strbuf_printf(out,
                      "List-Unsubscribe: <%s>\r\n"
                      "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
                      m->unsubscribe);
    }
    strbuf_printf(out,
                  "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; "
                  "boundary=\"=_%s\"\r\n\r\n",
                  m->id);
}

static void append_part(struct strbuf *out, const char *id, const char *type, struct str body)
{
    strbuf_printf(out,
                  "--=_%s\r\nContent-Type: %s; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: base64\r\n\r\n",
                  id, type);
    for (size_t from = 0; from < body.n; from += LINE_BYTES) {
        append_base64(out, body.p + from, body.n - from < LINE_BYTES ? body.n - from : LINE_BYTES);
        strbuf_append_z(out, "\r\n");
    }
}

/* MIME's lines of text end in CR LF. */
static void append_crlf(struct strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            strbuf_append_char(out, '\r');
        }
        strbuf_append_char(out, *text);
    }
}

static void append_page(struct strbuf *out, const struct notify_mail *m)
{
    strbuf_printf(out,
                  "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta "
                  "name=\"viewport\" content=\"width=device-width\"><title>",
                  m->lang);
    notify_text_html(str_of(m->subject), out);
    strbuf_append_z(out, "</title></head>\n<body style=\"font:16px/1.5 sans-serif;max-width:40em;"
                         "margin:1em auto;padding:0 1em\">\n<p>");
    notify_text_html(str_of(m->text), out);
    strbuf_append_z(out, "</p>\n");
    if (*m->unsubscribe != '\0') {
        strbuf_append_z(out, "<p style=\"font-size:13px;color:#555\"><a href=\"");
        strbuf_append_z(out, m->unsubscribe); /* an address that was made here */
        strbuf_append_z(out, strcmp(m->lang, "en") == 0
                                 ? "\">Do not tell me of this complaint any more</a></p>\n"
                                 : "\">Không báo cho tôi về phản ánh này nữa</a></p>\n");
    }
    strbuf_append_z(out, "</body></html>\n");
}

void notify_mail_build(const struct notify_mail *m, struct strbuf *out)
{
    struct strbuf part;
    strbuf_init(&part, PART_MAX);
    append_headers(out, m);
    append_crlf(&part, m->text);
    append_part(out, m->id, "text/plain", (struct str){part.p, part.n});
    out->failed = out->failed || part.failed;
    strbuf_free(&part);
    append_page(&part, m);
    append_part(out, m->id, "text/html", (struct str){part.p, part.n});
    out->failed = out->failed || part.failed;
    strbuf_free(&part);
    strbuf_printf(out, "--=_%s--\r\n", m->id);
}
