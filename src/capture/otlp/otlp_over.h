/* Which traces of the spool are over, and up to where.  Segments are removed
 * once no trace that is kept needs them, so of one that was forgotten the spool
 * may hold the end without the beginning: read again, an agent's span would
 * count what its calls counted long ago.  What stands before a trace's last
 * forget record says nothing any more: intake had its events by then.
 *
 * Filled from a first reading of the spool, asked in a second.  Owns its
 * memory, some 24 bytes a record.  One thread. */
#ifndef CAPTURE_OTLP_OVER_H
#define CAPTURE_OTLP_OVER_H

#include "capture/otlp/otlp_form.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct otlp_over_row {
    unsigned char trace_id[OTLP_TRACE_BYTES];
    uint64_t pos; /* of its forget record */
};

struct otlp_over { /* all zeros: none is */
    struct otlp_over_row *row;
    size_t n;
    size_t cap;
};

void otlp_over_fini(struct otlp_over *over);
void otlp_over_add(struct otlp_over *over,
                   const unsigned char trace_id[OTLP_TRACE_BYTES],
                   uint64_t pos);
/* otlp_over_sort: behind the last addition, before the first question. */
void otlp_over_sort(struct otlp_over *over);
/* otlp_over_has: was the trace forgotten behind `pos`? */
bool otlp_over_has(const struct otlp_over *over,
                   const unsigned char trace_id[OTLP_TRACE_BYTES],
                   uint64_t pos);

#endif
