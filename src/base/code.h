/* Bytes that stand in text: hexadecimal digits, and base64 (RFC 4648).  Pure,
 * any thread. */
#ifndef BASE_CODE_H
#define BASE_CODE_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>

struct buf;

/* code_hex_digit: what it counts, in either case; -1 when it is none. */
int code_hex_digit(char c);

/* code_base64: the bytes that `text` stands for, behind what `out` has; of the
 * usual alphabet or the one for URLs, with or without its padding.  False when
 * it is no base64: `out` then has some of them. */
bool code_base64(struct str text, struct buf *out) MUST_CHECK;

#endif
