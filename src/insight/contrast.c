#include "insight/contrast.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/map.h"
#include "base/why.h"
#include "event/event.h"
#include "price/cost.h"
#include "price/memo.h"
#include "query/query_field.h"

#include <string.h>

#define CELL_METRICS                                                      \
    "requests,ok_requests,ok_input_tokens,ok_output_tokens,input_tokens," \
    "output_tokens,cache_read_tokens,cache_write_tokens,"                 \
    "cache_write_1h_tokens,input_cost,"                                   \
    "cache_cost,output_cost,tools_cost,unpriced_requests"

enum column { /* of CELL_METRICS, behind the keys */
              ATTEMPTS,
              OK,
              IN_OK,
              OUT_OK,
              IN_ALL,
              OUT_ALL,
              READ_ALL,
              WRITE_ALL,
              LONG_ALL,
              COST_IN,
              COST_CACHE,
              COST_OUT,
              COST_TOOLS,
              UNPRICED
};

/* ---- asking ---- */

struct keys { /* columns of the cells' question */
    const char *by;
    size_t scope, model, provider, n;
};

static enum rc keys_of(const struct insight_call *call, struct str by,
                       struct keys *ret, struct why *why)
{
    struct query_field field;
    enum rc rc = query_field_from(by, call->arena, &field, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (str_eq(field.name, STR("model"))) {
        *ret = (struct keys){"model,provider", 0, 0, 1, 2};
    } else if (str_eq(field.name, STR("provider"))) {
        *ret = (struct keys){"provider,model", 0, 1, 0, 2};
    } else {
        struct str list =
            str_fmt(call->arena, "%.*s,model,provider", STR_ARG(field.name));
        const char *text = list.p == NULL ? NULL : str_cz(call->arena, list);
        if (text == NULL) {
            return why_set(why, RC_LIMIT, "no room for the question");
        }
        *ret = (struct keys){text, 0, 1, 2, 3};
    }
    return RC_OK;
}

static enum rc ask(const struct contrast *c, enum change_side at,
                   const struct insight_question *what, struct answer **ret,
                   struct why *why)
{
    const struct side *side = &c->sides.side[at];
    struct insight_question q = *what;

