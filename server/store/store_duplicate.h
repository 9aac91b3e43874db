/* Statements about complaints that are the same, and who else reported them:
 * sql/0022_duplicates.sql.
 */
#ifndef STORE_STORE_DUPLICATE_H
#define STORE_STORE_DUPLICATE_H

/* $1 ids of candidates, $2 a caller's number or NULL, $3 who asks -> the columns below, newest
 * first. With a number the caller's earlier complaints come too, and each of these looks is
 * recorded. */
#define STORE_NEARBY "SELECT * FROM hotline.nearby($1, $2, $3)"

enum store_nearby_column {
    NEARBY_ID,
    NEARBY_CODE,
    NEARBY_STATUS,
    NEARBY_CATEGORY,
    NEARBY_CATEGORY_VI,
    NEARBY_CATEGORY_EN,
    NEARBY_DESCRIPTION,
    NEARBY_RECEIVED_US,
    NEARBY_LON,
    NEARBY_LAT,
    NEARBY_ACCURACY_M,
    NEARBY_CONFIDENCE,
    NEARBY_MATCH,
    NEARBY_WARD,
    NEARBY_WARD_NAME,
    NEARBY_DISTRICT,
    NEARBY_DISTRICT_NAME,
    NEARBY_AGENCY,
    NEARBY_AGENCY_NAME,
    NEARBY_CATEGORY_ID,
    NEARBY_REPORTERS,        /* people */
    NEARBY_REPORTERS_PUBLIC, /* reports: tells nobody who was in already */
    NEARBY_OF_CALLER,
    NEARBY_VERSION,
    NEARBY_SEEN, /* the asker works on it */
};

/* -> the number of a new co-report; its code is made from it as a complaint's is. */
#define STORE_CO_REPORT_ID "SELECT nextval('hotline.co_report_ids')"

/* $1 who asks ('public', 'key:NAME'), $2 key, $3 hash of the request, $4 arguments -> as
 * STORE_PERFORM. */
#define STORE_JOIN_OPENLY "SELECT hotline.join_openly($1, $2, $3, $4)"

/* $1 a code -> what a co-reporter may see of the complaint, JSON; NULL for any other code. */
#define STORE_FOLLOWED "SELECT f || hotline.followed_rating($1) FROM hotline.followed($1) f"

/* $1 a complaint's code, $2 who asks -> who else reported it, JSON; NULL for none that the asker
 * works on. */
#define STORE_CO_REPORTS "SELECT hotline.co_reports_of($1, $2)"

#endif
