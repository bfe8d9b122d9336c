#include "insight/savings_priv.h"

#include <stdlib.h>

struct kind_row {
    const char *name;
    const char *title;
};

static const struct kind_row kinds[SAVING__COUNT] = {
    [SAVING_RETRIES] = {"retries", "fewer failed calls"},
    [SAVING_RUNAWAY] = {"runaway_runs", "a cap on runs"},
    [SAVING_CACHE] = {"cache", "more from the prompt cache"},
    [SAVING_BATCH] = {"batch", "the batch tier"},
    [SAVING_ASKED_MODEL] = {"asked_model", "the model that was asked for"},
    [SAVING_CHEAPER_MODEL] = {"cheaper_model", "a cheaper model"},
    [SAVING_PROMPT_GROWTH] = {"prompt_growth", "prompts as short as before"},
    [SAVING_OUTPUT_GROWTH] = {"output_growth", "answers as short as before"},
};

enum { TOLD_AT_LENGTH = 5 };

/* Of a cheaper model only where an experiment showed that quality holds. */
static bool is_saving(const struct saving *line)
{
    return line->kind != SAVING_CHEAPER_MODEL || line->quality_holds;
}

static const char *title_of(const struct saving *line)
{
    return is_saving(line) ? kinds[line->kind].title
                           : "price difference, quality unknown";
}

static int order(num_i128 a, num_i128 b)
{
    return (a < b) - (a > b);
}

/* Savings before price differences; then what is to be gained. */
static int by_rank(const void *a, const void *b)
{
    const struct saving *x = a;
    const struct saving *y = b;
    int by_quality = (int)is_saving(y) - (int)is_saving(x);
    int by_point = order(x->point, y->point);
    int by_high = order(x->high, y->high);

    if (by_quality != 0) {
        return by_quality;
    }
    if (by_point != 0) {
        return by_point;
    }
    if (by_high != 0) {
        return by_high;
    }
    return x->group != y->group ? (x->group < y->group ? -1 : 1)
                                : (int)x->kind - (int)y->kind;
}

/* ---- together ---- */

enum {
    CASE_LOW,
    CASE_POINT,
    CASE_HIGH,
    CASE_IF_QUALITY, /* with cheaper models, should quality hold */
    CASE__COUNT
};

static num_i128 amount(const struct saving *line, int k)
{
    if (!is_saving(line) && k != CASE_IF_QUALITY) {
        return 0;
    }
    if (k == CASE_LOW) {
        return line->low;
    }
    return k == CASE_HIGH ? line->high : line->point;
}

/* The pico-dollars of one step of what is put together, so few that a share
 * of a sum can be taken in whole steps: 1 below 9.2 million dollars a month. */
static num_i128 step_of(num_i128 full)
{
    num_i128 step = 1;

    while (full / step > INT64_MAX) {
        step *= 1000;
    }
    return step;
}

/* Each takes its share of what the former leave. */
static num_i128 together_of(const struct savings *s, size_t group, int k)
{
    num_i128 cost = saving_month(s, s->group[group].cost);
    num_i128 step = step_of(cost);
    int64_t full = (int64_t)(cost / step);
    num_i128 left = full;

    if (full <= 0) {
        return 0;
    }
    for (int kind = SAVING_RETRIES; kind <= SAVING_CHEAPER_MODEL; kind++) {
        for (size_t i = 0; i < s->n_lines; i++) {
            const struct saving *line = &s->line[i];
            if (line->group != group || (int)line->kind != kind) {
                continue;
            }
            num_i128 own = amount(line, k) / step;
            own = own < full ? own : full;
            left -= num_div_even(own * left, full);
        }
    }
    return (full - left) * step;
}

/* ---- tables ---- */

static const struct report_column columns[] = {
    {"kind", ANSWER_TEXT, false},       {"feature", ANSWER_TEXT, false},
    {"workflow", ANSWER_TEXT, false},   {"low", ANSWER_USD, false},
    {"point", ANSWER_USD, false},       {"high", ANSWER_USD, false},
    {"confidence", ANSWER_TEXT, false},
};

static const struct report_column why_columns[] = {
    {"rank", ANSWER_COUNT, false},       {"what", ANSWER_TEXT, false},
    {"feature", ANSWER_TEXT, false},     {"arithmetic", ANSWER_TEXT, false},
    {"check_first", ANSWER_TEXT, false}, {"falsified_by", ANSWER_TEXT, false},
    {"environment", ANSWER_TEXT, false}, {"to_provider", ANSWER_TEXT, false},
    {"to_model", ANSWER_TEXT, false},    {"to_tier", ANSWER_TEXT, false},
};

