#include "server/city/city_plan.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/city/city_file.h"

#define PLAN_POOL ((size_t)16 * 1024 * 1024)

struct reader {
    struct arena *arena;
    const char *folder;
    struct err *e;
    enum status status; /* the first fault stays */
};

static void fail(struct reader *r, const char *what, const char *name)
{
    if (r->status == STATUS_OK) {
        r->status = err_set(r->e, STATUS_INVALID, "%s/city.json: %s: %s", r->folder, what, name);
    }
}

/* A text; NULL where it is missing. */
static const char *get_text(struct reader *r, struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, key, &value) || !value) {
        return NULL;
    }
    if (!json_object_is_type(value, json_type_string)) {
        fail(r, "not a text", key);
        return NULL;
    }
    return json_object_get_string(value);
}

static const char *need_text(struct reader *r, struct json_object *object, const char *key)
{
    const char *text = get_text(r, object, key);
    if (!text || !*text) {
        fail(r, "missing", key);
        return "";
    }
    return text;
}

static bool get_flag(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) && json_object_get_boolean(value);
}

/* The list of that name; *n is 0 where there is none. */
static struct json_object *get_list(struct reader *r, struct json_object *object, const char *key,
                                    size_t *n)
{
    struct json_object *list = NULL;
    *n = 0;
    if (!json_object_object_get_ex(object, key, &list) || !list) {
        return NULL;
    }
    if (!json_object_is_type(list, json_type_array)) {
        fail(r, "not a list", key);
        return NULL;
    }
    *n = json_object_array_length(list);
    return list;
}

static const char *full_path(struct reader *r, const char *name)
{
    char *joined = city_file_join(r->folder, name);
    const char *path = joined ? arena_strdup(r->arena, joined) : NULL;
    free(joined);
    if (!path) {
        fail(r, "out of memory", name);
        return "";
    }
    if (access(path, R_OK) != 0) {
        fail(r, "cannot read the file", name);
    }
    return path;
}

static void *make(struct reader *r, size_t n, size_t size)
{
    void *array = arena_calloc(r->arena, n > 0 ? n : 1, size);
    if (!array) {
        fail(r, "too large", "city.json");
    }
    return array;
}

static struct city_paths get_paths(struct reader *r, struct json_object *root, const char *key)
{
    struct city_paths paths = {0};
    size_t n = 0;
    struct json_object *list = get_list(r, root, key, &n);
    paths.paths = make(r, n, sizeof *paths.paths);
    for (size_t i = 0; i < n && paths.paths; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        if (!json_object_is_type(one, json_type_string)) {
            fail(r, "not a list of file names", key);
            break;
        }
        paths.paths[paths.n++] = full_path(r, json_object_get_string(one));
    }
    return paths;
}

static void read_boundaries(struct reader *r, struct json_object *root, struct city_plan *plan)
{
    size_t n = 0;
    struct json_object *list = get_list(r, root, "boundaries", &n);
    plan->boundaries = make(r, n, sizeof *plan->boundaries);
    plan->partial = make(r, n, sizeof *plan->partial);
    for (size_t i = 0; i < n && r->status == STATUS_OK; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        plan->boundaries[i] = (struct city_boundary_file){
            .path = full_path(r, need_text(r, one, "file")),
            .level = need_text(r, one, "level"),
            .valid_from = need_text(r, one, "valid_from"),
            .valid_to = get_text(r, one, "valid_to"),
            .code_property = get_text(r, one, "code"),
            .name_property = get_text(r, one, "name"),
            .type_property = get_text(r, one, "type"),
            .parent_property = get_text(r, one, "parent"),
            .approximate = get_flag(one, "approximate"),
        };
        plan->partial[i] = get_flag(one, "partial");
    }
    plan->n_boundaries = n;
}

static void read_lineage(struct reader *r, struct json_object *root, struct city_plan *plan)
{
    size_t n = 0;
    struct json_object *list = get_list(r, root, "lineage", &n);
    plan->lineage = make(r, n, sizeof *plan->lineage);
    for (size_t i = 0; i < n && r->status == STATUS_OK; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        plan->lineage[i] = (struct city_lineage_file){
            .path = full_path(r, need_text(r, one, "file")),
            .on_day = need_text(r, one, "date"),
        };
    }
    plan->n_lineage = n;
}

static void read_complaints(struct reader *r, struct json_object *root, struct city_plan *plan)
{
    size_t n = 0;
    struct json_object *list = get_list(r, root, "complaints", &n);
    plan->complaints = make(r, n, sizeof *plan->complaints);
    for (size_t i = 0; i < n && r->status == STATUS_OK; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        struct json_object *recorded = NULL;
        (void)json_object_object_get_ex(one, "recorded", &recorded);
        plan->complaints[i].path = full_path(r, need_text(r, one, "file"));
        plan->complaints[i].columns = (struct city_complaint_columns){
            .id = get_text(r, one, "id"),
            .received_at = need_text(r, one, "received_at"),
            .closed_at = get_text(r, one, "closed_at"),
            .category = need_text(r, one, "category"),
            .description = get_text(r, one, "description"),
            .address = get_text(r, one, "address"),
            .channel = get_text(r, one, "channel"),
            .lon = get_text(r, one, "lon"),
            .lat = get_text(r, one, "lat"),
            .accuracy_m = get_text(r, one, "accuracy_m"),
            .occurred_at = get_text(r, one, "occurred_at"),
            .reporter_name = get_text(r, one, "reporter_name"),
            .reporter_phone = get_text(r, one, "reporter_phone"),
            .reporter_email = get_text(r, one, "reporter_email"),
            .recorded_ward = recorded ? get_text(r, recorded, "ward") : NULL,
            .recorded_district = recorded ? get_text(r, recorded, "district") : NULL,
        };
    }
    plan->n_complaints = n;
}

