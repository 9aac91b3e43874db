/* /api/v1/admin/categories, calendars, deadlines, pause-reasons, form-letters: what complaints are
 * about, when they are due and what is answered (sql/0034_register.sql). */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_register.h"
#include "server/api/api_row.h"
#include "server/store/store_register.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define VERSION                                                                                    \
    {                                                                                              \
        "version", CHANGE_WHOLE, true, INT32_MAX                                                   \
    }
#define NAMES                                                                                      \
    {"name_vi", CHANGE_LINE, true, 200},                                                           \
    {                                                                                              \
        "name_en", CHANGE_LINE, true, 200                                                          \
    }

#define CATEGORY_FIELDS                                                                            \
    {"parent", CHANGE_CODE, false, 32}, NAMES, {"keywords", CHANGE_LINE, false, 2000},             \
        {"urgent", CHANGE_FLAG, false, 0}, {"deadline_hours", CHANGE_WHOLE, false, 100000},        \
    {                                                                                              \
        "deadline_working_days", CHANGE_WHOLE, false, 10000                                        \
    }
static const struct change_field new_category_fields[] = {{"code", CHANGE_CODE, true, 32},
                                                          CATEGORY_FIELDS};
static const struct change_field category_fields[] = {
    VERSION, CATEGORY_FIELDS, {"active", CHANGE_FLAG, true, 0}};
static const struct change_field place_fields[] = {VERSION, {"before", CHANGE_CODE, false, 32}};
static const struct change_field steps_fields[] = {VERSION, {"steps", CHANGE_LIST, true, 12}};

#define CALENDAR_FIELDS                                                                            \
    NAMES, {"follows_city", CHANGE_FLAG, true, 0},                                                 \
    {                                                                                              \
        "week", CHANGE_LIST, true, 7                                                               \
    }
static const struct change_field new_calendar_fields[] = {{"code", CHANGE_CODE, true, 64},
                                                          CALENDAR_FIELDS};
static const struct change_field calendar_fields[] = {VERSION, CALENDAR_FIELDS};
static const struct change_field days_fields[] = {
    VERSION, {"year", CHANGE_WHOLE, true, 2100}, {"days", CHANGE_LIST, true, 366}};

#define REASON_FIELDS                                                                              \
    NAMES, {"cap_working_days", CHANGE_WHOLE, true, 1000},                                         \
    {                                                                                              \
        "active", CHANGE_FLAG, false, 0                                                            \
    }
static const struct change_field new_reason_fields[] = {{"code", CHANGE_CODE, true, 64},
                                                        REASON_FIELDS};
static const struct change_field reason_fields[] = {VERSION, REASON_FIELDS};

#define LETTER_FIELDS                                                                              \
    {"kind", CHANGE_CODE, true, 16}, {"category", CHANGE_CODE, false, 32}, NAMES,                  \
        {"body", CHANGE_TEXT, true, 10000}, {"body_en", CHANGE_TEXT, false, 10000},                \
        {"active", CHANGE_FLAG, false, 0},                                                         \
    {                                                                                              \
        "position", CHANGE_WHOLE, false, 10000                                                     \
    }
static const struct change_field new_letter_fields[] = {{"code", CHANGE_CODE, true, 64},
                                                        LETTER_FIELDS};
static const struct change_field letter_fields[] = {VERSION, LETTER_FIELDS};
static const struct change_field preview_fields[] = {{"body", CHANGE_TEXT, true, 10000},
                                                     {"body_en", CHANGE_TEXT, false, 10000},
                                                     {"category", CHANGE_CODE, false, 32},
                                                     {"complaint", CHANGE_CODE, false, 32}};

/* ---- reading ---- */

static void list_categories(struct http_request *r)
{
    register_read(r, STORE_REGISTER_CATEGORIES, NULL);
}

static void list_letters(struct http_request *r)
{
    register_read(r, STORE_REGISTER_LETTERS, NULL);
}

