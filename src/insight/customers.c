/* customers: what each costs against what each brings, by customer, segment
 * and tier, and what a cap, another price or another model would change.
 *
 * Revenue is stated a month (PUT /v1/customers) and counted for the part of
 * each month that lies in the range, to the microsecond; months are those of
 * UTC, as they were stated. */
#include "insight/customers_priv.h"

#include "base/utc.h"

enum { ROWS_USUAL = 20, ROWS_MAX = 100000 };

static enum rc read_wish(const struct insight_call *call,
                         struct customers_wish *ret, struct why *why)
{
    const struct usd none = {.pico = -1};

    ret->tier = insight_value(call, "tier");
    enum rc rc = insight_usd(call, "cap", none, &ret->cap, why);
    return rc == RC_OK ? insight_usd(call, "price", none, &ret->price, why)
                       : rc;
}

/* Nobody has paid yet for what is to come, and no call is older than 2020. */
static void clamp(struct customers *in)
{
    int64_t first_us = utc_day(2020, 1, 1) * UTC_US_PER_DAY;
    int64_t until_us = insight_until_us(in->call);

    in->from_us = in->from_us > first_us ? in->from_us : first_us;
    in->to_us = in->to_us < until_us ? in->to_us : until_us;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct customers in = {.call = call, .out = out};
    struct customers_wish wish;
    int64_t limit = 0;
    enum rc rc = insight_range(call, "30d", &in.from_us, &in.to_us, why);

    clamp(&in);
    rc = rc == RC_OK ? read_wish(call, &wish, why) : rc;
    if (rc == RC_OK) {
        rc = insight_i64(call, "limit",
                         (struct insight_bounds_i64){ROWS_USUAL, 1, ROWS_MAX},
                         &limit, why);
    }
    buf_init(&in.payers, LIMIT_ANSWER_BYTES_MAX);
    rc = rc == RC_OK ? customers_read(&in, why) : rc;
    if (rc == RC_OK) {
        rc = customers_tell(&in, &wish, (size_t)limit, why);
    }
    buf_fini(&in.payers);
    return rc;
}

static const struct insight_param params[] = {
    INSIGHT_RANGE_PARAMS,
    {"limit", "N", "customers listed; 20 unless said", false},
    {"cap", "USD", "what if calls ended at that cost a customer and month",
     false},
    {"price", "USD", "what if everybody paid that a month", false},
    {"tier", "TIER", "whom cap and price are for; all unless said", false},
};

const struct insight insight_customers = {
    .name = "customers",
    .path = "/api/customers",
    .summary = "cost against revenue, by customer, segment and tier",
    .details = "  toll customers --range last-month\n"
               "  toll customers --cap 50 --tier free\n"
               "  toll customers --price 29 --tier pro",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
