#include "server/simulate/simulate_city.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/base/json_text.h"

#define SPREAD_DEGREES 0.006 /* about 650 m */
#define ADDRESS_SHARE  0.10

/* splitmix64; every complaint has a stream of its own. */
struct chance {
    uint64_t state;
};

static uint64_t chance_next(struct chance *c)
{
    uint64_t z = (c->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static struct chance chance_start(uint64_t seed, uint64_t kind, uint64_t n)
{
    struct chance c = {seed * UINT64_C(0xD1342543DE82EF95) + kind};
    c.state = chance_next(&c) ^ n;
    (void)chance_next(&c);
    return c;
}

static double chance_unit(struct chance *c)
{
    return (double)(chance_next(c) >> 11) * 0x1p-53;
}

static size_t chance_below(struct chance *c, size_t n)
{
    return (size_t)(chance_unit(c) * (double)n);
}

/* Bell-shaped, standard deviation 1. */
static double chance_bell(struct chance *c)
{
    double sum = 0;
    for (int i = 0; i < 12; i++) {
        sum += chance_unit(c);
    }
    return sum - 6;
}

static const char *text_of(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : "";
}

/* The tree of a JSON text; NULL if it isn't JSON. Put back with json_object_put. */
static struct json_object *tree_of(struct str json)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *tree =
        tokener == NULL ? NULL : json_tokener_parse_ex(tokener, json.p, (int)json.n);
    if (tokener != NULL) {
        json_tokener_free(tokener);
    }
    return tree;
}

static bool read_box(struct json_object *tree, struct geo_box *out)
{
    struct json_object *box = NULL;
    if (!json_object_object_get_ex(tree, "bbox", &box) ||
        !json_object_is_type(box, json_type_array) || json_object_array_length(box) != 4) {
        return false;
    }
    double v[4];
    for (size_t i = 0; i < 4; i++) {
        v[i] = json_object_get_double(json_object_array_get_idx(box, i));
    }
    *out = (struct geo_box){.west = v[0], .south = v[1], .east = v[2], .north = v[3]};
    return v[0] < v[2] && v[1] < v[3];
}

static bool is_parent(struct json_object *rows, const char *code)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        if (strcmp(text_of(json_object_array_get_idx(rows, i), "parent"), code) == 0) {
            return true;
        }
    }
    return false;
}

static void read_categories(struct simulate_city *city, struct json_object *tree)
{
    struct json_object *rows = NULL;
    city->n_categories = 0;
    if (!json_object_object_get_ex(tree, "categories", &rows) ||
        !json_object_is_type(rows, json_type_array)) {
        return;
    }
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        struct json_object *names = NULL;
        const char *code = text_of(row, "code");
        if (city->n_categories == SIMULATE_CATEGORIES_MAX || is_parent(rows, code)) {
            continue;
        }
        struct simulate_category *c = &city->categories[city->n_categories++];
        (void)json_object_object_get_ex(row, "name", &names);
        snprintf(c->code, sizeof(c->code), "%s", code);
        snprintf(c->name, sizeof(c->name), "%s", text_of(names, "vi"));
    }
}

enum status simulate_city_read(struct simulate_city *city, struct str city_json,
                               struct str categories_json, struct err *e)
{
    struct json_object *about = tree_of(city_json);
    struct json_object *categories = tree_of(categories_json);
    bool good = read_box(about, &city->box);
    read_categories(city, categories);
    json_object_put(about);
    json_object_put(categories);
    if (!good || city->n_categories == 0) {
        return err_set(e, STATUS_INVALID, "the service answers with no city or no categories");
    }
    return STATUS_OK;
}

struct geo_point simulate_city_try(const struct simulate_city *city, uint64_t n)
{
    struct chance c = chance_start(city->seed, 1, n);
    struct geo_box box = city->box;
    double east = chance_unit(&c);
    double north = chance_unit(&c);
    return (struct geo_point){box.west + east * (box.east - box.west),
                              box.south + north * (box.north - box.south)};
}

void simulate_city_take(struct simulate_city *city, struct geo_point point, struct str reverse_json)
{
    struct json_object *tree = tree_of(reverse_json);
    struct json_object *features = NULL;
    struct json_object *step = NULL;
    if (city->n_centres < SIMULATE_CENTRES_MAX &&
        json_object_object_get_ex(tree, "features", &features) &&
        json_object_is_type(features, json_type_array) && json_object_array_length(features) > 0 &&
        json_object_object_get_ex(json_object_array_get_idx(features, 0), "properties", &step)) {
        struct json_object *geocoding = NULL;
        struct simulate_centre *centre = &city->centres[city->n_centres++];
        if (json_object_object_get_ex(step, "geocoding", &geocoding)) {
            step = geocoding;
        }
        centre->point = point;
        snprintf(centre->ward, sizeof(centre->ward), "%s", text_of(step, "label"));
    }
    json_object_put(tree);
}

