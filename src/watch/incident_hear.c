/* What news make of the incidents, and what is told of them. */
#include "watch/incident.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/utc.h"
#include "insight/say.h"

#include <math.h>
#include <string.h>

enum {
    TOGETHER_US_HOURS = 3, /* from the first series to the last of one cause */
    AGAIN_HOURS = 6,       /* by which a new hearing may place it otherwise */
    FRESH_HOURS = 24
};
#define WORSE      1.5  /* times what was told: told again */
#define PAGE_SHARE 0.10 /* of the usual day */
#define PICO       1e12
#define NAMED_MAX  4 /* series in a sentence */

#define TOGETHER_US (TOGETHER_US_HOURS * UTC_US_PER_HOUR)
#define AGAIN_US    (AGAIN_HOURS * UTC_US_PER_HOUR)

/* ---- what is the same ---- */

static bool is_part(struct str a, struct str b)
{
    return (a.p == NULL) == (b.p == NULL) && str_eq(a, b);
}

static bool is_cause(struct str cause, enum watch_cause one)
{
    return str_eq(cause, watch_cause_name(one));
}

static bool is_traffic(struct str cause)
{
    return is_cause(cause, WATCH_TRAFFIC) || is_cause(cause, WATCH_USERS) ||
           is_cause(cause, WATCH_REQUESTS_PER_USER);
}

/* More calls are told as more users or more of each: the same series. */
static bool is_like(struct str a, struct str b)
{
    return str_eq(a, b) || (is_traffic(a) && is_traffic(b));
}

bool incident_is_passing(const struct incident *x)
{
    return is_cause(x->cause, WATCH_NEW_FEATURE) ||
           is_cause(x->cause, WATCH_NEW_CUSTOMER) ||
           is_cause(x->cause, WATCH_PRICE);
}

/* Beside a feature, model and customer only tell where it shows most. */
static bool is_series(const struct incident *x, const struct incident_part *p,
                      const struct incident_news *news)
{
    const struct incident_scope *a = &p->scope;
    const struct incident_scope *b = &news->scope;
    bool is_whole = a->feature.p == NULL || x->rule.n > 0;

    return is_like(x->cause, news->cause) && str_eq(x->rule, news->rule) &&
           is_part(a->feature, b->feature) &&
           is_part(a->workflow, b->workflow) &&
           (!is_whole ||
            (is_part(a->model, b->model) && is_part(a->provider, b->provider) &&
             is_part(a->customer, b->customer) && is_part(a->group, b->group)));
}

/* ---- changing ---- */

static struct incident_part *copy_parts(const struct incident *x, size_t more,
                                        struct arena *arena)
{
    struct incident_part *part =
        arena_array(arena, x->n_parts + more, sizeof *part);

    if (part != NULL && x->n_parts > 0) {
        memcpy(part, x->part, x->n_parts * sizeof *part);
    }
    return part;
}

static double open_usd(const struct incident *x)
{
    double usd = 0;

    for (size_t i = 0; i < x->n_parts; i++) {
        usd += x->part[i].closed_us == 0 ? x->part[i].usd_per_day : 0;
    }
    return usd;
}

static void keep_shared(struct str *a, struct str b)
{
    if (!is_part(*a, b)) {
        *a = STR_EMPTY;
    }
}

static struct str name_of(const struct incident_scope *s)
{
    struct str all[] = {s->feature,  s->customer, s->model,
                        s->provider, s->workflow, s->group};

    for (size_t i = 0; i < ARRAY_N(all); i++) {
        if (all[i].n > 0) {
            return all[i];
        }
    }
    return s->feature.p != NULL ? STR("calls of no feature") : STR("all calls");
}

static void add_parts(struct buf *b, const struct incident *x)
{
    for (size_t i = 0; i < x->n_parts && i < NAMED_MAX; i++) {
        const struct incident_part *p = &x->part[i];
        buf_cz(b, i > 0 ? ", " : "");
        buf_str(b, name_of(&p->scope));
        if (p->before > 0) {
            buf_cz(b, " (");
            say_change(b, p->before, p->after);
            buf_char(b, ')');
        }
    }
    if (x->n_parts > NAMED_MAX) {
        buf_fmt(b, " and %zu more", x->n_parts - NAMED_MAX);
    }
}

