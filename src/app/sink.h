/* Where a command's events and records go: into this process's intake, or to
 * the running server as NDJSON.  One thread. */
#ifndef APP_SINK_H
#define APP_SINK_H

#include "base/attr.h"
#include "base/rc.h"
#include "event/event.h"
#include "event/record.h"

#include <stdbool.h>
#include <stdint.h>

struct session;
struct sink;
struct why;

struct sink_counts {
    uint64_t n_accepted;
    uint64_t n_duplicates;
    uint64_t n_rejected; /* by the server; it keeps them */
    /* The same of records. */
    uint64_t n_records;
    uint64_t n_record_duplicates;
    uint64_t n_records_rejected;
};

/* sink_new: the session is connected, or will be when the first event asks
 * for it. */
struct sink *sink_new(struct session *session, enum event_source source);
/* sink_put: an import_sink_fn; `arg` is the sink. */
enum rc sink_put(void *arg, struct event *ev, bool has_environment,
                 struct why *why);
/* sink_put_record: likewise a record that was checked. */
enum rc sink_put_record(void *arg, struct record *rec, struct why *why);
/* sink_finish: returns when all that was put is durable and can be
 * queried. */
enum rc sink_finish(struct sink *sink, struct sink_counts *ret_counts,
                    struct why *why) MUST_CHECK;
void sink_free(struct sink **sink); /* accepts NULL */

#endif