static struct answer_cell text_if_any(struct str s)
{
    return s.n > 0 ? report_str(s) : report_null();
}

static struct str tier_of(const struct saving *line)
{
    return (int)line->to.tier != 0 ? service_tier_name(line->to.tier)
                                   : STR_EMPTY;
}

static struct str feature_of(const struct saving_group *g)
{
    if (g->is_apart && g->feature.n == 0) {
        return STR("(evaluation and test)");
    }
    return g->feature.n > 0 ? g->feature : STR("(untagged)");
}

static void tell_lines(const struct savings *s, struct report *out)
{
    struct report_table *t =
        report_table(out, "savings", "Dollars a month, never to be summed",
                     columns, ARRAY_N(columns));

    for (size_t i = 0; i < s->n_lines; i++) {
        const struct saving *line = &s->line[i];
        const struct saving_group *g = &s->group[line->group];
        report_row(t, (struct answer_cell[]){
                          report_str(str_from_cz(kinds[line->kind].name)),
                          report_str(feature_of(g)),
                          report_str(g->workflow),
                          report_usd(line->low),
                          report_usd(line->point),
                          report_usd(line->high),
                          report_str(str_from_cz(line->confidence)),
                      });
    }
}

static void tell_reasons(const struct savings *s, struct report *out)
{
    struct report_table *t =
        report_table(out, "reasons", NULL, why_columns, ARRAY_N(why_columns));

    for (size_t i = 0; i < s->n_lines; i++) {
        const struct saving *line = &s->line[i];
        const struct saving_group *g = &s->group[line->group];
        report_row(t, (struct answer_cell[]){
                          report_count((num_i128)i + 1),
                          report_str(str_from_cz(title_of(line))),
                          report_str(feature_of(g)),
                          report_str(line->arithmetic),
                          report_str(str_from_cz(line->check_first)),
                          report_str(str_from_cz(line->falsified_by)),
                          text_if_any(g->is_apart ? STR("evaluation|test")
                                                  : STR_EMPTY),
                          text_if_any(line->to.provider),
                          text_if_any(line->to.model),
                          text_if_any(tier_of(line)),
                      });
    }
}

/* The first of them once more, as sentences: a terminal cuts long cells. */
static void tell_first(const struct savings *s, struct report *out)
{
    struct buf b;

    buf_init(&b, 65536);
    for (size_t i = 0; i < s->n_lines && i < TOLD_AT_LENGTH; i++) {
        const struct saving *line = &s->line[i];
        buf_fmt(&b, "%s%zu. %s, %.*s: %.*s. Check first: %s. Wrong if: %s.",
                i > 0 ? "\n" : "", i + 1, title_of(line),
                STR_ARG(feature_of(&s->group[line->group])),
                STR_ARG(line->arithmetic), line->check_first,
                line->falsified_by);
    }
    report_text(out, "in_words", buf_view(&b));
    buf_fini(&b);
}

static void tell_together(const struct savings *s, struct report *out,
                          num_i128 ret[CASE__COUNT])
{
    static const char *const names[CASE__COUNT] = {"combined_low", "combined",
                                                   "combined_high",
                                                   "combined_if_quality_holds"};
    num_i128 cost = 0;

    for (size_t i = 0; i < s->n_groups; i++) {
        cost += s->group[i].is_apart ? 0 : s->group[i].cost;
        for (int k = 0; k < CASE__COUNT; k++) {
            ret[k] += together_of(s, i, k);
        }
    }
    report_fact(out, "cost_per_month", ANSWER_USD,
                report_usd(saving_month(s, cost + s->left_out)));
    for (int k = 0; k < CASE__COUNT; k++) {
        report_fact(out, names[k], ANSWER_USD, report_usd(ret[k]));
    }
}

static size_t n_days(const struct savings *s)
{
    size_t n = 0;

    for (size_t d = SAVINGS_HISTORY_DAYS - SAVINGS_DAYS;
         d < SAVINGS_HISTORY_DAYS; d++) {
        bool has_calls = false;
        for (size_t i = 0; i < s->n_groups; i++) {
            has_calls = has_calls || s->group[i].day[d].n > 0;
        }
        n += has_calls ? 1 : 0;
    }
    return n;
}

