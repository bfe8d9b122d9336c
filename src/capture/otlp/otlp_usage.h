/* From the counts that a span states to the disjoint classes of an event.
 * Conventions differ in whether the headline counts include their parts; the
 * span's own total says it best, then what is arithmetically possible, then
 * what is known of the emitter.  Pure, any thread.
 * Source: docs/otlp.md, "Token classes". */
#ifndef CAPTURE_OTLP_USAGE_H
#define CAPTURE_OTLP_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct event;

/* What conventions have attributes for.  The counts stand first. */
enum otlp_field {
    OTLP_INPUT = 1,
    OTLP_OUTPUT,
    OTLP_TOTAL, /* never counted, only compared with */
    OTLP_CACHE_READ,
    OTLP_CACHE_WRITE,    /* of any lifetime */
    OTLP_CACHE_WRITE_5M, /* when told apart */
    OTLP_CACHE_WRITE_1H,
    OTLP_REASONING,
    OTLP_AUDIO_IN,
    OTLP_IMAGE_IN,
    OTLP_VIDEO_IN,
    OTLP_AUDIO_READ, /* part of audio input and of cache reads */
    OTLP_IMAGE_READ,
    OTLP_AUDIO_OUT,
    OTLP_IMAGE_OUT,
    OTLP_TOOL_INPUT, /* input beside the headline count */
    OTLP_SEARCHES,
    OTLP_COUNTS_END,

    OTLP_ATTEMPT = OTLP_COUNTS_END,
    OTLP_COST,
    OTLP_COST_MICROS,
    OTLP_TTFT_MS,
    OTLP_TTFT_S,
    OTLP_DURATION_MS,
    OTLP_PROVIDER,
    OTLP_MODEL,
    OTLP_REQUESTED_MODEL,
    OTLP_RESPONSE_ID,
    OTLP_OPERATION,
    OTLP_TIER,
    OTLP_ERROR,
    OTLP_ADDRESS,   /* host that was called */
    OTLP_TIMESTAMP, /* RFC 3339 */
    OTLP_KIND,      /* what a span is, in its convention's words */
    OTLP_USAGE_TEXT,
    OTLP_COST_TEXT,
    OTLP_META_TEXT,
    OTLP_USER,
    OTLP_SESSION,
    OTLP_CUSTOMER,
    OTLP_FEATURE,
    OTLP_WORKFLOW,
    OTLP_STEP,
    OTLP_PROMPT,
    OTLP_PROMPT_NAME,
    OTLP_RELEASE,
    OTLP_ENVIRONMENT,
    OTLP_AGENT,
    OTLP_TAGS,
    OTLP_SERVICE,
    OTLP_FIELD__COUNT
};

struct otlp_counts {
    int64_t n[OTLP_COUNTS_END]; /* 0 where unknown; each 0..2^40 */
    uint32_t known;             /* bit a field: it was stated */
    bool excludes_cache;        /* the emitter's habit, when nothing tells */
    bool excludes_reasoning;
};

bool otlp_counts_has(const struct otlp_counts *c, enum otlp_field field);
void otlp_counts_set(struct otlp_counts *c, enum otlp_field field, int64_t n);

/* otlp_usage_to_event: sets the event's token classes and searches.  Every
 * subtraction ends at 0.  False when a part was larger than its whole, or a
 * part was stated without it. */
bool otlp_usage_to_event(const struct otlp_counts *c, struct event *ev);

#endif
