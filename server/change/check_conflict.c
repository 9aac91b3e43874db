#include "server/change/check_conflict.h"

#include <stdio.h>

#include "routing/route_check.h"

void check_conflicts_see(struct check_conflicts *c, const struct route_rules *rules,
                         const struct route_decision *d, int32_t category, struct geo_point where,
                         double km2)
{
    if (d->rule < 0 || d->runner_up_rule < 0 || d->agency == d->runner_up_agency ||
        !route_check_tied(rules, d->rule, d->runner_up_rule, category)) {
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        struct check_conflict *known = &c->rows[i];
        if (known->first == d->rule && known->second == d->runner_up_rule) {
            known->km2 += known->category == category ? km2 : 0;
            return;
        }
    }
    if (c->n < CHECK_CONFLICTS_MAX) {
        c->rows[c->n++] = (struct check_conflict){d->rule, d->runner_up_rule, category, where, km2};
    }
}

void check_conflicts_tell(const struct check_conflicts *all, const struct snapshot *s,
                          struct check_list *list)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct check_conflict *c = &all->rows[i];
        const struct route_rule *a = route_rules_rule(s->rules, c->first);
        const struct route_rule *b = route_rules_rule(s->rules, c->second);
        char vi[900];
        char en[900];
        char point[120];
        (void)snprintf(vi, sizeof(vi),
                       "%s (%s) và %s (%s) cùng đúng cho %s nhưng giao cho đơn vị khác nhau; chỉ "
                       "thứ tự khai báo phân biệt.",
                       a->code, a->name_vi, b->code, b->name_vi,
                       s->categories[c->category].name_vi);
        (void)snprintf(en, sizeof(en),
                       "%s (%s) and %s (%s) both hold for %s and name different agencies; only "
                       "the declared order tells them apart.",
                       a->code, a->name_en, b->code, b->name_en,
                       s->categories[c->category].name_en);
        (void)snprintf(point, sizeof(point), "{\"type\":\"Point\",\"coordinates\":[%.5f,%.5f]}",
                       c->where.lon, c->where.lat);
        check_list_add(list,
                       &(struct check_finding){
                           .kind = "conflict",
                           .severity = CHECK_WARNING,
                           .rule = a->code,
                           .subject = b->code,
                           .vi = vi,
                           .en = en,
                           .mend_vi = "Thêm điều kiện cho một trong hai, hoặc xác nhận thứ tự này.",
                           .mend_en = "Give one of them another condition, or confirm the order.",
                           .km2 = c->km2 > 0 ? c->km2 : -1,
                           .geometry = point});
    }
}
