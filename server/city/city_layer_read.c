#include "server/city/city_layer_read.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/base/csv.h"
#include "server/city/city_csv.h"
#include "server/city/city_file.h"
#include "server/city/city_program.h"
#include "server/city/city_text.h"

#define CELL_MAX 4096

/* --- GeoJSON ---------------------------------------------------------------------------------- */

static enum status read_geojson(const char *path, city_layer_feature *take, void *context,
                                struct city_report *report, struct err *e)
{
    struct json_object *root = NULL;
    struct json_object *features = NULL;
    enum status status = city_file_json(path, &root, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (!json_object_object_get_ex(root, "features", &features) ||
        !json_object_is_type(features, json_type_array)) {
        json_object_put(root);
        return err_set(e, STATUS_INVALID, "%s is not a GeoJSON FeatureCollection", report->file);
    }
    size_t n = json_object_array_length(features);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        struct json_object *feature = json_object_array_get_idx(features, i);
        struct json_object *parts[3] = {NULL, NULL, NULL};
        (void)json_object_object_get_ex(feature, "properties", &parts[0]);
        (void)json_object_object_get_ex(feature, "geometry", &parts[1]);
        (void)json_object_object_get_ex(feature, "id", &parts[2]);
        report->in++;
        status = take(context, parts[0], parts[1], parts[2], e);
        city_report_progress(report, (double)report->in / (double)n);
    }
    json_object_put(root);
    return status;
}

/* --- CSV -------------------------------------------------------------------------------------- */

struct csv_reading {
    const struct city_layer_file *file;
    city_layer_feature *take;
    void *context;
    int lon, lat;
};

/* A number only if it is written the way a number prints: "007" and "0903..." are texts. */
static struct json_object *cell_value(const char *text)
{
    size_t n = strlen(text);
    size_t digits = strspn(text, "-0123456789.");
    bool padded = text[0] == '0' && n > 1 && text[1] != '.';
    double value = 0;
    if (n > 0 && n <= 15 && digits == n && !padded && city_text_number(str_of(text), &value)) {
        return strchr(text, '.') ? json_object_new_double_s(value, text)
                                 : json_object_new_int64((int64_t)value);
    }
    return json_object_new_string(text);
}

/* NULL where the cells are no numbers: the feature is then refused as one without geometry. */
static struct json_object *point_of(const struct csv_reading *r, const struct csv *csv)
{
    double x = 0;
    double y = 0;
    if (!city_text_number(csv_field(csv, r->lon), &x) ||
        !city_text_number(csv_field(csv, r->lat), &y)) {
        return NULL;
    }
    struct json_object *position = json_object_new_array_ext(2);
    struct json_object *point = json_object_new_object();
    (void)json_object_array_add(position, json_object_new_double(x));
    (void)json_object_array_add(position, json_object_new_double(y));
    (void)json_object_object_add(point, "type", json_object_new_string("Point"));
    (void)json_object_object_add(point, "coordinates", position);
    return point;
}

static enum status take_record(void *context, struct csv *csv, struct arena *arena,
                               struct city_report *report, struct err *e)
{
    const struct csv_reading *r = context;
    struct json_object *properties = json_object_new_object();
    for (size_t i = 0; i < csv_columns(csv); i++) {
        struct str name = csv_column_name(csv, i);
        struct str cell = csv_field(csv, (int)i);
        if ((int)i == r->lon || (int)i == r->lat || str_trim(cell).n == 0) {
            continue;
        }
        const char *key = arena_strndup(arena, name.p, name.n);
        const char *text = city_text_clean(arena, cell);
        if (!key || !text) {
            city_report_refuse(report, csv_line(csv), "%.*s is not clean UTF-8 text", (int)name.n,
                               name.p);
            json_object_put(properties);
            return STATUS_OK;
        }
        (void)json_object_object_add(properties, key, cell_value(text));
    }
    struct json_object *point = point_of(r, csv);
    enum status status = r->take(r->context, properties, point, NULL, e);
    json_object_put(point);
    json_object_put(properties);
    return status;
}

static enum status read_csv(const struct city_layer_file *file, city_layer_feature *take,
                            void *context, struct city_report *report, struct err *e)
{
    const char *const columns[] = {file->lon ? file->lon : "lon", file->lat ? file->lat : "lat"};
    struct csv *csv = NULL;
    enum status status = csv_open(file->path, &csv, e);
    if (status != STATUS_OK) {
        return status;
    }
    struct csv_reading r = {.file = file,
                            .take = take,
                            .context = context,
                            .lon = csv_column(csv, columns[0]),
                            .lat = csv_column(csv, columns[1])};
    status = city_csv_require(csv, report->file, columns, 2, e);
    if (status == STATUS_OK) {
        status = city_csv_read(csv, take_record, &r, report, e);
    }
    csv_close(csv);
    return status;
}

/* --- anything that OGR reads ------------------------------------------------------------------ */

static enum status read_ogr(const struct city_layer_file *file, city_layer_feature *take,
                            void *context, struct city_report *report, struct err *e)
{
    char folder[] = "/tmp/hotline-XXXXXX";
    char output[sizeof folder + 16];
    if (access(file->path, R_OK) != 0) {
        return err_set(e, STATUS_NOT_FOUND, "cannot read %s", file->path);
    }
    char *input = strdup(file->path);
    char *layer = strdup(file->source_layer ? file->source_layer : "");
    if (!input || !layer || !mkdtemp(folder)) {
        free(input);
        free(layer);
        return err_set(e, STATUS_IO, "cannot write to /tmp");
    }
    (void)snprintf(output, sizeof output, "%s/layer.geojson", folder);
    /* With a coordinate system given, the numbers stay and are read by it here: one pinned
     * operation for VN-2000, which OGR would choose by place. */
    char words[][16] = {"ogr2ogr", "-f", "GeoJSON", "-dim", "XY", "-t_srs", "EPSG:4326"};
    char *argv[12] = {words[0], words[1], words[2], words[3], words[4]};
    size_t n = 5;
    if (!file->crs) {
        argv[n++] = words[5];
        argv[n++] = words[6];
    }
    argv[n++] = output;
    argv[n++] = input;
    if (*layer) {
        argv[n++] = layer;
    }
    enum status status = city_program_run(argv, NULL, file->path, e);
    if (status == STATUS_OK) {
        status = read_geojson(output, take, context, report, e);
    }
    (void)unlink(output);
    (void)rmdir(folder);
    free(input);
    free(layer);
    return status;
}

/* --- which of them ---------------------------------------------------------------------------- */

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path);
    size_t m = strlen(end);
    return n >= m && strcasecmp(path + n - m, end) == 0;
}

enum status city_layer_read(const struct city_layer_file *file, city_layer_feature *take,
                            void *context, struct city_report *report, struct err *e)
{
    static const char *const geojson[] = {"-", ".geojson", ".json", ".geojson.gz", ".json.gz"};
    if (ends_in(file->path, ".csv") || ends_in(file->path, ".csv.gz")) {
        return read_csv(file, take, context, report, e);
    }
    for (size_t i = 0; i < sizeof geojson / sizeof geojson[0]; i++) {
        if (ends_in(file->path, geojson[i])) {
            return read_geojson(file->path, take, context, report, e);
        }
    }
    return read_ogr(file, take, context, report, e);
}
