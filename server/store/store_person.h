/* Statements about persons, looks at them and the security log (sql/0028_personal.sql). Answers are
 * JSON as it is sent; who may see what is decided there. */
#ifndef STORE_STORE_PERSON_H
#define STORE_STORE_PERSON_H

/* $1 actor, $2 code; no row: nothing that they may see. */
#define STORE_REPORTER_MASKED "SELECT j FROM hotline.reporter_masked($1, $2) j WHERE j IS NOT NULL"
/* $1 actor, $2 look; no row: not theirs, or too long ago. */
#define STORE_LOOK_RESULT "SELECT j FROM hotline.look_result($1, $2::bigint) j WHERE j IS NOT NULL"
/* $1 code. */
#define STORE_LOOKS_OF "SELECT j FROM hotline.looks_of($1) j WHERE j IS NOT NULL"
/* $1 actor, $2 viewer, $3 code, $4 from, $5 to (RFC 3339 or NULL), $6 before, $7 most. */
#define STORE_LOOKS                                                                                \
    "SELECT hotline.looks_list($1, $2, $3, $4::timestamptz, $5::timestamptz, $6::bigint,"          \
    " $7::integer)"
/* $1 actor, $2 event, $3 by, $4 subject, $5 from, $6 to, $7 before, $8 most. */
#define STORE_AUDIT                                                                                \
    "SELECT hotline.audit_list($1, $2, $3, $4, $5::timestamptz, $6::timestamptz, $7::bigint,"      \
    " $8::integer)"

/*  actor,  from,  to; no row: not for them. */
#define STORE_CUSTODY                                                                              \
    "SELECT j FROM hotline.custody_statistics($1, $2::timestamptz, $3::timestamptz) j"             \
    " WHERE j IS NOT NULL"

/* $1 actor. */
#define STORE_PERSON_REQUESTS "SELECT hotline.person_requests($1)"
/* $1 actor; no row: not for them. */
#define STORE_PERSONAL_RECORD "SELECT j FROM hotline.personal_record($1) j WHERE j IS NOT NULL"
/* $1 actor, $2 id; no row: not for them, or not any more. Repeated, it is one more look. */
#define STORE_PERSON_FILE "SELECT j FROM hotline.person_file($1, $2::integer) j WHERE j IS NOT NULL"

#endif
