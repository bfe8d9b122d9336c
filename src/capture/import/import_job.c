#include "capture/import/import_job.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "event/event.h"
#include "event/event_check.h"
#include "event/event_json.h"
#include "event/record.h"
#include "intake/reject.h"

enum { PROGRESS_BYTES = 4 * 1024 * 1024 }; /* between two tellings */

void import_job_init(struct import_job *job, const struct import_options *opt,
                     const struct import_map *map, struct import_counts *counts)
{
    *job = (struct import_job){.opt = opt, .map = map, .counts = counts};
    *counts =
        (struct import_counts){.first_us = INT64_MAX, .last_us = INT64_MIN};
    job->path = "";
    arena_init(&job->arena, LIMIT_IMPORT_ROW_BYTES);
    buf_init(&job->mapped, LIMIT_IMPORT_ROW_BYTES);
    job->json = json_parser_new();
    import_seen_init(&job->seen);
}

void import_job_fini(struct import_job *job)
{
    if (job == NULL) {
        return;
    }
    arena_fini(&job->arena);
    json_parser_free(&job->json);
    buf_fini(&job->mapped);
    import_seen_fini(&job->seen);
}

void import_job_begin_file(struct import_job *job, const char *path)
{
    job->path = path;
    job->n_told = 0;
    import_seen_clear(&job->seen);
}

void import_job_begin_record(struct import_job *job, struct str record)
{
    arena_reset(&job->arena);
    json_parser_clear(job->json);
    buf_clear(&job->mapped);
    job->record = record;
}

/* The id of a record that brought none. */
static enum rc make_id(struct import_job *job, struct str *ret_id,
                       struct why *why)
{
    uint32_t n;
    enum rc rc = import_seen_add(&job->seen, job->record, &n, why);
    if (rc != RC_OK) {
        return rc;
    }
    char id[IMPORT_SEEN_ID_BYTES];
    struct str made = {.p = id, .n = import_seen_id(job->record, n, id)};
    rc = str_dup(&job->arena, made, ret_id);
    return rc == RC_OK ? RC_OK
                       : why_set(why, rc, "the record is over %d bytes",
                                 LIMIT_IMPORT_ROW_BYTES);
}

enum rc import_job_put_checked(struct import_job *job, struct event *ev,
                               bool has_environment, struct why *why)
{
    if (ev->id.n == 0) {
        enum rc rc = make_id(job, &ev->id, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    ev->source = EVENT_SOURCE_IMPORT;
    ev->arrival_us = job->opt->now_us;
    enum rc rc = job->opt->sink(job->opt->arg, ev, has_environment, why);
    if (rc != RC_OK) {
        /* A cost out of range is this event's own fault. */
        job->has_ended = rc != RC_RANGE;
        return rc;
    }
    struct import_counts *counts = job->counts;
    counts->n_events++;
    if (ev->ts_us < counts->first_us) {
        counts->first_us = ev->ts_us;
    }
    if (ev->ts_us > counts->last_us) {
        counts->last_us = ev->ts_us;
    }
    return RC_OK;
}

enum rc import_job_put_record(struct import_job *job, struct record *rec,
                              struct why *why)
{
    enum rc rc = RC_OK;
    if (job->opt->record == NULL) {
        return why_set(why, RC_UNSUPPORTED, "only calls are taken here");
    }
    if (rec->kind == RECORD_OUTCOME && rec->id.n == 0) {
        rc = make_id(job, &rec->id, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    rc = job->opt->record(job->opt->arg, rec, why);
    job->has_ended = rc != RC_OK;
    job->counts->n_records += rc == RC_OK ? 1 : 0;
    return rc;
}

enum rc import_job_put(struct import_job *job, struct event *ev,
                       bool has_environment, struct why *why)
{
    enum rc rc = event_settle(ev, &job->arena, why);
    if (rc == RC_OK) {
        rc = event_check(ev, job->opt->now_us, why);
    }
    if (rc != RC_OK) {
        event_add_json(&job->mapped, ev);
        return rc;
    }
    return import_job_put_checked(job, ev, has_environment, why);
}

void import_job_trouble(struct import_job *job, const char *path,
                        struct str what)
{
    if (job->opt->trouble != NULL) {
        job->opt->trouble(job->opt->arg, path, STR_EMPTY, what);
    }
}

void import_job_refuse(struct import_job *job, struct str place,
                       const struct why *why)
{
    struct str reason = str_from_cz(why->text);
    job->counts->n_rejected++;
    if (job->n_told < LIMIT_IMPORT_TOLD_MAX && job->opt->trouble != NULL) {
        job->n_told++;
        job->opt->trouble(job->opt->arg, job->path, place, reason);
    }
    if (job->opt->rejects != NULL) {
        bool is_mapped = job->mapped.n > 0 && !job->mapped.overflown;
        reject_add(job->opt->rejects, job->opt->now_us, str_from_cz(job->path),
                   place, reason,
                   is_mapped ? buf_view(&job->mapped) : job->record);
    }
}

void import_job_refuse_at(struct import_job *job, const char *what,
                          uint64_t number, const struct why *why)
{
    struct buf place;
    buf_init(&place, 64);
    buf_cz(&place, what);
    buf_char(&place, ' ');
    buf_u64(&place, number);
    import_job_refuse(job, buf_view(&place), why);
    buf_fini(&place);
}

void import_job_progress(struct import_job *job, uint64_t bytes)
{
    uint64_t done = job->bytes_done + bytes;
    if (job->opt->progress == NULL || done < job->told_at + PROGRESS_BYTES) {
        return;
    }
    job->told_at = done;
    job->opt->progress(job->opt->arg, done, job->bytes_all,
                       job->counts->n_events);
}
