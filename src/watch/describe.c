#include "watch/describe.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/registry.h"
#include "insight/inner.h"
#include "insight/say.h"
#include "query/period.h"
#include "query/query_record.h"
#include "watch/incident_words.h"

enum { WEEK_DAYS = 7, UNMOVED_SHARE = 20 /* of the largest: one in so many */ };
#define WEEK_US    (WEEK_DAYS * UTC_US_PER_DAY)
#define PICO       1e12
#define TEXT_BYTES ((size_t)16 * 1024)

static num_i128 pico_of(double usd)
{
    return (num_i128)(usd * PICO);
}

/* ---- release ---- */

struct newest {
    struct arena *arena;
    struct str release;
};

static enum rc keep_release(void *arg, const struct record *rec,
                            struct why *why)
{
    struct newest *n = arg;

    return str_dup(n->arena, rec->dim[DIM_RELEASE], &n->release) == RC_OK
               ? RC_OK
               : why_set(why, RC_LIMIT, "too many releases in a day");
}

enum rc describe_release(struct store_reader *reader, struct str feature,
                         int64_t since_us, struct arena *arena, struct str *ret,
                         struct why *why)
{
    struct newest newest = {.arena = arena};
    const struct query_releases q = {.from_us = since_us - UTC_US_PER_DAY,
                                     .to_us = since_us + UTC_US_PER_HOUR,
                                     .feature = feature};
    enum rc rc = query_releases(&q, reader, keep_release, &newest, why);

    if (rc == RC_OK) {
        *ret = newest.release;
    }
    return rc;
}

/* ---- explain ---- */

struct hours { /* what is compared */
    int64_t from_us, to_us;
};

static struct hours hours_of(const struct incident *x, int64_t now_us)
{
    int64_t to_us = x->closed_us != 0 ? x->closed_us : now_us;
    struct hours h = {x->since_us, to_us};

    if (h.to_us - h.from_us > WEEK_US) {
        h.to_us = h.from_us + WEEK_US;
    }
    if (h.to_us - h.from_us < UTC_US_PER_HOUR) {
        h.from_us = h.to_us - UTC_US_PER_HOUR;
    }
    return h;
}

static struct str time_of(struct arena *arena, int64_t us)
{
    struct buf b;

    buf_init(&b, 64);
    utc_add_text(&b, us - us % UTC_US_PER_SECOND);
    struct str text = str_fmt(arena, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    return text;
}

enum {
    WHERE_MAX = 5,
    FILTERS_MAX = LIMIT_RULE_FILTERS_MAX + 1,
    PARAMS_MAX = WHERE_MAX + FILTERS_MAX + 3
};

struct asking {
    struct query_param param[PARAMS_MAX];
    size_t n;
};

static void ask(struct asking *a, const char *name, struct str value)
{
    a->param[a->n++] =
        (struct query_param){.name = str_from_cz(name), .value = value};
}

static void ask_where(struct asking *a, const struct incident *x,
                      struct arena *arena)
{
    const struct {
        enum dim dim;
        struct str name, value;
    } part[WHERE_MAX] = {
        {DIM_FEATURE, STR("feature"), x->scope.feature},
        {DIM_PROVIDER, STR("provider"), x->scope.provider},
        {DIM_WORKFLOW, STR("workflow"), x->scope.workflow},
        {DIM_CUSTOMER, STR("customer"), x->scope.customer},
        {DIM_MODEL, STR("model"),
         x->scope.feature.p == NULL ? x->scope.model : STR_EMPTY},
    };
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < ARRAY_N(part); i++) {
        const struct query_filter filter = {.field = {.kind = QUERY_FIELD_DIM,
                                                      .dim = part[i].dim,
                                                      .name = part[i].name},
                                            .value = &part[i].value,
                                            .n_values = 1};
        if (part[i].value.p != NULL) {
            buf_clear(&b);
            query_add_filter(&b, &filter);
            ask(a, "where", str_fmt(arena, "%.*s", STR_ARG(buf_view(&b))));
        }
    }
    buf_fini(&b);
    struct str rest = x->filters;
    struct str line;
    while (rest.n > 0 && a->n < PARAMS_MAX && str_cut(&rest, '\n', &line)) {
        ask(a, "where", line);
    }
    if (x->scope.group.n > 0 && a->n < PARAMS_MAX) {
        ask(a, "where", x->scope.group);
    }
}

