#include "server/city/city_file.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "server/base/str.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define JSON_DEPTH     64

static enum status read_all(const char *path, struct strbuf *text, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    gzFile gz = standard ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rbe");
    if (!gz) {
        return err_set(e, STATUS_IO, "cannot open %s", path);
    }
    char block[65536];
    int n;
    while ((n = gzread(gz, block, sizeof block)) > 0) {
        strbuf_append(text, block, (size_t)n);
    }
    bool broken = n < 0;
    (void)gzclose(gz);
    if (broken) {
        return err_set(e, STATUS_IO, "cannot read %s", path);
    }
    return text->failed ? err_set(e, STATUS_NO_MEMORY, "%s is too large", path) : STATUS_OK;
}

enum status city_file_json(const char *path, struct json_object **out, struct err *e)
{
    struct strbuf text;
    strbuf_init(&text, FILE_BYTES_MAX);
    enum status status = read_all(path, &text, e);
    struct json_tokener *tokener = status == STATUS_OK ? json_tokener_new_ex(JSON_DEPTH) : NULL;
    if (status == STATUS_OK && !tokener) {
        status = err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    if (tokener) {
        /* The closing NUL is given too: the parser then knows that the text has ended. */
        struct json_object *root = json_tokener_parse_ex(tokener, text.p, (int)text.n + 1);
        enum json_tokener_error problem = json_tokener_get_error(tokener);
        if (problem != json_tokener_success || !root) {
            json_object_put(root);
            status = err_set(e, STATUS_INVALID, "%s is not JSON: %s at byte %zu", path,
                             json_tokener_error_desc(problem), json_tokener_get_parse_end(tokener));
        } else {
            *out = root;
        }
        json_tokener_free(tokener);
    }
    strbuf_free(&text);
    return status;
}

char *city_file_join(const char *folder, const char *name)
{
    if (name[0] == '/') {
        return strdup(name);
    }
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

const char *city_file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
