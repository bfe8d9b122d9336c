/* The tables of records (event/record.h), one a kind, called as
 * record_kind_name calls it: what the query room may know of them.
 *
 *   outcomes   ts, arrival, id, name, value DOUBLE, run, "user", customer,
 *              feature, experiment, variant, "release"
 *   releases   ts, arrival, "release", feature, note
 *   customers  ts, arrival, customer, segment, tier,
 *              revenue BIGINT pico-dollars a month
 *   invoices   ts, arrival, provider, "to" TIMESTAMP, account, model, line,
 *              charge, amount BIGINT pico-dollars
 *   guardrails ts, arrival, id, budget, action, calls DOUBLE,
 *              saved BIGINT pico-dollars, feature, "user", customer, run,
 *              provider, requested_model, model, note
 *
 * ts and arrival are TIMESTAMP (UTC), the others VARCHAR, '' for none, no
 * NULLs.  The columns are ts, arrival, then the kind's members by their public
 * names in the order of record_field.def;
 * the "from" of customers and invoices is their ts. */
#ifndef STORE_SCHEMA_RECORD_H
#define STORE_SCHEMA_RECORD_H

#include "base/attr.h"
#include "base/rc.h"
#include "event/record.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct record_field;
struct store_cell;
struct why;

/* schema_record_has_column: whether that member has a column of its own. */
bool schema_record_has_column(enum record_kind kind,
                              const struct record_field *f);

/* schema_record_add_columns: append the select list from which
 * schema_record_read makes a record. */
void schema_record_add_columns(struct buf *sql, enum record_kind kind);
/* schema_record_add_order: append the list that orders rows of one time. */
void schema_record_add_order(struct buf *sql, enum record_kind kind);

/* schema_record_read: one row of that list; text borrows from the cells.
 * RC_CORRUPT when a cell does not fit. */
enum rc schema_record_read(enum record_kind kind,
                           const struct store_cell *cells, size_t n_cells,
                           struct record *ret_rec, struct why *why) MUST_CHECK;

#endif
