/* Budgets with what the ledger says of them: those of toll.yaml and those
 * applied (DATA/budgets.json), their meter, and how it is filled.  Owned by
 * whoever holds the data: a server, or one command.
 *
 * One thread at a time; the meter any. */
#ifndef APP_BUDGET_KEEPER_H
#define APP_BUDGET_KEEPER_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "budget/budget_meter.h"

struct budget_keeper;
struct budgets;
struct conf;
struct ledger;
struct price_book;
struct why;

/* budget_keeper_span: the periods of a reporting time zone; `arg` is its
 * struct period_zone. */
budget_span_fn budget_keeper_span;

/* budget_keeper_open: no budgets yet.
 *   ledger  borrowed until budget_keeper_close
 *   notice  may be NULL */
enum rc budget_keeper_open(struct ledger *ledger, struct str timezone,
                           budget_notice_fn *notice, void *notice_arg,
                           struct budget_keeper **ret,
                           struct why *why) MUST_CHECK;
void budget_keeper_close(struct budget_keeper **k); /* accepts NULL */

struct budget_meter *budget_keeper_meter(struct budget_keeper *k);

/* budget_keeper_use: from now on the budgets of `conf` and those applied.
 * What is new among them is counted from the ledger, for which taking events
 * rests a moment.  After a failure all is as it was. */
enum rc budget_keeper_use(struct budget_keeper *k, const struct conf *conf,
                          struct price_book *book, struct why *why) MUST_CHECK;

/* budget_keeper_apply: the budgets of a text, durable when RC_OK, in the place
 * of those of the same names that were applied before; to be followed by
 * budget_keeper_use.  RC_INVALID with the first problem in `why` and all in
 * `problems`; RC_EXISTS for a name that toll.yaml has.
 *   ret_names  appended, a line each; may be NULL
 * budget_keeper_remove: RC_NOT_FOUND; RC_INVALID for one of toll.yaml. */
enum rc budget_keeper_apply(struct budget_keeper *k, const struct conf *conf,
                            struct str text, struct buf *ret_names,
                            struct buf *problems, struct why *why) MUST_CHECK;
enum rc budget_keeper_remove(struct budget_keeper *k, const struct conf *conf,
                             struct str name, struct why *why) MUST_CHECK;

#endif
