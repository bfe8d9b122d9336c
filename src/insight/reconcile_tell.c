/* What reconcile says. */
#include "insight/reconcile_priv.h"

#include "base/utc.h"
#include "insight/say.h"

static const struct {
    const char *name;
    const char *what;
} causes[BILL_CAUSE__COUNT] = {
    [BILL_TIME_ZONE] = {"time_zone",
                        "the provider's days are those of UTC, toll's those of "
                        "the reporting time zone"},
    [BILL_CREDITS] = {"credits", "lines below zero"},
    [BILL_FEES] = {"fees", "lines for what toll does not price: storage, "
                           "containers, training, taxes"},
    [BILL_SEARCHES] = {"searches", "searches as billed, less as counted"},
    [BILL_UNSEEN] = {"unseen_usage",
                     "models of which toll has no call: send them by the "
                     "gateway, the event API or toll import"},
    [BILL_UNBILLED] = {"not_on_invoice",
                       "calls of models that no line names: another account, "
                       "or its lines are missing"},
    [BILL_UNPRICED] = {"unpriced_calls",
                       "calls without a price: state one under "
                       "prices.overrides in toll.yaml"},
    [BILL_DISCOUNTS] = {"discounts",
                        "toll takes prices.discounts off, the lines seem to be "
                        "before it"},
    [BILL_ESTIMATED] = {"estimated_calls",
                        "clients left before the provider told the usage"},
    [BILL_UNEXPLAINED] = {"unexplained",
                          "other prices or other usage: the models below show "
                          "where"},
};

static struct answer_cell usd(num_i128 pico)
{
    return report_usd(pico);
}

/* ---- tables ---- */

static const struct report_column provider_columns[] = {
    {"provider", ANSWER_TEXT, false},
    {"invoice", ANSWER_USD, false},
    {"toll", ANSWER_USD, false},
    {"difference", ANSWER_USD, true},
    {"unexplained", ANSWER_USD, true},
    {"share_unexplained", ANSWER_RATIO, false},
    {"days_covered", ANSWER_COUNT, false},
    {"lines", ANSWER_COUNT, false},
};

static size_t lines_of(const struct bill *b)
{
    size_t n = 0;

    for (unsigned k = 0; k < LINE__COUNT; k++) {
        n += b->n_of_kind[k];
    }
    return n;
}

static void tell_providers(struct reconcile *in)
{
    struct report_table *t =
        report_table(in->out, "providers", "By provider", provider_columns,
                     ARRAY_N(provider_columns));
    size_t n_none = in->none.n / sizeof(struct bill_none);

    for (size_t i = 0; i < bill_n(in); i++) {
        const struct bill *b = bill_at(in, i);
        num_i128 open = b->cause[BILL_UNEXPLAINED];

        report_row(t, (struct answer_cell[]){
                          report_str(b->provider), usd(b->invoice),
                          usd(b->toll), usd(b->invoice - b->toll), usd(open),
                          report_share(num_abs(open), b->invoice),
                          report_count((num_i128)b->n_covered),
                          report_count((num_i128)lines_of(b))});
    }
    for (size_t i = 0; i < n_none; i++) {
        const struct bill_none *none =
            (const struct bill_none *)(const void *)in->none.p + i;

        report_row(t, (struct answer_cell[]){
                          report_str(none->provider), report_null(),
                          usd(none->toll), report_null(), report_null(),
                          report_null(), report_count(0), report_count(0)});
    }
}

static void tell_causes(struct reconcile *in)
{
    static const struct report_column columns[] = {
        {"provider", ANSWER_TEXT, false}, {"cause", ANSWER_TEXT, false},
        {"usd", ANSWER_USD, true},        {"certainty", ANSWER_TEXT, false},
        {"what", ANSWER_TEXT, false},
    };
    struct report_table *t =
        report_table(in->out, "causes", "What the difference is made of",
                     columns, ARRAY_N(columns));

    for (size_t i = 0; i < bill_n(in); i++) {
        const struct bill *b = bill_at(in, i);

        for (unsigned c = 0; c < BILL_CAUSE__COUNT; c++) {
            if (b->cause[c] == 0) {
                continue;
            }
            report_row(
                t,
                (struct answer_cell[]){
                    report_str(b->provider),
                    report_str(str_from_cz(causes[c].name)), usd(b->cause[c]),
                    report_str(b->is_bound[c] ? STR("at most") : STR("exact")),
                    report_str(str_from_cz(causes[c].what))});
        }
    }
}

