/* How a due time came about: the days that did not count and why, and one sentence about it. */
#include <stdio.h>
#include <string.h>

#include "routing/route_date.h"
#include "routing/route_deadlines_internal.h"

#define WALK_MAX 4000 /* days that are looked at: over ten years */

/* The name of a listed day; NULL: it is an ordinary one. */
static const struct route_named_day *named_day(const struct route_calendar_row *row, int32_t day)
{
    size_t low = 0;
    size_t high = row->n_days;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row->days[middle].day < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < row->n_days && row->days[low].day == day ? &row->days[low] : NULL;
}

static void add_skip(struct route_due_reason *r, const struct route_skip *skip)
{
    struct route_skip *last = r->n_skips > 0 ? &r->skips[r->n_skips - 1] : NULL;
    if (last && last->why == skip->why && last->last_day + 1 == skip->first_day &&
        skip->why != ROUTE_SKIP_PAUSED && strcmp(last->name_vi, skip->name_vi) == 0) {
        last->last_day = skip->last_day;
        last->days += skip->days;
    } else if (r->n_skips < ROUTE_SKIPS_MAX) {
        r->skips[r->n_skips++] = *skip;
    }
}

/* What is to be said of one day between start and due. */
static void look_at_day(const struct route_calendar_row *row, const struct route_calendar *cal,
                        int32_t day, struct route_due_reason *r)
{
    const struct route_named_day *named = named_day(row, day);
    struct route_skip skip = {
        .first_day = day, .last_day = day, .days = 1, .name_vi = "", .name_en = ""};
    bool week_works = cal->week[route_date_weekday(day)] != ROUTE_DAY_OFF;
    if (route_calendar_is_working_day(cal, day)) {
        if (!named || !named->worked || week_works) {
            return;
        }
        skip.why = ROUTE_SKIP_WORKED;
    } else {
        skip.why = named && week_works ? ROUTE_SKIP_HOLIDAY : ROUTE_SKIP_WEEKEND;
        named = skip.why == ROUTE_SKIP_HOLIDAY ? named : NULL;
    }
    skip.name_vi = named ? named->name_vi : "";
    skip.name_en = named && *named->name_en ? named->name_en : skip.name_vi;
    add_skip(r, &skip);
}

static void look_at_pauses(const struct route_deadlines *d, const struct route_calendar *cal,
                           const struct route_pause *pauses, size_t n, struct route_due_reason *r)
{
    for (size_t i = 0; i < n && pauses[i].from_us < r->due_us; i++) {
        int64_t of_day_us;
        struct route_skip skip = {
            .why = ROUTE_SKIP_PAUSED,
            .from_us = pauses[i].from_us,
            .to_us = pauses[i].to_us,
            .first_day = route_calendar_day(cal, pauses[i].from_us, &of_day_us),
            .last_day = route_calendar_day(cal, pauses[i].to_us, &of_day_us),
            .name_vi = d->reasons[pauses[i].reason].name_vi,
            .name_en = d->reasons[pauses[i].reason].name_en,
        };
        for (int32_t day = skip.first_day; day <= skip.last_day; day++) {
            int64_t close_us = route_calendar_close(cal, day);
            skip.days += route_calendar_is_working_day(cal, day) && close_us > skip.from_us &&
                         close_us <= skip.to_us;
        }
        add_skip(r, &skip);
    }
}

/* A date that was committed to needs no counting; what stopped the clock since is told. */
static void explain_committed(const struct route_deadlines *d, const struct route_calendar *cal,
                              const struct route_deadline_facts *facts, struct route_due_reason *r)
{
    struct route_pause pauses[ROUTE_PAUSES_MAX];
    r->from_us = facts->terms.committed_at_us;
    r->due_us = route_committed_due(d, cal, facts);
    r->calendar = -1;
    size_t n = route_pauses_counted(d, cal, facts, r->from_us, pauses);
    look_at_pauses(d, cal, pauses, n, r);
}

void route_deadlines_explain(const struct route_deadlines *d,
                             const struct route_deadline_facts *facts, enum route_step step,
                             struct route_due_reason *r)
{
    int32_t number = route_facts_calendar(d, facts);
    const struct route_calendar *cal = d->calendars[number];
    struct route_pause pauses[ROUTE_PAUSES_MAX];
    int64_t of_day_us;
    size_t n = 0;
    memset(r, 0, sizeof *r);
    if (step == ROUTE_STEP_RESOLVE && facts->terms.committed_at_us != 0) {
        explain_committed(d, cal, facts, r);
        return;
    }
    r->deadline = route_facts_step(d, facts, step);
    r->from_us = step == ROUTE_STEP_PASS_ON ? facts->received_us : facts->clock_from_us;
    if (step != ROUTE_STEP_PASS_ON) {
        n = route_pauses_counted(d, cal, facts, r->from_us, pauses);
    }
    int64_t own_us = route_step_due(cal, r->deadline, r->from_us, pauses, n);
    r->due_us = route_deadlines_due(d, facts).at_us[step];
    r->limited = r->due_us != own_us;
    bool by_clock =
        r->deadline.kind == ROUTE_DEADLINE_MINUTES || r->deadline.kind == ROUTE_DEADLINE_HOURS;
    r->calendar = by_clock ? -1 : number;
    r->outside_hours = r->deadline.kind == ROUTE_DEADLINE_WORKING_HOURS;
    if (!by_clock && !r->limited) {
        int32_t day = route_calendar_day(cal, r->from_us, &of_day_us);
        int32_t last = route_calendar_day(cal, r->due_us, &of_day_us);
        /* The day of receipt counts in working hours only. */
        day += r->deadline.kind == ROUTE_DEADLINE_WORKING_DAYS;
        for (int32_t i = 0; i < WALK_MAX && day + i <= last; i++) {
            look_at_day(&d->rows[number], cal, day + i, r);
        }
    }
    if (!r->limited) {
        look_at_pauses(d, cal, pauses, n, r);
    }
}

