/* Every event is one block of memory that is never changed or moved before
 * the store is closed, so a reader only has to copy the list of them. */
#include "store/store_fake.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"

struct kept { /* text follows */
    struct event event;
};

struct kept_list {
    struct kept **at;
    size_t n;
};

struct kept_record { /* text follows */
    struct record rec;
    bool is_replaced; /* by a later one; somebody may still read it */
};

struct record_list {
    struct kept_record **at;
    size_t n;
};

struct answer { /* of a select; text follows the cells */
    struct answer *next;
    size_t n_rows;
    size_t n_cells;
    struct store_cell cell[];
};

struct plan { /* of failing */
    uint32_t n_well;
    uint32_t n_fail;
    enum rc rc;
};

struct fake {
    struct store base;
    struct mutex lock; /* guards what follows */
    struct kept_list committed;
    struct record_list records;
    uint64_t position;
    struct plan plan[STORE_FAKE__COUNT];
    struct answer *answers; /* next one first */
    struct str sql;         /* text of the last select, own */
    struct str *params;
    size_t n_params;

    /* The writer thread's own. */
    bool is_open; /* a transaction */
    struct kept_list added;
    struct record_list added_records;
};

static struct fake *fake_of(struct store *s)
{
    return (struct fake *)s;
}

/* ---- failing on purpose ---- */

static enum rc chance_locked(struct fake *f, enum store_fake_call call,
                             struct why *why)
{
    struct plan *plan = &f->plan[call];

    if (plan->n_well > 0) {
        plan->n_well--;
        return RC_OK;
    }
    if (plan->n_fail == 0) {
        return RC_OK;
    }
    plan->n_fail--;
    return why_set(why, plan->rc, "the store in memory was told to fail");
}

static enum rc chance(struct fake *f, enum store_fake_call call,
                      struct why *why)
{
    mutex_lock(&f->lock);
    enum rc rc = chance_locked(f, call, why);
    mutex_unlock(&f->lock);
    return rc;
}

void store_fake_fail(struct store *s, enum store_fake_call call,
                     uint32_t n_well, uint32_t n_fail, enum rc rc)
{
    struct fake *f = fake_of(s);

    mutex_lock(&f->lock);
    f->plan[call] = (struct plan){.n_well = n_well, .n_fail = n_fail, .rc = rc};
    mutex_unlock(&f->lock);
}

/* ---- copies ---- */

/* Text goes to *at, which moves on. */
static struct str move_text(struct str s, char **at)
{
    struct str copy = {.p = *at, .n = s.n};

    if (s.n > 0) {
        memcpy(*at, s.p, s.n);
        *at += s.n;
    }
    return copy;
}

static size_t text_bytes(const struct event *ev)
{
    size_t n = ev->id.n + ev->cost.price_id.n;

    for (int d = 0; d < DIM__COUNT; d++) {
        n += ev->dim[d].n;
    }
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        n += ev->tag[i].key.n + ev->tag[i].value.n;
    }
    return n;
}

/* What a store does not keep is not kept here either: the parts of a cost
 * that is none. */
static struct kept *keep(const struct event *ev)
{
    struct kept *kept = mem_alloc(sizeof(*kept) + text_bytes(ev));
    struct event *copy = &kept->event;
    char *at = (char *)(kept + 1);

    *copy = *ev;
    copy->id = move_text(ev->id, &at);
    for (int d = 0; d < DIM__COUNT; d++) {
        copy->dim[d] = move_text(ev->dim[d], &at);
    }
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        copy->tag[i].key = move_text(ev->tag[i].key, &at);
        copy->tag[i].value = move_text(ev->tag[i].value, &at);
    }
    if (ev->cost.priced) {
        copy->cost.price_id = move_text(ev->cost.price_id, &at);
    } else {
        copy->cost = (struct event_cost){.priced = false};
    }
    return kept;
}

static void list_add(struct kept_list *list, struct kept *kept)
{
    /* Grows by doubling whenever n is a power of two. */
    if ((list->n & (list->n - 1)) == 0) {
        size_t cap = list->n > 0 ? list->n * 2 : 1;
        list->at = mem_grow(list->at, cap, sizeof(struct kept *));
    }
    list->at[list->n++] = kept;
}

static void list_fini(struct kept_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        mem_free(list->at[i]);
    }
    mem_free(list->at);
    *list = (struct kept_list){.at = NULL};
}

/* ---- records ---- */

