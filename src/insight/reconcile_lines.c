/* The lines of a month, and what each is for.  Providers say it in free text,
 * so it is known by words; docs/reconcile.md lists them. */
#include "insight/reconcile_priv.h"

#include "base/limits.h"
#include "base/usd.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_record.h"

#include <stdlib.h>

#define CENT (USD_PICO_PER_DOLLAR / 100)

/* ---- what a line is ---- */

static bool holds(struct str text, const char *word)
{
    struct str w = str_from_cz(word);

    for (size_t i = 0; i + w.n <= text.n; i++) {
        if (str_eq_nocase(str_sub(text, i, w.n), w)) {
            return true;
        }
    }
    return false;
}

static bool is_fee(const struct bill_line *line)
{
    static const char *const words[] = {
        "file",        "storage",      "vector",  "container",
        "interpreter", "code_exec",    "session", "fine-tun",
        "training",    "subscription", "seat",    "support",
        "minimum",     "commitment",   "tax",     "provisioned",
    };

    for (size_t i = 0; i < ARRAY_N(words); i++) {
        if (holds(line->charge, words[i]) || holds(line->text, words[i])) {
            return true;
        }
    }
    return false;
}

static enum line_kind kind_of(const struct bill_line *line)
{
    if (line->pico < 0) {
        return LINE_CREDIT;
    }
    if (line->model.n > 0) {
        return LINE_MODEL;
    }
    if (is_fee(line)) {
        return LINE_FEE;
    }
    if (holds(line->charge, "search") || holds(line->text, "search")) {
        return LINE_SEARCH;
    }
    return line->charge.n > 0 && !str_eq(line->charge, STR("tokens"))
               ? LINE_FEE
               : LINE_TOTAL;
}

/* Says nothing but how much. */
static bool is_bare(const struct bill_line *line)
{
    return line->model.n == 0 && line->text.n == 0 && line->charge.n == 0 &&
           line->account.n == 0;
}

/* A bare total and the lines of its stretch are the same money when they add
 * up: a report that was asked for twice, with groups and without. */
static void find_doubles(struct reconcile *in)
{
    size_t n = bill_n_lines(in);

    for (size_t i = 0; i < n; i++) {
        struct bill_line *total = bill_line_at(in, i);
        num_i128 sum = 0;
        size_t n_parts = 0;

        for (size_t k = 0; is_bare(total) && k < n; k++) {
            const struct bill_line *part = bill_line_at(in, k);
            if (!is_bare(part) && str_eq(part->provider, total->provider) &&
                part->from_us >= total->from_us &&
                part->to_us <= total->to_us) {
                sum += part->pico;
                n_parts++;
            }
        }
        if (n_parts > 0 && sum - total->pico <= CENT &&
            total->pico - sum <= CENT) {
            total->kind = LINE_DOUBLE;
        }
    }
}

/* ---- reading ---- */

static enum rc dup_all(struct reconcile *in, struct bill_line *line)
{
    struct str *text[] = {&line->provider, &line->account, &line->model,
                          &line->text, &line->charge};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_N(text) && rc == RC_OK; i++) {
        rc = str_dup(in->call->arena, *text[i], text[i]);
    }
    return rc;
}

static enum rc take_line(void *arg, const struct record *rec, struct why *why)
{
    struct reconcile *in = arg;
    const int64_t from_us = in->first_day * UTC_US_PER_DAY;
    struct bill_line line = {
        .provider = rec->dim[DIM_PROVIDER],
        .account = rec->account,
        .model = rec->dim[DIM_MODEL],
        .text = rec->line,
        .charge = rec->charge,
        .from_us = rec->ts_us,
        .to_us = rec->to_us,
        .pico = rec->amount.pico,
        .is_open = rec->arrival_us < rec->to_us + UTC_US_PER_DAY,
    };

    if (rec->ts_us < from_us ||
        rec->to_us > from_us + in->n_days * UTC_US_PER_DAY) {
        in->n_beyond++;
        return RC_OK;
    }
    enum rc rc = dup_all(in, &line);
    if (rc != RC_OK) {
        return why_set(why, rc, "the month has more lines than fit an answer");
    }
    line.kind = kind_of(&line);
    buf_add(&in->lines, &line, sizeof line);
    return buf_rc(&in->lines, why);
}

static int by_provider(const void *a, const void *b)
{
    const struct bill_line *x = a;
    const struct bill_line *y = b;

    return str_cmp(x->provider, y->provider);
}

enum rc reconcile_lines(struct reconcile *in, struct why *why)
{
    const struct query_invoices q = {
        .from_us = in->first_day * UTC_US_PER_DAY,
        .to_us = (in->first_day + in->n_days) * UTC_US_PER_DAY,
        .provider = in->provider,
    };
    enum rc rc = query_invoices(&q, in->call->env->reader, take_line, in, why);

    if (rc == RC_OK && in->lines.n > 0) {
        qsort(in->lines.p, bill_n_lines(in), sizeof(struct bill_line),
              by_provider);
        find_doubles(in);
    }
    return rc;
}
