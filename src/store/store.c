#include "store/store.h"

enum rc store_begin(struct store *s, struct why *why)
{
    return s->ops->begin(s, why);
}

enum rc store_add(struct store *s, const struct event *ev, size_t n,
                  struct why *why)
{
    return s->ops->add(s, ev, n, why);
}

enum rc store_add_records(struct store *s, const struct record *rec, size_t n,
                          struct why *why)
{
    return s->ops->add_records(s, rec, n, why);
}

enum rc store_commit(struct store *s, uint64_t journal_pos, struct why *why)
{
    return s->ops->commit(s, journal_pos, why);
}

void store_rollback(struct store *s)
{
    s->ops->rollback(s);
}

enum rc store_position(struct store *s, uint64_t *ret_pos, struct why *why)
{
    return s->ops->position(s, ret_pos, why);
}

enum rc store_compact(struct store *s, struct why *why)
{
    return s->ops->compact(s, why);
}

enum rc store_fold(struct store *s, struct why *why)
{
    return s->ops->fold(s, why);
}

enum rc store_rebuild(struct store *s, int64_t from_us, int64_t to_us,
                      struct why *why)
{
    return s->ops->rebuild(s, from_us, to_us, why);
}

void store_close(struct store **s)
{
    if (*s) {
        (*s)->ops->close(s);
    }
}

enum rc store_reader_open(struct store *s, struct store_reader **ret,
                          struct why *why)
{
    return s->ops->reader_open(s, ret, why);
}

void store_reader_close(struct store_reader **r)
{
    if (*r) {
        (*r)->store->ops->reader_close(r);
    }
}

enum rc store_select(struct store_reader *r, const struct store_sql *sql,
                     store_row_fn *row, void *arg, struct why *why)
{
    return r->store->ops->select(r, sql, row, arg, why);
}

enum rc store_scan(struct store_reader *r, enum store_time time,
                   int64_t from_us, int64_t to_us, store_event_fn *each,
                   void *arg, struct why *why)
{
    return r->store->ops->scan(r, time, from_us, to_us, each, arg, why);
}

enum rc store_ids(struct store_reader *r, enum store_time time, int64_t from_us,
                  int64_t to_us, store_id_fn *each, void *arg, struct why *why)
{
    return r->store->ops->ids(r, time, from_us, to_us, each, arg, why);
}

enum rc store_records(struct store_reader *r, const struct store_records *of,
                      store_record_fn *each, void *arg, struct why *why)
{
    return r->store->ops->records(r, of, each, arg, why);
}

enum rc store_stats(struct store_reader *r, struct store_stats *ret,
                    struct why *why)
{
    return r->store->ops->stats(r, ret, why);
}
