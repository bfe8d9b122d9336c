/* Prompts and answers that are longer than they were in their best month: to
 * check, never certain. */
#include "insight/savings_priv.h"

#include "insight/say.h"

enum {
    WEEK = 7,
    MONTH = 28,
    WEEK_CALLS_MIN = 20, /* on which "now" can stand */
    MONTH_CALLS_MIN = 100,
    GROWN_PERCENT = 120
};

/* The middle one of the days' means: one wild day is no growth. */
static double middle(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double own = x[i];
        size_t k = i;
        for (; k > 0 && x[k - 1] > own; k--) {
            x[k] = x[k - 1];
        }
        x[k] = own;
    }
    return n > 0 ? (x[(n - 1) / 2] + x[n / 2]) / 2 : 0;
}

struct means { /* tokens of a call */
    double input, output;
    int64_t n;
};

static struct means means_of(const struct saving_group *g, size_t from,
                             size_t n_days)
{
    struct means m = {.n = 0};

    for (size_t i = from; i < from + n_days; i++) {
        m.n += g->day[i].n;
        m.input += (double)g->day[i].input;
        m.output += (double)g->day[i].output;
    }
    if (m.n > 0) {
        m.input /= (double)m.n;
        m.output /= (double)m.n;
    }
    return m;
}

static struct means last_week(const struct saving_group *g)
{
    struct means m = {.n = 0};
    double input[WEEK];
    double output[WEEK];
    size_t n = 0;

    for (size_t i = SAVINGS_HISTORY_DAYS - WEEK; i < SAVINGS_HISTORY_DAYS;
         i++) {
        struct means day = means_of(g, i, 1);
        if (day.n > 0) {
            input[n] = day.input;
            output[n++] = day.output;
            m.n += day.n;
        }
    }
    m.input = middle(input, n);
    m.output = middle(output, n);
    return m;
}

/* The 28 days on end, before the last week, whose calls were shortest. */
static struct means best_month(const struct saving_group *g, bool of_output)
{
    struct means best = {.n = 0};

    for (size_t i = 0; i + MONTH + WEEK <= SAVINGS_HISTORY_DAYS; i++) {
        struct means m = means_of(g, i, MONTH);
        bool is_less =
            of_output ? m.output < best.output : m.input < best.input;
        if (m.n >= MONTH_CALLS_MIN && (best.n == 0 || is_less)) {
            best = m;
        }
    }
    return best;
}

static bool has_grown(double now, double then)
{
    return then > 0 && now * 100 >= then * GROWN_PERCENT;
}

static num_i128 cost_of_tokens(double tokens, num_i128 cost, num_i128 all)
{
    return all > 0 ? (num_i128)(tokens * (double)cost / (double)all) : 0;
}

static void find_prompts(struct savings *s, size_t i, const struct means *now)
{
    const struct saving_group *g = &s->group[i];
    const struct insight_call *call = s->call;
    struct means then = best_month(g, false);
    double grown = now->input - then.input;

    /* Answers that grew as much say that the work did. */
    if (!has_grown(now->input, then.input) ||
        now->output / (then.output > 0 ? then.output : 1) - 1 >
            (now->input / then.input - 1) / 2) {
        return;
    }
    num_i128 tokens = (num_i128)(grown * (double)g->n);
    num_i128 point = saving_month(
        s, cost_of_tokens(grown * (double)g->n,
                          g->cost - g->output_cost - g->tools_cost, g->input));
    saving_add(
        s,
        &(struct saving){
            .kind = SAVING_PROMPT_GROWTH,
            .group = i,
            .low = 0,
            .point = point,
            .high = point,
            .confidence = "to check",
            .arithmetic = str_fmt(
                call->arena,
                "a call has %s input tokens on a day of the last 7 and had %s in "
                "its best month (x%.2f), while answers went from %s to %s: "
                "%s more x %s calls = %s tokens, at what input costs here %s a "
                "month",
                decide_count(call, (num_i128)now->input),
                decide_count(call, (num_i128)then.input),
                now->input / then.input,
                say_counted((num_i128)(then.output + 0.5)).cz,
                say_counted((num_i128)(now->output + 0.5)).cz,
                decide_count(call, (num_i128)grown), decide_count(call, g->n),
                decide_count(call, tokens), decide_usd(call, point)),
            .check_first = "which release or prompt version the growth came "
                           "with, and whether answers are better for it",
            .falsified_by = "longer prompts that outcomes need; a part of them "
                            "that is read from the cache already"});
}

static void find_outputs(struct savings *s, size_t i, const struct means *now)
{
    const struct saving_group *g = &s->group[i];
    const struct insight_call *call = s->call;
    struct means then = best_month(g, true);
    double grown = now->output - then.output;

    if (!has_grown(now->output, then.output)) {
        return;
    }
    num_i128 point = saving_month(
        s, cost_of_tokens(grown * (double)g->n, g->output_cost, g->output));
    saving_add(
        s,
        &(struct saving){
            .kind = SAVING_OUTPUT_GROWTH,
            .group = i,
            .low = 0,
            .point = point,
            .high = point,
            .confidence = "to check",
            .arithmetic = str_fmt(
                call->arena,
                "an answer has %s tokens on a day of the last 7 and had %s in "
                "its best month (x%.2f): %s more x %s calls, at what output "
                "costs here %s a month",
                say_counted((num_i128)(now->output + 0.5)).cz,
                say_counted((num_i128)(then.output + 0.5)).cz,
                now->output / then.output,
                say_counted((num_i128)(grown + 0.5)).cz,
                decide_count(call, g->n), decide_usd(call, point)),
            .check_first = "whether a limit of length or a shorter format "
                           "serves as well",
            .falsified_by = "longer answers that outcomes need"});
}

enum rc savings_find_growth(struct savings *s, struct why *why)
{
    (void)why;
    for (size_t i = 0; i < s->n_groups; i++) {
        struct means now = last_week(&s->group[i]);
        if (now.n >= WEEK_CALLS_MIN) {
            find_prompts(s, i, &now);
            find_outputs(s, i, &now);
        }
    }
    return RC_OK;
}
