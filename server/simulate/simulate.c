#include "server/simulate/simulate.h"

#include <event2/event.h>
#include <json-c/json.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "server/base/clock.h"
#include "server/simulate/simulate_city.h"
#include "server/simulate/simulate_client.h"

#define BODY_MAX          ((size_t)64 << 10)
#define TIMEOUT_MS        15000
#define START_TIMEOUT_S   15
#define JOBS_MAX          500000 /* under way at once: bounds the memory at about 40 MB */
#define PAUSE_MIN_NS      UINT64_C(50000000)
#define PAUSE_MAX_NS      UINT64_C(2000000000)
#define TRIES_FOR_CENTRES 1200
#define KEY_MAX           48
#define CODE_MAX          16

/* One complaint that is not settled yet. Its body is made anew for each attempt. */
struct job {
    struct simulation *sim;
    uint64_t number;
    uint64_t intended_ns; /* when it came due */
    uint64_t due_ns;      /* when it is to be sent, next */
    unsigned attempts;
    int last_status;
};

struct simulation {
    const struct simulate_options *options;
    struct simulate_result *result;
    struct event_base *base;
    struct simulate_client *client;
    struct event *timer, *second, *interrupt;
    struct simulate_city city;
    char run[17]; /* makes this run's keys its own */
    struct strbuf body;
    FILE *acks;
    struct job **waiting; /* a heap, the earliest due_ns first */
    size_t n_waiting, waiting_cap;
    size_t open; /* jobs not settled: waiting, or on a connection */
    uint64_t start_ns, end_ns, last_ack_ns;
    uint64_t next_number;
    bool interrupted;
    /* The questions before the start. */
    bool asking, asked, answered;
    struct strbuf answer;
};

static void pump(struct simulation *sim);

/* ---- the heap of jobs to send ---- */

static bool job_push(struct simulation *sim, struct job *job)
{
    struct job **grown =
        array_grow(sim->waiting, &sim->waiting_cap, sim->n_waiting + 1, sizeof(*sim->waiting));
    if (grown == NULL) {
        return false;
    }
    sim->waiting = grown;
    size_t at = sim->n_waiting++;
    while (at > 0 && sim->waiting[(at - 1) / 2]->due_ns > job->due_ns) {
        sim->waiting[at] = sim->waiting[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sim->waiting[at] = job;
    return true;
}

static struct job *job_pop(struct simulation *sim)
{
    struct job *top = sim->waiting[0];
    struct job *last = sim->waiting[--sim->n_waiting];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= sim->n_waiting) {
            break;
        }
        if (child + 1 < sim->n_waiting &&
            sim->waiting[child + 1]->due_ns < sim->waiting[child]->due_ns) {
            child++;
        }
        if (sim->waiting[child]->due_ns >= last->due_ns) {
            break;
        }
        sim->waiting[at] = sim->waiting[child];
        at = child;
    }
    sim->waiting[at] = last;
    return top;
}

/* ---- what becomes of a complaint ---- */

static void job_free(struct job *job)
{
    job->sim->open--;
    free(job);
}

static void job_refuse(struct job *job)
{
    job->sim->result->refused[job->last_status]++;
    job_free(job);
}

static void key_of(const struct simulation *sim, uint64_t number, char out[KEY_MAX])
{
    snprintf(out, KEY_MAX, "sim-%s-%llu", sim->run, (unsigned long long)number);
}

/* The tracking code in the answer, which puts it first; a proxy may have rewritten it. */
static void code_of(struct str body, char out[CODE_MAX])
{
    static const char first[] = "{\"code\":\"";
    const size_t n = sizeof(first) - 1;
    out[0] = '\0';
    if (body.n > n && memcmp(body.p, first, n) == 0) {
        const char *end = memchr(body.p + n, '"', body.n - n);
        if (end != NULL && end - (body.p + n) < CODE_MAX) {
            snprintf(out, CODE_MAX, "%.*s", (int)(end - (body.p + n)), body.p + n);
        }
        return;
    }
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *tree =
        tokener == NULL ? NULL : json_tokener_parse_ex(tokener, body.p, (int)body.n);
    struct json_object *code = NULL;
    if (json_object_object_get_ex(tree, "code", &code)) {
        snprintf(out, CODE_MAX, "%s", json_object_get_string(code));
    }
    json_object_put(tree);
    if (tokener != NULL) {
        json_tokener_free(tokener);
    }
}

