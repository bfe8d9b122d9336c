/* The in-memory store's strings, for tests to pull: what its selects answer
 * and when it fails.  One thread at a time with the calls they concern. */
#ifndef STORE_STORE_FAKE_H
#define STORE_STORE_FAKE_H

#include "base/rc.h"
#include "base/str.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

/* store_fake_rows: the answer to one select to come, after those queued
 * before.
 *   cells  n_rows rows of n_cells, copied with their text */
void store_fake_rows(struct store *s, const struct store_cell *cells,
                     size_t n_rows, size_t n_cells);

/* The statement of the last select and its parameters, until the next; empty
 * before the first. */
struct str store_fake_sql(struct store *s);
size_t store_fake_n_params(struct store *s);
struct str store_fake_param(struct store *s, size_t i);

enum store_fake_call {
    STORE_FAKE_BEGIN = 1,
    STORE_FAKE_ADD,
    STORE_FAKE_COMMIT,
    STORE_FAKE_POSITION,
    STORE_FAKE_READ,    /* select, scan, ids, records, stats */
    STORE_FAKE_COMPACT, /* compact, fold, rebuild */
    STORE_FAKE__COUNT
};

/* store_fake_fail: that call goes well n_well times more, then fails n_fail
 * times with `rc`, then goes well again. */
void store_fake_fail(struct store *s, enum store_fake_call call,
                     uint32_t n_well, uint32_t n_fail, enum rc rc);

#endif
