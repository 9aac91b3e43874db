/* The counts of a replay as the JSON that is kept with the draft. */
#ifndef CHANGE_REPLAY_REPORT_H
#define CHANGE_REPLAY_REPORT_H

#include "server/app/snapshot.h"
#include "server/change/replay_count.h"
#include "server/db/db_sync.h"

/* `db` looks up the codes of the samples. */
enum status replay_report(struct db_sync *db, const struct snapshot *s,
                          const struct replay_count *count, uint64_t ms, struct strbuf *out,
                          struct err *e) MUST_CHECK;

#endif
