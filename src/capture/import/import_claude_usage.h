/* The usage object of one response of Claude, as session logs hold it.  One
 * reader a log, one thread. */
#ifndef CAPTURE_IMPORT_CLAUDE_USAGE_H
#define CAPTURE_IMPORT_CLAUDE_USAGE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/import/import_session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json;

enum claude_count { /* as in the log: parts inside their totals */
                    CLAUDE_INPUT,
                    CLAUDE_CACHE_READ,
                    CLAUDE_CACHE_WRITE, /* both lifetimes */
                    CLAUDE_CACHE_WRITE_5M,
                    CLAUDE_CACHE_WRITE_1H,
                    CLAUDE_OUTPUT, /* thinking included */
                    CLAUDE_THINKING,
                    CLAUDE_SEARCHES,
                    CLAUDE_COUNT__COUNT
};

struct claude_usage {
    int64_t count[CLAUDE_COUNT__COUNT];
    const char *bad; /* a member that is no count; NULL */
    struct str tier; /* in the reader's arena, as the two below */
    struct str speed;
    struct str geo;
};

struct claude_usage_reader {
    struct arena *arena;
    struct import_kept tier;
    struct import_kept speed;
    struct import_kept geo;
};

void claude_usage_init(struct claude_usage_reader *r, struct arena *arena);

/* claude_usage_read: RC_LIMIT at the arena's cap.  What is no object has no
 * counts. */
enum rc claude_usage_read(struct claude_usage_reader *r,
                          const struct json *usage,
                          struct claude_usage *ret) MUST_CHECK;

/* claude_usage_counts: the counts alone, of an iteration. */
struct claude_usage claude_usage_counts(const struct json *usage);

bool claude_usage_is_zero(const struct claude_usage *u);

#endif
