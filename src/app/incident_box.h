/* Incidents on disk (watch/incident.h), in DATA/incidents: each change is
 * durable before it has an effect.  All functions any thread, but open and
 * close. */
#ifndef APP_INCIDENT_BOX_H
#define APP_INCIDENT_BOX_H

#include "base/attr.h"
#include "base/rc.h"
#include "watch/incident.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct incident_box;
struct why;

enum rc incident_box_open(const char *data_dir, struct incident_box **ret,
                          struct why *why) MUST_CHECK;
void incident_box_close(struct incident_box **box); /* accepts NULL */

/* incident_box_read: `use` looks at the incidents while they hold still. */
typedef void incident_use_fn(void *arg, const struct incidents *all);
void incident_box_read(struct incident_box *box, incident_use_fn *use,
                       void *arg);

/* incident_box_change: what `decide` makes of an incident is durable and in
 * effect; false: nothing is to be changed.  What it hands back may borrow from
 * the incidents, from `arg` and from the arena, which ends behind it. */
typedef bool incident_decide_fn(void *arg, const struct incidents *all,
                                struct arena *arena, struct incident *ret);
enum rc incident_box_change(struct incident_box *box,
                            incident_decide_fn *decide, void *arg,
                            bool *ret_is_changed, struct why *why) MUST_CHECK;

/* incident_box_hear: all of the news, in their order; when they are the whole
 * of history, then what follows from that. */
struct incident_hearing {
    const struct incident_news *news;
    size_t n_news;
    bool is_whole;
    int64_t now_us;
};
enum rc incident_box_hear(struct incident_box *box,
                          const struct incident_hearing *hearing,
                          struct why *why) MUST_CHECK;

#endif
