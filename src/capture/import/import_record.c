/* Records beside the calls (event/record.h), as POST /v1/outcomes and its
 * like take them: objects, or rows below a line of their members' names.
 * Four rows in one file, since they differ by their kind alone. */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "event/record.h"

/* ---- objects ---- */

static enum rc put_object(struct import_job *job, enum record_kind kind,
                          struct str obj, struct why *why)
{
    const struct json *json = NULL;
    struct record rec;

    if (obj.n > LIMIT_EVENT_BYTES_MAX) {
        return why_set(why, RC_LIMIT, "the record is over %d bytes",
                       LIMIT_EVENT_BYTES_MAX);
    }
    enum rc rc = json_parser_read(job->json, obj, &json, why);
    if (rc == RC_OK) {
        rc = record_read_json(kind, json, job->opt->now_us, &rec, why);
    }
    return rc == RC_OK ? import_job_put_record(job, &rec, why) : rc;
}

static enum rc put_outcome(struct import_job *job, struct str obj,
                           struct why *why)
{
    return put_object(job, RECORD_OUTCOME, obj, why);
}

static enum rc put_release(struct import_job *job, struct str obj,
                           struct why *why)
{
    return put_object(job, RECORD_RELEASE, obj, why);
}

static enum rc put_customer(struct import_job *job, struct str obj,
                            struct why *why)
{
    return put_object(job, RECORD_CUSTOMER, obj, why);
}

static enum rc put_invoice(struct import_job *job, struct str obj,
                           struct why *why)
{
    return put_object(job, RECORD_INVOICE, obj, why);
}

/* ---- rows ---- */

struct table {
    enum record_kind kind;
    struct record_table columns;
};

static enum rc set_columns(void *arg, const struct import_job *job,
                           const struct str *names, size_t n, struct why *why)
{
    struct table *t = arg;

    (void)job;
    return record_match_columns(t->kind, names, n, &t->columns, why);
}

static enum rc put_row(void *arg, struct import_job *job,
                       const struct str *cells, struct why *why)
{
    const struct table *t = arg;
    struct record rec;
    enum rc rc =
        record_read_row(&t->columns, cells, job->opt->now_us, &rec, why);

    if (rc != RC_OK && str_utf8_ok(job->record)) {
        record_add_row_json(&job->mapped, &t->columns, cells);
    }
    return rc == RC_OK ? import_job_put_record(job, &rec, why) : rc;
}

static enum rc read_file(struct import_job *job, struct import_reader *r,
                         enum record_kind kind, import_object_fn *object,
                         struct why *why)
{
    struct table t = {.kind = kind};
    const struct import_table table = {
        .header = set_columns, .row = put_row, .arg = &t};
    struct str first;

    return import_shape_of(import_reader_head(r), &first) == IMPORT_SHAPE_NONE
               ? import_each_row(job, r, &table, why)
               : import_each_object(job, r, object, why);
}

static enum rc read_outcomes(struct import_job *job, struct import_reader *r,
                             struct why *why)
{
    return read_file(job, r, RECORD_OUTCOME, put_outcome, why);
}

static enum rc read_releases(struct import_job *job, struct import_reader *r,
                             struct why *why)
{
    return read_file(job, r, RECORD_RELEASE, put_release, why);
}

static enum rc read_customers(struct import_job *job, struct import_reader *r,
                              struct why *why)
{
    return read_file(job, r, RECORD_CUSTOMER, put_customer, why);
}

static enum rc read_invoices(struct import_job *job, struct import_reader *r,
                             struct why *why)
{
    return read_file(job, r, RECORD_INVOICE, put_invoice, why);
}

/* ---- by content ---- */

/* Members of several meanings tell little by themselves: a kind's own must be
 * there, another beside them, and nothing that makes it a call. */
enum { NAME, VALUE, RELEASE, CUSTOMER, REVENUE, FROM, TS, USER, NOTE, CALLS };

static uint64_t members_of(struct str obj)
{
    static const struct str names[] = {
        [NAME] = STR_INIT("name"),       [VALUE] = STR_INIT("value"),
        [RELEASE] = STR_INIT("release"), [CUSTOMER] = STR_INIT("customer"),
        [REVENUE] = STR_INIT("revenue"), [FROM] = STR_INIT("from"),
        [TS] = STR_INIT("ts"),           [USER] = STR_INIT("user"),
        [NOTE] = STR_INIT("note"),       [CALLS] = STR_INIT("model"),
        STR_INIT("input_tokens"),        STR_INIT("output_tokens"),
    };

    return import_value_members(obj, names, ARRAY_N(names));
}