    q.from_us = side->from_us;
    q.to_us = side->to_us;
    return insight_ask(&side->call, &q, ret, why);
}

/* ---- rows to cells ---- */

struct builder {
    struct contrast *c;
    const struct keys *keys;
    struct arena *arena;
    struct map scopes; /* name to struct contrast_scope */
    struct map cells;  /* name, a NUL, model to struct contrast_cell */
    size_t cells_max;
    enum change_side side; /* whose rows come */
    bool is_streamed;      /* their text is not ours */
};

static enum rc no_room(struct why *why)
{
    return why_set(why, RC_LIMIT,
                   "the comparison does not fit in memory; narrow it with "
                   "where");
}

static enum rc builder_init(struct builder *b, size_t scopes_max,
                            size_t cells_max, struct why *why)
{
    struct contrast *c = b->c;

    map_init(&b->scopes);
    map_init(&b->cells);
    b->cells_max = cells_max;
    c->change = arena_array(b->arena, cells_max, sizeof(*c->change));
    c->cell = arena_array(b->arena, cells_max, sizeof(*c->cell));
    c->change_scope =
        arena_array(b->arena, scopes_max, sizeof(*c->change_scope));
    c->scope = arena_array(b->arena, scopes_max, sizeof(*c->scope));
    return c->change == NULL || c->cell == NULL || c->change_scope == NULL ||
                   c->scope == NULL
               ? no_room(why)
               : RC_OK;
}

static void builder_fini(struct builder *b)
{
    map_fini(&b->scopes);
    map_fini(&b->cells);
}

static struct str key_of(struct str name)
{
    return name.n > 0 ? name : STR("");
}

/* Where some are told apart and the others are one, all the former have been
 * added before any row comes. */
static size_t find_scope(struct builder *b, struct str name)
{
    struct contrast *c = b->c;
    struct contrast_scope *s = map_get(&b->scopes, key_of(name));

    if (s == NULL && c->has_rest) {
        return c->rest;
    }
    if (s == NULL) {
        s = &c->scope[c->n_scopes++];
        s->name = name;
        map_put(&b->scopes, key_of(name), s);
    }
    return (size_t)(s - c->scope);
}

static enum rc keep(const struct builder *b, struct str text, struct str *ret)
{
    *ret = text;
    return b->is_streamed ? str_dup(b->arena, text, ret) : RC_OK;
}

static enum rc find_cell(struct builder *b, size_t scope, struct str model,
                         size_t *ret)
{
    struct contrast *c = b->c;
    char key[sizeof(scope) + LIMIT_DIM_MAX];
    struct str text = {key, sizeof(scope) + model.n};

    CHECK(model.n <= LIMIT_DIM_MAX);
    memcpy(key, &scope, sizeof(scope));
    if (model.n > 0) {
        memcpy(key + sizeof(scope), model.p, model.n);
    }
    struct contrast_cell *cell = map_get(&b->cells, text);
    if (cell == NULL) {
        if (c->n_cells == b->cells_max ||
            str_dup(b->arena, text, &text) != RC_OK) {
            return RC_LIMIT;
        }
        cell = &c->cell[c->n_cells];
        cell->model = str_sub(text, sizeof(scope), model.n);
        c->change[c->n_cells++].scope = scope;
        map_put(&b->cells, text, cell);
    }
    *ret = (size_t)(cell - c->cell);
    return RC_OK;
}

static num_i128 count_of(const struct answer_cell *cell)
{
    return cell->is_null ? 0 : cell->count;
}

static num_i128 pico_of(const struct answer_cell *cell)
{
    return cell->is_null ? 0 : cell->usd.pico;
}

static enum rc read_count(const struct answer_cell *metric,
                          struct change_count *ret, int64_t *ret_unpriced)
{
    int64_t *const whole[] = {
        [ATTEMPTS] = &ret->attempts, [OK] = &ret->ok,
        [IN_OK] = &ret->in_ok,       [OUT_OK] = &ret->out_ok,
        [IN_ALL] = &ret->in_all,     [OUT_ALL] = &ret->out_all,
        [READ_ALL] = &ret->read_all, [WRITE_ALL] = &ret->write_all,
        [LONG_ALL] = &ret->long_all,
    };
    enum rc rc = num_to_i64(count_of(&metric[UNPRICED]), ret_unpriced);

    for (size_t i = 0; i < ARRAY_N(whole) && rc == RC_OK; i++) {
        rc = num_to_i64(count_of(&metric[i]), whole[i]);
    }
    ret->cost_in = pico_of(&metric[COST_IN]);
    ret->cost_cache = pico_of(&metric[COST_CACHE]);
    ret->cost_out = pico_of(&metric[COST_OUT]);
    ret->cost_tools = pico_of(&metric[COST_TOOLS]);
    return rc;
}

/* Cells: the keys, then CELL_METRICS. */
static enum rc take_row(void *arg, const struct answer_cell *cell,
                        struct why *why)
{
    struct builder *b = arg;
    struct contrast *c = b->c;
    const struct keys *k = b->keys;
    struct change_count count = {.ok = 0};
    int64_t unpriced = 0;
    size_t scope = find_scope(b, cell[k->scope].text);
    size_t i = 0;

