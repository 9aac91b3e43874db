/* Statistics as JSON, GeoJSON, CSV, a spreadsheet and a printed report. docs/measures.md describes
 * the fields. */
#ifndef MEASURES_MEASURE_TEXT_H
#define MEASURES_MEASURE_TEXT_H

#include "server/base/str.h"
#include "server/measures/measure_units.h"

enum measure_format {
    MEASURE_JSON,
    MEASURE_GEOJSON,
    MEASURE_CSV,
    MEASURE_XLSX,
    MEASURE_PDF,
    MEASURE_FORMATS
};

/* Lines that a report begins with: "Lĩnh vực: Tiếng ồn". */
#define MEASURE_NOTES_MAX 12

struct measure_text {
    const struct measure_question *question;
    const struct measure_answer *answer;
    struct arena *arena; /* for what is worked out on the way */
    bool wanted[MEASURE_N];
    bool english; /* the names in CSV, all words in a spreadsheet or report */
    const char *notes[MEASURE_NOTES_MAX]; /* what was asked for, in words; for people */
    size_t n_notes;
};

/* Appends to *out, which fails when it is too small or memory is short. */
void measure_text_write(const struct measure_text *t, enum measure_format format,
                        struct strbuf *out);

#endif
