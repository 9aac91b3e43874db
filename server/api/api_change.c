#include "server/api/api_change.h"

#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/api/state_words.h"
#include "server/base/crash_point.h"
#include "server/base/utf8.h"
#include "server/intake/json_read.h"
#include "server/store/store_change.h"

#define PART_MAX   16 /* of a key: "key:", "#" and a tracking code */
#define ANSWER_MAX ((size_t)16 << 20)

/* ---- the body ---- */

static bool is_json(const struct http_request *r)
{
    const char *type = http_header(r, "Content-Type");
    return type != NULL && strncasecmp(type, "application/json", 16) == 0 &&
           (type[16] == '\0' || type[16] == ';' || type[16] == ' ');
}

/* A text in NFC and trimmed, put back in its place. */
static void check_text(struct json_object *body, const struct change_field *f,
                       struct json_object *value, struct fault_list *faults)
{
    struct str raw = str_trim(
        (struct str){json_object_get_string(value), (size_t)json_object_get_string_len(value)});
    if (!json_read_clean(value) || (f->kind != CHANGE_TEXT && memchr(raw.p, '\n', raw.n))) {
        fault_add(faults, f->name, FAULT_CONTROL_CHARACTER);
        return;
    }
    char *nfc = utf8_nfc(raw);
    if (nfc == NULL) {
        fault_add(faults, f->name, FAULT_NOT_UTF8);
        return;
    }
    if (utf8_count(str_of(nfc)) > f->max) {
        fault_add(faults, f->name, FAULT_TOO_LONG);
    } else if (nfc[0] == '\0' && f->required) {
        fault_add(faults, f->name, FAULT_REQUIRED);
    } else if (f->kind == CHANGE_CODE && strpbrk(nfc, " \"'\\/") != NULL) {
        fault_add(faults, f->name, FAULT_MALFORMED);
    } else {
        json_object_object_add(body, f->name, json_object_new_string(nfc));
    }
    free(nfc);
}

static void check_number(const struct change_field *f, struct json_object *value,
                         struct fault_list *faults)
{
    int64_t number = json_object_get_int64(value);
    if (number < 0 || (f->max > 0 && (uint64_t)number > f->max)) {
        fault_add(faults, f->name, FAULT_OUT_OF_RANGE);
    }
}

static bool type_fits(enum change_kind kind, struct json_object *value)
{
    static const enum json_type types[] = {
        [CHANGE_CODE] = json_type_string,  [CHANGE_LINE] = json_type_string,
        [CHANGE_TEXT] = json_type_string,  [CHANGE_WHOLE] = json_type_int,
        [CHANGE_FLAG] = json_type_boolean, [CHANGE_OBJECT] = json_type_object,
        [CHANGE_LIST] = json_type_array};
    return json_object_is_type(value, types[kind]) != 0;
}

static void check_field(struct json_object *body, const struct change_field *f,
                        struct fault_list *faults)
{
    struct json_object *value = json_object_object_get(body, f->name);
    if (value == NULL) {
        if (f->required) {
            fault_add(faults, f->name, FAULT_REQUIRED);
        }
    } else if (!type_fits(f->kind, value)) {
        fault_add(faults, f->name, FAULT_WRONG_TYPE);
    } else if (f->kind <= CHANGE_TEXT) {
        check_text(body, f, value, faults);
    } else if (f->kind == CHANGE_WHOLE) {
        check_number(f, value, faults);
    } else if (!json_read_clean(value)) {
        fault_add(faults, f->name, FAULT_CONTROL_CHARACTER);
    } else if (f->kind == CHANGE_LIST && json_object_array_length(value) > f->max) {
        fault_add(faults, f->name, FAULT_TOO_LONG);
    }
}

