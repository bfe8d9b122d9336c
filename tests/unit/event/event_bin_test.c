#include "test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rand.h"
#include "event/event_bin.h"
#include "random_event.h"

struct fixture {
    struct rand rand;
    struct arena arena;
    struct buf buf;
};

static int set_up(void **state)
{
    static struct fixture f;
    rand_init(&f.rand, 97);
    arena_init(&f.arena, 4 * LIMIT_ARENA_MAX);
    buf_init(&f.buf, LIMIT_JOURNAL_RECORD_MAX);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_fini(&f->arena);
    buf_fini(&f->buf);
    return 0;
}

static struct event next_event(struct fixture *f)
{
    struct event ev = random_event(&f->rand, &f->arena);
    if (chance(&f->rand, 2)) {
        random_cost(&f->rand, &ev);
    }
    ev.arrival_us = (int64_t)rand_u64(&f->rand);
    return ev;
}

static void test_what_is_read_equals_what_was_written(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 300; round++) {
        struct event ev[5];
        struct why why;
        arena_reset(&f->arena);
        buf_clear(&f->buf);
        for (size_t i = 0; i < ARRAY_N(ev); i++) {
            ev[i] = next_event(f);
            event_bin_add(&f->buf, &ev[i]);
        }
        struct str rest = buf_view(&f->buf);
        for (size_t i = 0; i < ARRAY_N(ev); i++) {
            struct event back;
            assert_ok(event_bin_read(&rest, &back, &why), &why);
            assert_same_event(&ev[i], &back);
        }
        assert_int_equal(rest.n, 0);
    }
}

static void test_extremes(void **state)
{
    struct fixture *f = *state;
    struct why why;
    struct event ev;
    event_init(&ev);
    ev.ts_us = INT64_MIN;
    ev.arrival_us = INT64_MAX;
    ev.attempt = UINT32_MAX;
    ev.latency_ms = INT64_MAX;
    ev.ttft_ms = 0;
    ev.web_searches = INT64_MAX;
    ev.has_reported_cost = true;
    ev.reported_cost.pico = INT64_MIN;
    ev.token[TOKEN_INPUT] = INT64_MAX;
    ev.cost.priced = true;
    ev.cost.input.pico = INT64_MIN;
    ev.cost.tools.pico = INT64_MAX;
    event_bin_add(&f->buf, &ev);
    struct str rest = buf_view(&f->buf);
    struct event back;
    assert_ok(event_bin_read(&rest, &back, &why), &why);
    assert_same_event(&ev, &back);
}

static void test_absent_parts_cost_nothing(void **state)
{
    struct fixture *f = *state;
    struct event ev;
    event_init(&ev);
    ev.ts_us = TEST_NOW_US;
    ev.arrival_us = TEST_NOW_US;
    event_bin_add(&f->buf, &ev);
    /* Version, three empty sets, ts, arrival, five choices. */
    assert_int_equal(f->buf.n, 1 + 3 + 8 + 1 + 5);
    size_t before = f->buf.n;
    ev.dim[DIM_USER] = STR("u1");
    buf_clear(&f->buf);
    event_bin_add(&f->buf, &ev);
    assert_in_range(f->buf.n, before + 3, before + 5);
}

/* Every proper beginning of a record ends too early.  Each is copied to a
 * block of its own size, so that the sanitizers see a step past its end. */
static void test_cut_records_are_refused(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 20; round++) {
        arena_reset(&f->arena);
        buf_clear(&f->buf);
        struct event ev = next_event(f);
        event_bin_add(&f->buf, &ev);
        for (size_t n = 0; n < f->buf.n; n++) {
            char *copy = malloc(n > 0 ? n : 1);
            assert_non_null(copy);
            memcpy(copy, f->buf.p, n);
            struct str rest = {.p = copy, .n = n};
            struct event back = {.attempt = 77};
            assert_rc(event_bin_read(&rest, &back, NULL), RC_CORRUPT);
            assert_ptr_equal(rest.p, copy);
            assert_int_equal(rest.n, n);
            assert_int_equal(back.attempt, 77);
            free(copy);
        }
    }
}

/* A flipped bit is refused, or gives another event, which then has exactly
 * these bytes: no two records mean the same. */
