#include "server/intake/intake.h"

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/utf8.h"
#include "server/intake/json_read.h"

#define ATTACHMENT_ID   22 /* signs */
#define ID_SIGNS        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define ATTRIBUTES_MAX  8192
#define NAME_MAX_CHARS  200
#define PHONE_MAX_CHARS 40
#define EMAIL_MAX_CHARS 254
#define ACCURACY_MAX_M  100000.0
#define FUTURE_SLACK_US INT64_C(300000000)       /* clocks of phones */
#define EARLIEST_US     INT64_C(946684800000000) /* 2000-01-01 */

struct parse {
    const struct snapshot *s;
    struct arena *arena;
    struct complaint_draft *draft;
    struct fault_list *faults;
    int64_t now_us;
    bool no_memory;
    bool consent;
};

void complaint_draft_init(struct complaint_draft *draft)
{
    *draft = (struct complaint_draft){.category = -1,
                                      .accuracy_m = -1,
                                      .occurred_at_us = INT64_MIN,
                                      .received_at_us = INT64_MIN,
                                      .closed_at_us = INT64_MIN};
}

const char *intake_channel(struct str name)
{
    static const char *const channels[] = {"phone", "app", "web", "email", "sms", "social", "api"};
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        if (str_equal_z(name, channels[i])) {
            return channels[i];
        }
    }
    return NULL;
}

static void fault(struct parse *p, const char *field, enum fault_code what)
{
    p->no_memory = p->no_memory || field == NULL;
    fault_add(p->faults, field == NULL ? "" : field, what);
}

/* A JSON string as trimmed NFC text without control characters, or NULL (with a fault unless it is
 * null, which is as good as absent). */
static const char *text_of(struct parse *p, const char *field, struct json_object *value,
                           size_t max_chars)
{
    if (value == NULL) {
        return NULL;
    }
    if (!json_object_is_type(value, json_type_string)) {
        fault(p, field, FAULT_WRONG_TYPE);
        return NULL;
    }
    struct str raw = str_trim(
        (struct str){json_object_get_string(value), (size_t)json_object_get_string_len(value)});
    if (utf8_has_control(raw)) {
        fault(p, field, FAULT_CONTROL_CHARACTER);
        return NULL;
    }
    char *nfc = utf8_nfc(raw);
    if (nfc == NULL) {
        fault(p, field, FAULT_NOT_UTF8);
        return NULL;
    }
    const char *text = NULL;
    if (utf8_count(str_of(nfc)) > max_chars) {
        fault(p, field, FAULT_TOO_LONG);
    } else if (nfc[0] != '\0') {
        text = arena_strdup(p->arena, nfc);
        p->no_memory = p->no_memory || text == NULL;
    }
    free(nfc);
    return text;
}

/* A finite number within the bounds; false with a fault otherwise. */
static bool number_of(struct parse *p, const char *field, struct json_object *value, double least,
                      double most, double *out)
{
    if (value == NULL) {
        fault(p, field, FAULT_REQUIRED);
        return false;
    }
    if (!json_object_is_type(value, json_type_double) &&
        !json_object_is_type(value, json_type_int)) {
        fault(p, field, FAULT_WRONG_TYPE);
        return false;
    }
    double number = json_object_get_double(value);
    if (!isfinite(number) || number < least || number > most) {
        fault(p, field, FAULT_OUT_OF_RANGE);
        return false;
    }
    *out = number;
    return true;
}

static bool in_box(struct geo_box box, struct geo_point point)
{
    return point.lon >= box.west && point.lon <= box.east && point.lat >= box.south &&
           point.lat <= box.north;
}

/* True if the pair makes sense only the other way round. */
static bool looks_swapped(const struct snapshot *s, double lon, double lat)
{
    struct geo_point as_given = {lon, lat};
    struct geo_point exchanged = {lat, lon};
    if (fabs(lat) > 90) {
        return fabs(lat) <= 180 && fabs(lon) <= 90;
    }
    return !in_box(s->city.box, as_given) && in_box(s->city.box, exchanged);
}