    if (read_count(&cell[k->n], &count, &unpriced) != RC_OK) {
        return why_set(why, RC_RANGE,
                       "there are more tokens than 64 bits can count");
    }
    if (find_cell(b, scope, cell[k->model].text, &i) != RC_OK) {
        return no_room(why);
    }
    change_count_add(&c->change[i].count[b->side], &count);
    c->scope[scope].unpriced[b->side] += unpriced;
    if (count.attempts > c->cell[i].provider_n) {
        c->cell[i].provider_n = count.attempts;
        if (keep(b, cell[k->provider].text, &c->cell[i].provider) != RC_OK) {
            return no_room(why);
        }
    }
    return RC_OK;
}

/* ---- all told apart ---- */

static enum rc build_all(struct builder *b, struct why *why)
{
    struct contrast *c = b->c;
    size_t max =
        c->answer[CHANGE_BEFORE]->n_rows + c->answer[CHANGE_AFTER]->n_rows;
    enum rc rc = builder_init(b, max, max, why);

    for (size_t at = 0; at < CHANGE_SIDES; at++) {
        const struct answer *a = c->answer[at];
        b->side = (enum change_side)at;
        for (size_t row = 0; row < a->n_rows && rc == RC_OK; row++) {
            rc = take_row(b, &a->cell[row * a->n_columns], why);
        }
    }
    return rc;
}

/* ---- too many of them: the dearest, and the others as one ---- */

enum { APART = 2000, CELLS_MAX = 100 * 1000 }; /* APART: on either side */

/* What none of the two sides counts among its dearest has changed by less than
 * what each of those costs. */
static enum rc find_dearest(struct builder *b, struct why *why)
{
    struct contrast *c = b->c;
    const struct insight_question q = {
        .metrics = "cost",
        .by = str_cz(b->arena, c->by),
        .order = "-cost",
        .lacks_totals = true,
        .limit = APART,
    };
    enum rc rc = q.by != NULL
                     ? builder_init(b, CHANGE_SIDES * APART + 1, CELLS_MAX, why)
                     : no_room(why);

    for (size_t at = 0; at < CHANGE_SIDES && rc == RC_OK; at++) {
        rc = ask(c, (enum change_side)at, &q, &c->answer[at], why);
        for (size_t i = 0; rc == RC_OK && i < c->answer[at]->n_rows; i++) {
            (void)find_scope(b, answer_str(c->answer[at], i, 0));
        }
    }
    if (rc != RC_OK) {
        return rc;
    }
    c->has_rest = true;
    c->rest = c->n_scopes;
    c->scope[c->n_scopes++].name = STR("(all others)");
    return RC_OK;
}

static enum rc build_dearest(struct builder *b, struct why *why)
{
    struct contrast *c = b->c;
    enum rc rc = find_dearest(b, why);

    b->is_streamed = true;
    for (size_t at = 0; at < CHANGE_SIDES && rc == RC_OK; at++) {
        const struct side *side = &c->sides.side[at];
        const struct insight_question q = {.metrics = CELL_METRICS,
                                           .by = b->keys->by,
                                           .from_us = side->from_us,
                                           .to_us = side->to_us};
        struct query query;
        b->side = (enum change_side)at;
        rc = insight_parse(&side->call, &q, &query, why);
        if (rc == RC_OK) {
            rc = query_each(&query, side->call.env->reader, take_row, b, why);
        }
    }
    return rc;
}

static enum rc build(const struct insight_call *call, struct contrast *c,
                     const struct keys *keys, struct why *why)
{
    const struct insight_question q = {
        .metrics = CELL_METRICS, .by = keys->by, .lacks_totals = true};
    struct builder b = {.c = c, .keys = keys, .arena = call->arena};
    bool are_too_many = false;
    enum rc rc = RC_OK;

    for (size_t at = 0; at < CHANGE_SIDES && rc == RC_OK && !are_too_many;
         at++) {
        rc = ask(c, (enum change_side)at, &q, &c->answer[at], why);
        are_too_many = rc == RC_OK && c->answer[at]->truncated;
    }
    if (rc == RC_OK) {
        rc = are_too_many ? build_dearest(&b, why) : build_all(&b, why);
    }
    builder_fini(&b);
    return rc;
}

/* ---- users ---- */

struct users {
    struct contrast *c;
    struct map scopes; /* name to struct contrast_scope */
    enum change_side side;
    size_t key;     /* column of the scope's name */
    double divisor; /* days, where users of each day are added up */
};

static enum rc take_users(void *arg, const struct answer_cell *cell,
                          struct why *why)
{
    struct users *u = arg;
    const struct answer_cell *name = &cell[u->key];
    const struct answer_cell *users = &cell[u->key + 1];
    bool has_name = !name->is_null && name->text.n > 0;
    struct contrast_scope *s =
        map_get(&u->scopes, has_name ? name->text : STR(""));

