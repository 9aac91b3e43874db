/* Time. Instants are int64_t microseconds since 1970-01-01T00:00:00Z ("us"); durations say their
 * unit in their name. Dates and wall-clock texts without a zone are read in the process's time
 * zone, which is the city's (clock_set_zone at start; not to be called once threads run). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

#define CLOCK_TEXT_MAX 40

int64_t clock_now_us(void);   /* wall clock */
uint64_t clock_mono_ns(void); /* monotonic */
/* "Asia/Ho_Chi_Minh". False if the system has no such zone; UTC is then in force. */
bool clock_set_zone(const char *iana_name);

/* Local time minus UTC in the city's zone at that instant, in seconds. */
int32_t clock_offset_s(int64_t us);

/* RFC 3339 with a mandatory zone: 2025-07-01T00:00:00+07:00, also with fractions and Z. */
bool clock_parse_rfc3339(struct str s, int64_t *us);
/* As above, and also with a space for the T, without a zone (local), or a bare date (local
 * midnight). A local time that the zone shows twice is the first of them; one that it skips is as
 * much later as the clocks jump. */
bool clock_parse_any(struct str s, int64_t *us);
/* Seconds precision, in the city's zone: 2025-07-01T00:00:00+07:00. Returns out. */
const char *clock_format(int64_t us, char out[CLOCK_TEXT_MAX]);

#endif
