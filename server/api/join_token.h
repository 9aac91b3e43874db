/* What the public is given in place of a tracking code to say "that one, I have it too": it names
 * the complaint to us and to nobody else, is another each time, and holds for some hours.
 *
 * Sealed under a key made from the tracking key; nothing is stored. */
#ifndef API_JOIN_TOKEN_H
#define API_JOIN_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#define JOIN_TOKEN_MAX   80 /* with the closing NUL */
#define JOIN_TOKEN_HOURS 6

void join_token_make(const unsigned char tracking_key[16], int64_t complaint_id, int64_t now_us,
                     char out[JOIN_TOKEN_MAX]);
/* False for what we did not make, or made too long ago. */
bool join_token_read(const unsigned char tracking_key[16], const char *token, int64_t now_us,
                     int64_t *complaint_id);

#endif
