#include "watch/schedule.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/period.h"

#include <stdatomic.h>

struct schedule {
    atomic_uint refs;
    struct arena arena;
    struct schedule_plan plan[LIMIT_REVIEWS_MAX];
    size_t n;
};

/* ---- the snapshot ---- */

struct schedule *schedule_new(void)
{
    struct schedule *r = mem_alloc(sizeof *r);

    atomic_init(&r->refs, 1);
    arena_init(&r->arena, LIMIT_CONFIG_BYTES_MAX);
    return r;
}

struct schedule *schedule_ref(struct schedule *r)
{
    atomic_fetch_add(&r->refs, 1);
    return r;
}

void schedule_unref(struct schedule **r)
{
    if (r == NULL || *r == NULL) {
        return;
    }
    if (atomic_fetch_sub(&(*r)->refs, 1) == 1) {
        arena_fini(&(*r)->arena);
        mem_free(*r);
    }
    *r = NULL;
}

enum rc schedule_add(struct schedule *r, const struct schedule_plan *plan,
                     struct why *why)
{
    if (r->n == LIMIT_REVIEWS_MAX) {
        return why_set(why, RC_LIMIT, "at most %d reviews", LIMIT_REVIEWS_MAX);
    }
    struct str *notify = arena_array(&r->arena, plan->n_notify, sizeof *notify);
    enum rc rc = notify != NULL ? RC_OK : RC_LIMIT;
    for (size_t i = 0; rc == RC_OK && i < plan->n_notify; i++) {
        rc = str_dup(&r->arena, plan->notify[i], &notify[i]);
    }
    if (rc != RC_OK) {
        return why_set(why, RC_LIMIT, "too large");
    }
    r->plan[r->n] = *plan;
    r->plan[r->n++].notify = notify;
    return RC_OK;
}

size_t schedule_n(const struct schedule *r)
{
    return r->n;
}

const struct schedule_plan *schedule_at(const struct schedule *r, size_t i)
{
    return &r->plan[i];
}

/* ---- words ---- */

int schedule_weekday(struct str name)
{
    static const struct str day[] = {
        STR_INIT("monday"),   STR_INIT("tuesday"), STR_INIT("wednesday"),
        STR_INIT("thursday"), STR_INIT("friday"),  STR_INIT("saturday"),
        STR_INIT("sunday"),
    };

    for (size_t i = 0; i < ARRAY_N(day); i++) {
        if (str_eq_nocase(name, day[i])) {
            return (int)i;
        }
    }
    return -1;
}

int schedule_time(struct str text)
{
    static const uint64_t most[] = {23, 59, 59};
    struct str part;
    int second = 0;
    size_t n = 0;

    while (n < ARRAY_N(most) && str_cut(&text, ':', &part)) {
        uint64_t x = 0;

        if (part.n != 2 || str_to_u64(part, &x) != RC_OK || x > most[n]) {
            return -1;
        }
        second = second * 60 + (int)x;
        n++;
    }
    if (n < 2 || text.p != NULL) {
        return -1;
    }
    return n == 2 ? second * 60 : second;
}

/* ---- time ---- */

/* 0 is Monday; 1970-01-01 was a Thursday. */
static int64_t weekday_of(int64_t day)
{
    return ((day + 3) % 7 + 7) % 7;
}

static int64_t day_of(int64_t local_us)
{
    int64_t day = local_us / UTC_US_PER_DAY;

    return local_us % UTC_US_PER_DAY < 0 ? day - 1 : day;
}

/* The instant at which that day's clocks show that second. */
static int64_t instant(const struct period_zone *zone, int64_t day, int second)
{
    int64_t local_us = day * UTC_US_PER_DAY + second * UTC_US_PER_SECOND;
    int64_t before = period_offset_us(zone, period_of_date(zone, day));
    int64_t at_us = local_us - before;
    int64_t after = period_offset_us(zone, at_us);

    /* By the day's first offset, if the clocks did not change since.  When
     * they did, and that time exists by the new one, it is then; a time that
     * was leapt over stays as far behind midnight as it would have been. */
    if (after != before && period_offset_us(zone, local_us - after) == after) {
        return local_us - after;
    }
    return at_us;
}

void schedule_when(const struct schedule_plan *plan,
                   const struct period_zone *zone, int64_t now_us,
                   struct schedule_due *ret)
{
    int64_t today = day_of(now_us + period_offset_us(zone, now_us));
    int64_t day = today - (weekday_of(today) - plan->weekday + 7) % 7;
    int64_t due_us = instant(zone, day, plan->second);

    if (due_us > now_us) {
        day -= 7;
        due_us = instant(zone, day, plan->second);
    }
    int64_t monday = day - weekday_of(day);
    *ret = (struct schedule_due){
        .due_us = due_us,
        .next_us = instant(zone, day + 7, plan->second),
        .from_day = monday - 7,
        .to_day = monday,
    };
}

void schedule_add_week(struct buf *b, int64_t day)
{
    /* A week belongs to the year of its Thursday. */
    int64_t thursday = day - weekday_of(day) + 3;
    int year;
    int month;
    int mday;

    utc_civil(thursday, &year, &month, &mday);
    int64_t week = (thursday - utc_day(year, 1, 1)) / 7 + 1;
    buf_fmt(b, "%04d-W%02d", year, (int)week);
}
