/* An address as a caller's operator might type it. Everything is decided by the address itself
 * through geocode_hash, so every run asks the same texts. */
#ifndef TESTS_BENCH_GEOCODE_REWRITE_H
#define TESTS_BENCH_GEOCODE_REWRITE_H

#include "tests/bench/geocode_city.h"

enum geocode_rewriting {
    GEOCODE_CLEAN, /* 819/13 Quang Trung, Phường 12, Quận Gò Vấp; every other without ward */
    GEOCODE_PLAIN,       /* the same without diacritics */
    GEOCODE_ABBREVIATED, /* P., Q., TP., Đ.; a third of long names as initials: N.T.M. Khai */
    GEOCODE_ERROR,       /* one letter of the street missing, doubled, wrong or swapped */
    GEOCODE_TELEX,       /* the keys of the Telex method, all words */
    GEOCODE_REORDERED,   /* no commas; street first or district first */
    GEOCODE_NEW_WARD,    /* the new ward in place of old ward and district */
    GEOCODE_REWRITINGS,
};

#define GEOCODE_TEXT_MAX 512

const char *geocode_rewriting_name(enum geocode_rewriting how);
void geocode_rewrite(const struct geocode_city *city, const struct geocode_address *a,
                     enum geocode_rewriting how, char out[GEOCODE_TEXT_MAX]);

#endif
