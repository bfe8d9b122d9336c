#include "insight/contrast.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/why.h"
#include "event/event.h"
#include "price/cost.h"
#include "price/memo.h"
#include "query/query_field.h"

#include <math.h>
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

static enum rc ask(const struct side *side, const char *metrics, const char *by,
                   const char *interval, struct answer **ret, struct why *why)
{
    const struct insight_question q = {
        .metrics = metrics,
        .by = by,
        .interval = interval,
        .from_us = side->from_us,
        .to_us = side->to_us,
    };
    enum rc rc = insight_ask(&side->call, &q, ret, why);

    if (rc == RC_OK && (*ret)->truncated) {
        rc = why_set(why, RC_LIMIT,
                     "%s has more than %d values here; narrow it with where",
                     by, LIMIT_QUERY_ROWS_MAX);
    }
    return rc;
}

/* ---- rows to cells ---- */

struct builder {
    struct contrast *c;
    const struct keys *keys;
    struct arena *arena;
    struct map scopes; /* name to struct contrast_scope */
    struct map cells;  /* name, a NUL, model to struct contrast_cell */
};

static enum rc find_scope(struct builder *b, struct str name, size_t *ret)
{
    struct contrast *c = b->c;
    struct str key = name.n > 0 ? name : STR("");
    struct contrast_scope *s = map_get(&b->scopes, key);

    if (s == NULL) {
        s = &c->scope[c->n_scopes++];
        s->name = name;
        map_put(&b->scopes, key, s);
    }
    *ret = (size_t)(s - c->scope);
    return RC_OK;
}

static enum rc find_cell(struct builder *b, size_t scope, struct str model,
                         size_t *ret)
{
    struct contrast *c = b->c;
    struct str name = c->scope[scope].name;
    char *key = arena_alloc(b->arena, name.n + 1 + model.n);

    if (key == NULL) {
        return RC_LIMIT;
    }
    if (name.n > 0) {
        memcpy(key, name.p, name.n);
    }
    if (model.n > 0) {
        memcpy(key + name.n + 1, model.p, model.n);
    }
    struct str text = {key, name.n + 1 + model.n};
    struct contrast_cell *cell = map_get(&b->cells, text);
    if (cell == NULL) {
        cell = &c->cell[c->n_cells];
        cell->model = model;
        c->change[c->n_cells++].scope = scope;
        map_put(&b->cells, text, cell);
    }
    *ret = (size_t)(cell - c->cell);
    return RC_OK;
}

static enum rc read_count(const struct answer *a, size_t row, size_t n_keys,
                          struct change_count *ret)
{
    int64_t *const whole[] = {
        [ATTEMPTS] = &ret->attempts, [OK] = &ret->ok,
        [IN_OK] = &ret->in_ok,       [OUT_OK] = &ret->out_ok,
        [IN_ALL] = &ret->in_all,     [OUT_ALL] = &ret->out_all,
        [READ_ALL] = &ret->read_all, [WRITE_ALL] = &ret->write_all,
        [LONG_ALL] = &ret->long_all,
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_N(whole) && rc == RC_OK; i++) {
        rc = num_to_i64(answer_count(a, row, n_keys + i), whole[i]);
    }
    ret->cost_in = answer_pico(a, row, n_keys + COST_IN);
    ret->cost_cache = answer_pico(a, row, n_keys + COST_CACHE);
    ret->cost_out = answer_pico(a, row, n_keys + COST_OUT);
    ret->cost_tools = answer_pico(a, row, n_keys + COST_TOOLS);
    return rc;
}

static enum rc add_row(struct builder *b, enum change_side side, size_t row)
{
    struct contrast *c = b->c;
    const struct answer *a = c->answer[side];
    const struct keys *k = b->keys;
    struct change_count count = {.ok = 0};
    int64_t unpriced = 0;
    size_t scope = 0;
    size_t i = 0;
    enum rc rc = find_scope(b, answer_str(a, row, k->scope), &scope);

    if (rc == RC_OK) {
        rc = find_cell(b, scope, answer_str(a, row, k->model), &i);
    }
    if (rc == RC_OK) {
        rc = read_count(a, row, k->n, &count);
    }
    if (rc == RC_OK) {
        rc = num_to_i64(answer_count(a, row, k->n + UNPRICED), &unpriced);
    }
    if (rc != RC_OK) {
        return rc;
    }
    change_count_add(&c->change[i].count[side], &count);
    c->scope[scope].unpriced[side] += unpriced;
    if (count.attempts > c->cell[i].provider_n) {
        c->cell[i].provider_n = count.attempts;
        c->cell[i].provider = answer_str(a, row, k->provider);
    }
    return RC_OK;
}

static enum rc build(struct contrast *c, const struct keys *keys,
                     struct arena *arena, struct why *why)
{
    struct builder b = {.c = c, .keys = keys, .arena = arena};
    size_t max =
        c->answer[CHANGE_BEFORE]->n_rows + c->answer[CHANGE_AFTER]->n_rows;
    enum rc rc = RC_OK;