static void job_acknowledge(struct job *job, const struct simulate_reply *reply)
{
    struct simulation *sim = job->sim;
    struct simulate_result *result = sim->result;
    uint64_t now = clock_mono_ns();
    result->acknowledged++;
    result->repeated += reply->status == 200 ? 1 : 0;
    simulate_histogram_add(&result->latency,
                           now > job->intended_ns ? (now - job->intended_ns) / 1000 : 0);
    sim->last_ack_ns = now;
    if (sim->acks != NULL) {
        char key[KEY_MAX];
        char code[CODE_MAX];
        key_of(sim, job->number, key);
        code_of(reply->body, code);
        (void)fprintf(sim->acks, "%s %s\n", key, code); /* ferror is asked at the end */
    }
    job_free(job);
}

static bool worth_a_retry(int status)
{
    return status == 0 || status == 429 || status >= 500;
}

static void job_retry(struct job *job, double retry_after_s)
{
    unsigned doubled = job->attempts < 7 ? job->attempts - 1 : 6;
    uint64_t pause = PAUSE_MIN_NS << doubled;
    if (retry_after_s > 0 && retry_after_s * 1e9 > (double)pause) {
        pause = (uint64_t)(retry_after_s * 1e9 < 1e10 ? retry_after_s * 1e9 : 1e10);
    } else if (pause > PAUSE_MAX_NS) {
        pause = PAUSE_MAX_NS;
    }
    pause += pause / 4 * (job->number % 8) / 8; /* so that they don't come back all at once */
    job->due_ns = clock_mono_ns() + pause;
    if (!job_push(job->sim, job)) {
        job_refuse(job);
    }
}

static void on_reply(void *arg, const struct simulate_reply *reply)
{
    struct job *job = arg;
    struct simulation *sim = job->sim;
    int status = reply->status < SIMULATE_STATUS_MAX ? reply->status : SIMULATE_STATUS_MAX - 1;
    sim->result->answers[status]++;
    job->last_status = status;
    if (status == 200 || status == 201) {
        job_acknowledge(job, reply);
    } else if (sim->options->retry && worth_a_retry(status)) {
        job_retry(job, reply->retry_after_s);
    } else {
        job_refuse(job);
    }
    if (status == 0) {
        pump(sim); /* no connection becomes ready that would do it */
    }
}

static void job_send(struct job *job)
{
    struct simulation *sim = job->sim;
    char key[KEY_MAX];
    key_of(sim, job->number, key);
    strbuf_reset(&sim->body);
    simulate_city_complaint(&sim->city, job->number, &sim->body);
    struct simulate_request request = {.path = "/api/v1/complaints",
                                       .idempotency_key = key,
                                       .body = {sim->body.p, sim->body.n},
                                       .done = on_reply,
                                       .arg = job};
    sim->result->sent += job->attempts == 0 ? 1 : 0;
    sim->result->retries += job->attempts == 0 ? 0 : 1;
    job->attempts++;
    (void)simulate_client_send(sim->client, &request); /* pump looked for a free connection */
}

/* ---- arrivals ---- */

