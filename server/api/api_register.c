/* /api/v1/admin/agencies, desks, areas: who there is and what they have (sql/0034_register.sql),
 * for administrators; auditors read. What becomes of an agency on a day is a reform
 * (api_transfers.c). */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_register.h"
#include "server/api/api_row.h"
#include "server/store/store_register.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define PERIOD                                                                                     \
    {"valid_from", CHANGE_CODE, false, 10},                                                        \
    {                                                                                              \
        "valid_to", CHANGE_CODE, false, 10                                                         \
    }
#define AGENCY_FIELDS                                                                              \
    {"name", CHANGE_LINE, true, 300}, {"name_en", CHANGE_LINE, false, 300},                        \
        {"kind", CHANGE_CODE, true, 32}, {"parent", CHANGE_CODE, false, 64},                       \
    {                                                                                              \
        "calendar", CHANGE_CODE, false, 64                                                         \
    }

static const struct change_field new_agency_fields[] = {
    {"code", CHANGE_CODE, true, 64}, AGENCY_FIELDS, PERIOD};
static const struct change_field agency_fields[] = {{"generation", CHANGE_WHOLE, true, INT32_MAX},
                                                    {"version", CHANGE_WHOLE, true, INT32_MAX},
                                                    AGENCY_FIELDS};
static const struct change_field new_desk_fields[] = {
    {"code", CHANGE_CODE, true, 64}, {"name", CHANGE_LINE, true, 300}, PERIOD};
static const struct change_field desk_fields[] = {{"version", CHANGE_WHOLE, true, INT32_MAX},
                                                  {"name", CHANGE_LINE, true, 300}};
static const struct change_field end_fields[] = {{"version", CHANGE_WHOLE, true, INT32_MAX},
                                                 {"on", CHANGE_CODE, true, 10}};
static const struct change_field new_area_fields[] = {
    {"code", CHANGE_CODE, true, 64},  {"name", CHANGE_LINE, true, 300},
    {"class", CHANGE_CODE, true, 16}, {"reach", CHANGE_CODE, true, 16},
    {"unit", CHANGE_CODE, false, 64}, {"categories", CHANGE_LIST, true, 200},
    {"desk", CHANGE_CODE, false, 64}, PERIOD};

/* ---- what the other files of the register use, too ---- */

void register_read(struct http_request *r, const char *sql, const char *about)
{
    if (change_allowed(r, REGISTER_READERS)) {
        api_row_send(r, &(struct db_job){.sql = sql,
                                         .n_params = about == NULL ? 1 : 2,
                                         .params = {auth_actor(r), about}});
    }
}

struct json_object *register_body(struct http_request *r, const struct change_field *fields,
                                  size_t n, const char *name, const char *value)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR) ? change_body(r, fields, n) : NULL;
    if (args != NULL && name != NULL) {
        change_arg_text(args, name, value);
    }
    return args;
}

bool register_texts(struct http_request *r, struct json_object *args, const char *name)
{
    struct json_object *list = json_object_object_get(args, name);
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_string)) {
            json_object_put(args);
            http_problem_field(r, 422, name, FAULT_WRONG_TYPE);
            return false;
        }
    }
    return true;
}

/* ---- agencies ---- */

static void list_agencies(struct http_request *r)
{
    register_read(r, STORE_REGISTER_AGENCIES, NULL);
}

static void show_agency(struct http_request *r)
{
    register_read(r, STORE_REGISTER_AGENCY, http_parameter(r, "agency"));
}

static void add_agency(struct http_request *r)
{
    struct json_object *args =
        register_body(r, new_agency_fields, N(new_agency_fields), NULL, NULL);
    if (args != NULL) {
        change_perform(r, "agency.add", args, 201, NULL);
    }
}

static void edit_agency(struct http_request *r)
{
    struct json_object *args =
        register_body(r, agency_fields, N(agency_fields), "code", http_parameter(r, "agency"));
    if (args != NULL) {
        change_perform(r, "agency.edit", args, 200, NULL);
    }
}

/* ---- desks and areas ---- */

/* The body of a change to the row that the path names by its number. */
static struct json_object *numbered_body(struct http_request *r, const struct change_field *fields,
                                         size_t n, const char *parameter)
{
    const char *text = http_parameter(r, parameter);
    size_t length = strlen(text);
    struct json_object *args = register_body(r, fields, n, NULL, NULL);
    if (args == NULL) {
        return NULL;
    }
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length) {
        json_object_put(args);
        http_problem(r, 404, NULL);
        return NULL;
    }
    change_arg_int(args, "id", strtol(text, NULL, 10));
    return args;
}

