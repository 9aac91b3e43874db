/* The part of a check that tries every category at points all over the city: where only the
 * fallback is left, and where two rules that say different things are told apart by nothing but
 * their order. What it finds is so; what lies between its points (CHECK_GRID degrees, some 550 m)
 * it may miss, and it tries no words, attributes, channels or hours: check_tried.h does. */
#ifndef CHANGE_CHECK_GRID_H
#define CHANGE_CHECK_GRID_H

#include "server/change/check.h"
#include "server/change/check_conflict.h"
#include "server/change/check_list.h"

#define CHECK_GRID 0.005

enum status check_grid(const struct check_options *o, const struct snapshot *s,
                       struct check_list *list, struct check_conflicts *conflicts,
                       struct err *e) MUST_CHECK;

#endif
