#include "capture/otlp/otlp_tree.h"

#include "base/num.h"

#include <string.h>

static enum otlp_group group_of(enum token_kind k)
{
    return k < TOKEN_OUTPUT ? OTLP_GROUP_INPUT : OTLP_GROUP_OUTPUT;
}

_Static_assert(TOKEN_OUTPUT == 6 && TOKEN__COUNT == 10,
               "classes of input stand before those of output");

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t above_zero(int64_t n)
{
    return n > 0 ? n : 0;
}

static void own_sums(const struct otlp_node *v, int64_t sum[OTLP_GROUP__COUNT])
{
    memset(sum, 0, OTLP_GROUP__COUNT * sizeof *sum);
    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        sum[group_of((enum token_kind)k)] += v->token[k];
    }
    sum[OTLP_GROUP_SEARCHES] = v->web_searches;
    sum[OTLP_GROUP_COST] = v->reported_pico;
}

/* Of each class what the children have fewer of, cut so that the sums are
 * those of `due`. */
static void share_out(struct otlp_node *v, const int64_t due[OTLP_GROUP__COUNT])
{
    int64_t left[OTLP_GROUP__COUNT];

    memcpy(left, due, sizeof left);
    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        enum otlp_group g = group_of((enum token_kind)k);
        int64_t more = above_zero(v->token[k] - v->below_token[k]);
        v->due[k] = least(more, left[g]);
        left[g] -= v->due[k];
    }
    v->due_searches = due[OTLP_GROUP_SEARCHES];
    v->due_pico = due[OTLP_GROUP_COST];
}

/* v's subtree is complete: what is due, and what it hands up. */
static void sum_up(struct otlp_node *v, int64_t due[OTLP_GROUP__COUNT])
{
    int64_t own[OTLP_GROUP__COUNT];

    own_sums(v, own);
    v->is_whole = true;
    for (unsigned g = 0; g < OTLP_GROUP__COUNT; g++) {
        due[g] = above_zero(own[g] - v->below[g]);
        v->carried[g] = v->below[g] + due[g];
        v->is_whole = v->is_whole && v->below[g] == 0;
    }
    share_out(v, due);
}

static void hand_up(const struct otlp_node *v, struct otlp_node *parent)
{
    for (unsigned g = 0; g < OTLP_GROUP__COUNT; g++) {
        /* Only costs come near; then all above is carried. */
        if (num_add_i64(parent->below[g], v->carried[g], &parent->below[g]) !=
            RC_OK) {
            parent->below[g] = INT64_MAX;
        }
    }
    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        parent->below_token[k] += v->below_token[k] + v->due[k];
    }
    parent->n_calls += v->n_calls + (v->role == OTLP_ROLE_CALL ? 1 : 0);
    parent->n_open--;
}

/* From v up, as long as a parent has no other child left. */
static void climb(struct otlp_node *node, size_t v)
{
    while (v != SIZE_MAX && node[v].n_open == 0 && !node[v].is_done) {
        int64_t due[OTLP_GROUP__COUNT];
        size_t parent = node[v].parent;
        sum_up(&node[v], due);
        node[v].is_done = true;
        if (parent != SIZE_MAX) {
            hand_up(&node[v], &node[parent]);
        }
        v = parent;
    }
}

static void prepare(struct otlp_node *node, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct otlp_node *v = &node[i];
        if (v->parent == i) {
            v->parent = SIZE_MAX;
        }
        v->n_open = 0;
        v->n_calls = 0;
        v->is_done = false;
        v->is_event = false;
        memset(v->below, 0, sizeof v->below);
        memset(v->below_token, 0, sizeof v->below_token);
    }
    for (size_t i = 0; i < n; i++) {
        if (node[i].parent != SIZE_MAX) {
            node[node[i].parent].n_open++;
        }
    }
}

static void sum_all(struct otlp_node *node, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        climb(node, i);
    }
    /* What is left lies on rings, or above them. */
    for (size_t i = 0; i < n; i++) {
        if (!node[i].is_done && node[i].parent != SIZE_MAX) {
            size_t parent = node[i].parent;
            node[i].parent = SIZE_MAX;
            node[parent].n_open--;
            climb(node, parent);
            climb(node, i);
        }
    }
}

/* What ancestors of v were counted for and no longer are due: up to `wanted`
 * of it is v's now. */
static int64_t take_from_above(struct otlp_node *node, size_t v,
                               enum otlp_group g, int64_t wanted)
{
    int64_t got = 0;

    for (size_t a = node[v].parent; a != SIZE_MAX && got < wanted;
         a = node[a].parent) {
        struct otlp_node *up = &node[a];
        if (up->is_counted) {
            int64_t due = up->carried[g] - up->below[g];
            int64_t part =
                least(above_zero(up->counted[g] - due), wanted - got);
            up->counted[g] -= part;
            got += part;
        }
    }
    return got;
}

/* A client whose stream told no usage, below a wrapper that knows it: one
 * call, and the wrapper counts it. */
static bool is_told_above(const struct otlp_node *node, size_t i)
{
    for (size_t a = node[i].parent; a != SIZE_MAX; a = node[a].parent) {
        if (node[a].role == OTLP_ROLE_CALL &&
            node[a].carried[OTLP_GROUP_INPUT] +
                    node[a].carried[OTLP_GROUP_OUTPUT] >
                0) {
            return true;
        }
    }
    return false;
}

static void decide(struct otlp_node *node, size_t i)
{
    struct otlp_node *v = &node[i];
    int64_t due[OTLP_GROUP__COUNT];
    int64_t sum = 0;
    bool is_paid = false; /* counted, as part of an ancestor */

    for (unsigned g = 0; g < OTLP_GROUP__COUNT; g++) {
        due[g] = v->carried[g] - v->below[g];
        v->counted[g] = due[g];
        int64_t part = take_from_above(node, i, (enum otlp_group)g, due[g]);
        due[g] -= part;
        if (g != OTLP_GROUP_COST) { /* which alone is no call */
            is_paid = is_paid || part > 0;
            sum += due[g];
        }
    }
    share_out(v, due);
    v->is_counted = true;
    v->is_whole = v->is_whole && !is_paid;
    v->is_event = sum > 0 || (v->role == OTLP_ROLE_CALL && v->n_calls == 0 &&
                              v->is_whole && !is_told_above(node, i));
}

void otlp_tree_settle(struct otlp_node *node, size_t n)
{
    prepare(node, n);
    sum_all(node, n);
    for (size_t i = 0; i < n; i++) {
        if (!node[i].is_counted) {
            decide(node, i);
        }
    }
}