static struct insight_call call_of(const struct insight_env *env,
                                   const struct asking *a, struct arena *arena)
{
    return (struct insight_call){
        .env = env, .param = a->param, .n_params = a->n, .arena = arena};
}

static enum rc had_calls(const struct incident *x,
                         const struct insight_env *env, struct hours h,
                         struct arena *arena, bool *ret, struct why *why)
{
    const struct insight_question q = {
        .metrics = "requests", .from_us = h.from_us, .to_us = h.to_us};
    struct asking a = {.n = 0};
    struct answer *answer = NULL;

    ask_where(&a, x, arena);
    const struct insight_call call = call_of(env, &a, arena);
    enum rc rc = insight_ask(&call, &q, &answer, why);
    if (rc == RC_OK) {
        *ret = answer_count(answer, 0, 0) > 0;
    }
    return rc;
}

static void add_command(struct buf *b, const struct asking *a)
{
    buf_cz(b, "toll explain");
    for (size_t i = 0; i < a->n; i++) {
        struct str value = a->param[i].value;

        buf_fmt(b, " --%.*s '", STR_ARG(a->param[i].name));
        for (size_t k = 0; k < value.n; k++) {
            if (value.p[k] == '\'') {
                buf_cz(b, "'\\''");
            } else {
                buf_char(b, value.p[k]);
            }
        }
        buf_char(b, '\'');
    }
}

enum rc describe_explain(const struct incident *x,
                         const struct insight_env *env, struct arena *arena,
                         struct report *ret, struct buf *command,
                         struct why *why)
{
    struct hours now = hours_of(x, env->now_us);
    struct hours week = {now.from_us - WEEK_US, now.to_us - WEEK_US};
    struct asking a = {.n = 0};
    bool has_week = false;

    report_init(ret, LIMIT_ANSWER_BYTES_MAX);
    enum rc rc = had_calls(x, env, week, arena, &has_week, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (has_week) {
        ask(&a, "from", time_of(arena, now.from_us));
        ask(&a, "to", time_of(arena, now.to_us));
        ask(&a, "vs",
            str_fmt(arena, "%.*s..%.*s", STR_ARG(time_of(arena, week.from_us)),
                    STR_ARG(time_of(arena, week.to_us))));
    } else {
        ask(&a, "at", time_of(arena, now.from_us));
    }
    ask_where(&a, x, arena);
    add_command(command, &a);
    const struct insight_call call = call_of(env, &a, arena);
    return insight_explain.run(&call, ret, why);
}

/* ---- what it tells ---- */

/* Causes that are small beside the largest. */
static struct str unmoved_of(const struct report *explained,
                             struct arena *arena)
{
    const struct report_table *t = inner_table(explained, "factors");
    num_i128 largest = 0;
    struct buf b;
    size_t n = 0;

    for (size_t i = 0; t != NULL && i < t->n_rows; i++) {
        num_i128 size = num_abs(inner_pico(t, i, "usd"));
        largest = size > largest ? size : largest;
    }
    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; t != NULL && largest > 0 && i < t->n_rows; i++) {
        if (num_abs(inner_pico(t, i, "usd")) * UNMOVED_SHARE < largest) {
            buf_cz(&b, n++ > 0 ? ", " : "");
            say_name(&b, inner_str(t, i, "name"));
        }
    }
    struct str text = str_fmt(arena, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    return text;
}

/* A release that explain found where the cause jumped. */
static struct str release_of(const struct report *explained,
                             struct arena *arena)
{
    const struct report_table *t = inner_table(explained, "cells");
    const struct str word = STR("release ");

    for (size_t i = 0; t != NULL && i < t->n_rows; i++) {
        struct str with = inner_str(t, i, "coincides_with");
        if (str_starts(with, word)) {
            return str_fmt(arena, "%.*s",
                           STR_ARG(str_sub(with, word.n, SIZE_MAX)));
        }
    }
    return STR_EMPTY;
}

static struct str dearest_feature(const struct incident *x)
{
    const struct incident_part *best = &x->part[0];

