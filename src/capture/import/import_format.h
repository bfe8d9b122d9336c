/* A file format as a row that describes itself: what it is called, how its
 * content is known, and how it is read.  One file exports one row;
 * import_format_table.c lists them.
 *
 * A file is made of JSON objects (a line each, an array, or one alone) or of
 * records of cells below a header, and comes in one of two kinds:
 *   rows      `read` hands each record's event to the job, in order, on the
 *             caller's thread;
 *   sessions  `scan` finds the calls of one file, on any thread and without
 *             the job; `gather` then merges what all files hold, since their
 *             records repeat across files, and hands the events to the job. */
#ifndef CAPTURE_IMPORT_FORMAT_H
#define CAPTURE_IMPORT_FORMAT_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/import/import.h"
#include "capture/import/import_job.h"
#include "capture/import/import_reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct import_map;
struct why;

enum import_match { IMPORT_MATCH_NO, IMPORT_MATCH_MAYBE, IMPORT_MATCH_SURE };

/* Is this one of the format's objects?  `obj` begins with a brace; its end
 * may be missing. */
typedef enum import_match import_is_object_fn(struct str obj);
/* Are these the names above the format's columns?  `map` may be NULL. */
typedef enum import_match import_is_header_fn(const struct str *cells, size_t n,
                                              const struct import_map *map);

/* All of a file.  RC_OK also when records were refused; else the file cannot
 * be used, or the sink said no (job->has_ended). */
typedef enum rc import_read_fn(struct import_job *job, struct import_reader *r,
                               struct why *why);
/* One object, which is the job's record at hand.  Any rc but RC_OK refuses
 * it (or job->has_ended). */
typedef enum rc import_object_fn(struct import_job *job, struct str obj,
                                 struct why *why);

/* What a session format found in one file. */
struct import_found {
    const char *path;
    void *calls; /* the format's own, in `arena` */
    struct arena *arena;
    uint64_t n_skipped; /* lines that are no JSON */
};
/* RC_IO, or RC_LIMIT when the arena is full; then nothing was found. */
typedef enum rc import_scan_fn(struct import_reader *r,
                               struct import_found *found, struct why *why);
typedef enum rc import_gather_fn(struct import_job *job,
                                 const struct import_found *const *found,
                                 size_t n, struct why *why);

struct import_format {
    struct import_format_doc about;
    import_is_object_fn *is_object; /* one of these two, or both */
    import_is_header_fn *is_header;
    import_read_fn *read;     /* rows; NULL for sessions */
    import_object_fn *object; /* rows of objects, one alone; else NULL */
    import_scan_fn *scan;     /* sessions; NULL for rows */
    import_gather_fn *gather;
};

/* Sorted by name, NULL behind the last. */
extern const struct import_format *const import_format_table[];

extern const struct import_format import_format_anthropic_costs;
extern const struct import_format import_format_anthropic_usage;
extern const struct import_format import_format_bedrock;
extern const struct import_format import_format_claude_code;
extern const struct import_format import_format_codex;
extern const struct import_format import_format_csv;
extern const struct import_format import_format_customers;
extern const struct import_format import_format_events;
extern const struct import_format import_format_helicone;
extern const struct import_format import_format_invoices;
extern const struct import_format import_format_langfuse;
extern const struct import_format import_format_litellm;
extern const struct import_format import_format_litellm_logging;
extern const struct import_format import_format_openai_costs;
extern const struct import_format import_format_openai_usage;
extern const struct import_format import_format_openrouter;
extern const struct import_format import_format_outcomes;
extern const struct import_format import_format_rejects;
extern const struct import_format import_format_releases;

/* import_format_find: RC_INVALID names all formats. */
enum rc import_format_find(const char *name, const struct import_format **ret,
                           struct why *why) MUST_CHECK;

/* import_format_detect: the format that knows this beginning of a file, NULL
 * when none does, then with what it may be in *ret_hint ("" for nothing). */
const struct import_format *import_format_detect(struct str head,
                                                 const struct import_map *map,
                                                 const char **ret_hint);
/* import_format_of_object: the row format of one object, NULL for none. */
const struct import_format *import_format_of_object(struct str obj);

#endif
