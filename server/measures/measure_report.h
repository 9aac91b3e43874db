/* Statistics as a printed report (PDF, A4): what was asked, the whole in large figures, the units
 * with bars, what the figures mean. Text is shaped by Pango, so that Vietnamese is printed as it
 * should be, and is never taken for markup. On a compute thread. */
#ifndef MEASURES_MEASURE_REPORT_H
#define MEASURES_MEASURE_REPORT_H

#include "server/measures/measure_table.h"

void measure_report_write(const struct measure_table *table, struct strbuf *out);

#endif
