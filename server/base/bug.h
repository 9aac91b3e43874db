/* Programmer errors end the process with a message: going on would risk a complaint.
 * Depends on nothing of ours. */
#ifndef BASE_BUG_H
#define BASE_BUG_H

#include <stdio.h>
#include <stdlib.h>

#define BUG(text)                                                                                  \
    do {                                                                                           \
        (void)fprintf(stderr, "BUG %s:%d %s: %s\n", __FILE__, __LINE__, __func__, (text));         \
        abort();                                                                                   \
    } while (0)

#define BUG_IF(condition)                                                                          \
    do {                                                                                           \
        if (condition) {                                                                           \
            BUG(#condition);                                                                       \
        }                                                                                          \
    } while (0)

#endif
