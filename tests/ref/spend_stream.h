/* Made-up daily spending of made-up companies, for measuring forecasts: a sum
 * of features, each with its size, its drift and its noise, under a common
 * rhythm of the week.  The same numbers on every machine for a seed. */
#ifndef TESTS_REF_SPEND_STREAM_H
#define TESTS_REF_SPEND_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPEND_STREAM_DAYS = 168 };

struct spend_stream {
    double value[SPEND_STREAM_DAYS];
    bool is_out[SPEND_STREAM_DAYS];
    size_t n;
    unsigned weekday; /* of the first; 0 is Monday */
};

extern const char *const spend_stream_kinds[];
extern const size_t spend_stream_kinds_n;

void spend_stream_make(size_t kind, uint64_t seed, struct spend_stream *ret);

#endif
