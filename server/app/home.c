#include "server/app/home.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOME_MARK "sql/0001_foundation.sql"

static bool join(const char *folder, const char *file, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s/%s", folder, file);
    return n > 0 && n < PATH_MAX;
}

/* Cuts the last part off; false at the root. */
static bool cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path) {
        return false;
    }
    *slash = '\0';
    return true;
}

static enum status find_home(char home[PATH_MAX], struct err *e)
{
    char probe[PATH_MAX];
    const char *given = getenv("HOTLINE_HOME");
    if (given && *given) {
        if (!join(given, HOME_MARK, probe) || access(probe, R_OK) != 0) {
            return err_set(e, STATUS_NOT_FOUND, "HOTLINE_HOME=%s holds no %s", given, HOME_MARK);
        }
        (void)snprintf(home, PATH_MAX, "%s", given);
        return STATUS_OK;
    }
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) {
        return err_set(e, STATUS_IO, "cannot read /proc/self/exe; set HOTLINE_HOME");
    }
    path[n] = '\0';
    while (cut_last(path)) {
        if (join(path, HOME_MARK, probe) && access(probe, R_OK) == 0) {
            (void)snprintf(home, PATH_MAX, "%s", path);
            return STATUS_OK;
        }
    }
    return err_set(e, STATUS_NOT_FOUND,
                   "no %s above the program; set HOTLINE_HOME to the project's folder", HOME_MARK);
}

enum status home_path(const char *relative, char out[PATH_MAX], struct err *e)
{
    char home[PATH_MAX];
    enum status status = find_home(home, e);
    if (status != STATUS_OK) {
        return status;
    }
    char path[PATH_MAX];
    if (!join(home, relative, path)) {
        return err_set(e, STATUS_INVALID, "path too long: %s", relative);
    }
    memcpy(out, path, sizeof path);
    return STATUS_OK;
}
