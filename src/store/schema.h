/* What the query room may know of the table of events: its columns.  Names
 * are the public ones where a public name exists.
 *
 *   events
 *     id VARCHAR, ts TIMESTAMP (UTC), arrival TIMESTAMP
 *     operation, service_tier, environment, status, source  closed sets,
 *         compare and print as their public names
 *     provider .. fallback_from   VARCHAR, one a row of dim.def, by its
 *         public name; user and such are quoted; '' is untagged, no NULLs
 *     tags VARCHAR                '' or a JSON object of strings
 *     attempt, web_searches
 *     tok_input .. tok_output_image  BIGINT, one a row of token_kind.def
 *     latency_ms, ttft_ms         NULL when unknown
 *     reported_cost BIGINT pico-dollars, NULL when none
 *     cost BIGINT pico-dollars, the total, NULL when unpriced; its parts
 *         cost_cache, cost_output, cost_tools (0 when unpriced); the input
 *         part is the rest
 *     price VARCHAR               id of the price row used, '' when none
 *
 * events is a view: id is put together from two columns, so a condition on
 * id reads every row, one on any other column does not.
 *
 *   hourly, customer_day (rollup_table)
 *     sums of events that are alike in the closed sets and in the rollup's
 *     dimensions, within one bucket of UTC time; several rows may be alike,
 *     and some hold one event.  At any moment the sums over buckets are those
 *     over the events in them.
 *     ts TIMESTAMP        within the bucket
 *     operation, service_tier, environment, status, source, the dimensions
 *     requests, retries, latency_n, unpriced, late   counts: of events, of
 *         those with an attempt above 1, with a known latency, without a cost,
 *         with an arrival over a day behind their time
 *     web_searches, tok_*, latency_ms   sums; NULL where no event has the
 *         value
 *     reported_cost, cost, cost_cache, cost_output, cost_tools   sums of the
 *         lower 40 bits of pico-dollars, and with _hi behind the name of what
 *         is above: a sum of dollars is sum(x) + 2^40 * sum(x_hi)
 *     All sums BIGINT, at most 2^60, so that some can be added up in a row.
 *     hourly has all of them, customer_day those of its row in the table: a
 *     third of the bytes, and customers are hardly ever asked for others.
 *   event_sums
 *     each event as a row of a rollup, with all dimensions
 *
 * Tags, run, step, user and key are in no rollup: each value comes with few
 * events, so that there would not be many fewer rows than events. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct store_cell;
struct why;

/* schema_event_columns: the select list from which schema_event_read makes
 * an event: "id, ts, ...". */
struct str schema_event_columns(void);
size_t schema_event_n_columns(void);

/* schema_event_read: one row of that list to an event; text borrows from the
 * cells, tags from `arena` (RC_LIMIT at its cap).  RC_CORRUPT when a cell
 * does not fit. */
enum rc schema_event_read(const struct store_cell *cells, struct arena *arena,
                          struct event *ret_event, struct why *why) MUST_CHECK;

/* The rollups, those first that are smaller as a rule. */
struct rollup {
    struct str name; /* of its view */
    int64_t bucket_us;
    struct str keys; /* select list of what rows are told apart by, but ts */
    struct str sums; /* and of what is summed; with ts and the keys before
                        them, all columns in their order */
};
extern const struct rollup rollup_table[];
extern const size_t rollup_table_n;

bool rollup_has_dim(const struct rollup *r, enum dim dim);

/* rollup_has_column: among the keys or the sums. */
bool rollup_has_column(const struct rollup *r, struct str name);

#endif
