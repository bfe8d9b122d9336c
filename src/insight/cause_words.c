#include "insight/cause_words.h"

#include "base/usd.h"
#include "insight/say.h"

#include <math.h>

void cause_words_scope(struct buf *b, struct str name)
{
    buf_str(b, name.n > 0 ? name : STR("(untagged)"));
}

/* "+6 %", "-12 %", "+0.4 %". */
static void add_percent(struct buf *b, double ratio)
{
    double percent = (ratio - 1) * 100;

    buf_fmt(b, fabs(percent) < 9.95 ? "%+.1f %%" : "%+.0f %%", percent);
}

/* Of nothing there is no share. */
static void add_share(struct buf *b, double share)
{
    if (!isfinite(share)) {
        buf_cz(b, "none");
        return;
    }
    buf_fmt(b, share > 0 && share < 0.0995 ? "%.1f %%" : "%.0f %%",
            share * 100);
}

#define MANIFOLD 1.5

/* "grew 1.9x", "grew 12 %", "shrank 12 %", "shrank to a third". */
static void add_growth(struct buf *b, double before, double after)
{
    double ratio = after / before;

    if (!(before > 0) || !isfinite(ratio)) {
        buf_cz(b, after > 0 ? "came" : "went");
    } else if (ratio >= MANIFOLD) {
        buf_fmt(b, "grew %.1fx", ratio);
    } else if (ratio >= 1) {
        buf_fmt(b, "grew %.*f %%", ratio < 1.1 ? 1 : 0, (ratio - 1) * 100);
    } else {
        buf_fmt(b, "shrank %.*f %%", ratio > 0.9 ? 1 : 0, (1 - ratio) * 100);
    }
}

/* "+6 %", "1.9x", "new". */
static void add_ratio(struct buf *b, double before, double after)
{
    if (!(before > 0) || !isfinite(after / before)) {
        buf_cz(b, "new");
    } else if (after / before >= 2) {
        buf_fmt(b, "%.1fx", after / before);
    } else {
        add_percent(b, after / before);
    }
}

static void add_of(struct buf *b, const struct contrast *c,
                   const struct contrast_pick *p, bool names_scope)
{
    if (names_scope) {
        buf_cz(b, " of ");
        cause_words_scope(b, c->scope[p->scope].name);
    }
}

static struct str model_of(const struct contrast *c, size_t cell)
{
    return cell < c->n_cells ? c->cell[cell].model : STR("other models");
}

#define SWITCHED 0.5 /* of the requests, at once */

static void add_mix(struct buf *b, const struct contrast *c,
                    const struct contrast_pick *p, bool names_scope)
{
    if (p->after - p->before >= SWITCHED) {
        if (names_scope) {
            cause_words_scope(b, c->scope[p->scope].name);
            buf_char(b, ' ');
        }
        buf_fmt(b, "moved from %.*s to %.*s", STR_ARG(model_of(c, p->lost)),
                STR_ARG(model_of(c, p->cell)));
        return;
    }
    buf_cz(b, "model mix");
    add_of(b, c, p, names_scope);
    if (p->cell < c->n_cells) {
        buf_fmt(b, " (%.*s ", STR_ARG(c->cell[p->cell].model));
        add_share(b, p->before);
        buf_cz(b, " -> ");
        add_share(b, p->after);
        buf_char(b, ')');
    }
}

static void add_named(struct buf *b, const struct contrast *c,
                      const struct contrast_pick *p, bool names_scope,
                      const char *what)
{
    buf_cz(b, what);
    add_of(b, c, p, names_scope);
    buf_char(b, ' ');
}

/* A new or vanished scope is always named. */
static void add_whole_scope(struct buf *b, const struct contrast *c,
                            const struct contrast_pick *p, const char *is)
{
    cause_words_scope(b, c->scope[p->scope].name);
    buf_fmt(b, " is %s", is);
}

static void add_days(struct buf *b, const struct contrast *c)
{
    buf_fmt(b, "%.4g days instead of %.4g", c->sides.side[CHANGE_AFTER].days,
            c->sides.side[CHANGE_BEFORE].days);
}

