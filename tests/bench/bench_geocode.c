/* bench_geocode [--set tuning|evaluation] [--list REWRITING] [--no-peer] [--speed|--answers]
 * DATABASE
 *
 * How well and how fast addresses are found, side by side with pg_trgm + unaccent over the same
 * rows. See geocode_city.h for the split, docs/geocoder.md for how to read the tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_distance.h"
#include "tests/bench/geocode_answers.h"
#include "tests/bench/geocode_peer.h"
#include "tests/bench/geocode_rewrite.h"
#include "tests/bench/geocode_single.h"
#include "tests/bench/geocode_speed.h"

#define NEAR_METRES   50.0
#define ALLEY_METRES  150.0
#define STREET_METRES 2000.0
#define BINS          10

static const int gap_bounds[] = {4, 10, 20, GEOCODE_NO_GAP - 1};

enum { GAPS = sizeof gap_bounds / sizeof gap_bounds[0] };

enum cause {
    CAUSE_RIGHT,
    CAUSE_NOTHING,
    CAUSE_UNIT_ONLY,
    CAUSE_OTHER_STREET,
    CAUSE_OTHER_DISTRICT,
    CAUSE_NOT_A_STREET,
    CAUSES,
};

static const char *const cause_names[CAUSES] = {"right",        "nothing found",  "a unit only",
                                                "other street", "other district", "not a street"};

struct tally {
    size_t asked, known, right;
    size_t cause[CAUSES];
    size_t placed[GAPS + 1], near[GAPS + 1]; /* [0]: the number itself is known */
    size_t positioned, positioned_near;      /* answers told as house or interpolated */
    size_t bin[BINS], bin_right[BINS];
    double bin_sum[BINS];
    size_t match[GEO_MATCH_COORDINATE + 1], match_right[GEO_MATCH_COORDINATE + 1];
    double match_sum[GEO_MATCH_COORDINATE + 1];
};

struct options {
    const char *database, *list;
    bool evaluation, peer, speed, answers, single, misses;
};

static enum cause judge_street(const struct geocode_city *city, const struct geocode_address *a,
                               const struct geo_candidate *c)
{
    if (c->match == GEO_MATCH_WARD || c->match == GEO_MATCH_DISTRICT) {
        return CAUSE_UNIT_ONLY;
    }
    if (c->match == GEO_MATCH_PLACE || c->match == GEO_MATCH_CROSSING) {
        return CAUSE_NOT_A_STREET;
    }
    char key[GEOCODE_KEY_MAX];
    geocode_key(c->street, key);
    if (!geocode_same_street(city, key, a->key)) {
        return CAUSE_OTHER_STREET;
    }
    /* A named border street is told with the district that was named: its own is 30 m away. */
    int32_t district =
        snapshot_boundary_at(city->snapshot, LEVEL_DISTRICT, c->point, GEOCODE_BEFORE);
    bool close = geo_distance_m(c->point, a->point) <= NEAR_METRES;
    return district == a->district || close ? CAUSE_RIGHT : CAUSE_OTHER_DISTRICT;
}

/* Right to the precision that the kind of match claims. */
static bool judge_claim(const struct geocode_address *a, const struct geo_candidate *c,
                        enum cause cause)
{
    double metres = geo_distance_m(c->point, a->point);
    if (c->match == GEO_MATCH_HOUSE || c->match == GEO_MATCH_INTERPOLATED) {
        return cause == CAUSE_RIGHT && metres <= NEAR_METRES;
    }
    if (c->match == GEO_MATCH_ALLEY) {
        return cause == CAUSE_RIGHT && metres <= ALLEY_METRES;
    }
    /* Several streets of one district may share a name: Thủ Đức has ten of "Đường số 9". */
    return cause == CAUSE_RIGHT && metres <= STREET_METRES;
}

static void count_position(struct tally *t, const struct geocode_address *a,
                           const struct geo_candidate *c)
{
    bool near = c != NULL && geo_distance_m(c->point, a->point) <= NEAR_METRES;
    if (a->number_known) {
        t->placed[0]++;
        t->near[0] += near;
    }
    for (size_t i = 0; i < GAPS; i++) {
        if (!a->number_known && a->gap <= gap_bounds[i]) {
            t->placed[i + 1]++;
            t->near[i + 1] += near;
        }
    }
    if (c != NULL && (c->match == GEO_MATCH_HOUSE || c->match == GEO_MATCH_INTERPOLATED)) {
        t->positioned++;
        t->positioned_near += near;
    }
}