/* When the n-th comes due: evenly spread, each somewhere in its own slot. */
static uint64_t intended_ns(const struct simulation *sim, uint64_t number)
{
    uint64_t mixed = (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
    double jitter = (double)((mixed ^ (mixed >> 31)) & 0xFFFF) / 65536;
    return sim->start_ns + (uint64_t)(((double)number + jitter) / sim->options->rate * 1e9);
}

static struct job *job_make(struct simulation *sim, uint64_t due_ns)
{
    uint64_t number = sim->next_number++;
    struct job *job = sim->open < JOBS_MAX ? calloc(1, sizeof(*job)) : NULL;
    sim->result->made++;
    if (job == NULL) {
        sim->result->refused[0]++; /* more than we can keep: never sent */
        return NULL;
    }
    *job = (struct job){.sim = sim, .number = number, .intended_ns = due_ns, .due_ns = due_ns};
    sim->open++;
    return job;
}

static bool arrivals_are_over(const struct simulation *sim, uint64_t now)
{
    if (sim->interrupted) {
        return true;
    }
    return sim->options->rate > 0
               ? (double)sim->next_number >= sim->options->rate * sim->options->seconds
               : now >= sim->end_ns;
}

static void take_arrivals(struct simulation *sim, uint64_t now)
{
    while (sim->options->rate > 0 && !arrivals_are_over(sim, now) &&
           intended_ns(sim, sim->next_number) <= now) {
        struct job *job = job_make(sim, intended_ns(sim, sim->next_number));
        if (job != NULL && !job_push(sim, job)) {
            job_refuse(job);
        }
    }
}

static void arm_timer(struct simulation *sim, uint64_t now)
{
    uint64_t next = now + UINT64_C(50000000);
    if (sim->options->rate > 0 && !arrivals_are_over(sim, now)) {
        uint64_t arrival = intended_ns(sim, sim->next_number);
        next = arrival < next ? arrival : next;
    }
    if (sim->n_waiting > 0 && sim->waiting[0]->due_ns > now && sim->waiting[0]->due_ns < next) {
        next = sim->waiting[0]->due_ns;
    }
    uint64_t pause_us = next > now ? (next - now) / 1000 : 0;
    pause_us = pause_us < 200 ? 200 : pause_us; /* several at once rather than a wake-up each */
    struct timeval pause = {.tv_sec = 0, .tv_usec = (suseconds_t)pause_us};
    event_add(sim->timer, &pause);
}

/* Sends what is due while connections are free, and ends the run when all is settled. */
static void pump(struct simulation *sim)
{
    uint64_t now = clock_mono_ns();
    if (sim->asking) {
        return;
    }
    take_arrivals(sim, now);
    while (simulate_client_has_ready(sim->client) && sim->n_waiting > 0 &&
           sim->waiting[0]->due_ns <= now) {
        job_send(job_pop(sim));
    }
    while (sim->options->rate <= 0 && simulate_client_has_ready(sim->client) &&
           !arrivals_are_over(sim, now)) {
        struct job *job = job_make(sim, now);
        if (job == NULL) {
            break;
        }
        job_send(job);
    }
    uint64_t grace_ns = (uint64_t)(sim->options->grace_s * 1e9);
    if ((arrivals_are_over(sim, now) && sim->open == 0) || now >= sim->end_ns + grace_ns) {
        event_base_loopbreak(sim->base);
    }
}

static void on_timer(evutil_socket_t fd, short events, void *arg)
{
    struct simulation *sim = arg;
    (void)fd;
    (void)events;
    if (sim->asking) {
        event_base_loopbreak(sim->base);
        return;
    }
    pump(sim);
    arm_timer(sim, clock_mono_ns());
}

static void on_ready(void *arg)
{
    struct simulation *sim = arg;
    if (sim->asking) {
        event_base_loopbreak(sim->base);
    } else {
        pump(sim);
    }
}

/* The first one ends the arrivals, as if their time were over; the second one ends the run. */
static void on_interrupt(evutil_socket_t fd, short events, void *arg)
{
    struct simulation *sim = arg;
    (void)fd;
    (void)events;
    if (sim->asking || sim->interrupted) {
        event_base_loopbreak(sim->base);
    }
    if (!sim->interrupted) {
        sim->interrupted = true;
        sim->end_ns = clock_mono_ns();
    }
}

static void on_second(evutil_socket_t fd, short events, void *arg)
{
    struct simulation *sim = arg;
    const struct simulate_result *r = sim->result;
    (void)fd;
    (void)events;
    if (sim->acks != NULL) {
        (void)fflush(sim->acks); /* ferror is asked at the end */
    }
    if (sim->options->progress && !sim->asking) {
        fprintf(stderr,
                "\r%4.0f s  sent %llu  acknowledged %llu  open %zu  retries %llu  p50 %.1f ms  "
                "p99 %.1f ms ",
                (double)(clock_mono_ns() - sim->start_ns) / 1e9, (unsigned long long)r->sent,
                (unsigned long long)r->acknowledged, sim->open, (unsigned long long)r->retries,
                simulate_histogram_quantile(&r->latency, 0.5) / 1000,
                simulate_histogram_quantile(&r->latency, 0.99) / 1000);
    }
}

/* ---- the start: what city is it? ---- */

static void on_answer(void *arg, const struct simulate_reply *reply)
{
    struct simulation *sim = arg;
    sim->asked = false;
    sim->answered = reply->status == 200;
    strbuf_reset(&sim->answer);
    strbuf_append(&sim->answer, reply->body.p, reply->body.n);
    event_base_loopbreak(sim->base);
}

/* GET, blocking; tries again until the service answers 200 or the time for starting is over. */
static enum status ask(struct simulation *sim, const char *path, struct err *e)
{
    static const struct timeval pause = {.tv_sec = 0, .tv_usec = 50000};
    uint64_t end_ns = clock_mono_ns() + START_TIMEOUT_S * UINT64_C(1000000000);
    struct simulate_request request = {.path = path, .done = on_answer, .arg = sim};
    sim->answered = false;
    while (!sim->answered && !sim->interrupted && (sim->asked || clock_mono_ns() < end_ns)) {
        sim->asked = sim->asked || simulate_client_send(sim->client, &request);
        event_add(sim->timer, &pause);
        (void)event_base_dispatch(sim->base);
    }
    event_del(sim->timer);
    if (!sim->answered) {
        return err_set(e, STATUS_UNAVAILABLE, "%s does not answer %s", sim->options->url, path);
    }
    return STATUS_OK;
}

static enum status learn_centres(struct simulation *sim, struct err *e)
{
    struct simulate_city *city = &sim->city;
    for (uint64_t n = 0; n < TRIES_FOR_CENTRES && city->n_centres < SIMULATE_CENTRES_MAX; n++) {
        struct geo_point point = simulate_city_try(city, n);
        char path[120];
        snprintf(path, sizeof(path), "/api/v1/reverse?lon=%.6f&lat=%.6f", point.lon, point.lat);
        enum status status = ask(sim, path, e);
        if (status != STATUS_OK) {
            return status;
        }
        simulate_city_take(city, point, (struct str){sim->answer.p, sim->answer.n});
    }
    if (city->n_centres == 0) {
        return err_set(e, STATUS_INVALID, "no ward could be found in the city's box");
    }
    return STATUS_OK;
}

static enum status learn_city(struct simulation *sim, struct err *e)
{
    enum status status = ask(sim, "/api/v1/city", e);
    if (status != STATUS_OK) {
        return status;
    }
    char *about = strbuf_take(&sim->answer);
    if (about == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the city");
    }
    status = ask(sim, "/api/v1/categories", e);
    if (status == STATUS_OK) {
        status = simulate_city_read(&sim->city, str_of(about),
                                    (struct str){sim->answer.p, sim->answer.n}, e);
    }
    free(about);
    return status == STATUS_OK ? learn_centres(sim, e) : status;
}

/* ---- the run ---- */

static enum status prepare(struct simulation *sim, struct err *e)
{
    static const struct timeval second = {.tv_sec = 1, .tv_usec = 0};
    const struct simulate_options *o = sim->options;
    unsigned char run[8];
    struct event_config *config = event_config_new();
    randombytes_buf(run, sizeof(run));
    sodium_bin2hex(sim->run, sizeof(sim->run), run, sizeof(run));
    sim->city.seed = o->seed;
    sim->city.any_channel = o->key != NULL;
    if (config != NULL) {
        (void)event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
        sim->base = event_base_new_with_config(config);
        event_config_free(config);
    }
    if (sim->base == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for an event loop");
    }
    sim->timer = evtimer_new(sim->base, on_timer, sim);
    sim->second = event_new(sim->base, -1, EV_PERSIST, on_second, sim);
    sim->interrupt = evsignal_new(sim->base, SIGINT, on_interrupt, sim);
    if (sim->timer == NULL || sim->second == NULL || sim->interrupt == NULL ||
        event_add(sim->second, &second) != 0 || event_add(sim->interrupt, NULL) != 0) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for an event loop");
    }
    if (o->acks != NULL && (sim->acks = fopen(o->acks, "ae")) == NULL) {
        return err_set(e, STATUS_IO, "%s cannot be written", o->acks);
    }
    struct simulate_client_options client = {.url = o->url,
                                             .key = o->key,
                                             .connections = o->connections,
                                             .timeout_ms = TIMEOUT_MS,
                                             .on_ready = on_ready,
                                             .arg = sim};
    return simulate_client_create(sim->base, &client, &sim->client, e);
}

