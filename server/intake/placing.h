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

/* Who is responsible for that category at that place at that instant. Never fails. */
struct route_decision placing_route(const struct snapshot *s, int32_t category,
                                    const struct complaint_place *place, int64_t at_us);

/* Runs both for record->draft at record->received_at_us and fills place, flags, decision and the
 * reason sentences (from the arena). STATUS_NO_MEMORY is the only failure. */
enum status placing_run(const struct snapshot *s, struct arena *arena,
                        struct complaint_record *record, struct err *e) MUST_CHECK;

const char *place_match_name(enum place_match match); /* as in interface.md: "house", "none", ... */

#endif
