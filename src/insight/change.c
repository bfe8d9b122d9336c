/* The cost of a cell is
 *
 *     users . requests a user . model's share . tokens a request . waste
 *         . sum over token classes of (share of class . price)
 *
 * once for input, whose classes are uncached, read, and written for a short
 * or a long time, and once for
 * output, which is one class.  Such a sum of products is linear in every
 * factor, so Shapley's value needs no walk over the orders: with the
 * polynomial P(x) = prod (a_i + b_i x) over all other factors, factor j has
 * (b_j - a_j) . sum_t W_t P_t, where W_t = t! (n-1-t)! / n! is the chance
 * that exactly t of the others have changed before it.  Input and output share
 * their first three factors, and classes of input the next two; so the
 * polynomials are put together of few pieces, and what a piece is weighed by
 * is reckoned once.
 *
 * Every sum below is written so that it has the same roundings when the sides
 * are swapped, which turns a polynomial's coefficients round: terms are added
 * from both ends to the middle.  Compilers may not fuse them (meson.build). */
#include "insight/change.h"

#include "base/attr.h"
#include "base/check.h"

#include <math.h>

enum {
    CLASSES = 4, /* of input */
    N = 7        /* factors of a class */
};

struct str change_cause_name(enum change_cause cause)
{
    static const struct str name[CHANGE__COUNT] = {
        [CHANGE_USERS] = STR_INIT("users"),
        [CHANGE_REQUESTS_PER_USER] = STR_INIT("requests_per_user"),
        [CHANGE_MODEL_MIX] = STR_INIT("model_mix"),
        [CHANGE_INPUT_TOKENS] = STR_INIT("input_tokens"),
        [CHANGE_CACHE] = STR_INIT("cache"),
        [CHANGE_OUTPUT_TOKENS] = STR_INIT("output_tokens"),
        [CHANGE_RETRIES] = STR_INIT("retries"),
        [CHANGE_PRICE] = STR_INIT("price"),
        [CHANGE_NEW] = STR_INIT("new_features"),
        [CHANGE_REMOVED] = STR_INIT("removed_features"),
        [CHANGE_DAYS] = STR_INIT("days"),
        [CHANGE_OTHER] = STR_INIT("other"),
    };
    return name[cause];
}

/* ---- Shapley's value of products ---- */

/* p, of degree n - 1, times (a + b x). */
static void multiply(double *p, size_t n, double a, double b)
{
    p[n] = p[n - 1] * b;
    for (size_t t = n - 1; t > 0; t--) {
        double low = p[t] * a;
        double high = p[t - 1] * b;
        p[t] = low + high;
    }
    p[0] = p[0] * a;
}

/* Of n terms, from both ends to the middle. */
static double sum_inwards(const double *term, size_t n)
{
    double sum = 0;

    for (size_t t = 0; t < n / 2; t++) {
        double pair = term[t] + term[n - 1 - t];
        sum += pair;
    }
    return n % 2 == 0 ? sum : sum + term[n / 2];
}

static void weights(size_t n, double *ret)
{
    double w = 1 / (double)n; /* 0! (n-1)! / n! */

    for (size_t t = 0; t < n - t; t++) {
        ret[t] = w;
        ret[n - 1 - t] = w;
        if (t + 1 < n) {
            w = w * (double)(t + 1) / (double)(n - 1 - t);
        }
    }
}

void change_product(const double *a, const double *b, size_t n, double *ret)
{
    double w[CHANGE_FACTORS_MAX];
    double p[CHANGE_FACTORS_MAX + 1];

    CHECK(n >= 1 && n <= CHANGE_FACTORS_MAX);
    weights(n, w);
    for (size_t j = 0; j < n; j++) {
        size_t len = 1;

        p[0] = 1;
        for (size_t i = 0; i < n; i++) {
            if (i != j) {
                multiply(p, len++, a[i], b[i]);
            }
        }
        for (size_t t = 0; t < n; t++) {
            p[t] *= w[t];
        }
        ret[j] = (b[j] - a[j]) * sum_inwards(p, n);
    }
}

