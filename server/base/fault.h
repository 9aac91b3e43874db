/* What is wrong with a field of what somebody sent. Collected by whoever checks the input, put into
 * words (Vietnamese or English) by whoever answers. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stddef.h>

enum fault_code {
    FAULT_REQUIRED,
    FAULT_WRONG_TYPE,
    FAULT_TOO_LONG,
    FAULT_OUT_OF_RANGE,
    FAULT_UNKNOWN_VALUE,
    FAULT_UNKNOWN_FIELD,
    FAULT_NOT_A_TIME,
    FAULT_IN_THE_FUTURE,
    FAULT_CONTROL_CHARACTER,
    FAULT_NOT_UTF8,
    FAULT_SWAPPED,     /* longitude and latitude look exchanged */
    FAULT_NOT_ALLOWED, /* not for this caller */
    FAULT_MALFORMED,
    FAULT_ALREADY_USED, /* for something else */
    FAULT_CODE_COUNT
};

#define FAULTS_MAX 32
struct fault_list {
    struct {
        const char *field; /* "location.lon"; borrowed */
        enum fault_code code;
    } rows[FAULTS_MAX];
    size_t n; /* those past the maximum are dropped: the first 32 are enough */
};

static inline void fault_add(struct fault_list *list, const char *field, enum fault_code code)
{
    if (list->n < FAULTS_MAX) {
        list->rows[list->n].field = field;
        list->rows[list->n++].code = code;
    }
}

#endif
