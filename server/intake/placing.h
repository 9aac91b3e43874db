/* The stages between a checked draft and a row to store: place it, route it, say why.
 * Pure in memory: no socket, no database. Thread-safe over an immutable snapshot. */
#ifndef INTAKE_PLACING_H
#define INTAKE_PLACING_H

#include "server/app/snapshot.h"
#include "server/base/arena.h"
#include "server/intake/complaint.h"

/* Below this a place is flagged for placing by hand. */
#define PLACING_LOW_CONFIDENCE 0.5

/* Coordinates first, then the address, as things stood at at_us. Never fails: without any place
 * the match is PLACE_NONE. */
struct complaint_place placing_locate(const struct snapshot *s, const struct complaint_draft *draft,
                                      int64_t at_us);

/* The most jurisdictions with a polygon of their own over one point that are looked at. */
#define PLACING_AREAS_MAX 32
/* Their numbers, ascending; returns how many. */
size_t placing_special_areas(const struct snapshot *s, const struct complaint_place *place,
                             int32_t out[PLACING_AREAS_MAX]);

/* Who is responsible for that category at that place at that instant. Never fails. */
struct route_decision placing_route(const struct snapshot *s, int32_t category,
                                    const struct complaint_place *place, int64_t at_us);

/* Puts the record's decision into one plain sentence, reason_vi and reason_en, from the arena;
 * reads its draft's category, place and received_at_us. STATUS_NO_MEMORY is the only failure. */
enum status placing_explain(const struct snapshot *s, struct arena *arena,
                            struct complaint_record *record, struct err *e) MUST_CHECK;

/* Runs all of it for record->draft at record->received_at_us and fills place, flags, decision and
 * the reason sentences (from the arena). STATUS_NO_MEMORY is the only failure. */
enum status placing_run(const struct snapshot *s, struct arena *arena,
                        struct complaint_record *record, struct err *e) MUST_CHECK;

#define COMPLAINT_FLAGS_TEXT_MAX 64
/* The flags as PostgreSQL's array text, "{outside_city,unrouted}". Returns out. */
const char *complaint_flags_text(unsigned flags, char out[COMPLAINT_FLAGS_TEXT_MAX]);

const char *place_match_name(enum place_match match); /* as in interface.md: "house", "none", ... */

#endif
