/* Anthropic's cost report (/v1/organizations/cost_report): money by the day,
 * without calls. */
#include "capture/import/import_format.h"

#include "capture/import/import_report.h"

static const struct import_report report = {
    .format = "anthropic-costs",
    .start = STR_INIT("starting_at"),
    .end = STR_INIT("ending_at"),
    .telling = STR_INIT("amount"),
};

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    return import_report_put(&report, job, obj, why);
}

static enum rc read_costs(struct import_job *job, struct import_reader *r,
                          struct why *why)
{
    return import_report_read(&report, job, r, put_object, why);
}

static enum import_match is_object(struct str obj)
{
    return import_report_match(&report, obj);
}

const struct import_format import_format_anthropic_costs = {
    .about = {"anthropic-costs", "Anthropic's cost report: known, and refused "
                                 "until toll reconciles"},
    .is_object = is_object,
    .read = read_costs,
    .object = put_object,
};
