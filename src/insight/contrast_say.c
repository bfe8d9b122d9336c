#include "insight/contrast.h"

#include "event/event_check.h"
#include "insight/say.h"

static struct answer_cell instant(const struct contrast *c, enum change_side s,
                                  bool is_end)
{
    const struct answer *a = c->answer[s];

    return report_str(is_end ? a->to : a->from);
}

void contrast_say_sides(struct report *out, const struct contrast *c)
{
    num_i128 before = c->all.cost[CHANGE_BEFORE];
    num_i128 after = c->all.cost[CHANGE_AFTER];

    report_range(out, c->answer[CHANGE_AFTER]);
    report_fact(out, "before", ANSWER_USD, report_usd(before));
    report_fact(out, "after", ANSWER_USD, report_usd(after));
    report_fact_change(out, "delta", ANSWER_USD, report_usd(after - before));
    report_fact(out, "by", ANSWER_TEXT, report_str(c->by));
    report_fact(out, "before_from", ANSWER_TIME,
                instant(c, CHANGE_BEFORE, false));
    report_fact(out, "before_to", ANSWER_TIME, instant(c, CHANGE_BEFORE, true));
    if (c->sides.against.n > 0) {
        report_fact(out, "against", ANSWER_TEXT, report_str(c->sides.against));
    }
}

static void note_unpriced(struct report *out, const struct contrast *c)
{
    int64_t n = c->all.unpriced[CHANGE_BEFORE] + c->all.unpriced[CHANGE_AFTER];
    int64_t all =
        c->sum[CHANGE_BEFORE].attempts + c->sum[CHANGE_AFTER].attempts;

    if (n > 0) {
        report_note(out,
                    "%s of %s calls %s no price; what they cost is not in "
                    "here. toll quality names their models.",
                    say_counted(n).cz, say_counted(all).cz,
                    n == 1 ? "has" : "have");
    }
}

void contrast_say_notes(struct report *out, const struct contrast *c)
{
    const struct side *before = &c->sides.side[CHANGE_BEFORE];
    const struct side *after = &c->sides.side[CHANGE_AFTER];

    if (c->sides.is_last_7_days) {
        report_note(out, "The last seven whole days are held against the seven "
                         "before; from, to, range and vs ask for others.");
    }
    if (c->sides.is_until_now) {
        report_note(out, "The period is not over: it counts up to now, and the "
                         "previous one up to the same point.");
    }
    if (before->days < after->days || before->days > after->days) {
        report_note(out,
                    "The periods have %.4g and %.4g days; the line days is "
                    "what that alone makes, and users are users a day.",
                    before->days, after->days);
    }
    if (c->has_rest) {
        report_note(out,
                    "There are more values of %.*s than can be told apart; "
                    "those that cost most on either side are, the others are "
                    "one: (all others).",
                    STR_ARG(c->by));
    }
    if (!c->knows_users) {
        report_note(out, "No calls on both sides name their users, so all "
                         "traffic is told as requests_per_user.");
    }
    if (!contrast_is_measured(c, CHANGE_RETRIES)) {
        report_note(out, "No failed call is on record, so that there is no "
                         "line for retries; a sender that reports no status "
                         "looks the same.");
    }
    note_unpriced(out, c);
}

static enum rc say_empty(const struct insight_call *call, struct report *out,
                         struct why *why)
{
    const struct insight_question q = {
        .metrics = "requests",
        .from_us = EVENT_TS_MIN_US,
        .to_us = call->env->now_us + 2 * INT64_C(3600000000),
        .all_environments = true,
        .ignores_where = true,
    };
    struct answer *a = NULL;
    enum rc rc = insight_ask(call, &q, &a, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (answer_count(a, 0, 0) == 0) {
        report_sentence(out, "There are no calls in the ledger yet, so there "
                             "is nothing to explain.");
    } else {
        report_sentence(out, "There are no calls on either side that fit the "
                             "filters, so there is nothing to explain; choose "
                             "other periods or filters.");
    }
    return RC_OK;
}

bool contrast_say_lack(const struct insight_call *call, struct report *out,
                       const struct contrast *c, enum rc *ret_rc,
                       struct why *why)
{
    int64_t n = c->sum[CHANGE_BEFORE].attempts + c->sum[CHANGE_AFTER].attempts;

    *ret_rc = RC_OK;
    if (n == 0) {
        *ret_rc = say_empty(call, out, why);
        return true;
    }
    if (c->all.unpriced[CHANGE_BEFORE] + c->all.unpriced[CHANGE_AFTER] == n) {
        report_sentence(out,
                        "None of the %s calls has a price, so no change of "
                        "spending can be told; prices.overrides in toll.yaml "
                        "can state one.",
                        say_counted(n).cz);
        return true;
    }
    return false;
}
