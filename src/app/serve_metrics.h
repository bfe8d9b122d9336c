/* What a running server counts, for /metrics: Prometheus' text format, version
 * 0.0.4.  What has a part of its own appends its own (serve_otlp.h and the
 * like).  Any thread. */
#ifndef APP_SERVE_METRICS_H
#define APP_SERVE_METRICS_H

#include <stdint.h>

struct buf;
struct gateway;
struct ledger;

/* serve_metrics_add: one value without labels.
 *   type  "counter" or "gauge" */
void serve_metrics_add(struct buf *out, const char *name, const char *help,
                       const char *type, uint64_t value);

void serve_metrics_ledger(const struct ledger *ledger, struct buf *out);
void serve_metrics_gateway(struct gateway *gateway, struct buf *out);

#endif
