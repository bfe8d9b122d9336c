/* How amounts are worded, in sentences and in tables alike.  Each appends to
 * `b`.  Pure, any thread. */
#ifndef INSIGHT_SAY_H
#define INSIGHT_SAY_H

#include "base/buf.h"
#include "base/num.h"
#include "base/str.h"
#include "query/answer.h"

/* say_number: "1,234.56": at least two decimals, more below ten cents, where
 * two would show nothing. */
void say_number(struct buf *b, num_i128 pico);
/* "$412.30", "-$0.01"; say_usd_change: "+$412.30", "-$3.00", "$0.00". */
void say_usd(struct buf *b, num_i128 pico);
void say_usd_change(struct buf *b, num_i128 pico);
/* say_count: "1,234,567". */
void say_count(struct buf *b, num_i128 n);
/* say_counted: the same, to stand among the arguments of a format, as
 * "%s calls": say_counted(n).cz. */
struct say_counted {
    char cz[64];
};
struct say_counted say_counted(num_i128 n);
/* say_share: 0.381 is "38.1 %".  say_change: "+38.1 %"; a change of ten times
 * or more "x12.4"; "new" when there was nothing before. */
void say_share(struct buf *b, double share);
void say_change(struct buf *b, double before, double after);
/* say_grouped: "1234567" as "1,234,567"; a sign in front stays. */
void say_grouped(struct buf *b, struct str digits);

/* say_name: "share_of_cost" as "share of cost". */
void say_name(struct buf *b, struct str name);

/* say_cell: a value of an answer or a report, as people read it; "-" for
 * null.
 *   is_change  with its sign */
void say_cell(struct buf *b, enum answer_kind kind, bool is_change,
              const struct answer_cell *cell);
/* say_usd_among: an amount in a column of others: cents suffice where the
 * largest is a dollar or more.
 *   largest  the size of that one */
void say_usd_among(struct buf *b, bool is_change, num_i128 pico,
                   num_i128 largest);

#endif