static enum cause count_answer(const struct geocode_city *city, struct tally *t,
                               const struct geocode_address *a, const struct geo_candidate *c)
{
    enum cause cause = c == NULL ? CAUSE_NOTHING : judge_street(city, a, c);
    t->asked++;
    if (a->street_known) {
        t->known++;
        t->right += cause == CAUSE_RIGHT;
        t->cause[cause]++;
        count_position(t, a, c);
    }
    if (c != NULL && c->match != GEO_MATCH_WARD && c->match != GEO_MATCH_DISTRICT) {
        size_t bin = (size_t)fmin(BINS - 1, floor(c->confidence * BINS));
        bool right = judge_claim(a, c, cause);
        t->bin[bin]++;
        t->bin_right[bin] += right;
        t->bin_sum[bin] += c->confidence;
        t->match[c->match]++;
        t->match_right[c->match] += right;
        t->match_sum[c->match] += c->confidence;
    }
    return cause;
}

static double share(size_t part, size_t of)
{
    return of == 0 ? 0 : 100.0 * (double)part / (double)of;
}

static double calibration_error(const struct tally *t)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < BINS; i++) {
        sum += fabs(t->bin_sum[i] - (double)t->bin_right[i]);
        n += t->bin[i];
    }
    return n == 0 ? 0 : sum / (double)n;
}

static void print_accuracy(const struct tally *tallies)
{
    printf("\n%-14s %6s %6s %7s  %9s %9s %9s %9s %9s  %9s %6s\n", "", "asked", "known", "right",
           "suffix", "gap<=4", "gap<=10", "gap<=20", "any gap", "told<=50m", "ECE");
    for (int how = 0; how < GEOCODE_REWRITINGS; how++) {
        const struct tally *t = &tallies[how];
        printf("%-14s %6zu %6zu %6.1f%% ", geocode_rewriting_name((enum geocode_rewriting)how),
               t->asked, t->known, share(t->right, t->known));
        for (size_t i = 0; i <= GAPS; i++) {
            printf(" %4.0f%%/%-4zu", share(t->near[i], t->placed[i]), t->placed[i]);
        }
        printf(" %4.0f%%/%-5zu %6.3f\n", share(t->positioned_near, t->positioned), t->positioned,
               calibration_error(t));
    }
    puts("right: share of the known with the right street in the right district; then the share\n"
         "within 50 m where the number is known with another suffix, or its neighbours on that "
         "side at most so\n"
         "many numbers apart; told: of those answered as house or interpolated");
}

static void print_causes(const struct tally *tallies)
{
    printf("\n%-14s", "what failed");
    for (int cause = 1; cause < CAUSES; cause++) {
        printf(" %15s", cause_names[cause]);
    }
    putchar('\n');
    for (int how = 0; how < GEOCODE_REWRITINGS; how++) {
        printf("%-14s", geocode_rewriting_name((enum geocode_rewriting)how));
        for (int cause = 1; cause < CAUSES; cause++) {
            printf(" %15zu", tallies[how].cause[cause]);
        }
        putchar('\n');
    }
}

