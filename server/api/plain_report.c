/* /report: filing a complaint without JavaScript. The same checks, the same way into the database
 * as POST /api/v1/complaints; errors stand beside their fields, and nothing that was written is
 * lost. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_complaints.h"
#include "server/api/plain_form.h"
#include "server/api/plain_page.h"

/* What the form shows: what was sent, and what was wrong with it. */
struct shown {
    const struct plain_form *form;
    const struct fault_list *faults;
    enum plain_word trouble; /* W_COUNT: none */
};

static const char *const fault_fields[][2] = {
    /* of the service, of the form */
    {"address", "address"},         {"location", "address"},   {"category", "category"},
    {"description", "description"}, {"reporter.name", "name"}, {"reporter.phone", "phone"},
    {"reporter.email", "email"},
};

/* The sentence for a field of the form; NULL: nothing is wrong with it. */
static const char *error_of(struct plain_page *page, const struct shown *s, const char *name)
{
    for (size_t i = 0; s->faults != NULL && i < s->faults->n; i++) {
        const char *field = s->faults->rows[i].field;
        for (size_t k = 0; k < sizeof(fault_fields) / sizeof(fault_fields[0]); k++) {
            if (strcmp(fault_fields[k][1], name) == 0 &&
                strncmp(field, fault_fields[k][0], strlen(fault_fields[k][0])) == 0) {
                enum fault_code code = s->faults->rows[i].code;
                return code == FAULT_REQUIRED ? PW(page, W_REQUIRED)
                                              : http_fault_words(code, page->lang);
            }
        }
    }
    return NULL;
}

static const char *value_of(const struct shown *s, const char *name)
{
    return s->form == NULL ? "" : plain_form_get(s->form, name);
}

/* --- the form
 * ------------------------------------------------------------------------------------- */

static int32_t root_of(const struct snapshot *s, int32_t number)
{
    while (s->categories[number].parent >= 0) {
        number = s->categories[number].parent;
    }
    return number;
}

static void option_html(struct plain_page *page, const char *code, const char *words,
                        const char *chosen)
{
    HTML(&page->out,
         strcmp(code, chosen) == 0 ? "<option value=\"{}\" selected>{}</option>\n"
                                   : "<option value=\"{}\">{}</option>\n",
         code, words);
}

/* Grouped by the top of the tree. */
static void category_html(struct plain_page *page, const struct snapshot *s,
                          const struct shown *shown)
{
    const struct plain_field field = {.name = "category",
                                      .label = W_CATEGORY,
                                      .hint = W_COUNT,
                                      .required = true,
                                      .error = error_of(page, shown, "category")};
    const char *chosen = value_of(shown, "category");
    bool en = page->lang == HTTP_EN;
    HTML(&page->out, "<div class=\"field\">");
    plain_label(page, &field);
    HTML(&page->out, "<select");
    plain_ties(page, &field);
    HTML(&page->out, "><option value=\"\">{}</option>\n", PW(page, W_CHOOSE));
    for (size_t top = 0; top < s->n_categories; top++) {
        const struct snapshot_category *group = &s->categories[top];
        if (group->parent >= 0 || !group->active) {
            continue;
        }
        const char *name = en ? group->name_en : group->name_vi;
        HTML(&page->out, "<optgroup label=\"{}\">\n", name);
        option_html(page, group->code,
                    arena_printf(http_arena(page->r), "%s (%s)", name, PW(page, W_IN_GENERAL)),
                    chosen);
        for (size_t i = 0; i < s->n_categories; i++) {
            const struct snapshot_category *c = &s->categories[i];
            if (i != top && c->active && root_of(s, (int32_t)i) == (int32_t)top) {
                option_html(page, c->code, en ? c->name_en : c->name_vi, chosen);
            }
        }
        HTML(&page->out, "</optgroup>\n");
    }
    HTML(&page->out, "</select></div>\n");
}

