/* quality: how much of the spending can be explained at all. */
#include "insight/insight.h"
#include "insight/say.h"

#include "base/usd.h"

struct part { /* one dimension's share of what is tagged */
    const char *name;
    const char *untagged; /* the filter */
};

static const struct part parts[] = {
    {"feature", "feature:"},
    {"owner", "owner:"},
    {"customer", "customer:"},
    {"experiment", "experiment:"},
};

static const struct report_column coverage_columns[] = {
    {"dimension", ANSWER_TEXT, false},
    {"share_of_cost", ANSWER_RATIO, false},
    {"untagged_cost", ANSWER_USD, false},
    {"untagged_requests", ANSWER_COUNT, false},
};

static double share_of(num_i128 part, num_i128 whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static enum rc add_coverage(const struct insight_call *call,
                            const struct insight_question *all,
                            num_i128 all_pico, struct report *out,
                            struct why *why)
{
    struct report_table *t =
        report_table(out, "coverage", "Share of cost that names its cause",
                     coverage_columns, ARRAY_N(coverage_columns));
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_N(parts) && rc == RC_OK; i++) {
        struct insight_question q = *all;
        struct answer *a = NULL;

        q.where = parts[i].untagged;
        rc = insight_ask(call, &q, &a, why);
        if (rc != RC_OK) {
            break;
        }
        num_i128 pico = answer_pico(a, 0, 0);
        report_row(t, (struct answer_cell[]){
                          report_str(str_from_cz(parts[i].name)),
                          report_real(share_of(all_pico - pico, all_pico)),
                          report_usd(pico),
                          report_count(answer_count(a, 0, 1)),
                      });
    }
    return rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct insight_question q = {.metrics = "cost,requests,unpriced_requests"};
    struct answer *all = NULL;
    enum rc rc = insight_range(call, "30d", &q.from_us, &q.to_us, why);

    if (rc == RC_OK) {
        rc = insight_ask(call, &q, &all, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "Data quality");
    report_range(out, all);
    if (answer_count(all, 0, 1) == 0) {
        report_sentence(out, "There are no calls in this range.");
        return RC_OK;
    }
    report_fact(out, "cost", ANSWER_USD, all->cell[0]);
    report_fact(out, "requests", ANSWER_COUNT, all->cell[1]);
    report_fact(out, "unpriced_requests", ANSWER_COUNT, all->cell[2]);
    rc = add_coverage(call, &q, answer_pico(all, 0, 0), out, why);
    if (rc == RC_OK) {
        report_sentence(out, "%s", "Coverage of the spending by dimension.");
    }
    return rc;
}

static const struct insight_param params[] = {INSIGHT_RANGE_PARAMS};

const struct insight insight_quality = {
    .name = "quality",
    .path = "/api/quality",
    .summary = "how much of the spending names its cause, and what is wrong",
    .details = "  toll quality\n  toll quality --range last-month",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
