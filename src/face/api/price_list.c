/* The price book as a list to work with: every row, with what the ledger paid
 * by it.  Each (provider, model, tier) that calls named is priced once as a
 * call of now would be, which finds its row by the rules that hold for calls
 * themselves; what finds none is an entry of its own, in front.  So is what is
 * free by a rule and stands in no list. */
#include "base/json.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/num.h"
#include "base/why.h"
#include "event/event_provider.h"
#include "face/api/api_route.h"
#include "face/api/price_json.h"
#include "insight/insight.h"
#include "price/explain.h"

#include <stdlib.h>

#define ROWS_DEFAULT 200
#define NO_ROW       SIZE_MAX

enum window { WINDOW_30D, WINDOW_90D, WINDOW__COUNT };

static const char *const window_name[WINDOW__COUNT] = {"30d", "90d"};

/* Calls of one provider, model and tier. */
struct used {
    struct used *next; /* of the same row */
    struct str provider, model;
    enum service_tier tier;
    num_i128 cost[WINDOW__COUNT]; /* pico-dollars */
    num_i128 n[WINDOW__COUNT];
    num_i128 n_unpriced[WINDOW__COUNT];
    struct str unpriced; /* why there is no price now; empty: there is one */
    bool is_listed;      /* its row is one of the book's list */
};

struct entry {
    size_t row; /* of the book; NO_ROW: of `used` */
    struct used *used;
    bool is_unpriced; /* there is no row */
};

struct listing {
    struct api_call *call;
    struct price_book *book;
    struct arena scratch; /* of the row at hand */
    struct used *used;
    size_t n_used;
    struct map by_key; /* "provider\ntier\nmodel" -> struct used */
    struct map by_row; /* row id -> struct used, linked */
    struct entry *entry;
    size_t n;
    /* What was asked for. */
    struct str provider; /* folded; empty: any */
    struct str list;     /* the list that one sells from */
    struct str search;   /* lower case */
    bool only_used;
    bool only_current;
    uint64_t limit, offset;
};

/* ---- what the ledger used ---- */

static enum rc full(struct why *why)
{
    return why_set(why, RC_LIMIT, "the list of prices is too large");
}

static enum rc ask_window(struct listing *l, enum window window,
                          struct answer **ret, struct why *why)
{
    const struct query_param param[] = {
        {STR("metrics"), STR("cost,requests,unpriced_requests")},
        {STR("by"), STR("provider,model,service_tier")},
        {STR("where"), STR("environment:*")},
        {STR("range"), str_from_cz(window_name[window])},
        {STR("limit"), str_fmt(&l->call->arena, "%d", LIMIT_QUERY_ROWS_MAX)},
    };
    struct query q;
    enum rc rc = api_parse_query(l->call, param, ARRAY_N(param), &q, why);

    return rc == RC_OK
               ? query_run(&q, l->call->reader, &l->call->arena, ret, why)
               : rc;
}

/* The entry of an answer's row; NULL when there is no room. */
static struct used *used_of(struct listing *l, const struct answer *a,
                            size_t row)
{
    struct str provider = answer_str(a, row, 0);
    struct str model = answer_str(a, row, 1);
    struct str tier = answer_str(a, row, 2);
    struct str key = str_fmt(&l->call->arena, "%.*s\n%.*s\n%.*s",
                             STR_ARG(provider), STR_ARG(tier), STR_ARG(model));
    struct used *used = key.p != NULL ? map_get(&l->by_key, key) : NULL;

    if (key.p == NULL || used != NULL) {
        return used;
    }
    used = &l->used[l->n_used++];
    *used = (struct used){
        .provider = provider, .model = model, .tier = service_tier_from(tier)};
    map_put(&l->by_key, key, used);
    return used;
}

static enum rc read_used(struct listing *l, struct why *why)
{
    struct answer *a[WINDOW__COUNT] = {NULL};
    size_t n = 0;