static void tell_models(struct reconcile *in)
{
    static const struct report_column columns[] = {
        {"provider", ANSWER_TEXT, false},
        {"model", ANSWER_TEXT, false},
        {"invoice", ANSWER_USD, false},
        {"toll", ANSWER_USD, false},
        {"difference", ANSWER_USD, true},
        {"requests", ANSWER_COUNT, false},
        {"unpriced_requests", ANSWER_COUNT, false},
    };
    struct report_table *t =
        report_table(in->out, "models", "By model, fees a call left out",
                     columns, ARRAY_N(columns));

    for (size_t i = 0; i < bill_n(in); i++) {
        const struct bill *b = bill_at(in, i);
        bool has_lines = b->n_of_kind[LINE_MODEL] > 0;

        for (size_t k = 0; k < bill_n_models(b); k++) {
            const struct bill_model *m = bill_model_at(b, k);

            report_row(t,
                       (struct answer_cell[]){
                           report_str(b->provider), report_str(m->name),
                           report_usd_if(has_lines, m->invoice), usd(m->toll),
                           report_usd_if(has_lines, m->invoice - m->toll),
                           report_count(m->n), report_count(m->n_unpriced)});
        }
    }
}

static void tell_days(struct reconcile *in)
{
    static const struct report_column columns[] = {
        {"provider", ANSWER_TEXT, false}, {"day", ANSWER_TIME, false},
        {"invoice", ANSWER_USD, false},   {"toll", ANSWER_USD, false},
        {"difference", ANSWER_USD, true},
    };
    struct report_table *t = report_table(in->out, "days", "By day of UTC",
                                          columns, ARRAY_N(columns));
    struct buf date;

    for (size_t i = 0; i < bill_n(in); i++) {
        const struct bill *b = bill_at(in, i);

        for (int d = 0; b->has_days && d < in->n_days; d++) {
            const struct bill_day *day = &b->day[d];

            if (!day->is_covered) {
                continue;
            }
            buf_init(&date, 32);
            utc_add_date(&date, in->first_day + d);
            report_row(t, (struct answer_cell[]){
                              report_str(b->provider),
                              report_str(buf_view(&date)), usd(day->invoice),
                              usd(day->toll), usd(day->invoice - day->toll)});
            buf_fini(&date);
        }
    }
}

/* ---- notes ---- */

static void note_days(struct reconcile *in, const struct bill *b)
{
    struct buf beside;

    if (b->n_covered == (size_t)in->n_days) {
        return;
    }
    buf_init(&beside, 64);
    say_usd(&beside, b->toll_beside);
    report_note(in->out,
                "The lines of %.*s are for %zu of %d days; toll counted %.*s "
                "on the others, which is left out here.",
                STR_ARG(b->provider), b->n_covered, in->n_days,
                STR_ARG(buf_view(&beside)));
    buf_fini(&beside);
}

static void note(struct reconcile *in, const struct bill *b)
{
    note_days(in, b);
    if (b->n_open > 0) {
        report_note(in->out,
                    "%zu lines of %.*s came before their last day had been "
                    "over for a day and may have changed since: import them "
                    "again.",
                    b->n_open, STR_ARG(b->provider));
    }
    if (b->n_of_kind[LINE_DOUBLE] > 0) {
        report_note(in->out,
                    "%zu totals of %.*s are left out, since single lines of "
                    "the same time add up to them.",
                    b->n_of_kind[LINE_DOUBLE], STR_ARG(b->provider));
    }
    if (b->is_mixed) {
        report_note(in->out,
                    "Some lines of %.*s name a model and some do not; the "
                    "latter are held against the models that no line names.",
                    STR_ARG(b->provider));
    }
    if (!b->has_days) {
        report_note(in->out,
                    "Some lines of %.*s are for more than a day, so that its "
                    "days cannot be compared.",
                    STR_ARG(b->provider));
    }
}

