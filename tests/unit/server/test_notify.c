/* What goes out to people: words filled in and escaped, MIME, numbers, signatures, and the
 * addresses that a webhook may reach. */
#include <arpa/inet.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/base/utf8.h"
#include "server/notify/notify_hook.h"
#include "server/notify/notify_mail.h"
#include "server/notify/notify_sms.h"
#include "server/notify/notify_text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct strbuf out;

static int setup(void **state)
{
    (void)state;
    strbuf_init(&out, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_free(&out);
    return 0;
}

/* ---- words ---- */

static const char facts[] =
    "{\"code\": \"0R6AGKHKA\", \"desk\": null, \"due_at\": \"2026-12-04T10:00:00+00:00\","
    " \"agency\": {\"vi\": \"UBND Phường 1\", \"en\": \"Ward 1\"}, \"place\": {\"vi\": \"Gò Vấp\"},"
    " \"said\": {\"vi\": \"Xong {{code}}\\r\\n<b>&\\u0007\", \"en\": null}}";

static void fill(const char *template, const char *lang, const char *url, bool line)
{
    struct json_object *f = json_tokener_parse(facts);
    const struct notify_words w = {f, lang, url};
    strbuf_reset(&out);
    (line ? notify_text_line : notify_text_lines)(&w, template, &out);
    json_object_put(f);
}

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *template, *lang, *url, *expected;
    } rows[] = {
        {"Mã {{code}} {{agency}}", "vi", "", "Mã 0R6AGKHKA UBND Phường 1\n"},
        {"Code {{code}} {{agency}} {{place}}", "en", "", "Code 0R6AGKHKA Ward 1 Gò Vấp\n"},
        {"a\nDesk: {{desk}}\n\nb", "vi", "", "a\n\nb\n"},
        {"x {{link}}\ny {{nothing}}\nz", "vi", "", "z\n"},
        {"{{link}} {{staff_link}}", "vi", "https://h", /* one line */
         "https://h/track?code=0R6AGKHKA https://h/agency?case=0R6AGKHKA\n"},
        {"{{rate_link}}", "en", "https://h", "https://h/track?code=0R6AGKHKA&lang=en#rate\n"},
        /* What a person wrote is filled in once, without control characters. */
        {"{{said}}", "vi", "", "Xong {{code}}\n<b>&\n"},
        {"{{said}}", "en", "", "Xong {{code}}\n<b>&\n"}, /* as there is */
        {"{{code", "vi", "", "{{code\n"},
        {"}} {{}} {{a-name-that-is-far-too-long-to-be-one}}|", "vi", "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        fill(rows[i].template, rows[i].lang, rows[i].url, false);
        assert_string_equal(out.p, rows[i].expected);
    }
}

static void test_line(void **state)
{
    (void)state;
    fill("  {{event}}Mã\t{{code}}  {{said}} {{link}} ", "vi", "", true);
    assert_string_equal(out.p, "Mã 0R6AGKHKA Xong {{code}} <b>&");
}

static void test_html(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"<script>alert('x')</script> & \"y\"\n",
         "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;<br>\n"},
        {"at https://h/?a=1&b=2 now",
         "at <a href=\"https://h/?a=1&amp;b=2\">https://h/?a=1&amp;b=2</a> now"},
        {"http://h/\"onclick=x", "<a href=\"http://h/\">http://h/</a>&quot;onclick=x"},
        {"javascript:alert(1)", "javascript:alert(1)"},
        {"https://", "https://"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        strbuf_reset(&out);
        notify_text_html(str_of(rows[i].text), &out);
        assert_string_equal(out.n == 0 ? "" : out.p, rows[i].expected);
    }
}

/* ---- mail ---- */

static void test_mail_addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b", "a.b+c@example.org", "thư@ví-dụ.vn"};
    static const char *const bad[] = {"",        "a",       "@b",      "a@",        "a@b@c",
                                      "a b@c",   "a@b\r\n", "<a@b>",   "a,b@c.d",   "a@b\nBcc: x@y",
                                      "\"a\"@b", "-a@b",    "a@b;c@d", "a@[1.2.3]", "a@b\x7f"};
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(notify_mail_address_ok(good[i]));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(notify_mail_address_ok(bad[i]));
    }
}