    for (unsigned w = 0; w < WINDOW__COUNT; w++) {
        enum rc rc = ask_window(l, (enum window)w, &a[w], why);
        if (rc != RC_OK) {
            return rc;
        }
        n += a[w]->n_rows;
    }
    l->used = arena_array(&l->call->arena, n + 1, sizeof *l->used);
    if (l->used == NULL) {
        return full(why);
    }
    for (unsigned w = 0; w < WINDOW__COUNT; w++) {
        for (size_t i = 0; i < a[w]->n_rows; i++) {
            struct used *used = used_of(l, a[w], i);
            if (used == NULL) {
                return full(why);
            }
            used->cost[w] = answer_pico(a[w], i, 3);
            used->n[w] = answer_count(a[w], i, 4);
            used->n_unpriced[w] = answer_count(a[w], i, 5);
        }
    }
    return RC_OK;
}

/* As a call of now is priced. */
static enum rc explain(struct listing *l, const struct used *used,
                       struct cost_explanation *ret, struct why *why)
{
    struct event ev;

    event_init(&ev);
    ev.dim[DIM_PROVIDER] = used->provider;
    ev.dim[DIM_MODEL] = used->model;
    ev.service_tier = used->tier;
    ev.ts_us = l->call->now_us;
    ev.token[TOKEN_INPUT] = 1;
    ev.token[TOKEN_OUTPUT] = 1;
    arena_reset(&l->scratch);
    return cost_explain(l->book, &ev, &l->scratch, ret, why);
}

static enum rc find_rows(struct listing *l, struct why *why)
{
    for (size_t i = 0; i < l->n_used; i++) {
        struct used *used = &l->used[i];
        struct cost_explanation x;
        enum rc rc = explain(l, used, &x, why);

        if (rc != RC_OK) {
            return rc;
        }
        if (!x.cost.priced) {
            rc = str_dup(&l->call->arena, x.unpriced, &used->unpriced);
        } else {
            used->next = map_get(&l->by_row, x.row.id);
            map_put(&l->by_row, x.row.id, used);
        }
        if (rc != RC_OK) {
            return full(why);
        }
    }
    return RC_OK;
}

/* ---- which entries ---- */

static bool holds(struct str text, struct str search)
{
    for (size_t i = 0; i + search.n <= text.n; i++) {
        if (str_eq_nocase(str_sub(text, i, search.n), search)) {
            return true;
        }
    }
    return false;
}

static bool wants_provider(const struct listing *l, struct str provider)
{
    return l->provider.n == 0 || str_eq(provider, l->provider) ||
           str_eq(provider, l->list);
}

/* A row is also found by the names that calls have for it. */
static bool wants_model(const struct listing *l, struct str model,
                        const struct used *used)
{
    bool does = holds(model, l->search);

    for (; used != NULL && !does; used = used->next) {
        does = holds(used->model, l->search);
    }
    return does;
}

static void mark_listed(struct used *used)
{
    for (; used != NULL; used = used->next) {
        used->is_listed = true;
    }
}

static enum rc gather_rows(struct listing *l)
{
    struct book_row row;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK; i++) {
        arena_reset(&l->scratch);
        rc = book_row(l->book, i, &l->scratch, &row);
        struct used *used = rc == RC_OK ? map_get(&l->by_row, row.id) : NULL;
        mark_listed(used);
        if (rc == RC_OK && (used != NULL || !l->only_used) &&
            wants_provider(l, row.provider) &&
            wants_model(l, row.model, used) &&
            (!l->only_current ||
             book_row_standing(l->book, i, l->call->now_us).in_force)) {
            l->entry[l->n++] = (struct entry){.row = i, .used = used};
        }
    }
    return rc == RC_END ? RC_OK : rc;
}

static enum rc gather(struct listing *l, struct why *why)
{
    struct book_info info = book_info(l->book);

    l->entry = arena_array(&l->call->arena,
                           info.n_rows + info.n_overrides + l->n_used + 1,
                           sizeof *l->entry);
    if (l->entry == NULL || gather_rows(l) != RC_OK) {
        return full(why);
    }
    for (size_t i = 0; i < l->n_used; i++) {
        struct used *used = &l->used[i];

        if (used->is_listed || !wants_provider(l, used->provider) ||
            !holds(used->model, l->search)) {
            continue;
        }
        l->entry[l->n++] = (struct entry){
            .row = NO_ROW, .used = used, .is_unpriced = used->unpriced.n > 0};
        used->next = NULL; /* one entry each */
    }
    return RC_OK;
}

static num_i128 sum(const struct used *used, bool is_cost, enum window window)
{
    num_i128 all = 0;

    for (; used != NULL; used = used->next) {
        all += is_cost ? used->cost[window] : used->n[window];
    }
    return all;
}