static void print_calibration(const struct tally *tallies)
{
    struct tally all = {.asked = 0};
    for (int how = 0; how < GEOCODE_REWRITINGS; how++) {
        for (size_t i = 0; i < BINS; i++) {
            all.bin[i] += tallies[how].bin[i];
            all.bin_right[i] += tallies[how].bin_right[i];
            all.bin_sum[i] += tallies[how].bin_sum[i];
        }
        for (size_t m = 0; m <= GEO_MATCH_COORDINATE; m++) {
            all.match[m] += tallies[how].match[m];
            all.match_right[m] += tallies[how].match_right[m];
            all.match_sum[m] += tallies[how].match_sum[m];
        }
    }
    printf("\ncalibration, all texts together: error %.3f\n", calibration_error(&all));
    for (size_t i = 0; i < BINS; i++) {
        if (all.bin[i] > 0) {
            printf("  %.1f-%.1f: %6zu answers, said %.2f, right %.2f\n", (double)i / BINS,
                   (double)(i + 1) / BINS, all.bin[i], all.bin_sum[i] / (double)all.bin[i],
                   (double)all.bin_right[i] / (double)all.bin[i]);
        }
    }
    for (size_t m = 0; m <= GEO_MATCH_COORDINATE; m++) {
        if (all.match[m] > 0) {
            printf("  %-12s: %6zu answers, said %.2f, right %.2f\n",
                   geo_match_name((enum geo_match)m), all.match[m],
                   all.match_sum[m] / (double)all.match[m],
                   (double)all.match_right[m] / (double)all.match[m]);
        }
    }
}

static size_t find(const struct geocode_city *city, enum geocode_rewriting how, const char *text,
                   struct geo_candidate *c)
{
    struct geo_gazetteer_query query = {
        .text = str_of(text), .at_us = how == GEOCODE_NEW_WARD ? GEOCODE_AFTER : GEOCODE_BEFORE};
    return geo_gazetteer_find(city->gazetteer, &query, c, 1);
}

static void list_answer(const struct geocode_address *a, const char *text, enum cause cause,
                        const struct geo_candidate *c)
{
    printf("%-14s %s %s -> %s %.2f %s, %.0f m (gap %d, known %d)\n", cause_names[cause],
           a->street_known ? "" : "(street not known)", text, c == NULL ? "" : c->label,
           c == NULL ? 0 : c->confidence, c == NULL ? "" : geo_match_name(c->match),
           c == NULL ? 0 : geo_distance_m(c->point, a->point), a->gap, a->number_known);
}

static void measure(const struct geocode_city *city, const struct options *o, struct tally *tallies)
{
    for (int how = 0; how < GEOCODE_REWRITINGS; how++) {
        bool list = o->list != NULL &&
                    strcmp(o->list, geocode_rewriting_name((enum geocode_rewriting)how)) == 0;
        for (size_t i = 0; i < city->n_addresses; i++) {
            const struct geocode_address *a = &city->addresses[i];
            char text[GEOCODE_TEXT_MAX];
            struct geo_candidate c;
            if (!a->asked || a->evaluation != o->evaluation) {
                continue;
            }
            geocode_rewrite(city, a, (enum geocode_rewriting)how, text);
            size_t n = find(city, (enum geocode_rewriting)how, text, &c);
            enum cause cause = count_answer(city, &tallies[how], a, n > 0 ? &c : NULL);
            if (list) {
                list_answer(a, text, cause, n > 0 ? &c : NULL);
            }
        }
    }
}

static enum status compare(struct db_sync *db, const struct geocode_city *city,
                           const struct options *o, const struct tally *tallies, struct err *e)
{
    struct geocode_peer_result peer[GEOCODE_REWRITINGS];
    memset(peer, 0, sizeof peer);
    enum status s = o->peer ? geocode_peer_prepare(db, city, e) : STATUS_OK;
    printf("\n%-14s %12s %9s", "", "ours/s", "ours");
    puts(o->peer ? "    pg_trgm/s     ratio   pg_trgm  <=50m pg" : "   (pg_trgm left out)");
    for (int how = 0; s == STATUS_OK && how < GEOCODE_REWRITINGS; how++) {
        if (o->peer) {
            s = geocode_peer_measure(db, city, (enum geocode_rewriting)how, o->evaluation,
                                     &peer[how], e);
        }
        double ours = geocode_speed(city, (enum geocode_rewriting)how);
        printf("%-14s %12.0f %8.1f%%", geocode_rewriting_name((enum geocode_rewriting)how), ours,
               share(tallies[how].right, tallies[how].known));
        if (o->peer && s == STATUS_OK) {
            const struct geocode_peer_result *p = &peer[how];
            double theirs = (double)p->known / p->seconds;
            printf(" %12.0f %8.0fx %8.1f%% %8.1f%%", theirs, ours / theirs,
                   share(p->right, p->known), share(p->near, p->placed));
        }
        puts("");
    }
    puts("finds a second of one core's time (ours) and of one connection's waiting (pg_trgm), "
         "streets\nknown; accuracy as above: right street in right district; pg_trgm on 200 drawn");
    return s;
}