static void build(const char *subject, const char *text, const char *unsubscribe)
{
    strbuf_reset(&out);
    notify_mail_build(&(struct notify_mail){.from = "f@1022.example",
                                            .from_name = "Tổng đài 1022",
                                            .to = "a@example.org",
                                            .subject = subject,
                                            .text = text,
                                            .id = "3f2374d5-bc33-4a2d-9255-ef6c96ed4eb5",
                                            .lang = "vi",
                                            .unsubscribe = unsubscribe,
                                            .at_us = INT64_C(1764204000000000)},
                      &out);
    assert_false(out.failed);
}

/* Whatever is in it: lines of at most 78, ASCII, each ended by CR LF, one blank line after the
 * head. */
static void assert_lines(void)
{
    size_t start = 0;
    for (size_t i = 0; i < out.n; i++) {
        unsigned char c = (unsigned char)out.p[i];
        assert_true(c == '\r' || c == '\n' || (c >= ' ' && c < 0x7f));
        if (c == '\n') {
            assert_true(i > 0 && out.p[i - 1] == '\r');
            assert_true(i - start <= 120);
            start = i + 1;
        } else if (c == '\r') {
            assert_int_equal(out.p[i + 1], '\n');
        }
    }
    assert_int_equal(start, out.n);
}

static void test_mail(void **state)
{
    (void)state;
    build("Đã nhận phản ánh 0R6AGKHKA, một chủ đề dài hơn một từ được mã hóa có thể mang",
          "Một\nhai <b>\n.\nBcc: x@y\n", "https://h/u/1");
    assert_lines();
    assert_non_null(strstr(out.p, "Date: Thu, 27 Nov 2025 00:40:00 +0000\r\n"));
    assert_non_null(
        strstr(out.p, "\r\nFrom: =?UTF-8?B?VOG7lW5nIMSRw6BpIDEwMjI=?= <f@1022.example>\r\n"));
    assert_non_null(
        strstr(out.p, "\r\nMessage-ID: <3f2374d5-bc33-4a2d-9255-ef6c96ed4eb5@1022.example>\r\n"));
    assert_non_null(strstr(out.p, "?=\r\n =?UTF-8?B?")); /* folded between words */
    assert_non_null(strstr(out.p, "\r\nList-Unsubscribe: <https://h/u/1>\r\n"));
    assert_null(strstr(out.p, "Bcc"));
    build("x\r\nBcc: y@z", "", "");
    assert_lines();
    assert_null(strstr(out.p, "Bcc"));
    assert_null(strstr(out.p, "List-Unsubscribe"));
    build("Plain", "", "");
    assert_non_null(strstr(out.p, "\r\nSubject: Plain\r\n"));
}

/* ---- SMS ---- */

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *phone, *expected; /* NULL: none */
    } rows[] = {
        {"0901 234 567", "+84901234567"},
        {"0901.234.567", "+84901234567"},
        {"+84 901-234-567", "+84901234567"},
        {"84901234567", "+84901234567"},
        {"0084901234567", "+84901234567"},
        {"(028) 3829 1022", "+842838291022"},
        {"901234567", "+84901234567"},
        {"+1 212 555 0100", "+12125550100"},
        {"1022", NULL},
        {"", NULL},
        {"0901 234 567 máy lẻ 5", NULL},
        {"++84901234567", NULL},
        {"84+901234567", NULL},
        {"+0901234567", NULL},
        {"00000000000", NULL},
        {"12345678901234567890123456789012345678", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char number[NOTIFY_SMS_NUMBER_MAX] = "";
        assert_int_equal(notify_sms_number(rows[i].phone, "84", number), rows[i].expected != NULL);
        if (rows[i].expected != NULL) {
            assert_string_equal(number, rows[i].expected);
        }
    }
}

static void test_unaccented(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"Đã nhận phản ánh, đường Nguyễn Huệ", "Da nhan phan anh, duong Nguyen Hue"},
        {"e\xcc\x81", "e"}, /* decomposed */
        {"日本", "??"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *plain = utf8_unaccented(str_of(rows[i][0]));
        assert_non_null(plain);
        assert_string_equal(plain, rows[i][1]);
        free(plain);
    }
}

