#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/base/clock.h"
#include "server/base/log.h"

static int real_stderr = -1;
static int captured = -1;

/* Standard error goes into a file in memory until capture_end. */
static void capture_begin(void)
{
    captured = memfd_create("log", 0);
    real_stderr = dup(STDERR_FILENO);
    assert_true(captured >= 0 && real_stderr >= 0);
    assert_int_equal(fcntl(captured, F_SETFL, O_APPEND), 0); /* the offset is no one thread's */
    assert_int_equal(dup2(captured, STDERR_FILENO), STDERR_FILENO);
}

/* Gives back what was written; free() it. */
static char *capture_end(void)
{
    assert_int_equal(dup2(real_stderr, STDERR_FILENO), STDERR_FILENO);
    off_t size = lseek(captured, 0, SEEK_END);
    assert_true(size >= 0);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(pread(captured, text, (size_t)size, 0), size);
    (void)close(captured);
    (void)close(real_stderr);
    return text;
}

static int quiet_zone(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_INFO);
    return clock_set_zone("Asia/Ho_Chi_Minh") ? 0 : -1;
}

static void a_line_has_time_level_event_and_pairs(void **state)
{
    (void)state;
    int64_t before = clock_now_us();
    capture_begin();
    errno = EDOM;
    log_info("http.request", "id=%s status=%d", "7f3a", 201);
    int errno_after = errno;
    char *text = capture_end();
    assert_int_equal(errno_after, EDOM);
    assert_int_equal(text[29], ' ');
    assert_string_equal(text + 29, " info http.request id=7f3a status=201\n");
    assert_memory_equal(text + 23, "+07:00", 6);
    int64_t when = 0;
    assert_true(clock_parse_rfc3339((struct str){text, 29}, &when));
    assert_in_range(when, before - 1000, before + 5000000);
    free(text);
}

static void a_line_that_cannot_be_written_leaves_no_trace(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    int kept = dup(STDERR_FILENO);
    assert_true(full >= 0 && kept >= 0);
    assert_int_equal(dup2(full, STDERR_FILENO), STDERR_FILENO);
    errno = EDOM;
    log_error("event", "x=1");
    int errno_after = errno;
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(errno_after, EDOM);
    (void)close(full);
    (void)close(kept);
}

static void levels_below_the_threshold_are_silent(void **state)
{
    (void)state;
    capture_begin();
    log_debug("a.debug", "x=1");
    log_info("an.info", "x=1");
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("a.warning", "x=1");
    log_error("an.error", "x=1");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("second.debug", "x=1");
    char *text = capture_end();
    assert_null(strstr(text, " a.debug "));
    assert_non_null(strstr(text, " info an.info "));
    assert_null(strstr(text, "a.warning"));
    assert_non_null(strstr(text, " error an.error "));
    assert_non_null(strstr(text, " debug second.debug "));
    free(text);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void unquoted_control_characters_cannot_forge_a_line(void **state)
{
    (void)state;
    capture_begin();
    log_info("event", "text=%s", "a\n2026-01-05T08:00:00.123+07:00 info forged\r\x1B[31m\x7F");
    char *text = capture_end();
    assert_int_equal(count_lines(text), 1);
    assert_null(strpbrk(text, "\r\x1B\x7F"));
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
}

static void an_empty_body_leaves_no_blank(void **state)
{
    (void)state;
    capture_begin();
    log_info("server.stopped", "%s", "");
    char *text = capture_end();
    assert_string_equal(text + 29, " info server.stopped\n");
    free(text);
}

static void long_lines_are_cut_between_characters(void **state)
{
    (void)state;
    char body[6001];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(body, 'x', sizeof body - 1);
        body[sizeof body - 1] = '\0';
        for (size_t i = shift; i + 3 < sizeof body; i += 3) {
            memcpy(body + i, "\xE1\xBA\xA1", 3);
        }
        capture_begin();
        log_info("event", "%s", body);
        char *text = capture_end();
        size_t n = strlen(text);
        assert_in_range(n, 4090, 4096);
        assert_string_equal(text + n - 4, "\xE2\x80\xA6\n");
        assert_int_equal((n - 4 - strlen(" info event ") - 29 - shift) % 3, 0);
        free(text);
    }
}

enum { THREADS = 4, LINES = 500 };

