/* customers: what each costs against what each brings, by customer, segment
 * and tier, and what a cap, another price or another model would change.
 *
 * Revenue is stated a month (PUT /v1/customers) and counted for the part of
 * each month that lies in the range, to the microsecond; months are those of
 * UTC, as they were stated. */
#include "insight/insight.h"
#include "insight/say.h"

#include "base/utc.h"
#include "base/why.h"
#include "query/query_record.h"

#include <stdlib.h>

enum { ROWS_USUAL = 20, ROWS_MAX = 100000, DEAR_MAX = 10 };

#define DEAR_SHARE 0.5 /* of revenue: whose calls cost as much is told of */

/* One customer, or all of one segment or tier. */
struct payer {
    struct str name;
    struct str segment;
    struct str tier;
    num_i128 n_requests;
    num_i128 n_users;
    num_i128 n_unpriced;
    num_i128 cost;    /* pico-dollars */
    num_i128 revenue; /* of the range */
    num_i128 monthly; /* revenue a month at the range's end */
    size_t n_members; /* customers in it */
    bool has_revenue; /* stated, 0 included */
};

struct customers {
    const struct insight_call *call;
    struct report *out;
    int64_t from_us, to_us;
    struct buf payers; /* struct payer, by name */
    struct payer all;
    struct payer asked; /* cost and calls, of those left out as well */
    bool is_truncated;
};

static struct payer *payer_at(const struct buf *b, size_t i)
{
    return (struct payer *)(void *)b->p + i;
}

static size_t n_payers(const struct buf *b)
{
    return b->n / sizeof(struct payer);
}

static int by_name(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;

    return str_cmp(left->name, right->name);
}

/* By what is lost first, then by cost. */
static int by_margin(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;
    num_i128 x = left->revenue - left->cost;
    num_i128 y = right->revenue - right->cost;

    return x < y ? -1 : x > y ? 1 : by_name(a, b);
}

static int by_cost(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;

    return left->cost > right->cost   ? -1
           : left->cost < right->cost ? 1
                                      : by_name(a, b);
}

static void sort_payers(struct customers *in,
                        int by(const void *a, const void *b))
{
    size_t n = n_payers(&in->payers);

    if (n > 1) { /* of none there is no array */
        qsort(in->payers.p, n, sizeof(struct payer), by);
    }
}

/* ---- what they cost ---- */

static struct payer *find(const struct buf *payers, size_t n, struct str name)
{
    const struct payer key = {.name = name};

    return n > 0 ? bsearch(&key, payers->p, n, sizeof key, by_name) : NULL;
}

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
        struct payer *p =
            find(&in->payers, n_payers(&in->payers), answer_str(a, i, 0));
        if (p != NULL && p->segment.n == 0) {
            p->segment = answer_str(a, i, 1);
        }
    }
    return rc;
}

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
    struct payer *p = find(&in->payers, m->n_known, rec->dim[DIM_CUSTOMER]);

    if (p == NULL) {
        struct payer one = {.n_members = 1};
        buf_add(&in->payers, &one, sizeof one);
        enum rc rc = buf_rc(&in->payers, why);
        if (rc != RC_OK) {
            return rc;
        }
        p = payer_at(&in->payers, n_payers(&in->payers) - 1);
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
                          .n_known = n_payers(&in->payers)};

        sort_payers(in, by_name);
        rc = query_customers(month, 0, in->call->env->reader, take_customer, &m,
                             why);
    }
    sort_payers(in, by_name);
    return rc;
}

