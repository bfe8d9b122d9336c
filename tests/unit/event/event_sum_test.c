#include "test.h"

#include "base/attr.h"
#include "event/event.h"
#include "event/event_sum.h"

static struct event sum_of(const char *window)
{
    struct event ev;
    event_init(&ev);
    ev.token[TOKEN_INPUT] = 900000;
    ev.token[TOKEN_CACHE_READ] = 100000;
    assert_rc(event_tag_set(&ev, STR(EVENT_SUM_END),
                            STR("2026-10-02T00:00:00Z"), NULL),
              RC_OK);
    if (window != NULL) {
        assert_rc(event_tag_set(&ev, STR(EVENT_SUM_CONTEXT),
                                str_from_cz(window), NULL),
                  RC_OK);
    }
    return ev;
}

static void a_call_is_as_long_as_its_input(void **state)
{
    struct event ev;
    (void)state;
    event_init(&ev);
    ev.token[TOKEN_INPUT] = 900000;
    ev.token[TOKEN_CACHE_READ] = 100000;
    assert_rc(event_tag_set(&ev, STR(EVENT_SUM_CONTEXT), STR("0-200k"), NULL),
              RC_OK);
    assert_false(event_is_sum(&ev));
    assert_int_equal(event_context_tokens(&ev), 1000000);
}

static void a_sum_is_as_long_as_its_window_says(void **state)
{
    static const struct {
        const char *window;
        int64_t n;
    } rows[] = {
        {NULL, 0},
        {"0-200k", 0},
        {"200k-1M", 200001},
        {"1M-2M", 1000001},
        {"272000", 272001},
        {"long", 0},
        {"-", 0},
        {"200x-1M", 0},
        {"9223372036854775807", 0},
        {"9223372036854775807k", 0},
        {"99999999999999999999", 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct event ev = sum_of(rows[i].window);
        assert_true(event_is_sum(&ev));
        assert_int_equal(event_context_tokens(&ev), rows[i].n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_as_long_as_its_input),
        cmocka_unit_test(a_sum_is_as_long_as_its_window_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
