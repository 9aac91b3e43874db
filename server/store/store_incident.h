/* Incidents: what the watch reads and writes (blocking), and what pages ask for.
 * sql/0031_incidents.sql
 */
#ifndef STORE_STORE_INCIDENT_H
#define STORE_STORE_INCIDENT_H

#include "server/base/str.h"
#include "server/db/db_sync.h"
#include "server/duplicates/burst.h"

/* What bursts are looked for in. */
struct incident_ground {
    struct likeness_terms *terms;
    int32_t *category_ids; /* by number */
    size_t n_categories;
    struct burst_report *reports; /* of the last minutes, newest first */
    size_t n_reports;
    struct burst_limits limits;
    double link_m, margin_m;
    int window_minutes;
};

/* Free with incident_ground_free, also after a failure. */
enum status store_incident_ground(struct db_sync *db, struct incident_ground *out,
                                  struct err *e) MUST_CHECK;
void incident_ground_free(struct incident_ground *ground);

/* The categories that may belong to one incident with it, itself included, as PostgreSQL's array
 * text of their ids. */
void incident_kinds(const struct likeness_terms *terms, const int32_t *ids, size_t n,
                    int32_t category, struct strbuf *out);

/* How many of these kinds come from that box in a window of that length, on average. */
enum status store_incident_usual(struct db_sync *db, const char *kinds, struct geo_box box,
                                 double *usual, struct err *e) MUST_CHECK;
/* *id is 0 where nothing was proposed. */
enum status store_incident_propose(struct db_sync *db, const char *args, int64_t *id,
                                   struct err *e) MUST_CHECK;

/* $1 for staff (bool), $2 status or NULL -> JSON */
#define STORE_INCIDENTS "SELECT hotline.incidents_list($1::boolean, $2)"
/* $1 id, $2 who asks -> JSON; no row for no such */
#define STORE_INCIDENT                                                                             \
    "SELECT j FROM (SELECT hotline.incident_one($1, $2) AS j) o WHERE j IS NOT NULL"
/* $1, $2: from, to -> JSON */
#define STORE_REPORTERS_STATISTICS                                                                 \
    "SELECT hotline.reporters_statistics($1::timestamptz, $2::timestamptz)"

#endif
