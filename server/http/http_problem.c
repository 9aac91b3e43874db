#include "server/http/http_problem.h"

#include "server/base/json_text.h"

struct words {
    const char *name, *vi, *en;
};

static const struct words code_words[FAULT_CODE_COUNT] = {
    [FAULT_REQUIRED] = {"required", "bắt buộc phải có", "is required"},
    [FAULT_WRONG_TYPE] = {"wrong_type", "sai kiểu dữ liệu", "has the wrong type"},
    [FAULT_TOO_LONG] = {"too_long", "quá dài", "is too long"},
    [FAULT_OUT_OF_RANGE] = {"out_of_range", "ngoài khoảng cho phép", "is out of range"},
    [FAULT_UNKNOWN_VALUE] = {"unknown_value", "không có giá trị này", "is not a known value"},
    [FAULT_UNKNOWN_FIELD] = {"unknown_field", "không có trường này", "is not a known field"},
    [FAULT_NOT_A_TIME] = {"not_a_time", "không phải thời điểm hợp lệ (cần RFC 3339 có múi giờ)",
                          "is not a valid time (RFC 3339 with a zone)"},
    [FAULT_IN_THE_FUTURE] = {"in_the_future", "ở tương lai", "is in the future"},
    [FAULT_CONTROL_CHARACTER] = {"control_character", "chứa ký tự điều khiển",
                                 "has control characters"},
    [FAULT_NOT_UTF8] = {"not_utf8", "không phải UTF-8 hợp lệ", "is not valid UTF-8"},
    [FAULT_SWAPPED] = {"swapped", "có vẻ kinh độ và vĩ độ bị đổi chỗ",
                       "looks like longitude and latitude are swapped"},
    [FAULT_NOT_ALLOWED] = {"not_allowed", "không được phép với người gọi này",
                           "is not allowed for this caller"},
    [FAULT_MALFORMED] = {"malformed", "sai định dạng", "is malformed"},
    [FAULT_ALREADY_USED] = {"already_used", "đã được dùng cho một nội dung khác",
                            "was used before for something else"},
};

struct status_words {
    int status;
    struct words words;
};

static const struct status_words status_rows[] = {
    {400, {"bad-request", "Yêu cầu không hợp lệ", "Bad request"}},
    {401, {"unauthenticated", "Cần đăng nhập", "Log in first"}},
    {403, {"forbidden", "Không được phép", "Not allowed"}},
    {404, {"not-found", "Không tìm thấy", "Not found"}},
    {405, {"method-not-allowed", "Phương thức không dùng được ở đây", "Method not allowed"}},
    {409, {"conflict", "Mâu thuẫn với dữ liệu đã có", "Conflict"}},
    {411, {"length-required", "Phải báo trước độ dài nội dung", "Content-Length is needed"}},
    {413, {"too-large", "Nội dung quá lớn", "Content too large"}},
    {415, {"unsupported-type", "Kiểu nội dung không được hỗ trợ", "Unsupported media type"}},
    {416, {"range-not-satisfiable", "Ngoài độ dài của tệp", "Range not satisfiable"}},
    {422, {"invalid", "Nội dung có lỗi", "Invalid content"}},
    {429, {"too-many-requests", "Quá nhiều yêu cầu, hãy thử lại sau", "Too many requests"}},
    {500, {"internal", "Lỗi hệ thống", "Internal error"}},
    {503, {"unavailable", "Hệ thống đang bận, hãy thử lại sau", "Busy, try again shortly"}},
    {504, {"timeout", "Quá thời gian xử lý", "Timed out"}},
};

static const struct words *words_of(int status)
{
    static const struct words other = {"error", "Lỗi", "Error"};
    for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
        if (status_rows[i].status == status) {
            return &status_rows[i].words;
        }
    }
    return &other;
}

static const char *in_language(const struct http_request *r, const struct words *words)
{
    return http_language(r) == HTTP_EN ? words->en : words->vi;
}

static void append_error(struct strbuf *out, const char *field, const char *code,
                         const char *detail)
{
    strbuf_append_z(out, out->p[out->n - 1] == '[' ? "{" : ",{");
    json_text_field(out, "field", field);
    json_text_field(out, "code", code);
    json_text_field(out, "detail", detail);
    strbuf_append_char(out, '}');
}

static void begin_problem(const struct http_request *r, int status, struct strbuf *out)
{
    const struct words *words = words_of(status);
    strbuf_init(out, 1 << 16);
    strbuf_append_char(out, '{');
    json_text_key(out, "type");
    strbuf_printf(out, "\"/problems/%s\"", words->name);
    json_text_field(out, "title", in_language(r, words));
    json_text_field_int(out, "status", status);
    json_text_field(out, "request_id", http_id(r));
    json_text_key(out, "errors");
    strbuf_append_char(out, '[');
}

static void send_problem(struct http_request *r, int status, struct strbuf *out)
{
    strbuf_append_z(out, "]}");
    if ((status == 503 || status == 429) && !http_has_header(r, "Retry-After")) {
        http_set_header(r, "Retry-After", "2");
    }
    http_set_header(r, "Content-Language", http_language(r) == HTTP_EN ? "en" : "vi");
    http_send(r, &(struct http_reply){.status = status,
                                      .type = "application/problem+json",
                                      .body = {out->p, out->n}});
    strbuf_free(out);
}

void http_problem(struct http_request *r, int status, const struct fault_list *errors)
{
    struct strbuf out;
    begin_problem(r, status, &out);
    for (size_t i = 0; errors != NULL && i < errors->n; i++) {
        const struct words *words = &code_words[errors->rows[i].code];
        append_error(&out, errors->rows[i].field, words->name, in_language(r, words));
    }
    send_problem(r, status, &out);
}

void http_problem_words(struct http_request *r, int status, const char *field, const char *code,
                        const char *detail)
{
    struct strbuf out;
    begin_problem(r, status, &out);
    append_error(&out, field, code, detail);
    send_problem(r, status, &out);
}

int http_status_of(enum status status)
{
    int code = 500;
    switch (status) {
    case STATUS_INVALID:
        code = 422;
        break;
    case STATUS_NOT_FOUND:
        code = 404;
        break;
    case STATUS_CONFLICT:
        code = 409;
        break;
    case STATUS_BUSY:
    case STATUS_UNAVAILABLE:
    case STATUS_NO_MEMORY:
        code = 503;
        break;
    case STATUS_TIMEOUT:
        code = 504;
        break;
    case STATUS_OK:
    case STATUS_IO:
    case STATUS_INTERNAL:
        break;
    }
    return code;
}

void http_problem_status(struct http_request *r, enum status status)
{
    http_problem(r, http_status_of(status), NULL);
}

const char *http_fault_words(enum fault_code code, enum http_language language)
{
    return language == HTTP_EN ? code_words[code].en : code_words[code].vi;
}

void http_problem_field(struct http_request *r, int status, const char *field, enum fault_code code)
{
    struct fault_list list = {.n = 0};
    fault_add(&list, field, code);
    http_problem(r, status, &list);
}
