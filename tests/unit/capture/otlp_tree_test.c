/* The trace rule against a slow, obvious recursion on the whole tree. */
#include "test.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/rand.h"
#include "capture/otlp/otlp_tree.h"

enum { NODES_MAX = 24 };

/* What a tree costs: a span's own usage, or what is below it if that is
 * more; for each group by itself. */
static int64_t truth(const struct otlp_node *node, size_t n, size_t v,
                     bool is_output)
{
    int64_t own = 0;
    int64_t below = 0;
    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        own += (k >= TOKEN_OUTPUT) == is_output ? node[v].token[k] : 0;
    }
    for (size_t i = 0; i < n; i++) {
        below += node[i].parent == v ? truth(node, n, i, is_output) : 0;
    }
    return own > below ? own : below;
}

static int64_t counted_now(const struct otlp_node *node, size_t n,
                           bool is_output)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        for (unsigned k = 0; node[i].is_event && k < TOKEN__COUNT; k++) {
            sum += (k >= TOKEN_OUTPUT) == is_output ? node[i].due[k] : 0;
        }
    }
    return sum;
}

static void make_tree(struct otlp_node *node, size_t n, struct rand *r)
{
    memset(node, 0, n * sizeof *node);
    for (size_t i = 0; i < n; i++) {
        node[i].parent = i == 0 ? SIZE_MAX : rand_below(r, i);
        node[i].role = OTLP_ROLE_NONE;
        if (rand_below(r, 3) > 0) {
            node[i].role =
                rand_below(r, 2) == 0 ? OTLP_ROLE_CALL : OTLP_ROLE_SUM;
            for (unsigned k = 0; k < TOKEN__COUNT; k++) {
                node[i].token[k] = (int64_t)rand_below(r, 4) * 100;
            }
        }
    }
}

static void a_whole_tree_counts_what_its_top_carries(void **state)
{
    struct rand r;
    (void)state;
    rand_init(&r, 7);
    for (int round = 0; round < 3000; round++) {
        struct otlp_node node[NODES_MAX];
        size_t n = 1 + rand_below(&r, NODES_MAX);
        make_tree(node, n, &r);
        otlp_tree_settle(node, n);
        assert_true(counted_now(node, n, false) == truth(node, n, 0, false));
        assert_true(counted_now(node, n, true) == truth(node, n, 0, true));
        otlp_tree_settle(node, n);
        assert_true(counted_now(node, n, false) == 0);
    }
}

/* Parents stand before their children here, so that any beginning of the
 * array is a trace that lacks late spans only. */
static void late_spans_count_what_exceeds_their_ancestors(void **state)
{
    struct rand r;
    (void)state;
    rand_init(&r, 11);
    for (int round = 0; round < 3000; round++) {
        struct otlp_node node[NODES_MAX];
        size_t n = 2 + rand_below(&r, NODES_MAX - 1);
        int64_t input = 0;
        int64_t output = 0;
        make_tree(node, n, &r);
        for (size_t there = 0; there < n;) {
            there += 1 + rand_below(&r, n - there);
            otlp_tree_settle(node, there);
            input += counted_now(node, there, false);
            output += counted_now(node, there, true);
            assert_true(input == truth(node, there, 0, false));
            assert_true(output == truth(node, there, 0, true));
        }
    }
}

static struct otlp_node usage(size_t parent, enum otlp_role role, int64_t input,
                              int64_t read)
{
    struct otlp_node node = {.parent = parent, .role = role};
    node.token[TOKEN_INPUT] = input;
    node.token[TOKEN_CACHE_READ] = read;
    return node;
}

static void a_wrapper_that_knows_less_adds_nothing(void **state)
{
    struct otlp_node node[] = {
        usage(SIZE_MAX, OTLP_ROLE_CALL, 100, 0), /* cache not told apart */
        usage(0, OTLP_ROLE_CALL, 20, 80),
    };
    (void)state;
    otlp_tree_settle(node, ARRAY_N(node));
    assert_false(node[0].is_event);
    assert_true(node[1].is_event && node[1].is_whole);
    assert_true(node[1].due[TOKEN_CACHE_READ] == 80);
}

