/* A cost is one fraction, built from whole numbers and rounded once.
 *
 *   numerator = sum of count * n * 10^(dec - decimals) * quarters
 *                      * tier.num * keep_ppm
 *   den       =                10^dec               * 4
 *                      * tier.den * 1,000,000
 *
 * where n / 10^decimals is the listed price and dec the largest `decimals`
 * among the prices used.  A factor that no price of the call needs is left
 * out on both sides, so that nearly always den is 1.
 *
 * Why 128 bits do: a cost at list price is refused when it passes 2^63
 * pico-dollars, which caps the sum of the first line at 2^63 * 10^11 * 4
 * (under 2^101.6); the second line is at most 16 * 10^6 (under 2^24), and den
 * is at most 10^11 * 4 * 16 * 10^6 (under 2^63). */
#include "price/cost.h"

#include "base/check.h"
#include "base/usd.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_sum.h"
#include "price/cost_priv.h"
#include "price/memo_priv.h"

#define PPM 1000000

enum cost_part cost_part_of(unsigned price_class)
{
    static const enum cost_part parts[PRICE_CLASS__COUNT] = {
        [TOKEN_INPUT] = COST_PART_INPUT,
        [TOKEN_CACHE_READ] = COST_PART_CACHE,
        [TOKEN_CACHE_WRITE_5M] = COST_PART_CACHE,
        [TOKEN_CACHE_WRITE_1H] = COST_PART_CACHE,
        [TOKEN_INPUT_AUDIO] = COST_PART_INPUT,
        [TOKEN_INPUT_IMAGE] = COST_PART_INPUT,
        [TOKEN_OUTPUT] = COST_PART_OUTPUT,
        [TOKEN_OUTPUT_REASONING] = COST_PART_OUTPUT,
        [TOKEN_OUTPUT_AUDIO] = COST_PART_OUTPUT,
        [TOKEN_OUTPUT_IMAGE] = COST_PART_OUTPUT,
        [PRICE_CLASS_WEB_SEARCH] = COST_PART_TOOLS,
        [PRICE_CLASS_REQUEST] = COST_PART_TOOLS,
    };

    CHECK(price_class < PRICE_CLASS__COUNT);
    return parts[price_class];
}

/* ---- which row ---- */

static bool is_in_force(const struct price_row *row, int64_t ts_us)
{
    if (ts_us < row->from_us) {
        return false;
    }
    if (row->day_from_us == row->day_to_us) {
        return true;
    }
    int64_t day = num_floor_div(ts_us, UTC_US_PER_DAY);
    int64_t at = ts_us - day * UTC_US_PER_DAY;

    return row->day_from_us < row->day_to_us
               ? at >= row->day_from_us && at < row->day_to_us
               : at >= row->day_from_us || at < row->day_to_us;
}

const struct price_row *cost_row_at(const struct price_row *row, int64_t ts_us)
{
    while (row && !is_in_force(row, ts_us)) {
        row = row->older;
    }
    return row;
}

/* oldest: what a catalogue's model cost before its first dated price. */
static const struct price_row *oldest(const struct price_row *row)
{
    while (row && row->older) {
        row = row->older;
    }
    return row;
}

const struct price_row *cost_listed_at(const struct price_model *model,
                                       int64_t ts_us)
{
    const struct price_row *row = cost_row_at(model->rows, ts_us);

    return row ? row : oldest(model->rows);
}

const struct price_discount_row *cost_discount_at(
    const struct price_discount_row *row, int64_t ts_us)
{
    while (row && ts_us < row->from_us) {
        row = row->older;
    }
    return row;
}

static const struct price_row *tier_row(const struct price_model *model,
                                        enum service_tier tier,
                                        int64_t context_tok)
{
    const struct price_row *row = model->tier_rows;

    while (row && (row->tier != tier ||
                   (row->upto_tok > 0 && context_tok > row->upto_tok))) {
        row = row->older;
    }
    return row;
}

