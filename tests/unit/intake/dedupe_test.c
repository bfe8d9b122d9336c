#include "test.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/thread.h"
#include "intake/dedupe.h"

#define DAY   20000
#define OLDER (LIMIT_DEDUPE_DAYS - 1) /* days before today in the window */

static struct dedupe *make(void)
{
    return dedupe_new(1, LIMIT_DEDUPE_DAYS);
}

static enum dedupe_state look(struct dedupe *d, uint64_t hash, int64_t day)
{
    struct dedupe_owner *owner = NULL;
    enum dedupe_state state = dedupe_look(d, hash, day, &owner);
    assert_int_equal(state == DEDUPE_CLAIMED, owner != NULL);
    if (owner != NULL) {
        atomic_fetch_sub(&owner->n_refs, 1);
    }
    return state;
}

static void an_id_goes_from_unknown_to_claimed_to_settled(void **state)
{
    (void)state;
    struct dedupe *d = make();
    struct dedupe_owner a = {.n_refs = 1};
    struct dedupe_owner b = {.n_refs = 1};
    struct dedupe_owner *met = NULL;
    uint64_t hash = dedupe_hash(d, STR("call-1"));
    assert_int_equal(look(d, hash, DAY), DEDUPE_UNKNOWN);
    assert_int_equal(dedupe_claim(d, hash, DAY, &a, &met), DEDUPE_UNKNOWN);
    assert_null(met);
    assert_int_equal(dedupe_claim(d, hash, DAY, &b, &met), DEDUPE_CLAIMED);
    assert_ptr_equal(met, &a);
    assert_int_equal(atomic_load(&a.n_refs), 2);
    dedupe_settle(d, hash, DAY);
    met = NULL;
    assert_int_equal(dedupe_claim(d, hash, DAY, &b, &met), DEDUPE_SETTLED);
    assert_null(met);
    assert_int_equal(atomic_load(&a.n_refs), 2);
    assert_int_equal(atomic_load(&b.n_refs), 1);
    dedupe_free(&d);
}

static void a_released_id_is_unknown_again(void **state)
{
    (void)state;
    struct dedupe *d = make();
    struct dedupe_owner a = {.n_refs = 1};
    struct dedupe_owner b = {.n_refs = 1};
    struct dedupe_owner *met = NULL;
    uint64_t hash = dedupe_hash(d, STR("call-1"));
    assert_int_equal(dedupe_claim(d, hash, DAY, &a, &met), DEDUPE_UNKNOWN);
    dedupe_release(d, hash);
    assert_int_equal(dedupe_claim(d, hash, DAY, &b, &met), DEDUPE_UNKNOWN);
    dedupe_settle(d, hash, DAY);
    dedupe_release(d, hash); /* settled stays settled */
    assert_int_equal(look(d, hash, DAY), DEDUPE_SETTLED);
    dedupe_free(&d);
}

static void an_id_is_remembered_for_its_whole_window(void **state)
{
    (void)state;
    for (int64_t days = 1; days <= LIMIT_DEDUPE_DAYS_MAX; days++) {
        struct dedupe *d = dedupe_new(1, days);
        uint64_t hash = dedupe_hash(d, STR("call-1"));
        dedupe_settle(d, hash, DAY);
        assert_int_equal(look(d, hash, DAY + days - 1), DEDUPE_SETTLED);
        assert_int_equal(dedupe_first_day(d, DAY + days - 1), DAY);
        assert_int_equal(look(d, hash, DAY + days), DEDUPE_UNKNOWN);
        dedupe_free(&d);
    }
    assert_true(OLDER >= 7);
}

static void days_leave_one_by_one(void **state)
{
    (void)state;
    enum { PER_DAY = 500, DAYS = 40 };
    struct dedupe *d = make();
    for (int64_t day = 0; day < DAYS; day++) {
        for (uint64_t i = 0; i < PER_DAY; i++) {
            uint64_t n = (uint64_t)day * PER_DAY + i;
            struct str id = {.p = (const char *)&n, .n = sizeof(n)};
            dedupe_settle(d, dedupe_hash(d, id), DAY + day);
        }
        for (uint64_t n = 0; n < ((uint64_t)day + 1) * PER_DAY; n++) {
            struct str id = {.p = (const char *)&n, .n = sizeof(n)};
            bool is_in = (int64_t)(n / PER_DAY) + OLDER >= day;
            /* Only a shard that hears of the day forgets: so ask for it. */
            assert_int_equal(look(d, dedupe_hash(d, id), DAY + day),
                             is_in ? DEDUPE_SETTLED : DEDUPE_UNKNOWN);
        }
    }
    uint64_t n;
    uint64_t bytes;
    dedupe_count(d, &n, &bytes);
    assert_int_equal(n, PER_DAY * LIMIT_DEDUPE_DAYS);
    dedupe_free(&d);
}

