/* One insight asked by another: the review is made of their reports.  The
 * inner one is found by its name, since it may be any row of the table, and
 * its report is read by the names of its tables and columns, which are the
 * public ones. */
#ifndef INSIGHT_INNER_H
#define INSIGHT_INNER_H

#include "insight/insight.h"

struct inner_question {
    const char *name;   /* the insight's */
    struct str subject; /* empty: none */
    const struct query_param *param;
    size_t n_params;
    int64_t now_us; /* as if asked then */
};

/* inner_call: the call that inner_ask makes, for who asks a part of an insight;
 * it lives in the outer call's arena.  RC_LIMIT at the arena's cap. */
enum rc inner_call(const struct insight_call *call,
                   const struct inner_question *q, struct insight_call *ret,
                   struct why *why) MUST_CHECK;

/* inner_ask: the caller ends the report (report_fini), whatever is handed
 * back.  The filters of the outer call are passed on where the inner insight
 * takes any. */
enum rc inner_ask(const struct insight_call *call,
                  const struct inner_question *q, struct report *ret,
                  struct why *why) MUST_CHECK;

/* inner_table: NULL when the report has none of that name. */
const struct report_table *inner_table(const struct report *r,
                                       const char *name);

/* Cells by their column's name, which is one of the table's; null cells give
 * empty and 0. */
struct str inner_str(const struct report_table *t, size_t row,
                     const char *column);
num_i128 inner_pico(const struct report_table *t, size_t row,
                    const char *column);

#endif
