#include "server/api/action_rows.h"

#include <json-c/json.h>
#include <string.h>

#include "server/api/action_place.h"
#include "server/base/clock.h"
#include "server/intake/complaint.h"

#define REASON_MAX      1000
#define TEXT_MAX        10000
#define ATTACHMENTS_MAX 20
#define TASKS_MAX       20
#define DAY_US          INT64_C(86400000000)

/* ---- due times ---- */

static const char *arg_text(const struct action_clock *a, const char *name)
{
    return json_object_get_string(json_object_object_get(a->args, name));
}

void action_add_due(struct action_clock *a, int64_t at_us)
{
    struct route_due due = route_deadlines_due(a->snapshot->deadlines, &a->clock->facts);
    change_arg_int(a->args, "at_us", at_us);
    change_arg_int(a->args, "accept_due_us", due.at_us[ROUTE_STEP_ACCEPT]);
    change_arg_int(a->args, "answer_due_us", due.at_us[ROUTE_STEP_ANSWER]);
    change_arg_int(a->args, "due_us", due.at_us[ROUTE_STEP_RESOLVE]);
}

/* Its time begins now; pauses and extensions are done with. */
static void prepare_reopen(struct action_clock *a)
{
    int64_t now_us = clock_now_us();
    a->clock->facts.clock_from_us = now_us;
    a->clock->facts.terms = ROUTE_TERMS_NONE;
    a->clock->facts.n_pauses = 0;
    action_add_due(a, now_us);
}

/* And by the new agency's own calendar. */
static void prepare_reroute(struct action_clock *a)
{
    a->clock->facts.agency =
        route_rules_find_agency(a->snapshot->rules, str_of(arg_text(a, "agency")), clock_now_us());
    prepare_reopen(a);
}

/* Where the rules agree, it is another agency's at once. */
static void prepare_return(struct action_clock *a)
{
    if (arg_text(a, "agency") != NULL) {
        prepare_reroute(a);
    }
}

/* Due as if it lasted until its cap. */
static void prepare_pause(struct action_clock *a)
{
    struct store_clock *clock = a->clock;
    int64_t now_us = clock_now_us();
    if (clock->paused_us == INT64_MIN && clock->facts.n_pauses < ROUTE_PAUSES_MAX) {
        clock->pauses[clock->facts.n_pauses++] = (struct route_pause){
            now_us, INT64_MAX,
            route_deadlines_find_reason(a->snapshot->deadlines, str_of(arg_text(a, "reason")))};
    }
    action_add_due(a, now_us);
}

static void prepare_resume(struct action_clock *a)
{
    int64_t now_us = clock_now_us();
    for (size_t i = 0; i < a->clock->facts.n_pauses; i++) {
        if (a->clock->pauses[i].to_us == INT64_MAX) {
            a->clock->pauses[i].to_us = now_us;
        }
    }
    action_add_due(a, now_us);
}

/* The agency commits to a date. */
static void prepare_extend(struct action_clock *a)
{
    int64_t now_us = clock_now_us();
    a->clock->facts.terms.committed_at_us = now_us;
    a->clock->facts.terms.committed_us =
        json_object_get_int64(json_object_object_get(a->args, "until_us"));
    action_add_due(a, now_us);
}

/* ---- fields ---- */

#define COMMON                                                                                     \
    {"action", CHANGE_CODE, true, 64},                                                             \
    {                                                                                              \
        "version", CHANGE_WHOLE, true, INT32_MAX                                                   \
    }
#define EVIDENCE                                                                                   \
    {"attachments", CHANGE_LIST, false, ATTACHMENTS_MAX},                                          \
    {                                                                                              \
        "no_photo_reason", CHANGE_TEXT, false, REASON_MAX                                          \
    }

static const struct change_field plain_fields[] = {COMMON};
static const struct change_field reason_fields[] = {COMMON,
                                                    {"reason", CHANGE_TEXT, true, REASON_MAX}};
static const struct change_field assign_fields[] = {
    COMMON, {"desk", CHANGE_CODE, false, 64}, {"person", CHANGE_CODE, false, 64}};
static const struct change_field return_fields[] = {
    COMMON, {"reason", CHANGE_TEXT, true, REASON_MAX}, {"agency", CHANGE_CODE, false, 64}};
static const struct change_field reroute_fields[] = {COMMON,
                                                     {"agency", CHANGE_CODE, true, 64},
                                                     {"desk", CHANGE_CODE, false, 64},
                                                     {"reason", CHANGE_TEXT, true, REASON_MAX}};
static const struct change_field place_fields[] = {
    COMMON,
    {"location", CHANGE_OBJECT, true, 2},
    {"address", CHANGE_LINE, false, COMPLAINT_ADDRESS_MAX},
    {"reason", CHANGE_TEXT, false, REASON_MAX}};
static const struct change_field pause_fields[] = {COMMON, {"reason", CHANGE_CODE, true, 64}};
static const struct change_field extend_fields[] = {
    COMMON, {"reason", CHANGE_TEXT, true, REASON_MAX}, {"until", CHANGE_LINE, true, 40}, EVIDENCE};
static const struct change_field refer_fields[] = {
    COMMON,
    {"to", CHANGE_LINE, true, 300},
    {"reason", CHANGE_TEXT, true, REASON_MAX},
    {"attachments", CHANGE_LIST, false, ATTACHMENTS_MAX}};
static const struct change_field answer_fields[] = {
    COMMON,
    {"text", CHANGE_TEXT, true, TEXT_MAX},
    {"attachments", CHANGE_LIST, false, ATTACHMENTS_MAX},
    {"letter", CHANGE_CODE, false, 64},
    {"form_only", CHANGE_FLAG, false, 1}};
