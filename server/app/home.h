/* Where the project's own files are (sql/, the CSV facts of server/city/): HOTLINE_HOME, else the
 * nearest folder above the running program that holds sql/0001_foundation.sql. */
#ifndef APP_HOME_H
#define APP_HOME_H

#include <limits.h>

#include "server/base/err.h"

/* The absolute path of a file named from the project's home, "server/city/categories.csv"; "" gives
 * the home itself. The file need not exist. */
enum status home_path(const char *relative, char out[PATH_MAX], struct err *e) MUST_CHECK;

#endif
