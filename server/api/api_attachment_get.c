/* GET /api/v1/attachments/{id}/{web|thumb|original}: one file, to those who may see it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/api/api_attachments.h"
#include "server/app/files.h"
#include "server/base/log.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_attachment.h"

#define ID_LENGTH 22

/* A name as RFC 8187 has it: everything but letters, digits and a few signs by its bytes. */
static const char *encoded_name(struct http_request *r, const char *name)
{
    static const char plain[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_~";
    char *out = arena_alloc(http_arena(r), 3 * strlen(name) + 1);
    size_t n = 0;
    for (; out != NULL && *name != '\0'; name++) {
        if (strchr(plain, *name) != NULL) {
            out[n++] = *name;
        } else {
            n += (size_t)snprintf(out + n, 4, "%%%02X", (unsigned char)*name);
        }
    }
    if (out != NULL) {
        out[n] = '\0';
    }
    return out;
}

/* A file from a stranger: shown as what it is, by no page but ours, and a document only saved. */
static void guard(struct http_request *r, const char *kind, const char *name)
{
    const char *encoded = encoded_name(r, name);
    const char *how = strcmp(kind, "document") == 0 ? "attachment" : "inline";
    http_set_header(r, "Content-Security-Policy", "default-src 'none'; media-src 'self'; sandbox");
    http_set_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    if (encoded != NULL) {
        http_set_header(r, "Content-Disposition",
                        arena_printf(http_arena(r), "%s; filename*=UTF-8''%s", how, encoded));
    }
}

static void on_found(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct http_request *r = arg;
    (void)e;
    if (status != STATUS_OK || db_rows_count(result) == 0) {
        http_problem_status(r, status == STATUS_OK ? STATUS_NOT_FOUND : status);
        http_release(r);
        return;
    }
    const char *hash = db_rows_text(result, 0, 0);
    uint64_t size = 0;
    int fd = file_store_open_file(api_worker(r)->app->files->store, hash, &size);
    if (fd < 0 || size != (uint64_t)db_rows_int(result, 0, 2)) {
        log_error("files.missing", "hash=%s", hash);
        if (fd >= 0) {
            close(fd);
        }
        http_problem(r, 500, NULL);
        http_release(r);
        return;
    }
    bool open_to_all = strcmp(db_rows_text(result, 0, 5), "t") == 0;
    guard(r, db_rows_text(result, 0, 3), db_rows_text(result, 0, 4));
    http_set_header(r, "Vary", "Cookie, Authorization");
    /* What lies under a hash never changes; who may see it may: so no cache but the reader's own.
     */
    http_send_file(
        r, &(struct http_file){.fd = fd,
                               .size = size,
                               .type = arena_strdup(http_arena(r), db_rows_text(result, 0, 1)),
                               .etag = arena_printf(http_arena(r), "\"%.32s\"", hash),
                               .cache_control = open_to_all ? "public, max-age=3600"
                                                            : "private, max-age=86400, immutable"});
    http_release(r);
}

static void find(struct http_request *r)
{
    const struct auth_user *user = auth_user(r);
    const char *id = http_parameter(r, "attachment");
    const char *given = http_query(r, "code");
    char code[TRACKING_CODE_LENGTH + 1];
    struct err e;
    if (strlen(id) != ID_LENGTH) {
        http_problem(r, 404, NULL);
        return;
    }
    bool has_code = given != NULL && tracking_code_read(str_of(given), code);
    struct db_job job = {.sql = STORE_ATTACHMENT_OPEN,
                         .n_params = 4,
                         .params = {id, http_parameter(r, "size"),
                                    user == NULL ? "public" : user->actor, has_code ? code : NULL},
                         .done = on_found,
                         .arg = r};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

void api_attachment_get(struct http_request *r)
{
    auth_resolve(r, find);
}
