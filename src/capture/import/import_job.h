/* What the reading of every format shares: where events go, what was counted,
 * the file and the record at hand.  One import, one thread. */
#ifndef CAPTURE_IMPORT_JOB_H
#define CAPTURE_IMPORT_JOB_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/import/import.h"
#include "capture/import/import_seen.h"

#include <stdbool.h>
#include <stdint.h>

struct event;
struct import_map;
struct json_parser;
struct record;
struct why;

struct import_job {
    const struct import_options *opt;
    const struct import_map *map; /* of CSV columns; NULL for none */
    struct import_counts *counts;
    struct arena arena; /* of the record at hand, emptied between records */
    struct json_parser *json; /* likewise, for what the record says */
    const char *path;         /* the file at hand */
    struct str record;        /* its record at hand as it came; makes up ids */
    struct buf mapped; /* that record as an event in JSON, when it came in
                          another form and was refused as an event */
    struct import_seen seen;
    uint32_t n_told;     /* refusals of this file */
    uint64_t bytes_done; /* of all files before this one */
    uint64_t bytes_all;
    uint64_t told_at; /* bytes done when progress was told last */
    bool has_ended;   /* the sink said no: nothing more is to be read */
};

void import_job_init(struct import_job *job, const struct import_options *opt,
                     const struct import_map *map,
                     struct import_counts *counts);
void import_job_fini(struct import_job *job); /* accepts NULL */

void import_job_begin_file(struct import_job *job, const char *path);

/* import_job_begin_record: `record` stays readable until the next call. */
void import_job_begin_record(struct import_job *job, struct str record);

/* import_job_put: an event mapped from another form: settled, checked, given
 * an id when it has none, handed to the sink.  RC_INVALID, RC_RANGE, RC_LIMIT
 * when it is refused; any rc, and has_ended, when the sink says no. */
enum rc import_job_put(struct import_job *job, struct event *ev,
                       bool has_environment, struct why *why) MUST_CHECK;
/* import_job_put_checked: the same for what event_from_json made. */
enum rc import_job_put_checked(struct import_job *job, struct event *ev,
                               bool has_environment,
                               struct why *why) MUST_CHECK;

/* import_job_put_record: a record beside the calls that was checked; an
 * outcome gets an id when it has none. */
enum rc import_job_put_record(struct import_job *job, struct record *rec,
                              struct why *why) MUST_CHECK;

/* import_job_refuse: the record at `place` is no event: told, counted, kept
 * in the reject log (as an event in JSON where it got that far, so that it
 * can be mended and come back; else as it came). */
void import_job_refuse(struct import_job *job, struct str place,
                       const struct why *why);
/* import_job_refuse_line: the same with "line 12" or the like for a place. */
void import_job_refuse_at(struct import_job *job, const char *what,
                          uint64_t number, const struct why *why);

/* import_job_trouble: the file cannot be used. */
void import_job_trouble(struct import_job *job, const char *path,
                        struct str what);

/* import_job_progress: `bytes` of the file at hand are done. */
void import_job_progress(struct import_job *job, uint64_t bytes);

#endif
