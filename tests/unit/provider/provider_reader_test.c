#include "test.h"

#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "provider/provider.h"

struct run {
    struct arena arena;
    const struct provider_record *records;
    size_t n;
};

static struct provider_reader *begin(const char *provider, const char *path,
                                     int status)
{
    struct provider_context context = {
        .provider = str_from_cz(provider),
        .path = str_from_cz(path),
        .model = STR("asked"),
        .status = status,
    };
    return provider_reader_new(&context);
}

static void end(struct run *run, struct provider_reader *r, bool was_cut)
{
    struct why why;
    arena_init(&run->arena, LIMIT_ARENA_MAX);
    assert_ok(provider_reader_end(r, was_cut, &run->arena, &run->records,
                                  &run->n, &why),
              &why);
    provider_reader_free(&r);
}

static struct run read_all(const char *provider, const char *path, int status,
                           const char *body)
{
    struct run run;
    struct provider_reader *r = begin(provider, path, status);
    provider_reader_feed(r, str_from_cz(body));
    end(&run, r, false);
    return run;
}

#define CHAT  "/v1/chat/completions"
#define USAGE "{" MEMBERS
#define MEMBERS                                             \
    "\"choices\":[{\"finish_reason\":\"stop\"}],"           \
    "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":" \
    "6,\"total_tokens\":11}}"

static void nothing(UNUSED void **state)
{
    static const char *const bodies[] = {
        "",
        " \n",
        "{}",
        "[]",
        "[1,2]",
        "{\"a\":1}",
        "<html>",
        "data: {}\n\n",
        "\0",
        "{",
        "[DONE]",
        "data: [DONE]\n\n",
        "event: ping\n\n",
        "{\"error\":{\"message\":\"x\"}}",
    };
    struct provider_reader *none = NULL;
    for (size_t i = 0; i < ARRAY_N(bodies); i++) {
        struct run run = read_all("", "", 0, bodies[i]);
        assert_int_equal(run.n, 0);
        arena_fini(&run.arena);
    }
    provider_reader_free(&none);
}

static void statuses(UNUSED void **state)
{
    static const struct {
        int status;
        const char *body;
        size_t n;
        enum event_status want;
    } rows[] = {
        {200, USAGE, 1, EVENT_STATUS_OK},
        {0, USAGE, 1, EVENT_STATUS_OK},
        {500, USAGE, 1, EVENT_STATUS_ERROR},
        {500, "{\"error\":{\"message\":\"x\"}}", 0, EVENT_STATUS_OK},
        {500, "oops", 0, EVENT_STATUS_OK},
        {302, "oops", 0, EVENT_STATUS_OK},
        {200, "{\"error\":{\"message\":\"x\"}}", 0, EVENT_STATUS_OK},
        /* Billed, and nobody can say what. */
        {200, "oops", 1, EVENT_STATUS_OK},
        {200, "{\"choices\":[{", 1, EVENT_STATUS_OK},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct run run = read_all("openai", CHAT, rows[i].status, rows[i].body);
        if (run.n != rows[i].n) {
            print_error("%d %s\n", rows[i].status, rows[i].body);
            fail();
        }
        if (run.n > 0) {
            assert_int_equal(run.records[0].status, rows[i].want);
        }
        arena_fini(&run.arena);
    }
}

static void cut_before_anything(UNUSED void **state)
{
    static const struct {
        int status;
        size_t n;
    } rows[] = {{200, 1}, {0, 0}, {503, 0}};
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct run run;
        end(&run, begin("openai", CHAT, rows[i].status), true);
        assert_int_equal(run.n, rows[i].n);
        assert_true(run.n == 0 || !run.records[0].is_complete);
        arena_fini(&run.arena);
    }
}

static void free_routes(UNUSED void **state)
{
    static const char *const paths[] = {"/v1/moderations", "/v1/models",
                                        "/v1/batches/b",
                                        "/v1/messages/count_tokens"};
    for (size_t i = 0; i < ARRAY_N(paths); i++) {
        struct run run = read_all("openai", paths[i], 200, USAGE);
        assert_int_equal(run.n, 0);
        arena_fini(&run.arena);
    }
}

