#include "server/app/app.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/app/app_internal.h"
#include "server/app/files.h"
#include "server/app/heat.h"
#include "server/app/incidents.h"
#include "server/base/log.h"
#include "server/change/change_jobs.h"
#include "server/notify/notify.h"
#include "server/record/record_jobs.h"

#define COMPUTE_QUEUE 256

static int cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (int)n;
}

/* Signals are taken by this thread alone, one after another. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* What pages of staff are to hear, from the thread that tells people. */
static void on_staff(void *arg, const char *told)
{
    struct app *app = arg;
    char text[8192];
    (void)snprintf(text, sizeof(text), "staff %s", told);
    for (int i = 0; i < app->n_workers; i++) {
        worker_tell(&app->workers[i], text);
    }
}

static enum status start(struct app *app, struct err *e)
{
    enum status status = compute_create(cores(), COMPUTE_QUEUE, &app->compute, e);
    if (status == STATUS_OK) {
        status = files_start(app->options.database, app->options.files, app->options.uploads_max,
                             &app->files, e);
    }
    if (status == STATUS_OK) {
        status = heat_create(app, &app->heat, e);
    }
    for (int i = 0; i < app->n_workers && status == STATUS_OK; i++) {
        status = worker_start(&app->workers[i], app, i, e);
    }
    if (status == STATUS_OK) {
        status = change_jobs_start(app->options.database, &app->jobs, e);
    }
    if (status == STATUS_OK) {
        status = notify_start(&(struct notify_options){app->options.database, on_staff, app},
                              &app->notify, e);
    }
    if (status == STATUS_OK) {
        status = record_jobs_start(app->options.database, &app->record, e);
    }
    if (status == STATUS_OK) {
        status = incidents_start(app, &app->incidents, e);
    }
    if (status == STATUS_OK && pthread_create(&app->keeper, NULL, keeper_main, app) != 0) {
        return err_set(e, STATUS_NO_MEMORY, "cannot start the keeper thread");
    }
    if (status == STATUS_OK) {
        app->keeper_runs = true;
        status = heat_start(app->heat, e);
    }
    return status;
}

/* A full counter wakes as well, so what write says is of no interest. */
static void wake(int event_fd)
{
    uint64_t one = 1;
    if (write(event_fd, &one, sizeof(one)) < 0) {
        return;
    }
}

static void stop(struct app *app)
{
    __atomic_store_n(&app->stopping, true, __ATOMIC_RELEASE);
    wake(app->keeper_wake);
    wake(app->heat_wake);
    notify_stop(app->notify);
    incidents_stop(app->incidents); /* it posts to the workers' mailboxes until now */
    change_jobs_stop(app->jobs);
    record_jobs_stop(app->record);
    files_stop(app->files);
    heat_stop(app->heat); /* it and the keeper post to the workers' mailboxes until now */
    if (app->keeper_runs) {
        pthread_join(app->keeper, NULL);
    }
    for (int i = 0; i < app->n_workers; i++) {
        if (app->workers[i].running) {
            worker_drain(&app->workers[i]);
        }
    }
    for (int i = 0; i < app->n_workers; i++) {
        worker_join(&app->workers[i]);
    }
    compute_destroy(app->compute);
    files_end_jobs(app->files);
    for (int i = 0; i < app->n_workers; i++) {
        worker_free(&app->workers[i]);
    }
    files_free(app->files);
    heat_destroy(app->heat);
    free(app->workers);
    close(app->keeper_wake);
    close(app->heat_wake);
}

enum status app_run(const struct app_options *options, struct err *e)
{
    sigset_t signals;
    int got = 0;
    struct app app = {.options = *options,
                      .n_workers = options->workers > 0 ? options->workers : cores()};
    block_signals(&signals);
    app.keeper_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    app.heat_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    app.workers = calloc((size_t)app.n_workers, sizeof(*app.workers));
    if (app.workers == NULL || app.keeper_wake < 0 || app.heat_wake < 0) {
        free(app.workers);
        return err_set(e, STATUS_NO_MEMORY, "no memory for workers");
    }
    enum status status = start(&app, e);
    if (status == STATUS_OK) {
        log_info("serve.listening", "address=%s port=%u workers=%d", app.options.address, app.port,
                 app.n_workers);
        sigwait(&signals, &got);
        log_info("serve.stopping", "signal=%d", got);
    }
    stop(&app);
    log_info("serve.stopped", "status=%s", status_name(status));
    return status;
}