static bool known(const struct change_field *fields, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

struct json_object *change_body(struct http_request *r, const struct change_field *fields, size_t n)
{
    struct fault_list faults = {.n = 0};
    if (!is_json(r)) {
        http_problem_field(r, 415, "Content-Type", FAULT_UNKNOWN_VALUE);
        return NULL;
    }
    struct json_object *body = json_read(http_body(r));
    if (!json_object_is_type(body, json_type_object)) {
        json_object_put(body);
        http_problem(r, 400, NULL);
        return NULL;
    }
    json_object_object_foreach(body, key, value)
    {
        (void)value;
        if (!known(fields, n, key)) {
            fault_add(&faults, arena_strdup(http_arena(r), key), FAULT_UNKNOWN_FIELD);
        }
    }
    for (size_t i = 0; i < n; i++) {
        check_field(body, &fields[i], &faults);
    }
    if (faults.n > 0) {
        json_object_put(body);
        http_problem(r, 422, &faults);
        return NULL;
    }
    return body;
}

void change_arg_text(struct json_object *args, const char *name, const char *value)
{
    json_object_object_add(args, name, value == NULL ? NULL : json_object_new_string(value));
}

void change_arg_int(struct json_object *args, const char *name, int64_t value)
{
    json_object_object_add(args, name, json_object_new_int64(value));
}

bool change_allowed(struct http_request *r, unsigned roles)
{
    if (auth_user(r) == NULL) {
        http_problem(r, 401, NULL);
        return false;
    }
    if (!auth_is(r, roles)) {
        http_problem(r, 403, NULL);
        return false;
    }
    return true;
}

/* ---- refusals ---- */

struct refusal_words {
    const char *outcome;
    int status;
    const char *vi, *en;
};

static const struct refusal_words refusals[] = {
    {"not_allowed", 403, "tài khoản này không được làm việc này",
     "is not allowed for this account"},
    {"not_found", 404, "không tìm thấy", "was not found"},
    {"key_reused", 409, "đã được dùng cho một nội dung khác", "was used before for something else"},
    {"stale", 409, "đã có người sửa trong lúc đó; hãy tải lại rồi sửa tiếp. Bản hiện tại: ",
     "was changed by somebody in the meantime; load it again. Now at: "},
    {"unknown", 422, "không có giá trị này: ", "is not known: "},
    {"ended", 409, "phản ánh đã kết thúc, trạng thái: ", "the complaint has ended, its status: "},
    {"paused", 409,
     "đồng hồ đã dừng từ trước, trạng thái: ", "its clock was stopped before, the status: "},
    {"not_paused", 409, "đồng hồ đang chạy, trạng thái: ", "its clock runs, the status: "},
    {"same_agency", 422, "đã thuộc đơn vị này: ", "has it already: "},
    {"outside_city", 422, "nằm ngoài thành phố", "lies outside the city"},
    {"required", 422, "bắt buộc phải có", "is required"},
    {"evidence", 422, "phải có ảnh, hoặc nêu lý do không có ảnh (no_photo_reason)",
     "must be given, or a reason why there is no photo (no_photo_reason)"},
    {"form_only", 409,
     "chỉ có thư mẫu; hãy viết thêm điều của riêng vụ này, hoặc xác nhận (form_only)",
     "is nothing but a form letter; say what is particular to this case, or confirm (form_only)"},
    {"tasks_open", 409, "còn việc phối hợp chưa xong; hãy nêu lý do vẫn kết thúc",
     "some sub-tasks are open; say why it ends all the same"},
    {"arbitration", 403, "đã bị trả lại nhiều lần, cần giám sát quyết định; số lần: ",
     "was returned too often, a supervisor has to decide; times: "},
    {"arbitrated", 409, "giám sát đã quyết định đơn vị xử lý, không trả lại được",
     "cannot be returned: a supervisor has decided whose it is"},
    {"extensions_used", 409,
     "đã gia hạn hết số lần cho phép: ", "was extended as often as allowed: "},
    {"not_later", 422, "phải muộn hơn hạn hiện tại: ", "must be later than what it is due now: "},
    {"too_far", 422, "quá xa; số ngày nhiều nhất: ", "is too far ahead; most days: "},
    {"rated", 409, "đã được đánh giá rồi", "was rated before"},
    {"reopened_before", 409, "đã được mở lại rồi; số lần: ", "was reopened before; times: "},
    {"reopened_often", 409,
     "những người phản ánh đã mở lại hết số lần cho phép, hãy gọi tổng đài; số lần: ",
     "was reopened as often as its reporters may together; call the hotline. Times: "},
    {"too_late", 409,
     "đã quá hạn mở lại; số ngày cho phép: ", "can no longer be reopened; days allowed: "},
    {"exists", 409, "đã có: ", "exists already: "},
    {"wrong_state", 409, "không làm được ở trạng thái ", "cannot be done in the state "},
    {"too_many_drafts", 409, "đã có quá nhiều bản nháp; hãy bỏ bớt. Nhiều nhất ",
     "there are too many drafts; discard some. At most "},
    {"too_many_rules", 409, "bộ quy tắc có nhiều nhất ", "a set of rules has at most "},
    {"no_consent", 422, "cần sự đồng ý của người phản ánh để lưu cách liên hệ",
     "is needed to keep how the reporter can be reached"},
    {"merged", 409, "là phản ánh đã nhập vào đây; hãy tách ra thay vì bỏ: ",
     "was merged into this one; separate it instead: "},
    {"in_incident", 409, "đã thuộc một sự cố: ", "belongs to an incident already: "},
    {"not_merged", 409, "phản ánh này không nhập vào phản ánh nào, trạng thái: ",
     "is not merged into another, its status: "},
    {"not_the_later", 409, "phản ánh đến trước được giữ lại; hãy nhập theo chiều ngược lại: ",
     "came later: the first one is kept, merge the other way round: "},
    {"not_each_once", 422, "phải nêu mỗi quy tắc của bộ đúng một lần",
     "must name each rule of the set once"},
    {"nothing_changed", 409, "không khác bộ đang dùng", "does not differ from what is in force"},
    {"both_changed", 409,
     "cả hai bên đều đã sửa, hãy chọn giữ bên nào (\"draft\" hoặc \"published\"): ",
     "were changed on both sides; say which to keep (\"draft\" or \"published\"): "},
    {"base_moved", 409, "đã có bộ khác được ban hành; hãy cập nhật bản nháp rồi kiểm tra lại: ",
     "another set was published since; bring the draft up to date and check again: "},
    {"not_checked", 409, "bản này chưa được kiểm tra", "this revision was not checked"},
    {"errors", 409, "lần kiểm tra còn lỗi phải sửa", "the check has errors to be mended"},
    {"unacknowledged", 409, "còn cảnh báo chưa được xem xét",
     "some warnings were not acknowledged"},
    {"not_replayed", 409, "bản này chưa được chạy lại trên phản ánh cũ",
     "this revision was not replayed"},
    {"own_work", 403, "người duyệt không được là người đã soạn hay sửa bản này",
     "whoever wrote or edited this draft may not approve it"},
    {"only_of_agencies", 422, "chỉ dành cho người của đơn vị xử lý, không cho vai trò ",
     "is for people of an agency, not for the role "},
    {"own_account", 409,
     "không tự làm điều này với tài khoản của mình: ", "cannot be done to one's own account: "},
    {"malformed", 422, "sai định dạng: ", "is malformed: "},
    {"wrong_code", 422, "mã không đúng hoặc đã dùng", "is not the code, or was used before"},
    {"factor_needed", 409,
     "vai trò này bắt buộc có lớp xác thực thứ hai: ", "the role needs a second factor: "},
    {"resting", 429, "đã thử sai nhiều lần, hãy đợi rồi thử lại",
     "was tried wrongly too often; wait and try again"},
    {"second_person", 403, "phải do người khác duyệt", "must be decided by a second person"},
    {"no_contact", 422, "không phải là số điện thoại hay địa chỉ thư",
     "is neither a telephone number nor an e-mail address"},
    {"note_needed", 422, "phải ghi rõ lý do", "must be given for this purpose"},
    {"past", 422, "phải ở sau lúc này", "must be later than now"},
    {"no_area", 422, "không phải là một vùng", "is not an area"},
    {"covers_nothing", 422, "đơn vị này không có phản ánh nào đang mở trong phạm vi đã chọn: ",
     "has no open complaints there: "},
    {"not_after", 422, "phải sau ngày ", "must be later than "},
    {"ended_before", 422, "đã kết thúc từ trước, ngày ", "would end before that anyway, on "},
    {"in_use", 409,
     "còn đang được dùng, hãy chuyển đi trước: ", "is in use; move these elsewhere first: "},
    {"circle", 422, "sẽ thành vòng tròn: ", "would go round in a circle: "},
    {"too_deep", 422,
     "cây quá sâu; nhiều nhất số tầng: ", "is too deep in the tree; most levels: "},
    {"one_deadline", 422, "chỉ chọn một cách tính: giờ hoặc ngày làm việc",
     "is given in hours or in working days, not in both"},
    {"parent_ended", 409, "mục cấp trên đã ngừng: ", "has ended already: "},
    {"no_default", 422,
     "mặc định phải có đủ mọi bước; còn thiếu: ", "must have every step by default; missing: "},
    {"fallback", 409, "đây là địa bàn dự phòng, không kết thúc được: ",
     "is what takes everything that nobody else does, and cannot end: "},
    {"refused", 422, "không thực hiện được: ", "cannot be done: "},
    {"under_way", 409, "đang chạy rồi: ", "is under way already: "},
    {"broken", 422, "có đối tượng bị lỗi: ", "has broken features: "},
    {"mixed_kinds", 422, "phải cùng một loại hình (điểm, đường, vùng), nhưng có: ",
     "must be of one kind (point, line, polygon), but has: "},
    {"checked_before", 409, "dữ liệu đang có hiệu lực đã đổi sau lần kiểm tra; hãy kiểm tra lại",
     "was checked before what is in force changed; check it again"},
    {"built_on", 409, "đã có việc khác dựa trên bản này, không hủy được: ",
     "cannot be taken back, something was built on it since: "},
    {"rules_need_it", 409,
     "quy tắc phân tuyến đang dùng lớp này: ", "is used by routing rules in force: "},
    {"busy", 503, "đang có quá nhiều việc chạy; hãy thử lại sau",
     "too many jobs are under way; try again later"},
};

static const struct refusal_words *words_for(const char *outcome)
{
    for (size_t i = 0; outcome != NULL && i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strcmp(refusals[i].outcome, outcome) == 0) {
            return &refusals[i];
        }
    }
    return NULL;
}

