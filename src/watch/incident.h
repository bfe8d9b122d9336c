/* Incidents: what the watch and the rules found, as people follow it - opened,
 * worse, closed, acknowledged, snoozed - and what they are still to be told of
 * it.  In memory, and a function of records, as the outbox:
 *
 *   decide -> a record of the change -> on disk -> incidents_apply
 *
 * A record is an incident as it is from then on; the last of an id counts.
 *
 * What moves several series in the same hours for one cause is one incident of
 * several parts.  News are known again by their series and time, so that a
 * watch that hears all history anew, with late calls or as a newer version,
 * opens nothing twice.  No clock, no files; one thread at a time. */
#ifndef WATCH_INCIDENT_H
#define WATCH_INCIDENT_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "watch/message.h"
#include "watch/watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct incidents;
struct why;

/* What it is about; p NULL where it is about none, a feature of "" is calls
 * without one. */
struct incident_scope {
    struct str feature, model, provider, workflow, customer;
    struct str group; /* of another dimension, as a filter: "segment:free" */
};

struct incident_part { /* one series */
    struct incident_scope scope;
    double before, after;
    double usd_per_day;
    int64_t since_us;
    int64_t closed_us; /* 0: open */
};

struct incident {
    struct str id;               /* twelve hexadecimal digits */
    struct str cause;            /* "input_tokens", ..., "rule" */
    struct str rule;             /* its name; empty: found by the watch */
    struct str filters;          /* of the rule, one a line */
    struct incident_scope scope; /* what all parts share */
    struct str run;
    enum message_severity severity;
    int64_t since_us; /* the first hour that showed it */
    int64_t opened_us;
    int64_t updated_us;
    int64_t closed_us; /* 0: open */
    struct str unit;
    double before, after; /* of the dearest part */
    double usd_per_day;   /* of all parts, more than before if it stays */
    double usd_so_far;    /* where it is known; else 0 */
    double usual_usd_per_day;
    struct str sentence;
    struct str owner, release; /* empty: none known */
    struct str reason;         /* why, in the words of explain */
    struct str unmoved;        /* what did not move */
    bool is_described;         /* the four above were looked for */
    struct str ack_by, ack_note;
    int64_t ack_us;     /* 0: not acknowledged */
    int64_t snoozed_us; /* until then; 0: not */
    /* Messages. */
    bool is_weighed; /* whether anybody is told was decided */
    bool is_told;    /* they are */
    bool owes_opened, owes_updated, owes_closed;
    int64_t n_updates;
    double told_usd; /* a day, when it was told last */
    const struct incident_part *part;
    size_t n_parts; /* at least 1 */
};

struct incidents *incidents_new(void) RETURNS_NONNULL;
void incidents_free(struct incidents **all); /* accepts NULL */

/* In the order in which they came; borrowed until the next change. */
size_t incidents_n(const struct incidents *all);
const struct incident *incidents_at(const struct incidents *all, size_t i);
const struct incident *incidents_of(const struct incidents *all,
                                    struct str id); /* NULL: none */

/* incident_copy: with all its text, in the arena.  RC_LIMIT at its cap. */
enum rc incident_copy(const struct incident *x, struct arena *arena,
                      struct incident *ret) MUST_CHECK;

/* ---- records ---- */

/* incident_record: the incident as it is. */
void incident_record(const struct incident *x, struct buf *ret_record);
/* incidents_apply: RC_PARSE for a record that is none. */
enum rc incidents_apply(struct incidents *all, struct str record,
                        struct why *why) MUST_CHECK;
/* incidents_forget: drops what closed LIMIT_INCIDENT_KEEP_DAYS ago, and of more
 * than LIMIT_INCIDENTS_MAX the oldest that are closed.  Needs no record. */
void incidents_forget(struct incidents *all, int64_t now_us);

/* ---- news ---- */

struct incident_news {
    enum watch_news news;
    enum message_severity severity;
    struct str cause, rule;
    struct str filters; /* of the rule, one a line */
    struct incident_scope scope;
    struct str run;
    struct str release; /* that may have brought it; empty: none */
    int64_t time_us, since_us;
    struct str unit;
    double before, after;
    double usd_per_day, usd_so_far, usual_usd_per_day;
    struct str sentence;
};

/* incident_news_of: an alert as news; borrows from it.  The release is the
 * caller's. */
void incident_news_of(const struct watch_alert *alert, struct str sentence,
                      struct incident_news *ret);

/* incident_hear: what the news make of the incidents; false: nothing.  The
 * changed one borrows from `all`, the news and the arena.
 *   is_whole  it comes from hearing all history anew: known ones are found by
 *             their time, and whether a new one is told is weighed later */
bool incident_hear(const struct incidents *all,
                   const struct incident_news *news, bool is_whole,
                   struct arena *arena, struct incident *ret);

/* incident_settle: an incident once all history was heard: parts of it that are
 * not among what is open then are over, and it is weighed: told if it is open,
 * or began within a day.  False: it is as it was.
 *   news  all of it, in order of time */
bool incident_settle(const struct incident *x, const struct incident_news *news,
                     size_t n_news, int64_t now_us, struct arena *arena,
                     struct incident *ret);

/* incident_lapse: an incident of a rule that was asked anew: parts that began
 * before `begin_us` and are not among what it finds now are over.  False: it is
 * as it was. */
struct incident_asked {
    const struct incident_news *found;
    size_t n;
    int64_t begin_us;
    int64_t now_us;
};
bool incident_lapse(const struct incident *x,
                    const struct incident_asked *asked, struct arena *arena,
                    struct incident *ret);

/* incident_age: what nobody will close (a new feature, customer, price) is over
 * after LIMIT_INCIDENT_NEWS_DAYS.  False: it is as it was. */
bool incident_age(const struct incident *x, int64_t now_us, struct arena *arena,
                  struct incident *ret);

/* ---- people ---- */

/* incident_ack: somebody has it; what is told from then on is that it became
 * urgent, and that it is over.  incident_snooze: nothing but its end is told
 * until then; if it is open then, that it still is.  Text is borrowed. */
void incident_ack(const struct incident *x, struct str by, struct str note,
                  int64_t now_us, struct incident *ret);
void incident_snooze(const struct incident *x, int64_t until_us,
                     struct incident *ret);

/* ---- messages ---- */

/* incident_due: of an incident the phase to be told now; 0: none.
 *   is_quiet  what is no page waits */
enum message_phase incident_due(const struct incident *x, bool is_quiet,
                                int64_t now_us);
/* incident_add_key: what makes the message of that phase one. */
void incident_add_key(struct buf *b, const struct incident *x,
                      enum message_phase phase);
/* incident_told: that phase was handed to the channels. */
void incident_told(const struct incident *x, enum message_phase phase,
                   struct incident *ret);

/* incident_usd_so_far: what it cost until `now_us`, or until it was over. */
double incident_usd_so_far(const struct incident *x, int64_t now_us);
/* incident_is_passing: one that stands for itself: somebody or something is
 * new. */
bool incident_is_passing(const struct incident *x);

#endif
