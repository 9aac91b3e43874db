#include "server/base/asker.h"

#include <stddef.h>
#include <string.h>

static _Thread_local struct asker now;

static void take(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    if (n < size) {
        memcpy(to, from, n + 1);
    } else {
        to[0] = '\0';
    }
}

const struct asker *asker_now(void)
{
    return &now;
}

struct asker asker_swap(const struct asker *next)
{
    static const struct asker nobody = {.who = "", .held = ""};
    struct asker before = now;
    now = next == NULL ? nobody : *next;
    return before;
}

void asker_name(const char *who)
{
    take(now.who, sizeof(now.who), who);
}

void asker_hold(const char *code)
{
    take(now.held, sizeof(now.held), code);
}
