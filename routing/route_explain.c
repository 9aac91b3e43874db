#include "routing/route_explain.h"

#include <string.h>

#include "routing/route_calendar.h"

/* ---- taking the names from a rule set ---- */

static struct route_name category_name(const struct route_rules *rules, int32_t number)
{
    if (number < 0 || (size_t)number >= route_rules_n_categories(rules)) {
        return (struct route_name){NULL, NULL};
    }
    const struct route_category *c = route_rules_category(rules, number);
    return (struct route_name){c->name_vi, c->name_en};
}

static struct route_name agency_name(const struct route_rules *rules, int32_t number)
{
    const struct route_agency *a = route_rules_agency(rules, number);
    return (struct route_name){a->name, a->name_en};
}

void route_explain_fill(const struct route_rules *rules, const struct route_facts *facts,
                        const struct route_decision *decision, struct route_explain_names *names)
{
    const struct route_calendar *cal = route_rules_calendar(rules);
    int64_t of_day_us;
    memset(names, 0, sizeof *names);
    names->category = category_name(rules, facts->category);
    names->matched = category_name(rules, decision->category_matched);
    names->agency = agency_name(rules, decision->agency);
    if (decision->jurisdiction != ROUTE_NONE) {
        names->jurisdiction = route_rules_jurisdiction(rules, decision->jurisdiction)->name;
    }
    if (decision->desk != ROUTE_NONE) {
        names->desk = route_rules_desk(rules, decision->desk)->name;
    }
    if (decision->rule != ROUTE_NONE) {
        const struct route_rule *rule = route_rules_rule(rules, decision->rule);
        names->rule = (struct route_name){rule->name_vi, rule->name_en};
    }
    if (decision->n_skipped > 0) {
        const struct route_rule *rule = route_rules_rule(rules, decision->skipped[0].rule);
        names->skipped = (struct route_name){rule->name_vi, rule->name_en};
    }
    if (decision->n_others > 0) {
        names->other = agency_name(rules, decision->others[0]);
    }
    if (decision->runner_up_agency != ROUTE_NONE &&
        decision->runner_up_agency != decision->agency) {
        names->runner_up = agency_name(rules, decision->runner_up_agency);
    }
    names->date = route_date_of_day(route_calendar_day(cal, facts->at_us, &of_day_us));
    names->due = route_date_of_day(route_calendar_day(cal, decision->due_at_us, &of_day_us));
    names->due_minute = (int32_t)(of_day_us / 60000000);
}

/* ---- words ---- */

struct unit_kind {
    const char *prefix; /* of a full name */
    const char *vi, *en;
};

static const struct unit_kind unit_kinds[] = {
    {"Phường ", "phường", "ward"},           {"Xã ", "xã", "commune"},
    {"Đặc khu ", "đặc khu", "special zone"}, {"Thị trấn ", "thị trấn", "township"},
    {"Quận ", "quận", "district"},           {"Huyện ", "huyện", "rural district"},
    {"Thị xã ", "thị xã", "town"},           {"Thành phố ", "thành phố", "city"},
};

static const char *const english_months[] = {"January",   "February", "March",    "April",
                                             "May",       "June",     "July",     "August",
                                             "September", "October",  "November", "December"};

static bool has(const char *text)
{
    return text && *text;
}

static const char *in_language(enum route_language language, struct route_name name)
{
    bool english = language == ROUTE_LANGUAGE_EN && has(name.en);
    return english ? name.en : name.vi;
}

/* "phường" for "Phường Hạnh Thông"; `otherwise` for a name of no known kind. */
static const char *kind_of_unit(enum route_language language, const char *name,
                                const char *otherwise)
{
    for (size_t i = 0; name && i < sizeof unit_kinds / sizeof *unit_kinds; i++) {
        const struct unit_kind *k = &unit_kinds[i];
        if (strncmp(name, k->prefix, strlen(k->prefix)) == 0) {
            return language == ROUTE_LANGUAGE_VI ? k->vi : k->en;
        }
    }
    return otherwise;
}

/* At least so many digits; `number` is not negative. Ten times as quick as printf, and a decision
 * has a dozen of them. */
static void append_number(int32_t number, int digits, struct strbuf *out)
{
    char text[16];
    char *at = text + sizeof text;
    for (; number > 0 || digits > 0; number /= 10, digits--) {
        *--at = (char)('0' + number % 10);
    }
    strbuf_append(out, at, (size_t)(text + sizeof text - at));
}

