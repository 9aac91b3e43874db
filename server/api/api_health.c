/* /healthz: the process answers. /readyz: it can do its work. /metrics: Prometheus text. */
#include <inttypes.h>
#include <stdio.h>

#include "server/api/api_about.h"
#include "server/app/files.h"
#include "server/app/heat.h"
#include "server/intake/batcher.h"
#include "server/notify/notify.h"
#include "server/tiles/tile_cache.h"

static void plain(struct http_request *r, int status, const char *text)
{
    http_send(r, &(struct http_reply){
                     .status = status, .type = "text/plain; charset=utf-8", .body = str_of(text)});
}

static void get_health(struct http_request *r)
{
    plain(r, 200, "ok\n");
}

static void get_ready(struct http_request *r)
{
    const struct worker *w = api_worker(r);
    if (__atomic_load_n(&w->app->stopping, __ATOMIC_ACQUIRE)) {
        plain(r, 503, "stopping\n");
    } else if (w->snapshot == NULL || w->snapshot->rules == NULL) {
        plain(r, 503, "no city is loaded\n");
    } else if (db_pool_stats(w->writes).connected == 0) {
        plain(r, 503, "the database is down\n");
    } else if (!heat_counters(w->app->heat).ready) {
        plain(r, 503, "complaints are being read for the map\n"); /* intake works already */
    } else {
        plain(r, 200, "ready\n");
    }
}

struct snapshot *api_snapshot(struct http_request *r)
{
    struct snapshot *s = api_worker(r)->snapshot;
    if (s == NULL || s->rules == NULL) {
        http_problem(r, 503, NULL);
        return NULL;
    }
    return s;
}

static void pool_metrics(struct strbuf *out, int worker, const char *name,
                         const struct db_pool *pool)
{
    struct db_pool_stats s = db_pool_stats(pool);
    const struct {
        const char *metric;
        unsigned long long value;
    } rows[] = {
        {"connected", (unsigned long long)s.connected},
        {"waiting", s.waiting},
        {"in_flight", s.in_flight},
        {"done_total", s.done},
        {"failed_total", s.failed},
        {"timeouts_total", s.timeouts},
        {"resent_total", s.resent},
        {"reconnects_total", s.reconnects},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        strbuf_printf(out, "hotline_db_%s{worker=\"%d\",pool=\"%s\"} %llu\n", rows[i].metric,
                      worker, name, rows[i].value);
    }
}

static void http_metrics(struct strbuf *out, int worker, const struct http_stats *s)
{
    uint64_t sum = 0;
    for (int class = 1; class <= 5; class ++) {
        strbuf_printf(out, "hotline_http_answers_total{worker=\"%d\",class=\"%dxx\"} %llu\n",
                      worker, class, (unsigned long long)s->by_class[class]);
    }
    for (size_t i = 0; i < 12; i++) {
        char bound[16] = "+Inf";
        sum += s->latency_buckets[i];
        if (http_latency_bounds_us[i] != 0) {
            snprintf(bound, sizeof(bound), "%g", http_latency_bounds_us[i] / 1e6);
        }
        strbuf_printf(out, "hotline_http_seconds_bucket{worker=\"%d\",le=\"%s\"} %llu\n", worker,
                      bound, (unsigned long long)sum);
    }
    strbuf_printf(out,
                  "hotline_http_seconds_sum{worker=\"%d\"} %.6f\n"
                  "hotline_http_seconds_count{worker=\"%d\"} %llu\n"
                  "hotline_http_connections{worker=\"%d\"} %zu\n"
                  "hotline_http_in_flight{worker=\"%d\"} %zu\n"
                  "hotline_http_streams{worker=\"%d\"} %zu\n"
                  "hotline_http_refused_busy_total{worker=\"%d\"} %llu\n"
                  "hotline_http_cut_slow_total{worker=\"%d\"} %llu\n"
                  "hotline_http_deadlines_total{worker=\"%d\"} %llu\n",
                  worker, (double)s->latency_us_sum / 1e6, worker, (unsigned long long)sum, worker,
                  s->connections, worker, s->in_flight, worker, s->streams, worker,
                  (unsigned long long)s->refused_busy, worker, (unsigned long long)s->cut_slow,
                  worker, (unsigned long long)s->deadlines);
}

