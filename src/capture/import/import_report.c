#include "capture/import/import_report.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/import/import_job.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_seen.h"
#include "capture/import/import_value.h"
#include "capture/json_split.h"
#include "event/event.h"
#include "event/event_sum.h"

#define SETTLED_US ((int64_t)LIMIT_IMPORT_SETTLED_S * UTC_US_PER_SECOND)

/* ---- what it is ---- */

/* The rows of a bucket, whose end may be missing: what stands behind the
 * bracket that opens them. */
static bool find_rows(const struct import_report *report, struct str bucket,
                      struct json_split *ret_rows)
{
    const struct str times[] = {report->start, report->end};
    struct json_split it;
    struct str key = STR_EMPTY;
    struct str raw;
    if (import_value_members(bucket, times, 2) != 3 ||
        !json_split_obj(bucket, &it)) {
        return false;
    }
    const char *from = it.at;
    while (json_split_next(&it, &key, &raw) == RC_OK) {
        if (str_eq(key, STR("results"))) {
            return json_split_arr(raw, ret_rows);
        }
        from = it.at;
    }
    struct str rest = {.p = from, .n = (size_t)(it.end - from)};
    size_t at = str_find(rest, STR("\"results\""), 0);
    if (it.close == '\0' || at == SIZE_MAX) {
        return false;
    }
    rest = str_sub(rest, str_find_char(rest, '[', at), SIZE_MAX);
    return json_split_arr(rest, ret_rows);
}

enum import_match import_report_match(const struct import_report *report,
                                      struct str bucket)
{
    struct json_split rows;
    struct str key;
    struct str row;
    if (!find_rows(report, bucket, &rows)) {
        return IMPORT_MATCH_NO;
    }
    const char *from = rows.at;
    enum rc rc = json_split_next(&rows, &key, &row);
    if (rc != RC_OK) {
        row = (struct str){.p = from, .n = (size_t)(rows.end - from)};
    }
    if (rows.close == '\0') {
        return report->row != NULL ? IMPORT_MATCH_MAYBE : IMPORT_MATCH_NO;
    }
    return import_value_members(row, &report->telling, 1) != 0
               ? IMPORT_MATCH_SURE
               : IMPORT_MATCH_NO;
}

enum rc import_report_read(const struct import_report *report,
                           struct import_job *job, struct import_reader *r,
                           import_object_fn *bucket, struct why *why)
{
    return job->opt->format != NULL
               ? import_each_object(job, r, bucket, why)
               : why_set(why, RC_INVALID,
                         "it is a usage report: sums of many calls, which "
                         "would count beside the calls themselves; where toll "
                         "has none of these calls, --format %s takes it "
                         "(docs/import.md)",
                         report->format);
}

/* ---- rows ---- */

/* One bucket whose rows are being read. */
struct walk {
    const struct import_report_walk *of;
    struct str start; /* as they stand there */
    struct str end;
    struct import_report_row row;
};

/* The row as a bucket of its own: so kept when it is refused, it can be
 * mended and comes back. */
static enum rc make_alone(const struct walk *w, struct str row,
                          struct str *ret_alone, struct why *why)
{
    const struct import_report *report = w->of->report;
    struct buf alone;
    struct json_writer j;
    buf_init(&alone, LIMIT_IMPORT_ROW_BYTES);
    json_w_init(&j, &alone);
    json_w_obj(&j);
    json_w_key(&j, report->start);
    json_w_raw(&j, w->start);
    json_w_key(&j, report->end);
    json_w_raw(&j, w->end);
    json_w_key(&j, STR("results"));
    json_w_arr(&j);
    json_w_raw(&j, row);
    json_w_arr_end(&j);
    json_w_obj_end(&j);
    enum rc rc = buf_rc(&alone, why);
    if (rc == RC_OK &&
        str_dup(w->of->arena, buf_view(&alone), ret_alone) != RC_OK) {
        rc = why_set(why, RC_LIMIT, "the row is over %d bytes",
                     LIMIT_IMPORT_ROW_BYTES);
    }
    buf_fini(&alone);
    return rc;
}

