#include "server/city/city_csv.h"

#define RECORD_POOL ((size_t)8 * 1024 * 1024)

enum status city_csv_read(struct csv *csv, city_csv_record *record, void *context,
                          struct city_report *report, struct err *e)
{
    struct arena *arena = arena_create(RECORD_POOL);
    if (!arena) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        bool more = false;
        struct err fault;
        enum status read = csv_next(csv, &more, &fault);
        if (read == STATUS_INVALID) {
            /* The text names the line. After a fault that cannot be read over the next call says
             * that there is no more. */
            report->in++;
            city_report_refuse(report, 0, "%s", fault.text);
            continue;
        }
        if (read != STATUS_OK) {
            status = err_set(e, read, "%s: %s", report->file, fault.text);
        } else if (!more) {
            break;
        } else {
            report->in++;
            status = record(context, csv, arena, report, e);
            arena_clear(arena);
            city_report_progress(report, csv_progress(csv));
        }
    }
    arena_destroy(arena);
    return status;
}

enum status city_csv_require(const struct csv *csv, const char *file, const char *const *names,
                             size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (csv_column(csv, names[i]) < 0) {
            return err_set(e, STATUS_INVALID, "%s has no column %s", file, names[i]);
        }
    }
    return STATUS_OK;
}
