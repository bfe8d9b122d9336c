/* The files a journal is made of, a disk that refuses them, and a reader while
 * they are written. */
#include "journal_rig.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"

/* ---- segments ---- */

/* Records of the largest size, each with its number in front, until there
 * are n segments and one record in the last. */
static void fill_segments(struct fixture *f, int n, uint64_t *ret_starts)
{
    char *p = mem_alloc(LIMIT_JOURNAL_RECORD_MAX);
    struct str payload = {.p = p, .n = LIMIT_JOURNAL_RECORD_MAX};
    int found = 1;
    ret_starts[0] = 0;
    for (uint32_t i = 0; found < n; i++) {
        uint64_t before = journal_end(f->j);
        memcpy(p, &i, sizeof(i));
        (void)add(f, payload);
        if (is_there(segment_path(f, before)) && before > 0) {
            ret_starts[found++] = before;
        }
    }
    mem_free(p);
}

static uint32_t count_numbered(struct fixture *f, uint64_t pos)
{
    struct journal_reader *r = NULL;
    struct str payload;
    uint32_t n = 0;
    assert_ok(journal_reader_open(f->dir, pos, &r, &f->why), &f->why);
    while (journal_read(r, journal_end(f->j), &payload, &f->why) == RC_OK) {
        uint32_t number;
        assert_int_equal(payload.n, LIMIT_JOURNAL_RECORD_MAX);
        memcpy(&number, payload.p, sizeof(number));
        assert_int_equal(number, n);
        n++;
    }
    journal_reader_close(&r);
    return n;
}

static void a_full_segment_is_followed_by_the_next(void **state)
{
    struct fixture *f = *state;
    uint64_t starts[3];
    open_at(f, 0);
    fill_segments(f, 3, starts);
    assert_true(starts[1] >= LIMIT_JOURNAL_SEGMENT_BYTES);
    assert_true(starts[1] <
                LIMIT_JOURNAL_SEGMENT_BYTES + LIMIT_JOURNAL_RECORD_MAX);
    assert_int_equal(size_of(segment_path(f, 0)), starts[1]);
    uint32_t n = count_numbered(f, 0);
    assert_int_equal(n, 33); /* 16 to a segment, and one */
    open_at(f, 0);
    assert_int_equal(count_numbered(f, 0), n);
}

static void trimming_removes_what_ends_before_a_position(void **state)
{
    struct fixture *f = *state;
    uint64_t starts[3];
    open_at(f, 0);
    fill_segments(f, 3, starts);
    assert_ok(journal_trim(f->dir, starts[1] - 1, &f->why), &f->why);
    assert_true(is_there(segment_path(f, 0)));
    assert_ok(journal_trim(f->dir, starts[1], &f->why), &f->why);
    assert_false(is_there(segment_path(f, 0)));
    assert_true(is_there(segment_path(f, starts[1])));
    assert_ok(journal_trim(f->dir, UINT64_MAX, &f->why), &f->why);
    assert_false(is_there(segment_path(f, starts[1])));
    assert_true(is_there(segment_path(f, starts[2])));
    uint64_t end = journal_end(f->j);
    open_at(f, 0);
    assert_int_equal(journal_end(f->j), end);
}

static void at_rest_a_segment_worth_it_can_be_removed(void **state)
{
    struct fixture *f = *state;
    static char bytes[LIMIT_JOURNAL_REST_BYTES];
    struct buf out;
    open_at(f, 0);
    uint64_t end = add(f, STR("a"));
    assert_ok(journal_rest(f->j, &f->why), &f->why);
    assert_int_equal(journal_end(f->j), end);
    end = add(f, (struct str){.p = bytes, .n = sizeof(bytes)});
    assert_int_equal(size_of(segment_path(f, 0)), end);
    assert_ok(journal_rest(f->j, &f->why), &f->why);
    assert_true(journal_end(f->j) > end);
    assert_ok(journal_trim(f->dir, end, &f->why), &f->why);
    assert_false(is_there(segment_path(f, 0)));
    assert_ok(journal_rest(f->j, &f->why), &f->why); /* nothing in it yet */
    (void)add(f, STR("b"));
    buf_init(&out, 100);
    read_all(f, end, journal_end(f->j), &out);
    test_assert_str(buf_view(&out), STR("b\n"), __FILE__, __LINE__);
    buf_fini(&out);
}

