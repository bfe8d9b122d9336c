#include "watch/watch_settings.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/period.h"
#include "watch/rule.h"

#include <stdatomic.h>

enum { DAYS = 7, THURSDAY = 3 /* of 1970-01-01 */ };

struct watch_settings {
    atomic_uint refs;
    struct arena arena;
    const struct str *notify;
    size_t n_notify;
    struct str url;
    double usd_per_day;
    struct watch_quiet quiet;
    struct rule rule[LIMIT_RULES_MAX];
    size_t n_rules;
};

struct watch_settings *watch_settings_new(void)
{
    struct watch_settings *s = mem_alloc(sizeof *s);

    atomic_init(&s->refs, 1);
    arena_init(&s->arena, LIMIT_CONFIG_BYTES_MAX);
    return s;
}

struct watch_settings *watch_settings_ref(struct watch_settings *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void watch_settings_unref(struct watch_settings **s)
{
    if (s == NULL || *s == NULL) {
        return;
    }
    if (atomic_fetch_sub(&(*s)->refs, 1) == 1) {
        arena_fini(&(*s)->arena);
        mem_free(*s);
    }
    *s = NULL;
}

/* ---- building ---- */

static enum rc keep_list(struct watch_settings *s, const struct str *from,
                         size_t n, const struct str **ret)
{
    struct str *list = arena_array(&s->arena, n, sizeof *list);
    enum rc rc = list != NULL ? RC_OK : RC_LIMIT;

    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = str_dup(&s->arena, from[i], &list[i]);
    }
    *ret = list;
    return rc;
}

enum rc watch_settings_notify(struct watch_settings *s,
                              const struct str *channel, size_t n,
                              struct why *why)
{
    enum rc rc = keep_list(s, channel, n, &s->notify);

    s->n_notify = rc == RC_OK ? n : 0;
    return rc == RC_OK ? rc : why_set(why, rc, "too large");
}

static const struct rule *rule_of(const struct watch_settings *s,
                                  struct str name)
{
    for (size_t i = 0; i < s->n_rules; i++) {
        if (str_eq(s->rule[i].name, name)) {
            return &s->rule[i];
        }
    }
    return NULL;
}

enum rc watch_settings_rule(struct watch_settings *s, const struct rule *rule,
                            struct why *why)
{
    struct rule kept = *rule;
    const struct {
        struct str from;
        struct str *to;
    } text[] = {{rule->name, &kept.name},
                {rule->cause, &kept.cause},
                {rule->metric, &kept.metric},
                {rule->by, &kept.by}};
    enum rc rc = RC_OK;

    if (rule_of(s, rule->name) != NULL) {
        return why_set(why, RC_EXISTS, "there is a rule '%.*s' already",
                       STR_ARG(rule->name));
    }
    if (s->n_rules == LIMIT_RULES_MAX) {
        return why_set(why, RC_LIMIT, "at most %d rules", LIMIT_RULES_MAX);
    }
    for (size_t i = 0; i < ARRAY_N(text) && rc == RC_OK; i++) {
        rc = str_dup(&s->arena, text[i].from, text[i].to);
    }
    if (rc == RC_OK) {
        rc = keep_list(s, rule->where, rule->n_where, &kept.where);
    }
    if (rc == RC_OK) {
        rc = keep_list(s, rule->notify, rule->n_notify, &kept.notify);
    }
    if (rc != RC_OK) {
        return why_set(why, rc, "too large");
    }
    s->rule[s->n_rules++] = kept;
    return RC_OK;
}

enum rc watch_settings_public_url(struct watch_settings *s, struct str url,
                                  struct why *why)
{
    while (url.n > 0 && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return str_dup(&s->arena, url, &s->url) == RC_OK
               ? RC_OK
               : why_set(why, RC_LIMIT, "too large");
}

void watch_settings_minimum(struct watch_settings *s, double usd_per_day)
{
    s->usd_per_day = usd_per_day;
}

void watch_settings_quiet(struct watch_settings *s,
                          const struct watch_quiet *quiet)
{
    s->quiet = *quiet;
}

/* ---- asking ---- */

size_t watch_settings_n_rules(const struct watch_settings *s)
{
    return s->n_rules;
}

const struct rule *watch_settings_rule_at(const struct watch_settings *s,
                                          size_t i)
{
    return &s->rule[i];
}

const struct str *watch_settings_told(const struct watch_settings *s,
                                      struct str rule, size_t *ret_n)
{
    const struct rule *own = rule.n > 0 ? rule_of(s, rule) : NULL;
    bool is_own = own != NULL && own->n_notify > 0;

    *ret_n = is_own ? own->n_notify : s->n_notify;
    return is_own ? own->notify : s->notify;
}

double watch_settings_usd_per_day(const struct watch_settings *s)
{
    return s->usd_per_day;
}

struct str watch_settings_url(const struct watch_settings *s)
{
    return s->url;
}

bool watch_settings_is_quiet(const struct watch_settings *s,
                             const struct period_zone *zone, int64_t now_us)
{
    const struct watch_quiet *q = &s->quiet;
    int64_t local_us = now_us + period_offset_us(zone, now_us);
    int64_t day = num_floor_div(local_us, UTC_US_PER_DAY);
    int64_t second = (local_us - day * UTC_US_PER_DAY) / UTC_US_PER_SECOND;
    bool is_late = second >= q->from_s;
    bool is_early = second < q->to_s;

    if (q->day[(day + THURSDAY) % DAYS]) {
        return true;
    }
    return q->from_s <= q->to_s ? is_late && is_early : is_late || is_early;
}
