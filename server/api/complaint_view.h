/* How a complaint is shown: one shape, filled from a stored row or from a record just stored, and
 * written for one of three readers. */
#ifndef API_COMPLAINT_VIEW_H
#define API_COMPLAINT_VIEW_H

#include "server/app/snapshot.h"
#include "server/db/db_rows.h"
#include "server/http/http.h"
#include "server/intake/complaint.h"
#include "server/intake/placing.h"

struct complaint_view {
    const char *code, *status, *channel;
    const char *category, *category_vi, *category_en;
    const char *description, *address, *attributes;
    char flags[COMPLAINT_FLAGS_TEXT_MAX]; /* "{a,b}" */
    int64_t received_at_us, occurred_at_us, updated_at_us, closed_at_us;
    bool has_point;
    struct geo_point point;
    double accuracy_m, confidence;
    const char *match;
    const char *ward, *ward_name, *district, *district_name; /* NULL: none */
    const char *agency, *agency_name, *desk, *desk_name;
    int64_t due_at_us;
    const char *rule, *reason_vi, *reason_en;
    int32_t version;
    /* Who took it from the agency that the rules chose (a code), when and why; NULL: nobody did. */
    const char *override_by, *override_reason, *override_agency;
    int64_t override_at_us;
    const char *deadlines; /* JSON of deadline_view.h; NULL: not told */
    const char *work;      /* a JSON object of more fields; NULL: not told */
};

enum complaint_reader {
    READER_PUBLIC, /* sees where (rounded), what kind and how far; no words, no code */
    READER_HOLDER, /* knows the code: sees the complaint, no person */
    READER_STAFF,
};

/* Texts are borrowed from the result. Columns as STORE_COMPLAINT_LIST has them. */
void complaint_view_of_row(struct complaint_view *view, const struct db_rows *result, size_t row);
/* Texts are borrowed from the record and the snapshot. */
void complaint_view_of_record(struct complaint_view *view, const struct snapshot *s,
                              const struct complaint_record *record);

/* Where the public is shown it: the middle of a cell of about 110 m. */
struct geo_point complaint_view_shown(struct geo_point point);

void complaint_view_json(struct strbuf *out, const struct complaint_view *view,
                         enum complaint_reader reader, enum http_language language);

/* {"ward": ..., "district": ..., "lon": ..., "lat": ..., "confidence": ..., "match": ...} */
void complaint_view_place_json(struct strbuf *out, const struct complaint_view *view);
/* {"agency": ..., "desk": ..., "deadline": ..., "rule": ..., "reason": ..., "override": ...} */
void complaint_view_assignment_json(struct strbuf *out, const struct complaint_view *view,
                                    enum complaint_reader reader, enum http_language language);

#endif
