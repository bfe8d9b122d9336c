/* A usage object is walked as a whole, so that nothing in it is overlooked:
 * every number is either named by a row or becomes an extra.  The walk keeps
 * its own stack, since a provider decides how deep the object is. */
#include "provider/provider_priv.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "event/event_check.h"

enum { DIGITS_MAX = 32 };

/* ---- numbers ---- */

bool count_of(const struct json *j, int64_t *ret_n)
{
    int64_t n = 0;
    if (json_kind(j) == JSON_STR) {
        struct str text = json_str(j);
        if (str_ends(text, STR(".0"))) {
            text = str_sub(text, 0, text.n - 2);
        }
        if (str_to_i64(text, &n) != RC_OK) {
            return false;
        }
    } else if (json_i64(j, &n) != RC_OK) {
        return false;
    }
    if (n < 0 || n > EVENT_COUNT_MAX) {
        return false;
    }
    *ret_n = n;
    return true;
}

bool usage_has(const struct usage *u, enum slot slot)
{
    return (u->is_set >> slot & 1) != 0;
}

void usage_set(struct usage *u, enum slot slot, int64_t n)
{
    u->n[slot] = n;
    u->is_set |= UINT32_C(1) << slot;
}

void usage_add(struct usage *u, enum slot slot, int64_t n)
{
    int64_t sum = u->n[slot] + n; /* two of 2^40 */
    usage_set(u, slot, sum < EVENT_COUNT_MAX ? sum : EVENT_COUNT_MAX);
}

void usage_add_all(struct usage *u, const struct usage *more)
{
    for (size_t s = 0; s < SLOT__COUNT; s++) {
        if (usage_has(more, (enum slot)s)) {
            usage_add(u, (enum slot)s, more->n[s]);
        }
    }
}

void draft_count(struct draft *d, enum slot slot, const struct json *j)
{
    int64_t n;
    if (count_of(j, &n)) {
        usage_set(&d->usage, slot, n);
        d->has_usage = true;
    }
}

/* ---- reading ---- */

struct frame {
    const struct json *at; /* the member that comes next */
    size_t path_n;         /* of the path to its parent */
    bool is_list;
    uint32_t i;
};

struct walk {
    struct draft *draft;
    struct usage *usage;
    const struct members *members[2]; /* the vendor's, the dialect's */
    size_t name_n; /* the path begins with the usage's own name and a dot */
    char path[LIMIT_PROVIDER_PATH_MAX];
    size_t path_n;
    size_t rank[SLOT__COUNT]; /* of the row each value came from, 0: none */
    struct frame stack[LIMIT_PROVIDER_DEPTH_MAX];
    size_t depth;
};

/* path_add: a path that does not fit is cut, and then names no row. */
static void path_add(struct walk *w, struct str text)
{
    size_t room = sizeof w->path - w->path_n;
    struct str fits = str_utf8_cut(text, room);
    if (fits.n > 0) {
        memcpy(w->path + w->path_n, fits.p, fits.n);
        w->path_n += fits.n;
    }
}

static struct str path_of(const struct walk *w)
{
    return (struct str){.p = w->path, .n = w->path_n};
}

static void keep_unknown(struct walk *w, double value)
{
    struct provider_extra extra = {
        .name = path_of(w), .value = value, .is_unknown = true};
    if (!isfinite(value)) {
        extra.value = DBL_MAX; /* such as 1e400: more than any number */
    }
    draft_extra(w->draft, &extra, true);
}

/* A number that no row explains, or that cannot be what its row says. */
static void keep_number(struct walk *w, const struct json *j)
{
    double value = json_f64(j);
    if (json_kind(j) == JSON_NUM ||
        (json_kind(j) == JSON_STR &&
         str_to_f64(json_str(j), &value) == RC_OK)) {
        keep_unknown(w, value);
    }
}

static void take_count(struct walk *w, const struct member *row, size_t rank,
                       const struct json *j)
{
    int64_t n = 0;
    if (!count_of(j, &n)) {
        keep_number(w, j);
        return;
    }
    size_t had = w->rank[row->slot];
    if (had == 0 || w->usage->n[row->slot] == 0 || (rank < had && n > 0)) {
        usage_set(w->usage, row->slot, n);
        w->rank[row->slot] = rank;
    }
}