static void list_calendars(struct http_request *r)
{
    double year = 0;
    if (change_allowed(r, REGISTER_READERS) &&
        api_query_number(r, "year", true, 2000, 2100, &year)) {
        register_read(r, STORE_REGISTER_CALENDARS, arena_printf(http_arena(r), "%d", (int)year));
    }
}

/* ---- changing: a body, what the path names, an action ---- */

static void change(struct http_request *r, const struct change_field *fields, size_t n,
                   const char *parameter, const char *action)
{
    struct json_object *args =
        register_body(r, fields, n, parameter == NULL ? NULL : "code",
                      parameter == NULL ? NULL : http_parameter(r, parameter));
    if (args != NULL) {
        change_perform(r, action, args, parameter == NULL ? 201 : 200, NULL);
    }
}

static void add_category(struct http_request *r)
{
    change(r, new_category_fields, N(new_category_fields), NULL, "category.add");
}

static void edit_category(struct http_request *r)
{
    change(r, category_fields, N(category_fields), "category", "category.edit");
}

static void place_category(struct http_request *r)
{
    change(r, place_fields, N(place_fields), "category", "category.place");
}

static void put_steps(struct http_request *r)
{
    change(r, steps_fields, N(steps_fields), "category", "deadline_steps.put");
}

static void put_default_steps(struct http_request *r)
{
    struct json_object *args = register_body(r, steps_fields, N(steps_fields), "code", "");
    if (args != NULL) {
        change_perform(r, "deadline_steps.put", args, 200, NULL);
    }
}

static void add_calendar(struct http_request *r)
{
    change(r, new_calendar_fields, N(new_calendar_fields), NULL, "calendar.add");
}

static void edit_calendar(struct http_request *r)
{
    change(r, calendar_fields, N(calendar_fields), "calendar", "calendar.edit");
}

static void put_days(struct http_request *r)
{
    change(r, days_fields, N(days_fields), "calendar", "calendar.days");
}

static void add_reason(struct http_request *r)
{
    change(r, new_reason_fields, N(new_reason_fields), NULL, "pause_reason.put");
}

static void edit_reason(struct http_request *r)
{
    change(r, reason_fields, N(reason_fields), "reason", "pause_reason.put");
}

static void add_letter(struct http_request *r)
{
    change(r, new_letter_fields, N(new_letter_fields), NULL, "form_letter.put");
}

static void edit_letter(struct http_request *r)
{
    change(r, letter_fields, N(letter_fields), "letter", "form_letter.put");
}

