/* What the files of the insight "experiment" share: the trial, which is one
 * experiment as it is being looked at.
 *
 *   experiment.c         the row; what is asked, in which order
 *   experiment_list.c    all there are, as a list or in a sentence each
 *   experiment_read.c    the store's answers to tallies
 *   experiment_judge.c   tallies to intervals and verdicts; pure
 *   experiment_cause.c   why they differ; pure
 *   experiment_before.c  what units cost before
 *   experiment_drift.c   whether the split changed with time
 *   experiment_outcome.c what came of it
 *   experiment_verdict.c the sentence; pure
 *   experiment_say.c     the rest of the report
 *
 * Lives in the call's arena but for the outcomes; one thread. */
#ifndef INSIGHT_EXPERIMENT_PRIV_H
#define INSIGHT_EXPERIMENT_PRIV_H

#include "event/registry.h"
#include "insight/change.h"
#include "insight/insight.h"
#include "insight/stat/compare.h"
#include "insight/stat/tally.h"

#define TRIAL_ALPHA          0.05
#define TRIAL_SPLIT_P        0.001 /* below: units went astray, Fabijan 2019 */
#define TRIAL_SPLIT_DOUBT_P  0.01
#define TRIAL_CROSSED_MAX    0.01 /* units seen in two variants */
#define TRIAL_DAYS_MIN       7.0  /* before any verdict: a whole week */
#define TRIAL_UNITS_MIN      20   /* a variant; with fewer nothing is said */
#define TRIAL_DAYS_PER_MONTH 30.4375

/* What is known of an experiment beside its calls. */
struct trial_plan {
    struct experiment x; /* as registered, or nothing stated */
    bool is_registered;
    struct str control; /* as asked for, else as registered; empty: neither */
    struct str unit;    /* likewise; "user", "customer", "run" */
    struct str split;   /* as asked for: "control:70,treatment:30" */
};

enum trial_measure {
    TRIAL_NONE,
    TRIAL_PER_UNIT,
    TRIAL_PER_UNIT_ADJUSTED, /* for what units cost before */
    TRIAL_PER_REQUEST,
    TRIAL_PER_RUN,
    TRIAL_REQUESTS_PER_UNIT,
    TRIAL_PER_UNIT_CUT, /* the dearest 0.1 % of units cut down */
    TRIAL_MEASURE__COUNT
};

struct trial_result { /* a variant against the control, by one measure */
    bool is_known;
    struct comparison once; /* the ratio, as of one look */
    struct comparison ever; /* the ratio, however often one looks */
    bool has_difference;
    struct comparison difference; /* as of one look, dollars */
    bool stands; /* the difference is there, all variants read together */
};

struct trial_variant {
    struct str name;
    struct query_extent extent; /* of all its calls in production */
    struct tally requests;      /* per unit: dollars, requests */
    struct tally runs;          /* per unit: dollars, runs */
    struct tally before;        /* per unit: dollars, those of before */
    struct tally cut;           /* as requests, the dearest units cut down */
    double top_usd;             /* of its five dearest units */
    int n_top;
    double share; /* of units, as planned */
    bool is_known[TRIAL_MEASURE__COUNT];
    struct estimate estimate[TRIAL_MEASURE__COUNT];
    struct trial_result result[TRIAL_MEASURE__COUNT];
};

/* Shares of the variants among units that come, before and since a moment. */
struct trial_drift {
    bool is_known;
    double p; /* the chance of it when they are the same all the time */
    int64_t cut_us;
    double before[LIMIT_EXPERIMENT_VARIANTS_MAX];
    double after[LIMIT_EXPERIMENT_VARIANTS_MAX];
};

/* What an experiment splits, and the words for it. */
struct trial_unit {
    struct str name; /* "user" */
    enum dim dim;
    const char *by; /* "variant,user" */
    size_t crowd;   /* the column of trial.crowds that counts them */
    const char *count, *cost_per, *requests_per, *cut, *adjusted, *in_several;
};

enum trial_split { /* how units are spread over variants */
                   TRIAL_SPLIT_NONE,
                   TRIAL_SPLIT_OK,
                   TRIAL_SPLIT_DOUBT,    /* p < 0.01 */
                   TRIAL_SPLIT_BROKEN,   /* p < 0.001: no winner is named */
                   TRIAL_SPLIT_UNCHECKED /* clearly not equal, and no plan was
                                            stated */
};

struct trial {
    struct str name;
    bool is_brief;          /* only its sentence is wanted */
    bool has_more_variants; /* than are looked at */
    struct trial_plan plan;
    struct trial_variant *variant; /* by name */
    size_t n;
    size_t control;
    struct query_extent extent; /* of all variants */
    int64_t n_without_variant;  /* calls */

