#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/base/bug.h"

static void an_untrue_condition_does_nothing(void **state)
{
    (void)state;
    int evaluated = 0;
    BUG_IF(evaluated++ > 0);
    assert_int_equal(evaluated, 1);
}

static void a_true_condition_ends_the_process_and_names_itself(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(ends[1], STDERR_FILENO);
        int queued = 3;
        BUG_IF(queued != 0);
        _exit(0);
    }
    (void)close(ends[1]);
    char text[512] = "";
    size_t n = 0;
    ssize_t got = 0;
    while ((got = read(ends[0], text + n, sizeof text - 1 - n)) > 0) {
        n += (size_t)got;
    }
    (void)close(ends[0]);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGABRT);
    assert_memory_equal(text, "BUG ", 4);
    assert_non_null(strstr(text, "test_bug.c:"));
    assert_non_null(
        strstr(text, "a_true_condition_ends_the_process_and_names_itself: queued != 0\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_untrue_condition_does_nothing),
        cmocka_unit_test(a_true_condition_ends_the_process_and_names_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
