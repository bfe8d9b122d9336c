#include "test.h"

#include "base/utc.h"
#include "capture/demo/demo_event.h"
#include "event/event_check.h"

struct fixture {
    struct demo_calendar calendar;
    struct demo_event event;
    struct demo_call call;
};

/* An agent's ordinary call, three days before the end. */
static int setup(void **state)
{
    static struct fixture f;
    int64_t end_us = utc_day(2026, 11, 23) * UTC_US_PER_DAY;

    memset(&f, 0, sizeof f);
    f.calendar = demo_calendar_make(42, end_us, 90);
    demo_event_init(&f.event, &f.calendar);
    f.call = (struct demo_call){
        .ts_us = end_us - 3 * UTC_US_PER_DAY,
        .run = 36,
        .step = &demo_feature_table[DEMO_FEATURE_SUPPORT_AGENT].step_middle,
        .who = {.customer = 0,
                .user = 12,
                .environment = ENVIRONMENT_PRODUCTION,
                .experiment = -1},
        .feature = DEMO_FEATURE_SUPPORT_AGENT,
        .model = DEMO_MODEL_SONNET,
        .requested = DEMO_MODEL_SONNET,
        .status = EVENT_STATUS_OK,
        .attempt = 1,
        .latency_ms = 1200,
        .ttft_ms = 300,
        .input_tok = 1,
        .cache_read_tok = 2,
        .cache_write_5m_tok = 3,
        .cache_write_1h_tok = 4,
        .output_tok = 5,
        .reasoning_tok = 6,
    };
    *state = &f;
    return 0;
}

static const struct event *filled(struct fixture *f, uint64_t n)
{
    struct why why;

    demo_event_fill(&f->event, &f->call, n);
    assert_ok(event_check(&f->event.ev, f->calendar.end_us, &why), &why);
    return &f->event.ev;
}

static void test_every_member_of_a_call_is_told(void **state)
{
    struct fixture *f = *state;
    const struct event *ev = filled(f, 1296);

    assert_str(ev->id, "demo-42-100");
    assert_int_equal(ev->ts_us, f->call.ts_us);
    assert_int_equal(ev->source, EVENT_SOURCE_DEMO);
    assert_int_equal(ev->operation, OPERATION_CHAT);
    assert_int_equal(ev->latency_ms, 1200);
    assert_int_equal(ev->ttft_ms, 300);
    assert_int_equal(ev->token[TOKEN_INPUT], 1);
    assert_int_equal(ev->token[TOKEN_CACHE_READ], 2);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_5M], 3);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_1H], 4);
    assert_int_equal(ev->token[TOKEN_OUTPUT], 5);
    assert_int_equal(ev->token[TOKEN_OUTPUT_REASONING], 6);
    assert_str(ev->dim[DIM_PROVIDER], "anthropic");
    assert_str(ev->dim[DIM_MODEL], "claude-sonnet-4-5");
    assert_str(ev->dim[DIM_REQUESTED_MODEL], "claude-sonnet-4-5");
    assert_str(ev->dim[DIM_FEATURE], "support-agent");
    assert_str(ev->dim[DIM_WORKFLOW], "resolve-ticket");
    assert_str(ev->dim[DIM_RUN], "run-10");
    assert_str(ev->dim[DIM_STEP], "lookup");
    assert_str(ev->dim[DIM_RELEASE], "2026.11.2");
    assert_str(ev->dim[DIM_PROMPT], "support-agent/v24");
    assert_str(ev->dim[DIM_SEGMENT], "enterprise");
    assert_str(ev->dim[DIM_CUSTOMER], "aurelia-home");
    assert_str(ev->dim[DIM_USER], "aurelia-home.12");
    assert_str(ev->dim[DIM_OWNER], "support-ai");
    assert_str(ev->dim[DIM_EXPERIMENT], "");
    assert_str(ev->dim[DIM_FALLBACK_FROM], "");
    assert_str(event_tag_find(ev, STR("region"))->value, "eu");
}

static void test_the_companys_own_model_ranks(void **state)
{
    struct fixture *f = *state;

    f->call.model = DEMO_MODEL_RANKER;
    f->call.requested = DEMO_MODEL_RANKER;
    const struct event *ev = filled(f, 0);
    assert_str(ev->id, "demo-42-0");
    assert_int_equal(ev->operation, OPERATION_RERANK);
    assert_str(ev->dim[DIM_PROVIDER], "inhouse");
    assert_str(ev->dim[DIM_PROMPT], "");
}

