#include "watch/watch_series.h"

#include "base/mem.h"

static size_t at(int64_t hour)
{
    return (size_t)((uint64_t)hour % SERIES_HOURS);
}

struct watch_series *watch_series_new(int64_t hour)
{
    struct watch_series *s = mem_alloc(sizeof *s);

    s->first_hour = hour;
    return s;
}

void watch_series_reach(struct watch_series *s, int64_t hour)
{
    const struct watch_sums *last = &s->total[at(hour - 1)];
    struct watch_sums *now = &s->total[at(hour)];

    for (size_t i = 0; i < SERIES_SUMS; i++) {
        now->v[i] = last->v[i] + s->now.v[i];
    }
}

void watch_series_end(struct watch_series *s, int64_t hour)
{
    watch_series_reach(s, hour);
    s->now = (struct watch_sums){.v = {0}};
}

bool watch_series_window(const struct watch_series *s, int64_t hour, int n,
                         struct watch_sums *ret)
{
    if (hour - n + 1 < s->first_hour || n >= SERIES_HOURS) {
        return false;
    }
    const struct watch_sums *to = &s->total[at(hour)];
    const struct watch_sums *from = &s->total[at(hour - n)];
    for (size_t i = 0; i < SERIES_SUMS; i++) {
        ret->v[i] = to->v[i] - from->v[i];
    }
    return true;
}

void watch_cell_reach(struct watch_cell *c, int64_t hour)
{
    c->ok[at(hour)] = c->ok[at(hour - 1)] + c->now.ok;
    c->attempts[at(hour)] = c->attempts[at(hour - 1)] + c->now.attempts;
}

void watch_cell_end(struct watch_cell *c, int64_t hour)
{
    watch_cell_reach(c, hour);
    c->now = (struct watch_calls){.ok = 0};
}

struct watch_calls watch_cell_window(const struct watch_cell *c, int64_t hour,
                                     int n)
{
    return (struct watch_calls){.attempts = c->attempts[at(hour)] -
                                            c->attempts[at(hour - n)],
                                .ok = watch_cell_ok(c, hour, n)};
}
