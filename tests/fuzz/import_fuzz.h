/* Any bytes as a file to import: whatever reaches the sink keeps the rules of
 * events, and importing the same bytes again gives the same events with the
 * same ids. */
#ifndef TESTS_FUZZ_IMPORT_FUZZ_H
#define TESTS_FUZZ_IMPORT_FUZZ_H

#include "base/check.h"
#include "base/hash.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/import/import.h"
#include "event/event.h"
#include "event/event_check.h"
#include "event/record.h"

#define IMPORT_FUZZ_NOW_US (INT64_C(1795000000) * UTC_US_PER_SECOND)

struct import_fuzz {
    uint64_t n_events;
    uint64_t n_records;
    uint64_t hash; /* of all ids in their order, and of what was counted */
    uint64_t n_told;
};

static inline enum rc import_fuzz_event(void *arg, struct event *ev,
                                        bool has_environment, struct why *why)
{
    struct import_fuzz *f = arg;
    (void)has_environment;
    CHECK(event_check(ev, IMPORT_FUZZ_NOW_US, why) == RC_OK);
    CHECK(ev->id.n > 0 && ev->source == EVENT_SOURCE_IMPORT);
    f->n_events++;
    f->hash = hash_64(ev->id.p, ev->id.n, f->hash);
    f->hash = hash_64(ev->token, sizeof(ev->token), f->hash);
    return RC_OK;
}

static inline enum rc import_fuzz_record(void *arg, struct record *rec,
                                         struct why *why)
{
    struct import_fuzz *f = arg;
    CHECK(record_check(rec, IMPORT_FUZZ_NOW_US, why) == RC_OK);
    CHECK(rec->kind != RECORD_OUTCOME || rec->id.n > 0);
    f->n_records++;
    f->hash = hash_64(rec->id.p, rec->id.n, f->hash);
    return RC_OK;
}

static inline void import_fuzz_trouble(void *arg, const char *path,
                                       struct str place, struct str what)
{
    struct import_fuzz *f = arg;
    CHECK(path != NULL && what.n > 0 && (place.n == 0 || place.p != NULL));
    f->n_told++;
}

static inline struct import_fuzz import_fuzz_once(const char *format,
                                                  struct str bytes)
{
    struct import_fuzz f = {.n_events = 0};
    struct import_counts counts;
    struct why why = {.text = ""};
    const struct import_options opt = {
        .format = format,
        .now_us = IMPORT_FUZZ_NOW_US,
        .n_threads = 1,
        .sink = import_fuzz_event,
        .record = import_fuzz_record,
        .trouble = import_fuzz_trouble,
        .arg = &f,
    };
    enum rc rc = import_bytes(&opt, "fuzz", bytes, &counts, &why);
    CHECK(rc == RC_OK || why.text[0] != '\0');
    CHECK(counts.n_events == f.n_events);
    CHECK(counts.n_records == f.n_records);
    CHECK((counts.n_rejected == 0 && counts.n_files_failed == 0) ||
          f.n_told > 0);
    return f;
}

static inline void import_fuzz_twice(const char *format, struct str bytes)
{
    struct import_fuzz first = import_fuzz_once(format, bytes);
    struct import_fuzz second = import_fuzz_once(format, bytes);
    CHECK(first.n_events == second.n_events);
    CHECK(first.hash == second.hash);
}

#endif
