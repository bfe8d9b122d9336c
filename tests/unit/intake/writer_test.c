#include "rig.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/rand.h"
#include "intake/intake_priv.h"
#include "intake/journal_priv.h"

static int setup(void **state)
{
    static struct rig r;
    rig_init(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rig_fini(*state);
    return 0;
}

static struct text id_of(uint64_t n)
{
    struct text id = {{0}};
    (void)snprintf(id.cz, sizeof(id.cz), "id-%06llu", (unsigned long long)n);
    return id;
}

static struct text path_of(struct rig *r, struct journal_name name)
{
    struct text path = {{0}};
    (void)snprintf(path.cz, sizeof(path.cz), "%s/journal/%s", r->folder.path,
                   name.cz);
    return path;
}

static bool is_there(struct text path)
{
    struct stat st;
    return stat(path.cz, &st) == 0;
}

/* ---- a store that fails ---- */

static void each_way_to_fail_is_survived(void **state)
{
    struct rig *r = *state;
    static const enum store_fake_call calls[] = {
        STORE_FAKE_BEGIN, STORE_FAKE_ADD, STORE_FAKE_COMMIT};
    struct intake_counts counts;
    rig_open(r);
    for (size_t i = 0; i < ARRAY_N(calls); i++) {
        store_fake_fail(r->store, calls[i], 0, 2, RC_FULL);
        assert_int_equal(send_ok(r, id_of(2 * i).cz), INTAKE_ACCEPTED);
        assert_int_equal(send_ok(r, id_of(2 * i + 1).cz), INTAKE_ACCEPTED);
        flush_ok(r);
    }
    assert_stored(
        r, "id-000000 id-000001 id-000002 id-000003 id-000004 id-000005");
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_store_failures, 6);
    assert_int_equal(counts.n_stored, 6);
    assert_int_equal(counts.store_pos, counts.journal_pos);
}

static void a_flush_tells_the_stores_trouble(void **state)
{
    struct rig *r = *state;
    struct intake_counts counts;
    rig_open(r);
    rig_break_store(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    do {
        intake_count(r->in, &counts);
    } while (counts.n_store_failures == 0);
    assert_rc(intake_flush(r->in, clock_mono_us(), &r->why), RC_UNAVAILABLE);
    assert_non_null(strstr(r->why.text, "was told to fail"));
    assert_true(counts.store_pos < counts.journal_pos);
    assert_ok(intake_ready(r->in, &r->why), &r->why); /* it takes events */
    rig_mend_store(r);
    flush_ok(r);
    assert_stored(r, "a");
}

static void closing_does_not_wait_for_a_store_that_fails(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_break_store(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    intake_close(&r->in);
    assert_stored(r, "");
    rig_mend_store(r);
    rig_open(r);
    flush_ok(r);
    assert_stored(r, "a");
}

static void closing_carries_what_is_left(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(send_ok(r, id_of(i).cz), INTAKE_ACCEPTED);
    }
    intake_close(&r->in);
    assert_stored(r, "id-000000 id-000001 id-000002");
}

static void who_only_carries_reads_no_ids(void **state)
{
    struct rig *r = *state;
    struct intake_counts counts;
    rig_open(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    rig_break_store(r);
    assert_int_equal(send_ok(r, "b"), INTAKE_ACCEPTED);
    intake_close(&r->in);
    rig_mend_store(r);
    r->only_carries = true;
    rig_open(r);
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_ids, 0);
    flush_ok(r);
    assert_stored(r, "a b");
    r->only_carries = false;
    rig_reopen(r);
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_ids, 2);
    assert_int_equal(send_ok(r, "b"), INTAKE_DUPLICATE);
}

static void a_store_that_cannot_be_read_fails_the_opening(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    intake_close(&r->in);
    store_fake_fail(r->store, STORE_FAKE_POSITION, 0, 1, RC_IO);
    assert_rc(rig_try_open(r), RC_IO);
    for (uint32_t i = 0; i < 3; i++) {
        store_fake_fail(r->store, STORE_FAKE_READ, i, 1, RC_CORRUPT);
        assert_rc(rig_try_open(r), RC_CORRUPT);
        assert_null(r->in);
    }
    rig_open(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_DUPLICATE);
}