static enum import_match match(struct str obj, unsigned all_of, unsigned any_of)
{
    uint64_t has = members_of(obj);
    bool is_one =
        (has & all_of) == all_of && (has & any_of) != 0 && has >> CALLS == 0;

    return is_one ? IMPORT_MATCH_MAYBE : IMPORT_MATCH_NO;
}

static enum import_match is_outcome(struct str obj)
{
    return match(obj, 1U << NAME, 1U << VALUE | 1U << TS) == IMPORT_MATCH_MAYBE
               ? match(obj, 1U << NAME, 1U << TS | 1U << USER | 1U << CUSTOMER)
               : IMPORT_MATCH_NO;
}

static enum import_match is_release(struct str obj)
{
    bool is_outcomes = (members_of(obj) & 1U << NAME) != 0;

    return is_outcomes ? IMPORT_MATCH_NO
                       : match(obj, 1U << RELEASE, 1U << TS | 1U << NOTE);
}

static enum import_match is_customer(struct str obj)
{
    return match(obj, 1U << CUSTOMER | 1U << FROM, 1U << REVENUE);
}

/* A call may have a model and a provider, but no stretch of time. */
static enum import_match is_invoice(struct str obj)
{
    static const struct str names[] = {STR_INIT("provider"), STR_INIT("from"),
                                       STR_INIT("to"), STR_INIT("amount")};

    return import_value_members(obj, names, ARRAY_N(names)) == 15
               ? IMPORT_MATCH_SURE
               : IMPORT_MATCH_NO;
}

static bool has_column(const struct str *cells, size_t n, struct str name)
{
    size_t i = 0;

    while (i < n && !str_eq(cells[i], name)) {
        i++;
    }
    return i < n;
}

static enum import_match match_header(enum record_kind kind,
                                      const struct str *cells, size_t n)
{
    struct record_table table;

    return n > 1 && record_match_columns(kind, cells, n, &table, NULL) == RC_OK
               ? IMPORT_MATCH_SURE
               : IMPORT_MATCH_NO;
}

/* "name,customer" may stand above anything. */
static bool is_measured(const struct str *cells, size_t n)
{
    return has_column(cells, n, STR("value")) ||
           has_column(cells, n, STR("ts"));
}

static enum import_match is_outcomes_header(const struct str *cells, size_t n,
                                            const struct import_map *map)
{
    (void)map;
    return is_measured(cells, n) ? match_header(RECORD_OUTCOME, cells, n)
                                 : IMPORT_MATCH_NO;
}

static enum import_match is_releases_header(const struct str *cells, size_t n,
                                            const struct import_map *map)
{
    (void)map;
    return has_column(cells, n, STR("ts"))
               ? match_header(RECORD_RELEASE, cells, n)
               : IMPORT_MATCH_NO;
}

/* A table of what customers pay is known although a column is wrong: then the
 * reader tells which. */
static enum import_match is_customers_header(const struct str *cells, size_t n,
                                             const struct import_map *map)
{
    bool is_near = has_column(cells, n, STR("customer")) &&
                   has_column(cells, n, STR("revenue"));

    (void)map;
    return is_near ? IMPORT_MATCH_MAYBE
                   : match_header(RECORD_CUSTOMER, cells, n);
}

/* Likewise an invoice's lines. */
static enum import_match is_invoices_header(const struct str *cells, size_t n,
                                            const struct import_map *map)
{
    bool is_near = has_column(cells, n, STR("provider")) &&
                   has_column(cells, n, STR("from")) &&
                   has_column(cells, n, STR("amount"));

    (void)map;
    return match_header(RECORD_INVOICE, cells, n) == IMPORT_MATCH_SURE
               ? IMPORT_MATCH_SURE
           : is_near ? IMPORT_MATCH_MAYBE
                     : IMPORT_MATCH_NO;
}

const struct import_format import_format_outcomes = {
    .about = {"outcomes", "what came of calls, as POST /v1/outcomes takes it"},
    .is_object = is_outcome,
    .is_header = is_outcomes_header,
    .read = read_outcomes,
    .object = put_outcome,
};

const struct import_format import_format_releases = {
    .about = {"releases", "deploy markers, as POST /v1/releases takes them"},
    .is_object = is_release,
    .is_header = is_releases_header,
    .read = read_releases,
    .object = put_release,
};

const struct import_format import_format_customers = {
    .about = {"customers", "what customers pay, as PUT /v1/customers takes it"},
    .is_object = is_customer,
    .is_header = is_customers_header,
    .read = read_customers,
    .object = put_customer,
};

const struct import_format import_format_invoices = {
    .about = {"invoices", "lines of invoices, as POST /v1/invoices takes them"},
    .is_object = is_invoice,
    .is_header = is_invoices_header,
    .read = read_invoices,
    .object = put_invoice,
};
