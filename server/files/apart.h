/* One run of a program of our own beside this one, for work that may crash, run away or be taken
 * over by what it reads: it gets descriptors and an environment, and nothing else of this process.
 * Why: docs/decisions/0012-pictures-apart.md and 0019-shapes-apart.md. */
#ifndef FILES_APART_H
#define FILES_APART_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define APART_FDS     5
#define APART_NULL    (-1) /* instead of a descriptor: /dev/null */
#define APART_WORDS   (-2) /* what it writes there is read, and kept as far as there is room */
#define APART_MISSING (-3) /* closed */

struct apart {
    const char *program;      /* a path */
    char *const *argv;        /* NULL-ended */
    char *const *environment; /* NULL-ended; the whole of it */
    int fds[APART_FDS];       /* its 0, 1, ...; one at most is APART_WORDS */
    unsigned wall_ms;         /* then it is killed */
    char *words;              /* room for what it says, NUL-ended afterwards */
    size_t words_max;
};

enum apart_end { APART_EXITED, APART_KILLED, APART_LATE, APART_FAILED };

/* Where a program of that name is: beside this one. False: nowhere (`out` is ""). Before any thread
 * runs. */
bool apart_find(const char *name, char out[PATH_MAX]);

/* Runs it and waits, for threads that may. *code is its exit status or the signal that ended it. */
enum apart_end apart_run(const struct apart *a, int *code);

#endif
