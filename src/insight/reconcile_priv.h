/* Between reconcile's files: what a provider billed for a month beside what
 * toll counted, and why they differ. */
#ifndef INSIGHT_RECONCILE_PRIV_H
#define INSIGHT_RECONCILE_PRIV_H

#include "base/buf.h"
#include "base/num.h"
#include "base/str.h"
#include "insight/insight.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECONCILE_DAYS_MAX = 31 };

enum line_kind {
    LINE_MODEL = 1, /* of calls of one model */
    LINE_SEARCH,    /* web searches */
    LINE_FEE,       /* what toll does not price */
    LINE_CREDIT,    /* below zero */
    LINE_TOTAL,     /* of anything */
    LINE_DOUBLE,    /* a total whose parts are there: not counted */
    LINE__COUNT
};

struct bill_line {
    struct str provider, account, model, text, charge;
    int64_t from_us, to_us;
    num_i128 pico;
    enum line_kind kind;
    bool is_open; /* it came before its last day had settled */
};

/* Why the two differ; those first that are known to the cent. */
enum bill_cause {
    BILL_TIME_ZONE,
    BILL_CREDITS,
    BILL_FEES,
    BILL_SEARCHES,
    BILL_UNSEEN,
    BILL_UNBILLED,
    BILL_UNPRICED,
    BILL_DISCOUNTS,
    BILL_ESTIMATED,
    BILL_UNEXPLAINED,
    BILL_CAUSE__COUNT
};

/* Calls of one model, under whichever names, and the lines for them. */
struct bill_model {
    struct str name;
    num_i128 invoice;
    num_i128 toll;      /* pico-dollars, without fees a call */
    num_i128 estimated; /* of that, of calls whose usage was estimated */
    num_i128 n, n_unpriced;
    bool has_lines;
};

struct bill_day {
    num_i128 invoice, toll;
    bool is_covered; /* by some line */
};

struct bill {
    num_i128 invoice;
    num_i128 toll;        /* of the covered days, as the reporting zone has
                             them: what a dashboard shows */
    num_i128 toll_utc;    /* likewise by the provider's days */
    num_i128 tools;       /* of that, fees a call */
    num_i128 toll_beside; /* of the days that no line covers, by UTC */
    num_i128 of_kind[LINE__COUNT];
    num_i128 cause[BILL_CAUSE__COUNT];
    struct bill_day day[RECONCILE_DAYS_MAX];
    struct str provider;
    struct buf models; /* struct bill_model */
    size_t n_of_kind[LINE__COUNT];
    size_t n_open;    /* lines that may still change */
    size_t n_covered; /* days */
    bool has_days;    /* every line is for one day */
    bool is_mixed;    /* totals beside lines that are no parts of them */
    bool is_bound[BILL_CAUSE__COUNT]; /* that much at most */
};

/* A provider that toll knows of and nobody billed. */
struct bill_none {
    struct str provider;
    num_i128 toll;
};

struct reconcile {
    const struct insight_call *call;
    struct report *out;
    struct arena scratch; /* of one look into the price book */
    int64_t first_day;    /* of the month, since 1970, UTC */
    int n_days;
    struct str month;    /* "2026-10" */
    struct str provider; /* asked for; empty: all */
    struct buf lines;    /* struct bill_line, by provider */
    struct buf bills;    /* struct bill */
    struct buf none;     /* struct bill_none */
    size_t n_beyond;     /* lines that reach out of the month */
};

/* reconcile_lines: reads the month's lines, and says what each is. */
enum rc reconcile_lines(struct reconcile *in, struct why *why) MUST_CHECK;
/* reconcile_reckon: the bill of lines [from, to), reckoned. */
enum rc reconcile_reckon(struct reconcile *in, size_t from, size_t to,
                         struct bill *ret, struct why *why) MUST_CHECK;
void reconcile_tell(struct reconcile *in);

static inline struct bill_line *bill_line_at(const struct reconcile *in,
                                             size_t i)
{
    return (struct bill_line *)(void *)in->lines.p + i;
}

static inline size_t bill_n_lines(const struct reconcile *in)
{
    return in->lines.n / sizeof(struct bill_line);
}

static inline struct bill *bill_at(const struct reconcile *in, size_t i)
{
    return (struct bill *)(void *)in->bills.p + i;
}

static inline size_t bill_n(const struct reconcile *in)
{
    return in->bills.n / sizeof(struct bill);
}

static inline struct bill_model *bill_model_at(const struct bill *b, size_t i)
{
    return (struct bill_model *)(void *)b->models.p + i;
}

static inline size_t bill_n_models(const struct bill *b)
{
    return b->models.n / sizeof(struct bill_model);
}

#endif
