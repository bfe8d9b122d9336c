/* Name patterns of the price catalogue: whether a model's name is meant.
 *
 * A pattern is one or more terms joined by '&', all of which must hold.  A
 * term is an operator and lower-case text: '=' equals, '^' starts with, '$'
 * ends with, '*' contains; '!' in front turns it round.  '#' in the text
 * stands for one decimal digit.  The catalogue's regular expressions all fit
 * this (tools/price-book.mjs turns them), so no library is needed.
 * Pure, any thread. */
#ifndef PRICE_PATTERN_H
#define PRICE_PATTERN_H

#include "base/str.h"

#include <stdbool.h>

/* pattern_is_valid: every term has an operator and text. */
bool pattern_is_valid(struct str pattern);

/* pattern_is_plain: one "=text" without '#': a name that can be looked up. */
bool pattern_is_plain(struct str pattern);

/* pattern_matches: `pattern` is valid, `name` in lower case. */
bool pattern_matches(struct str pattern, struct str name);

#endif
