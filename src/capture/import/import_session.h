/* What the session logs of coding agents have in common: lines of JSON of
 * which some may be cut, the same few texts on most of them, a project that
 * is a folder's name, ids made of the log's own, and calls that are handed on
 * in the order of time.  Any thread. */
#ifndef CAPTURE_IMPORT_SESSION_H
#define CAPTURE_IMPORT_SESSION_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct import_found;
struct import_reader;
struct json;
struct why;

/* What becomes of the lines of one log. */
struct import_log_scan {
    /* A line's "type", as raw JSON.  Most bytes of a log stand behind a type
     * that bears no usage, and are not read at all. */
    bool (*is_wanted)(struct str type);
    /* A line of such a type, or of none; it lives for the call.  Other than
     * RC_OK means that the arena is full. */
    enum rc (*line)(void *arg, const struct json *line, uint64_t number);
    void *arg;
};

/* import_each_log_line: all lines of a log.  Those that are no object, or too
 * long, count as skipped.  RC_LIMIT, RC_IO. */
enum rc import_each_log_line(struct import_reader *r,
                             struct import_found *found,
                             const struct import_log_scan *scan,
                             struct why *why) MUST_CHECK;

/* import_own_id: `id` copied, or what stands for it when it is longer than
 * an id may be.  RC_LIMIT at the arena's cap. */
enum rc import_own_id(struct arena *arena, struct str id,
                      struct str *ret_id) MUST_CHECK;

/* A member's text as the last line had it.  Lines repeat it, so it is
 * decoded and copied only when it changes; equal texts then share bytes. */
struct import_kept {
    struct str raw;  /* as JSON */
    struct str text; /* what it says; empty when it is no string */
};

/* import_keep: the text of `j`, empty when absent.  RC_LIMIT at the arena's
 * cap. */
enum rc import_keep(struct import_kept *kept, const struct json *j,
                    struct arena *arena, struct str *ret_text) MUST_CHECK;

/* import_base_name: what stands behind the last slash or backslash, whatever
 * system wrote the path; the whole text when that is nothing. */
struct str import_base_name(struct str path);

/* import_project: the name of the project that a session of Claude Code
 * belongs to.
 *   file  the log's path; a folder in it is named as the project's folder,
 *         with a dash for everything but letters and digits
 *   cwd   the folder the agent was in, at or below the project's; may be
 *         empty
 * The base name of that part of cwd whose encoded name is a folder in
 * `file`, else of cwd; without cwd the folder's encoded name itself. */
struct str import_project(struct str file, struct str cwd);

/* Calls in the order of time, those of one instant as they were found. */
struct import_order {
    int64_t ts_us;
    const void *call;
};
/* RC_LIMIT when `tmp` has no room for n more. */
enum rc import_order_sort(struct import_order *order, size_t n,
                          struct arena *tmp) MUST_CHECK;

#endif