static void add_times(struct buf *b, double x)
{
    if (isfinite(x)) {
        buf_fmt(b, "%.2fx", x);
    } else {
        buf_cz(b, "none");
    }
}

static void add_retries(struct buf *b, const struct contrast_pick *p)
{
    buf_char(b, '(');
    add_times(b, p->before);
    buf_cz(b, " -> ");
    add_times(b, p->after);
    buf_cz(b, " the tokens of good calls)");
}

static void add_price(struct buf *b, const struct contrast *c,
                      const struct contrast_pick *p, bool names_scope)
{
    if (p->cell < c->n_cells) {
        buf_fmt(b, "price of %.*s", STR_ARG(c->cell[p->cell].model));
        if (names_scope) {
            buf_cz(b, " in ");
            cause_words_scope(b, c->scope[p->scope].name);
        }
        buf_char(b, ' ');
    } else {
        add_named(b, c, p, names_scope, "prices");
    }
    add_ratio(b, p->before, p->after);
}

void cause_words_pick(struct buf *b, const struct contrast *c,
                      const struct contrast_pick *p, bool names_scope,
                      const struct since *since)
{
    const double *users = c->change_scope[p->scope].users;
    bool knows = users[CHANGE_BEFORE] > 0 && users[CHANGE_AFTER] > 0;

    switch (p->cause) {
    case CHANGE_USERS:
        add_named(b, c, p, names_scope, "users");
        add_ratio(b, p->before, p->after);
        break;
    case CHANGE_REQUESTS_PER_USER:
        add_named(b, c, p, names_scope,
                  knows ? "requests per user" : "traffic");
        add_ratio(b, p->before, p->after);
        break;
    case CHANGE_MODEL_MIX:
        add_mix(b, c, p, names_scope);
        break;
    case CHANGE_INPUT_TOKENS:
        add_named(b, c, p, names_scope, "prompts");
        add_growth(b, p->before, p->after);
        break;
    case CHANGE_OUTPUT_TOKENS:
        add_named(b, c, p, names_scope, "outputs");
        add_growth(b, p->before, p->after);
        break;
    case CHANGE_CACHE:
        add_named(b, c, p, names_scope, "input read from cache");
        add_share(b, p->before);
        buf_cz(b, " -> ");
        add_share(b, p->after);
        break;
    case CHANGE_RETRIES:
        add_named(b, c, p, names_scope, "retries and failures");
        add_retries(b, p);
        break;
    case CHANGE_PRICE:
        add_price(b, c, p, names_scope);
        break;
    case CHANGE_NEW:
        add_whole_scope(b, c, p, "new");
        break;
    case CHANGE_REMOVED:
        add_whole_scope(b, c, p, "gone");
        break;
    case CHANGE_DAYS:
        add_days(b, c);
        break;
    case CHANGE_NONE:
    case CHANGE_OTHER:
    case CHANGE__COUNT:
        buf_cz(b, "fees a call");
        add_of(b, c, p, names_scope);
        break;
    }
    if (since != NULL) {
        cause_words_since(b, since);
    }
    buf_cz(b, " (");
    say_usd_change(b, p->pico);
    buf_char(b, ')');
}

void cause_words_line(struct buf *b, enum change_cause cause, num_i128 pico)
{
    static const char *const word[CHANGE__COUNT][2] = {
        [CHANGE_USERS] = {"fewer users", "more users"},
        [CHANGE_REQUESTS_PER_USER] = {"fewer requests a user",
                                      "more requests a user"},
        [CHANGE_MODEL_MIX] = {"cheaper models", "dearer models"},
        [CHANGE_INPUT_TOKENS] = {"shorter prompts", "longer prompts"},
        [CHANGE_CACHE] = {"better use of caches", "poorer use of caches"},
        [CHANGE_OUTPUT_TOKENS] = {"shorter outputs", "longer outputs"},
        [CHANGE_RETRIES] = {"fewer retries and failures",
                            "more retries and failures"},
        [CHANGE_PRICE] = {"lower prices", "higher prices"},
        [CHANGE_NEW] = {"what is new", "what is new"},
        [CHANGE_REMOVED] = {"what is gone", "what is gone"},
        [CHANGE_DAYS] = {"fewer days", "more days"},
        [CHANGE_OTHER] = {"lower fees a call", "higher fees a call"},
    };
    buf_cz(b, word[cause][pico > 0 ? 1 : 0]);
    buf_cz(b, " (");
    say_usd_change(b, pico);
    buf_char(b, ')');
}

