/* Layers of the map, how many people live where, what makes two complaints alike, who holds what:
 * what an administrator looks at and changes as data. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_row.h"
#include "server/api/api_shapes.h"
#include "server/base/clock.h"
#include "server/city/city_text.h"
#include "server/store/store_shape.h"

#define LOOKERS (AUTH_ADMINISTRATOR | AUTH_AUDITOR | AUTH_SUPERVISOR | AUTH_LEADER)

/* ---- layers ---- */

static void list_layers(struct http_request *r)
{
    if (change_allowed(r, SHAPES_READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_LAYERS});
    }
}

static const struct change_field load_fields[] = {
    {"upload", CHANGE_WHOLE, true, 999999999}, {"code", CHANGE_CODE, true, 64},
    {"replace", CHANGE_FLAG, false, 1},        {"version", CHANGE_WHOLE, false, 999999999},
    {"name_vi", CHANGE_LINE, false, 200},      {"name_en", CHANGE_LINE, false, 200},
    {"group", CHANGE_CODE, false, 64},         {"group_vi", CHANGE_LINE, false, 200},
    {"group_en", CHANGE_LINE, false, 200},     {"public", CHANGE_FLAG, false, 1},
    {"min_zoom", CHANGE_WHOLE, false, 22},     {"position", CHANGE_WHOLE, false, 9999},
    {"style", CHANGE_OBJECT, false, 0},        {"attribution", CHANGE_LINE, false, 300},
    {"name_column", CHANGE_LINE, false, 100},  {"id_column", CHANGE_LINE, false, 100},
    {"from_column", CHANGE_LINE, false, 100},  {"to_column", CHANGE_LINE, false, 100},
    {"valid_from", CHANGE_LINE, false, 40},    {"valid_to", CHANGE_LINE, false, 40},
    {"repair", CHANGE_FLAG, false, 1},
};
static const struct change_field edit_fields[] = {
    {"version", CHANGE_WHOLE, true, 999999999}, {"name_vi", CHANGE_LINE, false, 200},
    {"name_en", CHANGE_LINE, false, 200},       {"group", CHANGE_CODE, false, 64},
    {"group_vi", CHANGE_LINE, false, 200},      {"group_en", CHANGE_LINE, false, 200},
    {"public", CHANGE_FLAG, false, 1},          {"min_zoom", CHANGE_WHOLE, false, 22},
    {"position", CHANGE_WHOLE, false, 9999},    {"style", CHANGE_OBJECT, false, 0},
    {"attribution", CHANGE_LINE, false, 300},   {"valid_from", CHANGE_LINE, false, 40},
    {"valid_to", CHANGE_LINE, false, 40},
};
static const struct change_field version_fields[] = {
    {"version", CHANGE_WHOLE, true, 999999999},
};

static void load_layer(struct http_request *r)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR)
            ? change_body(r, load_fields, sizeof(load_fields) / sizeof(load_fields[0]))
            : NULL;
    if (args != NULL) {
        change_perform(r, "layer.load", args, 201, NULL);
    }
}

/* A change of the layer {layer}. */
static void change_layer(struct http_request *r, const char *action,
                         const struct change_field *fields, size_t n)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR) ? change_body(r, fields, n) : NULL;
    if (args != NULL) {
        change_arg_text(args, "code", http_parameter(r, "layer"));
        change_perform(r, action, args, 200, NULL);
    }
}

static void edit_layer(struct http_request *r)
{
    change_layer(r, "layer.edit", edit_fields, sizeof(edit_fields) / sizeof(edit_fields[0]));
}

static void withdraw_layer(struct http_request *r)
{
    change_layer(r, "layer.withdraw", version_fields, 1);
}

static void restore_layer(struct http_request *r)
{
    change_layer(r, "layer.restore", version_fields, 1);
}

/* ---- populations ---- */

/* ?at=, or today in the city; NULL with 400 answered. */
static const char *day_of(struct http_request *r)
{
    const char *at = http_query(r, "at");
    char text[CLOCK_TEXT_MAX];
    if (at == NULL || at[0] == '\0') {
        return arena_strndup(http_arena(r), clock_format(clock_now_us(), text), 10);
    }
    if (!city_text_is_date(at)) {
        http_problem_field(r, 400, "at", FAULT_MALFORMED);
        return NULL;
    }
    return at;
}

static void list_populations(struct http_request *r)
{
    const char *day = change_allowed(r, SHAPES_READERS) ? day_of(r) : NULL;
    if (day != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_POPULATIONS, .n_params = 1, .params = {day}});
    }
}

static const struct change_field population_fields[] = {
    {"source", CHANGE_LINE, true, 200},
    {"units", CHANGE_LIST, true, 1000},
};

static void set_populations(struct http_request *r)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR) ? change_body(r, population_fields, 2) : NULL;
    if (args != NULL) {
        change_perform(r, "population.set", args, 200, NULL);
    }
}

