/* The names of states for a reader: of complaints, and of everything else that a change may find in
 * a state in which it cannot be done. */
#ifndef API_STATE_WORDS_H
#define API_STATE_WORDS_H

#include "server/http/http.h"

/* The state itself where it has no words. */
const char *state_in_words(const char *state, enum http_language language);

#endif
