/* What is kept and told of a decision beside its outcome: what was tried, how near another answer
 * is, and who else it may be when the reading is not exact. Pure in memory, thread-safe. */
#ifndef INTAKE_WEIGHING_H
#define INTAKE_WEIGHING_H

#include "routing/route_decide.h"
#include "server/app/snapshot.h"
#include "server/base/str.h"
#include "server/intake/complaint.h"
#include "server/intake/placing.h"

#define WEIGHING_NEAR_M                                                                            \
    300.0 /* how far a stored decision looks for another jurisdiction; as far                      \
             as its reading may be off where that is farther */
#define WEIGHING_ACCURACY_M    2000.0 /* readings less exact than this are weighed as this */
#define WEIGHING_SAMPLES       64     /* points of the disc, for a stored decision */
#define WEIGHING_SAMPLES_ASKED 512    /* for one that is asked about */
#define WEIGHING_SHARES_MAX    8

/* The nearest unit or area in which another agency would be responsible. */
struct weighing_other {
    bool found;
    bool is_area;
    int32_t number; /* of the boundary, or the jurisdiction */
    int32_t agency;
    double metres;
};
struct weighing_other weighing_nearest_other(const struct snapshot *s,
                                             const struct complaint_record *record,
                                             double radius_m);

struct weighing_share {
    int32_t agency;
    double share;                   /* of the disc, 0..1 */
    struct route_decision decision; /* at the first of its points */
    int32_t ward, district;         /* there */
};

/* Who is responsible in which share of the disc of draft->accuracy_m around the point, the largest
 * share first; by deciding at `samples` points spread evenly over it. 0 without a point or an
 * accuracy; 1 when there is no doubt. */
size_t weighing_shares(const struct snapshot *s, const struct complaint_record *record,
                       size_t samples, struct weighing_share out[WEIGHING_SHARES_MAX]);

/* The members "nearest_other" and "uncertainty" of an answer (each null where there is none). */
void weighing_other_json(struct strbuf *out, const struct snapshot *s,
                         const struct weighing_other *other);
void weighing_shares_json(struct strbuf *out, const struct snapshot *s,
                          const struct complaint_record *record,
                          const struct weighing_share *shares, size_t n);

/* The whole record of a decision as a JSON object, as the history keeps it
 * (docs/routing-rules.md). `facts` are those that it was decided from: what they have been asked
 * already is not worked out again. */
void weighing_record_json(struct strbuf *out, const struct snapshot *s,
                          const struct complaint_record *record, struct placing_facts *facts);
/* One tried row with each condition's value. */
void weighing_trace_json(struct strbuf *out, const struct snapshot *s,
                         const struct route_trace *trace);

/* Counts and, seldomer the oftener it happens, logs the rules that the decision had to skip. */
void weighing_count_failures(const struct snapshot *s, const struct route_decision *decision);

#endif
