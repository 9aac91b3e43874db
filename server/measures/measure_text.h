/* Statistics as JSON, GeoJSON and CSV. docs/measures.md describes the fields. */
#ifndef MEASURES_MEASURE_TEXT_H
#define MEASURES_MEASURE_TEXT_H

#include "server/base/str.h"
#include "server/measures/measure_units.h"

enum measure_format { MEASURE_JSON, MEASURE_GEOJSON, MEASURE_CSV };

struct measure_text {
    const struct measure_question *question;
    const struct measure_answer *answer;
    struct arena *arena; /* for what is worked out on the way */
    bool wanted[MEASURE_N];
    bool english; /* CSV's names */
};

/* Appends to *out, which fails when it is too small or memory is short. */
void measure_text_write(const struct measure_text *t, enum measure_format format,
                        struct strbuf *out);

#endif
