#include "server/city/city_demo_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/str.h"
#include "server/city/city_demo_random.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US  (24 * HOUR_US)

/* --- when ------------------------------------------------------------------------------------- */

/* What chance and the calendar do to the days, the same for every category. */
struct days {
    size_t n;
    int *months;   /* 0 .. 11 */
    int *weekdays; /* Monday is 0 */
    bool *stormy;
    bool *off;
};

/* The calendar's day from days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date
 * algorithms"): only the month is needed here. */
static int month_of(int64_t day)
{
    int64_t z = day + 719468;
    int64_t doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    return (int)((mp + 2) % 12);
}

static void days_clear(struct days *days)
{
    free(days->months);
    free(days->weekdays);
    free(days->stormy);
    free(days->off);
}

static bool is_holiday(const struct city_demo_options *options, int64_t midnight_us)
{
    for (size_t i = 0; i < options->n_holidays; i++) {
        if (options->holidays_us[i] == midnight_us) {
            return true;
        }
    }
    return false;
}

static bool days_init(struct days *days, const struct city_demo_options *options)
{
    days->n = (size_t)(options->months * 365 + 6) / 12;
    days->months = calloc(days->n, sizeof(int));
    days->weekdays = calloc(days->n, sizeof(int));
    days->stormy = calloc(days->n, sizeof(bool));
    days->off = calloc(days->n, sizeof(bool));
    if (days->months == NULL || days->weekdays == NULL || days->stormy == NULL ||
        days->off == NULL) {
        return false;
    }
    for (size_t i = 0; i < days->n; i++) {
        int64_t midnight = options->last_midnight_us - (int64_t)(days->n - 1 - i) * DAY_US;
        /* Noon there is the same date in UTC for every zone from -12 to +12. */
        int64_t day = (midnight + DAY_US / 2) / DAY_US;
        struct city_demo_random r =
            city_demo_random_start(options->seed, DEMO_STREAM_DAYS, (uint64_t)day);
        days->months[i] = month_of(day);
        days->weekdays[i] = (int)((day + 3) % 7);
        days->stormy[i] = city_demo_random_unit(&r) < 0.22;
        days->off[i] = is_holiday(options, midnight);
    }
    return true;
}

/* Running sum over the days of how much of a category happens on each. */
static void weigh_days(const struct days *days, const struct city_demo_mix *mix, double *sums)
{
    bool of_weather =
        strcmp(mix->season->name, "rain") == 0 || strcmp(mix->season->name, "storm") == 0;
    double sum = 0;
    for (size_t i = 0; i < days->n; i++) {
        double weight =
            mix->season->weights[days->months[i]] * mix->week->weights[days->weekdays[i]];
        if (of_weather) {
            weight *= days->stormy[i] ? 2.6 : 0.55;
        }
        if (days->off[i] && mix->spread != DEMO_AT_HOME) {
            weight *= 0.4;
        } else if (days->off[i]) {
            weight *= 0.3;
        }
        sum += weight;
        sums[i] = sum;
    }
}

/* The running sums that times are drawn from. */
struct time_sums {
    double *shares; /* of the categories */
    double *days;   /* n_days a category */
    double *hours;  /* 24 a category */
};

static void time_sums_clear(struct time_sums *sums)
{
    free(sums->shares);
    free(sums->days);
    free(sums->hours);
}

static bool time_sums_init(struct time_sums *sums, const struct days *days,
                           const struct city_demo_facts *facts)
{
    sums->shares = calloc(facts->n_mix, sizeof(double));
    sums->days = calloc(facts->n_mix * days->n, sizeof(double));
    sums->hours = calloc(facts->n_mix * 24, sizeof(double));
    if (sums->shares == NULL || sums->days == NULL || sums->hours == NULL) {
        return false;
    }
    double share = 0;
    for (size_t m = 0; m < facts->n_mix; m++) {
        share += facts->mix[m].share;
        sums->shares[m] = share;
        weigh_days(days, &facts->mix[m], &sums->days[m * days->n]);
        double sum = 0;
        for (size_t h = 0; h < 24; h++) {
            sum += facts->mix[m].hour->weights[h];
            sums->hours[m * 24 + h] = sum;
        }
    }
    return true;
}

static int compare_events(const void *a, const void *b)
{
    const struct city_demo_event *x = a;
    const struct city_demo_event *y = b;
    if (x->received_at_us != y->received_at_us) {
        return x->received_at_us < y->received_at_us ? -1 : 1;
    }
    return (x->mix > y->mix) - (x->mix < y->mix);
}