static const struct list_row *label_find(const struct list *list,
                                         struct str label)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq_nocase(list->rows[i].label, label)) {
            return &list->rows[i];
        }
    }
    return NULL;
}

/* What an element has beside its label, and the count where that was taken. */
static void keep_rest(struct walk *w, struct str label, const struct json *obj,
                      const struct json *taken)
{
    size_t path_n = w->path_n;
    for (const struct json *j = json_first(obj); j != NULL; j = json_next(j)) {
        if (json_kind(j) == JSON_NUM && j != taken) {
            path_add(w, STR("."));
            path_add(w, label);
            path_add(w, STR("."));
            path_add(w, json_key(j));
            keep_number(w, j);
            w->path_n = path_n;
        }
    }
}

static void take_list(struct walk *w, const struct list *list,
                      const struct json *j)
{
    for (j = json_first(j); j != NULL; j = json_next(j)) {
        struct str label = json_str(json_get(j, list->label));
        const struct json *count = json_get(j, list->count);
        const struct list_row *row = label_find(list, label);
        int64_t n = 0;
        bool is_taken = row != NULL && count_of(count, &n);
        if (is_taken && row->slot != SLOT_NONE) {
            usage_add(w->usage, row->slot, n);
        }
        keep_rest(w, label, j, is_taken ? count : NULL);
    }
}

static void take_extra(struct walk *w, const struct member *row,
                       const struct json *j)
{
    struct provider_extra extra = {.name = row->extra};
    if (json_kind(j) == JSON_STR) {
        extra.text = json_str(j);
    } else if (json_kind(j) == JSON_BOOL) {
        extra.text = json_bool(j) ? STR("true") : STR_EMPTY;
    } else {
        extra.value = json_f64(j);
    }
    /* Nothing of it is as if it were not told. */
    if (extra.text.n > 0 || (isfinite(extra.value) && extra.value > 0)) {
        draft_extra(w->draft, &extra, true);
    }
}

static void take_cost(struct walk *w, const struct member *row,
                      const struct json *j)
{
    struct buf text;
    struct usd usd = {0};
    buf_init(&text, LIMIT_PROVIDER_WORD_MAX);
    if (json_kind(j) == JSON_NUM) {
        json_num_text(j, &text);
    } else {
        buf_str(&text, json_str(j));
    }
    enum rc rc = row->power == 0
                     ? usd_parse(buf_view(&text), &usd)
                     : usd_parse_scaled(buf_view(&text), 12 - row->power, &usd);
    if (rc == RC_OK && usd.pico >= 0) {
        w->usage->cost[row->cost] = usd;
        w->usage->has_cost |= UINT32_C(1) << row->cost;
    } else {
        keep_number(w, j);
    }
    buf_fini(&text);
}

static void take(struct walk *w, const struct member *row, size_t rank,
                 const struct json *j)
{
    switch (row->kind) {
    case MEMBER_SKIP:
        break;
    case MEMBER_COUNT:
        take_count(w, row, rank, j);
        break;
    case MEMBER_LIST:
        take_list(w, row->list, j);
        break;
    case MEMBER_EXTRA:
        take_extra(w, row, j);
        break;
    case MEMBER_TIER:
        draft_member(w->draft, &w->draft->tier_word, j);
        break;
    case MEMBER_COST:
        take_cost(w, row, j);
        break;
    }
}

static const struct member *row_find(const struct walk *w, size_t *ret_rank)
{
    struct str path = str_sub(path_of(w), w->name_n, SIZE_MAX);
    *ret_rank = 0;
    for (size_t t = 0; t < ARRAY_N(w->members); t++) {
        for (size_t i = 0; i < w->members[t]->n; i++) {
            ++*ret_rank;
            if (str_eq(w->members[t]->rows[i].path, path)) {
                return &w->members[t]->rows[i];
            }
        }
    }
    return NULL;
}

static void descend(struct walk *w, const struct json *j)
{
    if (w->depth == ARRAY_N(w->stack)) {
        keep_unknown(w, (double)json_n(j)); /* at least that there is more */
        return;
    }
    w->stack[w->depth++] = (struct frame){
        .at = json_first(j),
        .path_n = w->path_n,
        .is_list = json_kind(j) == JSON_ARR,
    };
}

