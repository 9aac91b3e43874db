/* Lists of complaints for those who work on them: in which order, from which place on, and filters
 * that only they have. Keyset paging: a cursor is the last row's place in the order, so that rows
 * that come and go meanwhile neither repeat nor hide others. */
#ifndef API_LIST_ORDER_H
#define API_LIST_ORDER_H

#include "server/api/api_auth.h"
#include "server/db/db_rows.h"
#include "server/store/store_filter.h"

struct list_order;

/* `order` of the query: received (newest first, where it is absent), updated (newest first), due
 * (what is open, next due first). NULL with 400 answered. */
const struct list_order *list_order_of(struct http_request *r);
/* Appends " AND ..." for `cursor`. False with 400 answered. */
bool list_order_cursor(struct http_request *r, const struct list_order *order,
                       struct store_statement *st);
/* Ends what began with STORE_COMPLAINT_LIST, or with STORE_COMPLAINT_LIST_OF where an agency's code
 * is given: the first `limit` in that order. */
void list_order_end(const struct list_order *order, struct store_statement *st, const char *agency,
                    size_t limit);
/* Appends the cursor of that row, a JSON string. Columns as STORE_COMPLAINT_LIST has them. */
void list_order_next(const struct list_order *order, struct strbuf *out,
                     const struct db_rows *result, size_t row);

/* True if the list is of complaints in which the asker's agency has a sub-task (`tasks`), whoever
 * has them. */
bool list_of_tasks(const struct http_request *r);
/* What late, at_risk, mine, desk, tasks ask for. False with 400 or 401 answered. */
bool list_work_parse(struct http_request *r, struct complaint_work *work);
/* Appends " AND ..." for late, at_risk, mine, desk, tasks. False with 400 or 401 answered. */
bool list_filter_append(struct http_request *r, struct store_statement *st);

#endif
