/* Every case of tests/golden/provider gives its records: fed whole, byte by
 * byte and in pieces of any size; and without being told whose it is. */
#include "golden.h"

#include "base/rand.h"

enum { PIECES_SEED = 20261129, PIECE_MAX = 40, ROUNDS = 20 };

struct run {
    struct arena arena;
    const struct provider_record *records;
    size_t n;
};

static void run_end(struct run *run, struct provider_reader *r, bool was_cut)
{
    struct why why;
    arena_init(&run->arena, LIMIT_ARENA_MAX);
    assert_ok(provider_reader_end(r, was_cut, &run->arena, &run->records,
                                  &run->n, &why),
              &why);
    provider_reader_free(&r);
    assert_null(r);
}

static bool was_cut(const struct golden_case *c)
{
    return json_bool(json_get(c->context, "cut"));
}

static void feed_pieces(struct golden_case *c, struct rand *rand,
                        size_t piece_max)
{
    struct provider_context context = golden_context(c, true);
    struct provider_reader *r = provider_reader_new(&context);
    struct str rest = buf_view(&c->bytes);
    struct run run;
    while (rest.n > 0) {
        size_t n = piece_max == SIZE_MAX
                       ? rest.n
                       : 1 + (size_t)rand_below(rand, piece_max);
        struct str piece = str_sub(rest, 0, n);
        provider_reader_feed(r, piece);
        rest = str_sub(rest, piece.n, SIZE_MAX);
    }
    run_end(&run, r, was_cut(c));
    golden_check(c, run.records, run.n);
    arena_fini(&run.arena);
}

static void feed_all(struct golden *g, size_t piece_max)
{
    struct rand rand;
    rand_init(&rand, PIECES_SEED);
    assert_true(g->n >= 139);
    for (size_t i = 0; i < g->n; i++) {
        feed_pieces(&g->cases[i], &rand, piece_max);
    }
}

static void whole(void **state)
{
    feed_all(*state, SIZE_MAX);
}

static void byte_by_byte(void **state)
{
    feed_all(*state, 1);
}

static void in_pieces(void **state)
{
    for (int i = 0; i < ROUNDS; i++) {
        feed_all(*state, PIECE_MAX);
    }
}

/* A body may tell nothing of itself: then the case says so. */
static bool needs_hints(const struct golden_case *c)
{
    return json_bool(json_get(c->expected, "needs_hints")) ||
           str_ends(str_from_cz(c->name), STR("invoke-headers-only.json"));
}

static void without_hints(void **state)
{
    struct golden *g = *state;
    for (size_t i = 0; i < g->n; i++) {
        struct golden_case *c = &g->cases[i];
        bool is_blind = needs_hints(c);
        struct provider_context context = golden_context(c, false);
        struct provider_reader *r = provider_reader_new(&context);
        const struct json *want = json_first(json_get(c->expected, "records"));
        struct run run;
        print_message("# %s\n", c->name); /* shown when it fails */
        provider_reader_feed(r, buf_view(&c->bytes));
        run_end(&run, r, was_cut(c));
        for (size_t k = 0; k < run.n && !is_blind; k++) {
            int64_t n = 0;
            (void)!json_i64(json_get(want, "input_uncached"), &n);
            assert_true(run.records[k].token[TOKEN_INPUT] == n);
            n = 0;
            (void)!json_i64(json_get(want, "cache_read"), &n);
            assert_true(run.records[k].token[TOKEN_CACHE_READ] == n);
            want = json_next(want);
        }
        assert_true(is_blind || want == NULL);
        arena_fini(&run.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(without_hints),
    };
    return cmocka_run_group_tests(tests, golden_setup, golden_teardown);
}