static void intake_metrics(struct strbuf *out, const struct worker *w)
{
    struct intake_batcher_stats s = intake_batcher_stats(w->batcher);
    struct tile_cache_stats t = tile_cache_stats(w->cache);
    strbuf_printf(out,
                  "hotline_intake_batches_total{worker=\"%d\"} %llu\n"
                  "hotline_intake_records_total{worker=\"%d\"} %llu\n"
                  "hotline_intake_splits_total{worker=\"%d\"} %llu\n"
                  "hotline_intake_waiting{worker=\"%d\"} %zu\n"
                  "hotline_tile_cache_hits_total{worker=\"%d\"} %llu\n"
                  "hotline_tile_cache_joined_total{worker=\"%d\"} %llu\n"
                  "hotline_tile_cache_bytes{worker=\"%d\"} %zu\n",
                  w->number, (unsigned long long)s.batches, w->number,
                  (unsigned long long)s.records, w->number, (unsigned long long)s.splits, w->number,
                  s.waiting, w->number, (unsigned long long)t.hits, w->number,
                  (unsigned long long)t.joined, w->number, t.bytes);
}

static void rule_metrics(struct strbuf *out, const struct snapshot *s)
{
    if (s->rules == NULL) {
        return;
    }
    strbuf_append_z(out, "# HELP hotline_rule_failures_total Decisions in which a rule held but"
                         " could not say who is responsible.\n"
                         "# TYPE hotline_rule_failures_total counter\n");
    for (size_t i = 0; i < route_rules_n_rules(s->rules); i++) {
        uint64_t n = __atomic_load_n(&s->rule_failures[i], __ATOMIC_RELAXED);
        if (n > 0) {
            strbuf_printf(out, "hotline_rule_failures_total{rule=\"%s\"} %" PRIu64 "\n",
                          route_rules_rule(s->rules, (int32_t)i)->code, n);
        }
    }
    strbuf_printf(out, "# TYPE hotline_rules_version gauge\nhotline_rules_version %d\n",
                  (int)route_rules_version(s->rules));
}

static void gazetteer_metrics(struct strbuf *out, const struct snapshot *s)
{
    if (s == NULL || s->gazetteer == NULL) {
        return;
    }
    strbuf_printf(out,
                  "hotline_gazetteer_bytes %zu\nhotline_gazetteer_names %zu\n"
                  "hotline_gazetteer_build_seconds %.3f\n",
                  geo_gazetteer_bytes(s->gazetteer), geo_gazetteer_count(s->gazetteer),
                  (double)s->gazetteer_build_us / 1e6);
}

static void heat_metrics(struct strbuf *out, struct heat *heat)
{
    struct heat_counters c = heat_counters(heat);
    struct geo_heat_stats s = heat_stats(heat);
    strbuf_printf(out,
                  "hotline_heat_ready %d\nhotline_heat_version %llu\n"
                  "hotline_heat_complaints %zu\nhotline_heat_bytes %zu\n"
                  "hotline_heat_retiring_bytes %zu\nhotline_heat_leaves %zu\n"
                  "hotline_heat_nodes %zu\nhotline_heat_loads_total %llu\n"
                  "hotline_heat_load_seconds %.3f\nhotline_heat_news_total %llu\n"
                  "hotline_heat_applied_total %llu\nhotline_heat_apply_seconds %.6f\n"
                  "hotline_heat_lag_seconds %.6f\nhotline_heat_losses_total %llu\n",
                  c.ready, (unsigned long long)s.version, s.complaints, s.bytes, s.retiring,
                  s.leaves, s.nodes, (unsigned long long)c.loads, (double)c.load_us / 1e6,
                  (unsigned long long)c.news, (unsigned long long)c.applied,
                  (double)c.last_apply_us / 1e6, (double)c.lag_us / 1e6,
                  (unsigned long long)c.losses);
}

