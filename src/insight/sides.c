#include "insight/sides.h"

#include "base/buf.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/period.h"
#include "query/query.h"

enum { WEEK = 7 };

struct span {
    int64_t from_us, to_us;
};

/* ---- local time ---- */

static int64_t local_us(const struct period_zone *zone, int64_t us)
{
    return us + period_offset_us(zone, us);
}

/* The instant at which local clocks show `us`'s time and `by_us` more. */
static int64_t shifted(const struct period_zone *zone, int64_t us,
                       int64_t by_us)
{
    int64_t local = local_us(zone, us) + by_us;
    int64_t guess = local - period_offset_us(zone, us);

    return local - period_offset_us(zone, guess);
}

static int64_t length_us(const struct period_zone *zone, struct span s)
{
    return local_us(zone, s.to_us) - local_us(zone, s.from_us);
}

static bool is_month_start(const struct period_zone *zone, int64_t us)
{
    return period_start(zone, INTERVAL_MONTH, us) == us;
}

/* Whole months before whole months, else the same length. */
static struct span previous(const struct period_zone *zone, struct span s)
{
    struct span p = {s.from_us, s.from_us};

    if (!is_month_start(zone, s.from_us) || !is_month_start(zone, s.to_us)) {
        p.from_us = shifted(zone, s.from_us, -length_us(zone, s));
        return p;
    }
    for (int64_t us = s.from_us; us < s.to_us && p.from_us > PERIOD_MIN_US;
         us = period_next(zone, INTERVAL_MONTH, us)) {
        p.from_us = period_start(zone, INTERVAL_MONTH, p.from_us - 1);
    }
    return p;
}

/* ---- periods ---- */

static enum rc parse_vs(const struct insight_call *call,
                        const struct period_zone *zone, struct str vs,
                        struct span *ret, struct why *why)
{
    size_t dots = str_find(vs, STR(".."), 0);
    enum rc rc;

    if (dots == SIZE_MAX) {
        return period_parse_range(zone, vs, call->env->now_us, &ret->from_us,
                                  &ret->to_us, why);
    }
    rc = period_parse_time(zone, str_sub(vs, 0, dots), &ret->from_us, why);
    if (rc == RC_OK) {
        rc = period_parse_time(zone, str_sub(vs, dots + 2, SIZE_MAX),
                               &ret->to_us, why);
    }
    if (rc == RC_OK && ret->from_us >= ret->to_us) {
        rc = why_set(why, RC_INVALID,
                     "vs: %.*s is not before %.*s, which is the first instant "
                     "left out",
                     STR_ARG(str_sub(vs, 0, dots)),
                     STR_ARG(str_sub(vs, dots + 2, SIZE_MAX)));
    }
    return rc;
}

static bool has_range(const struct insight_call *call)
{
    return insight_value(call, "from").n > 0 ||
           insight_value(call, "to").n > 0 ||
           insight_value(call, "range").n > 0;
}

static enum rc after_period(const struct insight_call *call,
                            const struct period_zone *zone, struct sides *ret,
                            struct span *after, struct why *why)
{
    if (has_range(call)) {
        return insight_range(call, "7d", &after->from_us, &after->to_us, why);
    }
    ret->is_last_7_days = true;
    after->to_us = period_start(zone, INTERVAL_DAY, call->env->now_us);
    after->from_us = shifted(zone, after->to_us, -WEEK * UTC_US_PER_DAY);
    return RC_OK;
}

/* Before and after a moment: within the range, or a week on each side as far
 * as it goes. */
static enum rc split_at(const struct insight_call *call,
                        const struct period_zone *zone, struct str at,
                        struct span span[CHANGE_SIDES], struct why *why)
{
    struct span *before = &span[CHANGE_BEFORE];
    struct span *after = &span[CHANGE_AFTER];
    int64_t at_us = 0;
    enum rc rc = period_parse_time(zone, at, &at_us, why);

    if (rc == RC_OK && has_range(call)) {
        rc = insight_range(call, "7d", &before->from_us, &after->to_us, why);
    } else if (rc == RC_OK) {
        after->to_us = shifted(zone, at_us, WEEK * UTC_US_PER_DAY);
        if (after->to_us > call->env->now_us) {
            after->to_us = call->env->now_us;
        }
        before->from_us = shifted(
            zone, at_us, -length_us(zone, (struct span){at_us, after->to_us}));
    }
    if (rc != RC_OK) {
        return rc;
    }
    if (at_us <= before->from_us || at_us >= after->to_us) {
        return why_set(why, RC_INVALID,
                       "at (%.*s) must lie between the beginning and the end "
                       "of what is compared, and not ahead of now",
                       STR_ARG(at));
    }
    before->to_us = at_us;
    after->from_us = at_us;
    return RC_OK;
}

/* The same part of the previous period as has passed of this one. */
static void cut_now(const struct period_zone *zone, int64_t until_us,
                    struct span span[CHANGE_SIDES])
{
    struct span *before = &span[CHANGE_BEFORE];
    struct span *after = &span[CHANGE_AFTER];

    if (until_us < after->to_us) {
        after->to_us = until_us;
    }
    int64_t to_us = shifted(zone, before->from_us, length_us(zone, *after));
    if (to_us < before->to_us) {
        before->to_us = to_us;
    }
}