/* ---- a journal that suffered ---- */

static void damage_costs_what_it_touched_and_is_kept(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_break_store(r);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(send_ok(r, id_of(i).cz), INTAKE_ACCEPTED);
    }
    intake_close(&r->in);
    struct text path = path_of(r, journal_segment_name(0));
    int fd = open(path.cz, O_RDWR);
    assert_true(fd >= 0);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(pwrite(fd, "x", 1, st.st_size / 2), 1);
    assert_int_equal(close(fd), 0);
    rig_mend_store(r);
    rig_open(r);
    flush_ok(r);
    assert_stored(r, "id-000000 id-000002");
    assert_true(is_there(path_of(r, journal_damaged_name(0))));
    /* What was lost can be sent again. */
    assert_int_equal(send_ok(r, id_of(1).cz), INTAKE_ACCEPTED);
    assert_int_equal(send_ok(r, id_of(2).cz), INTAKE_DUPLICATE);
    flush_ok(r);
    assert_stored(r, "id-000000 id-000001 id-000002");
}

static void a_lost_journal_is_begun_behind_the_store(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    intake_close(&r->in);
    assert_int_equal(unlink(path_of(r, journal_segment_name(0)).cz), 0);
    for (int i = 0; i < 2; i++) {
        rig_open(r);
        assert_int_equal(send_ok(r, "a"), INTAKE_DUPLICATE);
        assert_int_equal(send_ok(r, "b"),
                         i == 0 ? INTAKE_ACCEPTED : INTAKE_DUPLICATE);
        flush_ok(r);
        intake_close(&r->in);
    }
    assert_stored(r, "a b");
}

static void segments_that_the_store_holds_are_removed(void **state)
{
    struct rig *r = *state;
    static char text[LIMIT_DIM_MAX];
    memset(text, 'x', sizeof(text));
    rig_open(r);
    uint64_t n = 0;
    for (size_t bytes = 0; bytes < 3 * LIMIT_JOURNAL_SEGMENT_BYTES;) {
        struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
        for (int i = 0; i < 500; i++) {
            struct event ev = call_named(r, id_of(n).cz);
            enum intake_verdict verdict;
            for (uint32_t d = DIM_FEATURE; d < DIM__COUNT; d++) {
                ev.dim[d] = (struct str){.p = text, .n = sizeof(text)};
                bytes += sizeof(text);
            }
            n++;
            assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
                      &r->why);
        }
        assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    }
    flush_ok(r);
    intake_close(&r->in); /* trimming follows the flush */
    assert_false(is_there(path_of(r, journal_segment_name(0))));
    struct tally tally = tally_store(r);
    assert_int_equal(tally.n, n);
    mem_free(tally.ids);
    rig_open(r);
    assert_int_equal(send_ok(r, id_of(0).cz), INTAKE_DUPLICATE);
}

/* As the writer does when nothing has come for a while. */
static void ask_for_rest(struct intake *in)
{
    mutex_lock(&in->lock);
    in->wants_rest = true;
    cond_signal(&in->group_wake);
    mutex_unlock(&in->lock);
}

static void at_rest_no_stored_record_stays(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    for (uint64_t n = 0; n < 1000; n++) {
        (void)send_ok(r, id_of(n).cz);
    }
    flush_ok(r);
    assert_true(is_there(path_of(r, journal_segment_name(0))));
    ask_for_rest(r->in);
    int64_t deadline = clock_mono_us() + INT64_C(60000000);
    while (is_there(path_of(r, journal_segment_name(0)))) {
        assert_true(clock_mono_us() < deadline);
        (void)usleep(1000);
    }
    assert_int_equal(send_ok(r, id_of(1000).cz), INTAKE_ACCEPTED);
    rig_reopen(r);
    assert_int_equal(send_ok(r, id_of(7).cz), INTAKE_DUPLICATE);
    flush_ok(r);
    struct tally tally = tally_store(r);
    assert_int_equal(tally.n, 1001);
    mem_free(tally.ids);
}

/* ---- exactly once, whatever happens ---- */

enum { IDS = 400 };

