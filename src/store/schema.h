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
 * id reads every row, one on any other column does not. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stddef.h>

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

#endif
