/* The part of a check that tries each rule where it should hold: with a category, attribute, word,
 * channel and hour that it asks for, at points on the features of its layers and in its units and
 * jurisdictions (of a rule for the whole city: at points all over it).
 *
 * Found so: rules that hold but never win, whoever hides them (several rules together, a
 * jurisdiction); rules that win but can name nobody; rules that hold nowhere; and pairs that only
 * their order tells apart, also where that turns on words, attributes or hours. It says what was
 * seen at so many places: a rule that wins only between them is called hidden, so it is a warning
 * that may be acknowledged and not an error. */
#ifndef CHANGE_CHECK_TRIED_H
#define CHANGE_CHECK_TRIED_H

#include "server/change/check.h"
#include "server/change/check_conflict.h"
#include "server/change/check_list.h"

/* `skip[rule]`: it is known already never to decide. */
enum status check_tried(const struct check_options *o, const struct snapshot *s, const bool *skip,
                        struct check_list *list, struct check_conflicts *conflicts,
                        struct err *e) MUST_CHECK;

#endif
