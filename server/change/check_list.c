#include "server/change/check_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/json_text.h"

#define JSON_MAX ((size_t)32 << 20)
#define KEY_MAX  300

void check_list_init(struct check_list *list)
{
    *list = (struct check_list){.n_keys = 0};
    strbuf_init(&list->json, JSON_MAX);
}

void check_list_free(struct check_list *list)
{
    for (size_t i = 0; i < list->n_keys; i++) {
        free(list->keys[i]);
    }
    free(list->keys);
    strbuf_free(&list->json);
}

static bool published_has(const struct check_list *list, const char *key)
{
    for (size_t i = 0; i < list->n_keys; i++) {
        if (strcmp(list->keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static void keep_key(struct check_list *list, const char *key)
{
    char **keys = array_grow(list->keys, &list->cap_keys, list->n_keys + 1, sizeof(*keys));
    char *copy = keys == NULL ? NULL : strdup(key);
    if (keys != NULL) {
        list->keys = keys;
    }
    if (copy == NULL) {
        list->no_memory = true;
        return;
    }
    list->keys[list->n_keys++] = copy;
}

static void words(struct strbuf *out, const char *key, const char *vi, const char *en)
{
    json_text_key(out, key);
    strbuf_append_char(out, '{');
    json_text_field(out, "vi", vi);
    json_text_field(out, "en", en);
    strbuf_append_char(out, '}');
}

void check_list_add(struct check_list *list, const struct check_finding *f)
{
    static const char *const names[] = {"error", "warning", "note"};
    char key[KEY_MAX];
    struct strbuf *out = &list->json;
    (void)snprintf(key, sizeof(key), "%s:%s:%s", f->kind, f->rule == NULL ? "" : f->rule,
                   f->subject == NULL ? "" : f->subject);
    if (list->collecting) {
        keep_key(list, key);
        return;
    }
    bool known = published_has(list, key);
    enum check_severity severity = known && f->severity == CHECK_WARNING ? CHECK_NOTE : f->severity;
    list->counts[severity]++;
    strbuf_append_z(out, out->n == 0 ? "{" : ",{");
    json_text_field(out, "key", key);
    json_text_field(out, "kind", f->kind);
    json_text_field(out, "severity", names[severity]);
    json_text_field_bool(out, "published_too", known);
    json_text_field(out, "rule", f->rule);
    words(out, "text", f->vi, f->en);
    words(out, "mend", f->mend_vi, f->mend_en);
    if (f->km2 >= 0) {
        json_text_key(out, "km2");
        strbuf_printf(out, "%.3f", f->km2);
    }
    if (f->geometry != NULL) {
        json_text_key(out, "geometry");
        strbuf_append_z(out, f->geometry);
    }
    strbuf_append_char(out, '}');
}
