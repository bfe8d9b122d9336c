/* What was refused, kept with its place and reason, so that it can be mended
 * and brought back with `toll import`:
 *
 *   <dir>/rejects/2026-11-22.ndjson, one line a refusal:
 *   {"rejected_at":"...","source":"api","place":"line 3",
 *    "error":"input_tokens: ...","event":{...}}
 *
 * "event" holds the refused event as it came when it is an object, "raw" its
 * text (or the beginning of it) when it could not be parsed.  A day's file
 * ends at LIMIT_REJECT_FILE_BYTES; what comes after is only counted.
 * Any thread. */
#ifndef INTAKE_REJECT_H
#define INTAKE_REJECT_H

#include "base/rc.h"
#include "base/str.h"

#include <stdint.h>

struct reject_log;
struct why;

/* reject_open: `dir` is the data directory; nothing is made before the first
 * refusal. */
struct reject_log *reject_open(const char *dir);
void reject_close(struct reject_log **log); /* accepts NULL */

/* reject_add: one refusal.
 *   source  "api", or the path of the imported file
 *   place   "line 3", "index 17"
 *   error   why, in words
 *   text    the event as it came; borrowed for the call
 * A failure to write is logged once an outage and counted, never told to the
 * caller: the refusal itself stands. */
void reject_add(struct reject_log *log, int64_t now_us, struct str source,
                struct str place, struct str error, struct str text);

/* reject_path: the file that reject_add wrote last, "" for none; until
 * the next reject_add of any thread, so for one-thread programs. */
const char *reject_path(const struct reject_log *log);

struct reject_counts {
    uint64_t n_rejected; /* since open */
    uint64_t n_unkept;   /* of those, not in a file */
};
struct reject_counts reject_count(struct reject_log *log);

#endif