static void trouble_now_and_then(struct rig *r, struct rand *rand)
{
    static const enum store_fake_call calls[] = {
        STORE_FAKE_BEGIN, STORE_FAKE_ADD, STORE_FAKE_COMMIT};
    if (rand_below(rand, 6) == 0) {
        store_fake_fail(r->store, calls[rand_below(rand, ARRAY_N(calls))],
                        (uint32_t)rand_below(rand, 3),
                        1 + (uint32_t)rand_below(rand, 2), RC_IO);
    }
    switch (rand_below(rand, 12)) {
    case 0:
        rig_reopen(r);
        break;
    case 1:
        flush_ok(r);
        break;
    default:
        break;
    }
}

static void every_id_is_stored_once_whatever_happens(void **state)
{
    struct rig *r = *state;
    struct rand rand;
    bool is_sent[IDS] = {false};
    rand_init(&rand, 11);
    rig_open(r);
    for (int step = 0; step < 200; step++) {
        struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
        bool is_in[IDS];
        memcpy(is_in, is_sent, sizeof(is_in));
        for (uint64_t n = rand_below(&rand, 20); n > 0; n--) {
            uint64_t i = rand_below(&rand, IDS);
            assert_int_equal(put_add(r, put, id_of(i).cz),
                             is_in[i] ? INTAKE_DUPLICATE : INTAKE_ACCEPTED);
            is_in[i] = true;
        }
        if (rand_below(&rand, 5) == 0) {
            intake_abort(&put);
        } else {
            assert_ok(intake_commit_wait(&put, &r->why), &r->why);
            memcpy(is_sent, is_in, sizeof(is_in));
        }
        trouble_now_and_then(r, &rand);
    }
    flush_ok(r);
    struct tally tally = tally_store(r);
    size_t n_stored = 0;
    for (uint64_t i = 0; i < IDS; i++) {
        if (is_sent[i]) {
            assert_true(n_stored < tally.n);
            assert_string_equal(tally.ids[n_stored++].cz, id_of(i).cz);
        }
    }
    assert_int_equal(n_stored, tally.n);
    mem_free(tally.ids);
}

/* ---- many threads ---- */

enum { THREADS = 4, ROUNDS = 40, PER_ROUND = 150 };

struct sender {
    struct rig *r;
    uint64_t seed;
    uint64_t n_accepted;
    uint64_t n_again; /* puts that another's abort failed */
};

/* Ids that the others send at about the same time; a put that fails is sent
 * again. */
static void *send_all(void *arg)
{
    struct sender *s = arg;
    struct rand rand;
    rand_init(&rand, s->seed);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t from = (uint64_t)round * PER_ROUND;
        uint64_t n = 1 + rand_below(&rand, 2 * PER_ROUND);
        enum rc rc;
        do {
            struct intake_put *put = intake_begin(s->r->in, EVENT_SOURCE_API);
            struct why why;
            uint64_t n_accepted = 0;
            for (uint64_t i = 0; i < n; i++) {
                struct text id = id_of(from + rand_below(&rand, 2 * PER_ROUND));
                struct event ev = call_named(s->r, id.cz);
                enum intake_verdict verdict;
                rc = intake_add(put, &ev, false, s->r->now_us, &verdict, &why);
                assert_rc(rc, RC_OK);
                n_accepted += verdict == INTAKE_ACCEPTED;
                if (rand_below(&rand, 100) == 0) {
                    (void)usleep(100); /* so that puts overlap */
                }
            }
            if (rand_below(&rand, 8) == 0) {
                intake_abort(&put);
                rc = RC_UNAVAILABLE;
                continue;
            }
            rc = intake_commit_wait(&put, &why);
            assert_true(rc == RC_OK || rc == RC_UNAVAILABLE);
            s->n_accepted += rc == RC_OK ? n_accepted : 0;
            s->n_again += rc != RC_OK;
        } while (rc != RC_OK);
    }
    return NULL;
}