/* Changes nothing; it is a POST because a letter is too long for an address. */
static void preview_letter(struct http_request *r)
{
    struct json_object *args = change_allowed(r, REGISTER_READERS)
                                   ? change_body(r, preview_fields, N(preview_fields))
                                   : NULL;
    if (args == NULL) {
        return;
    }
    const char *text =
        arena_strdup(http_arena(r), json_object_to_json_string_ext(args, JSON_C_TO_STRING_PLAIN));
    json_object_put(args);
    if (text == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    api_row_send(r, &(struct db_job){.sql = STORE_LETTER_PREVIEW,
                                     .n_params = 2,
                                     .params = {auth_actor(r), text}});
}

/* ---- routes ---- */

#define RESOLVED(name)                                                                             \
    static void name##_by_user(struct http_request *r)                                             \
    {                                                                                              \
        auth_resolve(r, name);                                                                     \
    }
RESOLVED(list_categories)
RESOLVED(list_letters)
RESOLVED(list_calendars)
RESOLVED(add_category)
RESOLVED(edit_category)
RESOLVED(place_category)
RESOLVED(put_steps)
RESOLVED(put_default_steps)
RESOLVED(add_calendar)
RESOLVED(edit_calendar)
RESOLVED(put_days)
RESOLVED(add_reason)
RESOLVED(edit_reason)
RESOLVED(add_letter)
RESOLVED(edit_letter)
RESOLVED(preview_letter)

#define ABOUT_ADD(...)                                                                             \
    ABOUT(.tag = "register", .roles = AUTH_ADMINISTRATOR, .answer = "Changed", .status = 201,      \
          __VA_ARGS__)
#define ABOUT_CHANGE(...)                                                                          \
    ABOUT(.tag = "register", .roles = AUTH_ADMINISTRATOR, .answer = "Changed", __VA_ARGS__)
#define ABOUT_READ(...) ABOUT(.tag = "register", .roles = REGISTER_READERS, __VA_ARGS__)
#define CATEGORIES      "/api/v1/admin/categories"
#define CALENDARS       "/api/v1/admin/calendars"
#define LETTERS         "/api/v1/admin/form-letters"
#define REASONS         "/api/v1/admin/pause-reasons"
const struct http_route api_register_city_routes[] = {
    {HTTP_GET, CATEGORIES, list_categories_by_user,
     ABOUT_READ(.summary = "The tree of categories with their deadlines, ended ones too",
                .answer = "CategoryRegister")},
    {HTTP_POST, CATEGORIES, add_category_by_user,
     ABOUT_ADD(.summary = "Add a category", FIELDS_OF(new_category_fields))},
    {HTTP_PUT, CATEGORIES "/{category}", edit_category_by_user,
     ABOUT_CHANGE(.summary = "Rename, move, end a category", FIELDS_OF(category_fields))},
    {HTTP_POST, CATEGORIES "/{category}/place", place_category_by_user,
     ABOUT(.tag = "register", .summary = "A category's place in lists", FIELDS_OF(place_fields),
           .answer = "Changed", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_PUT, CATEGORIES "/{category}/deadlines", put_steps_by_user,
     ABOUT_CHANGE(.summary = "How long a category's steps may take", FIELDS_OF(steps_fields))},
    {HTTP_PUT, "/api/v1/admin/deadlines", put_default_steps_by_user,
     ABOUT_CHANGE(.summary = "How long steps may take where no category says otherwise",
                  FIELDS_OF(steps_fields))},
    {HTTP_GET, CALENDARS, list_calendars_by_user,
     ABOUT_READ(.summary = "Calendars with the days of a year, and what a complaint may wait for",
                .query = "year", .answer = "CalendarRegister")},
    {HTTP_POST, CALENDARS, add_calendar_by_user,
     ABOUT_ADD(.summary = "Add a calendar", FIELDS_OF(new_calendar_fields))},
    {HTTP_PUT, CALENDARS "/{calendar}", edit_calendar_by_user,
     ABOUT_CHANGE(.summary = "Change a calendar's name and week", FIELDS_OF(calendar_fields))},
    {HTTP_PUT, CALENDARS "/{calendar}/days", put_days_by_user,
     ABOUT_CHANGE(.summary = "A year's days that differ from the week", FIELDS_OF(days_fields))},
    {HTTP_POST, REASONS, add_reason_by_user,
     ABOUT_ADD(.summary = "Add a reason to wait", FIELDS_OF(new_reason_fields))},
    {HTTP_PUT, REASONS "/{reason}", edit_reason_by_user,
     ABOUT_CHANGE(.summary = "Change a reason to wait", FIELDS_OF(reason_fields))},
    {HTTP_GET, LETTERS, list_letters_by_user,
     ABOUT_READ(.summary = "The form letters, ended ones too", .answer = "LetterRegister")},
    {HTTP_POST, LETTERS, add_letter_by_user,
     ABOUT_ADD(.summary = "Add a form letter", FIELDS_OF(new_letter_fields))},
    {HTTP_PUT, LETTERS "/{letter}", edit_letter_by_user,
     ABOUT_CHANGE(.summary = "Change a form letter", FIELDS_OF(letter_fields))},
    {HTTP_POST, "/api/v1/admin/letter-previews", preview_letter_by_user,
     ABOUT_READ(.summary = "A letter as it would read for a complaint", FIELDS_OF(preview_fields),
                .answer = "LetterPreview")},
};
const size_t n_api_register_city_routes =
    sizeof(api_register_city_routes) / sizeof(api_register_city_routes[0]);