/* ---- measures ---- */

static void add_count(struct buf *b, double x)
{
    if (!isfinite(x)) {
        buf_char(b, '-');
    } else if (x < 100) {
        buf_fmt(b, "%.*f", x < 10 ? 2 : 1, x);
    } else {
        say_count(b, (num_i128)(x + 0.5));
    }
}

static void add_measured(struct buf *b, const struct contrast_pick *p,
                         const char *what, void (*add)(struct buf *b, double x))
{
    buf_fmt(b, "%s ", what);
    add(b, p->before);
    buf_cz(b, " -> ");
    add(b, p->after);
}

static void add_dollars(struct buf *b, double x)
{
    buf_fmt(b, x >= 1 ? "$%.2f" : "$%.4g", x);
}

void cause_words_measure(struct buf *b, const struct contrast_pick *p)
{
    if (!isfinite(p->before) || !isfinite(p->after)) {
        return;
    }
    switch (p->cause) {
    case CHANGE_USERS:
        add_measured(b, p, "users", add_count);
        return;
    case CHANGE_REQUESTS_PER_USER:
        add_measured(b, p, "requests per user", add_count);
        return;
    case CHANGE_MODEL_MIX:
        add_measured(b, p, "share of requests", add_share);
        return;
    case CHANGE_INPUT_TOKENS:
        add_measured(b, p, "input tokens per request", add_count);
        return;
    case CHANGE_OUTPUT_TOKENS:
        add_measured(b, p, "output tokens per request", add_count);
        return;
    case CHANGE_CACHE:
        add_measured(b, p, "input read from cache", add_share);
        return;
    case CHANGE_RETRIES:
        add_measured(b, p, "billed tokens per useful one", add_count);
        return;
    case CHANGE_PRICE:
        add_measured(b, p, "per million input tokens", add_dollars);
        return;
    case CHANGE_DAYS:
        add_measured(b, p, "days", add_count);
        return;
    case CHANGE_NONE:
    case CHANGE_NEW:
    case CHANGE_REMOVED:
    case CHANGE_OTHER:
    case CHANGE__COUNT:
        return;
    }
}

void cause_words_since(struct buf *b, const struct since *since)
{
    if (!since->is_known) {
        return;
    }
    switch (since->kind) {
    case SINCE_NOTHING:
        buf_fmt(b, " since %.*s", STR_ARG(str_sub(since->when, 0, 10)));
        return;
    case SINCE_RELEASE:
        buf_fmt(b, " since release %.*s", STR_ARG(since->name));
        return;
    case SINCE_EXPERIMENT:
        buf_fmt(b, " since experiment %.*s began", STR_ARG(since->name));
        return;
    case SINCE_ROLLOUT:
        buf_fmt(b, " since experiment %.*s was rolled out",
                STR_ARG(since->name));
        return;
    case SINCE_MODEL:
        buf_fmt(b, " since the first calls to %.*s", STR_ARG(since->name));
        return;
    }
}

void cause_words_change(struct buf *b, num_i128 before, num_i128 after)
{
    num_i128 delta = after - before;
    double ratio = before > 0 ? (double)after / (double)before : 0;

    if (delta == 0 || (before > 0 && fabs(ratio - 1) < 0.0005)) {
        buf_cz(b, "stayed at ");
        say_usd(b, after);
        return;
    }
    buf_cz(b, delta < 0 ? "fell " : "rose ");
    say_usd(b, num_abs(delta));
    if (before > 0) {
        buf_cz(b, " (");
        if (ratio >= 10) {
            buf_fmt(b, "%.1fx", ratio);
        } else {
            add_percent(b, ratio);
        }
        buf_char(b, ')');
    }
}