    /* The time in which variants ran beside each other; [from, to). */
    int64_t from_us, to_us;
    bool is_over;      /* the end that was planned has come */
    bool is_known_end; /* ... or is known at least */
    bool is_rolled_out;
    struct str rolled_out; /* empty: none of them goes on alone */
    int64_t rollout_us;

    const struct trial_unit *unit; /* NULL: calls name none */
    int64_t n_units;               /* over all variants, each once */
    int64_t n_crossed;             /* units in more than one variant */
    int64_t n_without_unit;        /* calls */
    struct answer *sums;           /* by variant, enum trial_sum */
    struct answer *crowds;         /* by variant, enum trial_crowd; this and
                                      the next two NULL when brief */
    struct answer *models;         /* by variant and model: requests, cost */
    struct answer *counts;         /* by variant and model, trial_count_metrics;
                                      calls that name a unit */
    struct answer *since; /* since the rollout: requests, cost; or NULL */
    struct trial_before *before;     /* owned; NULL: not known */
    int64_t n_with_before;           /* units, over variants */
    enum trial_measure primary;      /* what the verdict is on */
    struct trial_outcomes *outcomes; /* owned; NULL: not read */
    bool has_cost;                   /* there is a price, and not 0 */

    enum trial_split split;
    double split_p;
    bool was_split_stated;
    bool is_split_partial; /* a variant with calls is not in it */
    struct trial_drift drift;
};

static inline double trial_days(const struct trial *t)
{
    return (double)(t->to_us - t->from_us) / 86400e6;
}

/* ---- experiment.c ---- */

#define TRIAL_HOW_TO_BEGIN                                                  \
    "a call names its experiment and variant by the fields experiment and " \
    "variant, or the headers X-Toll-Experiment and X-Toll-Variant"
#define TRIAL_REGISTERED STR("registered") /* the status without calls */

/* trial_plan: what is registered; the call's parameters stand in for it. */
void trial_plan(const struct insight_call *call, struct trial *t);
/* trial_tell: what there is to say of one whose variants are known, settled,
 * or which is registered and has no calls.  Frees what the trial owns. */
enum rc trial_tell(const struct insight_call *call, struct trial *t,
                   struct report *out, struct why *why) MUST_CHECK;

/* ---- experiment_list.c ---- */

/* trial_each_name: query_extent of all calls of experiments.
 *   by  "experiment" or more */
enum rc trial_each_name(const struct insight_call *call, const char *by,
                        query_extent_fn *take, void *arg,
                        struct why *why) MUST_CHECK;
enum rc experiment_list(const struct insight_call *call, struct report *out,
                        struct why *why) MUST_CHECK;

/* experiment_briefs: the first `max` of the list, each with its sentence and
 * without what that does not need; for the review. */
struct trial_brief {
    struct str name, status;
    struct answer_cell cost; /* null: no priced call */
    struct str sentence;
};
enum rc experiment_briefs(const struct insight_call *call, size_t max,
                          struct trial_brief *brief, size_t *ret_n,
                          struct why *why) MUST_CHECK;

/* ---- experiment_read.c ---- */

/* Columns of trial.sums, behind the variant; when brief the first two. */
enum trial_sum {
    TRIAL_SUM_REQUESTS = 1,
    TRIAL_SUM_COST,
    TRIAL_SUM_UNPRICED,
    TRIAL_SUM_PER_REQUEST,
    TRIAL_SUM_INPUT,
    TRIAL_SUM_OUTPUT,
    TRIAL_SUM_CACHE,
    TRIAL_SUM_ERRORS
};
/* Columns of trial.crowds, which only events can tell; likewise. */
enum trial_crowd {
    TRIAL_CROWD_USERS = 1,
    TRIAL_CROWD_CUSTOMERS,
    TRIAL_CROWD_RUNS,
    TRIAL_CROWD_PER_RUN
};

/* trial_unit_from: NULL when the word is no unit. */
const struct trial_unit *trial_unit_from(struct str word);

/* trial_query: a question about the experiment's calls. */
enum rc trial_query(const struct insight_call *call, const struct trial *t,
                    const struct insight_question *ask, struct query *ret,
                    struct why *why) MUST_CHECK;
/* trial_find: its variants, and when they had calls, settled; t->n == 0: no
 * such experiment in the range. */
enum rc trial_find(const struct insight_call *call, struct trial *t,
                   struct why *why) MUST_CHECK;
/* trial_add_variant: one of them, into t->variant, which has room for
 * LIMIT_EXPERIMENT_VARIANTS_MAX; calls without a variant are only counted. */
enum rc trial_add_variant(struct trial *t, struct str name,
                          const struct query_extent *extent,
                          struct arena *arena, struct why *why) MUST_CHECK;
