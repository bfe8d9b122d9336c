/* The usage object of one response of Claude, as session logs hold it.
 *
 * The usages of one log differ in little but their numbers: so the last one's
 * text is kept with the places of its counts, and the next, when it has the
 * same bytes but for those numbers, is read without looking for its members
 * again.  Whoever wrote a log otherwise is read in the ordinary way.
 *
 * One reader a log, one thread. */
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
    struct str iterations; /* raw JSON, within the text; mostly empty */
};

struct claude_usage_slot { /* a count's digits within the last text */
    size_t at;
    size_t n;
    enum claude_count which;
};

struct claude_usage_reader {
    struct arena *arena;
    struct import_kept tier;
    struct import_kept speed;
    struct import_kept geo;
    char last[1024]; /* the text of the last usage */
    size_t n_last;   /* 0: it cannot be used again */
    struct claude_usage_slot slot[CLAUDE_COUNT__COUNT]; /* by place */
    size_t n_slots;
    struct claude_usage words; /* of the last, its counts aside */
};

void claude_usage_init(struct claude_usage_reader *r, struct arena *arena);

/* claude_usage_read: RC_PARSE for what is no object; RC_LIMIT at the arena's
 * cap. */
enum rc claude_usage_read(struct claude_usage_reader *r, struct str text,
                          struct claude_usage *ret) MUST_CHECK;

/* claude_usage_counts: the counts alone, of an iteration.  RC_PARSE. */
enum rc claude_usage_counts(struct str text,
                            struct claude_usage *ret) MUST_CHECK;

bool claude_usage_is_zero(const struct claude_usage *u);

#endif