static void add_to(struct payer *sum, const struct payer *p)
{
    sum->n_requests += p->n_requests;
    sum->n_users += p->n_users;
    sum->n_unpriced += p->n_unpriced;
    sum->cost += p->cost;
    sum->revenue += p->revenue;
    sum->monthly += p->monthly;
    sum->n_members += p->n_members;
    sum->has_revenue = sum->has_revenue || p->has_revenue;
}

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
    size_t n = n_payers(&in->payers);

    sort_payers(in, grouping == BY_TIER ? by_tier : by_segment);
    for (size_t i = 0; i < n; i++) {
        const struct payer *p = payer_at(&in->payers, i);
        struct str name = grouping == BY_TIER ? p->tier : p->segment;
        size_t k = n_payers(ret);

        if (k == 0 || !str_eq(payer_at(ret, k - 1)->name, name)) {
            struct payer one = {.name = name};
            buf_add(ret, &one, sizeof one);
        }
        if (buf_rc(ret, NULL) == RC_OK) {
            add_to(payer_at(ret, n_payers(ret) - 1), p);
        }
    }
    qsort(ret->p, n_payers(ret), sizeof(struct payer), by_cost);
}

/* The group whose share of the cost exceeds its share of the revenue most;
 * NULL when none does by a tenth. */
