#include "rig.h"

#include "base/limits.h"

static int setup(void **state)
{
    static struct rig r;
    rig_init(&r);
    rig_open(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rig_fini(*state);
    return 0;
}

/* ---- ids under way in two puts ---- */

static void a_duplicate_is_answered_after_its_original(void **state)
{
    struct rig *r = *state;
    struct outcome first;
    struct outcome second;
    outcome_init(&first);
    outcome_init(&second);
    struct intake_put *a = intake_begin(r->in, EVENT_SOURCE_API);
    struct intake_put *b = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(put_add(r, a, "x"), INTAKE_ACCEPTED);
    assert_int_equal(put_add(r, b, "x"), INTAKE_DUPLICATE);
    assert_int_equal(put_add(r, b, "y"), INTAKE_ACCEPTED);
    intake_commit(&b, outcome_tell, &second);
    /* Others pass it meanwhile. */
    assert_int_equal(send_ok(r, "z"), INTAKE_ACCEPTED);
    assert_int_equal(send_ok(r, "z"), INTAKE_DUPLICATE);
    assert_false(outcome_is_told(&second));
    intake_commit(&a, outcome_tell, &first);
    assert_rc(outcome_wait(&first), RC_OK);
    assert_rc(outcome_wait(&second), RC_OK);
    flush_ok(r);
    assert_stored(r, "x y z");
}

static void a_duplicate_fails_when_its_original_is_aborted(void **state)
{
    struct rig *r = *state;
    struct outcome second;
    outcome_init(&second);
    struct intake_put *a = intake_begin(r->in, EVENT_SOURCE_API);
    struct intake_put *b = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(put_add(r, a, "x"), INTAKE_ACCEPTED);
    assert_int_equal(put_add(r, b, "x"), INTAKE_DUPLICATE);
    assert_int_equal(put_add(r, b, "y"), INTAKE_ACCEPTED);
    intake_commit(&b, outcome_tell, &second);
    assert_int_equal(send_ok(r, "z"), INTAKE_ACCEPTED);
    assert_false(outcome_is_told(&second));
    intake_abort(&a);
    assert_rc(outcome_wait(&second), RC_UNAVAILABLE);
    assert_non_null(strstr(second.why.text, "send again"));
    flush_ok(r);
    assert_stored(r, "z"); /* nothing of the second either */
    assert_int_equal(send_ok(r, "x"), INTAKE_ACCEPTED);
    assert_int_equal(send_ok(r, "y"), INTAKE_ACCEPTED);
    flush_ok(r);
    assert_stored(r, "x y z");
}

static void an_abort_before_the_commit_fails_it_too(void **state)
{
    struct rig *r = *state;
    struct intake_put *a = intake_begin(r->in, EVENT_SOURCE_API);
    struct intake_put *b = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(put_add(r, a, "x"), INTAKE_ACCEPTED);
    assert_int_equal(put_add(r, b, "x"), INTAKE_DUPLICATE);
    intake_abort(&a);
    assert_int_equal(put_add(r, b, "x"), INTAKE_ACCEPTED); /* it is free */
    assert_rc(intake_commit_wait(&b, &r->why), RC_UNAVAILABLE);
    assert_int_equal(send_ok(r, "x"), INTAKE_ACCEPTED);
}

static void puts_that_wait_for_each_other_go_together(void **state)
{
    struct rig *r = *state;
    struct outcome first;
    struct outcome second;
    outcome_init(&first);
    outcome_init(&second);
    struct intake_put *a = intake_begin(r->in, EVENT_SOURCE_API);
    struct intake_put *b = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(put_add(r, a, "x"), INTAKE_ACCEPTED);
    assert_int_equal(put_add(r, b, "y"), INTAKE_ACCEPTED);
    assert_int_equal(put_add(r, a, "y"), INTAKE_DUPLICATE);
    assert_int_equal(put_add(r, b, "x"), INTAKE_DUPLICATE);
    intake_commit(&a, outcome_tell, &first);
    assert_int_equal(send_ok(r, "z"), INTAKE_ACCEPTED);
    assert_false(outcome_is_told(&first));
    intake_commit(&b, outcome_tell, &second);
    assert_rc(outcome_wait(&first), RC_OK);
    assert_rc(outcome_wait(&second), RC_OK);
    flush_ok(r);
    assert_stored(r, "x y z");
}

/* c waits for b, which waits for a: what becomes of a becomes of all. */
static void a_chain_shares_the_fate_of_its_first(void **state)
{
    struct rig *r = *state;
    for (int aborts = 0; aborts < 2; aborts++) {
        struct outcome told[3];
        struct intake_put *puts[3];
        static const char *const ids[2][3] = {{"a", "b", "c"}, {"d", "e", "f"}};
        for (int i = 0; i < 3; i++) {
            outcome_init(&told[i]);
            puts[i] = intake_begin(r->in, EVENT_SOURCE_API);
            assert_int_equal(put_add(r, puts[i], ids[aborts][i]),
                             INTAKE_ACCEPTED);
            if (i > 0) {
                assert_int_equal(put_add(r, puts[i], ids[aborts][i - 1]),
                                 INTAKE_DUPLICATE);
            }
        }
        intake_commit(&puts[2], outcome_tell, &told[2]);
        intake_commit(&puts[1], outcome_tell, &told[1]);
        assert_int_equal(send_ok(r, "other"),
                         aborts == 0 ? INTAKE_ACCEPTED : INTAKE_DUPLICATE);
        assert_false(outcome_is_told(&told[1]));
        assert_false(outcome_is_told(&told[2]));
        if (aborts == 0) {
            intake_commit(&puts[0], outcome_tell, &told[0]);
            assert_rc(outcome_wait(&told[0]), RC_OK);
        } else {
            intake_abort(&puts[0]);
        }
        enum rc want = aborts == 0 ? RC_OK : RC_UNAVAILABLE;
        assert_rc(outcome_wait(&told[1]), want);
        assert_rc(outcome_wait(&told[2]), want);
    }
    flush_ok(r);
    assert_stored(r, "a b c other");
}

static void an_empty_put_is_answered(void **state)
{
    struct rig *r = *state;
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    flush_ok(r);
    assert_stored(r, "");
}

/* ---- a disk that refuses ---- */

static void a_put_that_cannot_be_written_fails_and_is_forgotten(void **state)
{
    struct rig *r = *state;
    enum intake_verdict verdict;
    struct intake_counts counts;
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    assert_ok(intake_ready(r->in, &r->why), &r->why);
    limit_files(100);
    enum rc rc = send_one(r, "b", &verdict);
    enum rc again = send_one(r, "b", &verdict);
    enum rc ready = intake_ready(r->in, &r->why);
    enum rc known = send_one(r, "a", &verdict); /* needs no disk */
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    assert_rc(again, RC_IO);
    assert_rc(ready, RC_IO);
    assert_rc(known, RC_OK);
    assert_int_equal(verdict, INTAKE_DUPLICATE);
    assert_int_equal(send_ok(r, "b"), INTAKE_ACCEPTED);
    assert_ok(intake_ready(r->in, &r->why), &r->why);
    flush_ok(r);
    assert_stored(r, "a b");
    intake_count(r->in, &counts);
    assert_true(counts.n_journal_failures >= 2);
    assert_int_equal(counts.n_accepted, 2);
    rig_reopen(r);
    assert_int_equal(send_ok(r, "b"), INTAKE_DUPLICATE);
}

/* Whoever asks is told without a put that tries it: a balancer that stopped
 * sending would never come back else. */
static void a_disk_that_works_again_is_noticed(void **state)
{
    struct rig *r = *state;
    enum intake_verdict verdict;
    limit_files(100);
    enum rc rc = send_one(r, "a", &verdict);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    while (intake_ready(r->in, &r->why) != RC_OK) {
        (void)usleep(10000);
    }
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
}

/* Duplicates of what failed in the same group fail with it. */
static void all_puts_of_a_group_that_fails_are_told(void **state)
{
    struct rig *r = *state;
    enum { N = 5 };
    struct outcome told[N];
    struct intake_put *puts[N];
    for (int i = 0; i < N; i++) {
        outcome_init(&told[i]);
        puts[i] = intake_begin(r->in, EVENT_SOURCE_API);
        char id[8];
        (void)snprintf(id, sizeof(id), "id-%d", i);
        assert_int_equal(put_add(r, puts[i], id), INTAKE_ACCEPTED);
        assert_int_equal(put_add(r, puts[i], "same"),
                         i == 0 ? INTAKE_ACCEPTED : INTAKE_DUPLICATE);
    }
    limit_files(100);
    for (int i = N; i-- > 0;) {
        intake_commit(&puts[i], outcome_tell, &told[i]);
    }
    enum rc got[N];
    for (int i = 0; i < N; i++) {
        got[i] = outcome_wait(&told[i]);
    }
    limit_files(RLIM_INFINITY);
    for (int i = 0; i < N; i++) {
        /* Itself, or since the put of "same" did. */
        assert_true(got[i] == RC_IO || got[i] == RC_UNAVAILABLE);
    }
    assert_int_equal(send_ok(r, "same"), INTAKE_ACCEPTED);
    flush_ok(r);
    assert_stored(r, "same");
}

/* ---- too much at once ---- */

struct gate {
    struct mutex lock;
    struct cond changed;
    bool is_reached;
    bool is_open;
};

/* A done that keeps the journal thread until the gate opens. */
static void wait_at_gate(void *arg, enum rc rc, const struct why *why)
{
    struct gate *gate = arg;
    (void)why;
    assert_rc(rc, RC_OK);
    mutex_lock(&gate->lock);
    gate->is_reached = true;
    cond_signal(&gate->changed);
    while (!gate->is_open) {
        cond_wait(&gate->changed, &gate->lock);
    }
    mutex_unlock(&gate->lock);
}

static void block_journal_thread(struct rig *r, struct gate *gate)
{
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(put_add(r, put, "first"), INTAKE_ACCEPTED);
    mutex_init(&gate->lock);
    cond_init(&gate->changed);
    intake_commit(&put, wait_at_gate, gate);
    mutex_lock(&gate->lock);
    while (!gate->is_reached) {
        cond_wait(&gate->changed, &gate->lock);
    }
    mutex_unlock(&gate->lock);
}

static void open_gate(struct gate *gate)
{
    mutex_lock(&gate->lock);
    gate->is_open = true;
    cond_signal(&gate->changed);
    mutex_unlock(&gate->lock);
}

/* Some 3.7 KB each, with the longest texts there can be. */
static struct intake_put *large_put(struct rig *r, int n)
{
    static int next_id;
    static char text[LIMIT_DIM_MAX];
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < n; i++) {
        char id[20];
        (void)snprintf(id, sizeof(id), "large-%d", next_id++);
        struct event ev = call_named(r, id);
        enum intake_verdict verdict;
        for (uint32_t d = DIM_FEATURE; d < DIM__COUNT; d++) {
            ev.dim[d] = (struct str){.p = text, .n = sizeof(text)};
        }
        assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
                  &r->why);
        assert_int_equal(verdict, INTAKE_ACCEPTED);
    }
    return put;
}