static void parse_location(struct parse *p, struct json_object *value)
{
    struct complaint_draft *d = p->draft;
    struct geo_point point;
    if (!json_object_is_type(value, json_type_object)) {
        fault(p, "location", FAULT_WRONG_TYPE);
        return;
    }
    struct json_object *accuracy = NULL;
    json_object_object_foreach(value, key, member)
    {
        if (strcmp(key, "accuracy_m") == 0) {
            accuracy = member;
        } else if (strcmp(key, "lon") != 0 && strcmp(key, "lat") != 0) {
            fault(p, arena_printf(p->arena, "location.%s", key), FAULT_UNKNOWN_FIELD);
        }
    }
    bool has_lon =
        number_of(p, "location.lon", json_object_object_get(value, "lon"), -180, 180, &point.lon);
    /* 180 rather than 90: an exchanged pair gets the better error. */
    bool has_lat =
        number_of(p, "location.lat", json_object_object_get(value, "lat"), -180, 180, &point.lat);
    if (has_lon && has_lat && looks_swapped(p->s, point.lon, point.lat)) {
        fault(p, "location", FAULT_SWAPPED);
    } else if (has_lat && fabs(point.lat) > 90) {
        fault(p, "location.lat", FAULT_OUT_OF_RANGE);
    } else if (has_lon && has_lat) {
        d->has_point = true;
        d->point = point;
    }
    if (accuracy != NULL) {
        (void)number_of(p, "location.accuracy_m", accuracy, 0, ACCURACY_MAX_M, &d->accuracy_m);
    }
}

static bool plain_email(const char *text)
{
    const char *at = strchr(text, '@');
    return at != NULL && at != text && strchr(at + 1, '@') == NULL && strchr(at, '.') != NULL &&
           strpbrk(text, " <>,;\"\r\n") == NULL;
}

static void parse_reporter(struct parse *p, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object)) {
        fault(p, "reporter", FAULT_WRONG_TYPE);
        return;
    }
    struct complaint_draft *d = p->draft;
    json_object_object_foreach(value, key, member)
    {
        if (strcmp(key, "name") == 0) {
            d->reporter.name = text_of(p, "reporter.name", member, NAME_MAX_CHARS);
        } else if (strcmp(key, "phone") == 0) {
            const char *phone = text_of(p, "reporter.phone", member, PHONE_MAX_CHARS);
            if (phone != NULL && phone[strspn(phone, "+0123456789 ().-")] != '\0') {
                fault(p, "reporter.phone", FAULT_MALFORMED);
            }
            d->reporter.phone = phone;
        } else if (strcmp(key, "email") == 0) {
            const char *email = text_of(p, "reporter.email", member, EMAIL_MAX_CHARS);
            if (email != NULL && !plain_email(email)) {
                fault(p, "reporter.email", FAULT_MALFORMED);
            }
            d->reporter.email = email;
        } else if (strcmp(key, "anonymous") == 0) {
            if (!json_object_is_type(member, json_type_boolean)) {
                fault(p, "reporter.anonymous", FAULT_WRONG_TYPE);
            }
            d->reporter.anonymous = json_object_get_boolean(member);
        } else {
            fault(p, arena_printf(p->arena, "reporter.%s", key), FAULT_UNKNOWN_FIELD);
        }
    }
}

static void parse_category(struct parse *p, struct json_object *value)
{
    const char *code = text_of(p, "category", value, 64);
    if (code == NULL) {
        return;
    }
    int32_t number = snapshot_category_find(p->s, code);
    if (number < 0 || !p->s->categories[number].active) {
        fault(p, "category", FAULT_UNKNOWN_VALUE);
    } else {
        p->draft->category = number;
    }
}

static void parse_channel(struct parse *p, struct json_object *value)
{
    const char *name = text_of(p, "channel", value, 16);
    if (name != NULL && (p->draft->channel = intake_channel(str_of(name))) == NULL) {
        fault(p, "channel", FAULT_UNKNOWN_VALUE);
    }
}

static void parse_occurred_at(struct parse *p, struct json_object *value)
{
    const char *text = text_of(p, "occurred_at", value, CLOCK_TEXT_MAX);
    int64_t us;
    if (text == NULL) {
        return;
    }
    if (!clock_parse_rfc3339(str_of(text), &us)) {
        fault(p, "occurred_at", FAULT_NOT_A_TIME);
    } else if (us > p->now_us + FUTURE_SLACK_US) {
        fault(p, "occurred_at", FAULT_IN_THE_FUTURE);
    } else if (us < EARLIEST_US) {
        fault(p, "occurred_at", FAULT_OUT_OF_RANGE);
    } else {
        p->draft->occurred_at_us = us;
    }
}

static void parse_attributes(struct parse *p, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object)) {
        fault(p, "attributes", FAULT_WRONG_TYPE);
        return;
    }
    size_t n = 0;
    const char *text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &n);
    if (n > ATTRIBUTES_MAX) {
        fault(p, "attributes", FAULT_TOO_LONG);
    } else if (!json_read_clean(value)) {
        fault(p, "attributes", FAULT_CONTROL_CHARACTER);
    } else {
        p->draft->attributes = arena_strndup(p->arena, text, n);
        p->no_memory = p->no_memory || p->draft->attributes == NULL;
    }
}

