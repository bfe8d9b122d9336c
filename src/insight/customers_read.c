/* customers: what each cost, from calls, and what each brought, from what was
 * stated. */
#include "insight/customers_priv.h"

#include "base/utc.h"
#include "base/why.h"
#include "query/query_record.h"

/* ---- what they cost ---- */

/* The cost of those left out, too. */
static enum rc read_all(struct customers *in, struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost,requests,unpriced_requests",
        .from_us = in->from_us,
        .to_us = in->to_us,
    };
    struct answer *a = NULL;
    enum rc rc = insight_ask(in->call, &q, &a, why);

    if (rc == RC_OK) {
        in->asked.cost = answer_pico(a, 0, 0);
        in->asked.n_requests = answer_count(a, 0, 1);
        in->asked.n_unpriced = answer_count(a, 0, 2);
    }
    return rc;
}

static enum rc read_costs(struct customers *in, struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost,requests,users,unpriced_requests",
        .by = "customer",
        .from_us = in->from_us,
        .to_us = in->to_us,
        .order = "-cost",
        .lacks_totals = true,
    };
    struct answer *a = NULL;
    enum rc rc = insight_ask(in->call, &q, &a, why);

    if (rc != RC_OK) {
        return rc;
    }
    report_range(in->out, a);
    in->is_truncated = a->truncated;
    for (size_t i = 0; i < a->n_rows; i++) {
        struct payer p = {
            .name = answer_str(a, i, 0),
            .cost = answer_pico(a, i, 1),
            .n_requests = answer_count(a, i, 2),
            .n_users = answer_count(a, i, 3),
            .n_unpriced = answer_count(a, i, 4),
            .n_members = 1,
        };
        buf_add(&in->payers, &p, sizeof p);
    }
    enum rc full = buf_rc(&in->payers, why);
    return full == RC_OK && a->truncated ? read_all(in, why) : full;
}

/* The segment that most of a customer's calls bear, for those of whom no
 * revenue is stated. */
static enum rc read_segments(struct customers *in, struct why *why)
{
    const struct insight_question q = {
        .metrics = "requests",
        .by = "customer,segment",
        .from_us = in->from_us,
        .to_us = in->to_us,
        .order = "-requests",
    };
    struct answer *a = NULL;
    enum rc rc = insight_ask(in->call, &q, &a, why);

    for (size_t i = 0; rc == RC_OK && i < a->n_rows; i++) {
        struct payer *p = customers_find(&in->payers, customers_n(&in->payers),
                                         answer_str(a, i, 0));
        if (p != NULL && p->segment.n == 0) {
            p->segment = answer_str(a, i, 1);
        }
    }
    return rc;
}

/* ---- what they bring ---- */

/* ---- what they bring ---- */

/* The part of a month's revenue that lies in [from, to). */
static num_i128 part_of_month(num_i128 pico, int64_t month_us, int64_t next_us,
                              int64_t from_us, int64_t to_us)
{
    int64_t begin = month_us > from_us ? month_us : from_us;
    int64_t end = next_us < to_us ? next_us : to_us;

    return end > begin ? num_div_even(pico * (end - begin), next_us - month_us)
                       : 0;
}

static int64_t next_month(int64_t month_us)
{
    int year;
    int month;
    int day;

    utc_civil(month_us / UTC_US_PER_DAY, &year, &month, &day);
    return utc_day(month < 12 ? year : year + 1, month < 12 ? month + 1 : 1,
                   1) *
           UTC_US_PER_DAY;
}

static int64_t month_of(int64_t us)
{
    int year;
    int month;
    int day;

    utc_civil(us / UTC_US_PER_DAY, &year, &month, &day);
    return utc_day(year, month, 1) * UTC_US_PER_DAY;
}

/* One month's rows on their way to their payers, who are sorted by name up to
 * n_known. */
struct month {
    struct customers *in;
    int64_t begin_us, end_us;
    size_t n_known;
};

static enum rc keep_text(struct customers *in, struct payer *p,
                         const struct record *rec, struct why *why)
{
    struct arena *arena = in->call->arena;

    if (str_dup(arena, rec->dim[DIM_SEGMENT], &p->segment) != RC_OK ||
        str_dup(arena, rec->tier, &p->tier) != RC_OK ||
        (p->name.p == NULL &&
         str_dup(arena, rec->dim[DIM_CUSTOMER], &p->name) != RC_OK)) {
        return why_set(why, RC_LIMIT, "too many customers for one answer");
    }
    return RC_OK;
}

static enum rc take_customer(void *arg, const struct record *rec,
                             struct why *why)
{
    const struct month *m = arg;
    struct customers *in = m->in;
    struct payer *p =
        customers_find(&in->payers, m->n_known, rec->dim[DIM_CUSTOMER]);

    if (p == NULL) {
        struct payer one = {.n_members = 1};
        buf_add(&in->payers, &one, sizeof one);
        enum rc rc = buf_rc(&in->payers, why);
        if (rc != RC_OK) {
            return rc;
        }
        p = customers_at(&in->payers, customers_n(&in->payers) - 1);
    }
    p->has_revenue = true;
    p->monthly = rec->revenue.pico;
    p->revenue += part_of_month(rec->revenue.pico, m->begin_us, m->end_us,
                                in->from_us, in->to_us);
    return keep_text(in, p, rec, why);
}

/* The last month's tier and segment are those a customer is told by. */
static enum rc read_revenue(struct customers *in, struct why *why)
{
    enum rc rc = RC_OK;

    for (int64_t month = month_of(in->from_us);
         month < in->to_us && rc == RC_OK; month = next_month(month)) {
        struct month m = {.in = in,
                          .begin_us = month,
                          .end_us = next_month(month),
                          .n_known = customers_n(&in->payers)};

        customers_sort(in, customers_by_name);
        rc = query_customers(month, 0, in->call->env->reader, take_customer, &m,
                             why);
    }
    customers_sort(in, customers_by_name);
    return rc;
}

num_i128 customers_over_range(const struct customers *in, struct usd monthly)
{
    num_i128 sum = 0;

    for (int64_t month = month_of(in->from_us); month < in->to_us;
         month = next_month(month)) {
        sum += part_of_month(monthly.pico, month, next_month(month),
                             in->from_us, in->to_us);
    }
    return sum;
}

enum rc customers_read(struct customers *in, struct why *why)
{
    enum rc rc = read_costs(in, why);

    customers_sort(in, customers_by_name);
    rc = rc == RC_OK ? read_segments(in, why) : rc;
    return rc == RC_OK ? read_revenue(in, why) : rc;
}