static void append_date(enum route_language language, struct route_date date, struct strbuf *out)
{
    bool english = language == ROUTE_LANGUAGE_EN && date.month >= 1 && date.month <= 12;
    append_number(date.day, english ? 1 : 2, out);
    strbuf_append_char(out, english ? ' ' : '/');
    if (english) {
        strbuf_append_z(out, english_months[date.month - 1]);
    } else {
        append_number(date.month, 2, out);
    }
    strbuf_append_char(out, english ? ' ' : '/');
    append_number(date.year, english ? 1 : 4, out);
}

/* before, text, after */
static void append_three(struct strbuf *out, const char *before, const char *text,
                         const char *after)
{
    strbuf_append_z(out, before);
    strbuf_append_z(out, text);
    strbuf_append_z(out, after);
}

static void append_agency(enum route_language language, const struct route_explain_names *names,
                          struct strbuf *out)
{
    strbuf_append_z(out, in_language(language, names->agency));
    if (has(names->desk)) {
        append_three(out, " (", names->desk, ")");
    }
}

static void append_unit(const struct route_explain_names *names, struct strbuf *out)
{
    bool both = has(names->ward) && has(names->district);
    append_three(out, has(names->ward) ? names->ward : "", both ? ", " : "",
                 has(names->district) ? names->district : "");
}

static bool has_unit(const struct route_explain_names *names)
{
    return names->place == ROUTE_PLACE_KNOWN && (has(names->ward) || has(names->district));
}

/* True if the row is for a wider category than the complaint's, which is worth saying. */
static bool matched_wider(const struct route_explain_names *names)
{
    return has(names->matched.vi) &&
           !(has(names->category.vi) && strcmp(names->matched.vi, names->category.vi) == 0);
}

/* ---- Vietnamese ---- */

static void vi_category(const struct route_explain_names *names, struct strbuf *out)
{
    if (has(names->category.vi)) {
        append_three(out, "lĩnh vực “", names->category.vi, "”");
    } else {
        strbuf_append_z(out, "phản ánh chưa rõ lĩnh vực");
    }
}

static void vi_fallback(const struct route_explain_names *names, struct strbuf *out)
{
    if (names->place == ROUTE_PLACE_UNKNOWN) {
        strbuf_append_z(out, "Chưa xác định được vị trí và không có đơn vị nào phụ trách ");
        vi_category(names, out);
        strbuf_append_z(out, " trên toàn thành phố ngày ");
    } else if (names->place == ROUTE_PLACE_OUTSIDE) {
        strbuf_append_z(out, "Điểm này nằm ngoài mọi địa giới có hiệu lực và không có đơn vị nào "
                             "phụ trách ");
        vi_category(names, out);
        strbuf_append_z(out, " tại đây ngày ");
    } else {
        strbuf_append_z(out, "Không có đơn vị nào phụ trách ");
        vi_category(names, out);
        strbuf_append_z(out, " tại ");
        if (has_unit(names)) {
            append_unit(names, out);
        } else {
            strbuf_append_z(out, "điểm này");
        }
        strbuf_append_z(out, " ngày ");
    }
    append_date(ROUTE_LANGUAGE_VI, names->date, out);
    strbuf_append_z(out, ", nên ");
    append_agency(ROUTE_LANGUAGE_VI, names, out);
    strbuf_append_z(out, names->place == ROUTE_PLACE_UNKNOWN
                             ? " tiếp nhận để xác minh vị trí và phân công"
                             : " tiếp nhận để phân công");
}

static void vi_subject(const struct route_explain_names *names, struct strbuf *out)
{
    strbuf_append_z(out,
                    has(names->category.vi) ? names->category.vi : "Phản ánh chưa rõ lĩnh vực");
    if (has_unit(names)) {
        strbuf_append_z(out, " tại ");
        append_unit(names, out);
    } else if (names->place == ROUTE_PLACE_OUTSIDE) {
        strbuf_append_z(out, " tại điểm nằm ngoài mọi địa giới có hiệu lực");
    } else if (names->place == ROUTE_PLACE_UNKNOWN) {
        strbuf_append_z(out, " tại nơi chưa xác định được vị trí");
    }
    strbuf_append_z(out, " ngày ");
    append_date(ROUTE_LANGUAGE_VI, names->date, out);
    strbuf_append_z(out, " thuộc ");
    append_agency(ROUTE_LANGUAGE_VI, names, out);
}

