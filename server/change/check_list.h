/* Findings of a check, gathered as JSON. */
#ifndef CHANGE_CHECK_LIST_H
#define CHANGE_CHECK_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

enum check_severity { CHECK_ERROR, CHECK_WARNING, CHECK_NOTE };

struct check_list {
    struct strbuf json; /* elements with commas */
    size_t counts[3];
    /* Keys seen: of the published set first, then looked up for the draft. */
    char **keys;
    size_t n_keys, cap_keys;
    bool collecting; /* keys only: the published set is looked through */
    bool no_memory;
};

/* Texts are borrowed for the call. `subject` is the rule's code, or another thing's. The sentences
 * say what is wrong and how to mend it. */
struct check_finding {
    const char *kind;
    enum check_severity severity;
    const char *rule;    /* NULL: it is about no rule */
    const char *subject; /* completes the key: unique within kind and rule */
    const char *vi, *en, *mend_vi, *mend_en;
    double km2;           /* < 0: none */
    const char *geometry; /* GeoJSON; NULL none */
};

void check_list_init(struct check_list *list);
void check_list_free(struct check_list *list);
void check_list_add(struct check_list *list, const struct check_finding *finding);

#endif
