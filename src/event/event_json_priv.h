/* What the reader and the writer of the public JSON form share: its members
 * as a table, and its counts, where totals include their parts. */
#ifndef EVENT_EVENT_JSON_PRIV_H
#define EVENT_EVENT_JSON_PRIV_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"

#include <stdint.h>

struct json;
struct why;

enum field_kind { /* how a member is read and written */
                  FIELD_KIND_ID = 1,
                  FIELD_KIND_TS,
                  FIELD_KIND_DIM,    /* which: enum dim */
                  FIELD_KIND_CHOICE, /* which: enum choice */
                  FIELD_KIND_COUNT,  /* which: enum count */
                  FIELD_KIND_MS,     /* which: enum ms */
                  FIELD_KIND_ATTEMPT,
                  FIELD_KIND_REPORTED_COST,
                  FIELD_KIND_TAGS,
                  FIELD_KIND_EXPORT /* written by export, skipped by the reader
                                     */
};

enum count { /* the public counts; the class of each: event_json_form.c */
             COUNT_INPUT,
             COUNT_CACHE_READ,
             COUNT_CACHE_WRITE,
             COUNT_CACHE_WRITE_1H,
             COUNT_INPUT_AUDIO,
             COUNT_INPUT_IMAGE,
             COUNT_OUTPUT,
             COUNT_REASONING,
             COUNT_OUTPUT_AUDIO,
             COUNT_OUTPUT_IMAGE,
             COUNT_WEB_SEARCHES,
             COUNT__COUNT
};

enum ms { MS_LATENCY, MS_TTFT };

enum field {
    FIELD_NONE,
#define X(name, json, kind, which) FIELD_##name,
#include "event/event_field.def"
#undef X
    FIELD__COUNT
};

struct event_field {
    struct str name;
    enum field_kind kind;
    uint8_t which;
};

extern const struct event_field field_table[FIELD__COUNT];

/* field_find: FIELD_NONE when it is no member of the form. */
enum field field_find(struct str name);

/* The one place where totals with parts and disjoint classes meet.
 * counts_to_event expects every total to cover its parts. */
void counts_to_event(const int64_t count[COUNT__COUNT], struct event *ev);
void counts_from_event(const struct event *ev, int64_t count[COUNT__COUNT]);

/* event_read_ts (event_json_read.c): a time as the form writes it: RFC 3339
 * with an offset, or a number of epoch seconds or milliseconds. */
enum rc event_read_ts(const struct json *j, int64_t *ret_us,
                      struct why *why) MUST_CHECK;

#endif