static enum rc parse_spans(const struct insight_call *call,
                           const struct period_zone *zone, struct sides *ret,
                           struct span span[CHANGE_SIDES], struct why *why)
{
    struct str vs = insight_value(call, "vs");
    struct str at = insight_value(call, "at");
    int64_t now_us = call->env->now_us;

    if ((vs.n > 0) + (at.n > 0) + (ret->against.n > 0) > 1) {
        return why_set(why, RC_INVALID,
                       "vs, at and against exclude each other; give one");
    }
    if (at.n > 0) {
        return split_at(call, zone, at, span, why);
    }
    enum rc rc = after_period(call, zone, ret, &span[CHANGE_AFTER], why);
    if (rc != RC_OK) {
        return rc;
    }
    if (ret->against.n > 0) {
        span[CHANGE_BEFORE] = span[CHANGE_AFTER];
        return RC_OK;
    }
    if (vs.n > 0 && !str_eq(vs, STR("previous"))) {
        return parse_vs(call, zone, vs, &span[CHANGE_BEFORE], why);
    }
    span[CHANGE_BEFORE] = previous(zone, span[CHANGE_AFTER]);
    if (span[CHANGE_AFTER].from_us < now_us &&
        span[CHANGE_AFTER].to_us > now_us) {
        ret->is_until_now = true;
        cut_now(zone, insight_until_us(call), span);
    }
    return RC_OK;
}

/* ---- filters ---- */

static enum rc parse_filter(const struct insight_call *call, struct str text,
                            struct query_filter *ret, struct why *why)
{
    const struct query_param where = {STR("where"), text};
    struct query q;
    enum rc rc = query_parse(&where, 1, call->env->now_us, call->env->timezone,
                             call->arena, &q, why);

    if (rc == RC_OK) {
        *ret = q.where[0];
    }
    return rc;
}

static enum rc write_filter(struct arena *arena, const struct query_filter *f,
                            struct str *ret)
{
    struct buf text;

    buf_init(&text, 64 * 1024);
    query_add_filter(&text, f);
    enum rc rc = str_dup(arena, buf_view(&text), ret);
    buf_fini(&text);
    return rc;
}

/* Before: the call's filters, `against` in the place of those on its field.
 * After: the call's, or all that is not `against` when none is on its field. */
static enum rc split_filters(const struct insight_call *call,
                             struct sides *sides, struct why *why)
{
    struct query_param *param[CHANGE_SIDES];
    size_t n[CHANGE_SIDES] = {0, 0};
    struct query_filter against;
    bool is_named = false;
    enum rc rc = parse_filter(call, sides->against, &against, why);

    for (size_t s = 0; s < CHANGE_SIDES; s++) {
        param[s] = arena_array(call->arena, call->n_params + 1,
                               sizeof(struct query_param));
        if (param[s] == NULL) {
            return why_set(why, RC_LIMIT, "no room for the filters");
        }
    }
    for (size_t i = 0; i < call->n_params && rc == RC_OK; i++) {
        struct query_filter f;

        if (!str_eq(call->param[i].name, STR("where"))) {
            continue;
        }
        rc = parse_filter(call, call->param[i].value, &f, why);
        bool is_same = rc == RC_OK && str_eq(f.field.name, against.field.name);
        is_named = is_named || is_same;
        param[CHANGE_AFTER][n[CHANGE_AFTER]++] = call->param[i];
        if (!is_same) {
            param[CHANGE_BEFORE][n[CHANGE_BEFORE]++] = call->param[i];
        }
    }
    if (rc != RC_OK) {
        return rc;
    }
    param[CHANGE_BEFORE][n[CHANGE_BEFORE]++] =
        (struct query_param){STR("where"), sides->against};
    if (!is_named) {
        struct query_param *rest = &param[CHANGE_AFTER][n[CHANGE_AFTER]++];
        rest->name = STR("where");
        against.negated = !against.negated;
        rc = write_filter(call->arena, &against, &rest->value);
    }
    for (size_t s = 0; s < CHANGE_SIDES; s++) {
        sides->side[s].call.param = param[s];
        sides->side[s].call.n_params = n[s];
    }
    return rc == RC_OK ? rc : why_set(why, rc, "no room for the filters");
}

enum rc sides_parse(const struct insight_call *call, struct sides *ret,
                    struct why *why)
{
    struct period_zone *zone = NULL;
    struct span span[CHANGE_SIDES] = {{0, 0}, {0, 0}};
    struct sides sides = {.against = insight_value(call, "against")};
    enum rc rc = period_zone_open(call->env->timezone, &zone, why);

    if (rc == RC_OK) {
        rc = parse_spans(call, zone, &sides, span, why);
    }
    for (size_t s = 0; s < CHANGE_SIDES && rc == RC_OK; s++) {
        sides.side[s] = (struct side){
            .from_us = span[s].from_us,
            .to_us = span[s].to_us,
            .days = (double)length_us(zone, span[s]) / UTC_US_PER_DAY,
            .call = *call,
        };
        if (!(sides.side[s].days > 0)) { /* an hour that clocks repeat */
            sides.side[s].days =
                (double)(span[s].to_us - span[s].from_us) / UTC_US_PER_DAY;
        }
    }
    period_zone_close(&zone);
    if (rc == RC_OK && sides.against.n > 0) {
        rc = split_filters(call, &sides, why);
    }
    if (rc == RC_OK) {
        *ret = sides;
    }
    return rc;
}
