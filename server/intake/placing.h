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

#define PLACING_AREAS_MAX      32 /* jurisdictions with a polygon of their own over one point */
#define PLACING_ATTRIBUTES_MAX 16 /* of a complaint that rules can ask about */
#define PLACING_WORDS_MAX      16384

/* What the rules may ask about one complaint, with what has been answered so far. Points into
 * itself, into the snapshot and into the draft: not to be copied, and gone with any of them. Large:
 * reuse one where many complaints are decided. */
struct placing_facts {
    struct route_facts facts;
    const struct snapshot *snapshot;
    struct geo_point point;
    int32_t areas[PLACING_AREAS_MAX];
    struct route_attribute attributes[PLACING_ATTRIBUTES_MAX];
    struct json_object *tree; /* holds the attributes' texts; owned */
    uint64_t answered[ROUTE_QUESTIONS_MAX / 64];
    struct route_answer answers[ROUTE_QUESTIONS_MAX];
    char words[PLACING_WORDS_MAX];
};

/* Fills *out; only what the rules for that category ask for is worked out. Free what it holds with
 * placing_facts_clear. */
void placing_facts_fill(struct placing_facts *out, const struct snapshot *s,
                        const struct complaint_draft *draft, const struct complaint_place *place,
                        int64_t at_us);
void placing_facts_clear(struct placing_facts *facts);

/* Who is responsible for that complaint at that place at that instant. Never fails. */
struct route_decision placing_route(const struct snapshot *s, const struct complaint_draft *draft,
                                    const struct complaint_place *place, int64_t at_us);

/* The code of what decided: a rule's, or a jurisdiction's; NULL where only the fallback was left.
 * Likewise of the runner-up. */
const char *placing_rule_code(const struct snapshot *s, const struct route_decision *decision);
const char *placing_runner_up_code(const struct snapshot *s, const struct route_decision *decision);
/* Fills terms and due from the decision, the draft's category and received_at_us. */
void placing_deadlines(const struct snapshot *s, struct complaint_record *record);

/* Puts the record's decision into one plain sentence, reason_vi and reason_en, from the arena;
 * reads its draft's category, place, due and received_at_us. STATUS_NO_MEMORY is the only failure.
 */
enum status placing_explain(const struct snapshot *s, struct arena *arena,
                            struct complaint_record *record, struct err *e) MUST_CHECK;

/* Runs all of it for record->draft at record->received_at_us and fills place, flags, decision,
 * terms, due and the reason sentences (from the arena). STATUS_NO_MEMORY is the only failure. */
enum status placing_run(const struct snapshot *s, struct arena *arena,
                        struct complaint_record *record, struct err *e) MUST_CHECK;

#define COMPLAINT_FLAGS_TEXT_MAX 64
/* The flags as PostgreSQL's array text, "{outside_city,unrouted}". Returns out. */
const char *complaint_flags_text(unsigned flags, char out[COMPLAINT_FLAGS_TEXT_MAX]);

const char *place_match_name(enum place_match match); /* as in interface.md: "house", "none", ... */

#endif