static void providers(UNUSED void **state)
{
    static const struct {
        const char *provider;
        const char *path;
        const char *body;
        const char *want;
    } rows[] = {
        {"Azure-OpenAI", CHAT, USAGE, "azure"},
        {"acme", CHAT, USAGE, "acme"},
        {"", "/openai/v1/messages",
         "{\"type\":\"message\",\"model\":\"m\","
         "\"usage\":{\"input_tokens\":1}}",
         "anthropic"},
        {"", "",
         "{\"model\":\"gpt-4o\",\"choices\":[{}],\"usage\":"
         "{\"prompt_tokens\":1,\"completion_tokens\":2}}",
         "openai"},
        {"", "",
         "{\"model\":\"llama3\",\"choices\":[{}],\"usage\":"
         "{\"prompt_tokens\":1,\"completion_tokens\":2}}",
         ""},
        {"", "/v1/models/gemini-3:generateContent",
         "{\"usageMetadata\":{\"promptTokenCount\":3}}", "gemini"},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct run run =
            read_all(rows[i].provider, rows[i].path, 200, rows[i].body);
        assert_int_equal(run.n, 1);
        test_assert_str(run.records[0].provider, str_from_cz(rows[i].want),
                        __FILE__, __LINE__);
        arena_fini(&run.arena);
    }
}

static void tiers(UNUSED void **state)
{
    static const struct {
        const char *word;
        enum service_tier tier;
    } rows[] = {
        {"", SERVICE_TIER_STANDARD},      {"default", SERVICE_TIER_STANDARD},
        {"scale", SERVICE_TIER_STANDARD}, {"auto", SERVICE_TIER_STANDARD},
        {"flex", SERVICE_TIER_FLEX},      {"priority", SERVICE_TIER_PRIORITY},
        {"fast", SERVICE_TIER_PRIORITY},  {"batch", SERVICE_TIER_BATCH},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct buf body;
        buf_init(&body, SIZE_MAX);
        buf_fmt(&body, "{\"service_tier\":\"%s\",%s", rows[i].word, MEMBERS);
        buf_char(&body, '\0');
        struct run run = read_all("openai", CHAT, 200, body.p);
        assert_int_equal(run.records[0].tier, rows[i].tier);
        struct str word = str_from_cz(rows[i].word);
        bool is_tier = !str_eq(word, STR("auto"));
        test_assert_str(run.records[0].tier_word, is_tier ? word : STR_EMPTY,
                        __FILE__, __LINE__);
        arena_fini(&run.arena);
        buf_fini(&body);
    }
}

static void add_padded(struct buf *b, const char *front, size_t n_bytes,
                       const char *back)
{
    size_t from = b->n;
    buf_cz(b, front);
    while (b->n - from + strlen(back) < n_bytes) {
        buf_char(b, 'x');
    }
    buf_cz(b, back);
}

static struct run read_buf(const struct buf *b)
{
    enum { PIECE = 60000 };
    struct run run;
    struct provider_reader *r = begin("openai", CHAT, 200);
    for (size_t at = 0; at < b->n; at += PIECE) {
        provider_reader_feed(r, str_sub(buf_view(b), at, PIECE));
    }
    end(&run, r, false);
    return run;
}

static void content_types(UNUSED void **state)
{
    struct provider_context context = {
        .provider = STR("openai"),
        .path = STR(CHAT),
        .content_type = STR("Text/Event-Stream; charset=utf-8"),
        .status = 200,
    };
    struct run run;
    struct provider_reader *r = provider_reader_new(&context);
    provider_reader_feed(r, STR("x-own: 1\ndata: " USAGE "\n\n"));
    end(&run, r, false);
    assert_int_equal(run.n, 1);
    assert_true(run.records[0].token[TOKEN_INPUT] == 5);
    arena_fini(&run.arena);
    /* A text that begins like an event is none. */
    run = read_all("openai", "/v1/audio/transcriptions", 200, "data are old\n");
    assert_int_equal(run.n, 1);
    assert_false(run.records[0].is_complete);
    arena_fini(&run.arena);
}

/* An event on the ceiling is read, one past it is passed over; what comes
 * behind it is read all the same. */
