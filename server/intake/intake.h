/* JSON text -> complaint_draft: every check of what a caller said, all field errors at once.
 *
 * Pure: reads a snapshot (categories, the city's box), allocates from the arena. Fuzzed. */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include "server/app/snapshot.h"
#include "server/base/arena.h"
#include "server/base/fault.h"
#include "server/base/str.h"
#include "server/intake/complaint.h"

/* What a text is read against. */
struct intake_context {
    const struct snapshot *snapshot;
    struct arena *arena;
    int64_t now_us; /* nothing may have happened later, but for a phone's wrong clock */
};

/* Fills the draft (texts from the arena, NFC, trimmed) and the faults. STATUS_INVALID when the text
 * is not a JSON object at all; STATUS_NO_MEMORY. With STATUS_OK and faults the draft is not usable.
 */
enum status intake_parse(const struct intake_context *context, struct str json,
                         struct complaint_draft *draft, struct fault_list *faults,
                         struct err *e) MUST_CHECK;

/* Somebody reports what is there already: of the draft only channel, description and reporter are
 * read. A number or address is kept only with consent to be told by it. */
struct intake_join {
    struct complaint_draft draft;
    bool consent;
};

/* As intake_parse. */
enum status intake_parse_join(const struct intake_context *context, struct str json,
                              struct intake_join *join, struct fault_list *faults,
                              struct err *e) MUST_CHECK;

/* An empty draft: nothing given. */
void complaint_draft_init(struct complaint_draft *draft);

/* One of the seven channels, as the literal that drafts point to; NULL for anything else. */
const char *intake_channel(struct str name);

#endif