/* One side of a cell: how much there was, and what it was made of. */
struct volume {
    double users, requests, share;
};
struct bill { /* of input, or of output, which has one class only */
    double tokens, waste;
    double share[CLASSES];
    double price[CLASSES]; /* pico-dollars a token */
};
struct factors {
    struct volume volume;
    struct bill in, out;
};

/* W_t for the seven factors of a class: 1 / (7 binomial(6, t)). */
static const double weight[N] = {1.0 / 7,   1.0 / 42, 1.0 / 105, 1.0 / 140,
                                 1.0 / 105, 1.0 / 42, 1.0 / 7};

/* Sum of p_t w_t. */
static double weigh(const double *p, const double *w, size_t n)
{
    double term[N];

    for (size_t t = 0; t < n; t++) {
        term[t] = p[t] * w[t];
    }
    return sum_inwards(term, n);
}

/* The same, when p is yet to be multiplied by another polynomial, of n_ret
 * terms: what each of those is to be weighed by. */
static void weigh_later(const double *p, size_t n, const double *w,
                        size_t n_ret, double *ret)
{
    for (size_t t = 0; t < n_ret; t++) {
        ret[t] = weigh(p, w + t, n);
    }
}

/* A bill's parts.
 *   w        what a polynomial of degree 3, as that of the bill's other
 *            factors, is weighed by: the volume's doing
 *   ret_all  the bill's own polynomial, degree 4 */
static void add_bill(const struct bill *a, const struct bill *b,
                     enum change_cause tokens, const double *w, double *part,
                     double ret_all[5])
{
    double mean[3] = {0, 0, 0}; /* price of a token, and the same with waste */
    double without_tokens[4];
    double without_waste[4];
    double both[3] = {1, 0, 0}; /* tokens and waste */
    double rest[2];             /* what a share's or a price's is weighed by */

    for (size_t k = 0; k < CLASSES; k++) {
        double up = a->share[k] * b->price[k];
        double down = b->share[k] * a->price[k];
        mean[0] += a->share[k] * a->price[k];
        mean[1] += up + down;
        mean[2] += b->share[k] * b->price[k];
    }
    for (size_t t = 0; t < 3; t++) {
        without_tokens[t] = mean[t];
        without_waste[t] = mean[t];
    }
    multiply(without_tokens, 3, a->waste, b->waste);
    multiply(without_waste, 3, a->tokens, b->tokens);
    part[tokens] += (b->tokens - a->tokens) * weigh(without_tokens, w, 4);
    part[CHANGE_RETRIES] += (b->waste - a->waste) * weigh(without_waste, w, 4);
    for (size_t t = 0; t < 4; t++) {
        ret_all[t] = without_tokens[t];
    }
    multiply(ret_all, 4, a->tokens, b->tokens);

    multiply(both, 1, a->tokens, b->tokens);
    multiply(both, 2, a->waste, b->waste);
    weigh_later(both, 3, w, 2, rest);
    for (size_t k = 0; k < CLASSES; k++) {
        double price = a->price[k] * rest[0] + b->price[k] * rest[1];
        double share = a->share[k] * rest[0] + b->share[k] * rest[1];
        part[CHANGE_CACHE] += (b->share[k] - a->share[k]) * price;
        part[CHANGE_PRICE] += (b->price[k] - a->price[k]) * share;
    }
}

/* A factor of the volume: its change, by the other two and the bills. */
static double volume_part(const double own[2], const double one[2],
                          const double two[2], const double *w)
{
    double p[3] = {1, 0, 0};

    multiply(p, 1, one[0], one[1]);
    multiply(p, 2, two[0], two[1]);
    return (own[1] - own[0]) * weigh(p, w, 3);
}