static const struct change_field note_fields[] = {COMMON, {"text", CHANGE_TEXT, true, TEXT_MAX}};
static const struct change_field resolve_fields[] = {
    COMMON,
    {"text", CHANGE_TEXT, true, TEXT_MAX},
    EVIDENCE,
    {"letter", CHANGE_CODE, false, 64},
    {"form_only", CHANGE_FLAG, false, 1},
    {"tasks_open_reason", CHANGE_TEXT, false, REASON_MAX}};
static const struct change_field split_fields[] = {COMMON, {"tasks", CHANGE_LIST, true, TASKS_MAX}};
static const struct change_field task_fields[] = {COMMON, {"task", CHANGE_WHOLE, true, INT32_MAX}};
static const struct change_field task_done_fields[] = {
    COMMON, {"task", CHANGE_WHOLE, true, INT32_MAX}, {"text", CHANGE_TEXT, true, REASON_MAX}};
static const struct change_field task_reason_fields[] = {
    COMMON, {"task", CHANGE_WHOLE, true, INT32_MAX}, {"reason", CHANGE_TEXT, true, REASON_MAX}};
static const struct change_field callback_fields[] = {COMMON,
                                                      {"outcome", CHANGE_CODE, true, 16},
                                                      {"rating", CHANGE_CODE, false, 16},
                                                      {"comment", CHANGE_TEXT, false, REASON_MAX}};
static const struct change_field rating_fields[] = {{"rating", CHANGE_CODE, true, 16},
                                                    {"comment", CHANGE_TEXT, false, REASON_MAX}};
static const struct change_field reopening_fields[] = {{"reason", CHANGE_TEXT, true, REASON_MAX}};

/* ---- the rows ---- */

#define HOTLINE   (AUTH_OPERATOR | AUTH_SUPERVISOR)
#define OF_AGENCY (AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)
#define HANDLERS  (HOTLINE | OF_AGENCY)
#define PLACERS   (HANDLERS | AUTH_ADMINISTRATOR)
#define WORKERS   (AUTH_SUPERVISOR | OF_AGENCY)
#define DECIDERS  (HOTLINE | AUTH_AGENCY_HEAD)
#define FIELDS(a) a, sizeof(a) / sizeof((a)[0])

static const struct action_row rows[] = {
    {"assign", "complaint.assign", HANDLERS, FIELDS(assign_fields), NULL},
    {"accept", "complaint.accept", WORKERS, FIELDS(plain_fields), NULL},
    {"start", "complaint.start", WORKERS, FIELDS(plain_fields), NULL},
    {"return", "complaint.return", OF_AGENCY, FIELDS(return_fields), prepare_return},
    {"reroute", "complaint.reroute", HANDLERS, FIELDS(reroute_fields), prepare_reroute},
    {"place", "complaint.place", PLACERS, FIELDS(place_fields), action_place},
    {"pause", "complaint.pause", HANDLERS, FIELDS(pause_fields), prepare_pause},
    {"resume", "complaint.resume", HANDLERS, FIELDS(plain_fields), prepare_resume},
    {"extend", "complaint.extend", WORKERS, FIELDS(extend_fields), prepare_extend},
    {"refer", "complaint.refer", DECIDERS, FIELDS(refer_fields), NULL},
    {"answer", "complaint.answer", HANDLERS, FIELDS(answer_fields), NULL},
    {"note", "complaint.note", HANDLERS, FIELDS(note_fields), NULL},
    {"resolve", "complaint.resolve", HANDLERS, FIELDS(resolve_fields), NULL},
    {"close", "complaint.close", HOTLINE, FIELDS(plain_fields), NULL},
    {"reject", "complaint.reject", DECIDERS, FIELDS(reason_fields), NULL},
    {"reopen", "complaint.reopen", DECIDERS, FIELDS(reason_fields), prepare_reopen},
    {"callback", "complaint.callback", HOTLINE, FIELDS(callback_fields), NULL},
    {"split", "complaint.split", HANDLERS, FIELDS(split_fields), NULL},
    {"task_accept", "complaint.task_accept", OF_AGENCY, FIELDS(task_fields), NULL},
    {"task_done", "complaint.task_done", OF_AGENCY, FIELDS(task_done_fields), NULL},
    {"task_return", "complaint.task_return", OF_AGENCY, FIELDS(task_reason_fields), NULL},
    {"task_cancel", "complaint.task_cancel", HANDLERS, FIELDS(task_reason_fields), NULL},
};

const struct action_row action_rating = {"rate", "complaint.rate", 0, FIELDS(rating_fields), NULL};
const struct action_row action_reopening = {"reopen", "complaint.reopen", 0,
                                            FIELDS(reopening_fields), prepare_reopen};

const struct action_row *action_row_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct action_row *action_row_at(size_t i)
{
    return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

unsigned action_roles(void)
{
    unsigned roles = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        roles |= rows[i].roles;
    }
    return roles;
}

bool action_args_read(struct http_request *r, struct json_object *args)
{
    struct json_object *until = json_object_object_get(args, "until");
    int64_t us = 0;
    if (!action_place_read(r, args)) {
        return false;
    }
    if (until == NULL) {
        return true;
    }
    const char *text = json_object_get_string(until);
    if (!clock_parse_any(str_of(text), &us)) {
        http_problem_field(r, 422, "until", FAULT_NOT_A_TIME);
        return false;
    }
    change_arg_int(args, "until_us", strlen(text) == 10 ? us + DAY_US - 1000000 : us);
    return true;
}
