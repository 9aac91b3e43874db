/* Whatever is put into a page stays text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/base/html_text.h"

#define EVIL "<script>alert(\"1\")</script>&'"
#define MILD "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"

static void values_are_escaped(void **state)
{
    struct strbuf out;
    (void)state;
    strbuf_init(&out, 4096);
    HTML(&out, "<p title=\"{}\">{}</p>", EVIL, EVIL);
    assert_string_equal(out.p, "<p title=\"" MILD "\">" MILD "</p>");
    strbuf_free(&out);
}

static void holes_in_values_are_text(void **state)
{
    struct strbuf out;
    (void)state;
    strbuf_init(&out, 4096);
    HTML(&out, "{}-{}", "{}", NULL);
    HTML(&out, "<br>");
    assert_string_equal(out.p, "{}-<br>");
    strbuf_free(&out);
}

static void lines_stay_lines(void **state)
{
    struct strbuf out;
    (void)state;
    strbuf_init(&out, 4096);
    html_lines(&out, "một\n<b>hai</b>");
    html_lines(&out, NULL);
    assert_string_equal(out.p, "một<br>&lt;b&gt;hai&lt;/b&gt;");
    strbuf_free(&out);
}

static void too_much_is_refused(void **state)
{
    struct strbuf out;
    (void)state;
    strbuf_init(&out, 8);
    HTML(&out, "<p>{}</p>", "quá dài để vừa");
    assert_true(out.failed);
    strbuf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(holes_in_values_are_text),
        cmocka_unit_test(lines_stay_lines),
        cmocka_unit_test(too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
