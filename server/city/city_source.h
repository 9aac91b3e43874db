/* Features that GDAL has written, one a line, into an upload (sql/0035_admin_maps.sql), where they
 * wait for somebody to make a layer or boundaries of them. */
#ifndef CITY_CITY_SOURCE_H
#define CITY_CITY_SOURCE_H

#include "server/base/err.h"
#include "server/db/db_sync.h"

#define CITY_SOURCE_FEATURES ((size_t)100000)
#define CITY_SOURCE_LINE     ((size_t)64 << 20)

/* Reads `fd` from its beginning and copies each feature, with what is wrong with it, inside the
 * caller's transaction. `crs`: coordinates are metres of it; NULL: degrees. STATUS_INVALID: a line
 * that is no feature; STATUS_BUSY: more features, or longer lines, than are taken. */
enum status city_source_load(struct db_sync *db, const char *upload, int fd, const char *crs,
                             struct err *e) MUST_CHECK;

#endif
