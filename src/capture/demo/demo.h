/* The demo company: ninety days of believable calls, made on the spot, the
 * same for the same seed and end.  docs/demo.md tells its story: who the
 * features, customers and experiments are, and the four incidents planted in
 * it, so that every later page has something true to find; demo_incident.h
 * has their exact times.
 *
 * Every event's source is demo.  Beside the calls stand releases, customers
 * and outcomes (demo_record.h). */
#ifndef CAPTURE_DEMO_H
#define CAPTURE_DEMO_H

#include "base/attr.h"
#include "base/rc.h"
#include "capture/demo/demo_record.h"
#include "capture/import/import.h"

#include <stdint.h>

struct why;

struct demo_options {
    uint64_t seed;
    int64_t end_us;   /* the events are of the `days` x 24 hours before */
    int days;         /* 1..365; the incidents need 60 */
    int64_t n_events; /* about this many; 1000..50,000,000 */
    import_sink_fn *sink;
    demo_record_fn *record;       /* may be NULL */
    import_progress_fn *progress; /* may be NULL; counts events as bytes */
    void *arg;                    /* for all three */
};

/* demo_make: all events in order of time to the sink, releases and customers
 * before them and outcomes among them, in memory that does not
 * grow with their number.  The n-th has the id "demo-SEED-N", N in base 36
 * from 0, so that a second demo adds nothing to a first.  RC_INVALID for
 * options out of range, or the sink's rc. */
enum rc demo_make(const struct demo_options *opt, struct why *why) MUST_CHECK;

#endif
