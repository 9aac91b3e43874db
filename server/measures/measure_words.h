/* Words for people in spreadsheets and reports. */
#ifndef MEASURES_MEASURE_WORDS_H
#define MEASURES_MEASURE_WORDS_H

#include "server/measures/measure_units.h"

/* "Đúng hạn", "On time" */
const char *measure_word(enum measure m, bool english);
/* What it is made of, in one sentence. */
const char *measure_meaning(enum measure m, bool english);
/* "Phường, xã", "Wards" */
const char *measure_by_word(enum measure_by by, bool english);

/* Whether it is shown in per cent. */
bool measure_is_share(enum measure m);

#endif
