/* Customers between what was read of them (customers_read.c) and what is told
 * (customers_tell.c, customers_wish.c). */
#ifndef INSIGHT_CUSTOMERS_PRIV_H
#define INSIGHT_CUSTOMERS_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/str.h"
#include "base/usd.h"
#include "insight/insight.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One customer, or all of one segment or tier. */
struct payer {
    struct str name;
    struct str segment;
    struct str tier;
    num_i128 n_requests;
    num_i128 n_users;
    num_i128 n_unpriced;
    num_i128 cost;    /* pico-dollars */
    num_i128 revenue; /* of the range */
    num_i128 monthly; /* revenue a month at the range's end */
    size_t n_members; /* customers in it */
    bool has_revenue; /* stated, 0 included */
};

struct customers {
    const struct insight_call *call;
    struct report *out;
    int64_t from_us, to_us;
    struct buf payers; /* struct payer */
    struct payer all;
    struct payer asked; /* cost and calls, of those left out as well */
    bool is_truncated;
};

struct customers_wish {
    struct str tier;  /* of whom; empty: of all */
    struct usd cap;   /* of cost, a customer and month; pico < 0: none */
    struct usd price; /* revenue instead, likewise */
};

/* The list: one of it, how many it has; customers_find: in the first n, which
 * are sorted by name, or NULL; customers_add: one to a sum of several. */
struct payer *customers_at(const struct buf *payers, size_t i);
size_t customers_n(const struct buf *payers);
int customers_by_name(const void *a, const void *b);
void customers_sort(struct customers *in, int by(const void *a, const void *b));
struct payer *customers_find(const struct buf *payers, size_t n,
                             struct str name);
void customers_add(struct payer *sum, const struct payer *p);

/* customers_read: fills the list, sorted by name, and tells the range. */
enum rc customers_read(struct customers *in, struct why *why) MUST_CHECK;
/* customers_over_range: so much a month, for as long as the range is. */
num_i128 customers_over_range(const struct customers *in, struct usd monthly);

/* customers_tell: all of the report; puts the list into other orders.
 * customers_tell_wish: what would change, if anything is wished for. */
enum rc customers_tell(struct customers *in, const struct customers_wish *wish,
                       size_t limit, struct why *why) MUST_CHECK;
void customers_tell_wish(struct customers *in,
                         const struct customers_wish *wish);

#endif
