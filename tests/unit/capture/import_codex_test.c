/* Codex's rollouts, beyond what the fixture shows. */
#include "import_catch.h"

#define META(time, id, more)                                      \
    "{\"timestamp\":\"2026-09-21T14:00:" time "Z\",\"type\":"     \
    "\"session_meta\",\"payload\":{\"id\":\"" id "\"" more        \
    ",\"cwd\":\"/src/app\",\"cli_version\":\"0.154.0\",\"git\":{" \
    "\"branch\":\"main\"}}}\n"
#define CONTEXT(time, model)                                  \
    "{\"timestamp\":\"2026-09-21T14:00:" time "Z\",\"type\":" \
    "\"turn_context\",\"payload\":{\"model\":\"" model "\","  \
    "\"cwd\":\"/src/app\"}}\n"
#define USAGE(in, cached, out, think)                            \
    "{\"input_tokens\":" #in ",\"cached_input_tokens\":" #cached \
    ",\"output_tokens\":" #out ",\"reasoning_output_tokens\":" #think "}"
#define COUNT(time, total, last)                                     \
    "{\"timestamp\":\"2026-09-21T14:00:" time "Z\",\"type\":"        \
    "\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":{" \
    "\"total_token_usage\":" total ",\"last_token_usage\":" last "}}}\n"

#define PARENT                                                    \
    META("00.000", "parent", "")                                  \
    CONTEXT("01.000", "gpt-5.4")                                  \
    COUNT("05.000", USAGE(100, 10, 20, 5), USAGE(100, 10, 20, 5)) \
    COUNT("09.000", USAGE(300, 110, 50, 15), USAGE(200, 100, 30, 10))

static void assert_counts(const struct event *ev, int64_t input, int64_t read,
                          int64_t output, int64_t reasoning)
{
    assert_int_equal(ev->token[TOKEN_INPUT], input);
    assert_int_equal(ev->token[TOKEN_CACHE_READ], read);
    assert_int_equal(ev->token[TOKEN_OUTPUT], output);
    assert_int_equal(ev->token[TOKEN_OUTPUT_REASONING], reasoning);
}

static void steps_become_events(void **state)
{
    struct catch *c = *state;
    catch_text(c, "r.jsonl", STR(PARENT));
    assert_int_equal(c->n, 2);
    const struct event *ev = &c->event[1];
    assert_counts(ev, 100, 100, 20, 10);
    assert_str(ev->dim[DIM_PROVIDER], "openai");
    assert_str(ev->dim[DIM_MODEL], "gpt-5.4");
    assert_str(ev->dim[DIM_FEATURE], "app");
    assert_str(ev->dim[DIM_WORKFLOW], "parent");
    assert_tag(ev, "git_branch", "main");
    assert_tag(ev, "version", "0.154.0");
    assert_int_equal(ev->environment, ENVIRONMENT_PRODUCTION);
}

static void a_log_that_grew_gives_the_same_ids(void **state)
{
    struct catch *c = *state;
    catch_text(c, "r.jsonl", STR(PARENT));
    catch_text(c, "r.jsonl",
               STR(PARENT COUNT("15.000", USAGE(350, 130, 60, 15),
                                USAGE(50, 20, 10, 0))));
    assert_int_equal(c->n, 3);
    assert_int_equal(c->n_duplicates, 2);
    assert_counts(&c->event[2], 30, 20, 10, 0);
}

static void counters_that_were_reset_begin_anew(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "r.jsonl",
        STR(PARENT COUNT("15.000", USAGE(40, 0, 8, 0), USAGE(40, 0, 8, 0))
                COUNT("19.000", USAGE(100, 10, 20, 5), USAGE(60, 10, 12, 5))));
    assert_int_equal(c->n, 4);
    assert_counts(&c->event[2], 40, 0, 8, 0);
    /* The state of the counters was met before: it is another call. */
    assert_counts(&c->event[3], 50, 10, 7, 5);
}

/* The log does not say what was before: only the last response is sure. */
static void a_first_step_counts_its_response(void **state)
{
    struct catch *c = *state;
    catch_text(c,
               "rollout-2026-09-21T14-00-00-"
               "01990000-0000-7000-8000-00000000000a.jsonl",
               STR(CONTEXT("01.000", "gpt-5.4")
                       COUNT("09.000", USAGE(3000, 110, 50, 15),
                             USAGE(200, 100, 30, 10))));
    assert_int_equal(c->n, 1);
    assert_counts(&c->event[0], 100, 100, 20, 10);
    assert_str(c->event[0].dim[DIM_WORKFLOW],
               "01990000-0000-7000-8000-00000000000a");
}

static void an_unnamed_model_is_flagged(void **state)
{
    struct catch *c = *state;
    catch_text(c, "r.jsonl",
               STR(META("00.000", "s", ",\"model_provider\":\"azure\"") COUNT(
                   "05.000", USAGE(100, 10, 20, 5), USAGE(100, 10, 20, 5))));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].dim[DIM_MODEL], "gpt-5");
    assert_str(c->event[0].dim[DIM_PROVIDER], "azure");
    assert_tag(&c->event[0], "import_note", "model_guessed");
}

#define FORK                                                      \
    META("30.990", "child", ",\"forked_from_id\":\"parent\"")     \
    META("30.991", "parent", "")                                  \
    CONTEXT("30.991", "gpt-5.4")                                  \
    COUNT("30.992", USAGE(100, 10, 20, 5), USAGE(100, 10, 20, 5)) \
    COUNT("31.001", USAGE(300, 110, 50, 15), USAGE(200, 100, 30, 10))
