#include "server/base/crash_point.h"

#ifdef HOTLINE_CRASH_POINTS
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char wanted[64];
static long left; /* __atomic: times to come by before the end */

static void look(void)
{
    const char *fault = getenv("HOTLINE_FAULT"); /* NOLINT(concurrency-mt-unsafe) */
    size_t n = fault == NULL ? 0 : strcspn(fault, ":");
    if (n > 0 && n < sizeof(wanted)) {
        memcpy(wanted, fault, n);
        left = fault[n] == ':' ? strtol(fault + n + 1, NULL, 10) : 1;
    }
}

void crash_point(const char *name)
{
    pthread_once(&once, look);
    if (strcmp(name, wanted) == 0 && __atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) == 0) {
        (void)raise(SIGKILL);
    }
}
#else
typedef int crash_point_nothing; /* a file is never empty */
#endif
