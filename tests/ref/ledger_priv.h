/* What the files of the ledger share. */
#ifndef TESTS_REF_LEDGER_PRIV_H
#define TESTS_REF_LEDGER_PRIV_H

#include "ref/ledger.h"

/* Some events that are one row of the answer. */
struct ledger_group {
    const struct event **ev;
    size_t n;
};

/* ledger_get: zeroed memory; free ends it. */
void *ledger_get(size_t n);
/* ledger_i64_cmp: for qsort. */
int ledger_i64_cmp(const void *a, const void *b);

/* ledger_interval: the beginning of the interval, as a number to sort by and as
 * text. */
int64_t ledger_interval(const struct query *q, int64_t us, char text[40]);

/* ledger_measure: a metric of some events. */
struct answer_cell ledger_measure(struct str metric,
                                  const struct ledger_group *g);

#endif