static struct kept_record *keep_record(const struct record *rec)
{
    size_t n = rec->id.n + rec->name.n + rec->note.n + rec->tier.n +
               rec->account.n + rec->line.n + rec->charge.n;

    for (int d = 0; d < DIM__COUNT; d++) {
        n += rec->dim[d].n;
    }
    struct kept_record *kept = mem_alloc(sizeof(*kept) + n);
    struct record *copy = &kept->rec;
    char *at = (char *)(kept + 1);

    *copy = *rec;
    copy->id = move_text(rec->id, &at);
    copy->name = move_text(rec->name, &at);
    copy->note = move_text(rec->note, &at);
    copy->tier = move_text(rec->tier, &at);
    copy->account = move_text(rec->account, &at);
    copy->line = move_text(rec->line, &at);
    copy->charge = move_text(rec->charge, &at);
    for (int d = 0; d < DIM__COUNT; d++) {
        copy->dim[d] = move_text(rec->dim[d], &at);
    }
    return kept;
}

static void record_list_add(struct record_list *list, struct kept_record *kept)
{
    list->at = mem_grow(list->at, list->n + 1, sizeof(*list->at));
    list->at[list->n++] = kept;
}

static void record_list_fini(struct record_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        mem_free(list->at[i]);
    }
    mem_free(list->at);
    *list = (struct record_list){.at = NULL};
}

static int compare_invoices(const struct record *x, const struct record *y)
{
    const struct str left[] = {x->account, x->dim[DIM_MODEL], x->line,
                               x->charge};
    const struct str right[] = {y->account, y->dim[DIM_MODEL], y->line,
                                y->charge};
    int order = str_cmp(x->dim[DIM_PROVIDER], y->dim[DIM_PROVIDER]);

    if (order == 0 && x->to_us != y->to_us) {
        order = x->to_us < y->to_us ? -1 : 1;
    }
    for (size_t i = 0; i < ARRAY_N(left) && order == 0; i++) {
        order = str_cmp(left[i], right[i]);
    }
    return order;
}

static bool same_thing(const struct record *a, const struct record *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case RECORD_OUTCOME:
    case RECORD_GUARDRAIL:
        return str_eq(a->id, b->id);
    case RECORD_RELEASE:
        return str_eq(a->dim[DIM_RELEASE], b->dim[DIM_RELEASE]) &&
               str_eq(a->dim[DIM_FEATURE], b->dim[DIM_FEATURE]);
    case RECORD_CUSTOMER:
        return a->ts_us == b->ts_us &&
               str_eq(a->dim[DIM_CUSTOMER], b->dim[DIM_CUSTOMER]);
    case RECORD_INVOICE:
        return a->ts_us == b->ts_us && compare_invoices(a, b) == 0;
    case RECORD_KIND__COUNT:
        break;
    }
    return false;
}

/* Takes the record: among the others, in the place of one, or nowhere. */
static void merge_record(struct record_list *list, struct kept_record *kept)
{
    for (size_t i = 0; i < list->n; i++) {
        struct kept_record *old = list->at[i];

        if (old->is_replaced || !same_thing(&old->rec, &kept->rec)) {
            continue;
        }
        if (!record_is_replaced(kept->rec.kind)) {
            mem_free(kept);
            return;
        }
        old->is_replaced = true;
    }
    record_list_add(list, kept);
}

/* ---- transactions ---- */

static enum rc begin(struct store *s, struct why *why)
{
    struct fake *f = fake_of(s);

    CHECK(!f->is_open);
    enum rc rc = chance(f, STORE_FAKE_BEGIN, why);
    f->is_open = rc == RC_OK;
    return rc;
}

static enum rc add(struct store *s, const struct event *ev, size_t n,
                   struct why *why)
{
    struct fake *f = fake_of(s);

    CHECK(f->is_open);
    enum rc rc = chance(f, STORE_FAKE_ADD, why);
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        list_add(&f->added, keep(&ev[i]));
    }
    return rc;
}

static enum rc add_records(struct store *s, const struct record *rec, size_t n,
                           struct why *why)
{
    struct fake *f = fake_of(s);

    CHECK(f->is_open);
    enum rc rc = chance(f, STORE_FAKE_ADD, why);
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        record_list_add(&f->added_records, keep_record(&rec[i]));
    }
    return rc;
}

static void rollback(struct store *s)
{
    struct fake *f = fake_of(s);

    CHECK(f->is_open);
    list_fini(&f->added);
    record_list_fini(&f->added_records);
    f->is_open = false;
}

