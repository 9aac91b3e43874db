/* /api/v1/openapi.json: the routes' own words (api_about.h) put together with
 * server/api/openapi.json, which has what no row can say: schemas, parameters, what each id
 * identifies. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/action_rows.h"
#include "server/api/api_about.h"

/* Filled once before the threads start, then only read. */
static char *text;
static size_t text_size;

typedef struct json_object json;

static json *string(const char *value)
{
    return json_object_new_string(value);
}

static json *string_n(struct str s)
{
    return json_object_new_string_len(s.p, (int)s.n);
}

/* {"$ref": "#/components/KIND/NAME"} */
static json *reference(const char *kind, struct str name)
{
    char path[160];
    json *object = json_object_new_object();
    (void)snprintf(path, sizeof(path), "#/components/%s/%.*s", kind, (int)name.n, name.p);
    json_object_object_add(object, "$ref", string(path));
    return object;
}

static json *schema_of_field(const struct change_field *f)
{
    static const char *const types[] = {
        [CHANGE_CODE] = "string",   [CHANGE_LINE] = "string",  [CHANGE_TEXT] = "string",
        [CHANGE_WHOLE] = "integer", [CHANGE_FLAG] = "boolean", [CHANGE_OBJECT] = "object",
        [CHANGE_LIST] = "array"};
    json *schema = json_object_new_object();
    json_object_object_add(schema, "type", string(types[f->kind]));
    if (f->kind == CHANGE_WHOLE) {
        json_object_object_add(schema, "minimum", json_object_new_int(0));
    }
    if (f->kind == CHANGE_CODE) {
        json_object_object_add(schema, "pattern", string("^\\S+$"));
    }
    if (f->max > 0 && f->kind != CHANGE_FLAG && f->kind != CHANGE_OBJECT) {
        const char *limit = f->kind == CHANGE_WHOLE  ? "maximum"
                            : f->kind == CHANGE_LIST ? "maxItems"
                                                     : "maxLength";
        json_object_object_add(schema, limit, json_object_new_int64((int64_t)f->max));
    }
    return schema;
}

/* The object that change_body takes. */
static json *schema_of_fields(const struct change_field *fields, size_t n)
{
    json *schema = json_object_new_object();
    json *properties = json_object_new_object();
    json *required = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        json_object_object_add(properties, fields[i].name, schema_of_field(&fields[i]));
        if (fields[i].required) {
            json_object_array_add(required, string(fields[i].name));
        }
    }
    json_object_object_add(schema, "type", string("object"));
    json_object_object_add(schema, "properties", properties);
    json_object_object_add(schema, "required", required);
    json_object_object_add(schema, "additionalProperties", json_object_new_boolean(0));
    return schema;
}

/* {"TYPE": {"schema": ...}}: a schema's name is JSON, a media type is itself. */
static json *content_of(const char *what, json *schema)
{
    json *content = json_object_new_object();
    json *media = json_object_new_object();
    bool is_type = what != NULL && strchr(what, '/') != NULL;
    if (!is_type) {
        json_object_object_add(media, "schema",
                               schema != NULL ? schema : reference("schemas", str_of(what)));
    }
    json_object_object_add(content, is_type ? what : "application/json", media);
    return content;
}

static json *body_of(const struct api_about *about)
{
    json *body = json_object_new_object();
    json *schema = about->fields == NULL ? NULL : schema_of_fields(about->fields, about->n_fields);
    json_object_object_add(body, "required", json_object_new_boolean(1));
    json_object_object_add(body, "content", content_of(about->body, schema));
    return body;
}

static json *answers_of(const struct api_about *about)
{
    json *answers = json_object_new_object();
    json *good = json_object_new_object();
    char status[8];
    int number = about->status != 0 ? about->status : about->answer == NULL ? 204 : 200;
    (void)snprintf(status, sizeof(status), "%d", number);
    json_object_object_add(good, "description", string("Done"));
    if (about->answer != NULL) {
        json_object_object_add(good, "content", content_of(about->answer, NULL));
    }
    json_object_object_add(answers, status, good);
    json_object_object_add(answers, "default", reference("responses", STR("Problem")));
    return answers;
}

/* A {name} of the path; `id` says what {id} is. */
static json *path_parameter(struct str name, const struct api_about *about, json *ids)
{
    json *parameter = json_object_new_object();
    json *schema = json_object_new_object();
    char key[64];
    (void)snprintf(key, sizeof(key), "%.*s", (int)name.n, name.p);
    const char *identifies = strcmp(key, "id") == 0 && about->id != NULL ? about->id : key;
    json *words = json_object_object_get(ids, identifies);
    json_object_object_add(schema, "type", string("string"));
    json_object_object_add(parameter, "name", string_n(name));
    json_object_object_add(parameter, "in", string("path"));
    json_object_object_add(parameter, "required", json_object_new_boolean(1));
    json_object_object_add(parameter, "schema", schema);
    if (words != NULL) {
        json_object_object_add(parameter, "x-identifies", string(identifies));
        json_object_object_add(parameter, "description", json_object_get(words));
    }
    return parameter;
}