/* Half of what comes is at a few places: the k-th has a share of 1/k. */
static const struct simulate_centre *pick_centre(const struct simulate_city *city, struct chance *c)
{
    double all = 0;
    for (size_t i = 0; i < city->n_centres; i++) {
        all += 1 / (double)(i + 1);
    }
    double wanted = chance_unit(c) * all;
    for (size_t i = 0; i + 1 < city->n_centres; i++) {
        wanted -= 1 / (double)(i + 1);
        if (wanted < 0) {
            return &city->centres[i];
        }
    }
    return &city->centres[city->n_centres - 1];
}

static void append_location(struct strbuf *out, struct chance *c,
                            const struct simulate_centre *centre)
{
    double lon = centre->point.lon + chance_bell(c) * SPREAD_DEGREES;
    double lat = centre->point.lat + chance_bell(c) * SPREAD_DEGREES;
    json_text_key(out, "location");
    strbuf_append_char(out, '{');
    json_text_field_number(out, "lon", round(lon * 1e6) / 1e6);
    json_text_field_number(out, "lat", round(lat * 1e6) / 1e6);
    if (chance_unit(c) < 0.6) {
        json_text_field_int(out, "accuracy_m", 5 + (int64_t)chance_below(c, 60));
    }
    strbuf_append_char(out, '}');
}

static void append_address(struct strbuf *out, struct chance *c,
                           const struct simulate_centre *centre)
{
    static const char *const streets[] = {"Nguyễn Trãi",   "Lê Lợi",        "Trần Hưng Đạo",
                                          "Nguyễn Huệ",    "Hai Bà Trưng",  "Lý Thường Kiệt",
                                          "Quang Trung",   "Lê Duẩn",       "Phan Chu Trinh",
                                          "Nguyễn Văn Cừ", "Võ Văn Kiệt",   "Cách Mạng Tháng Tám",
                                          "Điện Biên Phủ", "Hoàng Văn Thụ", "Đường số 5"};
    char text[300];
    size_t house = 1 + chance_below(c, 400);
    snprintf(text, sizeof(text), "%zu%s %s, %s", house, chance_unit(c) < 0.2 ? "/12" : "",
             streets[chance_below(c, sizeof(streets) / sizeof(streets[0]))], centre->ward);
    json_text_field(out, "address", text);
}

static void append_reporter(struct strbuf *out, struct chance *c)
{
    static const char *const families[] = {"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng"};
    static const char *const given[] = {"Thị Hoa",  "Văn Nam",  "Minh Anh", "Thu Hà",
                                        "Quốc Bảo", "Ngọc Lan", "Đức Huy"};
    char name[80];
    char phone[16];
    json_text_key(out, "reporter");
    strbuf_append_char(out, '{');
    if (chance_unit(c) < 0.25) {
        json_text_field_bool(out, "anonymous", true);
    } else {
        const char *family = families[chance_below(c, 7)];
        snprintf(name, sizeof(name), "%s %s", family, given[chance_below(c, 7)]);
        snprintf(phone, sizeof(phone), "09%08zu", chance_below(c, 100000000));
        json_text_field(out, "name", name);
        json_text_field(out, "phone", phone);
    }
    strbuf_append_char(out, '}');
}

static const char *pick_channel(const struct simulate_city *city, struct chance *c)
{
    static const struct {
        const char *name;
        double below;
    } rows[] = {{"phone", 0.60}, {"web", 0.75},  {"app", 0.90}, {"social", 0.95},
                {"email", 0.97}, {"sms", 0.985}, {"api", 1}};
    double share = chance_unit(c);
    if (!city->any_channel) {
        return share < 0.5 ? "web" : "app";
    }
    size_t i = 0;
    while (share >= rows[i].below) {
        i++;
    }
    return rows[i].name;
}

static void append_description(struct strbuf *out, struct chance *c, const char *category,
                               const char *ward)
{
    static const char *const forms[][3] = {
        {"", " tại ", ", chưa ai xử lý; số ngày: "},
        {"Đề nghị kiểm tra: ", ", khu vực ", ", số lần trong tuần: "},
        {"", " ở gần nhà tôi, ", ", mong cơ quan chức năng sớm giải quyết; số hộ bị ảnh hưởng: "},
        {"Người dân phản ánh ", " tại ", "; số lần đã gọi tổng đài: "},
    };
    const char *const *form = forms[chance_below(c, sizeof(forms) / sizeof(forms[0]))];
    char text[800];
    snprintf(text, sizeof(text), "%s%s%s%s%s%zu", form[0], category, form[1], ward, form[2],
             1 + chance_below(c, 14));
    json_text_field(out, "description", text);
}

void simulate_city_complaint(const struct simulate_city *city, uint64_t n, struct strbuf *out)
{
    struct chance c = chance_start(city->seed, 2, n);
    const struct simulate_centre *centre = pick_centre(city, &c);
    const struct simulate_category *category =
        &city->categories[chance_below(&c, city->n_categories)];
    strbuf_append_char(out, '{');
    json_text_field(out, "category", category->code);
    json_text_field(out, "channel", pick_channel(city, &c));
    append_description(out, &c, category->name, centre->ward);
    if (chance_unit(&c) < ADDRESS_SHARE) {
        append_address(out, &c, centre);
    } else {
        append_location(out, &c, centre);
    }
    if (chance_unit(&c) < 0.7) {
        append_reporter(out, &c);
    }
    strbuf_append_char(out, '}');
}
