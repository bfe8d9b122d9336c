/* Whether answers were as good on another model, as far as an experiment that
 * ran both has outcomes: what makes a price difference a saving.  One
 * thread. */
#ifndef INSIGHT_DECIDE_QUALITY_H
#define INSIGHT_DECIDE_QUALITY_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "insight/insight.h"
#include "query/answer.h"

#include <stdint.h>

struct why;

enum quality {
    QUALITY_UNKNOWN = 1, /* no experiment ran both, or it has no outcomes */
    QUALITY_HOLDS,       /* no outcome can be worse by more than a twentieth */
    QUALITY_UNSURE,      /* one may be, the numbers do not say */
    QUALITY_WORSE        /* one surely is worse */
};

struct decide_quality {
    enum quality verdict;
    struct str experiment; /* empty: none ran both */
    struct str words;      /* its outcomes, one against the other; or empty */
};

/* decide_experiments: which models the variants of experiments ran, for the
 * function below; asked once. */
enum rc decide_experiments(const struct insight_call *call, int64_t from_us,
                           int64_t to_us, struct answer **ret,
                           struct why *why) MUST_CHECK;

struct decide_pair {
    struct str feature, model, to_model;
};
enum rc decide_quality(const struct insight_call *call,
                       const struct answer *experiments,
                       const struct decide_pair *pair,
                       struct decide_quality *ret, struct why *why) MUST_CHECK;

#endif
