/* Claude Code's logs, beyond what the fixture shows: each test writes the few
 * lines that it is about. */
#include "import_catch.h"

#include "base/limits.h"

#define HEAD                                                   \
    "{\"parentUuid\":null,\"isSidechain\":false,\"userType\":" \
    "\"external\",\"cwd\":\"/src/app\",\"sessionId\":\"s-1\"," \
    "\"version\":\"2.1.190\",\"gitBranch\":\"main\","
#define SIDE                                                          \
    "{\"parentUuid\":null,\"isSidechain\":true,\"cwd\":\"/src/app\"," \
    "\"sessionId\":\"s-1\",\"agentId\":\"a-1\","
#define MESSAGE(id, usage)                                                   \
    "\"message\":{\"model\":\"claude-opus-4-8\",\"id\":\"" id "\",\"type\":" \
    "\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\","    \
    "\"text\":\"{\\\"usage\\\":{\\\"output_tokens\\\":999}} ] }\"}],"        \
    "\"usage\":{" usage "}},"
#define TAIL(request, time)                                                \
    "\"requestId\":\"" request "\",\"type\":\"assistant\",\"uuid\":\"u\"," \
    "\"timestamp\":\"2026-09-21T13:06:" time "Z\"}\n"
#define LINE(id, request, time, usage) \
    HEAD MESSAGE(id, usage) TAIL(request, time)

static void assert_counts(const struct event *ev, int64_t input, int64_t read,
                          int64_t write, int64_t output)
{
    assert_int_equal(ev->token[TOKEN_INPUT], input);
    assert_int_equal(ev->token[TOKEN_CACHE_READ], read);
    assert_int_equal(event_cache_write_tokens(ev), write);
    assert_int_equal(event_output_tokens(ev), output);
}

static void a_line_becomes_an_event(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl",
               STR(LINE("m1", "r1", "44.250",
                        "\"input_tokens\":4,\"cache_creation_input_tokens\":30,"
                        "\"cache_read_input_tokens\":500,\"cache_creation\":{"
                        "\"ephemeral_5m_input_tokens\":10,"
                        "\"ephemeral_1h_input_tokens\":20},"
                        "\"output_tokens\":70,\"output_tokens_details\":{"
                        "\"thinking_tokens\":60},\"service_tier\":\"priority\","
                        "\"speed\":\"fast\",\"inference_geo\":\"us\"")));
    assert_int_equal(c->n, 1);
    const struct event *ev = &c->event[0];
    assert_str(ev->id, "r1");
    assert_true(ev->ts_us == INT64_C(1789996004250000));
    assert_counts(ev, 4, 500, 30, 70);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_5M], 10);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_1H], 20);
    assert_int_equal(ev->token[TOKEN_OUTPUT_REASONING], 60);
    assert_int_equal(ev->service_tier, SERVICE_TIER_PRIORITY);
    assert_int_equal(ev->environment, ENVIRONMENT_PRODUCTION);
    assert_false(c->has_environment[0]);
    assert_str(ev->dim[DIM_PROVIDER], "anthropic");
    assert_str(ev->dim[DIM_FEATURE], "app");
    assert_str(ev->dim[DIM_WORKFLOW], "s-1");
    assert_str(ev->dim[DIM_USER], "");
    assert_str(ev->dim[DIM_RUN], "");
    assert_tag(ev, "git_branch", "main");
    assert_tag(ev, "version", "2.1.190");
    assert_tag(ev, "speed", "fast");
    assert_tag(ev, "inference_geo", "us");
    assert_false(ev->has_reported_cost);
}

/* The first line has the provisional output, the second a cache count that
 * came late, the third is equal to it. */
static void tellings_merge_by_the_larger_of_each_count(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(LINE("m1", "r1", "46.000", "\"input_tokens\":9,\"output_tokens\":2")
                LINE("m1", "r1", "45.000",
                     "\"input_tokens\":4,\"output_tokens\":70,"
                     "\"cache_read_input_tokens\":500")
                    LINE("m1", "r1", "47.000",
                         "\"input_tokens\":4,\"output_tokens\":70,"
                         "\"cache_read_input_tokens\":500")));
    assert_int_equal(c->n, 1);
    assert_int_equal(c->counts.n_merged, 2);
    assert_counts(&c->event[0], 9, 500, 0, 70);
    assert_true(c->event[0].ts_us == INT64_C(1789996005000000));
}

static void requests_of_one_message_that_are_no_side_chains_count(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl",
               STR(LINE("m1", "r1", "44.000", "\"output_tokens\":2")
                       LINE("m1", "r2", "45.000", "\"output_tokens\":3")));
    assert_int_equal(c->n, 2);
    assert_str(c->event[1].id, "r2");
}

