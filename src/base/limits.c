#include "base/limits.h"

#include "base/attr.h"

const struct limit limit_table[] = {
#define X(name_, value_, unit_, why_) \
    {.name = #name_, .value = (value_), .unit = (unit_), .why = (why_)},
#include "base/limits.def"
#undef X
};

const int limit_table_n = (int)ARRAY_N(limit_table);