/* Whether there are such files is asked of the database. */
static void parse_attachments(struct parse *p, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array)) {
        fault(p, "attachments", FAULT_WRONG_TYPE);
        return;
    }
    size_t n = json_object_array_length(value);
    if (n > COMPLAINT_ATTACHMENTS_MAX) {
        fault(p, "attachments", FAULT_TOO_LONG);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct json_object *id = json_object_array_get_idx(value, i);
        const char *text =
            json_object_is_type(id, json_type_string) ? json_object_get_string(id) : NULL;
        if (text == NULL || strlen(text) != ATTACHMENT_ID ||
            strspn(text, ID_SIGNS) != ATTACHMENT_ID) {
            fault(p, arena_printf(p->arena, "attachments[%zu]", i), FAULT_UNKNOWN_VALUE);
        }
    }
    if (n > 0) {
        p->draft->attachments =
            arena_strdup(p->arena, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
        p->no_memory = p->no_memory || p->draft->attachments == NULL;
    }
}

static void parse_description(struct parse *p, struct json_object *value)
{
    p->draft->description = text_of(p, "description", value, COMPLAINT_DESCRIPTION_MAX);
}

static void parse_address(struct parse *p, struct json_object *value)
{
    p->draft->address = text_of(p, "address", value, COMPLAINT_ADDRESS_MAX);
}

struct field {
    const char *name;
    void (*parse)(struct parse *p, struct json_object *value); /* value is not null */
};

static const struct field fields[] = {
    {"category", parse_category},       {"description", parse_description},
    {"channel", parse_channel},         {"location", parse_location},
    {"address", parse_address},         {"reporter", parse_reporter},
    {"occurred_at", parse_occurred_at}, {"attributes", parse_attributes},
    {"attachments", parse_attachments},
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static void parse_consent(struct parse *p, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_boolean)) {
        fault(p, "consent", FAULT_WRONG_TYPE);
    }
    p->consent = json_object_get_boolean(value);
}

static void parse_member(struct parse *p, const struct field *known, size_t n, const char *key,
                         struct json_object *value)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(known[i].name, key) == 0) {
            if (value != NULL) {
                known[i].parse(p, value);
            }
            return;
        }
    }
    fault(p, arena_strdup(p->arena, key), FAULT_UNKNOWN_FIELD);
}

static bool has_fault(const struct fault_list *faults, const char *field)
{
    for (size_t i = 0; i < faults->n; i++) {
        if (strcmp(faults->rows[i].field, field) == 0) {
            return true;
        }
    }
    return false;
}

/* A required text that is absent, null or blank. */
static void require(struct parse *p, const char *field, bool given)
{
    if (!given && !has_fault(p->faults, field)) {
        fault(p, field, FAULT_REQUIRED);
    }
}

enum status intake_parse(const struct intake_context *context, struct str json,
                         struct complaint_draft *draft, struct fault_list *faults, struct err *e)
{
    struct json_object *tree = json_read(json);
    faults->n = 0;
    complaint_draft_init(draft);
    if (!json_object_is_type(tree, json_type_object)) {
        json_object_put(tree);
        return err_set(e, STATUS_INVALID, "not a JSON object");
    }
    struct parse p = {.s = context->snapshot,
                      .arena = context->arena,
                      .draft = draft,
                      .faults = faults,
                      .now_us = context->now_us};
    json_object_object_foreach(tree, key, value)
    {
        parse_member(&p, fields, N_FIELDS, key, value);
    }
    require(&p, "category", draft->category >= 0);
    require(&p, "description", draft->description != NULL);
    require(&p, "channel", draft->channel != NULL);
    json_object_put(tree);
    return p.no_memory ? err_set(e, STATUS_NO_MEMORY, "no memory for a complaint") : STATUS_OK;
}

static const struct field join_fields[] = {
    {"reporter", parse_reporter},
    {"channel", parse_channel},
    {"description", parse_description},
    {"consent", parse_consent},
};

enum status intake_parse_join(const struct intake_context *context, struct str json,
                              struct intake_join *join, struct fault_list *faults, struct err *e)
{
    struct complaint_draft *draft = &join->draft;
    struct json_object *tree = json_read(json);
    faults->n = 0;
    complaint_draft_init(draft);
    if (!json_object_is_type(tree, json_type_object)) {
        json_object_put(tree);
        return err_set(e, STATUS_INVALID, "not a JSON object");
    }
    struct parse p = {
        .s = context->snapshot, .arena = context->arena, .draft = draft, .faults = faults};
    json_object_object_foreach(tree, key, value)
    {
        parse_member(&p, join_fields, sizeof(join_fields) / sizeof(join_fields[0]), key, value);
    }
    require(&p, "channel", draft->channel != NULL);
    join->consent = p.consent;
    if ((draft->reporter.phone != NULL || draft->reporter.email != NULL) && !p.consent) {
        require(&p, "consent", false);
    }
    json_object_put(tree);
    return p.no_memory ? err_set(e, STATUS_NO_MEMORY, "no memory for a report") : STATUS_OK;
}
