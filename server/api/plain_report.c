/* The form of /report: errors stand beside their fields, what it asks before it files stands on
 * top, and nothing that was written is lost. */
#include "server/api/plain_report.h"

#include <string.h>

#include "server/api/api_about.h"

static const char *const fault_fields[][2] = {
    /* of the service, of the form */
    {"address", "address"},         {"location", "address"},        {"category", "category"},
    {"description", "description"}, {"reporter.name", "name"},      {"reporter.phone", "phone"},
    {"reporter.email", "email"},    {"occurred_at", "occurred_at"}, {"attachments", "photos"},
    {"consent", "consent"},
};

/* The sentence for a field of the form; NULL: nothing is wrong with it. */
static const char *error_of(struct plain_page *page, const struct report_shown *s, const char *name)
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

static const char *value_of(const struct report_shown *s, const char *name)
{
    return plain_form_get(&s->form, name);
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
                          const struct report_shown *shown)
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

static void contact_html(struct plain_page *page, const struct report_shown *shown)
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
static void faults_html(struct plain_page *page, const struct report_shown *shown)
{
    static const struct {
        const char *name;
        enum plain_word label;
    } fields[] = {
        {"address", W_ADDRESS},      {"category", W_CATEGORY}, {"description", W_DESCRIPTION},
        {"occurred_at", W_OCCURRED}, {"name", W_NAME},         {"phone", W_PHONE},
        {"email", W_EMAIL},          {"photos", W_ATTACH},     {"consent", W_CONSENT},
    };
    if (shown->trouble != W_COUNT) {
        HTML(&page->out, "<p class=\"error-summary\" role=\"alert\">{}</p>\n",
             PW(page, shown->trouble));
    }
    if (shown->words != NULL) {
        HTML(&page->out, "<p class=\"error-summary\" role=\"alert\">{}</p>\n", shown->words);
    }
    if (shown->photo_error != NULL) {
        HTML(&page->out,
             "<p class=\"error-summary\" role=\"alert\"><a href=\"#file\">{}: {}</a></p>\n",
             PW(page, W_ATTACH), shown->photo_error);
    }
    if (shown->faults == NULL || shown->faults->n == 0) {
        return;
    }
    HTML(&page->out, "<div class=\"error-summary\" role=\"alert\"><p>{}</p><ul>\n",
         PW(page, W_FIX));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *error = error_of(page, shown, fields[i].name);
        if (error != NULL) {
            HTML(&page->out, "<li><a href=\"#{}\">{}: {}</a></li>\n",
                 strcmp(fields[i].name, "photos") == 0 ? "file" : fields[i].name,
                 PW(page, fields[i].label), error);
        }
    }
    HTML(&page->out, "</ul></div>\n");
}

/* Files are chosen anew after each answer: those that came are kept, and may be left out. */
static void photos_html(struct plain_page *page, const struct report_shown *shown)
{
    const struct plain_field field = {
        .name = "file",
        .label = W_ATTACH,
        .hint = W_ATTACH_HINT,
        .error = shown->photo_error != NULL ? shown->photo_error : error_of(page, shown, "photos")};
    for (size_t i = 0; i < shown->n_photos; i++) {
        HTML(&page->out,
             "<label class=\"check\"><input type=\"checkbox\" name=\"photo\" value=\"{}\" checked>"
             "<img src=\"/api/v1/attachments/{}/thumb\" alt=\"\" width=\"72\">",
             shown->photos[i], shown->photos[i]);
        HTML(&page->out, "{}</label>\n",
             arena_printf(http_arena(page->r), "%s %zu", PW(page, W_PHOTO_SENT), i + 1));
    }
    HTML(&page->out, "<div class=\"field\">");
    plain_label(page, &field);
    HTML(&page->out,
         "<input type=\"file\" multiple accept=\"image/jpeg,image/png,image/webp,"
         "image/heic,image/heif,video/mp4,video/quicktime,video/webm,video/3gpp,audio/*,"
         "application/pdf\"");
    plain_ties(page, &field);
    HTML(&page->out, "></div>\n");
}

/* The first button of a form is the one that Enter presses: it must be the plain one. */
static void enter_html(struct plain_page *page)
{
    HTML(&page->out,
         "<button type=\"submit\" class=\"visually-hidden\" tabindex=\"-1\" aria-hidden=\"true\">{}"
         "</button>\n",
         PW(page, W_SEND));
}

static void question_html(struct plain_page *page, const struct report_shown *shown)
{
    if (shown->n_choices == 0) {
        return;
    }
    HTML(&page->out,
         "<section class=\"card\" aria-labelledby=\"ask-place\"><h2 id=\"ask-place\">{}</h2>\n<p "
         "class=\"address-question\">{}</p>\n<div class=\"buttons\">\n",
         PW(page, W_ASK_PLACE), shown->question);
    for (size_t i = 0; i < shown->n_choices; i++) {
        const struct geocode_choice *c = &shown->choices[i];
        HTML(
            &page->out,
            "<button type=\"submit\" class=\"button\" name=\"choice\" value=\"{}\">{}</button>\n",
            arena_printf(http_arena(page->r), "%.6f,%.6f|%s", c->point.lon, c->point.lat, c->label),
            c->name);
    }
    HTML(
        &page->out,
        "<button type=\"submit\" class=\"button\" name=\"choice\" value=\"typed\">{}</button></div>"
        "</section>\n",
        PW(page, W_AS_TYPED));
}