static const char *text_in(struct json_object *object, const char *name)
{
    return json_object_get_string(json_object_object_get(object, name));
}

struct change_refusal change_refusal_read(struct http_request *r, struct json_object *refusal)
{
    const struct refusal_words *w = words_for(text_in(refusal, "outcome"));
    const char *field = text_in(refusal, "field");
    const char *about = text_in(refusal, "about");
    if (w == NULL) {
        return (struct change_refusal){500, "", "", ""};
    }
    const char *words = http_language(r) == HTTP_EN ? w->en : w->vi;
    size_t n = strlen(words);
    bool wants_about = n > 1 && words[n - 1] == ' ';
    if (wants_about && about != NULL && strcmp(w->outcome, "wrong_state") == 0) {
        about = arena_printf(http_arena(r), "“%s”", state_in_words(about, http_language(r)));
    }
    const char *detail =
        arena_printf(http_arena(r), "%s%s", words, wants_about && about != NULL ? about : "");
    field = field == NULL ? NULL : arena_strdup(http_arena(r), field);
    return (struct change_refusal){w->status, field == NULL ? "" : field, w->outcome,
                                   detail == NULL ? words : detail};
}

void change_refuse(struct http_request *r, struct json_object *refusal)
{
    struct change_refusal w = change_refusal_read(r, refusal);
    if (w.status == 500 || (w.status == 404 && w.field[0] == '\0')) {
        http_problem(r, w.status, NULL);
        return;
    }
    http_problem_words(r, w.status, w.field, w.code, w.detail);
}