static void walk_name(struct walk *w, struct frame *f)
{
    char digits[DIGITS_MAX];
    struct buf text = {.p = digits, .cap = sizeof digits, .max = sizeof digits};
    w->path_n = f->path_n;
    if (w->path_n > w->name_n) {
        path_add(w, STR("."));
    }
    if (f->is_list) {
        buf_u64(&text, f->i++);
        path_add(w, buf_view(&text));
    } else {
        path_add(w, json_key(f->at));
    }
}

static void walk_on(struct walk *w)
{
    while (w->depth > 0) {
        struct frame *f = &w->stack[w->depth - 1];
        const struct json *j = f->at;
        if (j == NULL) {
            w->depth--;
            continue;
        }
        walk_name(w, f);
        f->at = json_next(j);
        size_t rank;
        const struct member *row = row_find(w, &rank);
        enum json_kind kind = json_kind(j);
        if (kind == JSON_NULL) {
            continue;
        }
        bool is_holder = kind == JSON_OBJ || kind == JSON_ARR;
        bool may_hold = row != NULL &&
                        (row->kind == MEMBER_SKIP || row->kind == MEMBER_LIST);
        if (row != NULL && (!is_holder || may_hold)) {
            take(w, row, rank, j);
        } else if (is_holder) {
            descend(w, j);
        } else if (kind == JSON_NUM) {
            keep_unknown(w, json_f64(j));
        }
    }
}

void usage_read_into(struct draft *d, const struct json *usage,
                     const char *name, struct usage *ret)
{
    struct walk w = {
        .draft = d,
        .usage = ret,
        .members = {&d->vendor->members, &d->dialect->members},
    };
    path_add(&w, str_from_cz(name));
    path_add(&w, STR("."));
    w.name_n = w.path_n;
    descend(&w, usage);
    walk_on(&w);
}

static void forget_extras(struct draft *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_extra; i++) {
        if (!d->is_of_usage[i]) {
            d->extra[n] = d->extra[i];
            d->is_of_usage[n++] = false;
        }
    }
    d->n_extra = n;
}

bool usage_read(struct draft *d, const struct json *usage, const char *name)
{
    struct usage told = {.is_set = 0};
    if (json_kind(usage) != JSON_OBJ || json_n(usage) == 0) {
        return false;
    }
    if (!d->dialect->merges_usage) {
        forget_extras(d);
        d->usage = told;
    }
    usage_read_into(d, usage, name, &told);
    for (size_t s = 0; s < SLOT__COUNT; s++) {
        if (usage_has(&told, (enum slot)s)) {
            usage_set(&d->usage, (enum slot)s, told.n[s]);
        }
    }
    for (size_t c = 0; c < COST__COUNT; c++) {
        if ((told.has_cost >> c & 1) != 0) {
            d->usage.cost[c] = told.cost[c];
            d->usage.has_cost |= UINT32_C(1) << c;
        }
    }
    d->has_usage = true;
    d->is_seen = true;
    return true;
}

/* ---- the disjoint classes ---- */

/* What the headlines do not contain. */
struct outside {
    bool cache;
    bool reasoning;
};

/* sum_test: compatible servers differ in what their headlines contain, and
 * the total tells on them. */
static struct outside sum_test(const struct draft *d, const struct usage *u)
{
    bool is_chat = d->dialect == &dialect_openai_chat;
    struct outside rule = {
        .cache = d->dialect->is_cache_outside,
        .reasoning = d->dialect->is_reasoning_outside ||
                     (is_chat && d->vendor->reasoning != REASONING_AS_DIALECT),
    };
    int64_t rest = u->n[SLOT_TOTAL] - u->n[SLOT_INPUT] - u->n[SLOT_OUTPUT];
    int64_t reasoning = u->n[SLOT_REASONING];
    int64_t cache = u->n[SLOT_READ] + u->n[SLOT_WRITE];
    if (!d->dialect->has_sum_test || !usage_has(u, SLOT_TOTAL)) {
        return rule;
    }
    if (rest == 0) {
        return (struct outside){.cache = false, .reasoning = false};
    }
    if (reasoning > 0 && rest == reasoning) {
        return (struct outside){.cache = false, .reasoning = true};
    }
    if (cache > 0 && rest == cache) {
        return (struct outside){.cache = true, .reasoning = false};
    }
    if (rest == cache + reasoning) {
        return (struct outside){.cache = true, .reasoning = true};
    }
    return rule;
}