static void test_an_untagged_call_tells_only_its_key(void **state)
{
    struct fixture *f = *state;

    f->call.feature = DEMO_FEATURE_UNTAGGED;
    f->call.who.customer = -1;
    const struct event *ev = filled(f, 0);
    for (int d = 0; d < DIM__COUNT; d++) {
        bool is_told = d == DIM_PROVIDER || d == DIM_MODEL ||
                       d == DIM_REQUESTED_MODEL || d == DIM_KEY;

        assert_int_equal(ev->dim[d].n > 0, is_told);
    }
    assert_int_equal(ev->n_tags, 0);
}

static void test_staff_are_nobodys_customers(void **state)
{
    struct fixture *f = *state;

    f->call.who.customer = -1;
    f->call.who.user = 3;
    f->call.who.environment = ENVIRONMENT_INTERNAL;
    const struct event *ev = filled(f, 0);
    assert_str(ev->dim[DIM_USER], "staff.3");
    assert_str(ev->dim[DIM_CUSTOMER], "");
    assert_str(ev->dim[DIM_SEGMENT], "");
    assert_int_equal(ev->n_tags, 0);

    f->call.who.user = 0;
    f->call.who.environment = ENVIRONMENT_EVALUATION;
    assert_str(filled(f, 1)->dim[DIM_USER], "");
}

static void test_an_experiment_marks_variant_and_prompt(void **state)
{
    struct fixture *f = *state;

    f->call.feature = DEMO_FEATURE_REPLY_DRAFT;
    f->call.who.experiment = 0;
    const struct event *ev = filled(f, 0);
    assert_str(ev->dim[DIM_EXPERIMENT], "reply-short");
    assert_str(ev->dim[DIM_VARIANT], "control");
    assert_str(ev->dim[DIM_PROMPT], "reply-draft/v24");

    f->call.who.is_treated = true;
    ev = filled(f, 1);
    assert_str(ev->dim[DIM_VARIANT], "treatment");
    assert_str(ev->dim[DIM_PROMPT], "reply-draft/v24-short");
}

static void test_a_prompt_is_renewed_in_its_own_week(void **state)
{
    struct fixture *f = *state;

    f->call.feature = DEMO_FEATURE_REPLY_DRAFT; /* with release 1 */
    f->call.ts_us = demo_release_us(&f->calendar, 1);
    assert_str(filled(f, 0)->dim[DIM_PROMPT], "reply-draft/v24");
    f->call.ts_us--;
    assert_str(filled(f, 1)->dim[DIM_PROMPT], "reply-draft/v23");
    assert_str(f->event.ev.dim[DIM_RELEASE], "2026.11.1");
    f->call.ts_us = demo_release_us(&f->calendar, 5);
    assert_str(filled(f, 2)->dim[DIM_PROMPT], "reply-draft/v23");
    f->call.ts_us--;
    assert_str(filled(f, 3)->dim[DIM_PROMPT], "reply-draft/v22");
}

static void test_a_fallback_names_what_it_stands_in_for(void **state)
{
    struct fixture *f = *state;

    f->call.model = DEMO_MODEL_GPT_5_1;
    f->call.requested = DEMO_MODEL_GPT_5_1;
    f->call.fallback_from = DEMO_MODEL_SONNET;
    f->call.attempt = 3;
    const struct event *ev = filled(f, 0);
    assert_str(ev->dim[DIM_MODEL], "gpt-5.1");
    assert_str(ev->dim[DIM_PROVIDER], "openai");
    assert_str(ev->dim[DIM_FALLBACK_FROM], "claude-sonnet-4-5");
    assert_int_equal(ev->attempt, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_member_of_a_call_is_told, setup),
        cmocka_unit_test_setup(test_the_companys_own_model_ranks, setup),
        cmocka_unit_test_setup(test_an_untagged_call_tells_only_its_key, setup),
        cmocka_unit_test_setup(test_staff_are_nobodys_customers, setup),
        cmocka_unit_test_setup(test_an_experiment_marks_variant_and_prompt,
                               setup),
        cmocka_unit_test_setup(test_a_prompt_is_renewed_in_its_own_week, setup),
        cmocka_unit_test_setup(test_a_fallback_names_what_it_stands_in_for,
                               setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