static bool lists_tokens(const struct price_row *row)
{
    for (unsigned c = 0; c < TOKEN__COUNT; c++) {
        if (row->rate[c].is_listed) {
            return true;
        }
    }
    return false;
}

static const struct price_factor one = {.num = 1, .den = 1};

/* choose_row: the override in force, else what is known to be free, else the
 * catalogue's row for the tier that served, else its standard row together
 * with what the provider's rules say about that tier. */
static void choose_row(const struct price_match *match, const struct event *ev,
                       struct cost_work *w)
{
    bool is_standard = ev->service_tier == SERVICE_TIER_STANDARD;

    CHECK(ev->service_tier < SERVICE_TIER__COUNT);
    w->tier = is_standard ? one : (struct price_factor){.den = 0};
    if (!is_standard && match->seller) {
        w->tier = match->seller->tier[ev->service_tier];
    }
    if (match->override) {
        w->row = cost_row_at(match->override->rows, ev->ts_us);
        w->is_override = w->row != NULL;
        if (w->is_override) {
            return;
        }
    }
    w->row = match->fixed;
    if (w->row) {
        w->tier = one;
    } else if (match->model) {
        w->row = is_standard || match->is_hosted
                     ? NULL
                     : tier_row(match->model, ev->service_tier, w->context_tok);
        if (w->row) {
            w->tier = one;
        } else {
            w->row = cost_listed_at(match->model, ev->ts_us);
        }
    }
    w->discount = cost_discount_at(match->discounts, ev->ts_us);
}

/* ---- which rate ---- */

/* listed_rate: the class's own price at this length of input. */
static struct rate listed_rate(struct cost_work *w, unsigned c)
{
    for (const struct price_step *s = w->row->steps; s; s = s->next) {
        if (w->context_tok > s->above_tok && s->rate[c].is_listed) {
            w->above_tok =
                s->above_tok > w->above_tok ? s->above_tok : w->above_tok;
            return s->rate[c];
        }
    }
    return w->row->rate[c];
}

static bool take_rate(struct cost_work *w, struct cost_item *item, unsigned c)
{
    item->rate = listed_rate(w, c);
    item->basis = c;
    return item->rate.is_listed;
}

/* take_family_rate: a cache write in prices of input. */
static bool take_family_rate(struct cost_work *w, struct cost_item *item,
                             struct price_factor factor)
{
    if (factor.den == 0 || !take_rate(w, item, TOKEN_INPUT)) {
        return false;
    }
    item->quarters = factor.num * PRICE_FAMILY_DEN / factor.den;
    return true;
}

/* bills_input_only: a published list with a price for input and none for
 * any output is that of an embedding model.  An override with as little in
 * it may have been forgotten half-way. */
static bool bills_input_only(const struct cost_work *w)
{
    const struct rate *rate = w->row->rate;

    return !w->is_override && rate[TOKEN_INPUT].is_listed &&
           !rate[TOKEN_OUTPUT].is_listed &&
           !rate[TOKEN_OUTPUT_REASONING].is_listed &&
           !rate[TOKEN_OUTPUT_AUDIO].is_listed &&
           !rate[TOKEN_OUTPUT_IMAGE].is_listed;
}

/* find_rate: the class's price, or the one that stands in for it by the
 * table of docs/pricing.md, "Missing prices"; false when nothing does. */