/* trial_read: what each variant and each of its units cost in the trial's
 * time. */
enum rc trial_read(const struct insight_call *call, struct trial *t,
                   struct why *why) MUST_CHECK;

void trial_widen(struct query_extent *e, const struct query_extent *by);

/* ---- experiment_judge.c ---- */

/* trial_settle: which time is compared, what the control is, what was rolled
 * out; from the extents and the plan. */
void trial_settle(struct trial *t, int64_t now_us);
/* trial_shares: the planned share of each variant, from the call's split or
 * the registered one, else alike.  RC_INVALID, naming what is wrong with the
 * former. */
enum rc trial_shares(struct trial *t, struct why *why) MUST_CHECK;
/* trial_judge: everything else, from the tallies. */
void trial_judge(struct trial *t);
/* trial_decisive: the comparison that the verdict rests on. */
const struct comparison *trial_decisive(const struct trial *t,
                                        const struct trial_result *r);

/* ---- experiment_before.c ---- */

/* trial_has_before: whether there is a time before that can be read: not when
 * it had begun already, and runs have no past. */
bool trial_has_before(const struct trial *t);
/* trial_read_before: what units cost before; t->before stays NULL where that
 * cannot be told.  Freed by trial_before_free (accepts NULL in it).
 *   features  an answer whose first column are those of the trial's calls */
struct trial_before;
enum rc trial_read_before(const struct insight_call *call, struct trial *t,
                          const struct answer *features,
                          struct why *why) MUST_CHECK;
double trial_before_usd(const struct trial *t, struct str unit);
void trial_before_free(struct trial_before **before);

/* ---- experiment_drift.c ---- */

/* trial_read_drift: fills t->drift; it stays unknown with few units. */
enum rc trial_read_drift(const struct insight_call *call, struct trial *t,
                         struct why *why) MUST_CHECK;
/* trial_has_drifted: it stayed not what it was. */
static inline bool trial_has_drifted(const struct trial *t)
{
    return t->drift.is_known && t->drift.p < TRIAL_SPLIT_P;
}

/* ---- experiment_outcome.c ---- */

/* trial_read_outcomes: those of the trial's time; before the units are read,
 * each of which trial_take_outcomes then joins.  The trial's outcomes are
 * freed by trial_outcomes_free (accepts NULL in it). */
struct trial_outcomes;
enum rc trial_read_outcomes(const struct insight_call *call, struct trial *t,
                            struct why *why) MUST_CHECK;
void trial_take_outcomes(struct trial *t, size_t variant, struct str unit,
                         double usd);
void trial_outcomes_free(struct trial_outcomes **outcomes);
void trial_say_outcomes(const struct trial *t, struct report *out);

/* ---- experiment_verdict.c ---- */

enum trial_verdict {
    TRIAL_VERDICT_NONE,
    TRIAL_VERDICT_ONE_VARIANT,
    TRIAL_VERDICT_APART, /* the variants never ran at the same time */
    TRIAL_VERDICT_NO_UNIT,
    TRIAL_VERDICT_NO_COST,
    TRIAL_VERDICT_TOO_FEW,
    TRIAL_VERDICT_SPLIT,
    TRIAL_VERDICT_TOO_EARLY,
    TRIAL_VERDICT_ALIKE, /* or too little is known yet */
    TRIAL_VERDICT_REQUESTS_DIFFER,
    TRIAL_VERDICT_DIFFERS
};

/* trial_is_judged: a verdict on costs was possible. */
static inline bool trial_is_judged(enum trial_verdict v)
{
    return v >= TRIAL_VERDICT_ALIKE;
}
enum trial_verdict trial_verdict(const struct trial *t);
struct str trial_verdict_name(enum trial_verdict v);
void trial_add_sentence(struct buf *b, const struct trial *t);

/* ---- experiment_cause.c ---- */

extern const char trial_count_metrics[]; /* of trial.counts */

/* trial_causes: the parts of what one unit of `v` costs more than one of the
 * control, pico-dollars that add up to *ret_sum.  RC_NOT_FOUND when one has no
 * units, RC_LIMIT at the arena's cap. */
enum rc trial_causes(const struct trial *t, const struct trial_variant *v,
                     struct arena *arena, num_i128 part[CHANGE__COUNT],
                     num_i128 *ret_sum) MUST_CHECK;
void trial_say_causes(const struct insight_call *call, const struct trial *t,
                      struct report *out);

/* ---- experiment_say.c ---- */

/* trial_status: "running", "ended", "rolled out", "one variant".  trial_date:
 * the local day, in the call's arena. */
struct str trial_status(const struct trial *t, int64_t now_us);
struct str trial_date(const struct insight_call *call, int64_t us);
void trial_say(const struct insight_call *call, const struct trial *t,
               struct report *out);

#endif