/* The words of several series; of one the watch's own. */
static struct str words_of(const struct incident *x, struct arena *arena)
{
    struct str words = x->sentence;
    struct buf b;

    if (x->n_parts == 1) {
        return words;
    }
    buf_init(&b, LIMIT_ARENA_MAX);
    buf_fmt(&b, "%zu at once: %.*s moved of ", x->n_parts,
            STR_ARG(x->unit.n > 0 ? x->unit : x->cause));
    add_parts(&b, x);
    buf_cz(&b, "; ");
    say_usd(&b, (num_i128)(x->usd_per_day * PICO));
    buf_cz(&b, " a day more.");
    struct str made = str_fmt(arena, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    return made.n > 0 ? made : words;
}

/* What follows from its parts. */
static void sum_up(struct incident *x, struct arena *arena)
{
    const struct incident_part *dearest = &x->part[0];

    x->scope = x->part[0].scope;
    for (size_t i = 1; i < x->n_parts; i++) {
        const struct incident_part *p = &x->part[i];
        keep_shared(&x->scope.feature, p->scope.feature);
        keep_shared(&x->scope.model, p->scope.model);
        keep_shared(&x->scope.provider, p->scope.provider);
        keep_shared(&x->scope.workflow, p->scope.workflow);
        keep_shared(&x->scope.customer, p->scope.customer);
        keep_shared(&x->scope.group, p->scope.group);
        dearest = p->usd_per_day > dearest->usd_per_day ? p : dearest;
    }
    x->before = dearest->before;
    x->after = dearest->after;
    double usd = open_usd(x);
    x->usd_per_day = usd > 0 ? usd : x->usd_per_day;
    if (x->n_parts > 1 && x->severity == MESSAGE_WARN && x->rule.n == 0 &&
        x->usd_per_day >= PAGE_SHARE * x->usual_usd_per_day) {
        x->severity = MESSAGE_PAGE;
    }
    x->sentence = words_of(x, arena);
}

/* Told again when it is much dearer, or urgent now; to whom has it in hand
 * only the latter. */
static void weigh_update(struct incident *x, enum message_severity before,
                         bool is_much)
{
    bool is_urgent = x->severity > before;

    if (x->is_told && !x->owes_opened && !x->owes_updated &&
        (is_urgent || (is_much && x->ack_us == 0))) {
        x->owes_updated = true;
        x->n_updates++;
    }
}

/* ---- opening ---- */

static struct str id_of(const struct incidents *all,
                        const struct incident_news *news, struct arena *arena)
{
    const struct incident_scope *s = &news->scope;
    const struct str text[] = {news->cause, news->rule,  s->feature,  s->model,
                               s->provider, s->workflow, s->customer, s->group};
    uint64_t hash = hash_64(&news->since_us, sizeof news->since_us, 0);
    struct str id;

    for (size_t i = 0; i < ARRAY_N(text); i++) {
        hash = hash_64(text[i].p, text[i].n, hash);
    }
    do {
        id = str_fmt(arena, "%012llx",
                     (unsigned long long)(hash & 0xffffffffffff));
        hash = hash_64(&hash, sizeof hash, 0);
    } while (id.n > 0 && incidents_of(all, id) != NULL);
    return id;
}

static struct incident_part part_of(const struct incident_news *news)
{
    return (struct incident_part){.scope = news->scope,
                                  .before = news->before,
                                  .after = news->after,
                                  .usd_per_day = news->usd_per_day,
                                  .since_us = news->since_us};
}

static bool open_new(const struct incidents *all,
                     const struct incident_news *news, bool is_whole,
                     struct arena *arena, struct incident *ret)
{
    struct incident_part *part = arena_array(arena, 1, sizeof *part);