static bool find_rate(struct cost_work *w, unsigned c)
{
    static const struct price_factor none = {.den = 0};
    const struct price_model *model = w->row->model;
    struct cost_item *item = &w->item[c];

    if (take_rate(w, item, c)) {
        return true;
    }
    switch (c) {
    case TOKEN_CACHE_WRITE_5M:
        return take_family_rate(w, item, model ? model->write_5m : none) ||
               take_rate(w, item, TOKEN_INPUT);
    case TOKEN_CACHE_WRITE_1H:
        return take_family_rate(w, item, model ? model->write_1h : none) ||
               take_rate(w, item, TOKEN_CACHE_WRITE_5M) ||
               take_rate(w, item, TOKEN_INPUT);
    case TOKEN_CACHE_READ:
    case TOKEN_INPUT_AUDIO:
    case TOKEN_INPUT_IMAGE:
        return take_rate(w, item, TOKEN_INPUT);
    case TOKEN_OUTPUT:
    case TOKEN_OUTPUT_REASONING:
    case TOKEN_OUTPUT_AUDIO:
    case TOKEN_OUTPUT_IMAGE:
        item->is_input_only = bills_input_only(w);
        return take_rate(w, item, TOKEN_OUTPUT) || item->is_input_only;
    case PRICE_CLASS_WEB_SEARCH:
        item->is_fee_unknown = true;
        return true;
    default: /* input has nothing to stand in for it; a request's fee is only
                counted where it is listed */
        return false;
    }
}

/* count_items: how many of what; a call that failed before it used anything
 * bears no fee either. */
static void count_items(const struct event *ev, struct cost_work *w)
{
    int64_t output_tok = event_output_tokens(ev);
    bool came_to_nothing = ev->status == EVENT_STATUS_ERROR &&
                           w->input_tok == 0 && output_tok == 0;

    for (unsigned c = 0; c < TOKEN__COUNT; c++) {
        w->item[c].count = ev->token[c];
    }
    w->item[PRICE_CLASS_WEB_SEARCH].count = ev->web_searches;
    w->item[PRICE_CLASS_REQUEST].count =
        w->row->rate[PRICE_CLASS_REQUEST].is_listed && !came_to_nothing ? 1 : 0;
}

/* ---- the sum ---- */

static num_i128 pow10_i128(int power)
{
    num_i128 p = 1;

    while (power-- > 0) {
        p *= 10;
    }
    return p;
}

static enum rc too_dear(struct why *why)
{
    return why_set(why, RC_RANGE,
                   "the cost of one call passes 9.2 million dollars");
}

/* list_price: the first line of the formula for every item; *ret_den is its
 * part of the denominator. */
static enum rc list_price(struct cost_work *w, int64_t *ret_den,
                          struct why *why)
{
    int decimals = 0;
    int32_t quarter = 1;
    num_i128 sum = 0;

    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        const struct cost_item *item = &w->item[c];

        if (item->count > 0 && item->rate.is_listed) {
            decimals =
                item->rate.decimals > decimals ? item->rate.decimals : decimals;
            quarter =
                item->quarters != PRICE_FAMILY_DEN ? PRICE_FAMILY_DEN : quarter;
        }
    }
    num_i128 den = pow10_i128(decimals) * quarter;

    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        struct cost_item *item = &w->item[c];

        if (item->count == 0 || !item->rate.is_listed) {
            continue;
        }
        num_i128 amount = (num_i128)item->count * item->rate.n;

        if (amount > INT64_MAX * pow10_i128(item->rate.decimals)) {
            return too_dear(why);
        }
        amount *= pow10_i128(decimals - item->rate.decimals);
        item->numerator = amount * (quarter == 1 ? 1 : item->quarters);
        sum += item->numerator;
    }
    if (sum > INT64_MAX * den) {
        return too_dear(why);
    }
    *ret_den = (int64_t)den;
    return RC_OK;
}

/* multiply: the second line of the formula.  The tier is about tokens only;
 * the discount is about all that the provider bills. */
static void multiply(struct cost_work *w, int64_t den)
{
    bool has_tier = w->tier.den > 0 && w->tier.num != w->tier.den;

    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        num_i128 *n = &w->item[c].numerator;

        if (has_tier) {
            *n *= c < TOKEN__COUNT ? w->tier.num : w->tier.den;
        }
        if (w->discount) {
            *n *= w->discount->keep_ppm;
        }
    }
    w->den = den * (has_tier ? w->tier.den : 1) * (w->discount ? PPM : 1);
}

void cost_apportion(const num_i128 *numerator, size_t n, int64_t den,
                    struct usd total, struct usd *ret_amount)
{
    int64_t rest = total.pico;
    size_t largest = 0;

