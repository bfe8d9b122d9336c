#include "budget/budget.h"

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/usd.h"
#include "base/utc.h"
#include "base/why.h"

#define US_PER_S INT64_C(1000000)

struct budgets {
    atomic_int n_refs;
    struct arena arena;
    struct budget *row[LIMIT_BUDGETS_MAX];
    size_t n;
};

/* ---- names ---- */

static const struct str PERIODS[BUDGET_PERIOD__COUNT] = {
    [BUDGET_HOUR] = STR_INIT("hour"),       [BUDGET_DAY] = STR_INIT("day"),
    [BUDGET_WEEK] = STR_INIT("week"),       [BUDGET_MONTH] = STR_INIT("month"),
    [BUDGET_ROLLING] = STR_INIT("rolling"),
};
static const struct str UNITS[BUDGET_UNIT__COUNT] = {
    [BUDGET_USD] = STR_INIT("usd"),
    [BUDGET_TOKENS] = STR_INIT("tokens"),
    [BUDGET_REQUESTS] = STR_INIT("requests"),
};
static const struct str ACTIONS[BUDGET_ACTION__COUNT] = {
    [BUDGET_NOTIFY] = STR_INIT("notify"),
    [BUDGET_FALLBACK] = STR_INIT("fallback"),
    [BUDGET_SLOW] = STR_INIT("slow"),
    [BUDGET_BLOCK] = STR_INIT("block"),
};
static const struct str UNPRICED[BUDGET_UNPRICED__COUNT] = {
    [BUDGET_UNPRICED_BLOCK] = STR_INIT("block"),
    [BUDGET_UNPRICED_ALLOW] = STR_INIT("allow"),
    [BUDGET_UNPRICED_ESTIMATE] = STR_INIT("estimate"),
};

static struct str name_of(const struct str *names, int n, int x)
{
    CHECK(x > 0 && x < n);
    return names[x];
}

static int from_name(const struct str *names, int n, struct str name)
{
    for (int i = 1; i < n; i++) {
        if (str_eq(names[i], name)) {
            return i;
        }
    }
    return 0;
}

