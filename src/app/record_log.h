/* State that is a function of records, on disk: a journal (intake/journal.h)
 * that grows by a record a change.  From time to time it is tidied: a new
 * segment begins with the whole state as records, and the older ones are
 * removed; read together they give the same state.
 *
 * The caller holds a lock, or has one thread. */
#ifndef APP_RECORD_LOG_H
#define APP_RECORD_LOG_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

struct record_log;
struct why;

/* What the state makes of a record.  What the state itself made is always
 * taken. */
typedef enum rc record_apply_fn(void *state, struct str record,
                                struct why *why);

struct record_log_options {
    const char *data_dir;
    const char *name; /* of its folder there, and in messages */
    record_apply_fn *apply;
    void *state;
};

/* record_log_open: reads what is there into the state; damaged records are
 * told in the log, kept aside and passed over. */
enum rc record_log_open(const struct record_log_options *opt,
                        struct record_log **ret, struct why *why) MUST_CHECK;
void record_log_close(struct record_log **l); /* accepts NULL */

/* record_log_change: durable, then in effect; else neither.
 * record_log_change_anyway: in effect whatever the disk says, since it is a
 * fact already; written later if it must. */
enum rc record_log_change(struct record_log *l, struct str record,
                          struct why *why) MUST_CHECK;
void record_log_change_anyway(struct record_log *l, struct str record);
/* record_log_note: written, so that it outlives the program, then in effect;
 * flushed with the next change. */
enum rc record_log_note(struct record_log *l, struct str record,
                        struct why *why) MUST_CHECK;

/* record_log_tidy: if it is due, writes the state anew.
 *   forget  what need not be remembered
 *   keep    appends each item as a record, by record_log_keep */
struct record_log_tidy {
    void (*forget)(void *state);
    enum rc (*keep)(void *state, struct record_log *l, struct why *why);
};
void record_log_tidy(struct record_log *l, const struct record_log_tidy *how);
enum rc record_log_keep(struct record_log *l, struct str record,
                        struct why *why) MUST_CHECK;

#endif
