/* The watch: hears usage hour by hour, in order of time, and says when spend
 * moved that should not have, with the cause.
 *
 * Not spend is tested but its factors (tokens a request, cached share, models,
 * failures, steps of a run, prices): those are nearly stationary, healthy
 * growth moves none of them, and each is its own cause.  Dollars then decide
 * whether anybody is told.  docs/methods.md, "alerts", has the formulas.
 *
 * Pure: its only clock is the hour it is told, what it keeps hangs from it.
 * Memory is bounded by the limits WATCH_*: about 160 KiB a feature, 8 KiB
 * a feature's model, 200 bytes a customer, 48 a run that is on. What passes
 * them is not watched apart and counted in watch_n_left_out.  One thread. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "base/str.h"
#include "query/query_hours.h"

#include <stdbool.h>
#include <stdint.h>

enum watch_cause {
    WATCH_INPUT_TOKENS = 1,
    WATCH_OUTPUT_TOKENS,
    WATCH_CACHE,
    WATCH_MODEL_MIX,
    WATCH_RETRIES,
    WATCH_REQUESTS_PER_WORKFLOW,
    WATCH_TRAFFIC,
    WATCH_USERS,
    WATCH_REQUESTS_PER_USER,
    WATCH_PRICE,
    WATCH_NEW_FEATURE,
    WATCH_NEW_CUSTOMER,
    WATCH_CAUSE__COUNT
};
struct str watch_cause_name(enum watch_cause cause);

enum watch_severity { WATCH_INFO = 1, WATCH_WARN, WATCH_PAGE };
struct str watch_severity_name(enum watch_severity severity);

enum watch_news {
    WATCH_RAISED = 1,
    WATCH_WORSE, /* of an alert that is open: it grew much further */
    WATCH_CLOSED /* back, or lasting and taken for granted by now */
};

/* What is told.  A scope's part that the alert is not about is empty with p
 * NULL; a feature without a name is empty with p set. */
struct watch_alert {
    enum watch_news news;
    uint64_t number; /* of the alert, the same in all its news */
    int64_t time_us;
    int64_t since_us; /* the first hour that showed it */
    enum watch_cause cause;
    enum watch_severity severity;
    struct str feature, model, provider, workflow, customer;
    struct str run;   /* one of those that go in circles */
    const char *unit; /* of before and after: "input tokens a request" */
    double before, after;
    double usd_per_day; /* more than before, if it stays */
    double usd_so_far;  /* since `since_us`; 0 of what just began */
    double z;           /* how far out; 0 where there is no doubt */
    int window_hours;   /* that showed it */
    double n;           /* requests in the window */
    double daily_usd;   /* the account's usual spend a day */
};
/* Text lives as long as the watch. */
typedef void watch_fn(void *arg, const struct watch_alert *alert);

struct watch_options {
    double minimum_usd_per_day; /* less is never told; 0 or more */
    watch_fn *tell;
    void *arg;
};

struct watch;

struct watch *watch_new(const struct watch_options *opt);
void watch_free(struct watch **w); /* accepts NULL */

/* Feeding an hour: the rows of the hour in any order, each kind with its own
 * function, then watch_tick, for hours without calls as well.  watch_piece is
 * in order of pieces, and looks at loops whenever five minutes have passed.
 * Hours never go back.
 *
 * Rows of one hour add up, so that it can be fed in parts; of the crowd, whose
 * counts are of an hour, only whole.  After a part watch_look may be asked what
 * the hour shows so far; the replay asks so after every quarter.  Without it
 * rises are told at full hours only. */
void watch_hour(struct watch *w, const struct usage_hour *row);
void watch_crowd(struct watch *w, const struct usage_crowd *row);
void watch_payer(struct watch *w, const struct usage_payer *row);
void watch_piece(struct watch *w, const struct usage_piece *row);
/* watch_look: all of the hour before now_us was given, which is within it. */
void watch_look(struct watch *w, int64_t now_us);
void watch_tick(struct watch *w, int64_t hour);

/* watch_now: looks at loops as far as they were heard, also in the midst of an
 * hour, `piece` being the one that is going on.  watch_knows: calls of the
 * feature were heard in an hour that ended; pieces of others are left out. */
void watch_now(struct watch *w, int64_t piece);
bool watch_knows(const struct watch *w, struct str feature);

/* watch_silent_hours: for how many hours there were no calls at all, if that
 * long is unheard of at that time of day; else 0. */
int watch_silent_hours(const struct watch *w);

uint64_t watch_n_left_out(const struct watch *w);

#endif