/* The parent's answer wins in whatever order they come. */
static void a_side_chain_that_replays_gives_way(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(SIDE MESSAGE("m1", "\"output_tokens\":9") TAIL("r9", "41.000")
                SIDE MESSAGE("m1", "\"output_tokens\":9") TAIL("r8", "42.000")
                    LINE("m1", "r1", "44.000", "\"output_tokens\":5")
                        SIDE MESSAGE("m2", "\"output_tokens\":7")
                            TAIL("r2", "45.000")));
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].id, "r1");
    assert_int_equal(c->event[0].token[TOKEN_OUTPUT], 5);
    assert_str(c->event[1].id, "r2");
    assert_tag(&c->event[1], "agent", "a-1");
    assert_int_equal(c->counts.n_merged, 2);
}

static void progress_holds_copies(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR("{\"type\":\"progress\",\"sessionId\":\"s-parent\",\"data\":{"
            "\"type\":\"agent_progress\",\"agentId\":\"a-2\",\"message\":{"
            "\"type\":\"assistant\",\"timestamp\":\"2026-09-21T13:06:44Z\","
            "\"requestId\":\"r1\",\"isSidechain\":true," MESSAGE(
                "m1",
                "\"output_tokens\":5") "\"uuid\":\"x\"}},\"cwd\":\"/src/other\","
                                       "\"timestamp\":\"2026-09-21T13:07:00Z\"}\n"
                                       "{\"type\":\"progress\",\"sessionId\":\"s-parent\",\"data\":{"
                                       "\"type\":\"bash_progress\",\"output\":\"{}\"}}\n" LINE(
                                           "m1", "r1", "45.000",
                                           "\"output_tokens\":5")));
    assert_int_equal(c->n, 1);
    assert_int_equal(c->counts.n_merged, 1);
    /* The line itself says better where it belongs than its copy. */
    assert_str(c->event[0].dim[DIM_WORKFLOW], "s-1");
    assert_str(c->event[0].dim[DIM_FEATURE], "app");
    assert_tag(&c->event[0], "agent", "a-2");
    assert_true(c->event[0].ts_us == INT64_C(1789996004000000));
}

/* A tool's output was cut in the middle of a character, and its input had a
 * number of 21 digits: the answer was paid all the same. */
static void what_nobody_reads_may_be_bad(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl",
               STR(HEAD "\"toolUseResult\":{\"stdout\":\"cut \\ud83d\","
                        "\"n\":999999999999999999999,\"x\":1e400}," MESSAGE(
                            "m1", "\"output_tokens\":7") TAIL("r1", "44.250")));
    assert_int_equal(c->n, 1);
    assert_counts(&c->event[0], 0, 0, 0, 7);
    assert_int_equal(c->counts.n_skipped, 0);
}

static void what_is_no_answer_is_skipped(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(HEAD "\"type\":\"user\",\"message\":{\"usage\":{"
                 "\"output_tokens\":9}}}\n" HEAD
                 "\"message\":{\"id\":\"m\",\"model\":\"<synthetic>\","
                 "\"usage\":{\"output_tokens\":9}}," TAIL("r", "44.000") HEAD
            "\"isApiErrorMessage\":true," MESSAGE("m", "\"output_tokens\":9")
                TAIL("r", "44.000")
                    LINE("m", "r", "44.000",
                         "\"input_tokens\":0,\"output_tokens\":0") HEAD
            "\"message\":{\"id\":\"m\",\"content\":[]}," TAIL("r", "44.000")
                HEAD "\"message\":{\"id\":\"m\",\"usage\":null}," TAIL(
                    "r", "44.000") "\n   \n"
                                   "not JSON\n" HEAD
                                   "\"message\":{\"id\":\"cut"));
    assert_int_equal(c->n, 0);
    assert_int_equal(c->counts.n_skipped, 5);
    assert_int_equal(c->counts.n_rejected, 0);
    assert_int_equal(c->n_troubles, 0);
}

static void lines_without_a_message_id_count_each(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR("{\"timestamp\":\"2026-01-01T00:00:00Z\",\"costUSD\":0.25,"
            "\"message\":{\"model\":\"claude-opus-4-8\",\"usage\":{"
            "\"output_tokens\":5}},\"uuid\":\"u-1\",\"type\":\"assistant\"}\n"
            "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"costUSD\":0.5,"
            "\"message\":{\"model\":\"claude-opus-4-8\",\"usage\":{"
            "\"output_tokens\":5}},\"uuid\":\"u-2\",\"type\":\"assistant\"}\n"
            "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"costUSD\":0.5,"
            "\"message\":{\"model\":\"claude-opus-4-8\",\"usage\":{"
            "\"output_tokens\":6}}}\n"));
    assert_int_equal(c->n, 3);
    assert_str(c->event[0].id, "u-1");
    assert_true(c->event[0].has_reported_cost);
    assert_true(c->event[1].reported_cost.pico == USD_PICO_PER_DOLLAR / 2);
}