#define FORKS_OWN COUNT("36.000", USAGE(360, 130, 60, 15), USAGE(60, 20, 10, 0))

/* Without the parent at hand: what was written at once is not the child's,
 * also when a second ends in the midst of it. */
static void a_forks_burst_is_its_parents(void **state)
{
    struct catch *c = *state;
    catch_text(c, "r.jsonl", STR(FORK FORKS_OWN));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].dim[DIM_WORKFLOW], "child");
    assert_counts(&c->event[0], 40, 20, 10, 0);
    assert_int_equal(c->counts.n_merged, 2);
}

/* With the parent at hand: what both have in common, however slowly it was
 * written, and no more. */
static void a_forks_prefix_is_its_parents(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    (void)catch_file(
        c, &dir, "a-child.jsonl",
        STR(META("30.000", "child",
                 ",\"forked_from_id\":\"parent\"") CONTEXT("30.500", "gpt-5.4")
                COUNT("31.000", USAGE(100, 10, 20, 5), USAGE(100, 10, 20, 5))
                    COUNT("33.000", USAGE(300, 110, 50, 15),
                          USAGE(200, 100, 30, 10))
                        COUNT("33.500", USAGE(360, 130, 60, 15),
                              USAGE(60, 20, 10, 0))));
    (void)catch_file(c, &dir, "b-parent.jsonl", STR(PARENT));
    catch_run(c, dir.path);
    assert_int_equal(c->n, 3);
    assert_str(c->event[0].dim[DIM_WORKFLOW], "parent");
    assert_str(c->event[2].dim[DIM_WORKFLOW], "child");
    assert_counts(&c->event[2], 40, 20, 10, 0);
    assert_int_equal(c->counts.n_merged, 2);
    catch_dir_remove(&dir);
}

/* A sub-agent names its parent but repeats nothing. */
static void a_sub_agents_own_steps_count(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "r.jsonl",
        STR(META("30.000", "child", ",\"forked_from_id\":\"parent\"") META(
            "30.001", "parent", "") COUNT("38.000", USAGE(100, 10, 20, 5),
                                          USAGE(100, 10, 20, 5))
                COUNT("44.000", USAGE(200, 10, 40, 5), USAGE(100, 0, 20, 0))));
    assert_int_equal(c->n, 2);
    assert_counts(&c->event[0], 90, 10, 15, 5);
}

static void records_of_responses_are_better(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "r.jsonl",
        STR(PARENT
            "{\"timestamp\":\"2026-09-21T14:00:05.000Z\",\"type\":"
            "\"token_usage_record\",\"payload\":{\"response_id\":\"resp_1\","
            "\"usage\":" USAGE(
                90, 10, 20,
                5) "}}\n"
                   "{\"timestamp\":\"2026-09-21T14:00:09.000Z\",\"type\":"
                   "\"token_usage_record\",\"payload\":{\"response_id\":\"resp_2\","
                   "\"usage\":" USAGE(200, 100, 30, 10) "}}\n"));
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].id, "resp_1");
    assert_counts(&c->event[0], 80, 10, 15, 5);
    assert_str(c->event[1].id, "resp_2");
}

static void writes_to_the_cache_are_inside_input(void **state)
{
    struct catch *c = *state;
    catch_text(c, "r.jsonl",
               STR(META("00.000", "s", "")
                       COUNT("05.000",
                             "{\"input_tokens\":100,\"cached_input_tokens\":"
                             "30,\"cache_write_input_tokens\":50,"
                             "\"output_tokens\":9}",
                             "null")));
    assert_int_equal(c->n, 1);
    assert_counts(&c->event[0], 20, 30, 9, 0);
    assert_int_equal(c->event[0].token[TOKEN_CACHE_WRITE_5M], 50);
}

static void broken_lines_cost_no_others(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "r.jsonl",
        STR(META("00.000", "s", "") "{\"timestamp\":\"2026\",\"type\":\n" COUNT(
            "05.000", "7", "7")
                COUNT("06.000", USAGE(-1, 0, 0, 0), USAGE(-1, 0, 0, 0))
                    COUNT("09.000", USAGE(300, 110, 50, 15),
                          USAGE(200, 100, 30,
                                10)) "{\"timestamp\":\"2026-09-21T14:00:0"));
    assert_int_equal(c->n, 1);
    assert_int_equal(c->counts.n_skipped, 2);
    assert_int_equal(c->counts.n_rejected, 2);
    assert_trouble(c, 0, "r.jsonl|line 3|the token usage cannot be read");
    assert_trouble(c, 1, "r.jsonl|line 4|input_tokens cannot be read");
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(steps_become_events),
        WITH_CATCH(a_log_that_grew_gives_the_same_ids),
        WITH_CATCH(counters_that_were_reset_begin_anew),
        WITH_CATCH(a_first_step_counts_its_response),
        WITH_CATCH(an_unnamed_model_is_flagged),
        WITH_CATCH(a_forks_burst_is_its_parents),
        WITH_CATCH(a_forks_prefix_is_its_parents),
        WITH_CATCH(a_sub_agents_own_steps_count),
        WITH_CATCH(records_of_responses_are_better),
        WITH_CATCH(writes_to_the_cache_are_inside_input),
        WITH_CATCH(broken_lines_cost_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
