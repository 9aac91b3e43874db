/* Answers that the database writes whole. */
#ifndef API_API_ROW_H
#define API_API_ROW_H

#include "server/api/api.h"

/* Runs the statement on the worker's reading pool and answers with its one JSON text; 404 where it
 * gives no row. Fills the job's callback; its parameters are copied. */
void api_row_send(struct http_request *r, struct db_job *job);

#endif