static void tell_notes(const struct savings *s, struct report *out)
{
    size_t days = n_days(s);

    report_note(out, "%s",
                "Amounts overlap. Combined is the only sum: in each workflow "
                "waste, then cache, then batch, then model, each on what the "
                "former leave. Growth is not in it; price differences are only "
                "in what it would be if quality holds.");
    if (days < SAVINGS_DAYS) {
        report_note(out,
                    "Only %zu of the 28 days %s calls; a month is reckoned "
                    "from all 28.",
                    days, days == 1 ? "has" : "have");
    }
    if (s->n_small > 0) {
        report_note(out,
                    "%zu more would save less than a thousandth of the cost "
                    "each and are left out.",
                    s->n_small);
    }
    if (s->n_unpriced > 0) {
        report_note(out, "%s call%s in no amount; toll quality tells which.",
                    decide_count(s->call, s->n_unpriced),
                    s->n_unpriced == 1 ? " has no price and is"
                                       : "s have no price and are");
    }
    if (s->left_out > 0) {
        report_note(out,
                    "Only the %d dearest workflows were looked at; the others "
                    "cost %s.",
                    SAVINGS_GROUPS_MAX, decide_usd(s->call, s->left_out));
    }
}

static num_i128 all_cost(const struct savings *s)
{
    num_i128 cost = s->left_out;

    for (size_t i = 0; i < s->n_groups; i++) {
        cost += s->group[i].cost;
    }
    return cost;
}

static void drop_small(struct savings *s)
{
    num_i128 least = saving_month(s, all_cost(s)) / 1000;
    size_t n = 0;

    for (size_t i = 0; i < s->n_lines; i++) {
        if (s->line[i].high >= least) {
            s->line[n++] = s->line[i];
        }
    }
    s->n_small = s->n_lines - n;
    s->n_lines = n;
}

/* Those that are no mere growth and no difference of price, or those that
 * are. */
static const struct saving *first_of(const struct savings *s, bool is_growth)
{
    for (size_t i = 0; i < s->n_lines; i++) {
        enum saving_kind kind = s->line[i].kind;
        bool grew =
            kind == SAVING_PROMPT_GROWTH || kind == SAVING_OUTPUT_GROWTH;
        if (is_saving(&s->line[i]) && grew == is_growth) {
            return &s->line[i];
        }
    }
    return NULL;
}

static void add_line(const struct savings *s, struct buf *b, const char *intro,
                     const struct saving *line)
{
    buf_fmt(b, "; %s %s, %.*s, %s a month", intro, title_of(line),
            STR_ARG(feature_of(&s->group[line->group])),
            decide_usd(s->call, line->point));
}

static void tell_sentence(const struct savings *s, struct report *out,
                          const num_i128 together[CASE__COUNT])
{
    const struct saving *first = first_of(s, false);
    const struct saving *growth = first_of(s, true);
    struct buf b;

    buf_init(&b, 4096);
    if (s->n_lines == 0) {
        buf_cz(&b, "Nothing was found to save: no waste, no idle cache, "
                   "nothing for the batch tier, no cheaper model in use, no "
                   "growth");
    } else if (first == NULL) {
        buf_cz(&b, "No sure saving was found");
    } else if (together[CASE_POINT] == 0) {
        buf_fmt(&b,
                "No sure saving was found, at most %s a month; first to look "
                "at: %s, %.*s",
                decide_usd(s->call, together[CASE_HIGH]), title_of(first),
                STR_ARG(feature_of(&s->group[first->group])));
    } else {
        buf_fmt(&b, "About %s a month could be saved together (%s to %s)",
                decide_usd(s->call, together[CASE_POINT]),
                decide_usd(s->call, together[CASE_LOW]),
                decide_usd(s->call, together[CASE_HIGH]));
        add_line(s, &b, "first:", first);
    }
    if (growth != NULL) {
        add_line(s, &b, "to check:", growth);
    } else if (first == NULL && s->n_lines > 0) {
        add_line(s, &b, "worth an experiment:", &s->line[0]);
    }
    report_sentence(out, "%.*s.", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

void savings_tell(struct savings *s, struct report *out)
{
    num_i128 together[CASE__COUNT] = {0};

    if (all_cost(s) == 0 && s->n_unpriced == 0) {
        report_sentence(out, "The calls of the last 28 days cost nothing, so "
                             "there is nothing to save.");
        return;
    }
    if (all_cost(s) == 0) {
        report_sentence(out,
                        "None of the calls of the last 28 days has a price, so "
                        "what could be saved cannot be told: %s call%s "
                        "without one.",
                        decide_count(s->call, s->n_unpriced),
                        s->n_unpriced == 1 ? " is" : "s are");
        return;
    }
    qsort(s->line, s->n_lines, sizeof *s->line, by_rank);
    tell_together(s, out, together);
    drop_small(s);
    tell_sentence(s, out, together);
    if (s->n_lines > 0) {
        tell_lines(s, out);
        tell_first(s, out);
        tell_reasons(s, out);
    }
    tell_notes(s, out);
}
