/* The statements of attachments; sql/0020_attachments.sql has their functions. */
#ifndef STORE_STORE_ATTACHMENT_H
#define STORE_STORE_ATTACHMENT_H

/* $1 who ("public", "user:LOGIN", "key:NAME"), $2 code or NULL -> ok, not_found, ended, ... */
#define STORE_ATTACHMENTS_MAY "SELECT hotline.attachments_may($1, $2)"
/* $1 rows as JSON, $2 who, $3 the request's key or NULL, $4 what tells it from others -> NULL or a
 * refusal. */
#define STORE_ATTACHMENTS_CREATE "SELECT hotline.attachments_create($1::jsonb, $2, $3, $4)"
/* $1 code, $2 ids as an array, $3 who -> {"outcome": ...} */
#define STORE_ATTACH_BY_HOLDER "SELECT hotline.complaint_attach_by_holder($1, $2::text[], $3)"
/* $1 ids as a JSON array, $2 client, $3 idempotency key or NULL -> the first id that cannot be had,
 * or NULL. */
#define STORE_ATTACHMENTS_TO_FILE                                                                  \
    "SELECT hotline.attachments_to_file(ARRAY(SELECT jsonb_array_elements_text($1::jsonb)), $2, "  \
    "$3)"
/* $1 the batch, $2 [{n, ids}]; answers as STORE_COMPLAINTS_CREATE. */
#define STORE_COMPLAINTS_FILE                                                                      \
    "SELECT n, outcome, complaint_code FROM hotline.complaints_file($1, $2::jsonb)"
/* $1 id, $2 size, $3 who, $4 code or NULL -> hash, type, bytes, kind, name, open to all. */
#define STORE_ATTACHMENT_OPEN                                                                      \
    "SELECT sha256, type, bytes, kind, name, open_to_all"                                          \
    " FROM hotline.attachment_open($1, $2, $3, $4)"
/* $1 code, $2 for staff -> JSON array; no row: no such complaint. */
#define STORE_COMPLAINT_ATTACHMENTS                                                                \
    "SELECT hotline.complaint_attachments(c.id, $2::boolean) FROM hotline.complaints c"            \
    " WHERE c.code = $1"

/* For commands and housekeeping. */
#define STORE_FILES_MARK         "SELECT value #>> '{}' FROM hotline.settings WHERE key = 'files_mark'"
#define STORE_ATTACHMENTS_FORGET "SELECT hotline.attachments_forget_waiting()"
#define STORE_FILES_NAMED        "SELECT hotline.attachment_files_named($1::text[])"
#define STORE_FILES_AFTER        "SELECT sha256, bytes FROM hotline.attachment_files_after($1)"
#define STORE_FILES_COUNT        "SELECT count(*) FROM hotline.attachment_files_after('')"

#endif
