/* Single events, a page at a time, against plain loops over the same. */
#include "contract/query_world.h"

#include <stdlib.h>

#include "base/attr.h"
#include "base/mem.h"
#include "ref/ledger.h"

enum { N_PAGINGS = 12 };

static struct why why;

struct page {
    const struct event **want;
    size_t n_want;
    size_t n_got;
    struct query_cursor last;
    char last_id[LIMIT_ID_MAX];
    bool stop;
};

static enum rc see(void *arg, const struct event *ev, struct why *w)
{
    struct page *p = arg;
    const struct event *want;

    (void)w;
    assert_true(p->n_got < p->n_want);
    want = p->want[p->n_got++];
    if (!str_eq(ev->id, want->id)) {
        print_error("event %zu: got %.*s, want %.*s\n", p->n_got - 1,
                    STR_ARG(ev->id), STR_ARG(want->id));
        fail();
    }
    assert_int_equal(ev->ts_us, want->ts_us);
    assert_true(str_eq(ev->dim[DIM_FEATURE], want->dim[DIM_FEATURE]));
    assert_int_equal(ev->n_tags, want->n_tags);
    assert_int_equal(ev->cost.priced, want->cost.priced);
    memcpy(p->last_id, ev->id.p, ev->id.n);
    p->last = (struct query_cursor){ev->ts_us, {p->last_id, ev->id.n}};
    return p->stop ? RC_END : RC_OK;
}

static int compare_events(const void *a, const void *b)
{
    const struct event *x = *(const struct event *const *)a;
    const struct event *y = *(const struct event *const *)b;

    if (x->ts_us != y->ts_us) {
        return x->ts_us < y->ts_us ? -1 : 1;
    }
    return str_cmp(x->id, y->id);
}

static size_t find_events(const struct world *w, const struct query *q,
                          bool newest_first, const struct event **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < N_EVENTS; i++) {
        if (ledger_matches(q, &w->ev[i])) {
            ret[n++] = &w->ev[i];
        }
    }
    qsort(ret, n, sizeof(const struct event *), compare_events);
    for (size_t i = 0; newest_first && i < n / 2; i++) {
        const struct event *other = ret[i];
        ret[i] = ret[n - 1 - i];
        ret[n - 1 - i] = other;
    }
    return n;
}

static void pages_through_all_events(void **state)
{
    struct world *w = *state;
    const struct event **want = mem_array(N_EVENTS, sizeof(*want));
    struct rand r;

    rand_init(&r, 11);
    for (size_t i = 0; i < N_PAGINGS; i++) {
        struct question ask;
        struct arena out;
        struct query q;
        bool newest_first = i % 2 == 0;
        arena_init(&out, ANSWER_BYTES);
        question_make(&r, w, NULL, &ask);
        assert_ok(
            query_parse(ask.param, ask.n, NOW_US, STR("UTC"), &out, &q, &why),
            &why);
        struct page p = {.want = want};
        p.n_want = find_events(w, &q, newest_first, want);
        size_t size = p.n_want / 7 + 1;
        for (size_t n = 0; n <= 8; n++) {
            struct query_cursor after = p.last;
            assert_ok(query_events(&q, newest_first, size,
                                   p.n_got > 0 ? &after : NULL, w->reader, see,
                                   &p, &why),
                      &why);
        }
        assert_int_equal(p.n_got, p.n_want);
        p.n_got = 0;
        assert_ok(
            query_events(&q, newest_first, 0, NULL, w->reader, see, &p, &why),
            &why);
        assert_int_equal(p.n_got, p.n_want);
        arena_fini(&out);
        arena_fini(&ask.text);
    }
    mem_free(want);
}

static void stops_when_told(void **state)
{
    struct world *w = *state;
    struct query_param all[] = {{STR("range"), STR("all")}};
    const struct event **want = mem_array(N_EVENTS, sizeof(*want));
    struct page p = {.want = want, .stop = true};
    struct arena out;
    struct query q;

    arena_init(&out, ANSWER_BYTES);
    assert_ok(query_parse(all, 1, NOW_US, STR("UTC"), &out, &q, &why), &why);
    p.n_want = find_events(w, &q, false, want);
    assert_rc(query_events(&q, false, 0, NULL, w->reader, see, &p, &why),
              RC_END);
    assert_int_equal(p.n_got, 1);
    mem_free(want);
    arena_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_through_all_events),
        cmocka_unit_test(stops_when_told),
    };
    return cmocka_run_group_tests(tests, query_world_set_up,
                                  query_world_tear_down);
}