static void contact_html(struct plain_page *page, const struct shown *shown)
{
    static const struct plain_field fields[] = {
        {"name", W_NAME, W_COUNT, "text", "name", false, NULL, NULL},
        {"phone", W_PHONE, W_COUNT, "tel", "tel", false, NULL, NULL},
        {"email", W_EMAIL, W_COUNT, "email", "email", false, NULL, NULL},
    };
    HTML(&page->out, "<fieldset><legend>{} <span class=\"optional\">({})</span></legend>\n",
         PW(page, W_CONTACT), PW(page, W_OPTIONAL));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct plain_field field = fields[i];
        field.value = value_of(shown, field.name);
        field.error = error_of(page, shown, field.name);
        plain_input(page, &field);
    }
    HTML(&page->out,
         value_of(shown, "anonymous")[0] != '\0'
             ? "<label class=\"check\"><input type=\"checkbox\" name=\"anonymous\" value=\"1\" "
               "checked>{}</label>\n"
             : "<label class=\"check\"><input type=\"checkbox\" name=\"anonymous\" value=\"1\">{}"
               "</label>\n",
         PW(page, W_ANONYMOUS));
    HTML(&page->out, "<p class=\"hint\">{}</p></fieldset>\n", PW(page, W_PRIVACY));
}

/* What is wrong, first, with a way to each field. */
static void faults_html(struct plain_page *page, const struct shown *shown)
{
    static const struct {
        const char *name;
        enum plain_word label;
    } fields[] = {
        {"address", W_ADDRESS}, {"category", W_CATEGORY}, {"description", W_DESCRIPTION},
        {"name", W_NAME},       {"phone", W_PHONE},       {"email", W_EMAIL},
    };
    if (shown->trouble != W_COUNT) {
        HTML(&page->out, "<p class=\"error-summary\" role=\"alert\">{}</p>\n",
             PW(page, shown->trouble));
    }
    if (shown->faults == NULL || shown->faults->n == 0) {
        return;
    }
    HTML(&page->out, "<div class=\"error-summary\" role=\"alert\"><p>{}</p><ul>\n",
         PW(page, W_FIX));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *error = error_of(page, shown, fields[i].name);
        if (error != NULL) {
            HTML(&page->out, "<li><a href=\"#{}\">{}: {}</a></li>\n", fields[i].name,
                 PW(page, fields[i].label), error);
        }
    }
    HTML(&page->out, "</ul></div>\n");
}

static void send_form(struct http_request *r, int status, const struct shown *shown)
{
    const struct snapshot *s = api_snapshot(r);
    struct plain_page page;
    if (s == NULL) {
        return;
    }
    plain_begin(&page, r, W_REPORT, "/report");
    HTML(&page.out, "<p class=\"intro\">{}</p>\n", PW(&page, W_REPORT_INTRO));
    faults_html(&page, shown);
    const char *seal = value_of(shown, "seal");
    HTML(&page.out,
         "<form class=\"report\" method=\"post\" action=\"/report?lang={}\" novalidate>\n"
         "<input type=\"hidden\" name=\"seal\" value=\"{}\">\n<fieldset><legend>{}</legend>\n",
         plain_lang(&page), plain_seal_good(r, seal) ? seal : plain_seal_make(r),
         PW(&page, W_WHERE));
    plain_input(&page, &(struct plain_field){"address", W_ADDRESS, W_ADDRESS_HINT, "text",
                                             "street-address", true, value_of(shown, "address"),
                                             error_of(&page, shown, "address")});
    HTML(&page.out, "</fieldset>\n<fieldset><legend>{}</legend>\n", PW(&page, W_WHAT));
    category_html(&page, s, shown);
    plain_input(&page, &(struct plain_field){"description", W_DESCRIPTION, W_DESCRIPTION_HINT, NULL,
                                             "", true, value_of(shown, "description"),
                                             error_of(&page, shown, "description")});
    HTML(&page.out, "</fieldset>\n");
    contact_html(&page, shown);
    /* Machines fill in everything; people never see this. */
    HTML(&page.out,
         "<p class=\"leave-empty\"><label>{} <input type=\"text\" name=\"website\" tabindex=\"-1\" "
         "autocomplete=\"off\"></label></p>\n"
         "<button type=\"submit\" class=\"button primary wide\">{}</button>\n</form>\n",
         PW(&page, W_LEAVE_EMPTY), PW(&page, W_SEND));
    plain_send(&page, status);
}

static void get_report(struct http_request *r)
{
    send_form(r, 200, &(struct shown){.trouble = W_COUNT});
}

