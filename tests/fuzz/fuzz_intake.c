/* The body of a POST: whatever the bytes, intake_parse ends, leaks nothing, and a draft without
 * faults keeps its promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"
#include "server/base/utf8.h"
#include "server/intake/intake.h"
#include "tests/unit/server/tiny_snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max)
{
    if (text != NULL) {
        BUG_IF(!utf8_valid(str_of(text)));
        BUG_IF(utf8_has_control(str_of(text)));
        BUG_IF(utf8_count(str_of(text)) > max);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)4 << 20);
    struct intake_context context = {&tiny_snapshot, arena, INT64_C(1767225600000000)};
    struct complaint_draft draft;
    struct fault_list faults;
    struct err e;
    if (arena != NULL &&
        intake_parse(&context, (struct str){(const char *)data, size}, &draft, &faults, &e) ==
            STATUS_OK &&
        faults.n == 0) {
        BUG_IF(draft.category != 0 || draft.channel == NULL || draft.description == NULL);
        BUG_IF(draft.has_point && !(draft.point.lon >= -180 && draft.point.lon <= 180 &&
                                    draft.point.lat >= -90 && draft.point.lat <= 90));
        check_text(draft.description, COMPLAINT_DESCRIPTION_MAX);
        check_text(draft.address, COMPLAINT_ADDRESS_MAX);
        check_text(draft.reporter.name, 200);
        check_text(draft.reporter.phone, 40);
        check_text(draft.reporter.email, 254);
    }
    arena_destroy(arena);
    return 0;
}
