/* OpenAI's costs (/v1/organization/costs): money by the day, without calls. */
#include "capture/import/import_format.h"

#include "capture/import/import_report.h"

static const struct import_report report = {
    .format = "openai-costs",
    .start = STR_INIT("start_time"),
    .end = STR_INIT("end_time"),
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

const struct import_format import_format_openai_costs = {
    .about = {"openai-costs", "OpenAI's costs: known, and refused until toll "
                              "reconciles"},
    .is_object = is_object,
    .read = read_costs,
    .object = put_object,
};