static void add_desk(struct http_request *r)
{
    struct json_object *args = register_body(r, new_desk_fields, N(new_desk_fields), "agency",
                                             http_parameter(r, "agency"));
    if (args != NULL) {
        change_perform(r, "desk.add", args, 201, NULL);
    }
}

static void rename_desk(struct http_request *r)
{
    struct json_object *args = numbered_body(r, desk_fields, N(desk_fields), "desk");
    if (args != NULL) {
        change_perform(r, "desk.rename", args, 200, NULL);
    }
}

static void end_desk(struct http_request *r)
{
    struct json_object *args = numbered_body(r, end_fields, N(end_fields), "desk");
    if (args != NULL) {
        change_perform(r, "desk.end", args, 200, NULL);
    }
}

static void add_area(struct http_request *r)
{
    struct json_object *args = register_body(r, new_area_fields, N(new_area_fields), "agency",
                                             http_parameter(r, "agency"));
    if (args != NULL && register_texts(r, args, "categories")) {
        change_perform(r, "jurisdiction.add", args, 201, NULL);
    }
}

static void end_area(struct http_request *r)
{
    struct json_object *args = numbered_body(r, end_fields, N(end_fields), "area");
    if (args != NULL) {
        change_perform(r, "jurisdiction.end", args, 200, NULL);
    }
}

/* ---- routes ---- */

#define RESOLVED(name)                                                                             \
    static void name##_by_user(struct http_request *r)                                             \
    {                                                                                              \
        auth_resolve(r, name);                                                                     \
    }
RESOLVED(list_agencies)
RESOLVED(show_agency)
RESOLVED(add_agency)
RESOLVED(edit_agency)
RESOLVED(add_desk)
RESOLVED(rename_desk)
RESOLVED(end_desk)
RESOLVED(add_area)
RESOLVED(end_area)

#define ABOUT_CHANGE(...)                                                                          \
    ABOUT(.tag = "register", .roles = AUTH_ADMINISTRATOR, .answer = "Changed", __VA_ARGS__)
#define ABOUT_READ(...) ABOUT(.tag = "register", .roles = REGISTER_READERS, __VA_ARGS__)
#define AGENCIES        "/api/v1/admin/agencies"
const struct http_route api_register_routes[] = {
    {HTTP_GET, AGENCIES, list_agencies_by_user,
     ABOUT_READ(.summary = "Every agency there was, is and will be", .answer = "AgencyRegister")},
    {HTTP_POST, AGENCIES, add_agency_by_user,
     ABOUT_CHANGE(.summary = "Add an agency from a day on", FIELDS_OF(new_agency_fields),
                  .status = 201)},
    {HTTP_GET, AGENCIES "/{agency}", show_agency_by_user,
     ABOUT_READ(.summary = "An agency: its rows, desks, people, areas, and what became of it",
                .answer = "AgencyInRegister")},
    {HTTP_PUT, AGENCIES "/{agency}", edit_agency_by_user,
     ABOUT_CHANGE(.summary = "Correct an agency's row", FIELDS_OF(agency_fields))},
    {HTTP_POST, AGENCIES "/{agency}/desks", add_desk_by_user,
     ABOUT_CHANGE(.summary = "Add a desk", FIELDS_OF(new_desk_fields), .status = 201)},
    {HTTP_POST, AGENCIES "/{agency}/areas", add_area_by_user,
     ABOUT_CHANGE(.summary = "Give an agency categories in a unit or the whole city",
                  FIELDS_OF(new_area_fields), .status = 201)},
    {HTTP_PUT, "/api/v1/admin/desks/{desk}", rename_desk_by_user,
     ABOUT_CHANGE(.summary = "Rename a desk", FIELDS_OF(desk_fields))},
    {HTTP_POST, "/api/v1/admin/desks/{desk}/end", end_desk_by_user,
     ABOUT_CHANGE(.summary = "End a desk on a day", FIELDS_OF(end_fields))},
    {HTTP_POST, "/api/v1/admin/areas/{area}/end", end_area_by_user,
     ABOUT_CHANGE(.summary = "End an area on a day", FIELDS_OF(end_fields))},
};
const size_t n_api_register_routes = sizeof(api_register_routes) / sizeof(api_register_routes[0]);