static void of_many_threads_one_stores_each_id(void **state)
{
    struct rig *r = *state;
    struct thread threads[THREADS];
    struct sender senders[THREADS];
    uint64_t n_accepted = 0;
    uint64_t n_again = 0;
    rig_open(r);
    store_fake_fail(r->store, STORE_FAKE_COMMIT, 2, 3, RC_IO);
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.r = r, .seed = (uint64_t)i};
        assert_ok(
            thread_start(&threads[i], "sender", send_all, &senders[i], &r->why),
            &r->why);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
        n_accepted += senders[i].n_accepted;
        n_again += senders[i].n_again;
    }
    flush_ok(r);
    print_message("%d puts failed by another's abort\n", (int)n_again);
    struct tally tally = tally_store(r);
    assert_int_equal(tally.n, n_accepted);
    for (size_t i = 1; i < tally.n; i++) {
        assert_string_not_equal(tally.ids[i].cz, tally.ids[i - 1].cz);
    }
    mem_free(tally.ids);
    struct intake_counts counts;
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_accepted, n_accepted);
    assert_int_equal(counts.n_stored, n_accepted);
    assert_int_equal(counts.n_ids, n_accepted);
}

/* ---- kill -9 ---- */

enum { KILLS = 12, ACKED_MAX = 4000 };

/* Tells each id over the pipe once it was acknowledged, until killed. */
static void send_until_killed(struct rig *r, uint64_t first, int fd)
{
    rig_open(r);
    for (uint64_t i = first;; i++) {
        if (send_ok(r, id_of(i).cz) != INTAKE_ACCEPTED ||
            write(fd, &i, sizeof(i)) != sizeof(i)) {
            _exit(1);
        }
    }
}

/* A child that is killed when it has told some ids; all that it told. */
static size_t kill_amid(struct rig *r, uint64_t first, uint64_t n_least,
                        uint64_t *ret_acked)
{
    int ends[2];
    size_t n = 0;
    int status;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        send_until_killed(r, first, ends[1]);
    }
    assert_int_equal(close(ends[1]), 0);
    while (read(ends[0], &ret_acked[n], sizeof(*ret_acked)) ==
           sizeof(*ret_acked)) {
        n++;
        assert_true(n < ACKED_MAX);
        if (n == n_least) {
            assert_int_equal(kill(pid, SIGKILL), 0);
        }
    }
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_true(n >= n_least);
    return n;
}

/* The store of a child dies with it: so each start carries the whole journal
 * into an empty one. */
static void what_was_acknowledged_survives_kill_9(void **state)
{
    struct rig *r = *state;
    static uint64_t acked[KILLS + 1][ACKED_MAX];
    struct rand rand;
    size_t n_acked[KILLS];
    size_t n_all = 0;
    rand_init(&rand, 13);
    for (uint64_t i = 0; i < KILLS; i++) {
        n_acked[i] =
            kill_amid(r, i * ACKED_MAX, 1 + rand_below(&rand, 9), acked[i]);
        n_all += n_acked[i];
    }
    rig_open(r);
    for (uint64_t i = 0; i < KILLS; i++) {
        for (size_t k = 0; k < n_acked[i]; k++) {
            assert_int_equal(send_ok(r, id_of(acked[i][k]).cz),
                             INTAKE_DUPLICATE);
        }
    }
    flush_ok(r);
    struct tally tally = tally_store(r);
    /* At most one a child was written without having been told. */
    assert_true(tally.n >= n_all && tally.n <= n_all + KILLS);
    for (size_t i = 1; i < tally.n; i++) {
        assert_string_not_equal(tally.ids[i].cz, tally.ids[i - 1].cz);
    }
    mem_free(tally.ids);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_acknowledged_survives_kill_9),
        TEST(each_way_to_fail_is_survived),
        TEST(a_flush_tells_the_stores_trouble),
        TEST(closing_does_not_wait_for_a_store_that_fails),
        TEST(closing_carries_what_is_left),
        TEST(who_only_carries_reads_no_ids),
        TEST(a_store_that_cannot_be_read_fails_the_opening),
        TEST(damage_costs_what_it_touched_and_is_kept),
        TEST(a_lost_journal_is_begun_behind_the_store),
        TEST(segments_that_the_store_holds_are_removed),
        TEST(at_rest_no_stored_record_stays),
        TEST(every_id_is_stored_once_whatever_happens),
        TEST(of_many_threads_one_stores_each_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