    for (size_t i = 0; i < n; i++) {
        ret_amount[i].pico =
            (int64_t)(den == 1 ? numerator[i] : numerator[i] / den);
        rest -= ret_amount[i].pico;
        largest = numerator[i] > numerator[largest] ? i : largest;
    }
    if (n > 0) {
        ret_amount[largest].pico += rest;
    }
}

static enum rc add_up(struct cost_work *w, struct why *why)
{
    num_i128 part[COST_PART__COUNT] = {0};
    num_i128 sum = 0;
    struct usd total;

    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        part[cost_part_of(c)] += w->item[c].numerator;
        sum += w->item[c].numerator;
    }
    if (num_to_i64(w->den == 1 ? sum : num_div_even(sum, w->den),
                   &total.pico) != RC_OK) {
        return too_dear(why);
    }
    cost_apportion(part, COST_PART__COUNT, w->den, total, w->part);
    return RC_OK;
}

static enum rc unpriced(struct cost_work *w, enum cost_unpriced reason)
{
    w->unpriced = reason;
    return RC_OK;
}

enum rc cost_work_out(const struct price_match *match, const struct event *ev,
                      struct cost_work *w, struct why *why)
{
    int64_t den = 1;
    enum rc rc;

    *w = (struct cost_work){.input_tok = event_input_tokens(ev),
                            .context_tok = event_context_tokens(ev)};
    choose_row(match, ev, w);
    if (!w->row) {
        return unpriced(w, match->seller ? COST_UNPRICED_MODEL
                                         : COST_UNPRICED_PROVIDER);
    }
    if (!lists_tokens(w->row)) {
        return unpriced(w, COST_UNPRICED_ROW);
    }
    count_items(ev, w);
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        w->item[c].quarters = PRICE_FAMILY_DEN;
        if (w->item[c].count > 0 && !find_rate(w, c)) {
            w->unpriced_class = c;
            return unpriced(w, COST_UNPRICED_CLASS);
        }
    }
    rc = list_price(w, &den, why);
    if (rc != RC_OK) {
        return rc;
    }
    multiply(w, den);
    return add_up(w, why);
}

struct event_cost cost_result(const struct cost_work *work)
{
    if (work->unpriced != COST_PRICED) {
        return (struct event_cost){.priced = false};
    }
    return (struct event_cost){
        .priced = true,
        .input = work->part[COST_PART_INPUT],
        .cache = work->part[COST_PART_CACHE],
        .output = work->part[COST_PART_OUTPUT],
        .tools = work->part[COST_PART_TOOLS],
        .price_id = work->row->id,
    };
}

/* match_without_memo: a frame of its own, since the spellings of a name take
 * some kilobytes of stack. */
static enum rc match_without_memo(const struct price_book *book,
                                  const struct event *ev, struct cost_work *ret,
                                  struct why *why)
{
    struct name_forms forms;
    struct price_match match;

    book_find(book, ev->dim[DIM_PROVIDER], ev->dim[DIM_MODEL], &forms, &match);
    return cost_work_out(&match, ev, ret, why);
}

enum rc cost_of_event(struct price_book *book, struct price_memo *memo,
                      const struct event *ev, struct event_cost *ret,
                      struct why *why)
{
    struct str provider = ev->dim[DIM_PROVIDER];
    struct str model = ev->dim[DIM_MODEL];
    struct cost_work work;
    enum rc rc;

    if (provider.n == 0 || provider.n > LIMIT_DIM_MAX || model.n == 0 ||
        model.n > LIMIT_DIM_MAX) {
        *ret = (struct event_cost){.priced = false};
        return RC_OK;
    }
    rc = memo ? cost_work_out(memo_find(memo, book, provider, model), ev, &work,
                              why)
              : match_without_memo(book, ev, &work, why);
    if (rc == RC_OK) {
        *ret = cost_result(&work);
    }
    return rc;
}