/* ---- duplicates ---- */

static void show_duplicates(struct http_request *r)
{
    if (change_allowed(r, SHAPES_READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_DUPLICATE_SETTINGS});
    }
}

static const struct change_field duplicate_fields[] = {
    {"version", CHANGE_CODE, true, 64},
    {"terms", CHANGE_LIST, false, 500},
    {"pairs", CHANGE_LIST, false, 500},
    {"incidents", CHANGE_OBJECT, false, 0},
};

static void set_duplicates(struct http_request *r)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR) ? change_body(r, duplicate_fields, 4) : NULL;
    if (args != NULL) {
        change_perform(r, "duplicates.set", args, 200, NULL);
    }
}

/* ---- jurisdictions ---- */

static void list_jurisdictions(struct http_request *r)
{
    const char *category = http_query(r, "category");
    const char *day = change_allowed(r, LOOKERS) ? day_of(r) : NULL;
    double lon = 0;
    double lat = 0;
    bool there = http_query(r, "lon") != NULL;
    if (day == NULL || !api_query_number(r, "lon", false, -180, 180, &lon) ||
        !api_query_number(r, "lat", there, -90, 90, &lat)) {
        return;
    }
    const char *x = there ? arena_printf(http_arena(r), "%.7f", lon) : NULL;
    const char *y = there ? arena_printf(http_arena(r), "%.7f", lat) : NULL;
    api_row_send(r, &(struct db_job){.sql = STORE_JURISDICTIONS,
                                     .n_params = 4,
                                     .params = {day, category == NULL ? "" : category, x, y}});
}

/* ---- routes ---- */

#define RESOLVED(name, next)                                                                       \
    static void name(struct http_request *r)                                                       \
    {                                                                                              \
        auth_resolve(r, next);                                                                     \
    }
RESOLVED(get_layers, list_layers)
RESOLVED(post_layer, load_layer)
RESOLVED(patch_layer, edit_layer)
RESOLVED(post_withdraw, withdraw_layer)
RESOLVED(post_restore, restore_layer)
RESOLVED(get_populations, list_populations)
RESOLVED(post_populations, set_populations)
RESOLVED(get_duplicates, show_duplicates)
RESOLVED(post_duplicates, set_duplicates)
RESOLVED(get_jurisdictions, list_jurisdictions)

const struct http_route api_city_setting_routes[] = {
    {HTTP_GET, "/api/v1/layers", get_layers,
     ABOUT(.tag = "maps", .summary = "Imported layers and their groups, also those withdrawn",
           .answer = "LayerRegister", .roles = SHAPES_READERS)},
    {HTTP_POST, "/api/v1/layers", post_layer,
     ABOUT(.tag = "maps", .summary = "Make a layer of an upload, or replace what one has",
           FIELDS_OF(load_fields), .answer = "LayerInRegister", .status = 201,
           .roles = AUTH_ADMINISTRATOR)},
    {HTTP_PATCH, "/api/v1/layers/{layer}", patch_layer,
     ABOUT(.tag = "maps", .summary = "Change what a layer is called, how it looks, when it holds",
           FIELDS_OF(edit_fields), .answer = "LayerInRegister", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/layers/{layer}/withdraw", post_withdraw,
     ABOUT(.tag = "maps", .summary = "Take a layer off every map", FIELDS_OF(version_fields),
           .answer = "LayerInRegister", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/layers/{layer}/restore", post_restore,
     ABOUT(.tag = "maps", .summary = "Bring a withdrawn layer back", FIELDS_OF(version_fields),
           .answer = "LayerInRegister", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/populations", get_populations,
     ABOUT(.tag = "maps", .summary = "Residents of the units in force on a day", .query = "at",
           .answer = "Populations", .roles = SHAPES_READERS)},
    {HTTP_POST, "/api/v1/populations", post_populations,
     ABOUT(.tag = "maps", .summary = "Set residents of units, all or none",
           FIELDS_OF(population_fields), .answer = "PopulationsSet", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/duplicate-settings", get_duplicates,
     ABOUT(.tag = "maps", .summary = "What makes two complaints alike, and many an incident",
           .answer = "DuplicateSettings", .roles = SHAPES_READERS)},
    {HTTP_POST, "/api/v1/duplicate-settings", post_duplicates,
     ABOUT(.tag = "maps", .summary = "Change what makes complaints alike",
           FIELDS_OF(duplicate_fields), .answer = "DuplicateSettings",
           .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/jurisdictions", get_jurisdictions,
     ABOUT(.tag = "maps", .summary = "Who holds what on a day, with overlaps and gaps",
           .query = "at one_category lon lat", .answer = "JurisdictionMap", .roles = LOOKERS)},
};
const size_t n_api_city_setting_routes =
    sizeof(api_city_setting_routes) / sizeof(api_city_setting_routes[0]);