void import_report_tier(struct event *ev, struct str word)
{
    static const struct {
        struct str word;
        enum service_tier tier;
    } rows[] = {
        {STR_INIT("default"), SERVICE_TIER_STANDARD},
        {STR_INIT("priority_on_demand"), SERVICE_TIER_PRIORITY},
        {STR_INIT("flex_discount"), SERVICE_TIER_FLEX},
    };
    enum service_tier tier = service_tier_from(word);
    for (size_t i = 0; (unsigned)tier == 0 && i < ARRAY_N(rows); i++) {
        tier = str_eq(word, rows[i].word) ? rows[i].tier : tier;
    }
    ev->service_tier = (unsigned)tier != 0 ? tier : SERVICE_TIER_STANDARD;
    if (!str_eq(word, service_tier_name(ev->service_tier)) &&
        !str_eq(word, STR("default"))) {
        import_value_tag(ev, "provider_tier", word);
    }
}

/* ---- ids ---- */

/* A report whose rows become events. */
struct sums {
    const struct import_report *report;
    struct import_job *job;
};

enum { GROUP_MEMBERS_MAX = 64 };

struct group_member {
    struct str name;
    struct str value;
};

static int by_name(const void *a, const void *b)
{
    const struct group_member *x = a;
    const struct group_member *y = b;
    return str_cmp(x->name, y->name);
}

/* The members that name the group, in the order of their names; counts are
 * numbers, and what a report is not grouped by is null. */
static size_t group_of(const struct json *row,
                       struct group_member group[GROUP_MEMBERS_MAX])
{
    size_t n = 0;
    for (const struct json *j = json_first(row);
         j != NULL && n < GROUP_MEMBERS_MAX; j = json_next(j)) {
        bool is_text = json_kind(j) == JSON_STR;
        if (is_text || json_kind(j) == JSON_BOOL) {
            group[n++] = (struct group_member){.name = json_key(j),
                                               .value = is_text ? json_str(j)
                                                                : json_raw(j)};
        }
    }
    qsort(group, n, sizeof *group, by_name);
    return n;
}

static enum rc set_id(const struct sums *s, const struct import_report_row *row,
                      const struct json *json, struct event *ev,
                      struct why *why)
{
    struct group_member group[GROUP_MEMBERS_MAX];
    size_t n = group_of(json, group);
    struct buf text;
    char id[IMPORT_SEEN_ID_BYTES];
    buf_init(&text, LIMIT_IMPORT_ROW_BYTES);
    buf_fmt(&text, "%s %lld %lld", s->report->format, (long long)row->start_us,
            (long long)row->end_us);
    for (size_t i = 0; i < n; i++) {
        buf_char(&text, '\0');
        buf_str(&text, group[i].name);
        buf_char(&text, '\0');
        buf_str(&text, group[i].value);
    }
    enum rc rc = buf_rc(&text, why);
    if (rc == RC_OK) {
        struct str made = {.p = id,
                           .n = import_seen_id(buf_view(&text), 1, id)};
        rc = str_dup(&s->job->arena, made, &ev->id);
    }
    buf_fini(&text);
    return rc == RC_OK ? RC_OK
                       : why_set(why, rc, "the row is over %d bytes",
                                 LIMIT_IMPORT_ROW_BYTES);
}

/* ---- the whole ---- */

static enum rc set_end(const struct sums *s, int64_t end_us, struct event *ev,
                       struct why *why)
{
    struct buf text;
    struct str end = STR_EMPTY;
    buf_init(&text, LIMIT_TAG_VALUE_MAX);
    utc_add_text(&text, end_us);
    enum rc rc = str_dup(&s->job->arena, buf_view(&text), &end);
    buf_fini(&text);
    import_value_tag(ev, EVENT_SUM_END, end);
    return rc == RC_OK ? RC_OK
                       : why_set(why, rc, "the row is over %d bytes",
                                 LIMIT_IMPORT_ROW_BYTES);
}

/* The texts of all rows stay until the bucket is done: it may itself stand in
 * what the next record clears. */
