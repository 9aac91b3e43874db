#include "server/measures/measure_rates.h"

#include <math.h>
#include <string.h>

#define NOT_KNOWN ((double)NAN)
/* The ratings' mean has no variance at hand: it rests on so many imagined ones of the mean. */
#define RATINGS_IMAGINED 10.0

const char *const measure_names[MEASURE_N] = {
    [MEASURE_COUNT] = "count",
    [MEASURE_OPEN] = "open",
    [MEASURE_LATE] = "late",
    [MEASURE_PER_KM2] = "per_km2",
    [MEASURE_PER_10000] = "per_10000",
    [MEASURE_PER_ROAD_KM] = "per_road_km",
    [MEASURE_LATE_SHARE] = "late_share",
    [MEASURE_ON_TIME] = "on_time",
    [MEASURE_REOPENED] = "reopened",
    [MEASURE_SATISFACTION] = "satisfaction",
};

int measure_find(const char *name, size_t n)
{
    for (int i = 0; i < MEASURE_N; i++) {
        if (strlen(measure_names[i]) == n && memcmp(measure_names[i], name, n) == 0) {
            return i;
        }
    }
    return -1;
}

bool measure_more_is_worse(enum measure m)
{
    return m != MEASURE_ON_TIME && m != MEASURE_SATISFACTION;
}

struct measure_part measure_part_of(enum measure m, const struct geo_heat_sums *sums,
                                    const struct measure_base *base)
{
    switch (m) {
    case MEASURE_OPEN:
        return (struct measure_part){sums->open, 1, 1};
    case MEASURE_LATE:
        return (struct measure_part){sums->late, 1, 1};
    case MEASURE_PER_KM2:
        return (struct measure_part){sums->count, base->area_km2, 1};
    case MEASURE_PER_10000:
        return (struct measure_part){sums->count, base->residents, 10000};
    case MEASURE_PER_ROAD_KM:
        return (struct measure_part){sums->count, base->road_km, 1};
    case MEASURE_LATE_SHARE:
        return (struct measure_part){sums->late, sums->open, 1};
    case MEASURE_ON_TIME: {
        /* Done ones, and open ones whose time is over. */
        double decided = (double)sums->count - sums->open + sums->late;
        return (struct measure_part){decided - sums->late - sums->missed, decided, 1};
    }
    case MEASURE_REOPENED:
        return (struct measure_part){sums->reopened, (double)sums->count - sums->open + sums->again,
                                     1};
    case MEASURE_SATISFACTION:
        return (struct measure_part){sums->satisfaction, sums->rated, 1};
    case MEASURE_COUNT:
    case MEASURE_N:
        break;
    }
    return (struct measure_part){sums->count, 1, 1};
}

double measure_value(struct measure_part part)
{
    return part.denominator > 0 ? part.scale * part.numerator / part.denominator : NOT_KNOWN;
}

static bool is_share(enum measure m)
{
    return m == MEASURE_LATE_SHARE || m == MEASURE_ON_TIME || m == MEASURE_REOPENED;
}

/* The mean of all, and how far the units' true rates differ from it beyond chance. */
struct prior {
    double mean;     /* numerator per denominator */
    double chance;   /* variance of a rate over a denominator of 1 */
    double variance; /* between the units */
};

static struct prior prior_of(enum measure m, const struct measure_part *parts, size_t n)
{
    struct prior p = {0};
    double above = 0;
    double below = 0;
    double spread = 0;
    double used = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].denominator > 0) {
            above += parts[i].numerator;
            below += parts[i].denominator;
            used++;
        }
    }
    p.mean = below > 0 ? above / below : 0;
    p.chance = is_share(m) ? p.mean * (1 - p.mean) : p.mean;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].denominator > 0) {
            double off = parts[i].numerator / parts[i].denominator - p.mean;
            spread += parts[i].denominator * off * off;
        }
    }
    p.variance = below > 0 ? fmax(0, spread / below - p.chance * used / below) : 0;
    return p;
}

static double smooth_one(enum measure m, struct measure_part part, const struct prior *p)
{
    if (!(part.denominator > 0)) {
        return NOT_KNOWN;
    }
    if (m == MEASURE_SATISFACTION) {
        return (part.numerator + RATINGS_IMAGINED * p->mean) /
               (part.denominator + RATINGS_IMAGINED);
    }
    double chance = p->chance / part.denominator;
    double weight = p->variance + chance > 0 ? p->variance / (p->variance + chance) : 0;
    double rate = part.numerator / part.denominator;
    return part.scale * (weight * rate + (1 - weight) * p->mean);
}

void measure_smooth(enum measure m, const struct measure_part *parts, size_t n, double *smoothed)
{
    bool counts = m == MEASURE_COUNT || m == MEASURE_OPEN || m == MEASURE_LATE;
    struct prior p = prior_of(m, parts, n);
    for (size_t i = 0; i < n; i++) {
        smoothed[i] = counts ? measure_value(parts[i]) : smooth_one(m, parts[i], &p);
    }
}

double measure_surprise(enum measure m, struct measure_part now, struct measure_part before,
                        double scale)
{
    if (m == MEASURE_SATISFACTION || !(now.denominator > 0) || !(before.denominator > 0)) {
        return NOT_KNOWN;
    }
    if (is_share(m)) {
        double both = (now.numerator + before.numerator) / (now.denominator + before.denominator);
        double variance = both * (1 - both) * (1 / now.denominator + 1 / before.denominator);
        double off = now.numerator / now.denominator - before.numerator / before.denominator;
        return variance > 0 ? off / sqrt(variance) : 0;
    }
    double variance = now.numerator + scale * scale * before.numerator;
    return variance > 0 ? (now.numerator - scale * before.numerator) / sqrt(variance) : 0;
}