static void event_ceiling(UNUSED void **state)
{
    static const char front[] = "data: {\"id\":\"big\",\"pad\":\"";
    static const char back[] = "\",\"choices\":[{}]}";
    for (size_t over = 0; over <= 1; over++) {
        struct buf b;
        buf_init(&b, SIZE_MAX);
        add_padded(&b, front, LIMIT_PROVIDER_PART_BYTES + over, back);
        buf_cz(&b, "\n\ndata: " USAGE "\n\n");
        struct run run = read_buf(&b);
        assert_int_equal(run.n, 1);
        test_assert_str(run.records[0].response_id,
                        over == 0 ? STR("big") : STR_EMPTY, __FILE__, __LINE__);
        assert_true(run.records[0].token[TOKEN_INPUT] == 5);
        assert_true(run.records[0].is_complete);
        arena_fini(&run.arena);
        buf_fini(&b);
    }
}

static void body_ceiling(UNUSED void **state)
{
    static const char front[] = "{\"pad\":\"";
    static const char back[] = "\",\"choices\":[{\"finish_reason\":\"stop\"}],"
                               "\"usage\":{\"prompt_tokens\":5,"
                               "\"completion_tokens\":6}}";
    for (size_t over = 0; over <= 1; over++) {
        struct buf b;
        buf_init(&b, SIZE_MAX);
        add_padded(&b, front, LIMIT_PROVIDER_BODY_BYTES + over, back);
        struct run run = read_buf(&b);
        assert_int_equal(run.n, 1);
        assert_int_equal(run.records[0].is_complete, over == 0);
        assert_true(run.records[0].token[TOKEN_INPUT] == (over == 0 ? 5 : 0));
        arena_fini(&run.arena);
        buf_fini(&b);
    }
}

static void extras_ceiling(UNUSED void **state)
{
    for (int n = LIMIT_PROVIDER_EXTRAS; n <= LIMIT_PROVIDER_EXTRAS + 1; n++) {
        struct buf b;
        buf_init(&b, SIZE_MAX);
        buf_cz(&b, "{\"choices\":[{}],\"usage\":{\"prompt_tokens\":1");
        for (int i = 0; i < n; i++) {
            buf_fmt(&b, ",\"x%d\":%d", i, i + 1);
        }
        buf_cz(&b, "}}");
        buf_char(&b, '\0');
        struct run run = read_all("openai", CHAT, 200, b.p);
        const struct provider_record *r = run.records;
        assert_int_equal(r->n_extra, LIMIT_PROVIDER_EXTRAS);
        const struct provider_extra *last = &r->extra[r->n_extra - 1];
        bool is_over = n > LIMIT_PROVIDER_EXTRAS;
        test_assert_str(last->name,
                        is_over ? STR("more_members") : STR("usage.x23"),
                        __FILE__, __LINE__);
        assert_true((int)last->value == (is_over ? 2 : 24));
        arena_fini(&run.arena);
        buf_fini(&b);
    }
}

/* Deep and long paths are cut, and still tell that something is there. */
static void deep_members(UNUSED void **state)
{
    struct buf b;
    buf_init(&b, SIZE_MAX);
    buf_cz(&b, "{\"choices\":[{}],\"usage\":");
    for (int i = 0; i < 40; i++) {
        buf_cz(&b, "{\"level_of_nesting\":");
    }
    buf_cz(&b, "7");
    for (int i = 0; i < 40; i++) {
        buf_char(&b, '}');
    }
    buf_cz(&b, "}");
    buf_char(&b, '\0');
    struct run run = read_all("openai", CHAT, 200, b.p);
    assert_int_equal(run.records[0].n_extra, 1);
    assert_true(run.records[0].extra[0].is_unknown);
    assert_true(run.records[0].extra[0].name.n <= LIMIT_PROVIDER_PATH_MAX);
    arena_fini(&run.arena);
    buf_fini(&b);
}

/* Counts on the ceiling of an event, and past it. */
static void count_ceiling(UNUSED void **state)
{
    int64_t most = INT64_C(1) << LIMIT_COUNT_BITS;
    for (int64_t over = 0; over <= 1; over++) {
        struct buf b;
        buf_init(&b, SIZE_MAX);
        buf_fmt(&b,
                "{\"choices\":[{}],\"usage\":{\"prompt_tokens\":%lld,"
                "\"completion_tokens\":1}}",
                (long long)(most + over));
        buf_char(&b, '\0');
        struct run run = read_all("openai", CHAT, 200, b.p);
        assert_true(run.records[0].token[TOKEN_INPUT] ==
                    (over == 0 ? most : 0));
        assert_int_equal(run.records[0].is_complete, over == 0);
        assert_int_equal(run.records[0].n_extra, over == 0 ? 0 : 1);
        arena_fini(&run.arena);
        buf_fini(&b);
    }
}