/* Without a price, by calls; in use, by spend; the others as in the book. */
static int by_need(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->is_unpriced != y->is_unpriced) {
        return x->is_unpriced ? -1 : 1;
    }
    for (unsigned i = 0; i < 2 * WINDOW__COUNT; i++) {
        bool is_cost = (i < WINDOW__COUNT) != x->is_unpriced;
        enum window w = (enum window)(i % WINDOW__COUNT);
        num_i128 left = sum(x->used, is_cost, w);
        num_i128 right = sum(y->used, is_cost, w);

        if (left != right) {
            return left > right ? -1 : 1;
        }
    }
    if ((x->used != NULL) != (y->used != NULL)) {
        return x->used != NULL ? -1 : 1;
    }
    if (x->row != y->row) {
        return x->row < y->row ? -1 : 1;
    }
    return x->is_unpriced ? str_cmp(x->used->model, y->used->model) : 0;
}

/* ---- writing ---- */

static void add_usd(struct json_writer *w, const char *name, num_i128 pico)
{
    struct buf text;

    buf_init(&text, USD_TEXT_MAX);
    usd_add_text(&text, (struct usd_sum){pico});
    price_json_text(w, name, buf_view(&text));
    buf_fini(&text);
}

static void add_window(struct json_writer *w, const struct used *used,
                       enum window window)
{
    num_i128 n_unpriced = 0;

    for (const struct used *u = used; u != NULL; u = u->next) {
        n_unpriced += u->n_unpriced[window];
    }
    json_w_key(w, str_from_cz(window_name[window]));
    json_w_obj(w);
    add_usd(w, "cost", sum(used, true, window));
    json_w_key(w, STR("requests"));
    json_w_i64(w, (int64_t)sum(used, false, window));
    json_w_key(w, STR("unpriced_requests"));
    json_w_i64(w, (int64_t)n_unpriced);
    json_w_obj_end(w);
}

static void add_used(struct json_writer *w, const struct used *used)
{
    json_w_key(w, STR("used"));
    if (used == NULL) {
        json_w_null(w);
        return;
    }
    json_w_obj(w);
    for (unsigned i = 0; i < WINDOW__COUNT; i++) {
        add_window(w, used, (enum window)i);
    }
    json_w_key(w, STR("as"));
    json_w_arr(w);
    for (; used != NULL; used = used->next) {
        json_w_obj(w);
        price_json_text(w, "provider", used->provider);
        price_json_text(w, "model", used->model);
        price_json_text(w, "service_tier", service_tier_name(used->tier));
        json_w_obj_end(w);
    }
    json_w_arr_end(w);
    json_w_obj_end(w);
}

static void add_standing(const struct listing *l, struct json_writer *w,
                         const struct entry *e)
{
    struct book_standing standing = {.in_force = true};

    if (e->row != NO_ROW) {
        standing = book_row_standing(l->book, e->row, l->call->now_us);
    }
    json_w_key(w, STR("in_force"));
    json_w_bool(w, standing.in_force);
    json_w_key(w, STR("overridden_by"));
    if (standing.overridden_by.n > 0) {
        json_w_str(w, standing.overridden_by);
    } else {
        json_w_null(w);
    }
}

static enum rc read_row(struct listing *l, const struct entry *e,
                        struct book_row *ret, struct why *why)
{
    struct cost_explanation x;

    arena_reset(&l->scratch);
    if (e->row != NO_ROW) {
        return book_row(l->book, e->row, &l->scratch, ret) == RC_OK ? RC_OK
                                                                    : full(why);
    }
    enum rc rc = explain(l, e->used, &x, why);
    if (rc == RC_OK) {
        *ret = x.row;
        ret->provider = e->used->provider;
        ret->model = e->used->model;
    }
    return rc;
}

static enum rc add_entry(struct listing *l, struct json_writer *w,
                         const struct entry *e, struct why *why)
{
    struct book_row row;
    enum rc rc = RC_OK;

    json_w_obj(w);
    json_w_key(w, STR("priced"));
    json_w_bool(w, !e->is_unpriced);
    if (e->is_unpriced) {
        price_json_text(w, "provider", e->used->provider);
        price_json_text(w, "model", e->used->model);
        price_json_text(w, "service_tier", service_tier_name(e->used->tier));
        price_json_text(w, "unpriced", e->used->unpriced);
    } else {
        rc = read_row(l, e, &row, why);
        if (rc != RC_OK) {
            return rc;
        }
        price_json_row(w, &row);
        add_standing(l, w, e);
    }
    add_used(w, e->used);
    json_w_obj_end(w);
    return RC_OK;
}