static void what_the_queue_has_no_room_for_is_refused(void **state)
{
    struct rig *r = *state;
    enum { PUTS_MAX = 200, EVENTS = 300 };
    static struct outcome told[PUTS_MAX];
    struct gate gate = {.is_open = false};
    block_journal_thread(r, &gate);
    int n = 0;
    int n_taken = 0;
    for (size_t bytes = 0; bytes <= LIMIT_JOURNAL_QUEUE_BYTES; n++) {
        assert_true(n < PUTS_MAX);
        outcome_init(&told[n]);
        struct intake_put *put = large_put(r, EVENTS);
        intake_commit(&put, outcome_tell, &told[n]);
        bytes += (size_t)EVENTS * (DIM__COUNT - DIM_FEATURE) * LIMIT_DIM_MAX;
    }
    open_gate(&gate);
    while (n_taken < n && outcome_wait(&told[n_taken]) == RC_OK) {
        n_taken++;
    }
    assert_in_range(n_taken, n / 2, n - 1);
    for (int i = n_taken; i < n; i++) {
        assert_rc(outcome_wait(&told[i]), RC_FULL);
        assert_non_null(strstr(told[i].why.text, "send again later"));
    }
    flush_ok(r);
    struct tally tally = tally_store(r);
    assert_int_equal(tally.n, 1 + n_taken * EVENTS);
    mem_free(tally.ids);
    assert_int_equal(send_ok(r, "after"), INTAKE_ACCEPTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_duplicate_is_answered_after_its_original),
        TEST(a_duplicate_fails_when_its_original_is_aborted),
        TEST(an_abort_before_the_commit_fails_it_too),
        TEST(puts_that_wait_for_each_other_go_together),
        TEST(a_chain_shares_the_fate_of_its_first),
        TEST(an_empty_put_is_answered),
        TEST(a_put_that_cannot_be_written_fails_and_is_forgotten),
        TEST(a_disk_that_works_again_is_noticed),
        TEST(all_puts_of_a_group_that_fails_are_told),
        TEST(what_the_queue_has_no_room_for_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