/* ---- the sentence ---- */

struct sums {
    num_i128 invoice, toll, unexplained;
};

static struct sums add_up(const struct reconcile *in)
{
    struct sums s = {0};

    for (size_t i = 0; i < bill_n(in); i++) {
        const struct bill *b = bill_at(in, i);

        s.invoice += b->invoice;
        s.toll += b->toll;
        s.unexplained += b->cause[BILL_UNEXPLAINED];
    }
    return s;
}

static void say_names(struct buf *s, const struct reconcile *in)
{
    for (size_t i = 0; i < bill_n(in); i++) {
        buf_fmt(s, "%s%.*s",
                i == 0                ? ""
                : i + 1 == bill_n(in) ? " and "
                                      : ", ",
                STR_ARG(bill_at(in, i)->provider));
    }
}

static void say_it(struct reconcile *in, const struct sums *sums)
{
    num_i128 difference = sums->invoice - sums->toll;
    num_i128 open = num_abs(sums->unexplained);
    struct buf s;

    buf_init(&s, 4096);
    say_names(&s, in);
    buf_cz(&s, " billed ");
    say_usd(&s, sums->invoice);
    buf_fmt(&s, " for %.*s and toll counted ", STR_ARG(in->month));
    say_usd(&s, sums->toll);
    if (difference == 0) {
        buf_cz(&s, ": they agree.");
    } else {
        buf_cz(&s, ": ");
        say_usd(&s, num_abs(difference));
        buf_cz(&s, difference < 0 ? " less was billed" : " more was billed");
        buf_cz(&s, sums->unexplained == 0 ? ", all of it explained." : ", ");
    }
    if (difference != 0 && sums->unexplained != 0) {
        say_usd(&s, open);
        buf_cz(&s, " of which nothing explains.");
    }
    report_sentence(in->out, "%.*s", STR_ARG(buf_view(&s)));
    buf_fini(&s);
}

static void say_nothing(struct reconcile *in)
{
    struct buf who;

    buf_init(&who, 1024);
    if (in->provider.n > 0) {
        buf_fmt(&who, " of %.*s", STR_ARG(in->provider));
    }
    report_sentence(in->out,
                    "There are no lines of an invoice%.*s for %.*s: import the "
                    "provider's report of costs, or a table of what it billed "
                    "(docs/reconcile.md), and toll's sums are held against "
                    "it.",
                    STR_ARG(buf_view(&who)), STR_ARG(in->month));
    buf_fini(&who);
}

void reconcile_tell(struct reconcile *in)
{
    struct sums sums = add_up(in);
    struct report *out = in->out;

    report_title(out, "Reconciliation of %.*s", STR_ARG(in->month));
    report_fact(out, "month", ANSWER_TEXT, report_str(in->month));
    if (in->n_beyond > 0) {
        report_note(out,
                    "%zu lines reach out of the month and are left out: what "
                    "part of them belongs to it cannot be told.",
                    in->n_beyond);
    }
    if (bill_n(in) == 0) {
        say_nothing(in);
    } else {
        say_it(in, &sums);
        report_fact(out, "invoice", ANSWER_USD, usd(sums.invoice));
        report_fact(out, "toll", ANSWER_USD, usd(sums.toll));
        report_fact_change(out, "difference", ANSWER_USD,
                           usd(sums.invoice - sums.toll));
        report_fact_change(out, "unexplained", ANSWER_USD,
                           usd(sums.unexplained));
        tell_causes(in);
    }
    if (bill_n(in) > 0 || in->none.n > 0) {
        tell_providers(in);
    }
    if (bill_n(in) > 0) {
        tell_models(in);
        tell_days(in);
    }
    for (size_t i = 0; i < bill_n(in); i++) {
        note(in, bill_at(in, i));
    }
}
