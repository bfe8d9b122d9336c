/* One answer of /api/query as a table for a terminal or as CSV.  What a
 * column holds is looked up in the metric table, so that money is shown as
 * money; the JSON itself carries exact values. */
#include "face/cli/cmd.h"

#include "base/csv.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/usd.h"
#include "base/why.h"
#include "face/cli/cmd_priv.h"
#include "insight/say.h"
#include "query/query_metric.h"

#include <stdio.h>

/* ---- cells ---- */

/* "12.034500000000": as many digits before the point as a sum may have, always
 * twelve behind it. */
static enum rc sum_parse(struct str exact, struct usd_sum *ret)
{
    struct str rest = exact;
    struct str whole;
    int64_t dollars = 0;
    uint64_t pico = 0;

    (void)str_cut(&rest, '.', &whole);
    if (rest.n != 12 || str_to_i64(whole, &dollars) != RC_OK ||
        str_to_u64(rest, &pico) != RC_OK) {
        return RC_PARSE;
    }
    ret->pico = (num_i128)dollars * USD_PICO_PER_DOLLAR;
    ret->pico += str_starts(exact, STR("-")) ? -(num_i128)pico : (num_i128)pico;
    return RC_OK;
}

void draw_usd(struct buf *b, struct str exact)
{
    struct usd_sum sum;

    if (sum_parse(exact, &sum) != RC_OK) {
        buf_str(b, exact); /* no amount as toll writes it: as it is */
        return;
    }
    say_number(b, sum.pico);
}

static void draw_number(struct buf *b, enum answer_kind kind, double x)
{
    switch (kind) {
    case ANSWER_RATIO:
        buf_fmt(b, "%.1f %%", x * 100);
        return;
    case ANSWER_AVERAGE:
        buf_fmt(b, "%.1f", x);
        return;
    case ANSWER_DURATION:
        buf_fmt(b, "%.0f ms", x);
        return;
    case ANSWER_TEXT:
    case ANSWER_TIME:
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        break;
    }
    struct buf digits;
    buf_init(&digits, 64);
    buf_fmt(&digits, "%.0f", x);
    say_grouped(b, buf_view(&digits));
    buf_fini(&digits);
}

static void draw_cell(struct buf *b, enum answer_kind kind,
                      const struct json *cell)
{
    if (cell == NULL || json_kind(cell) == JSON_NULL) {
        buf_cz(b, "-");
    } else if (json_kind(cell) == JSON_NUM) {
        draw_number(b, kind, json_f64(cell));
    } else if (kind == ANSWER_USD || kind == ANSWER_USD_RATIO) {
        draw_usd(b, json_str(cell));
    } else if (json_str(cell).n == 0) {
        buf_cz(b, "(untagged)");
    } else {
        buf_str(b, json_str(cell));
    }
}

static enum answer_kind kind_of(struct str column)
{
    const struct metric *m;
    struct why why;

    return metric_from(column, &m, &why) == RC_OK ? m->kind : ANSWER_TEXT;
}

/* ---- the whole ---- */

static enum cmd_exit draw_csv(const struct cmd_call *call,
                              const struct json *answer)
{
    struct buf out;
    const struct json *columns = json_get(answer, "columns");
    struct why why;

    buf_init(&out, LIMIT_ANSWER_BYTES_MAX);
    for (const struct json *c = json_first(columns); c != NULL;
         c = json_next(c)) {
        csv_add_cell(&out, json_str(c), ',', true);
        buf_cz(&out, json_next(c) != NULL ? "," : "\r\n");
    }
    for (const struct json *row = json_first(json_get(answer, "rows"));
         row != NULL; row = json_next(row)) {
        for (const struct json *c = json_first(row); c != NULL;
             c = json_next(c)) {
            if (json_kind(c) == JSON_NUM) {
                json_num_text(c, &out);
            } else {
                csv_add_cell(&out, json_str(c), ',', true);
            }
            buf_cz(&out, json_next(c) != NULL ? "," : "\r\n");
        }
    }
    enum rc rc = buf_rc(&out, &why);
    if (rc == RC_OK) {
        (void)fwrite(out.p, 1, out.n, stdout);
    }
    buf_fini(&out);
    return rc == RC_OK ? CMD_EXIT_OK : cmd_fail(call, rc, &why);
}