#define ITERATIONS                                                     \
    "\"iterations\":["                                                 \
    "{\"type\":\"message\",\"input_tokens\":10,\"output_tokens\":20}," \
    "{\"type\":\"compaction\",\"input_tokens\":1000,"                  \
    "\"cache_read_input_tokens\":50,\"output_tokens\":300},"           \
    "{\"type\":\"advisor_message\",\"model\":\"claude-haiku-4-5\","    \
    "\"input_tokens\":7,\"output_tokens\":8}]"

static void iterations_beyond_the_headline_count(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(LINE("m1", "r1", "44.000",
                 "\"input_tokens\":10,\"output_tokens\":2," ITERATIONS)
                LINE("m1", "r1", "44.000",
                     "\"input_tokens\":10,\"output_tokens\":20," ITERATIONS)
                    LINE(
                        "m1", "r1", "44.000",
                        "\"input_tokens\":10,\"output_tokens\":20," ITERATIONS)));
    assert_int_equal(c->n, 2);
    assert_int_equal(c->counts.n_merged, 4);
    assert_str(c->event[0].id, "r1:advisor1");
    assert_str(c->event[0].dim[DIM_MODEL], "claude-haiku-4-5");
    assert_counts(&c->event[0], 7, 0, 0, 8);
    assert_str(c->event[1].id, "r1");
    assert_str(c->event[1].dim[DIM_MODEL], "claude-opus-4-8");
    assert_counts(&c->event[1], 1010, 50, 0, 320);
}

static void a_fallback_is_the_model_that_answered(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl",
               STR(LINE("m1", "r1", "44.000",
                        "\"output_tokens\":20,\"iterations\":[{\"type\":"
                        "\"fallback_message\",\"model\":\"claude-sonnet-5\","
                        "\"output_tokens\":20}]")));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].dim[DIM_MODEL], "claude-sonnet-5");
}

static void other_providers_show_in_the_model(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl",
               STR(HEAD "\"message\":{\"id\":\"m1\",\"model\":"
                        "\"us.anthropic.claude-opus-4-8-v1:0\",\"usage\":{"
                        "\"output_tokens\":5}}," TAIL("r1", "44.000") HEAD
                   "\"message\":{\"id\":\"m2\",\"model\":\"house-blend\","
                   "\"usage\":{\"output_tokens\":5}}," TAIL("r2", "45.000")));
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].dim[DIM_PROVIDER], "bedrock");
    assert_str(c->event[1].dim[DIM_PROVIDER], "anthropic");
}

/* A call that cannot be is told with its line; its neighbours stay. */
static void impossible_counts_are_refused(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(LINE("m1", "r1", "44.000", "\"output_tokens\":9223372036854775808")
                LINE("m2", "r2", "45.000", "\"output_tokens\":-3")
                    LINE("m3", "r3", "46.000", "\"output_tokens\":1.5")
                        LINE("m4", "r4", "47.000",
                             "\"output_tokens\":9007199254740992")
                            LINE("m5", "r5", "48.000", "\"output_tokens\":5")));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].id, "r5");
    assert_int_equal(c->counts.n_rejected, 4);
    assert_trouble(c, 0, "s.jsonl|line 1|output_tokens cannot be read");
    assert_trouble(c, 3, "s.jsonl|line 4|output: a token count is above");
}

static void impossible_times_are_refused(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(HEAD MESSAGE(
            "m1",
            "\"output_tokens\":1") "\"requestId\":\"r1\",\"type\":\"assistant\","
                                   "\"timestamp\":\"1970-01-01T00:00:00Z\"}\n" HEAD
                                       MESSAGE(
                                           "m2",
                                           "\"output_tokens\":1") "\"requestId\":\"r2\",\"type\":\"assistant\"}\n"));
    assert_int_equal(c->n, 0);
    assert_int_equal(c->counts.n_rejected, 2);
    assert_trouble(c, 0, "line 1|ts: 1970-01-01T00:00:00Z is before 2020");
    assert_trouble(c, 1, "line 2|timestamp cannot be read");
}