static void a_missing_segment_is_told_and_passed(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    uint64_t starts[3];
    open_at(f, 0);
    fill_segments(f, 3, starts);
    assert_int_equal(unlink(segment_path(f, starts[1])), 0);
    assert_ok(journal_reader_open(f->dir, starts[1], &r, &f->why), &f->why);
    assert_rc(journal_read(r, journal_end(f->j), &payload, &f->why),
              RC_CORRUPT);
    assert_non_null(strstr(f->why.text, "lacks"));
    assert_int_equal(journal_reader_pos(r), starts[2]);
    assert_ok(journal_read(r, journal_end(f->j), &payload, &f->why), &f->why);
    assert_rc(journal_read(r, journal_end(f->j), &payload, &f->why), RC_END);
    journal_reader_close(&r);
}

static void damage_at_a_segments_end_does_not_hide_the_next(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    uint64_t starts[2];
    uint32_t n_read = 0;
    uint32_t n_damaged = 0;
    open_at(f, 0);
    fill_segments(f, 2, starts);
    flip(segment_path(f, 0), starts[1] - 1);
    assert_ok(journal_reader_open(f->dir, 0, &r, &f->why), &f->why);
    enum rc rc;
    do {
        rc = journal_read(r, journal_end(f->j), &payload, &f->why);
        n_read += rc == RC_OK;
        n_damaged += rc == RC_CORRUPT;
    } while (rc == RC_OK || rc == RC_CORRUPT);
    assert_rc(rc, RC_END);
    assert_int_equal(n_read, 16);
    assert_int_equal(n_damaged, 1);
    journal_reader_close(&r);
}

static void a_segment_torn_when_it_was_begun_is_begun_anew(void **state)
{
    struct fixture *f = *state;
    static const char noise[JOURNAL_HEADER_BYTES] = "tolljrnl and no more";
    for (size_t n = 0; n <= sizeof(noise); n += 6) {
        journal_close(&f->j);
        open_at(f, 0);
        uint64_t end = add(f, STR("one"));
        journal_close(&f->j);
        put_content(segment_path(f, end), (struct str){.p = noise, .n = n});
        open_at(f, 0);
        assert_int_equal(journal_end(f->j), end + JOURNAL_HEADER_BYTES);
        (void)add(f, STR("two"));
        struct buf out;
        buf_init(&out, 1000);
        read_all(f, end, journal_end(f->j), &out);
        assert_str(buf_view(&out), "two\n");
        buf_fini(&out);
    }
}

static void no_position_is_given_out_twice(void **state)
{
    struct fixture *f = *state;
    open_at(f, 1000);
    assert_int_equal(journal_end(f->j), 1000 + JOURNAL_HEADER_BYTES);
    uint64_t end = add(f, STR("one"));
    open_at(f, end);
    assert_int_equal(journal_end(f->j), end);
    open_at(f, end + 1);
    assert_int_equal(journal_end(f->j), end + 1 + JOURNAL_HEADER_BYTES);
    assert_true(is_there(segment_path(f, 1000)));
}

