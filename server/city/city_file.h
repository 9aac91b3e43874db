/* A whole JSON file in memory: plain or gzip, "-" for standard input. */
#ifndef CITY_CITY_FILE_H
#define CITY_CITY_FILE_H

#include "server/base/err.h"

struct json_object;

/* Free *out with json_object_put. STATUS_INVALID says at which byte the JSON is wrong. */
enum status city_file_json(const char *path, struct json_object **out, struct err *e) MUST_CHECK;
/* folder/name; malloc'd, NULL when memory is short. An absolute name stays as it is. */
char *city_file_join(const char *folder, const char *name);
/* The last part of a path, borrowed; what `source` columns hold. */
const char *city_file_base(const char *path);

#endif
