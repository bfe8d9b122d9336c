/* What whatif, savings and plan share: spans of complete days, amounts a
 * month, prices of a model that calls might go to, and what its prompt cache
 * asks for.  Prices come from price/cost.h only.  Pure but for asking; any
 * thread, each with its own. */
#ifndef INSIGHT_DECIDE_H
#define INSIGHT_DECIDE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/num.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "insight/insight.h"

#include <stdbool.h>
#include <stdint.h>

struct price_memo;

/* A month is 365.25 / 12 days. */
#define DECIDE_MONTH_US INT64_C(2629800000000)

/* decide_last_days: the last n complete local days before now. */
enum rc decide_last_days(const struct insight_call *call, int n,
                         int64_t *ret_from_us, int64_t *ret_to_us,
                         struct why *why) MUST_CHECK;

/* decide_length_us: how long [from, to) is, as far as it is over.  Whole days
 * are of 24 hours, also when the clocks changed within; at least an hour. */
int64_t decide_length_us(int64_t from_us, int64_t to_us, int64_t now_us);

/* decide_per_month: what an amount of that length comes to in a month,
 * rounded half to even. */
num_i128 decide_per_month(num_i128 pico, int64_t length_us);

/* decide_ask: insight_ask, of one feature only; its name may hold anything.
 * decide_only: the filter by itself. */
enum rc decide_ask(const struct insight_call *call,
                   const struct insight_question *q, struct str feature,
                   struct answer **ret, struct why *why) MUST_CHECK;
enum rc decide_only(const struct insight_call *call, struct str feature,
                    struct query *q, struct why *why) MUST_CHECK;

/* decide_check_feature: RC_NOT_FOUND, with the nearest name, when no call of
 * the range has that feature although others have one. */
enum rc decide_check_feature(const struct insight_call *call,
                             const struct insight_question *q,
                             struct str feature, struct why *why) MUST_CHECK;

/* decide_unknown_model: "there is no price for X", with near names of the
 * book.  Returns RC_INVALID. */
enum rc decide_unknown_model(const struct insight_call *call,
                             struct str provider, struct str model,
                             struct why *why);

/* decide_provider: who sells the model: `stated` when given, else the first of
 * the likely ones that has a price for it: `usual`, whoever the name tells.
 * RC_INVALID, with near names, when nobody has. */
enum rc decide_provider(const struct insight_call *call, struct str stated,
                        struct str usual, struct str model,
                        struct str *ret_provider, struct why *why) MUST_CHECK;

/* decide_cache_min: input tokens below which the model's prompt cache keeps
 * nothing.  Source: docs/methods.md, "Cache minimum". */
int64_t decide_cache_min(struct str provider, struct str model);

/* What a thousand tokens of a class cost in a call with so much input, in
 * pico-dollars. */
struct decide_rates {
    bool is_known;
    int64_t per_1000[TOKEN__COUNT];
};
enum rc decide_rates(const struct insight_call *call, struct price_memo *memo,
                     const struct event *like, struct decide_rates *ret,
                     struct why *why) MUST_CHECK;
/* decide_at: so many tokens at that rate. */
num_i128 decide_at(num_i128 tokens, int64_t per_1000);

/* Amounts as words, in the call's arena. */
const char *decide_usd(const struct insight_call *call, num_i128 pico);
const char *decide_change(const struct insight_call *call, num_i128 pico);
const char *decide_count(const struct insight_call *call, num_i128 n);
const char *decide_percent(const struct insight_call *call, double share);

#endif