    c->change = arena_array(arena, max, sizeof(*c->change));
    c->cell = arena_array(arena, max, sizeof(*c->cell));
    c->change_scope = arena_array(arena, max, sizeof(*c->change_scope));
    c->scope = arena_array(arena, max, sizeof(*c->scope));
    if (c->change == NULL || c->cell == NULL || c->change_scope == NULL ||
        c->scope == NULL) {
        return why_set(why, RC_LIMIT,
                       "the comparison does not fit in memory; narrow it with "
                       "where");
    }
    map_init(&b.scopes);
    map_init(&b.cells);
    for (enum change_side side = 0; side < CHANGE_SIDES; side++) {
        for (size_t row = 0; row < c->answer[side]->n_rows && rc == RC_OK;
             row++) {
            rc = add_row(&b, side, row);
        }
    }
    if (rc == RC_LIMIT) {
        rc = why_set(why, rc, "the comparison does not fit in memory");
    } else if (rc != RC_OK) {
        rc = why_set(why, rc, "there are more tokens than 64 bits can count");
    }
    map_fini(&b.scopes);
    map_fini(&b.cells);
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
        struct str name = c->scope[i].name;
        map_put(&u.scopes, name.n > 0 ? name : STR(""), &c->scope[i]);
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
    for (enum change_side s = 0; s < CHANGE_SIDES && rc == RC_OK; s++) {
        rc = ask(&ret->sides.side[s], CELL_METRICS, keys.by, NULL,
                 &ret->answer[s], why);
        days[s] = ret->sides.side[s].days;
    }
    if (rc == RC_OK) {
        rc = build(ret, &keys, call->arena, why);
    }
    for (enum change_side s = 0; s < CHANGE_SIDES && rc == RC_OK; s++) {
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
        if (c->scope[scope[i]].name.n > 0) {
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

/* ---- where ---- */

static bool is_of_scope(enum change_cause cause)
{
    switch (cause) {
    case CHANGE_INPUT_TOKENS:
    case CHANGE_CACHE:
    case CHANGE_OUTPUT_TOKENS:
    case CHANGE_RETRIES:
    case CHANGE_PRICE:
    case CHANGE_OTHER:
        return false;
    case CHANGE_NONE:
    case CHANGE_USERS:
    case CHANGE_REQUESTS_PER_USER:
    case CHANGE_MODEL_MIX:
    case CHANGE_NEW:
    case CHANGE_REMOVED:
    case CHANGE_DAYS:
    case CHANGE__COUNT:
        break;
    }
    return true;
}

static double share_of(const struct contrast *c, size_t cell,
                       enum change_side side)
{
    const struct change_cell *k = &c->change[cell];
    int64_t all = c->change_scope[k->scope].useful[side].n;
    struct change_useful u = change_useful(&k->count[side]);

    return all > 0 ? (double)u.n / (double)all : 0;
}

/* The models that gained and lost most of their scope's requests. */
static void pick_models(const struct contrast *c, struct contrast_pick *p)
{
    double most = 0;
    double least = 0;

    for (size_t i = 0; i < c->n_cells; i++) {
        if (c->change[i].scope != p->scope) {
            continue;
        }
        double change =
            share_of(c, i, CHANGE_AFTER) - share_of(c, i, CHANGE_BEFORE);
        if (change > most) {
            most = change;
            p->cell = i;
        } else if (change < least) {
            least = change;
            p->lost = i;
        }
    }
    if (p->cell < c->n_cells) {
        p->before = share_of(c, p->cell, CHANGE_BEFORE);
        p->after = share_of(c, p->cell, CHANGE_AFTER);
    }
}

static double measure(const struct contrast *c, const struct contrast_pick *p,
                      enum change_side side)
{
    const struct change_scope *s = &c->change_scope[p->scope];
    const struct change_count *count = &s->sum[side];
    struct change_useful u = s->useful[side];

    if (p->cause == CHANGE_DAYS) {
        return c->sides.side[side].days;
    }
    if (p->cell < c->n_cells && c->change[p->cell].count[side].attempts > 0) {
        count = &c->change[p->cell].count[side];
        u = change_useful(count);
    }
    bool knows = s->users[CHANGE_BEFORE] > 0 && s->users[CHANGE_AFTER] > 0;
    return change_measure(p->cause, count, &u, knows ? s->users[side] : 0, 0);
}

static struct contrast_pick pick_of(const struct contrast *c,
                                    enum change_cause cause, size_t scope,
                                    size_t cell)
{
    struct contrast_pick p = {
        .cause = cause,
        .scope = scope,
        .cell = cell,
        .lost = c->n_cells,
        .pico = cell < c->n_cells ? c->change[cell].part[cause]
                                  : c->scope[scope].part[cause],
        .before = (double)NAN,
        .after = (double)NAN,
    };
    if (cause == CHANGE_MODEL_MIX) {
        pick_models(c, &p);
    } else {
        p.before = measure(c, &p, CHANGE_BEFORE);
        p.after = measure(c, &p, CHANGE_AFTER);
    }
    return p;
}

/* Whether candidate a of the line comes before b, which may be none. */
static bool comes_before(const struct contrast *c, enum change_cause cause,
                         size_t a, size_t b)
{
    bool whole = is_of_scope(cause);
    num_i128 x = whole ? c->scope[a].part[cause] : c->change[a].part[cause];
    num_i128 y = whole ? c->scope[b].part[cause] : c->change[b].part[cause];

    if (x != y) {
        return c->all.part[cause] > 0 ? x > y : x < y;
    }
    int order = str_cmp(c->scope[whole ? a : c->change[a].scope].name,
                        c->scope[whole ? b : c->change[b].scope].name);
    return order < 0 || (order == 0 && !whole &&
                         str_cmp(c->cell[a].model, c->cell[b].model) < 0);
}

/* The best candidate behind `last` (n: the very best). */
static size_t next_best(const struct contrast *c, enum change_cause cause,
                        size_t n, size_t last)
{
    size_t best = n;

    for (size_t i = 0; i < n; i++) {
        if ((last == n || comes_before(c, cause, last, i)) &&
            (best == n || comes_before(c, cause, i, best))) {
            best = i;
        }
    }
    return best;
}

size_t contrast_picks(const struct contrast *c, enum change_cause cause,
                      struct contrast_pick ret[CONTRAST_PICKS_MAX])
{
    bool whole = is_of_scope(cause);
    size_t n = whole ? c->n_scopes : c->n_cells;
    num_i128 line = c->all.part[cause];
    num_i128 sum = 0;
    size_t n_picks = 0;
    size_t last = n;

    while (line != 0 && n_picks < CONTRAST_PICKS_MAX) {
        last = next_best(c, cause, n, last);
        if (last == n) {
            break;
        }
        ret[n_picks] = whole ? pick_of(c, cause, last, c->n_cells)
                             : pick_of(c, cause, c->change[last].scope, last);
        if (ret[n_picks].pico == 0 || (ret[n_picks].pico > 0) != (line > 0)) {
            break;
        }
        sum += ret[n_picks++].pico;
        if (line > 0 ? sum * 5 >= line * 4 : sum * 5 <= line * 4) {
            break;
        }
    }
    return n_picks;
}

struct contrast_pick contrast_pick_scope(const struct contrast *c, size_t scope,
                                         enum change_cause cause)
{
    num_i128 line = c->scope[scope].part[cause];
    size_t best = c->n_cells;

    for (size_t i = 0; i < c->n_cells && !is_of_scope(cause); i++) {
        num_i128 part = c->change[i].part[cause];
        if (c->change[i].scope == scope && part != 0 &&
            (part > 0) == (line > 0) &&
            (best == c->n_cells ||
             (line > 0 ? part > c->change[best].part[cause]
                       : part < c->change[best].part[cause]))) {
            best = i;
        }
    }
    struct contrast_pick p = pick_of(c, cause, scope, best);
    p.pico = line;
    return p;
}

bool contrast_is_measured(const struct contrast *c, enum change_cause cause)
{
    const struct change_count *sum = c->sum;

    switch (cause) {
    case CHANGE_USERS:
        return c->knows_users;
    case CHANGE_RETRIES:
        return sum[CHANGE_BEFORE].attempts > sum[CHANGE_BEFORE].ok ||
               sum[CHANGE_AFTER].attempts > sum[CHANGE_AFTER].ok;
    case CHANGE_REQUESTS_PER_USER:
    case CHANGE_MODEL_MIX:
    case CHANGE_INPUT_TOKENS:
    case CHANGE_CACHE:
    case CHANGE_OUTPUT_TOKENS:
    case CHANGE_PRICE:
        return true;
    case CHANGE_NEW:
    case CHANGE_REMOVED:
    case CHANGE_DAYS:
    case CHANGE_OTHER:
        return c->all.part[cause] != 0;
    case CHANGE_NONE:
    case CHANGE__COUNT:
        break;
    }
    return false;
}

static num_i128 size_of(num_i128 pico)
{
    return pico < 0 ? -pico : pico;
}

size_t contrast_order(const struct contrast_scope *s,
                      enum change_cause ret[CHANGE__COUNT])
{
    size_t n = 0;

    for (enum change_cause k = CHANGE_USERS; k < CHANGE__COUNT; k++) {
        if (s->part[k] == 0) {
            continue;
        }
        size_t at = n++;
        while (at > 0 && size_of(s->part[ret[at - 1]]) < size_of(s->part[k])) {
            ret[at] = ret[at - 1];
            at--;
        }
        ret[at] = k;
    }
    return n;
}
