/* Statements about directives (sql/0030_directives.sql). Answers are JSON as it is sent; who may
 * see what is decided there, by $1, the actor. */
#ifndef STORE_STORE_DIRECTIVE_H
#define STORE_STORE_DIRECTIVE_H

#include "server/store/store_filter.h"

/* $1 actor, $2 state, $3 agency ('' any), $4 late only, $5 before that id (may be NULL), $6 most.
 */
#define STORE_DIRECTIVES                                                                           \
    "SELECT hotline.directives_list($1, $2, $3, $4::boolean, $5::integer, $6::integer)"
/* $1 actor, $2 id; no row: none that they may see. */
#define STORE_DIRECTIVE "SELECT j FROM hotline.directive_one($1, $2::integer) j WHERE j IS NOT NULL"
/* $1 actor, $2 a complaint's code; no row where it is not his to work on. */
#define STORE_DIRECTIVES_OF                                                                        \
    "SELECT jsonb_build_object('directives', hotline.directives_of($1, c.id))"                     \
    " FROM hotline.complaints c WHERE c.code = $2 AND hotline.complaint_staff($1, c.id)"

/* Most complaints that one directive covers when it is given. */
#define STORE_DIRECTIVE_MAX 5000

/* Which open complaints a directive would be about. `code`, `area` (GeoJSON) and `agency` may be
 * NULL. All texts must live until the statement was submitted. */
struct store_directive_scope {
    const struct complaint_filter *filter;
    const char *code, *area, *agency;
};

/* -> {"agencies": [{code, name, open, late}], "open": n}, most first. */
void store_directive_preview(struct store_statement *st, const struct store_directive_scope *scope);
/* -> a JSON list of ids, at most one more than STORE_DIRECTIVE_MAX, and how many. */
void store_directive_find(struct store_statement *st, const struct store_directive_scope *scope);

#endif