static void draw_events(struct city_demo_plan *plan, const struct days *days,
                        const struct time_sums *sums)
{
    const struct city_demo_options *o = &plan->options;
    int64_t first_us = o->last_midnight_us - (int64_t)(days->n - 1) * DAY_US;
    for (size_t i = 0; i < plan->n_events; i++) {
        struct city_demo_random r = city_demo_random_start(o->seed, DEMO_STREAM_TIMES, i);
        /* Shares are met to the complaint: even steps through the running sum, not chance. */
        double share = ((double)i + city_demo_random_unit(&r)) / (double)plan->n_events;
        size_t mix = city_demo_random_pick(sums->shares, plan->map->facts->n_mix, share);
        size_t day =
            city_demo_random_pick(&sums->days[mix * days->n], days->n, city_demo_random_unit(&r));
        size_t hour = city_demo_random_pick(&sums->hours[mix * 24], 24, city_demo_random_unit(&r));
        int64_t within = (int64_t)city_demo_random_below(&r, 3600) * 1000000;
        plan->events[i].received_at_us =
            first_us + (int64_t)day * DAY_US + (int64_t)hour * HOUR_US + within;
        plan->events[i].mix = (uint32_t)mix;
    }
    qsort(plan->events, plan->n_events, sizeof(*plan->events), compare_events);
}

enum status city_demo_plan_create(const struct city_demo_map *map,
                                  const struct city_demo_options *options,
                                  struct city_demo_plan **out, struct err *e)
{
    struct days days = {0};
    struct time_sums sums = {0};
    struct city_demo_plan *plan = calloc(1, sizeof(*plan));
    struct city_demo_event *events = calloc(options->complaints + 1, sizeof(*events));
    enum status status = STATUS_OK;
    if (plan == NULL || events == NULL || !days_init(&days, options) ||
        !time_sums_init(&sums, &days, map->facts)) {
        free(plan);
        free(events);
        status = err_set(e, STATUS_NO_MEMORY, "%zu complaints", options->complaints);
        goto out;
    }
    *plan = (struct city_demo_plan){map, *options, events, options->complaints};
    draw_events(plan, &days, &sums);
    plan->options.holidays_us = NULL; /* the caller's, and no longer needed */
    plan->options.n_holidays = 0;
    *out = plan;
out:
    days_clear(&days);
    time_sums_clear(&sums);
    return status;
}

void city_demo_plan_destroy(struct city_demo_plan *plan)
{
    if (plan != NULL) {
        free(plan->events);
        free(plan);
    }
}

/* --- where ------------------------------------------------------------------------------------ */

/* Where one complaint is about, and what it can name there. */
struct spot {
    struct geo_point point;
    const struct city_demo_street *street; /* NULL: the ward as such */
    int house;
    size_t ward;
    const struct city_demo_place *place;
};

/* Two thirds happen at the same few points of a street again and again. */
static double along_street(const struct city_demo_plan *plan, size_t street, uint32_t mix,
                           struct city_demo_random *r)
{
    double length = plan->map->streets[street].length_m;
    if (city_demo_random_unit(r) < 0.35) {
        return length * city_demo_random_unit(r);
    }
    size_t n = 1 + (size_t)(length / 900);
    uint64_t which = city_demo_random_below(r, n);
    struct city_demo_random hot =
        city_demo_random_start(plan->options.seed, DEMO_STREAM_HOT_SPOTS,
                               ((uint64_t)street << 16) | ((uint64_t)mix << 8) | which);
    double at = length * city_demo_random_unit(&hot) + 28 * city_demo_random_bell(r);
    return at < 0 ? 0 : at > length ? length : at;
}

static struct spot choose_spot(const struct city_demo_plan *plan, uint32_t mix,
                               struct city_demo_random *r)
{
    const struct city_demo_map *map = plan->map;
    struct spot spot = {.ward = city_demo_random_pick(map->population_sums, map->facts->n_wards,
                                                      city_demo_random_unit(r))};
    const struct city_demo_ward *ward = &map->wards[spot.ward];
    spot.point = map->facts->wards[spot.ward].centre;
    if (ward->n_streets > 0) {
        size_t street =
            ward->first_street +
            city_demo_random_pick(ward->street_sums, ward->n_streets, city_demo_random_unit(r));
        double along = along_street(plan, street, mix, r);
        bool right = city_demo_random_unit(r) < 0.5;
        bool on_road = map->facts->mix[mix].spread == DEMO_ON_ROAD;
        double aside = (on_road ? 3 : 9) + 6 * city_demo_random_unit(r);
        spot.street = &map->streets[street];
        spot.house = city_demo_map_house(along, right);
        spot.point = city_demo_map_spot(spot.street, along, right ? aside : -aside);
        /* A main road leaves the ward that it begins in. */
        spot.ward = city_demo_facts_nearest(map->facts, spot.point);
    }
    spot.place = city_demo_map_near(map, spot.ward, spot.point);
    return spot;
}