    for (size_t i = 1; i < x->n_parts; i++) {
        best = x->part[i].usd_per_day > best->usd_per_day ? &x->part[i] : best;
    }
    return best->scope.feature;
}

/* What it costs a day, from the cause's own line of the exact split: the watch
 * knows only the hours in which it found it.  Not where the line is not its
 * own: several series, runs, rules, what is new. */
static enum rc set_usd(const struct report *explained,
                       const struct insight_env *env, struct arena *arena,
                       struct incident *x)
{
    const struct report_table *t = inner_table(explained, "factors");
    const struct hours h = hours_of(x, env->now_us);
    struct incident_part *part = arena_copy(arena, x->part, sizeof *part);
    size_t end = str_find(x->sentence, STR("; $"), 0);
    double days = (double)(h.to_us - h.from_us) / (double)UTC_US_PER_DAY;
    struct buf b;

    if (part == NULL) {
        return RC_LIMIT;
    }
    if (x->n_parts > 1 || x->rule.n > 0 || x->run.n > 0 || end == SIZE_MAX) {
        return RC_OK;
    }
    for (size_t i = 0; t != NULL && i < t->n_rows; i++) {
        double usd = (double)inner_pico(t, i, "usd") / PICO / days;
        if (!str_eq(inner_str(t, i, "name"), x->cause) || usd <= 0) {
            continue;
        }
        part->usd_per_day = usd;
        x->part = part;
        x->usd_per_day = usd;
        buf_init(&b, TEXT_BYTES);
        buf_str(&b, str_sub(x->sentence, 0, end));
        buf_cz(&b, "; ");
        say_usd(&b, pico_of(usd));
        buf_cz(&b, " a day more.");
        x->sentence = str_fmt(arena, "%.*s", STR_ARG(buf_view(&b)));
        buf_fini(&b);
    }
    return RC_OK;
}

/* Registered, else who the calls say. */
static enum rc owner_of(const struct incident *x, const struct insight_env *env,
                        struct arena *arena, struct str *ret, struct why *why)
{
    struct hours h = hours_of(x, env->now_us);
    const struct insight_question q = {.metrics = "cost",
                                       .by = "owner",
                                       .from_us = h.to_us - WEEK_US,
                                       .to_us = h.to_us,
                                       .order = "-cost",
                                       .limit = 1,
                                       .lacks_totals = true};
    struct str owner = registry_owner(env->registry, dearest_feature(x));
    struct asking a = {.n = 0};
    struct answer *answer = NULL;

    if (owner.n > 0) {
        return str_dup(arena, owner, ret);
    }
    ask_where(&a, x, arena);
    const struct insight_call call = call_of(env, &a, arena);
    enum rc rc = insight_ask(&call, &q, &answer, why);
    if (rc == RC_OK) {
        *ret = answer->n_rows > 0 ? answer_str(answer, 0, 0) : STR_EMPTY;
    }
    return rc;
}

enum rc describe_incident(const struct incident *x,
                          const struct insight_env *env, struct arena *arena,
                          struct incident *ret, struct why *why)
{
    struct report explained;
    struct buf command;
    struct incident now = *x;