static void other_files_of_the_folder_are_left_alone(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {
        "0000000000000000.toll~",
        "000000000000000g.toll",
        "x.toll",
        "00000000000000FF.toll",
        "readme",
    };
    char path[128];
    open_at(f, 0);
    for (size_t i = 0; i < ARRAY_N(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
        put_content(path, STR("mine"));
    }
    (void)add(f, STR("one"));
    open_at(f, 0);
    assert_ok(journal_trim(f->dir, UINT64_MAX, &f->why), &f->why);
    assert_reads(f, "one\n");
    for (size_t i = 0; i < ARRAY_N(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
        assert_int_equal(size_of(path), 4);
    }
}

/* ---- a disk that refuses ---- */

/* No file may grow over n bytes from here on. */
static void limit_files(uint64_t n)
{
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = n;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_a_failed_append_left_is_cut(void **state)
{
    struct fixture *f = *state;
    char long_text[300];
    struct str payload = {.p = long_text, .n = sizeof(long_text)};
    memset(long_text, 'x', sizeof(long_text));
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    /* Room for this one, and for half of the next. */
    assert_ok(journal_append(f->j, STR("two"), &f->why), &f->why);
    limit_files(200);
    enum rc rc = journal_append(f->j, payload, &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    assert_non_null(strstr(f->why.text, "writing journal"));
    assert_int_equal(size_of(segment_path(f, 0)), end);
    assert_int_equal(sync_all(f), end);
    (void)add(f, STR("three"));
    assert_reads(f, "one\nthree\n");
    open_at(f, 0);
    assert_reads(f, "one\nthree\n");
}

static void what_is_held_outlives_a_failure(void **state)
{
    struct fixture *f = *state;
    char long_text[300];
    struct str payload = {.p = long_text, .n = sizeof(long_text)};
    memset(long_text, 'x', sizeof(long_text));
    open_at(f, 0);
    (void)add(f, STR("one"));
    assert_ok(journal_append(f->j, STR("two"), &f->why), &f->why);
    journal_hold(f->j);
    assert_ok(journal_append(f->j, STR("three"), &f->why), &f->why);
    limit_files(200);
    enum rc rc = journal_append(f->j, payload, &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    (void)sync_all(f);
    assert_reads(f, "one\ntwo\n");
    (void)add(f, STR("four"));
    open_at(f, 0);
    assert_reads(f, "one\ntwo\nfour\n");
}

static void a_segment_that_cannot_be_begun_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct str payload = {.n = LIMIT_JOURNAL_RECORD_MAX};
    char *p = mem_alloc(payload.n);
    payload.p = p;
    open_at(f, 0);
    while (journal_end(f->j) < LIMIT_JOURNAL_SEGMENT_BYTES) {
        (void)add(f, payload);
    }
    uint64_t end = journal_end(f->j);
    limit_files(JOURNAL_HEADER_BYTES - 1);
    enum rc rc = journal_append(f->j, STR("x"), &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    assert_int_equal(journal_end(f->j), end);
    assert_false(is_there(segment_path(f, end)));
    (void)add(f, STR("next"));
    assert_true(is_there(segment_path(f, end)));
    mem_free(p);
}

static void a_probe_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    limit_files(1000);
    enum rc rc = journal_probe(f->j, &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    assert_int_equal(size_of(segment_path(f, 0)), end);
    assert_ok(journal_probe(f->j, &f->why), &f->why);
    assert_int_equal(size_of(segment_path(f, 0)), end);
    (void)add(f, STR("two"));
    assert_reads(f, "one\ntwo\n");
}

static void a_folder_that_cannot_be_is_told(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    assert_rc(journal_reader_open(f->dir, 0, &r, &f->why), RC_NOT_FOUND);
    put_content(f->dir, STR("a file"));
    assert_int_not_equal(journal_open(f->dir, 0, &f->j, &f->why), RC_OK);
    assert_non_null(strstr(f->why.text, f->dir));
}

/* ---- both at once ---- */

struct tail {
    const char *dir;
    _Atomic uint64_t end;
    _Atomic bool is_done;
    uint32_t n_read;
    bool is_in_order;
};

static void *follow(void *arg)
{
    struct tail *tail = arg;
    struct journal_reader *r = NULL;
    struct why why;
    bool last_look = false;
    tail->is_in_order = true;
    if (journal_reader_open(tail->dir, 0, &r, &why) != RC_OK) {
        return NULL;
    }
    while (!last_look) {
        struct str payload;
        last_look = atomic_load(&tail->is_done);
        uint64_t end = atomic_load(&tail->end);
        while (journal_read(r, end, &payload, &why) == RC_OK) {
            uint32_t number;
            memcpy(&number, payload.p, sizeof(number));
            tail->is_in_order = tail->is_in_order && number == tail->n_read;
            tail->n_read++;
        }
    }
    journal_reader_close(&r);
    return NULL;
}

static void a_reader_on_another_thread_sees_whole_records(void **state)
{
    struct fixture *f = *state;
    static char payload[20000];
    struct thread thread = {.started = false};
    struct tail tail = {.dir = f->dir};
    const uint32_t n = 1500; /* over a segment */
    open_at(f, 0);
    assert_ok(thread_start(&thread, "follow", follow, &tail, &f->why), &f->why);
    for (uint32_t i = 0; i < n; i++) {
        memcpy(payload, &i, sizeof(i));
        struct str record = {.p = payload, .n = 4 + i % 997 * 20};
        assert_ok(journal_append(f->j, record, &f->why), &f->why);
        if (i % 50 == 0) {
            atomic_store(&tail.end, sync_all(f));
        }
    }
    atomic_store(&tail.end, sync_all(f));
    atomic_store(&tail.is_done, true);
    thread_join(&thread);
    assert_int_equal(tail.n_read, n);
    assert_true(tail.is_in_order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_segment_is_followed_by_the_next),
        TEST(trimming_removes_what_ends_before_a_position),
        TEST(at_rest_a_segment_worth_it_can_be_removed),
        TEST(a_missing_segment_is_told_and_passed),
        TEST(damage_at_a_segments_end_does_not_hide_the_next),
        TEST(a_segment_torn_when_it_was_begun_is_begun_anew),
        TEST(no_position_is_given_out_twice),
        TEST(other_files_of_the_folder_are_left_alone),
        TEST(what_a_failed_append_left_is_cut),
        TEST(what_is_held_outlives_a_failure),
        TEST(a_segment_that_cannot_be_begun_changes_nothing),
        TEST(a_probe_leaves_nothing_behind),
        TEST(a_folder_that_cannot_be_is_told),
        TEST(a_reader_on_another_thread_sees_whole_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