static void vi_reach(enum route_reach reach, const struct route_explain_names *names,
                     struct strbuf *out)
{
    switch (reach) {
    case ROUTE_REACH_AREA:
        strbuf_append_z(out, " vì điểm này nằm trong ");
        if (has(names->jurisdiction)) {
            append_three(out, "“", names->jurisdiction, "”");
        } else {
            strbuf_append_z(out, "một địa bàn riêng");
        }
        break;
    case ROUTE_REACH_WARD:
        append_three(out, " theo địa bàn ",
                     kind_of_unit(ROUTE_LANGUAGE_VI, names->ward, "cấp phường"), "");
        break;
    case ROUTE_REACH_DISTRICT:
        append_three(out, " theo địa bàn ",
                     kind_of_unit(ROUTE_LANGUAGE_VI, names->district, "cấp quận"), "");
        break;
    case ROUTE_REACH_CITY:
        strbuf_append_z(out, " theo phân công trên toàn thành phố");
        break;
    }
    if (matched_wider(names)) {
        append_three(out, " cho lĩnh vực “", names->matched.vi, "”");
    }
}

static void vi_precedence(const struct route_decision *decision,
                          const struct route_explain_names *names, struct strbuf *out)
{
    bool by_unit = decision->reach == ROUTE_REACH_WARD || decision->reach == ROUTE_REACH_DISTRICT;
    if (decision->rule_class == ROUTE_CLASS_SPECIAL) {
        strbuf_append_z(out, "; đây là đơn vị đặc thù");
        if (has(names->runner_up.vi)) {
            append_three(out, ", được ưu tiên trước ", names->runner_up.vi, "");
        }
    } else if (by_unit) {
        strbuf_append_z(out, "; không có đơn vị đặc thù nào về lĩnh vực này tại điểm này");
    } else if (has(names->runner_up.vi)) {
        append_three(out, "; được xét trước ", names->runner_up.vi, "");
    }
}

/* ---- English ---- */

static void en_category(const struct route_explain_names *names, struct strbuf *out)
{
    const char *name = in_language(ROUTE_LANGUAGE_EN, names->category);
    if (has(name)) {
        append_three(out, "“", name, "”");
    } else {
        strbuf_append_z(out, "a complaint of unknown category");
    }
}

static void en_fallback(const struct route_explain_names *names, struct strbuf *out)
{
    if (names->place == ROUTE_PLACE_UNKNOWN) {
        strbuf_append_z(out, "The place was not found, and nobody was responsible city-wide for ");
        en_category(names, out);
    } else if (names->place == ROUTE_PLACE_OUTSIDE) {
        strbuf_append_z(out, "The point lies outside all boundaries in force, and nobody was "
                             "responsible there for ");
        en_category(names, out);
    } else {
        strbuf_append_z(out, "Nobody was responsible for ");
        en_category(names, out);
        strbuf_append_z(out, has_unit(names) ? " in " : " at this point");
        if (has_unit(names)) {
            append_unit(names, out);
        }
    }
    strbuf_append_z(out, " on ");
    append_date(ROUTE_LANGUAGE_EN, names->date, out);
    strbuf_append_z(out, ", so ");
    append_agency(ROUTE_LANGUAGE_EN, names, out);
    strbuf_append_z(out, names->place == ROUTE_PLACE_UNKNOWN
                             ? " takes it, to find the place and assign it"
                             : " takes it, to assign it");
}

static void en_subject(const struct route_explain_names *names, struct strbuf *out)
{
    const char *category = in_language(ROUTE_LANGUAGE_EN, names->category);
    strbuf_append_z(out, has(category) ? category : "A complaint of unknown category");
    if (has_unit(names)) {
        strbuf_append_z(out, " in ");
        append_unit(names, out);
    } else if (names->place == ROUTE_PLACE_OUTSIDE) {
        strbuf_append_z(out, " at a point outside all boundaries in force");
    } else if (names->place == ROUTE_PLACE_UNKNOWN) {
        strbuf_append_z(out, " at a place that was not found");
    }
    strbuf_append_z(out, " on ");
    append_date(ROUTE_LANGUAGE_EN, names->date, out);
    strbuf_append_z(out, " belongs to ");
    append_agency(ROUTE_LANGUAGE_EN, names, out);
}

