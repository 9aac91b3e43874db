/* Loads a file of rules (docs/routing-rules.md) as a new set: a draft that is checked by making it
 * into a rule set with everything else that the city has, and then published. */
#ifndef CITY_CITY_RULES_H
#define CITY_CITY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/base/str.h"
#include "server/db/db_sync.h"

#define CITY_DEFAULT_RULES "server/city/rules.txt"

struct city_rules_wish {
    const char *path;
    const char *title; /* what people read; NULL: the file's name */
    bool draft;        /* leave it a draft */
    /* Leave everything as it is if people have published rules of their own since. */
    bool only_over_imported;
};

/* Outside a transaction. Nothing is changed where the file is refused: the error names file, line,
 * rule and reason. A file that says what is published already changes nothing. */
enum status city_rules_load(struct db_sync *db, const struct city_rules_wish *wish,
                            struct err *e) MUST_CHECK;

/* The text form of a set; 0 is the published one. */
enum status city_rules_export(struct db_sync *db, int32_t rule_set_id, struct strbuf *out,
                              struct err *e) MUST_CHECK;

#endif
