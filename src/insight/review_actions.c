/* What to do next, and what became of what was said to do a week ago.  Both
 * are reckoned anew from the calls: the advice of a week ago is the savings as
 * they stood then, so nothing has to be remembered, and what became of it is
 * the line that explain has for that feature and that cause. */
#include "insight/review_priv.h"

#include "base/why.h"
#include "event/registry.h"
#include "insight/inner.h"
#include "insight/say.h"

#include <stdlib.h>
#include <string.h>

enum { ACTIONS_MAX = 3, SAVINGS_LOOKED_AT = 50 };

/* By what the kinds of savings would be seen, if they were taken: a cause of
 * change. */
static const struct {
    const char *kind;
    enum change_cause cause;
    const char *what; /* to do */
} kinds[] = {
    {"retries", CHANGE_RETRIES, "bring failed calls down"},
    {"runaway_runs", CHANGE_REQUESTS_PER_USER, "put a cap on runs"},
    {"cache", CHANGE_CACHE, "read more from the prompt cache"},
    {"batch", CHANGE_PRICE, "move it to the batch tier"},
    {"asked_model", CHANGE_MODEL_MIX,
     "go back to the model that was asked for"},
    {"cheaper_model", CHANGE_MODEL_MIX, "try a cheaper model in an experiment"},
    {"prompt_growth", CHANGE_INPUT_TOKENS,
     "bring prompts back to their length"},
    {"output_growth", CHANGE_OUTPUT_TOKENS,
     "bring answers back to their length"},
};

static size_t kind_of(struct str name)
{
    size_t i = 0;

    while (i < ARRAY_N(kinds) && !str_eq(name, str_from_cz(kinds[i].kind))) {
        i++;
    }
    return i;
}

struct str review_owner(const struct review *r, struct str feature)
{
    struct str owner = registry_owner(r->call->env->registry, feature);

    for (size_t i = 0; owner.n == 0 && i < r->owners->n_rows; i++) {
        if (str_eq(answer_str(r->owners, i, 0), feature)) {
            owner = answer_str(r->owners, i, 1); /* dearest first */
        }
    }
    return owner;
}

/* One line of the savings. */
struct action {
    struct str feature;
    size_t kind;
    num_i128 a_month; /* expected; pico-dollars */
};

#define DAYS_A_MONTH_X100 3044 /* 365.25 / 12 */

static num_i128 a_week(num_i128 a_month)
{
    return num_div_even(a_month * 7 * 100, DAYS_A_MONTH_X100);
}

/* The savings as they stood then, the three with most dollars. */
static enum rc read_actions(const struct review *r, int64_t now_us,
                            struct action action[ACTIONS_MAX], size_t *ret_n,
                            struct why *why)
{
    struct report inner;
    enum rc rc = inner_ask(
        r->call, &(struct inner_question){.name = "savings", .now_us = now_us},
        &inner, why);
    const struct report_table *t =
        rc == RC_OK ? inner_table(&inner, "savings") : NULL;

    *ret_n = 0;
    for (size_t i = 0; t != NULL && i < t->n_rows && i < SAVINGS_LOOKED_AT &&
                       *ret_n < ACTIONS_MAX;
         i++) {
        struct action a = {.kind = kind_of(inner_str(t, i, "kind")),
                           .a_month = inner_pico(t, i, "point")};
        if (a.kind < ARRAY_N(kinds) && a.a_month > 0) {
            rc =
                str_dup(r->call->arena, inner_str(t, i, "feature"), &a.feature);
            if (rc != RC_OK) {
                rc = why_set(why, RC_LIMIT, "the review does not fit");
                break;
            }
            action[(*ret_n)++] = a;
        }
    }
    report_fini(&inner);
    return rc;
}

/* ---- next ---- */

static const struct report_column action_columns[] = {
    {"owner", ANSWER_TEXT, false},
    {"feature", ANSWER_TEXT, false},
    {"action", ANSWER_TEXT, false},
    {"saves_a_month", ANSWER_USD, false},
};

static enum rc add_next(const struct review *r, struct why *why)
{
    struct action action[ACTIONS_MAX];
    size_t n = 0;
    enum rc rc = read_actions(r, r->to_us, action, &n, why);

    report_heading(r->out, "What to do next");
    if (n == 0) {
        report_text(r->out, "actions_sentence",
                    STR("Nothing stands out that would save money."));
    }
    struct report_table *t = report_table(r->out, "actions", "", action_columns,
                                          ARRAY_N(action_columns));
    for (size_t i = 0; i < n; i++) {
        struct str owner = review_owner(r, action[i].feature);
        report_row(t, (struct answer_cell[]){
                          report_str(owner.n > 0 ? owner : STR("(nobody)")),
                          report_str(action[i].feature),
                          report_str(str_from_cz(kinds[action[i].kind].what)),
                          report_usd(action[i].a_month),
                      });
    }
    return rc;
}

/* ---- what became of it ---- */

static const struct report_column past_columns[] = {
    {"feature", ANSWER_TEXT, false},       {"action", ANSWER_TEXT, false},
    {"expected_a_week", ANSWER_USD, true}, {"this_week", ANSWER_USD, true},
    {"became", ANSWER_TEXT, false},
};

/* The part of that cause in the change of that feature: the line that explain
 * has for it. */
static num_i128 line_of(const struct review *r, const struct action *a)
{
    const struct contrast *c = r->contrast;

    for (size_t i = 0; i < c->n_scopes; i++) {
        if (str_eq(c->scope[i].name, a->feature)) {
            return c->scope[i].part[kinds[a->kind].cause];
        }
    }
    return 0;
}

/* Half of what was expected counts as done; a tenth is noise. */
static const char *became(num_i128 expected, num_i128 change)
{
    if (-change * 2 >= expected) {
        return "done";
    }
    if (-change * 10 >= expected) {
        return "begun";
    }
    return change * 10 >= expected ? "worse" : "not yet";
}

static enum rc add_past(const struct review *r, struct why *why)
{
    struct action action[ACTIONS_MAX];
    size_t n = 0;
    enum rc rc = read_actions(r, r->from_us, action, &n, why);

    if (rc != RC_OK || n == 0) {
        return rc;
    }
    report_heading(r->out, "What became of last week's");
    struct report_table *t = report_table(r->out, "last_actions", "",
                                          past_columns, ARRAY_N(past_columns));
    for (size_t i = 0; i < n; i++) {
        num_i128 expected = a_week(action[i].a_month);
        num_i128 change = line_of(r, &action[i]);
        report_row(t, (struct answer_cell[]){
                          report_str(action[i].feature),
                          report_str(str_from_cz(kinds[action[i].kind].what)),
                          report_usd(-expected),
                          report_usd(change),
                          report_str(str_from_cz(became(expected, change))),
                      });
    }
    return rc;
}

enum rc review_actions(const struct review *r, struct why *why)
{
    enum rc rc = add_next(r, why);

    return rc == RC_OK ? add_past(r, why) : rc;
}