static void test_each_event_has_one_form(void **state)
{
    struct fixture *f = *state;
    struct buf again;
    size_t n_taken = 0;
    size_t n_refused = 0;
    buf_init(&again, LIMIT_JOURNAL_RECORD_MAX);
    for (int round = 0; round < 20; round++) {
        arena_reset(&f->arena);
        buf_clear(&f->buf);
        struct event ev = next_event(f);
        event_bin_add(&f->buf, &ev);
        for (size_t bit = 0; bit < 8 * f->buf.n; bit++) {
            f->buf.p[bit / 8] ^= (char)(1 << bit % 8);
            struct str rest = buf_view(&f->buf);
            struct event back;
            if (event_bin_read(&rest, &back, NULL) == RC_OK) {
                size_t used = f->buf.n - rest.n;
                n_taken++;
                buf_clear(&again);
                event_bin_add(&again, &back);
                assert_int_equal(again.n, used);
                assert_memory_equal(again.p, f->buf.p, used);
            } else {
                n_refused++;
            }
            f->buf.p[bit / 8] ^= (char)(1 << bit % 8);
        }
    }
    assert_true(n_taken > 0);
    assert_true(n_refused > 0);
    buf_fini(&again);
}

static void refuse_bytes(struct str bytes, const char *words)
{
    struct why why = {.text = ""};
    struct event back;
    assert_rc(event_bin_read(&bytes, &back, &why), RC_CORRUPT);
    assert_non_null(strstr(why.text, words));
}

/* version, dims, tokens, parts, ts 0, arrival 0, five choices, then what
 * the sets announce. */
#define CHOICES "\1\1\1\1\1"

static void test_bytes_that_toll_never_writes(void **state)
{
    (void)state;
    struct str good = STR("\1\0\0\0\0\0" CHOICES);
    struct event back;
    struct why why;
    assert_ok(event_bin_read(&good, &back, &why), &why);

    refuse_bytes(STR("\2\0\0\0\0\0" CHOICES), "version 2");
    refuse_bytes(STR("\0\0\0\0\0\0" CHOICES), "version 0");
    /* A closed set's zero, and one past its last. */
    refuse_bytes(STR("\1\0\0\0\0\0\0\1\1\1\1"), "damaged");
    refuse_bytes(STR("\1\0\0\0\0\0\1\1\1\1\6"), "damaged");
    /* A varint longer than it must be; one of 65 bits; one without end. */
    refuse_bytes(STR("\1\x80\0\0\0\0\0" CHOICES), "damaged");
    refuse_bytes(
        STR("\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\0" CHOICES),
        "damaged");
    refuse_bytes(
        STR("\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0" CHOICES),
        "damaged");
    /* Dimension 17, token class 10 and part 8 are not known. */
    refuse_bytes(STR("\1\x80\x80\x08\0\0\0\0" CHOICES "\1x"), "damaged");
    refuse_bytes(STR("\1\0\x80\x08\0\0\0" CHOICES "\1"), "damaged");
    refuse_bytes(STR("\1\0\0\x80\x02\0\0" CHOICES "\1"), "damaged");
    /* Announced, and then at its default. */
    refuse_bytes(STR("\1\1\0\0\0\0" CHOICES "\0"), "damaged");
    refuse_bytes(STR("\1\0\1\0\0\0" CHOICES "\0"), "damaged");
    refuse_bytes(STR("\1\0\0\x10\0\0" CHOICES "\1"), "damaged");
    refuse_bytes(STR("\1\0\0\x40\0\0" CHOICES "\0"), "damaged");
    /* A text longer than the bytes there, by one and by nearly 2^64. */
    refuse_bytes(STR("\1\1\0\0\0\0" CHOICES "\2x"), "damaged");
    refuse_bytes(
        STR("\1\1\0\0\0\0" CHOICES "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1x"),
        "damaged");
    /* Text that is not UTF-8; tags out of order. */
    refuse_bytes(STR("\1\1\0\0\0\0" CHOICES "\1\xff"), "damaged");
    refuse_bytes(STR("\1\0\0\x40\0\0" CHOICES "\2\1b\0\1a\0"), "damaged");
    refuse_bytes(STR("\1\0\0\x40\0\0" CHOICES "\x11"), "damaged");
}

static void test_random_bytes_never_read_outside(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 20000; round++) {
        size_t n = rand_below(&f->rand, 64);
        char *bytes = malloc(n > 0 ? n : 1);
        assert_non_null(bytes);
        for (size_t i = 0; i < n; i++) {
            bytes[i] = (char)rand_u64(&f->rand);
        }
        if (n > 0) {
            bytes[0] = 1; /* else all end at the version */
        }
        struct str rest = {.p = bytes, .n = n};
        struct event back;
        if (event_bin_read(&rest, &back, NULL) == RC_OK) {
            assert_true(rest.n < n);
        }
        free(bytes);
    }
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_read_equals_what_was_written),
        TEST(test_extremes),
        TEST(test_absent_parts_cost_nothing),
        TEST(test_cut_records_are_refused),
        TEST(test_each_event_has_one_form),
        TEST(test_bytes_that_toll_never_writes),
        TEST(test_random_bytes_never_read_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