static void an_agent_counts_for_what_nobody_below_carries(void **state)
{
    struct otlp_node node[] = {
        usage(SIZE_MAX, OTLP_ROLE_SUM, 300, 60),
        usage(0, OTLP_ROLE_CALL, 100, 0),
        usage(0, OTLP_ROLE_CALL, 150, 50),
    };
    (void)state;
    otlp_tree_settle(node, ARRAY_N(node));
    assert_true(node[0].is_event && !node[0].is_whole);
    assert_true(node[0].due[TOKEN_INPUT] == 50);
    assert_true(node[0].due[TOKEN_CACHE_READ] == 10);
}

static void a_call_without_usage_is_a_call(void **state)
{
    struct otlp_node node[] = {
        usage(SIZE_MAX, OTLP_ROLE_CALL, 0, 0), /* wraps the other */
        usage(0, OTLP_ROLE_CALL, 0, 0),
        usage(0, OTLP_ROLE_SUM, 0, 0),
    };
    (void)state;
    otlp_tree_settle(node, ARRAY_N(node));
    assert_false(node[0].is_event);
    assert_true(node[1].is_event);
    assert_false(node[2].is_event);
}

static void a_call_that_tells_nothing_below_one_that_does(void **state)
{
    struct otlp_node node[] = {
        usage(SIZE_MAX, OTLP_ROLE_CALL, 50, 0),
        usage(0, OTLP_ROLE_NONE, 0, 0),
        usage(1, OTLP_ROLE_CALL, 0, 0),
    };
    (void)state;
    otlp_tree_settle(node, ARRAY_N(node));
    assert_true(node[0].is_event);
    assert_false(node[2].is_event);
}

static void a_reported_cost_goes_through_spans_without_one(void **state)
{
    struct otlp_node node[] = {
        usage(SIZE_MAX, OTLP_ROLE_SUM, 50, 0),
        usage(0, OTLP_ROLE_NONE, 0, 0),
        usage(1, OTLP_ROLE_CALL, 30, 0),
    };
    (void)state;
    node[0].reported_pico = 500;
    node[2].reported_pico = 300;
    otlp_tree_settle(node, ARRAY_N(node));
    assert_true(node[0].due_pico == 200);
    assert_true(node[2].due_pico == 300);
}

static void rings_of_parents_end(void **state)
{
    struct otlp_node node[] = {
        usage(2, OTLP_ROLE_CALL, 10, 0), usage(0, OTLP_ROLE_CALL, 10, 0),
        usage(1, OTLP_ROLE_CALL, 10, 0), usage(3, OTLP_ROLE_CALL, 5, 0),
        usage(2, OTLP_ROLE_CALL, 7, 0),
    };
    (void)state;
    otlp_tree_settle(node, ARRAY_N(node));
    assert_true(counted_now(node, ARRAY_N(node), false) == 15);
}

static void a_deep_chain_needs_no_stack(void **state)
{
    enum { DEEP = 200000 };
    struct otlp_node *node = mem_array(DEEP, sizeof *node);
    (void)state;
    for (size_t i = 0; i < DEEP; i++) {
        node[i] = usage(i == 0 ? SIZE_MAX : i - 1, OTLP_ROLE_CALL, 9, 0);
    }
    otlp_tree_settle(node, DEEP);
    assert_true(counted_now(node, DEEP, false) == 9);
    assert_true(node[DEEP - 1].is_event);
    mem_free(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_tree_counts_what_its_top_carries),
        cmocka_unit_test(late_spans_count_what_exceeds_their_ancestors),
        cmocka_unit_test(a_wrapper_that_knows_less_adds_nothing),
        cmocka_unit_test(an_agent_counts_for_what_nobody_below_carries),
        cmocka_unit_test(a_call_without_usage_is_a_call),
        cmocka_unit_test(a_call_that_tells_nothing_below_one_that_does),
        cmocka_unit_test(a_reported_cost_goes_through_spans_without_one),
        cmocka_unit_test(rings_of_parents_end),
        cmocka_unit_test(a_deep_chain_needs_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
