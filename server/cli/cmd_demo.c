/* hotline demo */
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/city/city_demo_load.h"
#include "server/city/city_text.h"
#include "server/cli/cli.h"

#define DEMO_SEED             1022
#define DEMO_A_MONTH          13400 /* September 2025 had 13,409 */
#define DEMO_MONTHS           12
#define DEMO_COMPLAINTS_ASKED (-1) /* not given */

struct demo_arguments {
    int64_t seed, complaints, months;
    const char *until, *url;
};

/* The day that it is in the demo city. */
static void today(char out[11])
{
    char text[CLOCK_TEXT_MAX];
    (void)clock_set_zone("Asia/Ho_Chi_Minh"); /* city_demo_load says if there is no such zone */
    snprintf(out, 11, "%.10s", clock_format(clock_now_us(), text));
}

/* -1 to go on, or the exit code. */
static int check(const struct cli_usage *usage, const struct demo_arguments *a,
                 struct city_demo_wish *wish)
{
    if (a->seed < 0) {
        return cli_misuse(usage, "--seed: 0 or more");
    }
    if (a->months < 1 || a->months > DEMO_MONTHS_MAX) {
        return cli_misuse(usage, "--months: 1 to %d", DEMO_MONTHS_MAX);
    }
    int64_t complaints =
        a->complaints == DEMO_COMPLAINTS_ASKED ? a->months * DEMO_A_MONTH : a->complaints;
    if (complaints < 0 || complaints > DEMO_COMPLAINTS_MAX) {
        return cli_misuse(usage, "--complaints: 0 to %d", DEMO_COMPLAINTS_MAX);
    }
    wish->seed = (uint64_t)a->seed;
    wish->months = (int)a->months;
    wish->complaints = (size_t)complaints;
    today(wish->last_day);
    if (a->until != NULL) {
        int64_t us;
        if (!city_text_is_date(a->until) || !clock_parse_any(str_of(a->until), &us)) {
            return cli_misuse(usage, "--until: a day, 2026-06-30");
        }
        snprintf(wish->last_day, sizeof(wish->last_day), "%s", a->until);
    }
    return -1;
}

int cmd_demo(int argc, char **argv)
{
    struct demo_arguments a = {
        .seed = DEMO_SEED, .complaints = DEMO_COMPLAINTS_ASKED, .months = DEMO_MONTHS};
    const struct cli_option options[] = {
        CLI_DATABASE(&a.url),
        {"seed", CLI_WHOLE, &a.seed, "N", "another city (default 1022)"},
        {"complaints", CLI_WHOLE, &a.complaints, "N", "how many (default 13400 a month)"},
        {"months", CLI_WHOLE, &a.months, "N", "over how long (default 12)"},
        {"until", CLI_TEXT, &a.until, "DATE", "the last day (default today)"},
    };
    const struct cli_usage usage = {
        .command = "hotline demo",
        .arguments = "",
        .about =
            "Generates the demo city into an empty, migrated database: the real names of Ho Chi\n"
            "Minh City's wards and former districts within approximate boundaries, made-up "
            "streets\n"
            "and house numbers, agencies, accounts, and complaints in the published proportions.\n"
            "The same seed and last day give the same city. An interrupted run goes on where it\n"
            "stopped. The login must be one that may act as hotline_owner and hotline_service.",
        .options = options,
        .n_options = sizeof options / sizeof options[0],
    };
    int operands = 0;
    struct err e;
    struct city_demo_wish wish = {0};
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code < 0 && operands > 0) {
        code = cli_misuse(&usage, "unexpected: %s", argv[1]);
    }
    if (code < 0) {
        code = check(&usage, &a, &wish);
    }
    if (code >= 0) {
        return code;
    }
    const char *url = cli_database_url(a.url, &e);
    if (url == NULL || city_demo_load(url, &wish, &e) != STATUS_OK) {
        return cli_fail(&e);
    }
    return CLI_OK;
}
