/* OTLP's spans and log records as toll reads them, whatever encoding they came
 * in: both decoders make this form, so what attributes mean is written once.
 *
 * All text is borrowed from the decoder's memory and lives until the sink's
 * function returns.  Plain data, any thread. */
#ifndef CAPTURE_OTLP_FORM_H
#define CAPTURE_OTLP_FORM_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct why;

enum { OTLP_TRACE_BYTES = 16, OTLP_SPAN_BYTES = 8 };

enum otlp_kind {
    OTLP_TEXT = 1,
    OTLP_BOOL,
    OTLP_WHOLE,
    OTLP_REAL,
    OTLP_LIST /* of texts; `text` is them with commas between */
};

struct otlp_value {
    enum otlp_kind kind;
    struct str text;
    int64_t whole; /* also of a bool: 0 or 1 */
    double real;
};

struct otlp_attr {
    struct str key;
    struct otlp_value value;
};

struct otlp_attrs {
    const struct otlp_attr *at;
    size_t n;
};

/* What all spans or records of one scope of one resource share. */
struct otlp_origin {
    struct otlp_attrs resource;
    struct str scope;
    struct otlp_attrs scope_attrs;
};

struct otlp_span {
    const struct otlp_origin *origin;
    const char *fault; /* not NULL: it cannot be read, the rest means nothing */
    unsigned char trace_id[OTLP_TRACE_BYTES];
    unsigned char span_id[OTLP_SPAN_BYTES];
    unsigned char parent_id[OTLP_SPAN_BYTES]; /* zeros: a root */
    struct str name;
    int32_t kind;      /* 3: client */
    uint64_t start_ns; /* 0: unknown */
    uint64_t end_ns;
    int32_t status; /* 0 unset, 1 ok, 2 error */
    struct otlp_attrs attrs;
};

struct otlp_log {
    const struct otlp_origin *origin;
    const char *fault;
    bool has_span; /* it belongs to the one named below */
    unsigned char trace_id[OTLP_TRACE_BYTES];
    unsigned char span_id[OTLP_SPAN_BYTES];
    uint64_t time_ns; /* 0: unknown */
    uint64_t observed_ns;
    struct str event_name; /* the record's own, often empty */
    struct str body;       /* when it is text */
    struct otlp_attrs attrs;
};

/* Who takes what was decoded; an rc but RC_OK ends the decoding. */
typedef enum rc otlp_span_fn(void *arg, const struct otlp_span *span,
                             struct why *why);
typedef enum rc otlp_log_fn(void *arg, const struct otlp_log *log,
                            struct why *why);

/* otlp_is_no_id: all n bytes are zeros, which names nothing. */
bool otlp_is_no_id(const unsigned char *id, size_t n);

/* otlp_attr_find: NULL when absent.  Of several the first. */
const struct otlp_value *otlp_attr_find(struct otlp_attrs attrs,
                                        struct str key);

/* otlp_text: the value as text when it is text or a list; a number or a bool
 * in `arena`.  Empty at its cap, or when it is not valid UTF-8. */
struct str otlp_text(const struct otlp_value *value, struct arena *arena);

/* otlp_count: a whole number, a double without a fraction, or decimal text
 * of one.  RC_INVALID for anything else and for a negative one, RC_RANGE
 * over EVENT_COUNT_MAX. */
enum rc otlp_count(const struct otlp_value *value, int64_t *ret_n) MUST_CHECK;

/* otlp_money: dollars, as a number or as decimal text; RC_INVALID or
 * RC_RANGE. */
enum rc otlp_money(const struct otlp_value *value,
                   struct usd *ret_usd) MUST_CHECK;

#endif
