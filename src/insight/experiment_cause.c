/* Why a variant's unit costs more or less than the control's: the change of
 * the cost of one unit, split exactly (change.h).
 *
 * Variants have different numbers of units, which is no cause of anything.  So
 * units stand where change_split has days: all parts but that of the days are
 * then those of one unit, times the mean number of units. */
#include "insight/experiment_priv.h"

#include <math.h>

#include "base/check.h"
#include "insight/change.h"
#include "insight/say.h"

const char trial_count_metrics[] =
    "requests,ok_requests,ok_input_tokens,ok_output_tokens,input_tokens,"
    "output_tokens,cache_read_tokens,cache_write_tokens,input_cost,cache_cost,"
    "output_cost,tools_cost";

/* A row of trial.counts: variant, model, then the metrics above. */
static struct change_count count_at(const struct answer *a, size_t row)
{
    int64_t n[8];

    for (size_t i = 0; i < ARRAY_N(n); i++) {
        n[i] = (int64_t)answer_count(a, row, 2 + i);
    }
    return (struct change_count){
        .attempts = n[0],
        .ok = n[1],
        .in_ok = n[2],
        .out_ok = n[3],
        .in_all = n[4],
        .out_all = n[5],
        .read_all = n[6],
        .write_all = n[7],
        .cost_in = answer_pico(a, row, 10),
        .cost_cache = answer_pico(a, row, 11),
        .cost_out = answer_pico(a, row, 12),
        .cost_tools = answer_pico(a, row, 13),
    };
}

static size_t row_of(const struct answer *a, struct str variant,
                     struct str model)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (str_eq(answer_str(a, i, 0), variant) &&
            str_eq(answer_str(a, i, 1), model)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* One cell a model that either variant has: all of v's, then those that only
 * the control has. */
static size_t find_cells(const struct trial *t, const struct trial_variant *v,
                         struct change_cell *cell)
{
    const struct answer *a = t->counts;
    struct str control = t->variant[t->control].name;
    size_t n = 0;

    for (size_t i = 0; i < a->n_rows; i++) {
        struct str variant = answer_str(a, i, 0);
        struct str model = answer_str(a, i, 1);
        size_t before = row_of(a, control, model);
        size_t after = row_of(a, v->name, model);
        if (!str_eq(variant, v->name) &&
            !(str_eq(variant, control) && after == SIZE_MAX)) {
            continue;
        }
        if (before != SIZE_MAX) {
            cell[n].count[CHANGE_BEFORE] = count_at(a, before);
        }
        if (after != SIZE_MAX) {
            cell[n].count[CHANGE_AFTER] = count_at(a, after);
        }
        n++;
    }
    return n;
}

static bool has_both(const struct change_scope *scope)
{
    return scope->sum[CHANGE_BEFORE].attempts > 0 &&
           scope->sum[CHANGE_AFTER].attempts > 0;
}

enum rc trial_causes(const struct trial *t, const struct trial_variant *v,
                     struct arena *arena, num_i128 part[CHANGE__COUNT],
                     num_i128 *ret_sum)
{
    struct change_cell *cell =
        arena_array(arena, t->counts->n_rows, sizeof(*cell));
    struct change_scope scope = {.users = {0, 0}};
    double units[CHANGE_SIDES] = {(double)t->variant[t->control].requests.n,
                                  (double)v->requests.n};
    double each[CHANGE__COUNT] = {0};
    double sum = 0;

    if (cell == NULL) {
        return RC_LIMIT;
    }
    if (!(units[CHANGE_BEFORE] > 0 && units[CHANGE_AFTER] > 0)) {
        return RC_NOT_FOUND;
    }
    size_t n = find_cells(t, v, cell);
    change_split(cell, n, &scope, 1, units);
    if (!has_both(&scope)) {
        return RC_NOT_FOUND;
    }
    double mean = (units[CHANGE_BEFORE] + units[CHANGE_AFTER]) / 2;
    for (size_t k = 0; k < CHANGE__COUNT; k++) {
        for (size_t i = 0; i < n && k != CHANGE_DAYS && k != CHANGE_OTHER;
             i++) {
            each[k] += (double)cell[i].part[k] / mean;
        }
        sum += each[k];
    }
    double before = (double)change_count_cost(&scope.sum[CHANGE_BEFORE]);
    double after = (double)change_count_cost(&scope.sum[CHANGE_AFTER]);
    double delta = after / units[CHANGE_AFTER] - before / units[CHANGE_BEFORE];
    /* Fees are told as they are, so they are what is left; less than the
     * rounding of the parts is none. */
    each[CHANGE_OTHER] =
        fabs(delta - sum) > 1e-9 * (fabs(delta) + 1e6) ? delta - sum : 0;
    *ret_sum = (num_i128)rint(delta);
    change_apportion(each, CHANGE__COUNT, *ret_sum, part);
    return RC_OK;
}

/* ---- said ---- */

/* The largest parts in words, as many as make most of it. */
static void say_main(const struct trial *t, const struct trial_variant *v,
                     const num_i128 *part, num_i128 sum, struct buf *b)
{
    bool is_told[CHANGE__COUNT] = {false};

    buf_fmt(b, "Of the difference of ");
    say_usd_change(b, sum);
    buf_fmt(b, " per %.*s between %.*s and %.*s, ", STR_ARG(t->unit->name),
            STR_ARG(v->name), STR_ARG(t->variant[t->control].name));
    for (size_t told = 0; told < 3; told++) {
        size_t best = 0;
        for (size_t k = 1; k < CHANGE__COUNT; k++) {
            num_i128 size = part[k] < 0 ? -part[k] : part[k];
            num_i128 most = part[best] < 0 ? -part[best] : part[best];
            if (!is_told[k] && size > most) {
                best = k;
            }
        }
        if (best == 0) {
            break;
        }
        is_told[best] = true;
        buf_cz(b, told == 0 ? "" : ", ");
        say_usd_change(b, part[best]);
        buf_cz(b, told == 0 ? " is due to " : " to ");
        say_name(b, change_cause_name((enum change_cause)best));
    }
    buf_cz(b, ". ");
}

void trial_say_causes(const struct insight_call *call, const struct trial *t,
                      struct report *out)
{
    static const struct report_column columns[] = {
        {"variant", ANSWER_TEXT, false},
        {"cause", ANSWER_TEXT, false},
        {"difference", ANSWER_USD_RATIO, true},
    };
    struct report_table *table = report_table(
        out, "causes", "Why they differ, a unit", columns, ARRAY_N(columns));
    struct buf text;

    buf_init(&text, 4096);
    for (size_t i = 0; i < t->n; i++) {
        num_i128 part[CHANGE__COUNT];
        num_i128 sum = 0;
        if (i == t->control ||
            trial_causes(t, &t->variant[i], call->arena, part, &sum) != RC_OK) {
            continue;
        }
        for (size_t k = 1; k < CHANGE__COUNT; k++) {
            if (part[k] != 0) {
                report_row(
                    table,
                    (struct answer_cell[]){
                        report_str(t->variant[i].name),
                        report_str(change_cause_name((enum change_cause)k)),
                        report_usd(part[k]),
                    });
            }
        }
        say_main(t, &t->variant[i], part, sum, &text);
    }
    if (text.n > 0) {
        report_text(out, "why", str_trim(buf_view(&text)));
    }
    buf_fini(&text);
}