static void add_parts(const struct factors *a, const struct factors *b,
                      double *part)
{
    const double users[] = {a->volume.users, b->volume.users};
    const double requests[] = {a->volume.requests, b->volume.requests};
    const double share[] = {a->volume.share, b->volume.share};
    double volume[4] = {1, 0, 0, 0};
    double w[4];
    double in[5];
    double out[5];

    multiply(volume, 1, users[0], users[1]);
    multiply(volume, 2, requests[0], requests[1]);
    multiply(volume, 3, share[0], share[1]);
    weigh_later(volume, 4, weight, 4, w);
    add_bill(&a->in, &b->in, CHANGE_INPUT_TOKENS, w, part, in);
    add_bill(&a->out, &b->out, CHANGE_OUTPUT_TOKENS, w, part, out);
    for (size_t t = 0; t < 5; t++) {
        in[t] += out[t];
    }
    weigh_later(in, 5, weight, 3, w);
    part[CHANGE_USERS] = volume_part(users, requests, share, w);
    part[CHANGE_REQUESTS_PER_USER] = volume_part(requests, users, share, w);
    part[CHANGE_MODEL_MIX] = volume_part(share, users, requests, w);
}

/* ---- from counts to factors ---- */

struct change_useful change_useful(const struct change_count *c)
{
    if (c->ok == 0) {
        return (struct change_useful){c->attempts, c->in_all, c->out_all};
    }
    return (struct change_useful){c->ok, c->in_ok > 0 ? c->in_ok : c->in_all,
                                  c->out_ok > 0 ? c->out_ok : c->out_all};
}

static double ratio(int64_t a, int64_t b, double otherwise)
{
    return b > 0 ? (double)a / (double)b : otherwise;
}

/* The factors of one side of a cell, but for prices; a model that was not
 * there has a share of nothing, and for the rest its scope's means. */
static void set_factors(const struct change_count *c,
                        const struct change_scope *s, enum change_side side,
                        struct factors *ret)
{
    struct change_useful u = change_useful(c);

    ret->volume.share = ratio(u.n, s->useful[side].n, 0);
    if (u.n == 0) {
        c = &s->sum[side];
        u = s->useful[side];
    }
    ret->in = (struct bill){
        .tokens = ratio(u.in, u.n, 0),
        .waste = ratio(c->in_all, u.in, 1),
        .share = {ratio(c->in_all - c->read_all - c->write_all, c->in_all, 1),
                  ratio(c->read_all, c->in_all, 0),
                  ratio(c->write_all - c->long_all, c->in_all, 0),
                  ratio(c->long_all, c->in_all, 0)},
    };
    ret->out = (struct bill){
        .tokens = ratio(u.out, u.n, 0),
        .waste = ratio(c->out_all, u.out, 1),
        .share = {1, 0, 0, 0},
    };
}

/* ---- prices ---- */

enum { UNCACHED, READ, WRITE, WRITE_LONG, OUTPUT, PRICES };

/* Where no list tells: the other side's own price where it only read or only
 * wrote, and the rest for the other of the two; else both alike. */
static void guess_cache_prices(const struct change_count *c,
                               const struct change_count *other,
                               struct change_list *ret)
{
    double cost = (double)c->cost_cache;
    double other_cost = (double)other->cost_cache;
    double read_n = (double)c->read_all;
    double write_n = (double)c->write_all;

    ret->read = 1;
    ret->write = 1;
    if (other->write_all == 0 && other->read_all > 0) {
        ret->read = other_cost / (double)other->read_all;
        ret->write =
            write_n > 0 ? fmax(cost - read_n * ret->read, 0) / write_n : 0;
    } else if (other->read_all == 0 && other->write_all > 0) {
        ret->write = other_cost / (double)other->write_all;
        ret->read =
            read_n > 0 ? fmax(cost - write_n * ret->write, 0) / read_n : 0;
    }
    ret->write_long = ret->write;
}

/* Parts the joint cost of a side's cache: by the price list of the day, else
 * by that of the other side, else by a guess. */
