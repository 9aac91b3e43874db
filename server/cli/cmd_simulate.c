/* hotline simulate: a realistic stream of complaints against a running service. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/base/json_text.h"
#include "server/cli/cli.h"
#include "server/simulate/simulate.h"

#define JSON_MAX ((size_t)64 << 10)

static const char about[] =
    "Files made-up complaints with a running service, and says how it did. Arrivals do not wait\n"
    "for answers, and latency counts from the moment a complaint was due. The service limits what\n"
    "one address may file without an account: start it with --anonymous-per-minute 0, or give an\n"
    "API key. Fails if a complaint was never acknowledged.";

static int parse(int argc, char **argv, struct simulate_options *o, bool *json)
{
    int64_t connections = o->connections;
    int64_t seed = 1022;
    const struct cli_option rows[] = {
        {"rate", CLI_NUMBER, &o->rate, "N", "complaints a second; 0: as fast as possible (10)"},
        {"seconds", CLI_NUMBER, &o->seconds, "S", "how long new ones are filed (10)"},
        {"url", CLI_TEXT, &o->url, "URL", "the service (http://127.0.0.1:8022)"},
        {"connections", CLI_WHOLE, &connections, "C", "kept open at once (64)"},
        {"seed", CLI_WHOLE, &seed, "N", "of what is complained of, and where (1022)"},
        {"key", CLI_TEXT, &o->key, "KEY", "an API key: then all channels occur"},
        {"retry", CLI_FLAG, &o->retry, NULL, "send again what was lost or put off"},
        {"grace", CLI_NUMBER, &o->grace_s, "S", "how long the last answers may take (30)"},
        {"acks", CLI_TEXT, &o->acks, "FILE", "append KEY CODE of each acknowledged complaint"},
        {"json", CLI_FLAG, json, NULL, "the result as JSON"},
    };
    const struct cli_usage usage = {.command = "hotline simulate",
                                    .arguments = "",
                                    .about = about,
                                    .options = rows,
                                    .n_options = sizeof(rows) / sizeof(rows[0])};
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands > 0 || o->rate < 0 || o->rate > 1e6 || o->seconds <= 0 || o->seconds > 1e6 ||
        o->grace_s < 0 || o->grace_s > 3600 || connections < 1 || connections > 10000 || seed < 0) {
        return cli_misuse(&usage, "a value is out of range, or there is one too many");
    }
    o->connections = (int)connections;
    o->seed = (uint64_t)seed;
    return -1;
}

/* {"201":17,"0":2}; 0 stands for no answer. */
static void counts_json(struct strbuf *out, const char *key, const uint64_t *counts)
{
    json_text_key(out, key);
    strbuf_append_char(out, '{');
    for (int i = 0; i < SIMULATE_STATUS_MAX; i++) {
        if (counts[i] > 0) {
            char name[12];
            snprintf(name, sizeof(name), "%d", i);
            json_text_field_int(out, name, (int64_t)counts[i]);
        }
    }
    strbuf_append_char(out, '}');
}

static void print_json(const struct simulate_result *r)
{
    static const struct {
        const char *name;
        double share;
    } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_char(&out, '{');
    json_text_field_int(&out, "made", (int64_t)r->made);
    json_text_field_int(&out, "sent", (int64_t)r->sent);
    json_text_field_int(&out, "acknowledged", (int64_t)r->acknowledged);
    json_text_field_int(&out, "repeated", (int64_t)r->repeated);
    json_text_field_int(&out, "retries", (int64_t)r->retries);
    counts_json(&out, "answers", r->answers);
    counts_json(&out, "refused", r->refused);
    json_text_key(&out, "latency_ms");
    strbuf_append_char(&out, '{');
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        json_text_field_number(&out, quantiles[i].name,
                               simulate_histogram_quantile(&r->latency, quantiles[i].share) / 1000);
    }
    json_text_field_number(&out, "max", (double)r->latency.max_us / 1000);
    strbuf_append_char(&out, '}');
    json_text_field_number(&out, "seconds", r->seconds);
    json_text_field_number(&out, "rate", r->seconds > 0 ? (double)r->acknowledged / r->seconds : 0);
    strbuf_append_char(&out, '}');
    puts(out.p);
    strbuf_free(&out);
}

static void print_counts(const char *title, const uint64_t *counts)
{
    printf("%-14s", title);
    for (int i = 0; i < SIMULATE_STATUS_MAX; i++) {
        if (counts[i] > 0 && i == 0) {
            printf("  no answer: %llu", (unsigned long long)counts[i]);
        } else if (counts[i] > 0) {
            printf("  %d: %llu", i, (unsigned long long)counts[i]);
        }
    }
    putchar('\n');
}

static void print_text(const struct simulate_result *r)
{
    printf("%-14s%llu\n%-14s%llu (%llu of them stored by an earlier attempt)\n", "sent",
           (unsigned long long)r->sent, "acknowledged", (unsigned long long)r->acknowledged,
           (unsigned long long)r->repeated);
    print_counts("refused", r->refused);
    print_counts("answers", r->answers);
    printf("%-14s%llu\n", "retries", (unsigned long long)r->retries);
    printf("%-14sp50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms\n", "latency",
           simulate_histogram_quantile(&r->latency, 0.5) / 1000,
           simulate_histogram_quantile(&r->latency, 0.9) / 1000,
           simulate_histogram_quantile(&r->latency, 0.99) / 1000, (double)r->latency.max_us / 1000);
    printf("%-14s%.0f a second over %.1f s\n", "rate",
           r->seconds > 0 ? (double)r->acknowledged / r->seconds : 0, r->seconds);
}

int cmd_simulate(int argc, char **argv)
{
    struct simulate_options o = {.url = "http://127.0.0.1:8022",
                                 .rate = 10,
                                 .seconds = 10,
                                 .grace_s = 30,
                                 .connections = 64,
                                 .progress = isatty(STDERR_FILENO) == 1};
    bool json = false;
    struct err e;
    int code = parse(argc, argv, &o, &json);
    if (code >= 0) {
        return code;
    }
    struct simulate_result *result = calloc(1, sizeof(*result));
    if (result == NULL) {
        fputs("hotline simulate: no memory\n", stderr);
        return CLI_FAILED;
    }
    if (simulate_run(&o, result, &e) != STATUS_OK) {
        free(result);
        return cli_fail(&e);
    }
    if (json) {
        print_json(result);
    } else {
        print_text(result);
    }
    code = result->acknowledged == result->made && result->made > 0 ? CLI_OK : CLI_FAILED;
    free(result);
    return code;
}
