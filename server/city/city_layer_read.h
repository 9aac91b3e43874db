/* Between a layer's file and its rows: used by city_layer_load.c only. */
#ifndef CITY_CITY_LAYER_READ_H
#define CITY_CITY_LAYER_READ_H

#include "server/city/city_layer_load.h"

struct json_object;

/* Called for each feature; `properties` and `geometry` may be NULL, `id` too. */
typedef enum status city_layer_feature(void *context, struct json_object *properties,
                                       struct json_object *geometry, struct json_object *id,
                                       struct err *e);

/* Reads the file's features one by one; report->in counts them. */
enum status city_layer_read(const struct city_layer_file *file, city_layer_feature *take,
                            void *context, struct city_report *report, struct err *e) MUST_CHECK;

#endif
