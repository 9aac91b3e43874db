/* The complaint's statements. Rows go in as the JSON array that hotline.complaints_create takes;
 * whoever has a connection, blocking or asynchronous, sends it. */
#ifndef STORE_STORE_COMPLAINT_H
#define STORE_STORE_COMPLAINT_H

#include "server/app/snapshot.h"
#include "server/base/str.h"
#include "server/intake/complaint.h"

/* SELECT n, outcome, complaint_code ... with $1 = the batch. */
#define STORE_COMPLAINTS_CREATE "SELECT n, outcome, complaint_code FROM hotline.complaints_create($1)"
/* First number of a fresh block of STORE_ID_BLOCK. */
#define STORE_RESERVE_IDS "SELECT nextval('hotline.complaint_ids')"
#define STORE_ID_BLOCK 1000

/* Most rows in one batch: keeps the NOTIFY payload under its 8,000 bytes. */
#define STORE_BATCH_MAX 128

/* Appends one record as a JSON object; `n` is its position in the batch. The caller writes the
 * brackets and commas. */
void store_complaint_append(struct strbuf *out, const struct snapshot *s, size_t n,
                            const struct complaint_record *record);

#endif