/* --- words ------------------------------------------------------------------------------------ */

static void fill_word(struct strbuf *out, const struct city_demo_map *map, const struct spot *spot,
                      struct str word, struct city_demo_random *r)
{
    size_t chance = city_demo_random_below(r, 1000);
    if (str_equal_z(word, "street")) {
        strbuf_append_z(out, spot->street != NULL ? spot->street->name : "trung tâm");
    } else if (str_equal_z(word, "no")) {
        strbuf_printf(out, "%d", spot->house);
    } else if (str_equal_z(word, "ward")) {
        strbuf_append_z(out, map->facts->wards[spot->ward].name);
    } else if (str_equal_z(word, "place")) {
        strbuf_append_z(out, spot->place->name);
    } else if (str_equal_z(word, "bus")) {
        strbuf_printf(out, "%zu", 1 + chance % 152);
    } else if (str_equal_z(word, "hour")) {
        strbuf_printf(out, "%zu", 5 + chance % 18);
    } else if (str_equal_z(word, "depth")) {
        strbuf_printf(out, "%zu", 10 + 5 * (chance % 9));
    } else if (str_equal_z(word, "wait")) {
        strbuf_printf(out, "%zu", 20 + 5 * (chance % 9));
    } else {
        strbuf_printf(out, "%zu", 2 + chance % 9); /* {n} */
    }
}

/* A template with its {words} filled in, and an ending. NULL when memory is short. */
static const char *describe(const struct city_demo_plan *plan, const char *template,
                            const struct spot *spot, struct arena *arena,
                            struct city_demo_random *r)
{
    const struct city_demo_facts *facts = plan->map->facts;
    struct str rest = str_of(template);
    struct strbuf text;
    strbuf_init(&text, 1000);
    while (rest.n > 0) {
        struct str plain = str_cut(&rest, '{');
        strbuf_append(&text, plain.p, plain.n);
        if (rest.n > 0) {
            fill_word(&text, plan->map, spot, str_cut(&rest, '}'), r);
        }
    }
    strbuf_append_z(&text, facts->endings.texts[city_demo_random_below(r, facts->endings.n)]);
    const char *copy = text.failed ? NULL : arena_strndup(arena, text.p, text.n);
    strbuf_free(&text);
    return copy;
}

static const char *address_of(const struct city_demo_plan *plan, const struct spot *spot,
                              struct arena *arena)
{
    const char *ward = plan->map->facts->wards[spot->ward].name;
    return spot->street != NULL
               ? arena_printf(arena, "%d %s, %s", spot->house, spot->street->name, ward)
               : arena_strdup(arena, ward);
}

/* People repeat themselves: a fifth of the reports come from the few who report often. The numbers
 * of the phones begin with a prefix that no operator gives out. */
static bool draw_reporter(const struct city_demo_plan *plan, struct arena *arena,
                          struct complaint_draft *draft, struct city_demo_random *r)
{
    const struct city_demo_facts *facts = plan->map->facts;
    double kind = city_demo_random_unit(r);
    if (kind < 0.12) {
        draft->reporter.anonymous = true;
        return true;
    }
    size_t many = plan->n_events / 2 + 10;
    size_t number = city_demo_random_below(r, kind < 0.3 ? many / 50 + 1 : many);
    struct city_demo_random person =
        city_demo_random_start(plan->options.seed, DEMO_STREAM_PERSON, number);
    draft->reporter.name =
        arena_printf(arena, "%s %s %s",
                     facts->families.texts[city_demo_random_below(&person, facts->families.n)],
                     facts->middles.texts[city_demo_random_below(&person, facts->middles.n)],
                     facts->givens.texts[city_demo_random_below(&person, facts->givens.n)]);
    draft->reporter.phone = arena_printf(arena, "010%07zu", number);
    return draft->reporter.name != NULL && draft->reporter.phone != NULL;
}

/* --- the draft -------------------------------------------------------------------------------- */