static void a_long_silence_forgets_everything(void **state)
{
    (void)state;
    struct dedupe *d = make();
    uint64_t hash = dedupe_hash(d, STR("call-1"));
    dedupe_settle(d, hash, DAY);
    assert_int_equal(look(d, hash, DAY + 15), DEDUPE_UNKNOWN); /* its tag */
    dedupe_settle(d, hash, DAY + 15);
    assert_int_equal(look(d, hash, DAY + 15), DEDUPE_SETTLED);
    dedupe_free(&d);
}

static void a_clock_set_back_forgets_nothing_early(void **state)
{
    (void)state;
    struct dedupe *d = make();
    uint64_t now = dedupe_hash(d, STR("now"));
    uint64_t before = dedupe_hash(d, STR("before"));
    uint64_t long_before = dedupe_hash(d, STR("long before"));
    dedupe_settle(d, now, DAY);
    dedupe_settle(d, before, DAY - OLDER);
    dedupe_settle(d, long_before, DAY - 1000);
    assert_int_equal(look(d, now, DAY - 1000), DEDUPE_SETTLED);
    assert_int_equal(look(d, before, DAY - 1000), DEDUPE_SETTLED);
    assert_int_equal(look(d, long_before, DAY - 1000), DEDUPE_SETTLED);
    assert_int_equal(look(d, now, DAY + OLDER), DEDUPE_SETTLED);
    assert_int_equal(look(d, before, DAY + 1), DEDUPE_UNKNOWN);
    assert_int_equal(look(d, long_before, DAY + 1), DEDUPE_UNKNOWN);
    dedupe_free(&d);
}

/* Against arrays, with every operation in random order. */
static void it_agrees_with_plain_sets(void **state)
{
    (void)state;
    enum { IDS = 400, STEPS = 60000 };
    static int64_t settled_on[IDS]; /* 0: not */
    static bool is_claimed[IDS];
    memset(settled_on, 0, sizeof(settled_on));
    memset(is_claimed, 0, sizeof(is_claimed));
    struct dedupe *d = make();
    struct dedupe_owner owner = {.n_refs = 1};
    struct rand r;
    int64_t day = DAY;
    rand_init(&r, 3);
    for (int step = 0; step < STEPS; step++) {
        uint64_t i = rand_below(&r, IDS);
        struct str id = {.p = (const char *)&i, .n = sizeof(i)};
        uint64_t hash = dedupe_hash(d, id);
        day += rand_below(&r, 500) == 0;
        if (settled_on[i] != 0 && settled_on[i] + OLDER < day) {
            settled_on[i] = 0;
        }
        enum dedupe_state want = settled_on[i] != 0 ? DEDUPE_SETTLED
                                 : is_claimed[i]    ? DEDUPE_CLAIMED
                                                    : DEDUPE_UNKNOWN;
        struct dedupe_owner *met = NULL;
        assert_int_equal(look(d, hash, day), want);
        switch (rand_below(&r, 3)) {
        case 0:
            assert_int_equal(dedupe_claim(d, hash, day, &owner, &met), want);
            is_claimed[i] = is_claimed[i] || want == DEDUPE_UNKNOWN;
            break;
        case 1:
            if (is_claimed[i]) {
                dedupe_settle(d, hash, day);
                settled_on[i] = day;
                is_claimed[i] = false;
            }
            break;
        default:
            dedupe_release(d, hash);
            is_claimed[i] = false;
        }
    }
    dedupe_free(&d);
}

/* The promise to the operator: 12 bytes an id, everything included, at every
 * size from ten thousand on, whether of one day or of eight. */