/* --- what comes of it
 * ----------------------------------------------------------------------------- */

static void on_refused(struct http_request *r, int status, const struct fault_list *faults)
{
    struct plain_form form;
    enum plain_word trouble = W_COUNT;
    if (!plain_form_read(r, &form)) {
        return;
    }
    if (faults == NULL) {
        trouble = status == 503 ? W_BUSY : status == 429 ? W_TOO_MANY : W_TRY_AGAIN;
    } else if (status == 409) { /* the seal was used for other words: with a new one it goes */
        trouble = W_STALE_FORM;
        faults = NULL;
        for (size_t i = 0; i < form.n; i++) {
            form.rows[i].value = strcmp(form.rows[i].name, "seal") == 0 ? "" : form.rows[i].value;
        }
    }
    send_form(r, status, &(struct shown){&form, faults, trouble});
}

static void on_filed(struct http_request *r, const char *code)
{
    http_set_header(r, "Location",
                    arena_printf(http_arena(r), "/track?code=%s&new=1&lang=%s", code,
                                 http_language(r) == HTTP_EN ? "en" : "vi"));
    http_send(r, &(struct http_reply){.status = 303, .body = {"", 0}});
}

static void put(struct json_object *to, const char *name, const char *value)
{
    if (value[0] != '\0') {
        json_object_object_add(to, name, json_object_new_string(value));
    }
}

/* As POST /api/v1/complaints takes it. In the arena; NULL when memory is short. */
static const char *json_of(struct http_request *r, const struct plain_form *form)
{
    struct json_object *body = json_object_new_object();
    struct json_object *reporter = json_object_new_object();
    json_object_object_add(body, "channel", json_object_new_string("web"));
    put(body, "category", plain_form_get(form, "category"));
    put(body, "description", plain_form_get(form, "description"));
    put(body, "address", plain_form_get(form, "address"));
    put(reporter, "name", plain_form_get(form, "name"));
    put(reporter, "phone", plain_form_get(form, "phone"));
    put(reporter, "email", plain_form_get(form, "email"));
    if (plain_form_get(form, "anonymous")[0] != '\0') {
        json_object_object_add(reporter, "anonymous", json_object_new_boolean(true));
    }
    if (json_object_object_length(reporter) > 0) {
        json_object_object_add(body, "reporter", json_object_get(reporter));
    }
    const char *text =
        arena_strdup(http_arena(r), json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN));
    json_object_put(reporter);
    json_object_put(body);
    return text;
}

/* A place that is not told cannot be asked for later, as the page with the map does. */
static void post_report(struct http_request *r)
{
    static const char *const required[] = {"address", "category", "description"};
    struct plain_form form;
    if (!plain_form_read(r, &form)) {
        return;
    }
    if (!plain_seal_good(r, plain_form_get(&form, "seal"))) {
        send_form(r, 422, &(struct shown){&form, NULL, W_STALE_FORM});
        return;
    }
    if (plain_form_get(&form, "website")[0] != '\0') {
        send_form(r, 422, &(struct shown){&form, NULL, W_TRY_AGAIN});
        return;
    }
    struct fault_list faults = {.n = 0};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (plain_form_get(&form, required[i])[0] == '\0') {
            fault_add(&faults, required[i], FAULT_REQUIRED);
        }
    }
    if (faults.n > 0) {
        send_form(r, 422, &(struct shown){&form, &faults, W_COUNT});
        return;
    }
    const char *body = json_of(r, &form);
    if (body == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    api_complaint_file(r, &(struct complaint_source){.body = str_of(body),
                                                     .key = plain_form_get(&form, "seal"),
                                                     .refused = on_refused,
                                                     .filed = on_filed});
}

const struct http_route api_plain_routes[] = {
    {HTTP_GET, "/report", get_report, ABOUT_PAGE("The form that works without JavaScript")},
    {HTTP_POST, "/report", post_report,
     ABOUT(.tag = "pages", .summary = "File a complaint by that form",
           .body = "application/x-www-form-urlencoded", .answer = "text/html", .status = 303)},
};
const size_t n_api_plain_routes = sizeof(api_plain_routes) / sizeof(api_plain_routes[0]);
