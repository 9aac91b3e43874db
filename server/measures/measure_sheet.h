/* Statistics as a spreadsheet (Office Open XML): numbers as numbers, names as plain texts that no
 * spreadsheet takes for a formula, a second sheet that says what was asked and what each column
 * means. On a compute thread. */
#ifndef MEASURES_MEASURE_SHEET_H
#define MEASURES_MEASURE_SHEET_H

#include "server/measures/measure_table.h"

void measure_sheet_write(const struct measure_table *table, struct strbuf *out);

#endif
