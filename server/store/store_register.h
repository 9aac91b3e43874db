/* Statements about the register (sql/0039_register_reads.sql): $1 is who asks; no row for whom it
 * is not.
 */
#ifndef STORE_STORE_REGISTER_H
#define STORE_STORE_REGISTER_H

#define STORE_REGISTER(call) "SELECT x::text FROM hotline." call " x WHERE x IS NOT NULL"

#define STORE_REGISTER_AGENCIES   STORE_REGISTER("register_agencies($1)")
#define STORE_REGISTER_AGENCY     STORE_REGISTER("register_agency($1, $2)") /* $2 code */
#define STORE_REGISTER_CATEGORIES STORE_REGISTER("register_categories($1)")
#define STORE_REGISTER_CALENDARS                                                                   \
    STORE_REGISTER("register_calendars($1, $2::integer)") /* $2 year                               \
                                                           */
#define STORE_REGISTER_LETTERS STORE_REGISTER("register_letters($1)")
/* $2 {body, body_en?, category?, complaint?} */
#define STORE_LETTER_PREVIEW STORE_REGISTER("letter_preview($1, $2::jsonb)")

#endif