static void en_reach(enum route_reach reach, const struct route_explain_names *names,
                     struct strbuf *out)
{
    switch (reach) {
    case ROUTE_REACH_AREA:
        strbuf_append_z(out, " because the point lies in ");
        if (has(names->jurisdiction)) {
            append_three(out, "“", names->jurisdiction, "”");
        } else {
            strbuf_append_z(out, "an area of its own");
        }
        break;
    case ROUTE_REACH_WARD:
        append_three(out, " by ", kind_of_unit(ROUTE_LANGUAGE_EN, names->ward, "ward"), "");
        break;
    case ROUTE_REACH_DISTRICT:
        append_three(out, " by ", kind_of_unit(ROUTE_LANGUAGE_EN, names->district, "district"), "");
        break;
    case ROUTE_REACH_CITY:
        strbuf_append_z(out, " by a city-wide assignment");
        break;
    }
    if (matched_wider(names)) {
        append_three(out, " for “", in_language(ROUTE_LANGUAGE_EN, names->matched), "”");
    }
}

static void en_precedence(const struct route_decision *decision,
                          const struct route_explain_names *names, struct strbuf *out)
{
    bool by_unit = decision->reach == ROUTE_REACH_WARD || decision->reach == ROUTE_REACH_DISTRICT;
    const char *runner_up = in_language(ROUTE_LANGUAGE_EN, names->runner_up);
    if (decision->rule_class == ROUTE_CLASS_SPECIAL) {
        strbuf_append_z(out, "; it is a special body");
        if (has(runner_up)) {
            append_three(out, " and comes before ", runner_up, "");
        }
    } else if (by_unit) {
        strbuf_append_z(out, "; no special body covers this category at this point");
    } else if (has(runner_up)) {
        append_three(out, "; it comes before ", runner_up, "");
    }
}

/* ---- the sentence ---- */

static void append_runner_up(enum route_language language, const struct route_explain_names *names,
                             struct strbuf *out)
{
    if (has(names->runner_up.vi)) {
        append_three(out,
                     language == ROUTE_LANGUAGE_VI ? "; được xét trước " : "; it comes before ",
                     in_language(language, names->runner_up), "");
    }
}

/* Who acts too, and which rule could not be followed. */
static void append_rest(enum route_language language, const struct route_explain_names *names,
                        struct strbuf *out)
{
    bool vietnamese = language == ROUTE_LANGUAGE_VI;
    if (has(names->other.vi)) {
        append_three(out, vietnamese ? "; phối hợp: " : "; together with ",
                     in_language(language, names->other), "");
    }
    if (has(names->skipped.vi)) {
        strbuf_printf(out,
                      vietnamese ? "; bỏ qua quy tắc “%s” vì không xác định được đơn vị"
                                 : "; the rule “%s” was skipped because it names nobody in force",
                      in_language(language, names->skipped));
    }
}

void route_explain(enum route_language language, const struct route_decision *decision,
                   const struct route_explain_names *names, struct strbuf *out)
{
    bool vietnamese = language == ROUTE_LANGUAGE_VI;
    if (decision->fallback) {
        (vietnamese ? vi_fallback : en_fallback)(names, out);
    } else {
        (vietnamese ? vi_subject : en_subject)(names, out);
        if (has(names->rule.vi)) {
            append_three(out, vietnamese ? " theo quy tắc “" : " by the rule “",
                         in_language(language, names->rule), "”");
            append_runner_up(language, names, out);
        } else {
            (vietnamese ? vi_reach : en_reach)(decision->reach, names, out);
            (vietnamese ? vi_precedence : en_precedence)(decision, names, out);
        }
        append_rest(language, names, out);
    }
    if (names->due.year != 0) {
        strbuf_append_z(out, vietnamese ? "; hạn xử lý " : "; due at ");
        append_number(names->due_minute / 60, 2, out);
        strbuf_append_char(out, ':');
        append_number(names->due_minute % 60, 2, out);
        strbuf_append_z(out, vietnamese ? " ngày " : " on ");
        append_date(language, names->due, out);
    }
    strbuf_append_char(out, '.');
}