static const struct payer *disproportionate(const struct customers *in,
                                            const struct buf *groups)
{
    const struct payer *worst = NULL;
    double most = 0.1;

    for (size_t i = 0; i < n_payers(groups) && in->all.revenue > 0; i++) {
        const struct payer *p = payer_at(groups, i);
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
    for (size_t i = 0; i < n_payers(&groups); i++) {
        add_group(t, in, payer_at(&groups, i));
    }
    const struct payer *worst = is_tier ? disproportionate(in, &groups) : NULL;
    if (worst != NULL) {
        say_tier(in, worst);
    }
    enum rc rc = buf_rc(&groups, why);
    buf_fini(&groups);
    return rc;
}

/* ---- what would change it ---- */

static const struct report_column what_if_columns[] = {
    {"change", ANSWER_TEXT, false}, {"customers", ANSWER_COUNT, false},
    {"cost", ANSWER_USD, false},    {"revenue", ANSWER_USD, false},
    {"margin", ANSWER_USD, false},  {"margin_change", ANSWER_USD, true},
};

struct wish {
    struct str tier;  /* of whom; empty: of all */
    struct usd cap;   /* of cost, a customer and month; pico < 0: none */
    struct usd price; /* revenue instead, likewise */
};

static enum rc read_wish(const struct insight_call *call, struct wish *ret,
                         struct why *why)
{
    const struct usd none = {.pico = -1};

    ret->tier = insight_value(call, "tier");
    enum rc rc = insight_usd(call, "cap", none, &ret->cap, why);
    return rc == RC_OK ? insight_usd(call, "price", none, &ret->price, why)
                       : rc;
}

/* So much a month, for as long as the range is. */
static num_i128 over_range(const struct customers *in, struct usd monthly)
{
    num_i128 sum = 0;

    for (int64_t month = month_of(in->from_us); month < in->to_us;
         month = next_month(month)) {
        sum += part_of_month(monthly.pico, month, next_month(month),
                             in->from_us, in->to_us);
    }
    return sum;
}

static void add_change(struct customers *in, struct report_table *t,
                       const struct wish *wish, bool is_cap)
{
    num_i128 limit = over_range(in, is_cap ? wish->cap : wish->price);
    struct payer after = in->all;
    num_i128 n = 0;
    struct buf name;

    for (size_t i = 0; i < n_payers(&in->payers); i++) {
        const struct payer *p = payer_at(&in->payers, i);
        bool is_meant = p->name.n > 0 && /* nobody is no customer */
                        (wish->tier.n == 0 || str_eq(wish->tier, p->tier));

        if (is_meant && is_cap && p->cost > limit) {
            after.cost -= p->cost - limit;
            n++;
        } else if (is_meant && !is_cap && p->has_revenue) {
            after.revenue += limit - p->revenue;
            n++;
        }
    }
    buf_init(&name, 1024);
    buf_cz(&name, is_cap ? "calls end at " : "everybody pays ");
    say_usd(&name, is_cap ? wish->cap.pico : wish->price.pico);
    buf_cz(&name, " a customer and month");
    report_row(t,
               (struct answer_cell[]){
                   report_str(buf_view(&name)),
                   report_count(n),
                   report_usd(after.cost),
                   report_usd_if(after.has_revenue, after.revenue),
                   report_usd_if(after.has_revenue, after.revenue - after.cost),
                   report_usd((after.revenue - after.cost) -
                              (in->all.revenue - in->all.cost)),
               });
    buf_fini(&name);
}

static void add_what_if(struct customers *in, const struct wish *wish)
{
    if (wish->cap.pico < 0 && wish->price.pico < 0) {
        return;
    }
    struct report_table *t =
        report_table(in->out, "what_if", "What would change", what_if_columns,
                     ARRAY_N(what_if_columns));
    if (wish->cap.pico >= 0) {
        add_change(in, t, wish, true);
    }
    if (wish->price.pico >= 0) {
        add_change(in, t, wish, false);
    }
    report_note(in->out, "A cap is reckoned on what was spent: whether "
                         "customers would have stayed is not known.");
}

/* ---- the answer ---- */

static void say_lists(struct customers *in, size_t limit)
{
    size_t n = n_payers(&in->payers);

    sort_payers(in, by_margin);
    struct report_table *t =
        report_table(in->out, "dear", "Dear relative to what they bring",
                     customer_columns, ARRAY_N(customer_columns));
    for (size_t i = 0; i < n && t->n_rows < DEAR_MAX; i++) {
        const struct payer *p = payer_at(&in->payers, i);
        if (p->has_revenue && p->name.n > 0 && p->cost > 0 &&
            (double)p->cost > DEAR_SHARE * (double)p->revenue) {
            add_customer(t, p);
        }
    }
    sort_payers(in, by_cost);
    t = report_table(in->out, "customers", "By cost", customer_columns,
                     ARRAY_N(customer_columns));
    for (size_t i = 0; i < n && i < limit; i++) {
        add_customer(t, payer_at(&in->payers, i));
    }
}

static size_t n_losing(const struct customers *in)
{
    size_t n = 0;

    for (size_t i = 0; i < n_payers(&in->payers); i++) {
        const struct payer *p = payer_at(&in->payers, i);
        n += p->has_revenue && p->cost > p->revenue ? 1 : 0;
    }
    return n;
}

/* Calls that name no customer are nobody's. */
static size_t n_named(const struct customers *in)
{
    size_t n = 0;

    for (size_t i = 0; i < n_payers(&in->payers); i++) {
        n += payer_at(&in->payers, i)->name.n > 0 ? 1 : 0;
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
        find(&in->payers, n_payers(&in->payers), STR_EMPTY);

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

static enum rc tell(struct customers *in, const struct wish *wish, size_t limit,
                    struct why *why)
{
    for (size_t i = 0; i < n_payers(&in->payers); i++) {
        add_to(&in->all, payer_at(&in->payers, i));
    }
    if (in->is_truncated) {
        in->all.cost = in->asked.cost;
        in->all.n_requests = in->asked.n_requests;
        in->all.n_unpriced = in->asked.n_unpriced;
    }
    report_title(in->out, "Customers");
    if (n_payers(&in->payers) == 0) {
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
    add_what_if(in, wish);
    say_lists(in, limit);
    enum rc rc = add_groups(in, BY_TIER, why);
    return rc == RC_OK ? add_groups(in, BY_SEGMENT, why) : rc;
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
    struct wish wish;
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
    rc = rc == RC_OK ? read_costs(&in, why) : rc;
    sort_payers(&in, by_name);
    rc = rc == RC_OK ? read_segments(&in, why) : rc;
    rc = rc == RC_OK ? read_revenue(&in, why) : rc;
    if (rc == RC_OK) {
        rc = tell(&in, &wish, (size_t)limit, why);
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