static void *write_lines(void *number)
{
    for (int i = 0; i < LINES; i++) {
        log_info("thread.line", "thread=%d line=%d fill=%0*d end=1", *(int *)number, i, i % 200 + 1,
                 0);
    }
    return NULL;
}

static void lines_of_threads_never_mix(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int numbers[THREADS];
    int next[THREADS] = {0};
    capture_begin();

    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    char *text = capture_end();
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); rest; line = strsep(&rest, "\n")) {
        int thread = -1;
        int number = -1;
        int end = 0;
        assert_int_equal(sscanf(line + 29, " info thread.line thread=%d line=%d fill=%*d end=%d",
                                &thread, &number, &end),
                         3);
        assert_in_range(thread, 0, THREADS - 1);
        assert_int_equal(number, next[thread]++);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(next[i], LINES);
    }
    free(text);
}

static void assert_quoted(const char *text, size_t n, const char *expected)
{
    char out[256];
    assert_ptr_equal(log_quote(text, n, out, sizeof out), out);
    assert_string_equal(out, expected);
}

static void quoting_escapes_what_could_mislead(void **state)
{
    (void)state;
    assert_quoted("", 0, "\"\"");
    assert_quoted("/api/v1", 7, "\"/api/v1\"");
    assert_quoted("say \"hi\" \\", 10, "\"say \\\"hi\\\" \\\\\"");
    assert_quoted("a\nb\rc\td", 7, "\"a\\nb\\rc\\td\"");
    assert_quoted("\0\x1B\x7F", 3, "\"\\x00\\x1b\\x7f\"");
    assert_quoted("Gò Vấp", 9, "\"Gò Vấp\"");
    assert_quoted("a\xFF\xC3", 3, "\"a\\xff\\xc3\"");
    assert_quoted("\xC2\x85", 2, "\"\\xc2\\x85\"");               /* next line */
    assert_quoted("\xE2\x80\xAE", 3, "\"\\xe2\\x80\\xae\"");      /* right-to-left override */
    assert_quoted("\xE2\x80\xA8x", 4, "\"\\xe2\\x80\\xa8x\"");    /* line separator */
    assert_quoted("\xE1\xBA", 2, "\"\\xe1\\xba\"");               /* cut short by n */
    assert_quoted("\xF0\x9F\x9A\xA7", 4, "\"\xF0\x9F\x9A\xA7\""); /* outside the first plane */
}

/* For every size of the output: it stays inside, is well formed, and is cut only if it must be. */
static void quoting_keeps_to_the_size(void **state)
{
    (void)state;
    const char text[] = "ab\n\x01ấ\xFF\"cd\xE2\x80\xA8yz";
    char whole[128];
    log_quote(text, sizeof text - 1, whole, sizeof whole);
    size_t needed = strlen(whole) + 1;
    for (size_t size = 0; size < needed + 4; size++) {
        char *out = malloc(size + 1); /* its own block, for AddressSanitizer */
        assert_non_null(out);
        out[size] = '#';
        log_quote(text, sizeof text - 1, out, size);
        assert_int_equal(out[size], '#');
        if (size >= needed) {
            assert_string_equal(out, whole);
        } else if (size >= 6) {
            size_t n = strlen(out);
            assert_string_equal(out + n - 4, "\xE2\x80\xA6\"");
            assert_memory_equal(out, whole, n - 4);
            assert_true(n + 12 > size); /* no more is dropped than the piece that did not fit */
        } else if (size > 0) {
            assert_string_equal(out, "");
        }
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_has_time_level_event_and_pairs, quiet_zone),
        cmocka_unit_test_setup(a_line_that_cannot_be_written_leaves_no_trace, quiet_zone),
        cmocka_unit_test_setup(levels_below_the_threshold_are_silent, quiet_zone),
        cmocka_unit_test_setup(unquoted_control_characters_cannot_forge_a_line, quiet_zone),
        cmocka_unit_test_setup(an_empty_body_leaves_no_blank, quiet_zone),
        cmocka_unit_test_setup(long_lines_are_cut_between_characters, quiet_zone),
        cmocka_unit_test_setup(lines_of_threads_never_mix, quiet_zone),
        cmocka_unit_test(quoting_escapes_what_could_mislead),
        cmocka_unit_test(quoting_keeps_to_the_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