    if (part == NULL) {
        return false;
    }
    *part = part_of(news);
    *ret = (struct incident){
        .id = id_of(all, news, arena),
        .cause = news->cause,
        .rule = news->rule,
        .filters = news->filters,
        .run = news->run,
        .severity = news->severity,
        .since_us = news->since_us,
        .opened_us = news->time_us,
        .updated_us = news->time_us,
        .unit = news->unit,
        .usd_per_day = news->usd_per_day,
        .usd_so_far = news->usd_so_far,
        .usual_usd_per_day = news->usual_usd_per_day,
        .sentence = news->sentence,
        .release = news->release,
        .is_weighed = !is_whole,
        .is_told = !is_whole,
        .owes_opened = !is_whole,
        .told_usd = news->usd_per_day,
        .part = part,
        .n_parts = 1,
    };
    sum_up(ret, arena);
    return ret->id.n > 0;
}

/* ---- joining ---- */

static bool is_near(int64_t a, int64_t b, int64_t within)
{
    return a - b <= within && b - a <= within;
}

/* One thing did this to several: the same cause in the same hours, where what
 * could do it is the same; or the same release. */
static bool belongs(const struct incident *x, const struct incident_news *news)
{
    const struct incident_scope *a = &x->scope;
    const struct incident_scope *b = &news->scope;

    if (x->closed_us != 0 || !str_eq(x->rule, news->rule) ||
        !is_near(x->since_us, news->since_us, TOGETHER_US)) {
        return false;
    }
    if (x->release.n > 0 && str_eq(x->release, news->release)) {
        return true;
    }
    if (!is_like(x->cause, news->cause)) {
        return false;
    }
    if (x->rule.n > 0) {
        return true;
    }
    if (is_cause(x->cause, WATCH_MODEL_MIX)) {
        return is_part(a->model, b->model);
    }
    if (is_cause(x->cause, WATCH_PRICE)) {
        return is_part(a->provider, b->provider);
    }
    return !is_cause(x->cause, WATCH_REQUESTS_PER_WORKFLOW) &&
           !incident_is_passing(x);
}

static bool join(const struct incident *x, const struct incident_news *news,
                 struct arena *arena, struct incident *ret)
{
    struct incident_part *part = copy_parts(x, 1, arena);

    if (part == NULL || x->n_parts >= LIMIT_INCIDENT_PARTS_MAX) {
        return false;
    }
    part[x->n_parts] = part_of(news);
    *ret = *x;
    ret->part = part;
    ret->n_parts++;
    ret->updated_us = news->time_us;
    ret->severity = news->severity > x->severity ? news->severity : x->severity;
    ret->is_described = false;
    sum_up(ret, arena);
    weigh_update(ret, x->severity, ret->usd_per_day >= WORSE * x->told_usd);
    return true;
}

/* ---- the news ---- */

void incident_news_of(const struct watch_alert *alert, struct str sentence,
                      struct incident_news *ret)
{
    static const enum message_severity severity[] = {
        [WATCH_INFO] = MESSAGE_INFO,
        [WATCH_WARN] = MESSAGE_WARN,
        [WATCH_PAGE] = MESSAGE_PAGE,
    };

    *ret = (struct incident_news){
        .news = alert->news,
        .cause = watch_cause_name(alert->cause),
        .scope = {.feature = alert->feature,
                  .model = alert->model,
                  .provider = alert->provider,
                  .workflow = alert->workflow,
                  .customer = alert->customer},
        .run = alert->run,
        .severity = severity[alert->severity],
        .time_us = alert->time_us,
        .since_us = alert->since_us,
        .unit = str_from_cz(alert->unit),
        .before = alert->before,
        .after = alert->after,
        .usd_per_day = alert->usd_per_day,
        .usd_so_far = alert->usd_so_far,
        .usual_usd_per_day = alert->daily_usd,
        .sentence = sentence,
    };
}

struct place {
    const struct incident *x; /* NULL: none */
    size_t part;
};

/* It was there at the time of the news, as far as two hearings agree. */
static bool is_then(const struct incident_part *p,
                    const struct incident_news *news)
{
    return p->since_us <= news->time_us + AGAIN_US &&
           (p->closed_us == 0 || p->closed_us + AGAIN_US >= news->since_us);
}

static struct place find(const struct incidents *all,
                         const struct incident_news *news, bool is_whole)
{
    for (size_t i = incidents_n(all); i > 0; i--) {
        const struct incident *x = incidents_at(all, i - 1);
        for (size_t k = 0; k < x->n_parts; k++) {
            const struct incident_part *p = &x->part[k];
            if (is_series(x, p, news) &&
                (is_whole ? is_then(p, news) : p->closed_us == 0)) {
                return (struct place){x, k};
            }
        }
    }
    return (struct place){NULL, 0};
}

static bool hear_worse(const struct place *at, const struct incident_news *news,
                       struct arena *arena, struct incident *ret)
{
    struct incident_part *part = copy_parts(at->x, 0, arena);