/* One response may tell of many calls: the output of a batch. */
static void many_lines(UNUSED void **state)
{
    enum { LINES = 5000 };
    const struct provider_record *records = NULL;
    size_t n = 0;
    struct arena arena;
    struct buf b;
    struct why why;
    struct provider_reader *r = begin("openai", "/v1/files/f/content", 200);
    buf_init(&b, SIZE_MAX);
    for (int i = 0; i < LINES; i++) {
        buf_clear(&b);
        buf_fmt(&b,
                "{\"custom_id\":\"c%d\",\"response\":{\"status_code\":200,"
                "\"body\":{\"id\":\"id%d\",%s}}\n",
                i, i, MEMBERS);
        provider_reader_feed(r, buf_view(&b));
    }
    arena_init(&arena, SIZE_MAX);
    assert_ok(provider_reader_end(r, false, &arena, &records, &n, &why), &why);
    provider_reader_free(&r);
    assert_int_equal(n, LINES);
    assert_str(records[LINES - 1].response_id, "id4999");
    assert_str(records[LINES - 1].extra[0].text, "c4999");
    assert_true(records[LINES - 1].token[TOKEN_OUTPUT] == 6);
    assert_true(arena.used_bytes / LINES < 1024);
    arena_fini(&arena);
    buf_fini(&b);
}

/* Which once took the square of their number: 100 s. */
static void many_containers(UNUSED void **state)
{
    enum { ITEMS_N = 60000, SECONDS_MAX = 10 };
    struct buf body;
    buf_init(&body, SIZE_MAX);
    buf_cz(&body, "{\"object\":\"response\",\"status\":\"completed\","
                  "\"output\":[");
    for (int i = 0; i < ITEMS_N; i++) {
        buf_fmt(&body,
                "{\"type\":\"code_interpreter_call\",\"container_id\":"
                "\"c%d\"},{\"type\":\"code_interpreter_call\","
                "\"container_id\":\"c%d\"},",
                i, i);
    }
    buf_cz(&body, "{\"type\":\"code_interpreter_call\"},"
                  "{\"type\":\"code_interpreter_call\"}],"
                  "\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}");
    buf_char(&body, '\0');
    clock_t from = clock();
    struct run run = read_all("openai", "/v1/responses", 200, body.p);
    assert_true((clock() - from) / CLOCKS_PER_SEC < SECONDS_MAX);
    assert_int_equal(run.n, 1);
    assert_int_equal(run.records[0].n_extra, 1);
    assert_true(run.records[0].extra[0].value > ITEMS_N &&
                run.records[0].extra[0].value < ITEMS_N + 2);
    arena_fini(&run.arena);
    buf_fini(&body);
}

static void full_arena(UNUSED void **state)
{
    const struct provider_record *records = NULL;
    size_t n = 42;
    struct arena small;
    struct why why;
    struct provider_reader *r = begin("openai", CHAT, 200);
    provider_reader_feed(r, STR(USAGE));
    arena_init(&small, 64);
    assert_rc(provider_reader_end(r, false, &small, &records, &n, &why),
              RC_LIMIT);
    assert_int_equal(n, 42);
    provider_reader_free(&r);
    arena_fini(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),
        cmocka_unit_test(statuses),
        cmocka_unit_test(cut_before_anything),
        cmocka_unit_test(free_routes),
        cmocka_unit_test(providers),
        cmocka_unit_test(tiers),
        cmocka_unit_test(content_types),
        cmocka_unit_test(event_ceiling),
        cmocka_unit_test(body_ceiling),
        cmocka_unit_test(extras_ceiling),
        cmocka_unit_test(deep_members),
        cmocka_unit_test(count_ceiling),
        cmocka_unit_test(many_lines),
        cmocka_unit_test(many_containers),
        cmocka_unit_test(full_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
