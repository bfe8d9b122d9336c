/* Files that a team already has, to events: folders are walked, the format of
 * each file is found by its content, and every event goes to a sink (the
 * intake of this process, or a running server).
 *
 * Formats are rows (import_format.h): toll's own NDJSON and JSON, refused
 * events mended, CSV with a column map, Claude Code and Codex sessions,
 * what LiteLLM, OpenRouter, Helicone, Langfuse and Bedrock logged.  Importing
 * the same files twice adds nothing: each format says what an event's id is
 * made of (docs/import.md).
 *
 * Session logs, of which hundreds of megabytes hold a few thousand calls, are
 * read first, by several threads and without the sink; only then is the sink
 * called, so that whoever gives one may open a store meanwhile.
 *
 * Nothing is lost in silence: a record that cannot be read is told with file,
 * line and reason and kept in the reject log; a file or folder that cannot be
 * opened is told and counted, and the rest goes on. */
#ifndef CAPTURE_IMPORT_H
#define CAPTURE_IMPORT_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct record;
struct reject_log;
struct why;

/* Takes one event, checked already (event_check); its text lives until the
 * call returns.  Called by the thread that called import_run, and only after
 * all session logs were read.  An rc but RC_OK ends the import with it. */
typedef enum rc import_sink_fn(void *arg, struct event *ev,
                               bool has_environment, struct why *why);

/* Likewise one record beside the calls, checked (record_check). */
typedef enum rc import_record_fn(void *arg, struct record *rec,
                                 struct why *why);

/* Told now and then: bytes done of bytes in all (0 when unknown). */
typedef void import_progress_fn(void *arg, uint64_t bytes_done,
                                uint64_t bytes_all, uint64_t n_events);

/* Told once per file or folder that cannot be used (`place` is empty), and
 * per refused record for the first few of each file. */
typedef void import_trouble_fn(void *arg, const char *path, struct str place,
                               struct str what);

struct import_options {
    const char *format;   /* NULL: by content; else a row's name */
    const char *map_path; /* column map of CSV files (docs/import.md); NULL */
    int64_t now_us;
    int n_threads; /* 0: one a core */
    import_sink_fn *sink;
    import_record_fn *record;     /* NULL: records are refused */
    import_progress_fn *progress; /* may be NULL */
    import_trouble_fn *trouble;   /* may be NULL */
    void *arg;                    /* for all of them */
    struct reject_log *rejects;   /* may be NULL: refusals are only told */
};

struct import_counts {
    uint64_t n_files;         /* read */
    uint64_t n_files_failed;  /* unreadable, or of no known format */
    uint64_t n_files_skipped; /* of other kinds, found in folders: not told */
    uint64_t n_bytes;
    uint64_t n_events;   /* handed to the sink */
    uint64_t n_records;  /* beside the calls, likewise */
    uint64_t n_merged;   /* repeated records folded into those */
    uint64_t n_open;     /* calls, or sums of calls, that may still grow: a
                            later import takes them */
    uint64_t n_skipped;  /* no calls: failures without usage, answers from a
                            cache, lines of session logs cut short */
    uint64_t n_rejected; /* refused records */
    int64_t first_us;    /* of those events; INT64_MAX for none */
    int64_t last_us;     /* INT64_MIN for none */
};

/* import_run: every path ("-" is standard input).  RC_INVALID for an unknown
 * format name or a wrong map, RC_NOT_FOUND for a path that is not there (then
 * nothing was done), or the sink's rc; otherwise RC_OK and the counts tell. */
enum rc import_run(const struct import_options *opt, const char *const *path,
                   size_t n_paths, struct import_counts *ret_counts,
                   struct why *why) MUST_CHECK;

/* import_bytes: the same for one file's bytes at hand, `name` being the path
 * that troubles are told with. */
enum rc import_bytes(const struct import_options *opt, const char *name,
                     struct str bytes, struct import_counts *ret_counts,
                     struct why *why) MUST_CHECK;

/* The formats' names and what each is, for help; NULL past the last. */
struct import_format_doc {
    const char *name;
    const char *doc;
};
const struct import_format_doc *import_format_doc(size_t i);

#endif