    buf_init(&command, TEXT_BYTES);
    enum rc rc = describe_explain(x, env, arena, &explained, &command, why);
    if (rc == RC_OK) {
        rc = owner_of(x, env, arena, &now.owner, why);
    }
    if (rc == RC_OK && now.release.n == 0) {
        rc = describe_release(env->reader, dearest_feature(x), x->since_us,
                              arena, &now.release, why);
    }
    if (rc == RC_OK) {
        if (now.release.n == 0) {
            now.release = release_of(&explained, arena);
        }
        now.reason = str_fmt(arena, "%.*s", STR_ARG(explained.sentence));
        now.unmoved = unmoved_of(&explained, arena);
        now.is_described = true;
        rc = set_usd(&explained, env, arena, &now);
    }
    if (rc == RC_OK) {
        *ret = now;
    }
    report_fini(&explained);
    buf_fini(&command);
    return rc;
}

/* ---- for people ---- */

static void add_scope(struct buf *b, const struct incident *x)
{
    const struct str all[] = {x->scope.feature,  x->scope.customer,
                              x->scope.model,    x->scope.provider,
                              x->scope.workflow, x->scope.group};

    for (size_t i = 0; i < ARRAY_N(all); i++) {
        if (all[i].n > 0) {
            buf_str(b, all[i]);
            return;
        }
    }
    if (x->n_parts > 1) {
        buf_fmt(b, "%zu at once", x->n_parts);
    } else {
        buf_cz(b, x->scope.feature.p != NULL ? "calls of no feature"
                                             : "all calls");
    }
}

void describe_title(struct buf *b, const struct incident *x)
{
    add_scope(b, x);
    buf_cz(b, ": ");
    if (x->run.n > 0) {
        buf_cz(b, "a run goes in circles");
        return;
    }
    if (x->rule.n > 0) {
        buf_str(b, x->rule);
    } else {
        say_name(b, x->cause);
    }
    if (x->before > 0 && !incident_is_passing(x)) {
        buf_char(b, ' ');
        say_change(b, x->before, x->after);
    }
}

static void say_time(struct report *r, const char *name,
                     const struct period_zone *zone, int64_t us)
{
    struct buf b;

    buf_init(&b, 64);
    period_add_time(zone, us - us % UTC_US_PER_SECOND, &b);
    report_fact(r, name, ANSWER_TIME, report_str(buf_view(&b)));
    buf_fini(&b);
}

static void say_known(struct report *r, const char *name, struct str value)
{
    if (value.n > 0) {
        report_fact(r, name, ANSWER_TEXT, report_str(value));
    }
}

static void say_facts(struct report *r, const struct incident *x,
                      const struct period_zone *zone, int64_t now_us)
{
    say_time(r, "since", zone, x->since_us);
    if (x->closed_us != 0) {
        say_time(r, "over", zone, x->closed_us);
    }
    report_fact(r, "more_a_day", ANSWER_USD,
                report_usd(pico_of(x->usd_per_day)));
    report_fact(r, "so_far", ANSWER_USD,
                report_usd(pico_of(incident_usd_so_far(x, now_us))));
    say_known(r, "owner", x->owner);
    say_known(r, "release", x->release);
    say_known(r, "acknowledged_by", x->ack_by);
    say_known(r, "alert", x->id);
}

static void say_table(struct report *r, const struct report *explained,
                      const char *name, const char *title)
{
    const struct report_table *t = inner_table(explained, name);

    if (t != NULL && t->n_rows > 0) {
        report_table_copy(r, t, name, title);
    }
}

/* What it is made of; a store that fails costs the message only that. */
static void say_why(struct report *r, const struct incident *x,
                    const struct insight_env *env, struct arena *arena)
{
    struct report explained;
    struct buf command;
    struct why why;

    buf_init(&command, TEXT_BYTES);
    enum rc rc = describe_explain(x, env, arena, &explained, &command, &why);
    report_text(r, "next", incident_next(x));
    if (rc == RC_OK) {
        report_text(r, "why", explained.sentence);
        say_table(r, &explained, "factors", "What brought it about");
        say_known(r, "unmoved", x->unmoved);
        report_code(r, "command", buf_view(&command));
    } else {
        report_note(r, "Why could not be told: %s.", why.text);
    }
    report_fini(&explained);
    buf_fini(&command);
}

static void say_sentence(struct report *r, const struct incident *x,
                         enum message_phase phase)
{
    struct buf usd;

    if (phase != MESSAGE_CLOSED) {
        report_sentence(r, "%.*s", STR_ARG(x->sentence));
        return;
    }
    buf_init(&usd, 256);
    say_usd(&usd, pico_of(incident_usd_so_far(x, x->closed_us)));
    report_sentence(r,
                    "Over: it is back, or the usual by now. It cost about "
                    "%.*s more. It was: %.*s",
                    STR_ARG(buf_view(&usd)), STR_ARG(x->sentence));
    buf_fini(&usd);
}

enum rc describe_report(const struct describe_message *m,
                        const struct insight_env *env, struct arena *arena,
                        struct report *ret, struct why *why)
{
    const struct incident *x = m->x;
    struct period_zone *zone = NULL;
    struct buf title;

    report_init(ret, LIMIT_ANSWER_BYTES_MAX);
    enum rc rc = period_zone_open(env->timezone, &zone, why);
    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&title, TEXT_BYTES);
    describe_title(&title, x);
    report_title(ret, "%.*s", STR_ARG(buf_view(&title)));
    buf_fini(&title);
    say_sentence(ret, x, m->phase);
    say_facts(ret, x, zone, env->now_us);
    if (m->phase != MESSAGE_CLOSED) {
        say_why(ret, x, env, arena);
    }
    period_zone_close(&zone);
    return report_rc(ret, why);
}
