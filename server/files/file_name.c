#include "server/files/file_name.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/utf8.h"

/* Characters that turn the direction of writing make a name look like another. */
static bool turns_direction(struct str s)
{
    for (size_t i = 0; i + 2 < s.n; i++) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        if (p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
                             (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9))) {
            return true;
        }
    }
    return false;
}

/* One that is a path was made by somebody who hopes that it is taken for one. */
bool file_name_take(struct str name, char out[FILE_NAME_BYTES])
{
    if (name.n == 0) {
        name = STR("tep");
    }
    if (!utf8_valid(name) || utf8_has_control(name) || turns_direction(name) ||
        str_equal_z(name, ".") || str_equal_z(name, "..")) {
        return false;
    }
    for (const char *bad = "/\\\t\r\n"; *bad != '\0'; bad++) {
        if (memchr(name.p, *bad, name.n) != NULL) {
            return false;
        }
    }
    char *nfc = utf8_nfc(name);
    bool fits = nfc != NULL && nfc[0] != '\0' && utf8_count(str_of(nfc)) <= FILE_NAME_CHARS;
    if (fits) {
        memcpy(out, nfc, strlen(nfc) + 1);
    }
    free(nfc);
    return fits;
}
