/* The API by itself, without HTTP around it: a request in, a status and a
 * body out.  The server gives it what arrives on a socket; the command line
 * gives it the same requests in process when no server runs.  So a command
 * and its route cannot disagree.
 *
 * Routes are rows (api_route.h); help and validation come from the row.
 * api_handle: any thread, each with a reader of its own. */
#ifndef FACE_API_API_H
#define FACE_API_API_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "insight/insight.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct budget_meter;
struct incidents;
struct insight;
struct insight_counts;
struct json_writer;
struct price_book;
struct query_param;
struct registry;
struct report;
struct store_reader;
struct why;

typedef void api_incidents_use_fn(void *arg, const struct incidents *all,
                                  int64_t from_us);
typedef enum rc api_incidents_fn(void *arg, api_incidents_use_fn *use,
                                 void *use_arg, struct why *why);

/* What the API may touch; app fills it in.  Functions are called on the
 * thread that calls api_handle. */
struct api_env {
    struct str timezone; /* reporting zone, IANA name */
    struct str version;  /* toll's */
    const char *store_name;
    int64_t started_us;
    void *arg;                               /* for the functions */
    struct price_book *(*book)(void *arg);   /* a reference; caller unrefs */
    struct registry *(*registry)(void *arg); /* likewise */
    /* budgets: the meter, filled from the ledger; borrowed until the next
     * reload has ended. */
    enum rc (*budgets)(void *arg, struct budget_meter **ret, struct why *why);
    /* setup: adds members that tell how a client reaches toll, and what is
     * wrong with its configuration; `ret_url` is the address, until the API
     * has answered. */
    void (*setup)(void *arg, struct json_writer *w, struct str *ret_url);
    /* The next three are NULL without a server. */
    enum rc (*ready)(void *arg, struct why *why);
    /* metrics: append Prometheus text of what app counts. */
    void (*metrics)(void *arg, struct buf *out);
    /* counts: what insights may tell of it; NULL without a server. */
    void (*counts)(void *arg, struct insight_counts *ret);
    /* incidents: what alerts there are, up to now; NULL: nothing watches.
     *   use  is called once, while they hold still, with the time since which
     *        all was heard, 0 while history is not yet */
    api_incidents_fn *incidents;
};

struct api_request {
    struct str path;  /* "/api/query" */
    struct str query; /* "metrics=cost&by=feature", percent-encoded */
    int64_t now_us;
};

struct api_response {
    int status;
    const char *content_type;
    struct buf body;
};

/* api_handle: answers a GET.  Never fails as a whole: an error is a response
 * with its status and {"error":{"code","message","hint"}}. `reader` may be
 * NULL for routes that need no store (api_needs_store).  The response's body
 * is initialised here and belongs to the caller (buf_fini). */
void api_handle(const struct api_env *env, struct store_reader *reader,
                const struct api_request *req, struct api_response *ret);

/* api_report: the report of one insight, for whoever draws it otherwise.
 *   ret_report  initialised here; the caller's (report_fini), also on failure
 */
struct api_insight {
    const struct insight *row;
    const struct query_param *param; /* decoded */
    size_t n_params;
    struct str subject; /* of the path, decoded; may be empty */
    int64_t now_us;
    struct arena *arena; /* for what lives until the report is drawn */
};
enum rc api_report(const struct api_env *env, struct store_reader *reader,
                   const struct api_insight *call, struct report *ret_report,
                   struct why *why) MUST_CHECK;

/* api_insight_begin: what insights may look at, for who asks several questions
 * in a row; until api_insight_end. */
struct api_insight_use {
    struct insight_env env;
    struct registry *registry;
};
void api_insight_begin(const struct api_env *env, struct store_reader *reader,
                       int64_t now_us, struct api_insight_use *ret);
void api_insight_end(struct api_insight_use *use);

/* api_read_params: "a=1&b=2" to decoded pairs, in `arena`.  RC_INVALID for a
 * broken escape, text that is no UTF-8, or too many. */
enum rc api_read_params(struct str query, struct arena *arena,
                        struct query_param **ret_param, size_t *ret_n,
                        struct why *why) MUST_CHECK;

/* api_check_insight: RC_INVALID, with the nearest name, for a parameter that
 * is not the row's. */
enum rc api_check_insight(const struct insight *row,
                          const struct query_param *param, size_t n_params,
                          struct why *why) MUST_CHECK;

bool api_knows(struct str path);
bool api_needs_store(struct str path, struct str query);

#endif