/* ---- the change ---- */

struct part {
    struct http_request *r;
    change_part_done *done;
    void *arg;
    char *args; /* from the arena */
    struct change_key key;
};

static void on_performed(void *arg, enum status status, const struct db_rows *result,
                         const struct err *e)
{
    CRASH_POINT("change.done");
    struct part *p = arg;
    struct http_request *r = p->r;
    (void)e;
    struct json_object *outcome =
        status == STATUS_OK ? json_tokener_parse(db_rows_text(result, 0, 0)) : NULL;
    p->done(p->arg, status == STATUS_OK && outcome == NULL ? STATUS_INTERNAL : status, outcome);
    json_object_put(outcome);
    http_release(r);
}

bool change_key_good(struct http_request *r)
{
    const char *given = http_header(r, "Idempotency-Key");
    size_t n = given == NULL ? 1 : strlen(given);
    for (size_t i = 0; given != NULL && i < n; i++) {
        if (given[i] <= ' ' || given[i] > '~') {
            n = 0;
        }
    }
    if (n == 0 || n > CHANGE_KEY_MAX - PART_MAX) {
        http_problem_field(r, 400, "Idempotency-Key", FAULT_MALFORMED);
        return false;
    }
    return true;
}

void change_key_content(struct http_request *r, struct str body, struct change_key *out)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    const char *path = http_path(r);
    const char *query = http_query_string(r);
    crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    crypto_generichash_update(&state, (const unsigned char *)path, strlen(path) + 1);
    crypto_generichash_update(&state, (const unsigned char *)query, strlen(query) + 1);
    crypto_generichash_update(&state, (const unsigned char *)body.p, body.n);
    crypto_generichash_final(&state, hash, sizeof(hash));
    sodium_bin2hex(out->hash, sizeof(out->hash), hash, sizeof(hash));
}

