/* What the demo company records beside its calls: its weekly releases, what
 * its shops pay, and what came of the answers that its two experiments are
 * about.  All of it is a function of the seed and the calls, drawn apart from
 * these, so that the calls are the same with and without it.
 *
 * One thread. */
#ifndef CAPTURE_DEMO_RECORD_H
#define CAPTURE_DEMO_RECORD_H

#include "base/attr.h"
#include "base/rc.h"
#include "capture/demo/demo_event.h"
#include "capture/demo/demo_who.h"
#include "event/record.h"

#include <stdbool.h>
#include <stdint.h>

struct why;

typedef enum rc demo_record_fn(void *arg, struct record *rec, struct why *why);

/* A record and the texts it borrows. */
struct demo_record {
    struct record rec;
    char release[DEMO_RELEASE_TEXT_MAX];
    char id[DEMO_TEXT_SHORT];
};

/* demo_record_releases: those within the history, oldest first.
 * demo_record_customers: a row for each shop from the first month of the
 * history on, and one for each whose price changed. */
enum rc demo_record_releases(const struct demo_calendar *c,
                             demo_record_fn *sink, void *arg,
                             struct why *why) MUST_CHECK;
enum rc demo_record_customers(const struct demo_world *w, demo_record_fn *sink,
                              void *arg, struct why *why) MUST_CHECK;

/* demo_record_outcome: what came of the n-th call, when somebody said so;
 * false for most.  The texts are those of `e` and `ret`. */
bool demo_record_outcome(const struct demo_calendar *c,
                         const struct demo_call *call,
                         const struct demo_event *e, uint64_t n,
                         struct demo_record *ret);

#endif
