/* What a question means, as plain loops over events: the oracle of the query
 * room.  Written from docs/query.md; slow, obvious, and sharing nothing with
 * src/query but the structs of question and answer.  The rules of a few time
 * zones are written out by hand.  For tests: aborts when memory is short. */
#ifndef TESTS_REF_LEDGER_H
#define TESTS_REF_LEDGER_H

#include "event/event.h"
#include "query/answer.h"
#include "query/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The zones whose rules are known here, from 2023 on. */
extern const char *const ledger_zones[];
extern const size_t ledger_n_zones;

int64_t ledger_offset_us(const char *zone, int64_t us);

/* ledger_matches: the event is within the range and passes every filter. */
bool ledger_matches(const struct query *q, const struct event *ev);

/* ledger_answer: cells row by row, the totals behind the last row.  Text
 * borrows from the events and the ledger.  ledger_free ends it. */
struct ledger {
    struct answer_cell *cell;
    size_t n_rows; /* at most the question's limit */
    size_t n_columns;
    bool truncated;
    void **owned;
    size_t n_owned;
};
void ledger_answer(struct ledger *ret, const struct query *q,
                   const struct event *ev, size_t n);
void ledger_free(struct ledger *l);

#endif
