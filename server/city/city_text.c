#include "server/city/city_text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_text.h"
#include "routing/route_date.h"
#include "server/base/utf8.h"

#define SLUG_SOURCE_MAX 1024

const char *city_text_clean(struct arena *arena, struct str field)
{
    struct str trimmed = str_trim(field);
    if (!utf8_valid(trimmed) || utf8_has_control(trimmed)) {
        return NULL;
    }
    char *composed = utf8_nfc(trimmed);
    if (!composed) {
        return NULL;
    }
    const char *kept = arena_strdup(arena, composed);
    free(composed);
    return kept;
}

size_t city_text_slug(struct str name, size_t max, char *out)
{
    char folded[SLUG_SOURCE_MAX];
    size_t n = geo_text_fold(name, folded, sizeof folded);
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < max; i++) {
        unsigned char c = (unsigned char)folded[i];
        if (c == ' ') {
            if (kept > 0) {
                out[kept++] = '-';
            }
        } else if (c < 0x80) { /* a folded letter of another script has no place in a code */
            out[kept++] = folded[i];
        }
    }
    while (kept > 0 && out[kept - 1] == '-') {
        kept--;
    }
    out[kept] = '\0';
    return kept;
}

bool city_text_number(struct str field, double *out)
{
    char text[64];
    struct str trimmed = str_trim(field);
    if (trimmed.n == 0 || trimmed.n >= sizeof text) {
        return false;
    }
    memcpy(text, trimmed.p, trimmed.n);
    text[trimmed.n] = '\0';
    char *end = NULL;
    double value = strtod(text, &end);
    if (*end != '\0' || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

bool city_text_point(struct str lon, struct str lat, struct geo_point *out)
{
    struct geo_point point;
    if (!city_text_number(lon, &point.lon) || !city_text_number(lat, &point.lat) ||
        fabs(point.lon) > 180 || fabs(point.lat) > 90) {
        return false;
    }
    *out = point;
    return true;
}

bool city_text_is_date(const char *text)
{
    int32_t day = 0;
    return route_date_parse(str_of(text), &day);
}
