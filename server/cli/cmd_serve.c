/* hotline serve: the service. */
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/api/api.h"
#include "server/app/app.h"
#include "server/app/home.h"
#include "server/base/log.h"
#include "server/city/city_settings.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

struct serve_options {
    const char *database, *address, *web, *log, *files;
    int64_t port, workers, receive_ms, send_ms, idle_ms, deadline_ms, stop_ms, per_minute, uploads;
};

static const char about[] = "Runs the service until SIGTERM or Ctrl-C, then answers what is under\n"
                            "way and exits. The database must be migrated; a city may be loaded\n"
                            "while it runs.";

static int parse(int argc, char **argv, struct serve_options *o)
{
    const struct cli_option rows[] = {
        CLI_DATABASE(&o->database),
        {"address", CLI_TEXT, &o->address, "IP", "where to listen (127.0.0.1)"},
        {"port", CLI_WHOLE, &o->port, "N", "the port, 0 for any (8022)"},
        {"workers", CLI_WHOLE, &o->workers, "N", "worker threads (one per core)"},
        {"web", CLI_TEXT, &o->web, "FOLDER", "the built pages (build/web)"},
        {"files", CLI_TEXT, &o->files, "FOLDER",
         "where attachments lie (env HOTLINE_FILES, else a folder under .local/files)"},
        {"uploads", CLI_WHOLE, &o->uploads, "N", "uploads at once (32)"},
        {"log", CLI_TEXT, &o->log, "LEVEL", "debug, info, warn or error (info)"},
        {"anonymous-per-minute", CLI_WHOLE, &o->per_minute, "N",
         "complaints from one address without an account, 0 for no limit (120)"},
        {"deadline-ms", CLI_WHOLE, &o->deadline_ms, "N", "to answer a request (10000)"},
        {"receive-ms", CLI_WHOLE, &o->receive_ms, "N", "for a request to arrive (15000)"},
        {"send-ms", CLI_WHOLE, &o->send_ms, "N", "for an answer to leave (30000)"},
        {"idle-ms", CLI_WHOLE, &o->idle_ms, "N", "for an unused connection (75000)"},
        {"stop-ms", CLI_WHOLE, &o->stop_ms, "N", "for a graceful stop (15000)"},
    };
    const struct cli_usage usage = {.command = "hotline serve",
                                    .arguments = "",
                                    .about = about,
                                    .options = rows,
                                    .n_options = sizeof(rows) / sizeof(rows[0])};
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    if (operands > 0 || o->port < 0 || o->port > 65535 || o->workers < 0 || o->workers > 64 ||
        o->receive_ms < 1 || o->send_ms < 1 || o->idle_ms < 1 || o->deadline_ms < 1 ||
        o->stop_ms < 0 || o->uploads < 1 || o->uploads > 1000 || o->per_minute < 0 ||
        o->per_minute > 1000000) {
        return cli_misuse(&usage, "a value is out of range, or there is one too many");
    }
    return -1;
}

static bool set_log(const char *level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(level, names[i]) == 0) {
            log_set_level((enum log_level)i);
            return true;
        }
    }
    return false;
}

/* Makes the city's zone this process's, before any thread runs. A database that is down now is
 * waited for by the service itself, but its zone could not be known: so this fails instead. */
static enum status set_zone(const char *url, struct err *e)
{
    struct db_sync *db = NULL;
    enum status status = db_sync_connect(url, DB_ROLE_SERVICE, &db, e);
    if (status == STATUS_OK) {
        status = city_settings_apply_zone(db, e);
    }
    db_sync_close(db);
    return status;
}

int cmd_serve(int argc, char **argv)
{
    struct serve_options o = {.address = "127.0.0.1",
                              .port = 8022,
                              .log = "info",
                              .receive_ms = 15000,
                              .send_ms = 30000,
                              .idle_ms = 75000,
                              .deadline_ms = 10000,
                              .stop_ms = 15000,
                              .per_minute = 120,
                              .uploads = 32};
    char web[PATH_MAX];
    char openapi[PATH_MAX];
    struct err e;
    int code = parse(argc, argv, &o);
    if (code >= 0) {
        return code;
    }
    if (!set_log(o.log)) {
        fprintf(stderr, "hotline serve: no such log level: %s\n", o.log);
        return CLI_USAGE;
    }
    if (sodium_init() < 0) {
        fprintf(stderr, "hotline serve: libsodium has no randomness\n");
        return CLI_FAILED;
    }
    const char *url = cli_database_url(o.database, &e);
    if (url == NULL || home_path("build/web", web, &e) != STATUS_OK ||
        set_zone(url, &e) != STATUS_OK ||
        api_web_load(o.web == NULL ? web : o.web, &e) != STATUS_OK ||
        home_path("server/api/openapi.json", openapi, &e) != STATUS_OK ||
        api_openapi_load(openapi, &e) != STATUS_OK) {
        api_web_unload();
        return cli_fail(&e);
    }
    struct app_options app = {.database = url,
                              .address = o.address,
                              .port = (uint16_t)o.port,
                              .workers = (int)o.workers,
                              .files = o.files,
                              .uploads_max = (int)o.uploads,
                              .stop_ms = (unsigned)o.stop_ms,
                              .receive_ms = (unsigned)o.receive_ms,
                              .send_ms = (unsigned)o.send_ms,
                              .idle_ms = (unsigned)o.idle_ms,
                              .deadline_ms = (unsigned)o.deadline_ms,
                              .anonymous_per_minute = (unsigned)o.per_minute,
                              .on_complaints = api_events_tell,
                              .on_calls = api_calls_tell,
                              .on_idle = api_idle};
    app.routes = api_routes(&app.n_routes);
    enum status status = app_run(&app, &e);
    api_web_unload();
    api_openapi_unload();
    api_rule_route_unload();
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}
