/* Public tracking codes: short, spoken on the phone, not guessable in sequence.
 *
 * Nine characters read in threes, "4K7 R2V 09A": the digits and A E G H K N R T V, nineteen in all.
 * No O, I, L (they look like digits), no B, D, P, S, X, C, M, U (their Vietnamese names sound
 * alike). Eight carry the complaint's number after a keyed permutation (a Feistel network walked
 * until it falls into 0..19^8-1), so that codes never collide, do not follow one another, and the
 * number comes back only with the key. The ninth is a check character: a weighted sum modulo 19,
 * a prime above the length, catches every single wrong character and every swap of two. */
#ifndef INTAKE_TRACKING_CODE_H
#define INTAKE_TRACKING_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

#define TRACKING_CODE_LENGTH 9
#define TRACKING_CODE_LIMIT  INT64_C(16983563041) /* 19^8: ids are below it */

/* `id` in 1..TRACKING_CODE_LIMIT-1; more is a bug. */
void tracking_code_make(const unsigned char key[16], int64_t id,
                        char out[TRACKING_CODE_LENGTH + 1]);

/* Reads what a person wrote or typed: lower case, spaces, dots and dashes are fine. Fills the plain
 * form. False if it is not a code (length, alphabet or check character). */
bool tracking_code_read(struct str text, char out[TRACKING_CODE_LENGTH + 1]);

#endif