static void add_discounts(const struct listing *l, struct json_writer *w)
{
    struct book_discount d;

    json_w_key(w, STR("discounts"));
    json_w_arr(w);
    for (size_t i = 0; book_discount(l->book, i, l->call->now_us, &d) == RC_OK;
         i++) {
        json_w_obj(w);
        price_json_text(w, "provider", d.provider);
        price_json_text(w, "percent", d.percent);
        price_json_time(w, "from", d.from_us);
        json_w_key(w, STR("in_force"));
        json_w_bool(w, d.in_force);
        json_w_obj_end(w);
    }
    json_w_arr_end(w);
}

static enum rc write(struct listing *l, struct why *why)
{
    struct json_writer w;
    size_t from = l->offset < l->n ? (size_t)l->offset : l->n;
    size_t n = l->n - from < l->limit ? l->n - from : (size_t)l->limit;
    size_t n_unpriced = 0;
    enum rc rc = RC_OK;

    while (n_unpriced < l->n && l->entry[n_unpriced].is_unpriced) {
        n_unpriced++;
    }
    json_w_init(&w, &l->call->response->body);
    json_w_obj(&w);
    price_json_book(&w, l->book, l->call->now_us);
    add_discounts(l, &w);
    json_w_key(&w, STR("total"));
    json_w_i64(&w, (int64_t)l->n);
    json_w_key(&w, STR("unpriced"));
    json_w_i64(&w, (int64_t)n_unpriced);
    json_w_key(&w, STR("offset"));
    json_w_i64(&w, (int64_t)from);
    json_w_key(&w, STR("rows"));
    json_w_arr(&w);
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = add_entry(l, &w, &l->entry[from + i], why);
    }
    json_w_arr_end(&w);
    json_w_key(&w, STR("truncated"));
    json_w_bool(&w, from + n < l->n);
    json_w_obj_end(&w);
    buf_char(&l->call->response->body, '\n');
    return rc;
}

/* ---- asking ---- */

static enum rc read_number(const struct listing *l, const char *name,
                           uint64_t otherwise, uint64_t *ret, struct why *why)
{
    struct str text = api_param_value(l->call, name);

    *ret = otherwise;
    if (text.n > 0 &&
        (str_to_u64(text, ret) != RC_OK || *ret > LIMIT_PRICE_ROWS_MAX)) {
        return why_set(why, RC_INVALID,
                       "%s must be a whole number of at most %d", name,
                       LIMIT_PRICE_ROWS_MAX);
    }
    return RC_OK;
}

static enum rc read_asked(struct listing *l, struct why *why)
{
    l->provider = provider_fold(api_param_value(l->call, "provider"));
    l->list = book_list_name(l->book, l->provider);
    l->search = api_param_value(l->call, "search");
    l->only_used = api_param_is_on(l->call, "used");
    l->only_current = api_param_is_on(l->call, "current");
    enum rc rc = read_number(l, "limit", ROWS_DEFAULT, &l->limit, why);

    return rc == RC_OK ? read_number(l, "offset", 0, &l->offset, why) : rc;
}

enum rc price_list(struct api_call *call, struct price_book *book,
                   struct why *why)
{
    struct listing l = {.call = call, .book = book};

    arena_init(&l.scratch, LIMIT_ARENA_MAX);
    map_init(&l.by_key);
    map_init(&l.by_row);
    enum rc rc = read_asked(&l, why);
    rc = rc == RC_OK ? read_used(&l, why) : rc;
    rc = rc == RC_OK ? find_rows(&l, why) : rc;
    rc = rc == RC_OK ? gather(&l, why) : rc;
    if (rc == RC_OK) {
        qsort(l.entry, l.n, sizeof *l.entry, by_need);
        rc = write(&l, why);
    }
    map_fini(&l.by_row);
    map_fini(&l.by_key);
    arena_fini(&l.scratch);
    return rc;
}
