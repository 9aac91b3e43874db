/* Do many report one thing at once? Bursts of like reports near each other, and whether one stands
 * out from what is usual there.
 *
 * Two reports are linked when their categories are akin (likeness_affinity) and they lie within
 * link_m of each other, or within the larger of their categories' extents (a power cut reaches
 * further than a pothole). A burst is what hangs together through reports that each have at least
 * BURST_NEIGHBOURS linked ones, themselves included (DBSCAN): one lone report between two bursts
 * does not join them. What is found does not depend on the order of the reports, but for a report
 * at the edge of two bursts: it goes to the one with the earlier report.
 *
 * Pure; any thread. */
#ifndef DUPLICATES_BURST_H
#define DUPLICATES_BURST_H

#include "server/duplicates/likeness.h"

#define BURST_NEIGHBOURS 4
#define BURST_AFFINITY   0.5 /* from here on two categories may speak of one incident */

struct burst_report {
    int64_t id;
    struct geo_point point;
    int32_t category; /* by number */
};

struct burst {
    size_t first, n;  /* its reports: order[first .. first + n - 1] */
    int32_t category; /* that most of them have */
    struct geo_box box;
};

/* Finds bursts of at least `least` reports, the largest first; order[] (room for n) is filled with
 * positions in `reports`. At most `cap` are written; *found is how many. STATUS_NO_MEMORY is the
 * only failure. */
struct burst_ask {
    const struct likeness_terms *terms;
    const struct burst_report *reports;
    size_t n;
    double link_m;
    size_t least;
};
enum status burst_find(const struct burst_ask *ask, size_t *order, struct burst *out, size_t cap,
                       size_t *found, struct err *e) MUST_CHECK;

/* How likely it is that at least `count` reports come where `usual` come on average, if they come
 * independently (Poisson). */
double burst_chance(size_t count, double usual);

struct burst_limits {
    size_t least;       /* reports */
    double times_usual; /* so many times what is usual */
    double chance;      /* and no likelier than that */
};
bool burst_stands_out(const struct burst_limits *limits, size_t count, double usual);

#endif
