/* Two vendors' reports, which differ in their members and in that Anthropic's
 * amounts are cents.
 *
 * A line is the same again when all that names its group is; so everything that
 * does is a part of the record, in members of its own or in `line`. */
#include "capture/import/import_costs.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_format.h"
#include "capture/import/import_job.h"
#include "capture/import/import_report.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "capture/json_split.h"
#include "event/event_provider.h"
#include "event/record.h"

/* A vendor's report. */
struct costs {
    struct import_report report;
    struct str provider;
    enum rc (*row)(const struct json *row, struct arena *arena,
                   struct record *rec, struct why *why);
};

static enum rc check_currency(const struct json *j, struct why *why)
{
    struct str text = json_str(j);

    return text.n == 0 || str_eq_nocase(text, STR("usd"))
               ? RC_OK
               : why_set(why, RC_INVALID,
                         "the amount is in %.*s, and toll counts dollars",
                         STR_ARG(str_utf8_cut(text, LIMIT_TAG_KEY_MAX)));
}

/*   power  "" for dollars, "e-2" for cents: without a detour by doubles */
static enum rc read_amount(const struct json *j, const char *power,
                           struct record *rec, struct why *why)
{
    struct str text = str_trim(import_value_text(j));
    struct buf number;
    enum rc rc = RC_INVALID;

    if (text.n == 0) {
        return why_set(why, rc, "it has no amount; is it a report of costs?");
    }
    buf_init(&number, LIMIT_TAG_VALUE_MAX);
    buf_str(&number, text);
    buf_cz(&number, power);
    if (!number.overflown) {
        rc = usd_parse(buf_view(&number), &rec->amount);
    }
    buf_fini(&number);
    return rc == RC_OK
               ? RC_OK
               : why_set(why, rc == RC_RANGE ? RC_RANGE : RC_INVALID,
                         "the amount %.*s is none in dollars",
                         STR_ARG(str_utf8_cut(text, LIMIT_TAG_KEY_MAX)));
}

/* Those that are there, one behind the other; cut to what a record holds. */
static enum rc join(const struct json *const *part, size_t n, const char *sep,
                    struct arena *arena, struct str *ret, struct why *why)
{
    struct buf b;

    buf_init(&b, LIMIT_IMPORT_ROW_BYTES);
    for (size_t i = 0; i < n; i++) {
        struct str text = json_str(part[i]);

        buf_cz(&b, text.n > 0 && b.n > 0 ? sep : "");
        buf_str(&b, text);
    }
    enum rc rc = buf_rc(&b, why);
    if (rc == RC_OK) {
        rc = str_dup(arena, import_value_dim(buf_view(&b)), ret);
    }
    buf_fini(&b);
    return rc == RC_OK ? RC_OK
                       : why_set(why, rc, "the row is over %d bytes",
                                 LIMIT_IMPORT_ROW_BYTES);
}

/* ---- OpenAI: /v1/organization/costs ---- */

/* "gpt-4o-mini-2024-07-18, input": what stands before the comma, if it can be
 * a model's name.  The vendor does not say what its items are made of. */
static struct str model_of_item(struct str item)
{
    struct str model = STR_EMPTY;
    struct str rest = item;

    (void)str_cut(&rest, ',', &model);
    model = str_trim(model);
    bool is_alone = model.n == str_trim(item).n;
    bool can_be = model.n > 0 && str_find_char(model, ' ', 0) == SIZE_MAX &&
                  (!is_alone || provider_of_model(model).n > 0);
    return can_be ? model : STR_EMPTY;
}

static enum rc read_openai(const struct json *row, struct arena *arena,
                           struct record *rec, struct why *why)
{
    const struct json *amount = json_get(row, "amount");
    const struct json *account[] = {json_get(row, "project_id"),
                                    json_get(row, "api_key_id")};
    struct str item = json_str(json_get(row, "line_item"));
    struct str unit = json_str(json_get(row, "quantity_unit"));
    bool is_tokens = str_ends(unit, STR("tokens"));
    enum rc rc = check_currency(json_get(amount, "currency"), why);