void change_key_take(struct http_request *r, const char *part, struct change_key *out)
{
    const char *given = http_header(r, "Idempotency-Key");
    if (given == NULL) {
        unsigned char raw[16];
        memcpy(out->key, "own:", 4);
        randombytes_buf(raw, sizeof(raw));
        sodium_bin2hex(out->key + 4, sizeof(out->key) - 4, raw, sizeof(raw));
    } else {
        (void)snprintf(out->key, sizeof(out->key), "key:%s%s%s", given, part == NULL ? "" : "#",
                       part == NULL ? "" : part);
    }
    change_key_content(r, http_body(r), out); /* whatever was added to it since */
}

void change_perform_part(struct http_request *r, const char *action, struct json_object *args,
                         const char *part, change_part_done *done, void *arg)
{
    struct part *p = arena_calloc(http_arena(r), 1, sizeof(*p));
    struct err e;
    if (p != NULL) {
        *p = (struct part){.r = r, .done = done, .arg = arg};
        p->args = arena_strdup(http_arena(r),
                               json_object_to_json_string_ext(args, JSON_C_TO_STRING_PLAIN));
    }
    json_object_put(args);
    if (p == NULL || p->args == NULL) {
        done(arg, STATUS_NO_MEMORY, NULL);
        return;
    }
    change_key_take(r, part, &p->key);
    struct db_job job = {.sql = STORE_PERFORM,
                         .n_params = 5,
                         .params = {auth_actor(r), p->key.key, p->key.hash, action, p->args},
                         .done = on_performed,
                         .arg = p};
    http_hold(r);
    CRASH_POINT("change.asked");
    enum status submitted = db_pool_submit(api_worker(r)->changes, &job, &e);
    if (submitted != STATUS_OK) {
        done(arg, submitted, NULL);
        http_release(r);
    }
    CRASH_POINT("change.sent");
}

/* A change that answers its request. */
struct change {
    struct http_request *r;
    int status;
    change_done *done;
};

static void send_json(struct http_request *r, int status, struct json_object *answer)
{
    struct strbuf out;
    strbuf_init(&out, ANSWER_MAX);
    strbuf_append_z(&out, json_object_to_json_string_ext(
                              answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    http_send_json(r, status, &out);
}

static void on_changed(void *arg, enum status status, struct json_object *outcome)
{
    struct change *c = arg;
    struct json_object *answer = json_object_object_get(outcome, "answer");
    if (status != STATUS_OK) {
        http_problem_status(c->r, status);
    } else if (answer == NULL) {
        change_refuse(c->r, outcome);
    } else if (c->done != NULL) {
        c->done(c->r, answer);
    } else {
        send_json(c->r, c->status, answer);
    }
}

void change_perform(struct http_request *r, const char *action, struct json_object *args,
                    int status, change_done *done)
{
    struct change *c = arena_calloc(http_arena(r), 1, sizeof(*c));
    if (c == NULL || !change_key_good(r)) {
        json_object_put(args);
        if (c == NULL) {
            http_problem(r, 503, NULL);
        }
        return;
    }
    *c = (struct change){r, status, done};
    change_perform_part(r, action, args, NULL, on_changed, c);
}