    if (part == NULL || part[at->part].closed_us != 0 ||
        news->time_us <= at->x->updated_us ||
        !(news->after > part[at->part].after)) {
        return false;
    }
    part[at->part].after = news->after;
    part[at->part].usd_per_day = news->usd_per_day;
    *ret = *at->x;
    ret->part = part;
    ret->updated_us = news->time_us;
    ret->severity =
        news->severity > ret->severity ? news->severity : ret->severity;
    ret->sentence = news->sentence;
    ret->is_described = false;
    sum_up(ret, arena);
    weigh_update(ret, at->x->severity, true);
    return true;
}

static bool hear_raised(const struct incidents *all,
                        const struct incident_news *news, bool is_whole,
                        struct arena *arena, struct incident *ret)
{
    struct place at = find(all, news, is_whole);

    if (at.x != NULL) {
        /* A rule says each time what it finds. */
        return at.x->rule.n > 0 &&
               news->after >= WORSE * at.x->part[at.part].after &&
               hear_worse(&at, news, arena, ret);
    }
    for (size_t i = incidents_n(all); i > 0; i--) {
        const struct incident *x = incidents_at(all, i - 1);
        if (belongs(x, news)) {
            return join(x, news, arena, ret);
        }
    }
    return open_new(all, news, is_whole, arena, ret);
}

static bool close_part(const struct incident *x, size_t i, int64_t at_us,
                       struct arena *arena, struct incident *ret)
{
    struct incident_part *part = copy_parts(x, 0, arena);

    if (part == NULL || part[i].closed_us != 0) {
        return false;
    }
    part[i].closed_us = at_us;
    *ret = *x;
    ret->part = part;
    ret->updated_us = at_us > x->updated_us ? at_us : x->updated_us;
    for (size_t k = 0; k < x->n_parts; k++) {
        if (part[k].closed_us == 0) {
            double usd = open_usd(ret);
            ret->usd_per_day = usd > 0 ? usd : ret->usd_per_day;
            return true;
        }
    }
    ret->closed_us = at_us;
    ret->owes_updated = false;
    ret->owes_closed = x->is_told && !incident_is_passing(x);
    return true;
}

bool incident_hear(const struct incidents *all,
                   const struct incident_news *news, bool is_whole,
                   struct arena *arena, struct incident *ret)
{
    if (news->news == WATCH_RAISED) {
        return hear_raised(all, news, is_whole, arena, ret);
    }
    struct place at = find(all, news, is_whole);
    if (at.x == NULL) {
        return false;
    }
    if (news->news == WATCH_WORSE) {
        return hear_worse(&at, news, arena, ret);
    }
    return at.x->part[at.part].since_us <= news->time_us &&
           close_part(at.x, at.part, news->time_us, arena, ret);
}

/* ---- after all was heard ---- */

/* Raised, and not closed behind that. */
static bool is_open_in(const struct incident *x, const struct incident_part *p,
                       const struct incident_news *news, size_t n_news)
{
    bool is_open = false;

    for (size_t i = 0; i < n_news; i++) {
        if (is_series(x, p, &news[i])) {
            is_open = news[i].news != WATCH_CLOSED;
        }
    }
    return is_open;
}

static bool weigh(const struct incident *x, int64_t now_us,
                  struct incident *ret)
{
    if (x->is_weighed) {
        return false;
    }
    *ret = *x;
    ret->is_weighed = true;
    if ((x->closed_us == 0 && !incident_is_passing(x)) ||
        now_us - x->opened_us < FRESH_HOURS * UTC_US_PER_HOUR) {
        ret->is_told = true;
        ret->owes_opened = true;
        ret->owes_closed = x->closed_us != 0 && !incident_is_passing(x);
    }
    return true;
}

bool incident_lapse(const struct incident *x,
                    const struct incident_asked *asked, struct arena *arena,
                    struct incident *ret)
{
    struct incident now = *x;
    bool has_changed = false;

