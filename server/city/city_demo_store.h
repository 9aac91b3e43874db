/* The demo city's own statements, a typed function each. `db` works as the owner. */
#ifndef CITY_CITY_DEMO_STORE_H
#define CITY_CITY_DEMO_STORE_H

#include "server/city/city_demo_map.h"
#include "server/db/db_sync.h"

/* What the setting "demo" keeps, so that an interrupted run can go on with the same city. */
struct city_demo_wish {
    uint64_t seed;
    size_t complaints;
    int months;
    char last_day[11]; /* 2026-06-30 */
};

/* Held for the session, so that two loads of a city never run at once. */
enum status city_demo_store_lock(struct db_sync *db, struct err *e) MUST_CHECK;

enum city_demo_standing {
    DEMO_DATABASE_EMPTY,
    DEMO_DATABASE_UNFINISHED, /* a demo city whose complaints are not all in; *wish is filled */
    DEMO_DATABASE_TAKEN,      /* by a city, finished or not */
};
enum status city_demo_store_standing(struct db_sync *db, enum city_demo_standing *out,
                                     struct city_demo_wish *wish, struct err *e) MUST_CHECK;
enum status city_demo_store_wish(struct db_sync *db, const struct city_demo_wish *wish,
                                 struct err *e) MUST_CHECK;

/* `geometry` is GeoJSON; days as 2025-07-01, valid_to NULL for open. */
enum status city_demo_store_unit(struct db_sync *db, const char *level,
                                 const struct city_demo_unit *unit, const char *const valid[2],
                                 const char *geometry, struct err *e) MUST_CHECK;
/* Which former district each ward lies in mainly. */
enum status city_demo_store_lineage(struct db_sync *db, const struct city_demo_facts *facts,
                                    struct err *e) MUST_CHECK;
enum status city_demo_store_streets(struct db_sync *db, const struct city_demo_map *map,
                                    struct err *e) MUST_CHECK;
enum status city_demo_store_addresses(struct db_sync *db, const struct city_demo_map *map,
                                      struct err *e) MUST_CHECK;
enum status city_demo_store_places(struct db_sync *db, const struct city_demo_map *map,
                                   struct err *e) MUST_CHECK;
/* A jurisdiction with a polygon of its own, approximate, with a desk of its own at its agency. */
enum status city_demo_store_area(struct db_sync *db, const struct city_demo_area *area,
                                 struct err *e) MUST_CHECK;

struct city_demo_login {
    const char *login, *name, *role;
    const char *agency; /* code; NULL without */
    char password[32];
    char hash[128];
};
enum status city_demo_store_login(struct db_sync *db, const struct city_demo_login *login,
                                  struct err *e) MUST_CHECK;

/* Midnights of the days off in the calendar, in the process's time zone; free(*out). */
enum status city_demo_store_holidays(struct db_sync *db, int64_t **out, size_t *n,
                                     struct err *e) MUST_CHECK;
/* First numbers of `n` blocks of STORE_ID_BLOCK complaint ids; `out` has n places. */
enum status city_demo_store_ids(struct db_sync *db, size_t n, int64_t *out,
                                struct err *e) MUST_CHECK;
/* Commits of this session need not reach the disk at once: a demo that a crash cuts short is
 * simply begun again. */
enum status city_demo_store_hurry(struct db_sync *db, struct err *e) MUST_CHECK;
enum status city_demo_store_analyze(struct db_sync *db, struct err *e) MUST_CHECK;

/* Ratings of complaints that are done: two in five reporters rate, and who waited past the deadline
 * is less content. The same numbers give the same ratings. */
enum status city_demo_store_ratings(struct db_sync *db, struct err *e) MUST_CHECK;

#endif
