/* customers: the words and tables of it. */
#include "insight/customers_priv.h"

#include "insight/say.h"

#include <stdlib.h>

enum { DEAR_MAX = 10 };

#define DEAR_SHARE 0.5 /* of revenue: whose calls cost as much is told of */

/* ---- orders ---- */

/* By what is lost first, then by cost. */
static int by_margin(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;
    num_i128 x = left->revenue - left->cost;
    num_i128 y = right->revenue - right->cost;

    return x < y ? -1 : x > y ? 1 : customers_by_name(a, b);
}

static int by_cost(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;

    return left->cost > right->cost   ? -1
           : left->cost < right->cost ? 1
                                      : customers_by_name(a, b);
}

/* ---- tables ---- */

/* ---- tables ---- */

static double ratio_of(num_i128 part, num_i128 whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

/* Calls that all lack a price cost something, but nobody knows what. */
static bool has_cost(const struct payer *p)
{
    return p->n_requests == 0 || p->n_unpriced < p->n_requests;
}

static struct answer_cell cost_cell(const struct payer *p)
{
    return report_usd_if(has_cost(p), p->cost);
}

static struct answer_cell margin_cell(const struct payer *p)
{
    return report_usd_if(p->has_revenue && has_cost(p), p->revenue - p->cost);
}

static struct answer_cell cost_of_revenue(const struct payer *p)
{
    return has_cost(p) ? report_share(p->cost, p->revenue) : report_null();
}

static const struct report_column customer_columns[] = {
    {"customer", ANSWER_TEXT, false},
    {"segment", ANSWER_TEXT, false},
    {"tier", ANSWER_TEXT, false},
    {"requests", ANSWER_COUNT, false},
    {"users", ANSWER_COUNT, false},
    {"cost", ANSWER_USD, false},
    {"revenue", ANSWER_USD, false},
    {"margin", ANSWER_USD, false},
    {"cost_of_revenue", ANSWER_RATIO, false},
};

static void add_customer(struct report_table *t, const struct payer *p)
{
    report_row(t, (struct answer_cell[]){
                      report_str(p->name),
                      report_str(p->segment),
                      report_str(p->tier),
                      report_count(p->n_requests),
                      report_count(p->n_users),
                      cost_cell(p),
                      report_usd_if(p->has_revenue, p->revenue),
                      margin_cell(p),
                      cost_of_revenue(p),
                  });
}

static const struct report_column group_columns[] = {
    {"name", ANSWER_TEXT, false},
    {"customers", ANSWER_COUNT, false},
    {"requests", ANSWER_COUNT, false},
    {"cost", ANSWER_USD, false},
    {"revenue", ANSWER_USD, false},
    {"margin", ANSWER_USD, false},
    {"share_of_cost", ANSWER_RATIO, false},
    {"share_of_revenue", ANSWER_RATIO, false},
    {"cost_per_customer", ANSWER_USD_RATIO, false},
};

static void add_group(struct report_table *t, const struct customers *in,
                      const struct payer *p)
{
    report_row(t,
               (struct answer_cell[]){
                   report_str(p->name.n > 0 ? p->name : STR("(unknown)")),
                   report_count((num_i128)p->n_members),
                   report_count(p->n_requests),
                   cost_cell(p),
                   report_usd_if(p->has_revenue, p->revenue),
                   margin_cell(p),
                   report_share(p->cost, in->all.cost),
                   report_share(p->revenue, in->all.revenue),
                   report_usd_if(has_cost(p),
                                 num_div_even(p->cost, (int64_t)p->n_members)),
               });
}

enum grouping { BY_TIER, BY_SEGMENT };

static int by_tier(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;

    return str_cmp(left->tier, right->tier);
}

static int by_segment(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;

    return str_cmp(left->segment, right->segment);
}

/* Everybody, summed by tier or segment, dearest first.  The groups' names are
 * those of their members, who are put into the groups' order. */
static void make_groups(struct customers *in, enum grouping grouping,
                        struct buf *ret)
{
    size_t n = customers_n(&in->payers);

    customers_sort(in, grouping == BY_TIER ? by_tier : by_segment);
    for (size_t i = 0; i < n; i++) {
        const struct payer *p = customers_at(&in->payers, i);
        struct str name = grouping == BY_TIER ? p->tier : p->segment;
        size_t k = customers_n(ret);

        if (k == 0 || !str_eq(customers_at(ret, k - 1)->name, name)) {
            struct payer one = {.name = name};
            buf_add(ret, &one, sizeof one);
        }
        if (buf_rc(ret, NULL) == RC_OK) {
            customers_add(customers_at(ret, customers_n(ret) - 1), p);
        }
    }
    qsort(ret->p, customers_n(ret), sizeof(struct payer), by_cost);
}

/* The group whose share of the cost exceeds its share of the revenue most;
 * NULL when none does by a tenth. */
static const struct payer *disproportionate(const struct customers *in,
                                            const struct buf *groups)
{
    const struct payer *worst = NULL;
    double most = 0.1;

    for (size_t i = 0; i < customers_n(groups) && in->all.revenue > 0; i++) {
        const struct payer *p = customers_at(groups, i);
        double excess = ratio_of(p->cost, in->all.cost) -
                        ratio_of(p->revenue, in->all.revenue);
        if (p->has_revenue && excess > most) {
            most = excess;
            worst = p;
        }
    }
    return worst;
}

static void say_tier(const struct customers *in, const struct payer *p)
{
    struct buf b;

    buf_init(&b, 4096);
    buf_fmt(&b, "Tier %.*s drives ", STR_ARG(p->name));
    say_share(&b, ratio_of(p->cost, in->all.cost));
    buf_cz(&b, " of the cost and brings ");
    say_share(&b, ratio_of(p->revenue, in->all.revenue));
    buf_cz(&b, " of the revenue.");
    report_text(in->out, "disproportionate", buf_view(&b));
    buf_fini(&b);
}

static enum rc add_groups(struct customers *in, enum grouping grouping,
                          struct why *why)
{
    bool is_tier = grouping == BY_TIER;
    struct buf groups;

    buf_init(&groups, in->payers.max);
    make_groups(in, grouping, &groups);
    struct report_table *t =
        report_table(in->out, is_tier ? "tiers" : "segments",
                     is_tier ? "By tier" : "By segment", group_columns,
                     ARRAY_N(group_columns));
    for (size_t i = 0; i < customers_n(&groups); i++) {
        add_group(t, in, customers_at(&groups, i));
    }
    const struct payer *worst = is_tier ? disproportionate(in, &groups) : NULL;
    if (worst != NULL) {
        say_tier(in, worst);
    }
    enum rc rc = buf_rc(&groups, why);
    buf_fini(&groups);
    return rc;
}

/* ---- the answer ---- */

/* ---- the answer ---- */

static void say_lists(struct customers *in, size_t limit)
{
    size_t n = customers_n(&in->payers);

    customers_sort(in, by_margin);
    struct report_table *t =
        report_table(in->out, "dear", "Dear relative to what they bring",
                     customer_columns, ARRAY_N(customer_columns));
    for (size_t i = 0; i < n && t->n_rows < DEAR_MAX; i++) {
        const struct payer *p = customers_at(&in->payers, i);
        if (p->has_revenue && p->name.n > 0 && p->cost > 0 &&
            (double)p->cost > DEAR_SHARE * (double)p->revenue) {
            add_customer(t, p);
        }
    }
    customers_sort(in, by_cost);
    t = report_table(in->out, "customers", "By cost", customer_columns,
                     ARRAY_N(customer_columns));
    for (size_t i = 0; i < n && i < limit; i++) {
        add_customer(t, customers_at(&in->payers, i));
    }
}

static size_t n_losing(const struct customers *in)
{
    size_t n = 0;

    for (size_t i = 0; i < customers_n(&in->payers); i++) {
        const struct payer *p = customers_at(&in->payers, i);
        n += p->has_revenue && p->cost > p->revenue ? 1 : 0;
    }
    return n;
}

/* Calls that name no customer are nobody's. */
static size_t n_named(const struct customers *in)
{
    size_t n = 0;

    for (size_t i = 0; i < customers_n(&in->payers); i++) {
        n += customers_at(&in->payers, i)->name.n > 0 ? 1 : 0;
    }
    return n;
}

static void say_it(struct customers *in)
{
    size_t n = n_named(in);
    struct buf b;

    buf_init(&b, 4096);
    buf_fmt(&b, "%zu %s cost ", n, n == 1 ? "customer" : "customers");
    say_usd(&b, in->all.cost);
    if (!has_cost(&in->all)) {
        buf_clear(&b);
        buf_cz(&b, "None of the calls has a price, so what customers cost is "
                   "not known.");
    } else if (in->all.has_revenue) {
        size_t lost = n_losing(in);
        buf_cz(&b, n == 1 ? " and brings " : " and bring ");
        say_usd(&b, in->all.revenue);
        buf_fmt(&b, "; %zu %s more than %s.", lost,
                lost == 1 ? "costs" : "cost",
                lost == 1 ? "it brings" : "they bring");
    } else {
        buf_cz(&b, "; what they bring is not known.");
        report_note(in->out,
                    "No revenue is stated: send it with PUT /v1/customers "
                    "(docs/records.md), and margins can be told.");
    }
    report_sentence(in->out, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void add_notes(struct customers *in)
{
    const struct payer *nobody =
        customers_find(&in->payers, customers_n(&in->payers), STR_EMPTY);

    if (nobody != NULL && nobody->cost > 0) {
        struct buf b;
        buf_init(&b, 1024);
        say_usd(&b, nobody->cost);
        report_note(in->out, "%.*s was spent for no named customer.",
                    STR_ARG(buf_view(&b)));
        buf_fini(&b);
    }
    if (in->all.n_unpriced > 0) {
        report_note(in->out,
                    "%s of %s calls %s no price; what they cost is not in "
                    "here. toll quality names their models.",
                    say_counted(in->all.n_unpriced).cz,
                    say_counted(in->all.n_requests).cz,
                    in->all.n_unpriced == 1 ? "has" : "have");
    }
    if (in->is_truncated) {
        report_note(in->out,
                    "Only the %d dearest customers are told apart; the cost of "
                    "all is that of the others as well.",
                    LIMIT_QUERY_ROWS_MAX);
    }
}

enum rc customers_tell(struct customers *in, const struct customers_wish *wish,
                       size_t limit, struct why *why)
{
    for (size_t i = 0; i < customers_n(&in->payers); i++) {
        customers_add(&in->all, customers_at(&in->payers, i));
    }
    if (in->is_truncated) {
        in->all.cost = in->asked.cost;
        in->all.n_requests = in->asked.n_requests;
        in->all.n_unpriced = in->asked.n_unpriced;
    }
    report_title(in->out, "Customers");
    if (customers_n(&in->payers) == 0) {
        report_sentence(in->out, "There are no calls and no customers in this "
                                 "range, so there is nothing to hold against "
                                 "each other.");
        return RC_OK;
    }
    add_notes(in);
    report_fact(in->out, "cost", ANSWER_USD, cost_cell(&in->all));
    report_fact(in->out, "revenue", ANSWER_USD,
                report_usd_if(in->all.has_revenue, in->all.revenue));
    report_fact(in->out, "margin", ANSWER_USD, margin_cell(&in->all));
    report_fact(in->out, "cost_of_revenue", ANSWER_RATIO,
                cost_of_revenue(&in->all));
    report_fact(in->out, "n_customers", ANSWER_COUNT,
                report_count((num_i128)n_named(in)));
    report_fact(in->out, "n_losing", ANSWER_COUNT,
                in->all.has_revenue ? report_count((num_i128)n_losing(in))
                                    : report_null());
    say_it(in);
    customers_tell_wish(in, wish);
    say_lists(in, limit);
    enum rc rc = add_groups(in, BY_TIER, why);
    return rc == RC_OK ? add_groups(in, BY_SEGMENT, why) : rc;
}
