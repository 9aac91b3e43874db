/* Names of uploaded files. A name is only ever shown: no path is made of it. */
#ifndef FILES_FILE_NAME_H
#define FILES_FILE_NAME_H

#include <stdbool.h>

#include "server/base/str.h"

#define FILE_NAME_CHARS 200
#define FILE_NAME_BYTES (FILE_NAME_CHARS * 4 + 1)

/* The name in NFC, "tep" where there is none. False where it is a path, no text, too long, or looks
 * like another than it is. */
bool file_name_take(struct str name, char out[FILE_NAME_BYTES]);

#endif