/* ---- the sentence ---- */

static void put_instant(struct strbuf *out, const struct route_calendar *cal, int64_t at_us)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, at_us, &of_day_us);
    int minute = (int)(of_day_us / ROUTE_MINUTE_US);
    struct route_date date = route_date_of_day(day);
    if (minute == 0) { /* the end of a day that is worked until midnight */
        date = route_date_of_day(day - 1);
        minute = 1440;
    }
    strbuf_printf(out, "%02d:%02d %02d/%02d/%04d", minute / 60, minute % 60, (int)date.day,
                  (int)date.month, (int)date.year);
}

static void put_days(struct strbuf *out, int32_t first, int32_t last)
{
    struct route_date a = route_date_of_day(first);
    struct route_date b = route_date_of_day(last);
    strbuf_printf(out, "%02d/%02d", (int)a.day, (int)a.month);
    if (last != first) {
        strbuf_printf(out, "–%02d/%02d", (int)b.day, (int)b.month);
    }
}

static void put_length(struct strbuf *out, struct route_deadline d, bool english)
{
    static const char *const vi[] = {[ROUTE_DEADLINE_HOURS] = "giờ",
                                     [ROUTE_DEADLINE_WORKING_DAYS] = "ngày làm việc",
                                     [ROUTE_DEADLINE_WORKING_HOURS] = "giờ làm việc",
                                     [ROUTE_DEADLINE_MINUTES] = "phút"};
    static const char *const en[] = {[ROUTE_DEADLINE_HOURS] = "hour",
                                     [ROUTE_DEADLINE_WORKING_DAYS] = "working day",
                                     [ROUTE_DEADLINE_WORKING_HOURS] = "working hour",
                                     [ROUTE_DEADLINE_MINUTES] = "minute"};
    strbuf_printf(out, "%d %s%s", (int)d.value, english ? en[d.kind] : vi[d.kind],
                  english && d.value != 1 ? "s" : "");
}

static const char *skip_lead(enum route_skip_why why, bool english)
{
    if (why == ROUTE_SKIP_HOLIDAY) {
        return english ? "day off" : "nghỉ lễ";
    }
    if (why == ROUTE_SKIP_PAUSED) {
        return english ? "stopped" : "tạm dừng";
    }
    return english ? "worked" : "làm bù";
}

/* Weekends together, holidays by name, pauses by reason. */
static void put_skips(struct strbuf *out, const struct route_due_reason *r, bool english)
{
    int weekend = 0;
    for (size_t i = 0; i < r->n_skips; i++) {
        weekend += r->skips[i].why == ROUTE_SKIP_WEEKEND ? (int)r->skips[i].days : 0;
    }
    if (weekend > 0) {
        strbuf_printf(out,
                      english ? "; not counted: %d days off of the week"
                              : "; không tính %d ngày nghỉ hằng tuần",
                      weekend);
    }
    for (size_t i = 0; i < r->n_skips; i++) {
        const struct route_skip *s = &r->skips[i];
        const char *name = english ? s->name_en : s->name_vi;
        if (s->why == ROUTE_SKIP_WEEKEND) {
            continue;
        }
        strbuf_printf(out, "; %s: %s (", skip_lead(s->why, english), name);
        put_days(out, s->first_day, s->last_day);
        strbuf_append_char(out, ')');
    }
}

void route_deadlines_sentence(const struct route_deadlines *d, enum route_step step,
                              const struct route_due_reason *r, bool english, struct strbuf *out)
{
    static const char *const vi[] = {"Hạn chuyển đơn vị", "Hạn tiếp nhận", "Hạn trả lời lần đầu",
                                     "Hạn giải quyết"};
    static const char *const en[] = {"To be passed on by", "To be accepted by",
                                     "First answer due by", "To be resolved by"};
    const struct route_calendar *cal = d->calendars[r->calendar < 0 ? 0 : r->calendar];
    const struct route_calendar_row *row = &d->rows[r->calendar < 0 ? 0 : r->calendar];
    strbuf_printf(out, "%s ", english ? en[step] : vi[step]);
    put_instant(out, cal, r->due_us);
    strbuf_append_z(out, ": ");
    if (r->deadline.kind == ROUTE_DEADLINE_INHERIT) {
        strbuf_append_z(out, english ? "extended; the agency committed to this date at "
                                     : "đã gia hạn; đơn vị cam kết mốc này lúc ");
        put_instant(out, cal, r->from_us);
        put_skips(out, r, english);
        strbuf_append_char(out, '.');
        return;
    }
    put_length(out, r->deadline, english);
    strbuf_append_z(out, english ? " from " : " kể từ ");
    put_instant(out, cal, r->from_us);
    if (r->calendar < 0) {
        strbuf_append_z(out,
                        english ? ", by the clock, day and night" : ", tính liên tục cả ngày đêm");
    } else {
        strbuf_printf(out, english ? ", calendar: %s" : ", theo %s",
                      english ? row->name_en : row->name_vi);
        if (r->deadline.kind == ROUTE_DEADLINE_WORKING_DAYS) {
            strbuf_append_z(out, english ? ", that day not counted" : ", không tính ngày đó");
        }
    }
    if (r->limited) {
        strbuf_append_z(out, english ? "; brought forward: no later than the step after it"
                                     : "; rút ngắn để không muộn hơn bước sau");
    }
    put_skips(out, r, english);
    strbuf_append_char(out, '.');
}
