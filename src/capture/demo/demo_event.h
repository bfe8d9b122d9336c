/* A call of the demo company as the event that is told to the sink.  One
 * thread. */
#ifndef CAPTURE_DEMO_EVENT_H
#define CAPTURE_DEMO_EVENT_H

#include "capture/demo/demo_calendar.h"
#include "capture/demo/demo_run.h"
#include "event/event.h"

#include <stdint.h>

enum {
    DEMO_TEXT_SHORT = 48, /* "demo-", seed and number */
    DEMO_TEXT_NAMED = 96  /* a name of the cast and a little more */
};

/* The event at hand and the texts it borrows. */
struct demo_event {
    const struct demo_calendar *calendar;
    struct event ev;
    int release; /* whose text stands below; -1: none yet */
    char release_text[DEMO_RELEASE_TEXT_MAX];
    size_t release_n;
    char id[DEMO_TEXT_SHORT];
    char run[DEMO_TEXT_SHORT];
    char user[DEMO_TEXT_NAMED];
    char prompt[DEMO_TEXT_NAMED];
};

/* demo_event_init: `calendar` outlives the event. */
void demo_event_init(struct demo_event *e,
                     const struct demo_calendar *calendar);

/* demo_event_fill: make e->ev the n-th event of the demo; its texts hold
 * until the next call. */
void demo_event_fill(struct demo_event *e, const struct demo_call *call,
                     uint64_t n);

#endif
