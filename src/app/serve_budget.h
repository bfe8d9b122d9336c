/* Budgets of the running server: counted as events become durable, told of
 * when a step is reached, and changed by toll budget apply and remove.
 * Opened before the first request, closed behind the last. */
#ifndef APP_SERVE_BUDGET_H
#define APP_SERVE_BUDGET_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>

struct buf;
struct budget_meter;
struct conf;
struct http_call;
struct http_request;
struct ledger;
struct price_book;
struct serve_budget;
struct serve_notify;
struct why;

/* serve_budget_open: no budgets yet.
 *   notify  tells people; borrowed until serve_budget_close */
enum rc serve_budget_open(struct ledger *ledger, struct str timezone,
                          struct serve_notify *notify,
                          struct serve_budget **ret,
                          struct why *why) MUST_CHECK;
/* serve_budget_use: from now on those of `conf`, at the start and at each
 * reload; what was counted of those that stay is not lost. */
enum rc serve_budget_use(struct serve_budget *s, const struct conf *conf,
                         struct price_book *book, struct why *why) MUST_CHECK;
void serve_budget_close(struct serve_budget **budget); /* accepts NULL */

struct budget_meter *serve_budget_meter(struct serve_budget *s);

/* serve_budget_metrics: each budget's share of its limit, for /metrics. */
void serve_budget_metrics(struct serve_budget *s, struct buf *out);

/* serve_budget_take: true when the request is one of these:
 *   POST   /api/budgets            budgets as YAML or JSON, to be applied
 *   DELETE /api/budgets?name=NAME  one that was applied */
bool serve_budget_take(struct serve_budget *s, struct http_call *call,
                       const struct http_request *req);

#endif
