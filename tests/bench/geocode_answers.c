#include "tests/bench/geocode_answers.h"

#include <stdio.h>
#include <string.h>

#include "tests/bench/geocode_speed.h"

enum { ANSWERS = 5, HOSTILE = 2000 };

static void print_candidate(const struct geo_candidate *c)
{
    printf("  %s %a %a %a [%s] [%s] [%s] %d %d [%s]\n", geo_match_name(c->match), c->confidence,
           c->point.lon, c->point.lat, c->label, c->housenumber, c->street, c->ward, c->district,
           c->unmatched);
}

static void print_answer(const struct geocode_city *city, const struct geo_gazetteer_query *query)
{
    struct geo_candidate found[ANSWERS];
    struct geo_part parts[GEO_PARTS_MAX];
    printf("%.*s%s%s\n", (int)query->text.n, query->text.p, query->prefix ? " ..." : "",
           query->has_bias ? " *" : "");
    size_t n = geo_gazetteer_find(city->gazetteer, query, found, ANSWERS);
    for (size_t i = 0; i < n; i++) {
        print_candidate(&found[i]);
    }
    n = geo_gazetteer_parts(city->gazetteer, query, parts, GEO_PARTS_MAX);
    for (size_t i = 0; i < n; i++) {
        printf("  %s [%s] %u\n", geo_part_name(parts[i].kind), parts[i].text, parts[i].token);
    }
}

/* Whole, from a point, and as far as it was typed a moment ago. */
static void print_text(const struct geocode_city *city, struct str text, int64_t at_us,
                       struct geo_point bias)
{
    struct geo_gazetteer_query query = {.text = text, .at_us = at_us};
    print_answer(city, &query);
    query.has_bias = true;
    query.bias = bias;
    print_answer(city, &query);
    query.has_bias = false;
    query.prefix = true;
    query.text.n = text.n * 2 / 3;
    print_answer(city, &query);
}

static void print_addresses(const struct geocode_city *city)
{
    for (int how = 0; how < GEOCODE_REWRITINGS; how++) {
        for (size_t i = 0; i < city->n_addresses; i++) {
            const struct geocode_address *a = &city->addresses[i];
            char text[GEOCODE_TEXT_MAX];
            if (!a->derived) {
                geocode_rewrite(city, a, (enum geocode_rewriting)how, text);
                print_text(city, str_of(text),
                           how == GEOCODE_NEW_WARD ? GEOCODE_AFTER : GEOCODE_BEFORE,
                           (struct geo_point){106.70, 10.78});
            }
        }
    }
}

static void print_streets(const struct geocode_city *city)
{
    for (size_t i = 0; i < city->n_rows; i++) {
        const struct geo_gazetteer_row *row = &city->rows[i];
        if (row->kind != GEO_GAZETTEER_ADDRESS && row->name != NULL) {
            print_text(city, str_of(row->name), GEOCODE_AFTER, row->point);
        }
    }
}

void geocode_answers_print(const struct geocode_city *city)
{
    print_addresses(city);
    print_streets(city);
    for (uint32_t i = 0; i < HOSTILE && city->n_addresses > 0; i++) {
        char text[GEOCODE_TEXT_MAX];
        size_t n = geocode_hostile_text(city, i, text);
        print_text(city, (struct str){text, n}, GEOCODE_AFTER, city->addresses[0].point);
    }
}
