/* Telephone numbers and e-mail addresses within somebody's words, for readers who need neither:
 * "0901 234 567" is "09xx•••567", "an@example.vn" is "a•••@…". The same rule as hotline.text_masked
 * in sql/0028_personal.sql. */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include "server/base/str.h"

/* Appends the text with those masked; everything else stays as it is. */
void mask_contacts(struct strbuf *out, struct str text);

#endif
