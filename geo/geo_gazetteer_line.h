/* Private to geo_gazetteer*.c. */
#ifndef GEO_GAZETTEER_LINE_H
#define GEO_GAZETTEER_LINE_H

#include "geo/geo_gazetteer_core.h"

/* The point of the street's line nearest to p, and how many metres off. What lies further than
 * `reach` may be passed over; infinite, and *out p itself, where nothing is left. */
double gaz_street_nearest(const struct geo_gazetteer *g, uint32_t street, struct gaz_point p,
                          double reach, struct gaz_point *out);

/* The part of a street that satisfies `need` of the context's names. */
struct gaz_part {
    const struct gaz_context *context;
    size_t need;
};

/* Where that part is nearest to a point, however far: on the lines at its nearest vertex; *set are
 * the units there. False where no such part is. */
bool gaz_street_nearest_in(const struct geo_gazetteer *g, uint32_t street,
                           const struct gaz_part *part, struct gaz_point p, struct gaz_point *out,
                           uint32_t *set);

/* The same for the one line that ends in that vertex. */
double gaz_line_nearest(const struct geo_gazetteer *g, uint32_t vertex, struct gaz_point p,
                        struct gaz_point *out);

/* The metres alone. */
double gaz_street_distance(const struct geo_gazetteer *g, uint32_t street, struct gaz_point p,
                           double reach);

/* The vertex in the middle of the part of the street that lies in that unit, counted from its
 * first.
 */
uint32_t gaz_street_middle_in(const struct geo_gazetteer *g, uint32_t street, uint16_t unit);

/* The vertex in the middle of the whole street. */
uint32_t gaz_street_centre(const struct geo_gazetteer *g, uint32_t street);

bool gaz_street_meets(const struct geo_gazetteer *g, const struct gaz_street *s,
                      const struct gaz_named *named);

#endif