static enum rc commit(struct store *s, uint64_t journal_pos, struct why *why)
{
    struct fake *f = fake_of(s);

    CHECK(f->is_open);
    mutex_lock(&f->lock);
    enum rc rc = chance_locked(f, STORE_FAKE_COMMIT, why);
    if (rc == RC_OK) {
        for (size_t i = 0; i < f->added.n; i++) {
            list_add(&f->committed, f->added.at[i]);
        }
        f->added.n = 0; /* they have another owner now */
        for (size_t i = 0; i < f->added_records.n; i++) {
            merge_record(&f->records, f->added_records.at[i]);
        }
        f->added_records.n = 0;
        f->position = journal_pos;
    }
    mutex_unlock(&f->lock);
    rollback(s);
    return rc;
}

static enum rc position(struct store *s, uint64_t *ret_pos, struct why *why)
{
    struct fake *f = fake_of(s);

    mutex_lock(&f->lock);
    enum rc rc = chance_locked(f, STORE_FAKE_POSITION, why);
    if (rc == RC_OK) {
        *ret_pos = f->position;
    }
    mutex_unlock(&f->lock);
    return rc;
}

static enum rc compact(struct store *s, struct why *why)
{
    CHECK(!fake_of(s)->is_open);
    return chance(fake_of(s), STORE_FAKE_COMPACT, why);
}

/* Its scans are of the events themselves: there is nothing to sum. */
static enum rc fold(struct store *s, struct why *why)
{
    CHECK(!fake_of(s)->is_open);
    return chance(fake_of(s), STORE_FAKE_COMPACT, why);
}

static enum rc rebuild(struct store *s, int64_t from_us, int64_t to_us,
                       struct why *why)
{
    (void)from_us;
    (void)to_us;
    return fold(s, why);
}

/* ---- reading ---- */

static enum rc reader_open(struct store *s, struct store_reader **ret,
                           struct why *why)
{
    (void)why;
    struct store_reader *r = mem_alloc(sizeof(*r));
    r->store = s;
    *ret = r;
    return RC_OK;
}

static void reader_close(struct store_reader **r)
{
    mem_free(*r);
    *r = NULL;
}

static int64_t time_of(const struct event *ev, enum store_time time)
{
    return time == STORE_TIME_ARRIVAL ? ev->arrival_us : ev->ts_us;
}

/* The events of the range at this moment; the list is the caller's, what it
 * lists is not. */
static enum rc snapshot(struct fake *f, enum store_time time, int64_t from_us,
                        int64_t to_us, struct kept_list *ret_list,
                        struct why *why)
{
    struct kept_list list = {.at = NULL};

    mutex_lock(&f->lock);
    enum rc rc = chance_locked(f, STORE_FAKE_READ, why);
    for (size_t i = 0; i < f->committed.n && rc == RC_OK; i++) {
        int64_t us = time_of(&f->committed.at[i]->event, time);
        if (us >= from_us && us < to_us) {
            list_add(&list, f->committed.at[i]);
        }
    }
    mutex_unlock(&f->lock);
    if (rc == RC_OK) {
        *ret_list = list;
    }
    return rc;
}

static int by_time(const void *a, const void *b, enum store_time time)
{
    const struct event *x = &(*(struct kept *const *)a)->event;
    const struct event *y = &(*(struct kept *const *)b)->event;
    int64_t at_x = time_of(x, time);
    int64_t at_y = time_of(y, time);

    if (at_x != at_y) {
        return at_x < at_y ? -1 : 1;
    }
    return str_cmp(x->id, y->id);
}

static int by_call(const void *a, const void *b)
{
    return by_time(a, b, STORE_TIME_CALL);
}

static int by_arrival(const void *a, const void *b)
{
    return by_time(a, b, STORE_TIME_ARRIVAL);
}

static enum rc scan(struct store_reader *r, enum store_time time,
                    int64_t from_us, int64_t to_us, store_event_fn *each,
                    void *arg, struct why *why)
{
    struct kept_list list = {.at = NULL};
    enum rc rc = snapshot(fake_of(r->store), time, from_us, to_us, &list, why);

    if (list.n > 0) {
        qsort(list.at, list.n, sizeof(struct kept *),
              time == STORE_TIME_ARRIVAL ? by_arrival : by_call);
    }
    for (size_t i = 0; i < list.n && rc == RC_OK; i++) {
        rc = each(arg, &list.at[i]->event, why);
    }
    mem_free(list.at);
    return rc;
}