static struct change_list cache_prices(const struct change_cell *cell,
                                       enum change_side side)
{
    enum change_side there =
        side == CHANGE_BEFORE ? CHANGE_AFTER : CHANGE_BEFORE;
    const struct change_count *c = &cell->count[side];
    const double n[] = {(double)c->read_all,
                        (double)(c->write_all - c->long_all),
                        (double)c->long_all};
    struct change_list l = cell->list[cell->list[side].is_known ? side : there];

    if (!l.is_known) {
        guess_cache_prices(c, &cell->count[there], &l);
    }
    double listed = n[0] * l.read + n[1] * l.write + n[2] * l.write_long;
    if (!(listed > 0)) { /* free, but not by the bill */
        l.read = l.write = l.write_long = 1;
        listed = n[0] + n[1] + n[2];
    }
    double scale = (double)c->cost_cache / listed;
    l.read *= scale;
    l.write *= scale;
    l.write_long *= scale;
    return l;
}

/* What a token of each class cost; below 0: there was none. */
static void unit_prices(const struct change_cell *cell, enum change_side side,
                        double *ret)
{
    const struct change_count *c = &cell->count[side];
    int64_t uncached = c->in_all - c->read_all - c->write_all;
    struct change_list l = {.is_known = false};

    if (c->read_all > 0 || c->write_all > 0) {
        l = cache_prices(cell, side);
    }
    ret[UNCACHED] = uncached > 0 ? (double)c->cost_in / (double)uncached : -1;
    ret[READ] = c->read_all > 0 ? l.read : -1;
    ret[WRITE] = c->write_all > c->long_all ? l.write : -1;
    ret[WRITE_LONG] = c->long_all > 0 ? l.write_long : -1;
    ret[OUTPUT] =
        c->out_all > 0 ? (double)c->cost_out / (double)c->out_all : -1;
}

/* A class that only one side has costs on the other what it costs there. */
static void set_prices(const struct change_cell *cell, struct factors *f)
{
    double price[CHANGE_SIDES][PRICES];

    unit_prices(cell, CHANGE_BEFORE, price[CHANGE_BEFORE]);
    unit_prices(cell, CHANGE_AFTER, price[CHANGE_AFTER]);
    for (size_t k = 0; k < PRICES; k++) {
        double *before = &price[CHANGE_BEFORE][k];
        double *after = &price[CHANGE_AFTER][k];

        if (*before < 0) {
            *before = *after < 0 ? 0 : *after;
        }
        if (*after < 0) {
            *after = *before;
        }
    }
    for (size_t side = 0; side < CHANGE_SIDES; side++) {
        for (size_t k = 0; k < CLASSES; k++) {
            f[side].in.price[k] = price[side][k];
        }
        f[side].out.price[0] = price[side][OUTPUT];
    }
}

/* ---- exact money ---- */

/* The index whose number should be moved by `step` (1 or -1) next, or n. */
static size_t furthest(const double *x, const double *rest, const bool *is_done,
                       size_t n, double step)
{
    size_t best = n;

    for (size_t i = 0; i < n; i++) {
        if (!is_done[i] && (x[i] < 0 || x[i] > 0) &&
            (best == n || step * rest[i] > step * rest[best])) {
            best = i;
        }
    }
    return best;
}

static size_t largest(const double *x, size_t n)
{
    size_t best = n - 1;

    for (size_t i = 0; i < n; i++) {
        if (fabs(x[i]) > fabs(x[best])) {
            best = i;
        }
    }
    return best;
}

void change_apportion(const double *x, size_t n, num_i128 sum, num_i128 *ret)
{
    double rest[CHANGE__COUNT];
    bool is_done[CHANGE__COUNT] = {false};
    num_i128 left = sum;

    CHECK(n >= 1 && n <= CHANGE__COUNT);
    for (size_t i = 0; i < n; i++) {
        ret[i] = 0;
        rest[i] = 0;
        if (x[i] < 0 || x[i] > 0) {
            ret[i] = (num_i128)x[i];
            rest[i] = x[i] - (double)ret[i];
            left -= ret[i];
        }
    }
    while (left != 0) {
        int step = left > 0 ? 1 : -1;
        size_t i = furthest(x, rest, is_done, n, step);

        if (i == n) { /* beyond rounding: what the doubles could not hold */
            ret[largest(x, n)] += left;
            return;
        }
        is_done[i] = true;
        ret[i] += step;
        left -= step;
    }
}

