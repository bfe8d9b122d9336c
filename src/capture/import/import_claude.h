/* One request of Claude Code as its session logs tell it, and what becomes of
 * the many tellings of one request.
 *
 * A response is written as several lines, one a block of content, each with
 * the usage as it was known then; resumed sessions copy earlier lines into a
 * new file; side chains replay the answers of their parent under request ids
 * of their own; progress lines carry copies.  (Seen in logs of the versions
 * 2.0 to 2.1, and in the reference of import formats.) */
#ifndef CAPTURE_IMPORT_CLAUDE_H
#define CAPTURE_IMPORT_CLAUDE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"
#include "capture/import/import_claude_usage.h"
#include "capture/import/import_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;

struct claude_call {
    struct claude_call *next;  /* of the file */
    struct claude_call *chain; /* same place in the merger's table */
    struct str message_id;     /* empty in old logs */
    struct str request_id;
    struct str uuid; /* the line's own */
    uint32_t part;   /* 0; above: an advisor's answer within the message */
    bool has_ts;
    int64_t ts_us;   /* the earliest telling */
    int64_t last_us; /* the latest */
    struct claude_usage usage;
    bool has_cost;
    struct usd cost;
    struct str provider;
    struct str model;
    struct str session;
    struct str project;
    struct str branch;
    struct str version;
    struct str agent;
    uint64_t line;
    const char *path;
    bool is_side;
    bool is_nested; /* a copy within a progress line */
    bool is_gone;   /* folded into another */
    bool is_open;   /* its answer may still be under way */
};

struct claude_calls { /* of one file, in its order */
    struct claude_call *first;
    struct claude_call *last;
    size_t n;
    uint64_t n_merged; /* lines folded into those already */
};

bool claude_same_key(const struct claude_call *a, const struct claude_call *b);

/* claude_fold: another telling of the same request: the larger of each
 * count, the earlier time, attribution from the more direct telling. */
void claude_fold(struct claude_call *into, const struct claude_call *other);

/* claude_to_event: `ev` borrows from the call; its id comes from elsewhere. */
void claude_to_event(const struct claude_call *call, struct event *ev);

/* claude_gather: see import_gather_fn. */
import_gather_fn claude_gather;

#endif
