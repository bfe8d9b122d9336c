/* The token classes as the expected records of fixtures spell them, and the
 * checks of an event against such a record that importers and OTLP share. */
#ifndef TESTS_UNIT_CANONICAL_H
#define TESTS_UNIT_CANONICAL_H

#include "test.h"

#include "base/attr.h"
#include "base/json.h"
#include "event/event.h"

static const struct {
    const char *name;
    enum token_kind kind;
} canonical_classes[] = {
    {"input_uncached", TOKEN_INPUT},
    {"cache_read", TOKEN_CACHE_READ},
    {"cache_write_5m", TOKEN_CACHE_WRITE_5M},
    {"cache_write_1h", TOKEN_CACHE_WRITE_1H},
    {"output_text", TOKEN_OUTPUT},
    {"output_reasoning", TOKEN_OUTPUT_REASONING},
    {"audio_in", TOKEN_INPUT_AUDIO},
    {"audio_out", TOKEN_OUTPUT_AUDIO},
    {"image_in", TOKEN_INPUT_IMAGE},
    {"image_out", TOKEN_OUTPUT_IMAGE},
};
_Static_assert(ARRAY_N(canonical_classes) == TOKEN__COUNT, "each class");

static inline void canonical_check_counts(const struct json *record,
                                          const struct event *ev)
{
    int64_t searches = -1;
    for (size_t i = 0; i < ARRAY_N(canonical_classes); i++) {
        const char *name = canonical_classes[i].name;
        int64_t got = ev->token[canonical_classes[i].kind];
        int64_t want = -1;
        assert_rc(json_i64(json_get(record, name), &want), RC_OK);
        if (got != want) {
            print_error("%.*s: %s is %lld, not %lld\n", STR_ARG(ev->id), name,
                        (long long)got, (long long)want);
            fail();
        }
    }
    assert_rc(json_i64(json_get(record, "web_search_calls"), &searches), RC_OK);
    assert_true(ev->web_searches == searches);
}

static inline void canonical_check_text(const struct event *ev,
                                        const char *what, struct str got,
                                        struct str want)
{
    if (!str_eq(got, want)) {
        print_error("%.*s: %s is \"%.*s\", not \"%.*s\"\n", STR_ARG(ev->id),
                    what, STR_ARG(got), STR_ARG(want));
        fail();
    }
}

#endif
