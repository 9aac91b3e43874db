/* /api/v1/boundary-generations: boundaries made of an upload, held against what is in force, then
 * published from a day on, and taken back. For administrators. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/api/api_about.h"
#include "server/api/api_row.h"
#include "server/api/api_shapes.h"
#include "server/base/json_text.h"
#include "server/city/city_text.h"
#include "server/store/store_shape.h"

#define JSON_MAX ((size_t)1 << 20)

static void send_made(struct http_request *r, int status, struct json_object *answer)
{
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, json_object_to_json_string_ext(
                              answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    http_send_json(r, status, &out);
}

/* ---- making and checking ---- */

/* The row is there; the check begins, and the answer says where to look. */
static void on_made(struct http_request *r, struct json_object *answer)
{
    char id[16];
    (void)snprintf(id, sizeof(id), "%d", json_object_get_int(json_object_object_get(answer, "id")));
    http_set_header(r, "Location",
                    arena_printf(http_arena(r), "/api/v1/boundary-generations/%s", id));
    if (!shapes_later(api_worker(r), STORE_GENERATION_CHECK, id)) {
        http_set_header(r, "Retry-After", "60");
        http_problem(r, 503, NULL); /* it is `checking` until somebody asks again */
        return;
    }
    send_made(r, 202, answer);
}

static const struct change_field make_fields[] = {
    {"upload", CHANGE_WHOLE, true, 999999999},
    {"title", CHANGE_LINE, true, 200},
    {"from", CHANGE_CODE, true, 10},
    {"level", CHANGE_CODE, false, 16},
    {"level_column", CHANGE_LINE, false, 100},
    {"code_column", CHANGE_LINE, true, 100},
    {"name_column", CHANGE_LINE, false, 100},
    {"kind_column", CHANGE_LINE, false, 100},
    {"parent_column", CHANGE_LINE, false, 100},
    {"approximate", CHANGE_FLAG, false, 1},
};

static void make(struct http_request *r)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR)
            ? change_body(r, make_fields, sizeof(make_fields) / sizeof(make_fields[0]))
            : NULL;
    if (args == NULL) {
        return;
    }
    if (!city_text_is_date(json_object_get_string(json_object_object_get(args, "from")))) {
        json_object_put(args);
        http_problem_field(r, 422, "from", FAULT_MALFORMED);
        return;
    }
    change_perform(r, "boundaries.make", args, 202, on_made);
}

/* The step's body with {id} in it; NULL with the request answered. */
static struct json_object *step_args(struct http_request *r, const struct change_field *fields,
                                     size_t n)
{
    const char *id = change_allowed(r, AUTH_ADMINISTRATOR) ? shapes_id(r) : NULL;
    struct json_object *args = id == NULL ? NULL : change_body(r, fields, n);
    if (args != NULL) {
        change_arg_int(args, "id", strtol(id, NULL, 10));
    }
    return args;
}

static void check_again(struct http_request *r)
{
    struct json_object *args = step_args(r, NULL, 0);
    if (args != NULL) {
        change_perform(r, "boundaries.check", args, 202, on_made);
    }
}

/* ---- publishing ---- */

/* Areas, roads and estimated residents of the new units follow. */
static void on_changed(struct http_request *r, struct json_object *answer)
{
    (void)shapes_later(api_worker(r), STORE_MAPS_SETTLE, "");
    send_made(r, 200, answer);
}

static const struct change_field publish_fields[] = {
    {"version", CHANGE_WHOLE, true, 999999999},
    {"reason", CHANGE_TEXT, true, 1000},
    {"acknowledged", CHANGE_FLAG, false, 1},
};
static const struct change_field back_fields[] = {
    {"version", CHANGE_WHOLE, true, 999999999},
    {"reason", CHANGE_TEXT, true, 1000},
};

static void publish(struct http_request *r)
{
    struct json_object *args = step_args(r, publish_fields, 3);
    if (args != NULL) {
        change_perform(r, "boundaries.publish", args, 200, on_changed);
    }
}

static void take_back(struct http_request *r)
{
    struct json_object *args = step_args(r, back_fields, 2);
    if (args != NULL) {
        change_perform(r, "boundaries.take_back", args, 200, on_changed);
    }
}

static void discard(struct http_request *r)
{
    struct json_object *args = step_args(r, NULL, 0);
    if (args != NULL) {
        change_perform(r, "boundaries.discard", args, 200, NULL);
    }
}

/* ---- looking ---- */

static void list(struct http_request *r)
{
    if (change_allowed(r, SHAPES_READERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_GENERATIONS});
    }
}

static void show(struct http_request *r)
{
    shapes_show(r, STORE_GENERATION);
}

static void show_map(struct http_request *r)
{
    shapes_show(r, STORE_GENERATION_MAP);
}

/* ---- routes ---- */

static void get_generations(struct http_request *r)
{
    auth_resolve(r, list);
}

static void post_generation(struct http_request *r)
{
    auth_resolve(r, make);
}

static void get_generation(struct http_request *r)
{
    auth_resolve(r, show);
}

static void get_map(struct http_request *r)
{
    auth_resolve(r, show_map);
}

static void post_check(struct http_request *r)
{
    auth_resolve(r, check_again);
}

static void post_publish(struct http_request *r)
{
    auth_resolve(r, publish);
}

static void post_back(struct http_request *r)
{
    auth_resolve(r, take_back);
}

static void post_discard(struct http_request *r)
{
    auth_resolve(r, discard);
}

const struct http_route api_generation_routes[] = {
    {HTTP_GET, "/api/v1/boundary-generations", get_generations,
     ABOUT(.tag = "maps", .summary = "Generations of boundaries that were uploaded, newest first",
           .answer = "GenerationList", .roles = SHAPES_READERS)},
    {HTTP_POST, "/api/v1/boundary-generations", post_generation,
     ABOUT(.tag = "maps", .summary = "Make boundaries of an upload, and check them",
           FIELDS_OF(make_fields), .answer = "GenerationBegun", .status = 202,
           .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/boundary-generations/{id}", get_generation,
     ABOUT(.tag = "maps", .summary = "One generation, with what its check found",
           .id = "generation_id", .answer = "Generation", .roles = SHAPES_READERS)},
    {HTTP_GET, "/api/v1/boundary-generations/{id}/map", get_map,
     ABOUT(.tag = "maps", .summary = "Its units and what its check found, as GeoJSON",
           .id = "generation_id", .answer = "Features", .roles = SHAPES_READERS)},
    {HTTP_POST, "/api/v1/boundary-generations/{id}/check", post_check,
     ABOUT(.tag = "maps", .summary = "Check it again", .id = "generation_id", .body = "Nothing",
           .answer = "GenerationBegun", .status = 202, .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/boundary-generations/{id}/publish", post_publish,
     ABOUT(.tag = "maps", .summary = "Put it in force from its day on", .id = "generation_id",
           FIELDS_OF(publish_fields), .answer = "Generation", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/boundary-generations/{id}/back", post_back,
     ABOUT(.tag = "maps", .summary = "Take it back, as if it had never been", .id = "generation_id",
           FIELDS_OF(back_fields), .answer = "Generation", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/boundary-generations/{id}/discard", post_discard,
     ABOUT(.tag = "maps", .summary = "Throw a draft away", .id = "generation_id", .body = "Nothing",
           .answer = "Generation", .roles = AUTH_ADMINISTRATOR)},
};
const size_t n_api_generation_routes =
    sizeof(api_generation_routes) / sizeof(api_generation_routes[0]);
