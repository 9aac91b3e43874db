#include "server/app/incidents.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "geo/geo_distance.h"
#include "server/app/app_internal.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/base/log.h"
#include "server/db/db_listen.h"
#include "server/store/store_incident.h"

#define APART_NS     UINT64_C(1000000000)  /* between two looks */
#define ANYWAY_NS    UINT64_C(60000000000) /* if no news came, look all the same */
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000
#define BURSTS_MAX   32
#define ARGS_MAX     ((size_t)4 << 20)
#define KINDS_MAX    65536

struct incidents {
    struct app *app;
    pthread_t thread;
    int wake;
    bool stopping; /* __atomic */
    struct db_sync *db;
    bool news;
    uint64_t looked_ns;
};

static bool stopping(const struct incidents *w)
{
    return __atomic_load_n(&w->stopping, __ATOMIC_ACQUIRE);
}

static void append_args(struct strbuf *out, const struct incident_ground *g, const struct burst *b,
                        const size_t *order, double usual, const char *kinds)
{
    strbuf_append_char(out, '{');
    json_text_field_int(out, "category", g->category_ids[b->category]);
    json_text_key(out, "kinds");
    strbuf_printf(out, "[%.*s]", (int)strlen(kinds) - 2, kinds + 1); /* "{1,2}" */
    json_text_key(out, "complaints");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < b->n; i++) {
        strbuf_printf(out, "%s%lld", i == 0 ? "" : ",",
                      (long long)g->reports[order[b->first + i]].id);
    }
    strbuf_append_char(out, ']');
    json_text_field_number(out, "margin_m", g->margin_m);
    json_text_key(out, "seen");
    strbuf_append_char(out, '{');
    json_text_field_int(out, "reports", (int64_t)b->n);
    json_text_field_number(out, "usual", usual);
    json_text_field_int(out, "window_minutes", g->window_minutes);
    strbuf_append_z(out, "}}");
}

/* Proposes it if it stands out from what is usual on the ground that it covers. */
static enum status weigh(struct incidents *w, const struct incident_ground *g,
                         const struct burst *b, const size_t *order, struct err *e)
{
    struct strbuf kinds;
    struct strbuf args;
    double usual = 0;
    int64_t id = 0;
    strbuf_init(&kinds, KINDS_MAX);
    strbuf_init(&args, ARGS_MAX);
    incident_kinds(g->terms, g->category_ids, g->n_categories, b->category, &kinds);
    struct geo_box south_west =
        geo_box_around((struct geo_point){b->box.west, b->box.south}, g->margin_m);
    struct geo_box north_east =
        geo_box_around((struct geo_point){b->box.east, b->box.north}, g->margin_m);
    struct geo_box box = {.west = south_west.west,
                          .south = south_west.south,
                          .east = north_east.east,
                          .north = north_east.north};
    enum status status = store_incident_usual(w->db, kinds.p, box, &usual, e);
    if (status == STATUS_OK && burst_stands_out(&g->limits, b->n, usual)) {
        append_args(&args, g, b, order, usual, kinds.p);
        status = args.failed ? err_set(e, STATUS_NO_MEMORY, "no memory for a burst")
                             : store_incident_propose(w->db, args.p, &id, e);
    }
    if (id != 0) {
        log_info("incident.proposed", "id=%lld reports=%zu usual=%.2f", (long long)id, b->n, usual);
    }
    strbuf_free(&kinds);
    strbuf_free(&args);
    return status;
}

static enum status look(struct incidents *w, struct err *e)
{
    struct incident_ground g;
    struct burst bursts[BURSTS_MAX];
    size_t found = 0;
    w->news = false;
    w->looked_ns = clock_mono_ns();
    enum status status = store_incident_ground(w->db, &g, e);
    size_t *order = calloc(g.n_reports + 1, sizeof(*order));
    if (status == STATUS_OK && order == NULL) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for reports");
    }
    if (status == STATUS_OK) {
        const struct burst_ask ask = {g.terms, g.reports, g.n_reports, g.link_m, g.limits.least};
        status = burst_find(&ask, order, bursts, BURSTS_MAX, &found, e);
    }
    for (size_t i = 0; status == STATUS_OK && i < found; i++) {
        status = weigh(w, &g, &bursts[i], order, e);
    }
    free(order);
    incident_ground_free(&g);
    return status;
}

static void on_told(void *arg, const char *channel, const char *payload)
{
    struct incidents *w = arg;
    char text[128];
    if (strcmp(channel, "hotline_incidents") != 0) {
        w->news = true;
        return;
    }
    (void)snprintf(text, sizeof(text), "incident %s", payload);
    for (int i = 0; i < w->app->n_workers; i++) {
        worker_tell(&w->app->workers[i], text);
    }
}

/* One life of the connections. */
static enum status watch(struct incidents *w, unsigned *retry_ms, struct err *e)
{
    static const char *const channels[] = {"hotline_complaints", "hotline_incidents"};
    struct db_listen *l = NULL;
    enum status status = db_listen_open(w->app->options.database, channels, 2, &l, e);
    if (status == STATUS_OK) {
        status = db_sync_connect(w->app->options.database, DB_ROLE_SERVICE, &w->db, e);
    }
    w->news = true;
    while (status == STATUS_OK && !stopping(w)) {
        uint64_t since = clock_mono_ns() - w->looked_ns;
        if ((w->news && since >= APART_NS) || since >= ANYWAY_NS) {
            status = look(w, e);
            *retry_ms = RETRY_MIN_MS;
            continue;
        }
        uint64_t rest = (w->news ? APART_NS : ANYWAY_NS) - since;
        status = db_listen_wait(l, (int)(rest / 1000000) + 1, w->wake, on_told, w, e);
    }
    db_sync_close(w->db);
    w->db = NULL;
    db_listen_close(l);
    return status;
}

static void *incidents_main(void *arg)
{
    struct incidents *w = arg;
    unsigned retry_ms = RETRY_MIN_MS;
    while (!stopping(w)) {
        struct err e = {0};
        enum status status = watch(w, &retry_ms, &e);
        if (status == STATUS_OK || stopping(w)) {
            continue;
        }
        char why[300];
        log_warn("incidents.retry", "in_ms=%u why=%s", retry_ms,
                 log_quote(e.text, strlen(e.text), why, sizeof(why)));
        for (unsigned ms = 0; ms < retry_ms && !stopping(w); ms += 20) {
            usleep(20000);
        }
        retry_ms = retry_ms * 2 < RETRY_MAX_MS ? retry_ms * 2 : RETRY_MAX_MS;
    }
    return NULL;
}

enum status incidents_start(struct app *app, struct incidents **out, struct err *e)
{
    struct incidents *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the watch of incidents");
    }
    w->app = app;
    w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->wake < 0 || pthread_create(&w->thread, NULL, incidents_main, w) != 0) {
        if (w->wake >= 0) {
            close(w->wake);
        }
        free(w);
        return err_set(e, STATUS_NO_MEMORY, "cannot start the watch of incidents");
    }
    *out = w;
    return STATUS_OK;
}

void incidents_stop(struct incidents *w)
{
    if (w == NULL) {
        return;
    }
    __atomic_store_n(&w->stopping, true, __ATOMIC_RELEASE);
    uint64_t one = 1;
    if (write(w->wake, &one, sizeof(one)) < 0) {
        log_warn("incidents.wake", "why=%s", "the counter is full");
    }
    pthread_join(w->thread, NULL);
    close(w->wake);
    free(w);
}