static enum status judge_and_compare(struct db_sync *db, const struct geocode_city *city,
                                     const struct options *o, struct tally *tallies, struct err *e)
{
    measure(city, o, tallies);
    print_accuracy(tallies);
    print_causes(tallies);
    print_calibration(tallies);
    return compare(db, city, o, tallies, e);
}

static void print_speed(const struct geocode_city *city)
{
    for (int i = 0; i < 10; i++) {
        printf("clean: %.0f finds/s\n", geocode_speed(city, GEOCODE_CLEAN));
    }
    geocode_speed_more(city);
}

static enum status run(struct db_sync *db, const struct geocode_city *city, const struct options *o,
                       struct tally *tallies, struct err *e)
{
    if (o->answers) {
        geocode_answers_print(city);
        return STATUS_OK;
    }
    printf("geocoder: %s set of split \"%s\"; %zu addresses name a street\n"
           "index: %zu rows, %.1f MB, built in %.2f s\n",
           o->evaluation ? "evaluation" : "tuning", GEOCODE_SEED, city->n_addresses,
           geo_gazetteer_count(city->gazetteer), (double)geo_gazetteer_bytes(city->gazetteer) / 1e6,
           city->build_s);
    if (o->speed) {
        print_speed(city);
        return STATUS_OK;
    }
    enum status s = judge_and_compare(db, city, o, tallies, e);
    geocode_speed_more(city);
    return s;
}

static enum status run_single(struct db_sync *db, const struct options *o, struct err *e)
{
    struct geocode_city city;
    enum status s = geocode_city_load(db, GEOCODE_ONE_BY_ONE, &city, e);
    if (s == STATUS_OK && !geocode_single_print(&city, o->misses)) {
        s = err_set(e, STATUS_NO_MEMORY, "no memory for asking one by one");
    }
    geocode_city_clear(&city);
    return s;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-peer") == 0) {
            o->peer = false;
        } else if (strcmp(argv[i], "--speed") == 0) {
            o->speed = true;
        } else if (strcmp(argv[i], "--one-by-one") == 0) {
            o->single = true;
        } else if (strcmp(argv[i], "--misses") == 0) {
            o->single = true;
            o->misses = true;
        } else if (strcmp(argv[i], "--answers") == 0) {
            o->answers = true;
        } else if (strcmp(argv[i], "--set") == 0 && i + 1 < argc) {
            o->evaluation = strcmp(argv[++i], "evaluation") == 0;
        } else if (strcmp(argv[i], "--list") == 0 && i + 1 < argc) {
            o->list = argv[++i];
        } else {
            o->database = argv[i];
        }
    }
    return o->database != NULL;
}

int main(int argc, char **argv)
{
    struct options o = {.evaluation = true, .peer = true};
    struct tally *tallies = calloc(GEOCODE_REWRITINGS, sizeof *tallies);
    struct geocode_city city;
    struct db_sync *db = NULL;
    struct err e;
    if (!read_options(argc, argv, &o) || tallies == NULL) {
        fputs("usage: bench_geocode [--set tuning|evaluation] [--list REWRITING] [--no-peer] "
              "[--speed] [--answers] URL\n",
              stderr);
        free(tallies);
        return 2;
    }
    memset(&city, 0, sizeof city);
    enum status s = db_sync_connect(o.database, NULL, &db, &e);
    if (!o.single) {
        s = s != STATUS_OK ? s : geocode_city_load(db, GEOCODE_HALVES, &city, &e);
        s = s != STATUS_OK ? s : run(db, &city, &o, tallies, &e);
    }
    if (!o.speed && !o.answers) {
        s = s != STATUS_OK ? s : run_single(db, &o, &e);
    }
    if (s != STATUS_OK) {
        fprintf(stderr, "bench_geocode: %s\n", e.text);
    }
    geocode_city_clear(&city);
    db_sync_close(db);
    free(tallies);
    return s == STATUS_OK ? 0 : 1;
}