    (void)why;
    if (s == NULL && u->c->has_rest) {
        s = &u->c->scope[u->c->rest];
    }
    if (s != NULL && !users->is_null) {
        u->c->change_scope[s - u->c->scope].users[u->side] +=
            (double)users->count / u->divisor;
    }
    return RC_OK;
}

/* On a longer side more users are seen, so that sides of different length are
 * compared by their users a day. */
static enum rc add_users(struct contrast *c, enum change_side at,
                         struct why *why)
{
    const struct side *side = &c->sides.side[at];
    double other =
        c->sides.side[at == CHANGE_BEFORE ? CHANGE_AFTER : CHANGE_BEFORE].days;
    bool is_daily = side->days < other || side->days > other;
    struct users u = {.c = c,
                      .side = at,
                      .key = is_daily ? 1 : 0,
                      .divisor = is_daily ? side->days : 1};
    const struct insight_question question = {
        .metrics = "users",
        .by = str_cz(side->call.arena, c->by),
        .interval = is_daily ? "day" : NULL,
        .from_us = side->from_us,
        .to_us = side->to_us,
    };
    struct query q;

    if (question.by == NULL) {
        return why_set(why, RC_LIMIT, "no room for the question");
    }
    enum rc rc = insight_parse(&side->call, &question, &q, why);
    if (rc != RC_OK) {
        return rc;
    }
    map_init(&u.scopes);
    for (size_t i = 0; i < c->n_scopes; i++) {
        if (!c->has_rest || i != c->rest) {
            map_put(&u.scopes, key_of(c->scope[i].name), &c->scope[i]);
        }
    }
    rc = query_each(&q, side->call.env->reader, take_users, &u, why);
    map_fini(&u.scopes);
    return rc;
}

/* ---- prices ---- */

enum { LISTED_TOKENS = 1000 }; /* few, not to reach a context tier */

struct prices {
    struct price_book *book;
    struct price_memo *memo; /* names recur in every scope */
};

static double list_price(const struct prices *p, const struct contrast_cell *c,
                         enum token_kind kind, int64_t ts_us)
{
    struct event ev;
    struct event_cost cost;

    event_init(&ev);
    ev.ts_us = ts_us;
    ev.dim[DIM_PROVIDER] = c->provider;
    ev.dim[DIM_MODEL] = c->model;
    ev.token[kind] = LISTED_TOKENS;
    if (cost_of_event(p->book, p->memo, &ev, &cost, NULL) != RC_OK ||
        !cost.priced) {
        return -1;
    }
    return (double)cost.cache.pico / LISTED_TOKENS;
}

static void set_list(const struct prices *p, const struct contrast *c, size_t i,
                     enum change_side side)
{
    const struct change_count *n = &c->change[i].count[side];
    const struct side *s = &c->sides.side[side];
    struct change_list *l = &c->change[i].list[side];
    int64_t middle_us = s->from_us + (s->to_us - s->from_us) / 2;
    int kinds =
        (n->read_all > 0) + (n->write_all > n->long_all) + (n->long_all > 0);