#define NAMES(word, table, count)                                 \
    struct str budget_##word##_name(enum budget_##word x)         \
    {                                                             \
        return name_of(table, count, (int)x);                     \
    }                                                             \
    enum budget_##word budget_##word##_from(struct str name)      \
    {                                                             \
        return (enum budget_##word)from_name(table, count, name); \
    }

NAMES(period, PERIODS, BUDGET_PERIOD__COUNT)
NAMES(unit, UNITS, BUDGET_UNIT__COUNT)
NAMES(action, ACTIONS, BUDGET_ACTION__COUNT)
NAMES(unpriced, UNPRICED, BUDGET_UNPRICED__COUNT)

/* ---- the snapshot ---- */

struct budgets *budgets_new(void)
{
    struct budgets *b = mem_alloc(sizeof *b);

    atomic_init(&b->n_refs, 1);
    arena_init(&b->arena, LIMIT_CONFIG_BYTES_MAX * (size_t)4);
    return b;
}

struct budgets *budgets_ref(struct budgets *b)
{
    atomic_fetch_add(&b->n_refs, 1);
    return b;
}

void budgets_unref(struct budgets **budgets)
{
    struct budgets *b = *budgets;

    *budgets = NULL;
    if (b != NULL && atomic_fetch_sub(&b->n_refs, 1) == 1) {
        arena_fini(&b->arena);
        mem_free(b);
    }
}

size_t budgets_n(const struct budgets *b)
{
    return b->n;
}

const struct budget *budgets_at(const struct budgets *b, size_t i)
{
    return b->row[i];
}

const struct budget *budgets_find(const struct budgets *b, struct str name)
{
    for (size_t i = 0; i < b->n; i++) {
        if (str_eq(b->row[i]->name, name)) {
            return b->row[i];
        }
    }
    return NULL;
}

/* ---- what is right ---- */

static enum rc check_step(const struct budget_step *s,
                          const struct budget_step *before, struct why *why)
{
    struct str action = budget_action_name(s->action);

    if (s->percent < 1 || s->percent > LIMIT_BUDGET_PERCENT_MAX) {
        return why_set(why, RC_INVALID, "percent is 1 to %d, not %d",
                       LIMIT_BUDGET_PERCENT_MAX, s->percent);
    }
    if (before != NULL && s->percent < before->percent) {
        return why_set(why, RC_INVALID,
                       "steps stand in the order of their percent: %d comes "
                       "behind %d",
                       s->percent, before->percent);
    }
    if (before != NULL && s->percent == before->percent &&
        s->action == before->action) {
        return why_set(why, RC_INVALID, "%.*s stands twice at %d %%",
                       STR_ARG(action), s->percent);
    }
    if ((s->action == BUDGET_FALLBACK) != (s->model.n > 0)) {
        return why_set(why, RC_INVALID,
                       s->model.n > 0
                           ? "model goes with do: fallback, not with %.*s"
                           : "do: %.*s needs a model to fall back to",
                       STR_ARG(action));
    }
    if ((s->action == BUDGET_SLOW) != (s->delay_ms > 0)) {
        return why_set(why, RC_INVALID,
                       s->delay_ms > 0
                           ? "delay goes with do: slow, not with %.*s"
                           : "do: %.*s needs a delay, such as 2s",
                       STR_ARG(action));
    }
    if (s->delay_ms > LIMIT_BUDGET_DELAY_MS) {
        return why_set(why, RC_INVALID, "a call is delayed by at most %d s",
                       LIMIT_BUDGET_DELAY_MS / 1000);
    }
    return RC_OK;
}

static enum rc check_period(const struct budget *b, struct why *why)
{
    if ((b->period == BUDGET_ROLLING) != (b->window_us > 0)) {
        return why_set(why, RC_INVALID,
                       b->window_us > 0
                           ? "window goes with period: rolling only"
                           : "period: rolling needs a window, such as 24h");
    }
    if (b->window_us > 0 &&
        (b->window_us < LIMIT_BUDGET_WINDOW_MIN_S * US_PER_S ||
         b->window_us > LIMIT_BUDGET_WINDOW_MAX_S * US_PER_S)) {
        return why_set(why, RC_INVALID, "a window is 1m to 366d long");
    }
    return RC_OK;
}

/* A model that is certainly another vendor's than the calls' would be refused
 * by the one who is asked. */
static enum rc check_unpriced(const struct budget *b, struct why *why)
{
    bool is_estimate = b->unpriced == BUDGET_UNPRICED_ESTIMATE;

    if (is_estimate && b->estimate_model.n == 0) {
        return why_set(why, RC_INVALID,
                       "unpriced: estimate needs estimate_as, a model whose "
                       "price stands in");
    }
    if (!is_estimate && b->estimate_model.n > 0) {
        return why_set(why, RC_INVALID,
                       "estimate_as goes with unpriced: estimate only");
    }
    return RC_OK;
}

static enum rc check(const struct budget *b, struct why *why)
{
    enum rc rc = RC_OK;

    if (b->name.n == 0 || b->name.n > LIMIT_DIM_MAX) {
        return why_set(why, RC_INVALID,
                       "a budget needs a name of 1 to %d "
                       "bytes",
                       LIMIT_DIM_MAX);
    }
    for (size_t i = 0; i < b->name.n; i++) {
        unsigned char c = (unsigned char)b->name.p[i];

        if (c < 0x20 || c == 0x7f) { /* it stands in headers */
            return why_set(why, RC_INVALID,
                           "a budget's name has no control characters");
        }
    }
    if (b->limit < 1) {
        return why_set(why, RC_INVALID,
                       "a budget needs a limit above 0, such as 500");
    }
    if (b->n_where > LIMIT_BUDGET_SCOPES_MAX ||
        b->n_steps > LIMIT_BUDGET_STEPS_MAX) {
        return why_set(why, RC_INVALID,
                       "at most %d conditions and %d steps in a budget",
                       LIMIT_BUDGET_SCOPES_MAX, LIMIT_BUDGET_STEPS_MAX);
    }
    if (b->output_tok < 0 || b->output_tok > INT64_C(1) << LIMIT_COUNT_BITS) {
        return why_set(why, RC_INVALID, "max_output is a count of tokens");
    }
    rc = check_period(b, why);
    if (rc == RC_OK) {
        rc = check_unpriced(b, why);
    }
    for (size_t i = 0; i < b->n_steps && rc == RC_OK; i++) {
        rc = check_step(&b->step[i], i > 0 ? &b->step[i - 1] : NULL, why);
    }
    return rc;
}

/* ---- building ---- */

/* The arena's cap is far above what a configuration file may hold. */
static struct str keep(struct budgets *b, struct str s)
{
    struct str copy = STR_EMPTY;
    enum rc rc = str_dup(&b->arena, s, &copy);

    CHECK(rc == RC_OK);
    return copy;
}

static const struct str *keep_list(struct budgets *b, const struct str *list,
                                   size_t n)
{
    struct str *copy = arena_array(&b->arena, n + 1, sizeof *copy);

    CHECK(copy != NULL);
    for (size_t i = 0; i < n; i++) {
        copy[i] = keep(b, list[i]);
    }
    return copy;
}

static const struct budget_scope *keep_scopes(struct budgets *b,
                                              const struct budget *from)
{
    struct budget_scope *copy =
        arena_array(&b->arena, from->n_where + 1, sizeof *copy);

    CHECK(copy != NULL);
    for (size_t i = 0; i < from->n_where; i++) {
        const struct budget_scope *s = &from->where[i];

        copy[i] = *s;
        copy[i].key.tag = keep(b, s->key.tag);
        copy[i].value = keep_list(b, s->value, s->n_values);
    }
    return copy;
}

static const struct budget_step usual_steps[] = {
    {.percent = 80, .action = BUDGET_NOTIFY},
    {.percent = 100, .action = BUDGET_BLOCK},
};

static void keep_steps(struct budgets *b, struct budget *row)
{
    const struct budget_step *from = row->n_steps > 0 ? row->step : usual_steps;
    size_t n = row->n_steps > 0 ? row->n_steps : ARRAY_N(usual_steps);
    struct budget_step *copy = arena_array(&b->arena, n, sizeof *copy);

    CHECK(copy != NULL);
    for (size_t i = 0; i < n; i++) {
        copy[i] = from[i];
        copy[i].model = keep(b, from[i].model);
        copy[i].notify = keep_list(b, from[i].notify, from[i].n_notify);
    }
    row->step = copy;
    row->n_steps = n;
}

enum rc budgets_add(struct budgets *b, const struct budget *budget,
                    struct why *why)
{
    enum rc rc = check(budget, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (budgets_find(b, budget->name) != NULL) {
        return why_set(why, RC_EXISTS, "there are two budgets '%.*s'",
                       STR_ARG(budget->name));
    }
    if (b->n == ARRAY_N(b->row)) {
        return why_set(why, RC_LIMIT, "over %d budgets", LIMIT_BUDGETS_MAX);
    }
    struct budget *row = arena_alloc(&b->arena, sizeof *row);
    CHECK(row != NULL);
    *row = *budget;
    row->name = keep(b, budget->name);
    row->where = keep_scopes(b, budget);
    row->per.tag = keep(b, budget->per.tag);
    row->estimate_provider = keep(b, budget->estimate_provider);
    row->estimate_model = keep(b, budget->estimate_model);
    row->contact = keep(b, budget->contact);
    keep_steps(b, row);
    b->row[b->n++] = row;
    return RC_OK;
}

/* ---- asking ---- */

static struct str value_of(const struct event_key *key, const struct event *ev)
{
    bool is_model = !key->is_environment && key->dim == DIM_MODEL;

    return is_model && ev->dim[DIM_REQUESTED_MODEL].n > 0
               ? ev->dim[DIM_REQUESTED_MODEL]
               : event_key_value(key, ev);
}

bool budget_covers(const struct budget *b, const struct event *ev)
{
    for (size_t i = 0; i < b->n_where; i++) {
        const struct budget_scope *s = &b->where[i];
        struct str value = value_of(&s->key, ev);
        bool is_one = false;

        for (size_t k = 0; k < s->n_values && !is_one; k++) {
            is_one = str_eq(value, s->value[k]);
        }
        if (!is_one) {
            return false;
        }
    }
    return true;
}

struct str budget_per(const struct budget *b, const struct event *ev)
{
    return b->has_per ? value_of(&b->per, ev) : STR_EMPTY;
}

static bool same_scope(const struct budget_scope *a,
                       const struct budget_scope *b)
{
    bool same = event_key_same(&a->key, &b->key) && a->n_values == b->n_values;

    for (size_t i = 0; i < a->n_values && same; i++) {
        same = str_eq(a->value[i], b->value[i]);
    }
    return same;
}

bool budget_counts_alike(const struct budget *a, const struct budget *b)
{
    bool same = str_eq(a->name, b->name) && a->n_where == b->n_where &&
                a->has_per == b->has_per && event_key_same(&a->per, &b->per) &&
                a->period == b->period && a->window_us == b->window_us &&
                a->unit == b->unit && a->unpriced == b->unpriced &&
                str_eq(a->estimate_provider, b->estimate_provider) &&
                str_eq(a->estimate_model, b->estimate_model);

    for (size_t i = 0; i < a->n_where && same; i++) {
        same = same_scope(&a->where[i], &b->where[i]);
    }
    return same;
}

int64_t budget_width_us(int64_t window_us)
{
    int64_t width = (window_us + LIMIT_BUDGET_PARTS - 1) / LIMIT_BUDGET_PARTS;
    int64_t hours = (width + UTC_US_PER_HOUR - 1) / UTC_US_PER_HOUR;

    return window_us < UTC_US_PER_DAY ? width : hours * UTC_US_PER_HOUR;
}

int64_t budget_threshold(const struct budget *b, const struct budget_step *s)
{
    num_i128 n = ((num_i128)b->limit * s->percent + 99) / 100;

    return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* ---- as text ---- */

void budget_add_key(struct buf *b, const struct event_key *key)
{
    buf_fmt(b, "%s%.*s", event_key_is_tag(key) ? "tag." : "",
            STR_ARG(event_key_name(key)));
}

void budget_add_amount(struct buf *b, enum budget_unit unit, int64_t amount)
{
    if (unit == BUDGET_USD) {
        usd_add_short(b, (struct usd_sum){.pico = amount}, 12);
    } else {
        buf_i64(b, amount);
    }
}

void budget_say_amount(struct buf *b, enum budget_unit unit, int64_t amount)
{
    if (unit == BUDGET_USD) {
        buf_char(b, '$');
        usd_add_short(b, (struct usd_sum){.pico = amount},
                      amount < USD_PICO_PER_DOLLAR ? 6 : 2);
    } else {
        buf_i64(b, amount);
        buf_fmt(b, " %.*s", STR_ARG(budget_unit_name(unit)));
    }
}

void budget_add_window(struct buf *b, int64_t us)
{
    int64_t s = us / US_PER_S;

    if (s % 3600 == 0) {
        buf_fmt(b, "%lldh", (long long)(s / 3600));
    } else if (s % 60 == 0) {
        buf_fmt(b, "%lldm", (long long)(s / 60));
    } else {
        buf_fmt(b, "%llds", (long long)s);
    }
}

void budget_write_amount(struct json_writer *w, const char *name,
                         enum budget_unit unit, int64_t amount)
{
    struct buf text;

    json_w_key(w, str_from_cz(name));
    if (unit != BUDGET_USD) {
        json_w_i64(w, amount);
        return;
    }
    buf_init(&text, USD_TEXT_MAX);
    budget_add_amount(&text, unit, amount);
    json_w_str(w, buf_view(&text));
    buf_fini(&text);
}

static void write_key(struct json_writer *w, const struct event_key *key)
{
    struct buf name;

    buf_init(&name, 2 * LIMIT_TAG_KEY_MAX);
    budget_add_key(&name, key);
    json_w_key(w, buf_view(&name));
    buf_fini(&name);
}

static void write_list(struct json_writer *w, const struct str *list, size_t n)
{
    json_w_arr(w);
    for (size_t i = 0; i < n; i++) {
        json_w_str(w, list[i]);
    }
    json_w_arr_end(w);
}

static void write_text(struct json_writer *w, const char *name, struct str text)
{
    if (text.n > 0) {
        json_w_key(w, str_from_cz(name));
        json_w_str(w, text);
    }
}

void budget_write_step(struct json_writer *w, const struct budget_step *s)
{
    struct buf delay;

    json_w_key(w, STR("percent"));
    json_w_i64(w, s->percent);
    write_text(w, "do", budget_action_name(s->action));
    write_text(w, "model", s->model);
    if (s->delay_ms > 0) {
        buf_init(&delay, 64);
        buf_fmt(&delay, "%lldms", (long long)s->delay_ms);
        write_text(w, "delay", buf_view(&delay));
        buf_fini(&delay);
    }
    if (s->n_notify > 0) {
        json_w_key(w, STR("notify"));
        write_list(w, s->notify, s->n_notify);
    }
}

static void write_where(struct json_writer *w, const struct budget *b)
{
    json_w_key(w, STR("where"));
    json_w_obj(w);
    for (size_t i = 0; i < b->n_where; i++) {
        const struct budget_scope *s = &b->where[i];

        write_key(w, &s->key);
        if (s->n_values == 1) {
            json_w_str(w, s->value[0]);
        } else {
            write_list(w, s->value, s->n_values);
        }
    }
    json_w_obj_end(w);
}

void budget_write_members(struct json_writer *w, const struct budget *b)
{
    struct buf text;

    buf_init(&text, 2 * LIMIT_TAG_KEY_MAX);
    write_text(w, "name", b->name);
    write_where(w, b);
    if (b->has_per) {
        budget_add_key(&text, &b->per);
        write_text(w, "per", buf_view(&text));
    }
    write_text(w, "period", budget_period_name(b->period));
    if (b->window_us > 0) {
        buf_clear(&text);
        budget_add_window(&text, b->window_us);
        write_text(w, "window", buf_view(&text));
    }
    write_text(w, "unit", budget_unit_name(b->unit));
    budget_write_amount(w, "limit", b->unit, b->limit);
    write_text(w, "unpriced", budget_unpriced_name(b->unpriced));
    if (b->estimate_model.n > 0) {
        buf_clear(&text);
        buf_fmt(&text, "%.*s%s%.*s", STR_ARG(b->estimate_provider),
                b->estimate_provider.n > 0 ? "/" : "",
                STR_ARG(b->estimate_model));
        write_text(w, "estimate_as", buf_view(&text));
    }
    json_w_key(w, STR("max_output"));
    json_w_i64(w, b->output_tok);
    write_text(w, "contact", b->contact);
    buf_fini(&text);
}

void budget_write(struct json_writer *w, const struct budget *b)
{
    json_w_obj(w);
    budget_write_members(w, b);
    json_w_key(w, STR("at"));
    json_w_arr(w);
    for (size_t i = 0; i < b->n_steps; i++) {
        json_w_obj(w);
        budget_write_step(w, &b->step[i]);
        json_w_obj_end(w);
    }
    json_w_arr_end(w);
    json_w_obj_end(w);
}