static enum rc ids(struct store_reader *r, enum store_time time,
                   int64_t from_us, int64_t to_us, store_id_fn *each, void *arg,
                   struct why *why)
{
    struct kept_list list = {.at = NULL};
    enum rc rc = snapshot(fake_of(r->store), time, from_us, to_us, &list, why);

    for (size_t i = 0; i < list.n && rc == RC_OK; i++) {
        rc = each(arg, list.at[i]->event.id);
    }
    mem_free(list.at);
    return rc;
}

static int64_t record_time_of(const struct record *rec, enum store_time time)
{
    return time == STORE_TIME_ARRIVAL ? rec->arrival_us : rec->ts_us;
}

static int by_record(const void *a, const void *b, enum store_time time)
{
    const struct record *x = &(*(struct kept_record *const *)a)->rec;
    const struct record *y = &(*(struct kept_record *const *)b)->rec;
    int64_t at_x = record_time_of(x, time);
    int64_t at_y = record_time_of(y, time);
    int order = at_x < at_y ? -1 : at_x > at_y;

    if (order == 0 &&
        (x->kind == RECORD_OUTCOME || x->kind == RECORD_GUARDRAIL)) {
        return str_cmp(x->id, y->id);
    }
    if (order == 0 && x->kind == RECORD_CUSTOMER) {
        return str_cmp(x->dim[DIM_CUSTOMER], y->dim[DIM_CUSTOMER]);
    }
    if (order == 0 && x->kind == RECORD_INVOICE) {
        return compare_invoices(x, y);
    }
    if (order == 0) {
        order = str_cmp(x->dim[DIM_RELEASE], y->dim[DIM_RELEASE]);
    }
    return order != 0 ? order
                      : str_cmp(x->dim[DIM_FEATURE], y->dim[DIM_FEATURE]);
}

static int by_record_call(const void *a, const void *b)
{
    return by_record(a, b, STORE_TIME_CALL);
}

static int by_record_arrival(const void *a, const void *b)
{
    return by_record(a, b, STORE_TIME_ARRIVAL);
}

static enum rc records(struct store_reader *r, const struct store_records *of,
                       store_record_fn *each, void *arg, struct why *why)
{
    struct fake *f = fake_of(r->store);
    struct record_list list = {.at = NULL};

    mutex_lock(&f->lock);
    enum rc rc = chance_locked(f, STORE_FAKE_READ, why);
    for (size_t i = 0; i < f->records.n && rc == RC_OK; i++) {
        struct kept_record *kept = f->records.at[i];
        int64_t us = record_time_of(&kept->rec, of->time);

        if (kept->rec.kind == of->kind && !kept->is_replaced &&
            us >= of->from_us && us < of->to_us) {
            record_list_add(&list, kept);
        }
    }
    mutex_unlock(&f->lock);
    if (list.n > 0) {
        qsort(list.at, list.n, sizeof(*list.at),
              of->time == STORE_TIME_ARRIVAL ? by_record_arrival
                                             : by_record_call);
    }
    for (size_t i = 0; i < list.n && rc == RC_OK; i++) {
        rc = each(arg, &list.at[i]->rec, why);
    }
    mem_free(list.at);
    return rc;
}

static enum rc stats(struct store_reader *r, struct store_stats *ret,
                     struct why *why)
{
    struct store_stats got = {.min_ts_us = INT64_MAX, .max_ts_us = INT64_MIN};
    struct fake *f = fake_of(r->store);

    mutex_lock(&f->lock);
    enum rc rc = chance_locked(f, STORE_FAKE_READ, why);
    for (size_t i = 0; i < f->committed.n; i++) {
        int64_t us = f->committed.at[i]->event.ts_us;
        got.min_ts_us = us < got.min_ts_us ? us : got.min_ts_us;
        got.max_ts_us = us > got.max_ts_us ? us : got.max_ts_us;
    }
    got.n_events = (int64_t)f->committed.n;
    mutex_unlock(&f->lock);
    if (rc == RC_OK) {
        *ret = got;
    }
    return rc;
}

/* ---- select ---- */

static size_t cell_text(const struct store_cell *cell)
{
    return cell->kind == STORE_CELL_STR ? cell->str.n : 0;
}

