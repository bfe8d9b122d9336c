/* What the holder of a share may read.  The rule (docs/sharing.md):
 *
 *   Of GET /api/query whatever stays within the view: its filters are added to
 *   every question, and a range must lie within its range, or is its range
 *   when none is asked for.  Of the insights those requests, to the letter,
 *   that were named when the share was made.
 *
 * Pure but for the time zone database.  Any thread. */
#ifndef FACE_SHARE_SHARE_GATE_H
#define FACE_SHARE_SHARE_GATE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "query/query.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct shelf_item;
struct why;

/* A request's parameter with the token, beside the header X-Toll-Share.  Not
 * "share": toll whatif has one of that name. */
#define SHARE_PARAM "share_token"

/* share_scope: what a view's address, such as
 * "/spend?range=7d&where=feature:a", confines questions to: its range and
 * filters are those of its from, to, range, where and environment, as a
 * question would have them; all else of it does not matter.  RC_INVALID when
 * they are wrong. */
enum rc share_scope(struct str address, int64_t now_us, struct str timezone,
                    struct arena *out, struct query *ret,
                    struct why *why) MUST_CHECK;

/* share_open: a request that a share is to open, "/api/explain?range=7d", in
 * the form in which it is kept and compared: parameters sorted, those that only
 * say how the answer is drawn left out.  RC_INVALID when it is no insight's. */
enum rc share_open(struct str request, struct arena *out, struct str *ret,
                   struct why *why) MUST_CHECK;

/* share_admit: the query to answer instead of the one that was asked.
 * RC_DENIED, with what is open, for everything else. */
struct share_asked {
    struct str path;
    struct str query; /* as it came */
    int64_t now_us;
    struct str timezone;
};
enum rc share_admit(const struct shelf_item *share,
                    const struct share_asked *asked, struct arena *out,
                    struct str *ret_query, struct why *why) MUST_CHECK;

#endif
