#include "test.h"

#include <time.h>

#include "base/clock.h"

static int64_t now_us(clockid_t id)
{
    struct timespec t;

    assert_int_equal(clock_gettime(id, &t), 0);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void counts_microseconds(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t before_us = now_us(CLOCK_MONOTONIC);
        int64_t mono_us = clock_mono_us();
        int64_t after_us = now_us(CLOCK_MONOTONIC);

        assert_true(before_us <= mono_us && mono_us <= after_us);
    }
}

/* The wall clock may be set while this runs, so only the second is meant to
 * be right: 1970 was the start and microseconds are the unit. */
static void tells_the_wall_clock(void **state)
{
    int64_t off_us = clock_now_us() - now_us(CLOCK_REALTIME);

    (void)state;
    assert_true(off_us > -1000000 && off_us < 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_microseconds),
        cmocka_unit_test(tells_the_wall_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
