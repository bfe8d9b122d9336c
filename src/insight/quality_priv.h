/* What quality.c does for the review, which shows the state of the data in a
 * sentence and a table. */
#ifndef INSIGHT_QUALITY_PRIV_H
#define INSIGHT_QUALITY_PRIV_H

#include "insight/insight.h"

/* quality_coverage: quality's sentence, facts and its table "coverage", and
 * no question more. */
enum rc quality_coverage(const struct insight_call *call, struct report *out,
                         struct why *why) MUST_CHECK;

#endif