static void likely_item(struct plain_page *page, const struct nearby_likely *one)
{
    struct arena *arena = http_arena(page->r);
    const char *unit = one->ward != NULL ? one->ward : one->district;
    HTML(&page->out,
         "<li><p><span class=\"badge\">{}</span> {}</p>\n<p class=\"hint\">{}{}{}</p>\n",
         plain_status(one->status, page->lang),
         page->lang == HTTP_EN ? one->category_en : one->category_vi, unit,
         unit == NULL ? "" : " · ",
         arena_printf(arena,
                      page->lang == HTTP_EN ? "about %.0f m away · %s · %lld reports"
                                            : "cách khoảng %.0f m · %s · %lld lượt báo",
                      one->distance_m, plain_time(page->r, one->received_us),
                      (long long)one->reporters));
    if (one->join[0] == '\0') {
        HTML(&page->out, "<p class=\"hint\">{}</p></li>\n", PW(page, W_SAME_ENDED));
        return;
    }
    HTML(&page->out,
         "<button type=\"submit\" class=\"button small\" name=\"join\" "
         "value=\"{}\">{}</button></li>\n",
         one->join, PW(page, W_SAME_JOIN));
}

static void likely_html(struct plain_page *page, const struct report_shown *shown)
{
    if (shown->n_likely == 0) {
        return;
    }
    HTML(
        &page->out,
        "<section class=\"card already\" aria-labelledby=\"ask-same\"><h2 id=\"ask-same\">{}</h2>\n"
        "<p class=\"hint\">{}</p>\n<ul class=\"plain-list\">\n",
        PW(page, W_SAME_TITLE), PW(page, W_SAME_INTRO));
    for (size_t i = 0; i < shown->n_likely; i++) {
        likely_item(page, &shown->likely[i]);
    }
    HTML(&page->out,
         "</ul>\n<label class=\"check\"><input type=\"checkbox\" name=\"consent\" value=\"1\"{}>{}"
         "</label>\n<div class=\"buttons\"><button type=\"submit\" class=\"button\" name=\"same\" "
         "value=\"new\">{}</button></div></section>\n",
         "", PW(page, W_CONSENT), PW(page, W_SAME_NEW));
}

static void help_html(struct plain_page *page)
{
    static const enum plain_word lines[] = {W_HELP_REPORT, W_HELP_CODE, W_HELP_DANGER};
    HTML(&page->out, "<details class=\"citizen-help\"><summary>{}</summary><ul>\n",
         PW(page, W_HELP));
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        HTML(&page->out, "<li>{}</li>\n", PW(page, lines[i]));
    }
    HTML(&page->out, "</ul></details>\n");
}

static void hidden_html(struct plain_page *page, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        HTML(&page->out, "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", name, value);
    }
}

static void what_html(struct plain_page *page, const struct snapshot *s,
                      const struct report_shown *shown)
{
    HTML(&page->out, "<fieldset><legend>{}</legend>\n", PW(page, W_WHAT));
    category_html(page, s, shown);
    plain_input(page, &(struct plain_field){"description", W_DESCRIPTION, W_DESCRIPTION_HINT, NULL,
                                            "", true, value_of(shown, "description"),
                                            error_of(page, shown, "description")});
    plain_input(page, &(struct plain_field){
                          "occurred_at", W_OCCURRED, W_OCCURRED_HINT, "datetime-local", "", false,
                          value_of(shown, "occurred_at"), error_of(page, shown, "occurred_at")});
    HTML(&page->out, "</fieldset>\n");
}

void plain_report_send(struct http_request *r, int status, const struct report_shown *shown)
{
    const struct snapshot *s = api_snapshot(r);
    struct plain_page page;
    if (s == NULL) {
        return;
    }
    const char *seal = value_of(shown, "seal");
    plain_begin(&page, r, W_REPORT, "/report");
    HTML(&page.out, "<p class=\"intro\">{}</p>\n", PW(&page, W_REPORT_INTRO));
    help_html(&page);
    faults_html(&page, shown);
    HTML(&page.out,
         "<form class=\"report\" method=\"post\" action=\"/report?lang={}\" "
         "enctype=\"multipart/form-data\" novalidate>\n",
         plain_lang(&page));
    hidden_html(&page, "seal", plain_seal_good(r, seal) ? seal : plain_seal_make(r));
    hidden_html(&page, "place", shown->place);
    hidden_html(&page, "settled", shown->settled);
    enter_html(&page);
    question_html(&page, shown);
    likely_html(&page, shown);
    HTML(&page.out, "<fieldset><legend>{}</legend>\n", PW(&page, W_WHERE));
    plain_input(&page, &(struct plain_field){"address", W_ADDRESS, W_ADDRESS_HINT, "text",
                                             "street-address", true, value_of(shown, "address"),
                                             error_of(&page, shown, "address")});
    HTML(&page.out, "</fieldset>\n");
    what_html(&page, s, shown);
    contact_html(&page, shown);
    photos_html(&page, shown); /* last: what is written before it is known when a file is refused */
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
    plain_report_send(r, 200, &(struct report_shown){.trouble = W_COUNT});
}

const struct http_route api_plain_routes[] = {
    {HTTP_GET, "/report", get_report, ABOUT_PAGE("The form that works without JavaScript")},
    {HTTP_POST | HTTP_STREAM, "/report", plain_report_post,
     ABOUT(.tag = "pages", .summary = "File a complaint by that form",
           .body = "multipart/form-data", .answer = "text/html", .status = 303)},
};
const size_t n_api_plain_routes = sizeof(api_plain_routes) / sizeof(api_plain_routes[0]);