    if (kinds < 2) {
        return; /* one price only: what it cost */
    }
    l->read = list_price(p, &c->cell[i], TOKEN_CACHE_READ, middle_us);
    l->write = list_price(p, &c->cell[i], TOKEN_CACHE_WRITE_5M, middle_us);
    l->write_long = list_price(p, &c->cell[i], TOKEN_CACHE_WRITE_1H, middle_us);
    l->is_known = l->read >= 0 && l->write >= 0 && l->write_long >= 0;
}

static void set_lists(struct price_book *book, const struct contrast *c)
{
    struct prices p = {.book = book};

    if (book == NULL) {
        return;
    }
    p.memo = memo_new();
    for (size_t i = 0; i < c->n_cells; i++) {
        set_list(&p, c, i, CHANGE_BEFORE);
        set_list(&p, c, i, CHANGE_AFTER);
    }
    memo_free(&p.memo);
}

/* ---- the whole ---- */

static void add_up(struct contrast *c)
{
    for (size_t i = 0; i < c->n_cells; i++) {
        const struct change_cell *cell = &c->change[i];
        struct contrast_scope *s = &c->scope[cell->scope];

        for (size_t k = 0; k < CHANGE__COUNT; k++) {
            s->part[k] += cell->part[k];
            s->part[CHANGE_NONE] += cell->part[k];
        }
        for (size_t side = 0; side < CHANGE_SIDES; side++) {
            s->cost[side] += change_count_cost(&cell->count[side]);
            change_count_add(&c->sum[side], &cell->count[side]);
        }
    }
    for (size_t i = 0; i < c->n_scopes; i++) {
        const struct contrast_scope *s = &c->scope[i];
        const double *users = c->change_scope[i].users;

        for (size_t k = 0; k < CHANGE__COUNT; k++) {
            c->all.part[k] += s->part[k];
        }
        for (size_t side = 0; side < CHANGE_SIDES; side++) {
            c->all.cost[side] += s->cost[side];
            c->all.unpriced[side] += s->unpriced[side];
        }
        c->knows_users = c->knows_users ||
                         (users[CHANGE_BEFORE] > 0 && users[CHANGE_AFTER] > 0);
    }
}

enum rc contrast_run(const struct insight_call *call, struct contrast *ret,
                     struct why *why)
{
    struct str by = insight_value(call, "by");
    struct keys keys;
    double days[CHANGE_SIDES];

    *ret = (struct contrast){.by = by.n > 0 ? by : STR("feature")};
    enum rc rc = sides_parse(call, &ret->sides, why);
    if (rc == RC_OK) {
        rc = keys_of(call, ret->by, &keys, why);
    }
    if (rc == RC_OK) {
        rc = build(call, ret, &keys, why);
    }
    for (enum change_side s = 0; s < CHANGE_SIDES && rc == RC_OK; s++) {
        days[s] = ret->sides.side[s].days;
        rc = add_users(ret, s, why);
    }
    if (rc == RC_OK) {
        set_lists(call->env->book, ret);
        change_split(ret->change, ret->n_cells, ret->change_scope,
                     ret->n_scopes, days);
        add_up(ret);
    }
    return rc;
}

enum rc contrast_filter(const struct contrast *c, const size_t *scope,
                        size_t n_scopes, struct arena *arena, struct str *ret,
                        struct why *why)
{
    struct query_filter f = {.negated = false};
    struct str *value = arena_array(arena, n_scopes, sizeof(*value));
    struct buf text;

    *ret = STR_EMPTY;
    for (size_t i = 0; i < n_scopes && value != NULL; i++) {
        bool is_rest = c->has_rest && scope[i] == c->rest;
        if (c->scope[scope[i]].name.n > 0 && !is_rest) {
            value[f.n_values++] = c->scope[scope[i]].name;
        }
    }
    if (f.n_values == 0) {
        return RC_OK;
    }
    f.value = value;
    enum rc rc = query_field_from(c->by, arena, &f.field, why);
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&text, 64 * 1024);
    query_add_filter(&text, &f);
    rc = buf_rc(&text, why);
    if (rc == RC_OK) {
        rc = str_dup(arena, buf_view(&text), ret);
    }
    buf_fini(&text);
    return rc;
}