/* What is not settled when the run ends was never acknowledged. */
static void count_the_rest(struct simulation *sim)
{
    struct simulate_result *r = sim->result;
    uint64_t given_up = 0;
    for (size_t i = 0; i < SIMULATE_STATUS_MAX; i++) {
        given_up += r->refused[i];
    }
    for (; sim->n_waiting > 0; sim->n_waiting--) {
        struct job *job = sim->waiting[sim->n_waiting - 1];
        r->refused[job->last_status]++;
        given_up++;
        free(job);
    }
    r->refused[0] += r->made - r->acknowledged - given_up; /* still on a connection */
    uint64_t last = sim->last_ack_ns > sim->start_ns ? sim->last_ack_ns : clock_mono_ns();
    r->seconds = (double)(last - sim->start_ns) / 1e9;
}

static void clear(struct simulation *sim)
{
    simulate_client_destroy(sim->client);
    struct event *events[] = {sim->timer, sim->second, sim->interrupt};
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    if (sim->base != NULL) {
        event_base_free(sim->base);
    }
    free(sim->waiting);
    strbuf_free(&sim->body);
    strbuf_free(&sim->answer);
}

enum status simulate_run(const struct simulate_options *options, struct simulate_result *out,
                         struct err *e)
{
    struct simulation *sim = calloc(1, sizeof(*sim));
    if (sim == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a simulation");
    }
    memset(out, 0, sizeof(*out));
    sim->options = options;
    sim->result = out;
    sim->asking = true;
    strbuf_init(&sim->body, BODY_MAX);
    strbuf_init(&sim->answer, (size_t)8 << 20);
    enum status status = prepare(sim, e);
    if (status == STATUS_OK) {
        status = learn_city(sim, e);
    }
    if (status == STATUS_OK) {
        sim->asking = false;
        sim->start_ns = clock_mono_ns();
        sim->end_ns = sim->start_ns + (uint64_t)(options->seconds * 1e9);
        on_timer(-1, 0, sim);
        (void)event_base_dispatch(sim->base);
        count_the_rest(sim);
    }
    if (options->progress && status == STATUS_OK) {
        fputc('\n', stderr);
    }
    if (sim->acks != NULL && (ferror(sim->acks) != 0 || fclose(sim->acks) != 0) &&
        status == STATUS_OK) {
        status = err_set(e, STATUS_IO, "%s could not be written", options->acks);
    }
    clear(sim);
    free(sim);
    return status;
}
