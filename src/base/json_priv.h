/* What json.c and json_skim.c share: the characters of a string. */
#ifndef BASE_JSON_PRIV_H
#define BASE_JSON_PRIV_H

#include "base/attr.h"
#include "base/str.h"

#include <stddef.h>

enum { JSON_CHAR_MAX = 4 };

/* json_char_read: the character or byte at *at of a string's inside, escapes
 * read, as 1 to 4 bytes, with *at behind it; 0 when it may not stand there.
 * UTF-8 is not looked at. */
size_t json_char_read(struct str s, size_t *at,
                      char out[static JSON_CHAR_MAX]) MUST_CHECK;

#endif