/* Take a part out of what is left of its whole. */
static int64_t take_part(struct draft *d, int64_t *left, int64_t part)
{
    int64_t taken = part < *left ? part : *left;
    d->is_clamped = d->is_clamped || taken < part;
    *left -= taken;
    return taken;
}

/* What of one modality was not read from a cache. */
static int64_t uncached(struct draft *d, int64_t all, int64_t cached)
{
    int64_t left = all;
    (void)take_part(d, &left, cached);
    return left;
}

static void settle_input(struct draft *d, const struct usage *u,
                         bool is_cache_outside, int64_t token[TOKEN__COUNT])
{
    int64_t written = u->n[SLOT_WRITE];
    int64_t split = u->n[SLOT_WRITE_5M] + u->n[SLOT_WRITE_1H];
    if (!usage_has(u, SLOT_WRITE)) {
        written = split;
    }
    int64_t left = u->n[SLOT_INPUT] + u->n[SLOT_INPUT_MORE];
    if (is_cache_outside) {
        left += u->n[SLOT_READ] + written;
    }
    int64_t audio = uncached(d, u->n[SLOT_AUDIO_IN], u->n[SLOT_READ_AUDIO]);
    int64_t image = uncached(d, u->n[SLOT_IMAGE_IN], u->n[SLOT_READ_IMAGE]);
    written = take_part(d, &left, written);
    token[TOKEN_CACHE_WRITE_1H] = take_part(d, &written, u->n[SLOT_WRITE_1H]);
    token[TOKEN_CACHE_WRITE_5M] = written;
    token[TOKEN_CACHE_READ] = take_part(d, &left, u->n[SLOT_READ]);
    /* Where a cache overlaps them, images go short before audio does. */
    token[TOKEN_INPUT_AUDIO] = take_part(d, &left, audio);
    token[TOKEN_INPUT_IMAGE] = take_part(d, &left, image);
    token[TOKEN_INPUT] = left;
}

static void settle_output(struct draft *d, const struct usage *u,
                          bool is_reasoning_outside,
                          int64_t token[TOKEN__COUNT])
{
    int64_t left = u->n[SLOT_OUTPUT];
    if (is_reasoning_outside) {
        token[TOKEN_OUTPUT_REASONING] = u->n[SLOT_REASONING];
    } else {
        token[TOKEN_OUTPUT_REASONING] =
            take_part(d, &left, u->n[SLOT_REASONING]);
    }
    token[TOKEN_OUTPUT_AUDIO] = take_part(d, &left, u->n[SLOT_AUDIO_OUT]);
    token[TOKEN_OUTPUT_IMAGE] = take_part(d, &left, u->n[SLOT_IMAGE_OUT]);
    token[TOKEN_OUTPUT] = left;
}

static int64_t sum_of(const int64_t *token, size_t from, size_t to)
{
    int64_t sum = 0;
    for (size_t i = from; i < to; i++) {
        sum += token[i];
    }
    return sum;
}

void usage_settle(struct draft *d, const struct usage *told,
                  struct provider_record *ret)
{
    _Static_assert((int)TOKEN_OUTPUT == (int)TOKEN_INPUT_IMAGE + 1,
                   "input classes stand before output classes");
    struct outside outside = sum_test(d, told);
    bool is_always_outside = d->vendor->reasoning == REASONING_OUTSIDE_ALWAYS &&
                             d->dialect == &dialect_openai_chat;
    settle_input(d, told, outside.cache, ret->token);
    settle_output(d, told, outside.reasoning || is_always_outside, ret->token);
    /* No event may hold more: counts so large are a mistake, and half of a
     * mistake is one too. */
    if (sum_of(ret->token, 0, TOKEN_OUTPUT) > EVENT_COUNT_MAX ||
        sum_of(ret->token, TOKEN_OUTPUT, TOKEN__COUNT) > EVENT_COUNT_MAX) {
        memset(ret->token, 0, sizeof ret->token);
        d->is_clamped = true;
        d->is_final = false;
    }
    ret->web_searches = told->n[SLOT_SEARCHES];
    ret->has_reported_cost = (told->has_cost >> COST_REPORTED & 1) != 0;
    ret->reported_cost = told->cost[COST_REPORTED];
}