void table_print(const struct table *t, const struct cmd_env *env,
                 bool has_total)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    table_draw(t, env->width, env->in_colour, has_total, &b);
    (void)fwrite(b.p, 1, b.n, stdout);
    buf_fini(&b);
}

void table_dim(const struct cmd_env *env, struct str line)
{
    printf("%s%.*s%s\n", env->in_colour ? "\033[2m" : "", STR_ARG(line),
           env->in_colour ? "\033[0m" : "");
}

static void draw_caption(const struct cmd_call *call, const struct json *answer)
{
    struct buf b;

    buf_init(&b, 64 * 1024);
    buf_fmt(&b, "%.*s to %.*s, %.*s",
            STR_ARG(json_str(json_get(answer, "from"))),
            STR_ARG(json_str(json_get(answer, "to"))),
            STR_ARG(json_str(json_get(answer, "timezone"))));
    for (const struct json *f = json_first(json_get(answer, "filters"));
         f != NULL; f = json_next(f)) {
        buf_cz(&b, ", ");
        table_safe(&b, json_str(f));
    }
    if (json_bool(json_get(answer, "truncated"))) {
        buf_cz(&b, "; more rows exist, see --limit");
    }
    table_dim(call->env, buf_view(&b));
    buf_fini(&b);
}

static void add_totals(struct table *t, const struct json *columns,
                       const struct json *totals)
{
    struct buf cell;
    bool is_first = true;

    for (const struct json *c = json_first(columns); c != NULL;
         c = json_next(c)) {
        struct str name = json_str(c);
        const struct json *total = NULL;

        for (const struct json *m = json_first(totals); m != NULL;
             m = json_next(m)) {
            if (str_eq(json_key(m), name)) {
                total = m;
            }
        }
        buf_init(&cell, 64 * 1024);
        if (total != NULL) {
            draw_cell(&cell, kind_of(name), total);
        } else if (is_first) {
            buf_cz(&cell, "total");
        }
        table_add(t, buf_view(&cell));
        buf_fini(&cell);
        is_first = false;
    }
}

static enum cmd_exit draw_table(const struct cmd_call *call,
                                const struct json *answer)
{
    const struct json *columns = json_get(answer, "columns");
    const struct json *rows = json_get(answer, "rows");
    struct table t;
    struct buf cell;

    table_init(&t, json_n(columns), json_n(rows) + 1);
    for (const struct json *c = json_first(columns); c != NULL;
         c = json_next(c)) {
        table_head(&t, json_str(c), kind_of(json_str(c)) != ANSWER_TEXT);
    }
    for (const struct json *row = json_first(rows); row != NULL;
         row = json_next(row)) {
        const struct json *column = json_first(columns);
        for (const struct json *c = json_first(row); c != NULL;
             c = json_next(c), column = json_next(column)) {
            buf_init(&cell, 64 * 1024);
            draw_cell(&cell, kind_of(json_str(column)), c);
            table_add(&t, buf_view(&cell));
            buf_fini(&cell);
        }
    }
    if (json_n(rows) == 0) {
        (void)printf("No events in this range.\n");
    } else {
        add_totals(&t, columns, json_get(answer, "totals"));
        table_print(&t, call->env, true);
    }
    table_fini(&t);
    draw_caption(call, answer);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_draw(const struct cmd_call *call, struct str answer_json)
{
    struct json *answer = NULL;
    struct why why;

    if (cmd_has(call, "--json")) {
        (void)fwrite(answer_json.p, 1, answer_json.n, stdout);
        return CMD_EXIT_OK;
    }
    enum rc rc = json_parse(answer_json, &answer, &why);
    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    enum cmd_exit exit = cmd_has(call, "--csv") ? draw_csv(call, answer)
                                                : draw_table(call, answer);
    json_free(&answer);
    return exit;
}