/* The head of a line is remembered; one that only looks alike is not it. */
static void heads_that_differ_late_are_told_apart(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR("{\"parentUuid\":\"p1\",\"isSidechain\":false,\"cwd\":\"/src/app\","
            "\"sessionId\":\"s-1\",\"n\":1," MESSAGE("m1", "\"output_tokens\":1") TAIL(
                "r1",
                "44.000") "{\"parentUuid\":\"p2\",\"isSidechain\":false,\"cwd\":\"/src/app\","
                          "\"sessionId\":\"s-1\",\"n\":12,\"sessionId\":\"late\"," MESSAGE(
                              "m2", "\"output_tokens\":1")
                              TAIL(
                                  "r2",
                                  "45.000") "{\"parentUuid\":\"p2\",\"isSidechain\":false,\"cwd\":\"/src/two\","
                                            "\"sessionId\":\"s-2\",\"n\":1," MESSAGE(
                                                "m3", "\"output_tokens\":1")
                                                TAIL(
                                                    "r3",
                                                    "46.000") "{\"parentUuid\":\"p2\",\"isSidechain\":false,\"cwd\":\"/src/two\","
                                                              "\"sessionId\":\"s-2\",\"n\":1," MESSAGE(
                                                                  "m4",
                                                                  "\"output_tokens\":1")
                                                                  TAIL(
                                                                      "r4",
                                                                      "47.000")));
    assert_int_equal(c->n, 4);
    assert_str(c->event[1].dim[DIM_WORKFLOW], "s-1");
    assert_str(c->event[2].dim[DIM_WORKFLOW], "s-2");
    assert_str(c->event[2].dim[DIM_FEATURE], "two");
    assert_str(c->event[3].dim[DIM_FEATURE], "two");
}

/* Resumed sessions copy lines; whoever is read first, the sum is the same. */
static void copies_in_other_files_merge(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    (void)catch_file(c, &dir, "-src-app/b.jsonl",
                     STR(LINE("m1", "r1", "44.000", "\"output_tokens\":2")));
    (void)catch_file(c, &dir, "-src-app/a.jsonl",
                     STR(LINE("m2", "r2", "43.000", "\"output_tokens\":8") LINE(
                         "m1", "r1", "44.000", "\"output_tokens\":70")));
    catch_run(c, dir.path);
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].id, "r2");
    assert_str(c->event[1].id, "r1");
    assert_int_equal(c->event[1].token[TOKEN_OUTPUT], 70);
    assert_int_equal(c->counts.n_merged, 1);
    catch_run(c, dir.path);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->n_duplicates, 2);
    catch_dir_remove(&dir);
}

/* The log is read while its last answer streams, and again when it is whole. */
static void an_answer_under_way_waits_for_the_next_import(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    const int64_t told_us = INT64_C(1789996007000000); /* 13:06:47 */
    catch_dir_make(&dir);
    (void)catch_file(
        c, &dir, "-src-app/a.jsonl",
        STR(LINE("m1", "r1", "44.000", "\"output_tokens\":8")
                LINE("m2", "r2", "46.000", "\"output_tokens\":1")
                    LINE("m2", "r2", "47.000", "\"output_tokens\":2")));
    c->opt.now_us = told_us + LIMIT_IMPORT_OPEN_S * UTC_US_PER_SECOND;
    catch_run(c, dir.path);
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].id, "r1");
    assert_int_equal(c->counts.n_open, 1);
    (void)catch_file(c, &dir, "-src-app/a.jsonl", /* appends */
                     STR(LINE("m2", "r2", "48.000", "\"output_tokens\":900")));
    c->opt.now_us += 2 * UTC_US_PER_SECOND;
    catch_run(c, dir.path);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->event[1].token[TOKEN_OUTPUT], 900);
    assert_int_equal(c->counts.n_open, 0);
    catch_dir_remove(&dir);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(a_line_becomes_an_event),
        WITH_CATCH(tellings_merge_by_the_larger_of_each_count),
        WITH_CATCH(requests_of_one_message_that_are_no_side_chains_count),
        WITH_CATCH(a_side_chain_that_replays_gives_way),
        WITH_CATCH(progress_holds_copies),
        WITH_CATCH(what_nobody_reads_may_be_bad),
        WITH_CATCH(what_is_no_answer_is_skipped),
        WITH_CATCH(lines_without_a_message_id_count_each),
        WITH_CATCH(iterations_beyond_the_headline_count),
        WITH_CATCH(a_fallback_is_the_model_that_answered),
        WITH_CATCH(other_providers_show_in_the_model),
        WITH_CATCH(impossible_counts_are_refused),
        WITH_CATCH(impossible_times_are_refused),
        WITH_CATCH(heads_that_differ_late_are_told_apart),
        WITH_CATCH(copies_in_other_files_merge),
        WITH_CATCH(an_answer_under_way_waits_for_the_next_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
