#include "price/explain.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/usd.h"
#include "base/why.h"
#include "price/cost_priv.h"

#define PPM             INT64_C(1000000)
#define FACTOR_DECIMALS 12
#define TYPO_DISTANCE   3

struct telling {
    const struct event *ev;
    const struct price_match *match;
    const struct cost_work *work;
    struct arena *out;
    struct cost_explanation *to;
    bool is_full; /* `out` is at its cap */
};

/* told: s, or the arena had no room for it. */
static struct str told(struct telling *t, struct str s)
{
    t->is_full = t->is_full || !s.p;
    return s;
}

static void caveat(struct telling *t, struct str s)
{
    if (t->to->n_caveats < COST_CAVEATS_MAX) {
        t->to->caveat[t->to->n_caveats++] = told(t, s);
    }
}

static struct str tell_decimal(struct telling *t, int64_t n, int decimals)
{
    struct str s = STR_EMPTY;
    struct buf b;

    buf_init(&b, USD_TEXT_MAX);
    rate_add_decimal(&b, n, decimals);
    t->is_full = str_dup(t->out, buf_view(&b), &s) != RC_OK || t->is_full;
    buf_fini(&b);
    return s;
}

static struct str tell_rate(struct telling *t, struct rate rate, unsigned c)
{
    struct str s = STR_EMPTY;
    struct buf b;

    buf_init(&b, USD_TEXT_MAX);
    rate_add_text(&b, rate, c);
    t->is_full = str_dup(t->out, buf_view(&b), &s) != RC_OK || t->is_full;
    buf_fini(&b);
    return s;
}

/* tell_factor: num / den, whose den has no factors but 2 and 5, so that it
 * ends within FACTOR_DECIMALS. */
static struct str tell_factor(struct telling *t, int64_t num, int64_t den)
{
    num_i128 scaled = (num_i128)num * PPM * PPM / den;

    return tell_decimal(t, (int64_t)scaled, FACTOR_DECIMALS);
}

/* ---- the lines ---- */

static void tell_line(struct telling *t, unsigned c, struct usd amount)
{
    const struct cost_work *w = t->work;
    const struct cost_item *item = &w->item[c];
    bool has_tier = c < TOKEN__COUNT && w->tier.den > 0;
    struct cost_line *line = &t->to->line[t->to->n_lines++];
    struct rate rate = item->rate.is_listed ? item->rate : rate_free();

    line->price_class = c;
    line->count = item->count;
    line->per = price_class_per(c);
    line->price = tell_rate(t, rate, c);
    line->factor = tell_factor(
        t,
        item->quarters * (has_tier ? w->tier.num : INT64_C(1)) *
            (w->discount ? w->discount->keep_ppm : PPM),
        PRICE_FAMILY_DEN * (has_tier ? w->tier.den : INT64_C(1)) * PPM);
    line->basis = item->rate.is_listed && item->basis != c
                      ? price_class_name(item->basis)
                      : STR_EMPTY;
    line->amount = amount;
}

/* tell_lines: within each part the lines add up to it, and the parts to the
 * total. */
static void tell_lines(struct telling *t)
{
    const struct cost_work *w = t->work;
    struct usd amount[PRICE_CLASS__COUNT] = {{0}};

    for (unsigned part = 0; part < COST_PART__COUNT; part++) {
        num_i128 numerator[PRICE_CLASS__COUNT] = {0};
        struct usd share[PRICE_CLASS__COUNT];

        for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
            numerator[c] = cost_part_of(c) == part ? w->item[c].numerator : 0;
        }
        cost_apportion(numerator, PRICE_CLASS__COUNT, w->den, w->part[part],
                       share);
        for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
            amount[c].pico += share[c].pico;
        }
    }
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        if (w->item[c].count > 0) {
            tell_line(t, c, amount[c]);
        }
    }
}

/* ---- the caveats ---- */

static void caveats_of_items(struct telling *t)
{
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        const struct cost_item *item = &t->work->item[c];
        struct str name = price_class_name(c);

        if (item->count == 0) {
            continue;
        }
        if (item->is_fee_unknown) {
            caveat(t, str_fmt(t->out,
                              "No fee for a %.*s is known here; none is "
                              "counted.",
                              STR_ARG(name)));
        } else if (item->is_input_only) {
            caveat(t, str_fmt(t->out,
                              "The list has no output price at all: the model "
                              "bills input only, so %.*s tokens cost nothing.",
                              STR_ARG(name)));
        } else if (item->quarters != PRICE_FAMILY_DEN) {
            struct str times = tell_factor(t, item->quarters, PRICE_FAMILY_DEN);

            caveat(t, str_fmt(t->out,
                              "No %.*s price is listed; by the rule for these "
                              "models it is %.*s times the input price.",
                              STR_ARG(name), STR_ARG(times)));
        } else if (item->basis != c) {
            struct str basis = price_class_name(item->basis);

            caveat(t, str_fmt(t->out,
                              "No %.*s price is listed; the %.*s price stands "
                              "in for it.",
                              STR_ARG(name), STR_ARG(basis)));
        }
    }
}

static void caveats_of_tier(struct telling *t)
{
    const struct cost_work *w = t->work;
    struct str tier = service_tier_name(t->ev->service_tier);
    struct str provider = t->ev->dim[DIM_PROVIDER];

    if (w->tier.den == 0) {
        caveat(t, str_fmt(t->out,
                          "No price for the %.*s tier of this model at %.*s is "
                          "known; the standard price stands in for it.",
                          STR_ARG(tier), STR_ARG(provider)));
    } else if (w->tier.is_unverified) {
        caveat(t, str_fmt(t->out,
                          "What %.*s charges for the %.*s tier is reported by "
                          "others, not listed by itself.",
                          STR_ARG(provider), STR_ARG(tier)));
    }
}