    for (size_t i = 0; i < x->n_parts; i++) {
        const struct incident before = now;
        const struct incident_part *p = &before.part[i];
        if (p->closed_us == 0 && p->since_us < asked->begin_us &&
            !is_open_in(&before, p, asked->found, asked->n)) {
            has_changed = close_part(&before, i, asked->now_us, arena, &now) ||
                          has_changed;
        }
    }
    *ret = now;
    return has_changed;
}

bool incident_settle(const struct incident *x, const struct incident_news *news,
                     size_t n_news, int64_t now_us, struct arena *arena,
                     struct incident *ret)
{
    bool has_changed = false;
    struct incident now = *x;

    const struct incident_asked asked = {
        .found = news, .n = n_news, .begin_us = INT64_MAX, .now_us = now_us};
    if (x->rule.n == 0) {
        has_changed = incident_lapse(x, &asked, arena, &now);
    }
    const struct incident before = now;
    has_changed = weigh(&before, now_us, &now) || has_changed;
    *ret = now;
    return has_changed;
}

bool incident_age(const struct incident *x, int64_t now_us, struct arena *arena,
                  struct incident *ret)
{
    int64_t end_us = x->opened_us + LIMIT_INCIDENT_NEWS_DAYS * UTC_US_PER_DAY;
    struct incident now = *x;
    bool has_changed = false;

    if (x->closed_us != 0 || !incident_is_passing(x) || now_us < end_us) {
        return false;
    }
    for (size_t i = 0; i < x->n_parts; i++) {
        const struct incident before = now;
        has_changed =
            close_part(&before, i, end_us, arena, &now) || has_changed;
    }
    *ret = now;
    return has_changed;
}

/* ---- people ---- */

void incident_ack(const struct incident *x, struct str by, struct str note,
                  int64_t now_us, struct incident *ret)
{
    *ret = *x;
    ret->ack_by = by.p != NULL ? by : STR("");
    ret->ack_note = note.p != NULL ? note : STR("");
    ret->ack_us = now_us;
    ret->owes_updated = false;
}

void incident_snooze(const struct incident *x, int64_t until_us,
                     struct incident *ret)
{
    *ret = *x;
    ret->snoozed_us = until_us;
    if (x->is_told && x->closed_us == 0 && !x->owes_opened &&
        !x->owes_updated) {
        ret->owes_updated = true;
        ret->n_updates++;
    }
}

/* ---- messages ---- */

enum message_phase incident_due(const struct incident *x, bool is_quiet,
                                int64_t now_us)
{
    bool is_held = is_quiet && x->severity < MESSAGE_PAGE;
    bool is_snoozed = now_us < x->snoozed_us && x->closed_us == 0;

    if (is_held || is_snoozed) {
        return (enum message_phase)0;
    }
    if (x->owes_opened) {
        return incident_is_passing(x) ? MESSAGE_NOTE : MESSAGE_OPENED;
    }
    if (x->owes_updated) {
        return MESSAGE_UPDATED;
    }
    return x->owes_closed ? MESSAGE_CLOSED : (enum message_phase)0;
}

void incident_add_key(struct buf *b, const struct incident *x,
                      enum message_phase phase)
{
    buf_fmt(b, "alert/%.*s/%s", STR_ARG(x->id), message_phase_name(phase));
    if (phase == MESSAGE_UPDATED) {
        buf_fmt(b, "-%lld", (long long)x->n_updates);
    }
}

void incident_told(const struct incident *x, enum message_phase phase,
                   struct incident *ret)
{
    *ret = *x;
    ret->told_usd = x->usd_per_day;
    switch (phase) {
    case MESSAGE_NOTE:
    case MESSAGE_OPENED:
        ret->owes_opened = false;
        break;
    case MESSAGE_UPDATED:
        ret->owes_updated = false;
        break;
    case MESSAGE_CLOSED:
        ret->owes_closed = false;
        break;
    }
}

double incident_usd_so_far(const struct incident *x, int64_t now_us)
{
    int64_t end_us = x->closed_us != 0 ? x->closed_us : now_us;
    double days = (double)(end_us - x->since_us) / (double)UTC_US_PER_DAY;

    if (is_cause(x->cause, WATCH_REQUESTS_PER_WORKFLOW)) {
        return x->usd_so_far; /* was counted */
    }
    return fmax(x->usd_so_far, x->usd_per_day * fmax(days, 0));
}