static void an_id_takes_at_most_twelve_bytes(void **state)
{
    (void)state;
    for (int days = 1; days <= 8; days += 7) {
        struct dedupe *d = make();
        struct dedupe_owner owner = {.n_refs = 1};
        double most = 0.0;
        for (uint64_t n = 1; n <= 400000; n++) {
            struct str id = {.p = (const char *)&n, .n = sizeof(n)};
            uint64_t hash = dedupe_hash(d, id);
            struct dedupe_owner *met;
            int64_t day = DAY + (int64_t)(n / (400001 / (uint64_t)days + 1));
            assert_int_equal(dedupe_claim(d, hash, day, &owner, &met),
                             DEDUPE_UNKNOWN);
            dedupe_settle(d, hash, day);
            if (n >= 10000 && (n % 97 == 0 || n == 10000)) {
                uint64_t n_ids;
                uint64_t bytes;
                dedupe_count(d, &n_ids, &bytes);
                assert_int_equal(n_ids, n);
                double each = (double)bytes / (double)n;
                most = each > most ? each : most;
            }
        }
        print_message("%d days: at most %.2f bytes an id\n", days, most);
        assert_true(most <= 12.0);
        dedupe_free(&d);
    }
}

static void what_is_under_way_takes_no_memory_afterwards(void **state)
{
    (void)state;
    enum { N = 50000 };
    static uint64_t hashes[N];
    struct dedupe *d = make();
    struct dedupe_owner owner = {.n_refs = 1};
    struct dedupe_owner *met;
    uint64_t n_ids;
    uint64_t before;
    uint64_t during;
    uint64_t after;
    struct rand r;
    rand_init(&r, 4);
    dedupe_count(d, &n_ids, &before);
    for (int i = 0; i < N; i++) {
        hashes[i] = rand_u64(&r);
        assert_int_equal(dedupe_claim(d, hashes[i], DAY, &owner, &met),
                         DEDUPE_UNKNOWN);
    }
    dedupe_count(d, &n_ids, &during);
    assert_int_equal(n_ids, 0);
    assert_true(during >= before + N * 16);
    for (int i = 0; i < N; i++) {
        dedupe_release(d, hashes[i]);
    }
    dedupe_count(d, &n_ids, &after);
    assert_int_equal(after, before);
    dedupe_free(&d);
}

/* ---- threads ---- */

enum { THREADS = 4, SHARED_IDS = 20000 };

struct claimer {
    struct dedupe *d;
    struct dedupe_owner owner;
    uint64_t seed;
    uint64_t n_mine;
};

static void *claim_all(void *arg)
{
    struct claimer *c = arg;
    struct rand r;
    rand_init(&r, c->seed);
    uint64_t from = rand_below(&r, SHARED_IDS);
    for (uint64_t i = 0; i < SHARED_IDS; i++) {
        uint64_t n = (from + i) % SHARED_IDS;
        struct str id = {.p = (const char *)&n, .n = sizeof(n)};
        uint64_t hash = dedupe_hash(c->d, id);
        struct dedupe_owner *met = NULL;
        enum dedupe_state state =
            dedupe_claim(c->d, hash, DAY, &c->owner, &met);
        if (state == DEDUPE_UNKNOWN) {
            c->n_mine++;
            dedupe_settle(c->d, hash, DAY);
        } else if (state == DEDUPE_CLAIMED) {
            atomic_fetch_sub(&met->n_refs, 1);
        }
    }
    return NULL;
}

static void of_many_threads_one_gets_each_id(void **state)
{
    (void)state;
    struct dedupe *d = make();
    struct thread threads[THREADS];
    struct claimer claimers[THREADS];
    struct why why;
    uint64_t n_all = 0;
    for (int i = 0; i < THREADS; i++) {
        claimers[i] = (struct claimer){.d = d, .seed = (uint64_t)i};
        atomic_init(&claimers[i].owner.n_refs, 1);
        assert_ok(
            thread_start(&threads[i], "claim", claim_all, &claimers[i], &why),
            &why);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        n_all += claimers[i].n_mine;
        assert_int_equal(atomic_load(&claimers[i].owner.n_refs), 1);
    }
    assert_int_equal(n_all, SHARED_IDS);
    dedupe_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_goes_from_unknown_to_claimed_to_settled),
        cmocka_unit_test(a_released_id_is_unknown_again),
        cmocka_unit_test(an_id_is_remembered_for_its_whole_window),
        cmocka_unit_test(days_leave_one_by_one),
        cmocka_unit_test(a_long_silence_forgets_everything),
        cmocka_unit_test(a_clock_set_back_forgets_nothing_early),
        cmocka_unit_test(it_agrees_with_plain_sets),
        cmocka_unit_test(an_id_takes_at_most_twelve_bytes),
        cmocka_unit_test(what_is_under_way_takes_no_memory_afterwards),
        cmocka_unit_test(of_many_threads_one_gets_each_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