static void caveats_of_match(struct telling *t)
{
    const struct price_match *m = t->match;
    const struct cost_work *w = t->work;
    struct str asked = str_trim(t->ev->dim[DIM_MODEL]);
    struct str provider = t->ev->dim[DIM_PROVIDER];

    if (!str_eq_nocase(t->to->matched_name, asked) &&
        t->to->matched_name.n > 0) {
        caveat(t, str_fmt(t->out, "The price was found under the name %.*s.",
                          STR_ARG(t->to->matched_name)));
    }
    if (m->is_hosted && w->row->model == m->model) {
        caveat(t,
               str_fmt(t->out,
                       "%.*s has no price of its own for it in the book; "
                       "this is the list price of %.*s.",
                       STR_ARG(provider), STR_ARG(m->model->provider->name)));
    }
    if (w->row == m->fixed) {
        caveat(t, str_fmt(t->out, "Known to be free of charge there."));
    }
    if (w->row->also.n > 0) {
        caveat(t, str_fmt(t->out,
                          "The list also has prices for what events do not "
                          "count: %.*s.",
                          STR_ARG(w->row->also)));
    }
}

/* ---- no price ---- */

/* nearest: the listed name that a mistyped one may have meant. */
static struct str nearest(const struct price_provider *provider,
                          struct str name)
{
    size_t best = TYPO_DISTANCE + 1;
    struct str ret = STR("");

    for (const struct price_model *m = provider->models; m; m = m->next) {
        size_t distance = str_edit_distance(m->name, name);

        if (distance < best) {
            best = distance;
            ret = m->name;
        }
    }
    return ret;
}

static struct str tell_unpriced(struct telling *t)
{
    const struct cost_work *w = t->work;
    struct str provider = t->ev->dim[DIM_PROVIDER];
    struct str model = str_trim(t->ev->dim[DIM_MODEL]);
    struct str name;
    struct str guess;

    switch (w->unpriced) {
    case COST_PRICED:
        return STR_EMPTY;
    case COST_UNPRICED_PROVIDER:
        return told(t, str_fmt(t->out,
                               "The price book has no provider %.*s; state a "
                               "price under prices.overrides in toll.yaml.",
                               STR_ARG(provider)));
    case COST_UNPRICED_MODEL:
        CHECK(t->match->seller);
        guess = nearest(t->match->seller, model);
        return told(
            t, str_fmt(t->out,
                       "The price book has no model %.*s of %.*s; state a "
                       "price under prices.overrides in toll.yaml.%s%.*s%s",
                       STR_ARG(model), STR_ARG(provider),
                       guess.n > 0 ? " Did you mean " : "", STR_ARG(guess),
                       guess.n > 0 ? "?" : ""));
    case COST_UNPRICED_ROW:
        CHECK(w->row);
        return told(
            t, str_fmt(t->out, "The row %.*s lists no price for tokens%s%.*s.",
                       STR_ARG(w->row->id), w->row->also.n > 0 ? ", only " : "",
                       STR_ARG(w->row->also)));
    case COST_UNPRICED_CLASS:
        CHECK(w->row);
        name = price_class_name(w->unpriced_class);
        return told(t, str_fmt(t->out,
                               "The row %.*s lists no price for %.*s tokens, "
                               "and no other price stands in for it.",
                               STR_ARG(w->row->id), STR_ARG(name)));
    }
    return STR_EMPTY;
}

/* ---- all of it ---- */

static enum rc tell(struct telling *t)
{
    const struct cost_work *w = t->work;
    struct cost_explanation *to = t->to;
    struct str name = w->is_override ? t->match->override_name : t->match->name;
    enum rc rc = RC_OK;

    to->cost = cost_result(w);
    if (w->row) {
        rc = book_row_view(w->row, t->out, &to->row);
        if (rc == RC_OK) {
            rc = str_dup(t->out, name, &to->matched_name);
        }
    }
    to->unpriced = tell_unpriced(t);
    if (rc != RC_OK || w->unpriced != COST_PRICED) {
        return rc;
    }
    to->above_tokens = w->above_tok;
    to->tier_factor =
        w->tier.den > 0 ? tell_factor(t, w->tier.num, w->tier.den) : STR("1");
    to->discount_percent = w->discount ? w->discount->percent : STR_EMPTY;
    tell_lines(t);
    caveats_of_match(t);
    caveats_of_tier(t);
    caveats_of_items(t);
    return RC_OK;
}

enum rc cost_explain(struct price_book *book, const struct event *ev,
                     struct arena *out, struct cost_explanation *ret,
                     struct why *why)
{
    struct cost_explanation to = {.n_lines = 0};
    struct name_forms forms;
    struct price_match match;
    struct cost_work work;
    struct telling t = {
        .ev = ev, .match = &match, .work = &work, .out = out, .to = &to};
    enum rc rc;

    book_find(book, ev->dim[DIM_PROVIDER], ev->dim[DIM_MODEL], &forms, &match);
    rc = cost_work_out(&match, ev, &work, why);
    if (rc != RC_OK) {
        return rc;
    }
    rc = tell(&t);
    if (rc != RC_OK || t.is_full) {
        return why_set(why, RC_LIMIT, "no room to explain the price in");
    }
    *ret = to;
    return RC_OK;
}