    if (rc == RC_OK) {
        rc = read_amount(json_get(amount, "value"), "", rec, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    rec->line = import_value_dim(item);
    rec->dim[DIM_MODEL] = import_value_dim(model_of_item(item));
    rec->charge = import_value_dim(is_tokens ? STR("tokens") : unit);
    return join(account, ARRAY_N(account), "/", arena, &rec->account, why);
}

static const struct costs openai = {
    .report = {.format = "openai-costs",
               .start = STR_INIT("start_time"),
               .end = STR_INIT("end_time"),
               .telling = STR_INIT("amount")},
    .provider = STR_INIT("openai"),
    .row = read_openai,
};

/* ---- Anthropic: /v1/organizations/cost_report ---- */

static enum rc read_anthropic(const struct json *row, struct arena *arena,
                              struct record *rec, struct why *why)
{
    const struct json *described = json_get(row, "description");
    const struct json *line[] = {
        described,
        import_value_is_set(described) ? NULL : json_get(row, "token_type"),
        json_get(row, "context_window"),
        json_get(row, "service_tier"),
        json_get(row, "inference_geo"),
    };
    enum rc rc = check_currency(json_get(row, "currency"), why);

    if (rc == RC_OK) {
        rc = read_amount(json_get(row, "amount"), "e-2", rec, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    rec->dim[DIM_MODEL] = import_value_dim(json_str(json_get(row, "model")));
    rec->charge = import_value_dim(json_str(json_get(row, "cost_type")));
    rec->account = import_value_dim(json_str(json_get(row, "workspace_id")));
    return join(line, ARRAY_N(line), ", ", arena, &rec->line, why);
}

static const struct costs anthropic = {
    .report = {.format = "anthropic-costs",
               .start = STR_INIT("starting_at"),
               .end = STR_INIT("ending_at"),
               .telling = STR_INIT("amount")},
    .provider = STR_INIT("anthropic"),
    .row = read_anthropic,
};

/* ---- a bucket ---- */

struct bucket_walk {
    const struct import_costs_walk *of;
    const struct costs *costs;
};

static enum rc read_row(const struct bucket_walk *w,
                        const struct import_report_row *row, struct record *rec,
                        struct why *why)
{
    const struct json *json = NULL;
    enum rc rc = import_value_record(w->of->json, row->text, &json, why);

    *rec = (struct record){.kind = RECORD_INVOICE,
                           .ts_us = row->start_us,
                           .to_us = row->end_us,
                           .arrival_us = w->of->now_us};
    rec->dim[DIM_PROVIDER] = w->costs->provider;
    if (rc == RC_OK) {
        rc = w->costs->row(json, w->of->arena, rec, why);
    }
    return rc == RC_OK ? record_check(rec, w->of->now_us, why) : rc;
}

static enum rc each_row(void *arg, const struct import_report_row *row,
                        struct why *why)
{
    const struct bucket_walk *w = arg;
    struct record rec;
    enum rc rc = read_row(w, row, &rec, why);

    return w->of->each(w->of->arg, rc, &rec, row->alone, why);
}

/* NULL when it is none. */
static const struct costs *costs_of(struct str bucket)
{
    static const struct costs *const all[] = {&openai, &anthropic};

    for (size_t i = 0; i < ARRAY_N(all); i++) {
        const struct str names[] = {all[i]->report.start, all[i]->report.end,
                                    STR("results")};
        if (import_value_members(bucket, names, ARRAY_N(names)) == 7) {
            return all[i];
        }
    }
    return NULL;
}

static enum rc each_of_bucket(const struct import_costs_walk *walk,
                              struct str bucket, struct why *why)
{
    struct bucket_walk w = {.of = walk, .costs = costs_of(bucket)};

    if (w.costs == NULL) {
        return why_set(why, RC_INVALID,
                       "an element of \"data\" is no bucket of a report of "
                       "costs");
    }
    arena_reset(walk->arena);
    json_parser_clear(walk->json);
    return import_report_each(
        &(struct import_report_walk){.report = &w.costs->report,
                                     .json = walk->json,
                                     .arena = walk->arena,
                                     .each = each_row,
                                     .arg = &w},
        bucket, why);
}

/* ---- a page ---- */

/* Behind the bracket that opens its buckets. */
static bool find_data(struct str page, struct json_split *ret_buckets)
{
    struct json_split it;
    struct str key;
    struct str raw;

    if (!json_split_obj(page, &it)) {
        return false;
    }
    while (json_split_next(&it, &key, &raw) == RC_OK) {
        if (str_eq(key, STR("data"))) {
            return json_split_arr(raw, ret_buckets);
        }
    }
    return false;
}

bool import_costs_is(struct str obj)
{
    struct json_split buckets;

    return costs_of(obj) != NULL || find_data(obj, &buckets);
}

enum rc import_costs_each(const struct import_costs_walk *walk, struct str obj,
                          struct why *why)
{
    struct json_split buckets;
    struct str key;
    struct str bucket;
    enum rc rc = RC_OK;

    if (!find_data(obj, &buckets)) {
        return each_of_bucket(walk, obj, why);
    }
    while (rc == RC_OK && json_split_next(&buckets, &key, &bucket) == RC_OK) {
        rc = each_of_bucket(walk, bucket, why);
    }
    return rc == RC_OK && buckets.close != '\0'
               ? why_set(why, RC_PARSE, "\"data\" is no whole array")
               : rc;
}

/* ---- files ---- */

struct put {
    struct import_job *job;
    const struct costs *costs;
};

static enum rc put_row(void *arg, const struct import_report_row *row,
                       struct why *why)
{
    const struct put *p = arg;
    struct import_job *job = p->job;
    const struct import_costs_walk walk = {
        .json = job->json, .arena = &job->arena, .now_us = job->opt->now_us};
    const struct bucket_walk w = {.of = &walk, .costs = p->costs};
    struct record rec;

    job->record = row->alone;
    buf_clear(&job->mapped);
    enum rc rc = read_row(&w, row, &rec, why);
    rc = rc == RC_OK ? import_job_put_record(job, &rec, why) : rc;
    if (rc == RC_OK || job->has_ended) {
        return rc;
    }
    import_report_refuse(job, row, why);
    return RC_OK;
}

static enum rc put_bucket(const struct costs *costs, struct import_job *job,
                          struct str bucket, struct why *why)
{
    struct put p = {.job = job, .costs = costs};

    return import_report_each(
        &(struct import_report_walk){.report = &costs->report,
                                     .json = job->json,
                                     .arena = &job->arena,
                                     .each = put_row,
                                     .arg = &p},
        bucket, why);
}

static enum rc put_openai(struct import_job *job, struct str obj,
                          struct why *why)
{
    return put_bucket(&openai, job, obj, why);
}

static enum rc put_anthropic(struct import_job *job, struct str obj,
                             struct why *why)
{
    return put_bucket(&anthropic, job, obj, why);
}

static enum rc read_file_openai(struct import_job *job, struct import_reader *r,
                                struct why *why)
{
    return import_each_object(job, r, put_openai, why);
}

static enum rc read_file_anthropic(struct import_job *job,
                                   struct import_reader *r, struct why *why)
{
    return import_each_object(job, r, put_anthropic, why);
}

static enum import_match is_openai(struct str obj)
{
    return import_report_match(&openai.report, obj);
}

static enum import_match is_anthropic(struct str obj)
{
    return import_report_match(&anthropic.report, obj);
}

const struct import_format import_format_openai_costs = {
    .about = {"openai-costs", "OpenAI's costs, as lines of invoices"},
    .is_object = is_openai,
    .read = read_file_openai,
    .object = put_openai,
};

const struct import_format import_format_anthropic_costs = {
    .about = {"anthropic-costs",
              "Anthropic's cost report, as lines of invoices"},
    .is_object = is_anthropic,
    .read = read_file_anthropic,
    .object = put_anthropic,
};
