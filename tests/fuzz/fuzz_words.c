/* Small readers that callers reach: tracking codes, times, UTF-8. What is read can be written and
 * read again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/base/utf8.h"
#include "server/intake/tracking_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define YEAR_1_US    (-INT64_C(62135510400000000)) /* 0001-01-02 */
#define YEAR_9999_US INT64_C(253402214400000000)   /* 9999-12-31 */

static void codes(struct str text, const uint8_t *data, size_t size)
{
    char code[TRACKING_CODE_LENGTH + 1];
    char again[TRACKING_CODE_LENGTH + 1];
    if (tracking_code_read(text, code)) {
        BUG_IF(strlen(code) != TRACKING_CODE_LENGTH || !tracking_code_read(str_of(code), again) ||
               strcmp(code, again) != 0);
    }
    if (size < 24) {
        return;
    }
    uint64_t id;
    memcpy(&id, data + 16, sizeof(id));
    tracking_code_make(data, (int64_t)(id % (uint64_t)(TRACKING_CODE_LIMIT - 1)) + 1, code);
    BUG_IF(!tracking_code_read(str_of(code), again) || strcmp(code, again) != 0);
    size_t at = data[0] % (TRACKING_CODE_LENGTH - 1);
    char kept = code[at];
    code[at] = code[at + 1];
    code[at + 1] = kept;
    BUG_IF(code[at] != kept && tracking_code_read(str_of(code), again));
}

static void times(struct str text)
{
    int64_t us;
    int64_t again;
    char out[CLOCK_TEXT_MAX];
    if (clock_parse_rfc3339(text, &us)) {
        BUG_IF(!clock_parse_any(text, &again) || again != us);
    }
    /* Years that are written with four digits in every zone. */
    if (clock_parse_any(text, &us) && us > YEAR_1_US && us < YEAR_9999_US) {
        clock_format(us, out);
        /* Written to the second. */
        BUG_IF(!clock_parse_rfc3339(str_of(out), &again) || again > us || us - again > 999999);
    }
}

static void texts(struct str text)
{
    bool valid = utf8_valid(text);
    char *nfc = utf8_nfc(text);
    struct strbuf json;
    BUG_IF(nfc != NULL && !valid);
    if (!valid) {
        return;
    }
    BUG_IF(utf8_count(text) > text.n || !utf8_valid(utf8_prefix(text, text.n / 2)));
    if (nfc != NULL) {
        char *twice = utf8_nfc(str_of(nfc));
        BUG_IF(twice == NULL || strcmp(nfc, twice) != 0);
        free(twice);
    }
    free(nfc);
    strbuf_init(&json, text.n * 6 + 16);
    json_text_string_n(&json, text);
    BUG_IF(json.failed || json.n < text.n + 2 || !utf8_valid((struct str){json.p, json.n}));
    for (size_t i = 0; i < json.n; i++) {
        BUG_IF((unsigned char)json.p[i] < 0x20);
    }
    strbuf_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    codes(text, data, size);
    times(text);
    texts(text);
    return 0;
}