static json *parameters_of(const struct http_route *route, json *ids)
{
    json *parameters = json_object_new_array();
    struct str rest = str_of(route->pattern);
    while (rest.n > 0) {
        struct str segment = str_cut(&rest, '/');
        const char *close =
            segment.n > 0 && segment.p[0] == '{' ? memchr(segment.p, '}', segment.n) : NULL;
        if (close != NULL) {
            struct str name = {segment.p + 1, (size_t)(close - segment.p) - 1};
            json_object_array_add(parameters, path_parameter(name, route->about, ids));
        }
    }
    rest = str_of(route->about->query == NULL ? "" : route->about->query);
    while (rest.n > 0) {
        json_object_array_add(parameters, reference("parameters", str_cut(&rest, ' ')));
    }
    return parameters;
}

static json *roles_of(unsigned roles)
{
    json *names = json_object_new_array();
    for (unsigned bit = 1; bit <= AUTH_KEY; bit <<= 1) {
        if ((roles & bit) != 0) {
            json_object_array_add(names, string(auth_role_name((enum auth_role)bit)));
        }
    }
    return names;
}

/* A session (with its token, where something is changed) or a key; nothing where anybody may. */
static json *security_of(const struct http_route *route)
{
    json *ways = json_object_new_array();
    json *session = json_object_new_object();
    json *key = json_object_new_object();
    if (route->about->roles == 0) {
        json_object_array_add(ways, json_object_new_object());
    }
    json_object_object_add(session, "session", json_object_new_array());
    if (route->methods != HTTP_GET) {
        json_object_object_add(session, "csrf", json_object_new_array());
    }
    json_object_object_add(key, "key", json_object_new_array());
    json_object_array_add(ways, session);
    if (route->about->roles == 0 || (route->about->roles & AUTH_KEY) != 0) {
        json_object_array_add(ways, key);
    } else {
        json_object_put(key);
    }
    return ways;
}

static json *operation_of(const struct http_route *route, json *ids)
{
    const struct api_about *about = route->about;
    json *operation = json_object_new_object();
    json *tags = json_object_new_array();
    json_object_array_add(tags, string(about->tag));
    json_object_object_add(operation, "tags", tags);
    json_object_object_add(operation, "summary", string(about->summary));
    json_object_object_add(operation, "parameters", parameters_of(route, ids));
    if (about->fields != NULL || about->body != NULL) {
        json_object_object_add(operation, "requestBody", body_of(about));
    }
    json_object_object_add(operation, "responses", answers_of(about));
    json_object_object_add(operation, "security", security_of(route));
    if (about->roles != 0) {
        json_object_object_add(operation, "x-roles", roles_of(about->roles));
    }
    return operation;
}

static void add_route(json *paths, const struct http_route *route, json *ids)
{
    static const struct {
        unsigned method;
        const char *name;
    } methods[] = {{HTTP_GET, "get"},     {HTTP_POST, "post"},     {HTTP_PUT, "put"},
                   {HTTP_PATCH, "patch"}, {HTTP_DELETE, "delete"}, {HTTP_OPTIONS, "options"}};
    json *path = json_object_object_get(paths, route->pattern);
    if (path == NULL) {
        path = json_object_new_object();
        json_object_object_add(paths, route->pattern, path);
    }
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if ((route->methods & methods[i].method) != 0) {
            json_object_object_add(path, methods[i].name, operation_of(route, ids));
        }
    }
}

/* What each action on a complaint takes, beside the schema that says what all take. */
static void add_actions(json *document)
{
    json *schemas =
        json_object_object_get(json_object_object_get(document, "components"), "schemas");
    json *action = json_object_object_get(schemas, "Action");
    json *each = json_object_new_object();
    const struct action_row *row;
    for (size_t i = 0; (row = action_row_at(i)) != NULL; i++) {
        json_object_object_add(each, row->name, schema_of_fields(row->fields, row->n_fields));
    }
    if (json_object_object_add(action, "x-actions", each) != 0) {
        json_object_put(each);
    }
}

enum status api_openapi_load(const char *path, struct err *e)
{
    json *document = json_object_from_file(path);
    json *ids = json_object_object_get(document, "x-ids");
    json *paths = json_object_new_object();
    size_t n = 0;
    const struct http_route *routes = api_routes(&n);
    if (!json_object_is_type(ids, json_type_object)) {
        json_object_put(document);
        json_object_put(paths);
        return err_set(e, STATUS_INVALID, "%s is not the API's description", path);
    }
    for (size_t i = 0; i < n; i++) {
        static const struct api_about unknown = {.tag = "", .summary = ""};
        struct http_route route = routes[i];
        route.about = route.about == NULL ? &unknown : route.about;
        add_route(paths, &route, ids);
    }
    json_object_object_add(document, "paths", paths);
    add_actions(document);
    const char *made = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN |
                                                                    JSON_C_TO_STRING_NOSLASHESCAPE);
    text = made == NULL ? NULL : strdup(made);
    text_size = text == NULL ? 0 : strlen(text);
    json_object_put(document);
    return text == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for the API's description")
                        : STATUS_OK;
}

void api_openapi_unload(void)
{
    free(text);
    text = NULL;
}

static void get_openapi(struct http_request *r)
{
    http_send(r, &(struct http_reply){.status = 200,
                                      .type = "application/json",
                                      .body = {text, text_size},
                                      .cache_control = "no-cache",
                                      .compress = true});
}

const struct http_route api_openapi_routes[] = {
    {HTTP_GET, "/api/v1/openapi.json", get_openapi,
     ABOUT(.tag = "description", .summary = "This description", .answer = "Description")},
};
const size_t n_api_openapi_routes = sizeof(api_openapi_routes) / sizeof(api_openapi_routes[0]);