static const char *choose_channel(const struct city_demo_facts *facts, struct city_demo_random *r)
{
    double sum = 0;
    for (size_t i = 0; i < facts->n_channels; i++) {
        sum += facts->channels[i].share;
    }
    double left = sum * city_demo_random_unit(r);
    size_t i = 0;
    while (i + 1 < facts->n_channels && left >= facts->channels[i].share) {
        left -= facts->channels[i++].share;
    }
    return facts->channels[i].name;
}

/* A telephone in the street knows where it is to some metres, and says so; an operator points at
 * the map; what is written from afar may only name the place, or none at all. */
static bool locate(const struct city_demo_plan *plan, const struct city_demo_mix *mix,
                   const struct spot *spot, struct arena *arena, struct complaint_draft *draft,
                   struct city_demo_random *r)
{
    bool written = strcmp(draft->channel, "email") == 0 || strcmp(draft->channel, "sms") == 0 ||
                   strcmp(draft->channel, "social") == 0;
    double chance = city_demo_random_unit(r);
    double east = city_demo_random_bell(r);
    double north = city_demo_random_bell(r);
    bool gps = strcmp(draft->channel, "app") == 0;
    double accuracy = 5 + 25 * city_demo_random_unit(r) * city_demo_random_unit(r);
    if (mix->spread == DEMO_NOWHERE && chance < 0.5) {
        return true;
    }
    draft->has_point = !written || chance >= 0.2;
    if (gps) {
        draft->accuracy_m = (double)(int)(accuracy + 0.5);
    }
    double off = gps ? accuracy / 3 : 3;
    struct geo_point point = city_demo_map_shift(spot->point, off * east, off * north);
    if (!city_demo_facts_inside(plan->map->facts, point)) {
        point = spot->point;
    }
    draft->point.lon = round(point.lon * 1e6) / 1e6;
    draft->point.lat = round(point.lat * 1e6) / 1e6;
    draft->address = address_of(plan, spot, arena);
    return draft->address != NULL;
}

enum status city_demo_plan_draft(const struct city_demo_plan *plan, size_t i, struct arena *arena,
                                 struct complaint_draft *draft, struct err *e)
{
    const struct city_demo_event *event = &plan->events[i];
    const struct city_demo_facts *facts = plan->map->facts;
    struct city_demo_random r =
        city_demo_random_start(plan->options.seed, DEMO_STREAM_COMPLAINT, i);
    struct spot spot = choose_spot(plan, event->mix, &r);
    const struct city_demo_mix *mix = &facts->mix[event->mix];
    const struct city_demo_text *text = &mix->texts[city_demo_random_below(&r, mix->n_texts)];
    struct complaint_draft d = {.category = (int32_t)text->category,
                                .channel = choose_channel(facts, &r),
                                .accuracy_m = -1,
                                .occurred_at_us = INT64_MIN,
                                .received_at_us = event->received_at_us,
                                .closed_at_us = INT64_MIN,
                                .source = "demo"};
    d.source_id = arena_printf(arena, "%zu", i + 1);
    d.description = describe(plan, text->text, &spot, arena, &r);
    if (d.source_id == NULL || d.description == NULL || !locate(plan, mix, &spot, arena, &d, &r) ||
        !draw_reporter(plan, arena, &d, &r)) {
        return err_set(e, STATUS_NO_MEMORY, "demo complaint %zu", i);
    }
    if (city_demo_random_unit(&r) < 0.3) {
        double hours = 1 + 20 * city_demo_random_unit(&r) * city_demo_random_unit(&r);
        d.occurred_at_us = event->received_at_us - (int64_t)(hours * 3600) * 1000000;
    }
    *draft = d;
    return STATUS_OK;
}

int64_t city_demo_plan_closed(const struct city_demo_plan *plan, size_t i, int64_t due_at_us,
                              int64_t now_us)
{
    struct city_demo_random r = city_demo_random_start(plan->options.seed, DEMO_STREAM_CLOSING, i);
    int64_t received = plan->events[i].received_at_us;
    double fate = city_demo_random_unit(&r);
    double u = city_demo_random_unit(&r);
    double share; /* of the time between receipt and deadline */
    if (fate < 0.003) {
        return INT64_MIN; /* the forgotten ones */
    }
    if (fate < 0.065) {
        share = 1 + 1.2 * u * u; /* late */
    } else {
        /* Most are answered at once: the sixteenth power. */
        u *= u;
        u *= u;
        u *= u;
        share = 0.005 + 0.985 * u * u;
    }
    int64_t allowed_s = (due_at_us - received) / 1000000;
    int64_t closed = received + (int64_t)(share * (double)allowed_s) * 1000000;
    return closed <= now_us ? closed : INT64_MIN;
}