static void test_sms(void **state)
{
    (void)state;
    const struct notify_sms sms = {"+84901234567", "a \"b\" & {id}\n", "7"};
    notify_sms_fill("{\"to\":\"{to}\",\"text\":\"{text}\",\"id\":\"{id}\"}", &sms, NOTIFY_SMS_JSON,
                    &out);
    assert_string_equal(
        out.p, "{\"to\":\"+84901234567\",\"text\":\"a \\\"b\\\" & {id}\\n\",\"id\":\"7\"}");
    strbuf_reset(&out);
    notify_sms_fill("https://g/?to={to}&text={text}&{x}", &sms, NOTIFY_SMS_URL, &out);
    assert_string_equal(out.p,
                        "https://g/?to=%2B84901234567&text=a%20%22b%22%20%26%20%7Bid%7D%0A&{x}");
    strbuf_reset(&out);
    for (int i = 0; i < 600; i++) {
        strbuf_append_z(&out, "x");
    }
    notify_sms_cut(&out);
    assert_int_equal(out.n, 459);
    assert_string_equal(out.p + 456, "...");
    strbuf_reset(&out);
    for (int i = 0; i < 300; i++) {
        strbuf_append_z(&out, "ả");
    }
    notify_sms_cut(&out);
    assert_int_equal(utf8_count((struct str){out.p, out.n}), 201);
    assert_true(utf8_valid((struct str){out.p, out.n}));
}

/* ---- webhooks ---- */

static void test_signature(void **state)
{
    (void)state;
    char hex[65];
    /* printf 1764204000.{} | openssl dgst -sha256 -hmac whsec_0 */
    notify_hook_sign("whsec_0", 1764204000, STR("{}"), hex);
    assert_string_equal(hex, "731bc7c9c3a3265b09c047ae1ced9b5e36b3439ae0e8440cab33dda4e8f1395f");
}

static void test_body(void **state)
{
    (void)state;
    assert_true(
        notify_hook_body("7",
                         "{\"event\": \"complaint.late\", \"at\": \"t\", \"sequence\": 9,"
                         " \"code\": \"C\", \"description\": \"words\", \"desk_code\": null}",
                         &out));
    assert_string_equal(out.p,
                        "{\"id\":\"7\",\"event\":\"complaint.late\",\"at\":\"t\",\"sequence\":9,"
                        "\"complaint\":{\"code\":\"C\",\"status\":null,\"channel\":null,"
                        "\"category\":null,\"agency\":null,\"desk\":null,\"ward\":null,"
                        "\"received_at\":null,\"due_at\":null}}");
    assert_false(notify_hook_body("7", "[1]", &out));
    assert_false(notify_hook_body("7", "{", &out));
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool open;
    } rows[] = {
        {"8.8.8.8", true},
        {"113.161.0.1", true},
        {"127.0.0.1", false},
        {"127.255.0.1", false},
        {"10.1.2.3", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"172.32.0.1", true},
        {"192.168.1.1", false},
        {"169.254.169.254", false},
        {"100.64.0.1", false},
        {"100.128.0.1", true},
        {"0.0.0.0", false},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"192.0.2.1", false},
        {"198.18.0.1", false},
        {"203.0.113.9", false},
        {"::1", false},
        {"::", false},
        {"fe80::1", false},
        {"fc00::1", false},
        {"fd12::1", false},
        {"ff02::1", false},
        {"::ffff:127.0.0.1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"64:ff9b::7f00:1", false},
        {"64:ff9b::808:808", true},
        {"2002:7f00:1::", false},
        {"2002:808:808::", true},
        {"2001::1", false},
        {"2001:db8::1", false},
        {"2606:4700::1111", true},
        {"::7f00:1", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        bool four = inet_pton(AF_INET, rows[i].address, &v4.sin_addr) == 1;
        assert_true(four || inet_pton(AF_INET6, rows[i].address, &v6.sin6_addr) == 1);
        const struct sockaddr *a = four ? (const struct sockaddr *)(const void *)&v4
                                        : (const struct sockaddr *)(const void *)&v6;
        if (notify_hook_address_public(a) != rows[i].open) {
            fail_msg("%s", rows[i].address);
        }
    }
    assert_false(notify_hook_address_public(&(struct sockaddr){.sa_family = AF_UNIX}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_html, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mail_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mail, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unaccented, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signature, setup, teardown),
        cmocka_unit_test_setup_teardown(test_body, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