static void files_metrics(struct strbuf *out, const struct files *f)
{
    strbuf_printf(out,
                  "hotline_uploads %d\nhotline_uploads_busy_total %llu\n"
                  "hotline_files_total{outcome=\"taken\"} %llu\n"
                  "hotline_files_total{outcome=\"refused\"} %llu\n",
                  __atomic_load_n(&f->uploads, __ATOMIC_RELAXED),
                  (unsigned long long)__atomic_load_n(&f->busy, __ATOMIC_RELAXED),
                  (unsigned long long)__atomic_load_n(&f->accepted, __ATOMIC_RELAXED),
                  (unsigned long long)__atomic_load_n(&f->refused, __ATOMIC_RELAXED));
}

static void notify_metrics(struct strbuf *out, const struct notify *notify)
{
    struct notify_counters c = notify_counters(notify);
    strbuf_printf(out,
                  "hotline_notify_planned_total %" PRIu64 "\nhotline_notify_made_total %" PRIu64
                  "\nhotline_notify_steps_total %" PRIu64 "\nhotline_notify_losses_total %" PRIu64
                  "\n",
                  c.planned, c.made, c.steps, c.losses);
    for (int m = 0; m < NOTIFY_MEDIA; m++) {
        const struct {
            const char *metric;
            uint64_t value;
        } rows[] = {{"configured", c.media[m].configured}, {"paused", c.media[m].paused},
                    {"under_way", c.media[m].under_way},   {"waiting", c.media[m].waiting},
                    {"dead", c.media[m].all_dead},         {"claimed_total", c.media[m].claimed},
                    {"sent_total", c.media[m].sent},       {"failed_total", c.media[m].failed},
                    {"dead_total", c.media[m].dead}};
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            strbuf_printf(out, "hotline_notify_%s{medium=\"%s\"} %" PRIu64 "\n", rows[i].metric,
                          notify_medium_name((enum notify_medium)m), rows[i].value);
        }
    }
}

/* Of the worker that answers: its counters are its own, so a scrape tells of one worker at a time
 * (each series carries its number), and no thread reads another's. */
static void get_metrics(struct http_request *r)
{
    const struct worker *w = api_worker(r);
    const struct app_counters *c = &w->app->counters;
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    http_metrics(&out, w->number, http_stats(w->http));
    pool_metrics(&out, w->number, "reads", w->reads);
    pool_metrics(&out, w->number, "changes", w->changes);
    pool_metrics(&out, w->number, "tiles", w->tiles);
    pool_metrics(&out, w->number, "writes", w->writes);
    intake_metrics(&out, w);
    heat_metrics(&out, w->app->heat);
    notify_metrics(&out, w->app->notify);
    files_metrics(&out, w->app->files);
    strbuf_printf(&out,
                  "hotline_snapshots_total %llu\nhotline_snapshot_failures_total %llu\n"
                  "hotline_snapshot_load_seconds %.3f\nhotline_listen_losses_total %llu\n"
                  "hotline_ready %d\n",
                  (unsigned long long)__atomic_load_n(&c->snapshots, __ATOMIC_RELAXED),
                  (unsigned long long)__atomic_load_n(&c->snapshot_failures, __ATOMIC_RELAXED),
                  (double)__atomic_load_n(&c->snapshot_load_us, __ATOMIC_RELAXED) / 1e6,
                  (unsigned long long)__atomic_load_n(&c->listen_losses, __ATOMIC_RELAXED),
                  w->snapshot != NULL && w->snapshot->rules != NULL);
    gazetteer_metrics(&out, w->snapshot);
    if (w->snapshot != NULL) {
        rule_metrics(&out, w->snapshot);
    }
    http_send(r, &(struct http_reply){.status = 200,
                                      .type = "text/plain; version=0.0.4; charset=utf-8",
                                      .body = {out.p, out.n}});
    strbuf_free(&out);
}

const struct http_route api_health_routes[] = {
    {HTTP_GET, "/healthz", get_health,
     ABOUT(.tag = "health", .summary = "Alive", .answer = "text/plain")},
    {HTTP_GET, "/readyz", get_ready,
     ABOUT(.tag = "health", .summary = "Ready: has a city, a database and its map",
           .answer = "text/plain")},
    {HTTP_GET, "/metrics", get_metrics,
     ABOUT(.tag = "health", .summary = "Figures for Prometheus", .answer = "text/plain")},
};
const size_t n_api_health_routes = sizeof(api_health_routes) / sizeof(api_health_routes[0]);