static enum rc put_sum(const struct sums *s,
                       const struct import_report_row *row, struct why *why)
{
    const struct json *json = NULL;
    struct event ev;
    enum rc rc = import_value_record(s->job->json, row->text, &json, why);
    if (rc != RC_OK) {
        return rc;
    }
    event_init(&ev);
    ev.ts_us = row->start_us;
    rc = set_id(s, row, json, &ev, why);
    if (rc == RC_OK) {
        rc = set_end(s, row->end_us, &ev, why);
    }
    if (rc == RC_OK) {
        rc = s->report->row(json, &ev, why);
    }
    if (rc == RC_OK && ev.dim[DIM_MODEL].n == 0) {
        rc = why_set(why, RC_INVALID,
                     "the row names no model: ask for a report that is "
                     "grouped by model");
    }
    return rc == RC_OK ? import_job_put(s->job, &ev, false, why) : rc;
}

void import_report_refuse(struct import_job *job,
                          const struct import_report_row *row,
                          const struct why *why)
{
    struct buf place;
    buf_init(&place, LIMIT_TAG_VALUE_MAX);
    buf_cz(&place, "bucket ");
    utc_add_text(&place, row->start_us);
    buf_cz(&place, " row ");
    buf_u64(&place, row->number);
    import_job_refuse(job, buf_view(&place), why);
    buf_fini(&place);
}

static enum rc each_sum(void *arg, const struct import_report_row *row,
                        struct why *why)
{
    struct sums *s = arg;
    if (row->end_us > s->job->opt->now_us - SETTLED_US) {
        s->job->counts->n_open++;
        return RC_OK;
    }
    s->job->record = row->alone;
    buf_clear(&s->job->mapped);
    enum rc rc = put_sum(s, row, why);
    if (rc != RC_OK && s->job->has_ended) {
        return rc;
    }
    if (rc != RC_OK) {
        import_report_refuse(s->job, row, why);
    }
    return RC_OK;
}

static enum rc begin_bucket(struct walk *w, struct str bucket, struct why *why)
{
    const struct json *j = NULL;
    const struct str names[] = {w->of->report->start, w->of->report->end};
    const struct json *times[2];
    enum rc rc = import_value_record(w->of->json, bucket, &j, why);
    if (rc != RC_OK) {
        return rc;
    }
    json_pick(j, names, 2, times);
    if (import_value_ts(times[0], &w->row.start_us) != RC_OK ||
        import_value_ts(times[1], &w->row.end_us) != RC_OK ||
        w->row.end_us <= w->row.start_us) {
        return why_set(why, RC_INVALID,
                       "%.*s and %.*s must be times, one behind the other",
                       STR_ARG(names[0]), STR_ARG(names[1]));
    }
    w->start = json_raw(times[0]);
    w->end = json_raw(times[1]);
    return RC_OK;
}

enum rc import_report_each(const struct import_report_walk *walk,
                           struct str bucket, struct why *why)
{
    struct walk w = {.of = walk};
    struct json_split rows;
    struct str key;
    enum rc rc = begin_bucket(&w, bucket, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (!find_rows(walk->report, bucket, &rows)) {
        return why_set(why, RC_INVALID, "the bucket has no \"results\"");
    }
    while (json_split_next(&rows, &key, &w.row.text) == RC_OK) {
        w.row.number++;
        rc = make_alone(&w, w.row.text, &w.row.alone, why);
        rc = rc == RC_OK ? walk->each(walk->arg, &w.row, why) : rc;
        if (rc != RC_OK) {
            return rc;
        }
    }
    return rows.close == '\0'
               ? RC_OK
               : why_set(why, RC_PARSE, "\"results\" is no whole array");
}

enum rc import_report_put(const struct import_report *report,
                          struct import_job *job, struct str bucket,
                          struct why *why)
{
    struct sums s = {.report = report, .job = job};
    return import_report_each(&(struct import_report_walk){.report = report,
                                                           .json = job->json,
                                                           .arena = &job->arena,
                                                           .each = each_sum,
                                                           .arg = &s},
                              bucket, why);
}