num_i128 change_count_cost(const struct change_count *c)
{
    return c->cost_in + c->cost_cache + c->cost_out + c->cost_tools;
}

void change_count_add(struct change_count *sum, const struct change_count *c)
{
    sum->attempts += c->attempts;
    sum->ok += c->ok;
    sum->in_ok += c->in_ok;
    sum->out_ok += c->out_ok;
    sum->in_all += c->in_all;
    sum->out_all += c->out_all;
    sum->read_all += c->read_all;
    sum->write_all += c->write_all;
    sum->long_all += c->long_all;
    sum->cost_in += c->cost_in;
    sum->cost_cache += c->cost_cache;
    sum->cost_out += c->cost_out;
    sum->cost_tools += c->cost_tools;
}

/* Cost that no token bears. */
static num_i128 tokenless(const struct change_count *c)
{
    num_i128 pico = c->cost_tools;

    pico += c->in_all - c->read_all - c->write_all > 0 ? 0 : c->cost_in;
    pico += c->read_all > 0 || c->write_all > 0 ? 0 : c->cost_cache;
    pico += c->out_all > 0 ? 0 : c->cost_out;
    return pico;
}

/* ---- the whole ---- */

struct lengths {
    double days[CHANGE_SIDES]; /* both 1 when they are equal */
    bool differ;
};

static void set_volume(const struct change_scope *s, enum change_side side,
                       const struct lengths *l, struct volume *ret)
{
    bool knows_users =
        s->users[CHANGE_BEFORE] > 0 && s->users[CHANGE_AFTER] > 0;

    ret->users = knows_users ? s->users[side] : 1;
    ret->requests = (double)s->useful[side].n / ret->users / l->days[side];
}

/* The longer side's excess: days times spending a day, each change at the
 * mean of the other; all other parts are of a day until now. */
static void add_days(const double cost[CHANGE_SIDES], const struct lengths *l,
                     double *part)
{
    double mean = (l->days[CHANGE_BEFORE] + l->days[CHANGE_AFTER]) / 2;
    double before = cost[CHANGE_BEFORE] / l->days[CHANGE_BEFORE];
    double after = cost[CHANGE_AFTER] / l->days[CHANGE_AFTER];

    for (size_t i = 0; i < CHANGE__COUNT; i++) {
        part[i] *= mean;
    }
    part[CHANGE_DAYS] = (l->days[CHANGE_AFTER] - l->days[CHANGE_BEFORE]) *
                        ((before + after) / 2);
}

static void split_cell(struct change_cell *cell, const struct change_scope *s,
                       const struct lengths *l)
{
    const struct change_count *before = &cell->count[CHANGE_BEFORE];
    const struct change_count *after = &cell->count[CHANGE_AFTER];
    struct factors f[CHANGE_SIDES];
    double part[CHANGE__COUNT] = {0};
    double cost[CHANGE_SIDES];
    double total = 0;

    for (enum change_side side = 0; side < CHANGE_SIDES; side++) {
        const struct change_count *c = &cell->count[side];
        set_volume(s, side, l, &f[side].volume);
        set_factors(c, s, side, &f[side]);
        cost[side] = (double)(change_count_cost(c) - tokenless(c));
    }
    set_prices(cell, f);
    add_parts(&f[CHANGE_BEFORE], &f[CHANGE_AFTER], part);
    if (l->differ) {
        add_days(cost, l, part);
    }
    num_i128 other = tokenless(after) - tokenless(before);
    num_i128 delta = change_count_cost(after) - change_count_cost(before);
    for (size_t i = 0; i < CHANGE__COUNT; i++) {
        total += part[i];
    }
    CHECK(fabs(total - (double)(delta - other)) <=
          1e-9 * (cost[CHANGE_BEFORE] + cost[CHANGE_AFTER]) + 1);
    change_apportion(part, CHANGE__COUNT, delta - other, cell->part);
    cell->part[CHANGE_OTHER] += other;
}

