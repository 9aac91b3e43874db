/* Writing JSON without a tree: appends to a strbuf, for the hot paths. Reading is json-c's work. */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

/* A JSON string with its quotes; `text` is valid UTF-8. NULL gives null. */
void json_text_string(struct strbuf *out, const char *text);
void json_text_string_n(struct strbuf *out, struct str text);
/* Shortest form that reads back as the same double; null where it is not finite. */
void json_text_number(struct strbuf *out, double value);
void json_text_int(struct strbuf *out, int64_t value);
/* With so many decimals, 0 to 6, rounded to the nearest; null where it is not finite. */
void json_text_fixed(struct strbuf *out, double value, int decimals);
/* "key": with a leading comma unless the last byte is '{' or '['. `key` needs no escaping. */
void json_text_key_n(struct strbuf *out, const char *key, size_t n);
static inline void json_text_key(struct strbuf *out, const char *key)
{
    json_text_key_n(out, key, strlen(key));
}
static inline void json_text_field(struct strbuf *out, const char *key, const char *text)
{
    json_text_key(out, key);
    json_text_string(out, text); /* or null */
}
void json_text_field_number(struct strbuf *out, const char *key, double value);
void json_text_field_int(struct strbuf *out, const char *key, int64_t value);
void json_text_field_bool(struct strbuf *out, const char *key, bool value);
/* RFC 3339 in the city's zone; null for INT64_MIN. */
void json_text_field_time(struct strbuf *out, const char *key, int64_t us);

#endif
