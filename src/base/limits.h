/* The rows of limits.def as constants, LIMIT_BODY_MAX and so on, and as a
 * table for docs and tests. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
#define X(name, value, unit, why) LIMIT_##name = (value),
#include "base/limits.def"
#undef X
};

struct limit {
    const char *name;
    int value;
    const char *unit;
    const char *why;
};

extern const struct limit limit_table[];
extern const int limit_table_n;

#endif