static void sum_scopes(const struct change_cell *cell, size_t n_cells,
                       struct change_scope *scope, size_t n_scopes)
{
    for (size_t i = 0; i < n_scopes; i++) {
        for (size_t side = 0; side < CHANGE_SIDES; side++) {
            scope[i].sum[side] = (struct change_count){.ok = 0};
            scope[i].useful[side] = (struct change_useful){.n = 0};
        }
    }
    for (size_t i = 0; i < n_cells; i++) {
        struct change_scope *s = &scope[cell[i].scope];

        CHECK(cell[i].scope < n_scopes);
        for (size_t side = 0; side < CHANGE_SIDES; side++) {
            struct change_useful u = change_useful(&cell[i].count[side]);

            change_count_add(&s->sum[side], &cell[i].count[side]);
            s->useful[side].n += u.n;
            s->useful[side].in += u.in;
            s->useful[side].out += u.out;
        }
    }
}

void change_split(struct change_cell *cell, size_t n_cells,
                  struct change_scope *scope, size_t n_scopes,
                  const double days[CHANGE_SIDES])
{
    struct lengths l = {{1, 1}, false};

    CHECK(days[CHANGE_BEFORE] > 0 && days[CHANGE_AFTER] > 0);
    if (days[CHANGE_BEFORE] < days[CHANGE_AFTER] ||
        days[CHANGE_BEFORE] > days[CHANGE_AFTER]) {
        l = (struct lengths){{days[CHANGE_BEFORE], days[CHANGE_AFTER]}, true};
    }
    sum_scopes(cell, n_cells, scope, n_scopes);
    for (size_t i = 0; i < n_cells; i++) {
        const struct change_scope *s = &scope[cell[i].scope];
        struct change_cell *c = &cell[i];
        bool was = s->sum[CHANGE_BEFORE].attempts > 0;
        bool is = s->sum[CHANGE_AFTER].attempts > 0;

        for (size_t k = 0; k < CHANGE__COUNT; k++) {
            c->part[k] = 0;
        }
        if (was && is) {
            split_cell(c, s, &l);
        } else {
            c->part[is ? CHANGE_NEW : CHANGE_REMOVED] =
                change_count_cost(&c->count[CHANGE_AFTER]) -
                change_count_cost(&c->count[CHANGE_BEFORE]);
        }
    }
}

/* ---- what a cause is measured by ---- */

static double per(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

/* Of input where there is some, else of output. */
static double price_per_million(const struct change_count *c)
{
    int64_t uncached = c->in_all - c->read_all - c->write_all;

    if (uncached > 0) {
        return (double)c->cost_in / (double)uncached / 1e6;
    }
    return per((double)c->cost_out, (double)c->out_all) / 1e6;
}

double change_measure(enum change_cause cause, const struct change_count *c,
                      const struct change_useful *u, double users, double share)
{
    switch (cause) {
    case CHANGE_USERS:
        return users > 0 ? users : (double)NAN;
    case CHANGE_REQUESTS_PER_USER:
        return users > 0 ? (double)u->n / users : (double)u->n;
    case CHANGE_MODEL_MIX:
        return share;
    case CHANGE_INPUT_TOKENS:
        return per((double)u->in, (double)u->n);
    case CHANGE_CACHE:
        return per((double)c->read_all, (double)c->in_all);
    case CHANGE_OUTPUT_TOKENS:
        return per((double)u->out, (double)u->n);
    case CHANGE_RETRIES:
        return per((double)c->in_all + (double)c->out_all,
                   (double)u->in + (double)u->out);
    case CHANGE_PRICE:
        return price_per_million(c);
    case CHANGE_NONE:
    case CHANGE_NEW:
    case CHANGE_REMOVED:
    case CHANGE_DAYS:
    case CHANGE_OTHER:
    case CHANGE__COUNT:
        break;
    }
    return (double)NAN;
}