/* {"vi": ..., "en": ...}, or one text for both; NULL where there is none. */
static void get_names(struct reader *r, struct json_object *object, const char *key,
                      const char **vi, const char **en)
{
    struct json_object *names = NULL;
    if (!json_object_object_get_ex(object, key, &names) || !names) {
        return;
    }
    if (json_object_is_type(names, json_type_object)) {
        *vi = need_text(r, names, "vi");
        *en = get_text(r, names, "en");
    } else {
        *vi = get_text(r, object, key);
    }
}

/* A whole number; -1 where it is missing. */
static int get_number(struct reader *r, struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, key, &value) || !value) {
        return -1;
    }
    if (!json_object_is_type(value, json_type_int) || json_object_get_int(value) < 0) {
        fail(r, "not a whole number", key);
    }
    return json_object_get_int(value);
}

static struct city_layer_file get_layer(struct reader *r, struct json_object *one)
{
    struct json_object *style = NULL;
    struct json_object *public = NULL;
    (void)json_object_object_get_ex(one, "style", &style);
    bool told = json_object_object_get_ex(one, "public", &public);
    struct city_layer_file file = {
        .path = full_path(r, need_text(r, one, "file")),
        .layer = {.code = get_text(r, one, "code"),
                  .group = get_text(r, one, "group"),
                  .kind = get_text(r, one, "kind"),
                  .style =
                      style ? json_object_to_json_string_ext(style, JSON_C_TO_STRING_PLAIN) : NULL,
                  .attribution = get_text(r, one, "attribution"),
                  .min_zoom = get_number(r, one, "min_zoom"),
                  .position = get_number(r, one, "position")},
        .name = get_text(r, one, "name_property"),
        .id = get_text(r, one, "id_property"),
        .from = get_text(r, one, "from_property"),
        .to = get_text(r, one, "to_property"),
        .lon = get_text(r, one, "lon"),
        .lat = get_text(r, one, "lat"),
        .valid_from = get_text(r, one, "valid_from"),
        .valid_to = get_text(r, one, "valid_to"),
        .crs = get_text(r, one, "crs"),
        .source_layer = get_text(r, one, "layer"),
        .repair = get_flag(one, "repair"),
        .replace = get_flag(one, "replace"),
        .secret = told && !json_object_get_boolean(public),
        .open = told && json_object_get_boolean(public),
    };
    get_names(r, one, "name", &file.layer.name_vi, &file.layer.name_en);
    get_names(r, one, "group_name", &file.group_vi, &file.group_en);
    return file;
}

static void read_layers(struct reader *r, struct json_object *root, struct city_plan *plan)
{
    size_t n = 0;
    struct json_object *list = get_list(r, root, "layers", &n);
    plan->layers = make(r, n, sizeof *plan->layers);
    for (size_t i = 0; i < n && r->status == STATUS_OK; i++) {
        plan->layers[i] = get_layer(r, json_object_array_get_idx(list, i));
    }
    plan->n_layers = n;
}

static void read_city(struct reader *r, struct json_object *root, struct city_plan *plan)
{
    struct json_object *name = NULL;
    if (!json_object_object_get_ex(root, "name", &name)) {
        fail(r, "missing", "name");
    } else if (json_object_is_type(name, json_type_string)) {
        plan->name_vi = plan->name_en = json_object_get_string(name);
    } else {
        plan->name_vi = need_text(r, name, "vi");
        const char *english = get_text(r, name, "en");
        plan->name_en = english ? english : plan->name_vi;
    }
    plan->timezone = need_text(r, root, "timezone");
    read_boundaries(r, root, plan);
    read_lineage(r, root, plan);
    read_complaints(r, root, plan);
    read_layers(r, root, plan);
    plan->osm = get_paths(r, root, "osm");
    plan->addresses = get_paths(r, root, "addresses");
    plan->places = get_paths(r, root, "places");
    plan->categories = get_paths(r, root, "categories");
    plan->agencies = get_paths(r, root, "agencies");
    plan->calendars = get_paths(r, root, "calendars");
    plan->populations = get_paths(r, root, "populations");
    plan->rules = get_paths(r, root, "rules");
}

enum status city_plan_read(const char *folder, struct city_plan *out, struct err *e)
{
    struct city_plan plan = {.arena = arena_create(PLAN_POOL)};
    struct reader r = {.arena = plan.arena, .folder = folder, .e = e};
    char *path = city_file_join(folder, "city.json");
    if (!plan.arena || !path) {
        r.status = err_set(e, STATUS_NO_MEMORY, "out of memory");
    } else {
        r.status = city_file_json(path, &plan.root, e);
    }
    free(path);
    if (r.status == STATUS_OK) {
        read_city(&r, plan.root, &plan);
    }
    if (r.status != STATUS_OK) {
        city_plan_clear(&plan);
        return r.status;
    }
    *out = plan;
    return STATUS_OK;
}

void city_plan_clear(struct city_plan *plan)
{
    json_object_put(plan->root);
    arena_destroy(plan->arena);
    *plan = (struct city_plan){0};
}
