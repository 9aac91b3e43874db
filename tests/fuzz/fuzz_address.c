/* Any bytes as an address: the parser keeps its promises about its parts, and the gazetteer answers
 * with confidences that are shares of one, in order, and texts that end. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "geo/geo_address.h"
#include "server/base/bug.h"
#include "tests/unit/geo/small_city.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(struct str text)
{
    struct geo_address a;
    geo_address_parse(text, &a);
    BUG_IF(a.text_n > GEO_ADDRESS_TEXT_MAX || strlen(a.key) != a.key_n);
    BUG_IF(a.text_n < text.n && !a.cut);
    size_t before = 0;
    for (size_t i = 0; i < a.part_count; i++) {
        const struct geo_address_part *part = &a.parts[i];
        BUG_IF(part->from < before || part->from >= part->to || part->to > a.token_count);
        struct str key = geo_address_key(&a, part);
        struct str source = geo_address_source(&a, part);
        BUG_IF(key.n == 0 || key.p + key.n > a.key + a.key_n);
        BUG_IF(source.p < a.text || source.p + source.n > a.text + a.text_n);
        before = part->to;
    }
}

static void check_find(const struct geo_gazetteer *city, struct str text, bool prefix)
{
    struct geo_candidate c[16];
    struct geo_gazetteer_query query = {.text = text, .at_us = REFORM_US, .prefix = prefix};
    size_t n = geo_gazetteer_find(city, &query, c, 16);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        BUG_IF(!(c[i].confidence >= 0 && c[i].confidence <= 1));
        BUG_IF(i > 0 && c[i].confidence > c[i - 1].confidence);
        BUG_IF(memchr(c[i].label, '\0', sizeof(c[i].label)) == NULL);
        BUG_IF(memchr(c[i].unmatched, '\0', sizeof(c[i].unmatched)) == NULL);
        BUG_IF(!(c[i].point.lon >= -180 && c[i].point.lon <= 180));
        sum += c[i].confidence;
    }
    BUG_IF(sum > 1 + 1e-9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct geo_gazetteer *city;
    if (city == NULL) {
        struct geo_gazetteer_locator locator = {.units_at = small_units_at,
                                                .metric_crs = "EPSG:9210"};
        BUG_IF(geo_gazetteer_create(small_rows, SMALL_ROWS, &locator, &city, NULL) != STATUS_OK);
    }
    struct str text = {(const char *)data, size};
    check_address(text);
    check_find(city, text, false);
    check_find(city, text, true);
    return 0;
}
