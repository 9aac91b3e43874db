/* Texts of imported files made fit to store, and codes made from names. */
#ifndef CITY_CITY_TEXT_H
#define CITY_CITY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "geo/geo_types.h"
#include "server/base/arena.h"
#include "server/base/str.h"

/* Trimmed and in NFC, from the arena. NULL if it is not UTF-8, has control characters, or memory is
 * short. An empty field gives "". */
const char *city_text_clean(struct arena *arena, struct str field);

/* Folded, words joined by '-', at most `max` bytes and never ending in '-': "Phường 12" gives
 * "phuong-12". "" where nothing is left. `out` has max + 1 bytes. Returns the length. */
size_t city_text_slug(struct str name, size_t max, char *out);

/* A whole field as a finite number. */
bool city_text_number(struct str field, double *out);
/* Longitude and latitude that a place on earth can have. */
bool city_text_point(struct str lon, struct str lat, struct geo_point *out);
/* A date as 2025-07-01. */
bool city_text_is_date(const char *text);

#endif
