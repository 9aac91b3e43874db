/* Private to geo_address*.c: cutting text into folded words. */
#ifndef GEO_ADDRESS_SCAN_H
#define GEO_ADDRESS_SCAN_H

#include "geo/geo_address.h"

/* Fills text, key, tokens, cut. Numbers keep their slashes and dashes ("15/2/7/4", "14-16") and
 * lose leading zeros; a mark and its number written together ("Q1", "hẻm453") become two words. */
void geo_address_scan(struct str text, struct geo_address *out);

#endif
