/* The spellings under which one model goes: routers put their name before it,
 * clouds their region, vendors a date behind it.
 *
 * Each rule takes one thing off the front or the back (docs/pricing.md,
 * "Finding the price", lists them); the spellings come in the order in which
 * to try them: what was said first, without its date last.  A spelling is only
 * ever looked up within one provider's rows, so taking too much off finds
 * nothing; it cannot find another vendor's price. Pure, any thread. */
#ifndef PRICE_NAME_H
#define PRICE_NAME_H

#include "base/limits.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define NAME_FORMS_MAX 64

struct name_forms {
    struct str form[NAME_FORMS_MAX]; /* lower case; point into text */
    size_t n;     /* 0 when the name is longer than LIMIT_DIM_MAX or empty */
    bool is_free; /* ":free", a router's word for a model at no charge */
    size_t text_n;
    char text[NAME_FORMS_MAX * LIMIT_DIM_MAX];
};

/* What is known of who says the name. */
enum name_source {
    NAME_PLAIN = 1,
    NAME_BEDROCK, /* "us.anthropic.claude-...-v1:0" may be meant */
    NAME_ROUTED   /* what stands before the first slash is the provider */
};

/* name_forms_of: every spelling of `model`.  *ret must stay where it is: the
 * forms point into it. */
void name_forms_of(struct name_forms *ret, struct str model,
                   enum name_source source);

#endif
