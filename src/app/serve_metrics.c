#include "app/serve_metrics.h"

#include "app/ledger.h"
#include "base/buf.h"
#include "capture/gateway/gateway.h"
#include "intake/intake.h"
#include "intake/reject.h"

void serve_metrics_add(struct buf *out, const char *name, const char *help,
                       const char *type, uint64_t value)
{
    buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name,
            type, name, (unsigned long long)value);
}

void serve_metrics_ledger(const struct ledger *ledger, struct buf *out)
{
    struct intake_counts c;
    struct reject_counts r = reject_count(ledger->rejects);

    intake_count(ledger->intake, &c);
    serve_metrics_add(out, "toll_events_accepted_total",
                      "Events taken and durable.", "counter", c.n_accepted);
    serve_metrics_add(out, "toll_events_duplicate_total",
                      "Events whose id was seen before.", "counter",
                      c.n_duplicates);
    serve_metrics_add(out, "toll_events_rejected_total", "Events refused.",
                      "counter", r.n_rejected);
    serve_metrics_add(out, "toll_events_unpriced_total",
                      "Events for which no price was found.", "counter",
                      c.n_unpriced);
    serve_metrics_add(
        out, "toll_records_accepted_total",
        "Outcomes, releases, customers and invoices taken and durable.",
        "counter", c.n_records);
    serve_metrics_add(
        out, "toll_events_stored_total",
        "Events and records carried from the journal to the store.", "counter",
        c.n_stored);
    serve_metrics_add(out, "toll_journal_failures_total",
                      "Writes that the journal's disk refused.", "counter",
                      c.n_journal_failures);
    serve_metrics_add(out, "toll_store_failures_total",
                      "Batches that the store refused; they are tried again.",
                      "counter", c.n_store_failures);
    serve_metrics_add(out, "toll_journal_position_bytes",
                      "Durable up to this place of the journal.", "counter",
                      c.journal_pos);
    serve_metrics_add(out, "toll_store_position_bytes",
                      "In the store up to this place of the journal.",
                      "counter", c.store_pos);
    serve_metrics_add(out, "toll_journal_pending_bytes",
                      "Durable and not yet in the store.", "gauge",
                      c.journal_pos - c.store_pos);
    serve_metrics_add(out, "toll_dedupe_ids", "Ids remembered.", "gauge",
                      c.n_ids);
    serve_metrics_add(out, "toll_dedupe_bytes", "Memory the ids take.", "gauge",
                      c.id_bytes);
    serve_metrics_add(out, "toll_last_event_timestamp_seconds",
                      "Arrival of the newest event, Unix time.", "gauge",
                      (uint64_t)(c.last_event_us / 1000000));
}

void serve_metrics_gateway(struct gateway *gateway, struct buf *out)
{
    struct gateway_counts c;

    gateway_count(gateway, &c);
    serve_metrics_add(out, "toll_gateway_calls_total",
                      "Calls to an upstream's address.", "counter", c.n_calls);
    serve_metrics_add(out, "toll_gateway_open_calls", "Calls under way.",
                      "gauge", c.n_open);
    serve_metrics_add(out, "toll_gateway_failed_total",
                      "Calls that the upstream did not answer, or broke off.",
                      "counter", c.n_failed);
    serve_metrics_add(out, "toll_gateway_abandoned_total",
                      "Calls whose client went away.", "counter",
                      c.n_abandoned);
    serve_metrics_add(out, "toll_gateway_estimated_total",
                      "Calls recorded without the provider's own counts.",
                      "counter", c.n_estimated);
    serve_metrics_add(out, "toll_gateway_unrecorded_total",
                      "Calls that were forwarded and are not in the ledger.",
                      "counter", c.n_unrecorded);
    serve_metrics_add(out, "toll_gateway_refused_total",
                      "Calls that a budget refused.", "counter", c.n_refused);
    serve_metrics_add(out, "toll_gateway_fallback_total",
                      "Calls that went to another model for a budget.",
                      "counter", c.n_fallback);
    serve_metrics_add(out, "toll_gateway_unfallen_total",
                      "Calls that a budget would have sent to another model.",
                      "counter", c.n_unfallen);
    serve_metrics_add(out, "toll_gateway_delayed_total",
                      "Calls that waited for a budget.", "counter",
                      c.n_delayed);
}