void store_fake_rows(struct store *s, const struct store_cell *cells,
                     size_t n_rows, size_t n_cells)
{
    struct fake *f = fake_of(s);
    size_t n = n_rows * n_cells;
    size_t n_text = 0;

    for (size_t i = 0; i < n; i++) {
        n_text += cell_text(&cells[i]);
    }
    struct answer *a = mem_alloc(sizeof(*a) + n * sizeof(*cells) + n_text);
    char *at = (char *)(a->cell + n);
    a->n_rows = n_rows;
    a->n_cells = n_cells;
    for (size_t i = 0; i < n; i++) {
        a->cell[i] = cells[i];
        if (cells[i].kind == STORE_CELL_STR) {
            a->cell[i].str = move_text(cells[i].str, &at);
        }
    }
    mutex_lock(&f->lock);
    struct answer **last = &f->answers;
    while (*last) {
        last = &(*last)->next;
    }
    *last = a;
    mutex_unlock(&f->lock);
}

/* One block: the statement's text, then each parameter's slice and text. */
static void forget_sql(struct fake *f)
{
    mem_free(f->params);
    f->params = NULL;
    f->n_params = 0;
    f->sql = STR_EMPTY;
}

static void remember_sql(struct fake *f, const struct store_sql *sql)
{
    size_t n_text = sql->text.n;

    forget_sql(f);
    for (size_t i = 0; i < sql->n_params; i++) {
        n_text += sql->params[i].n;
    }
    f->params = mem_alloc((sql->n_params + 1) * sizeof(*f->params) + n_text);
    char *at = (char *)(f->params + sql->n_params + 1);
    f->sql = move_text(sql->text, &at);
    f->n_params = sql->n_params;
    for (size_t i = 0; i < sql->n_params; i++) {
        f->params[i] = move_text(sql->params[i], &at);
    }
}

static enum rc next_answer(struct fake *f, const struct store_sql *sql,
                           struct answer **ret_answer, struct why *why)
{
    mutex_lock(&f->lock);
    enum rc rc = chance_locked(f, STORE_FAKE_READ, why);
    remember_sql(f, sql);
    struct answer *next = f->answers;
    if (rc == RC_OK && !next) {
        rc = why_set(why, RC_UNSUPPORTED, "the store in memory knows no SQL");
    } else if (rc == RC_OK) {
        f->answers = next->next;
        *ret_answer = next;
    }
    mutex_unlock(&f->lock);
    return rc;
}

static enum rc fake_select(struct store_reader *r, const struct store_sql *sql,
                           store_row_fn *row, void *arg, struct why *why)
{
    struct answer *a = NULL;
    enum rc rc = next_answer(fake_of(r->store), sql, &a, why);
    if (rc != RC_OK) {
        return rc;
    }
    CHECK(a);
    for (size_t i = 0; i < a->n_rows && rc == RC_OK; i++) {
        rc = row(arg, &a->cell[i * a->n_cells], a->n_cells, why);
    }
    mem_free(a);
    return rc;
}

struct str store_fake_sql(struct store *s)
{
    return fake_of(s)->sql;
}

size_t store_fake_n_params(struct store *s)
{
    return fake_of(s)->n_params;
}

struct str store_fake_param(struct store *s, size_t i)
{
    CHECK(i < fake_of(s)->n_params);
    return fake_of(s)->params[i];
}

/* ---- the store ---- */

static void fake_close(struct store **s)
{
    struct fake *f = fake_of(*s);

    list_fini(&f->added);
    list_fini(&f->committed);
    record_list_fini(&f->added_records);
    record_list_fini(&f->records);
    while (f->answers) {
        struct answer *a = f->answers;
        f->answers = a->next;
        mem_free(a);
    }
    forget_sql(f);
    mutex_fini(&f->lock);
    mem_free(f);
    *s = NULL;
}

static const struct store_ops FAKE_OPS = {
    .name = "memory",
    .begin = begin,
    .add = add,
    .add_records = add_records,
    .commit = commit,
    .rollback = rollback,
    .position = position,
    .reader_open = reader_open,
    .reader_close = reader_close,
    .select = fake_select,
    .scan = scan,
    .ids = ids,
    .records = records,
    .stats = stats,
    .compact = compact,
    .fold = fold,
    .rebuild = rebuild,
    .close = fake_close,
};

enum rc store_open_fake(struct store **ret_store, struct why *why)
{
    (void)why;
    struct fake *f = mem_alloc(sizeof(*f));
    f->base.ops = &FAKE_OPS;
    mutex_init(&f->lock);
    *ret_store = &f->base;
    return RC_OK;
}
