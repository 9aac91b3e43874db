#include "server/city/city_reform.h"

#include <stdio.h>

enum status city_reform_run(struct db_sync *db, const char *args, const char *actor,
                            struct city_reform_left *out, struct err *e)
{
    const char *const params[] = {args, actor};
    struct db_rows *r = NULL;
    enum status status = db_sync_query(
        db,
        "SELECT done->'open_complaints', done->'accounts',"
        " (SELECT string_agg(code, ', ') FROM jsonb_array_elements_text(done->'rules') AS code)"
        " FROM hotline.agency_change($1::jsonb, $2) AS done",
        2, params, &r, e);
    if (status != STATUS_OK) {
        return status;
    }
    out->open_complaints = (size_t)db_rows_int(r, 0, 0);
    out->accounts = (size_t)db_rows_int(r, 0, 1);
    (void)snprintf(out->rules, sizeof out->rules, "%s",
                   db_rows_null(r, 0, 2) ? "" : db_rows_text(r, 0, 2));
    db_rows_free(r);
    return STATUS_OK;
}
