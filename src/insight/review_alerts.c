/* What was told of by itself in the week: from whoever watches, as
 * insight_env hands it in. */
#include "base/buf.h"
#include "base/utc.h"
#include "base/why.h"
#include "insight/review_priv.h"
#include "query/period.h"

enum { ALERTS_MAX = 10 };

static const struct report_column columns[] = {
    {"since", ANSWER_TIME, false},      {"severity", ANSWER_TEXT, false},
    {"alert", ANSWER_TEXT, false},      {"owner", ANSWER_TEXT, false},
    {"cost_so_far", ANSWER_USD, false}, {"state", ANSWER_TEXT, false},
};

struct telling {
    const struct review *review;
    const struct period_zone *zone;
    struct report_table *table; /* NULL until there is one */
    size_t n;                   /* of the week */
};

static void add(void *arg, const struct insight_alert *alert)
{
    struct telling *t = arg;
    struct buf since;

    if (t->n++ == 0) {
        report_heading(t->review->out, "Alerts");
        t->table = report_table(t->review->out, "alerts", "", columns,
                                ARRAY_N(columns));
    }
    if (t->n > ALERTS_MAX) {
        return;
    }
    buf_init(&since, 64);
    period_add_time(t->zone, alert->since_us, &since);
    report_row(
        t->table,
        (struct answer_cell[]){
            report_str(buf_view(&since)), report_str(alert->severity),
            report_str(alert->sentence),
            alert->owner.n > 0 ? report_str(alert->owner) : report_null(),
            report_usd(alert->so_far),
            report_str(alert->is_open ? STR("open") : STR("over"))});
    buf_fini(&since);
}

enum rc review_alerts(const struct review *r, struct why *why)
{
    const struct insight_env *env = r->call->env;
    struct telling t = {.review = r};
    struct period_zone *zone = NULL;

    /* An alert is about more than a filter can tell. */
    if (env->alerts == NULL || insight_value(r->call, "where").n > 0) {
        return RC_OK;
    }
    enum rc rc = period_zone_open(env->timezone, &zone, why);
    t.zone = zone;
    if (rc == RC_OK) {
        rc = env->alerts(env->alerts_arg,
                         &(struct insight_alerts_of){.from_us = r->from_us,
                                                     .to_us = r->to_us,
                                                     .each = add,
                                                     .arg = &t},
                         why);
    }
    if (t.n > ALERTS_MAX) {
        report_note(r->out,
                    "%zu more alert%s not shown; toll alerts --all tells "
                    "them.",
                    t.n - ALERTS_MAX, t.n - ALERTS_MAX == 1 ? " is" : "s are");
    }
    period_zone_close(&zone);
    return rc;
}
