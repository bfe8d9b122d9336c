/* The fixtures of tests/golden/import: what each holds stands beside it as
 * canonical records, whose members this test knows how to find in an event.
 * A member it does not know fails it. */
#include "import_catch.h"

#include "canonical.h"
#include "capture/import/import_value.h"
#include "event/event_provider.h"
#include "event/record.h"

/* Where an attribution of the records is kept: a dimension or a tag. */
struct home {
    const char *name;
    enum dim dim; /* DIM__COUNT: a tag */
    const char *tag;
};

struct fixture {
    const char *name;
    const struct home *home;
    uint64_t n_skipped;
    uint64_t n_merged;
    const char *format; /* NULL: by content */
};

static const struct home home_session[] = {
    {"session", DIM_WORKFLOW, NULL},
    {"git_branch", DIM__COUNT, "git_branch"},
    {"agent", DIM__COUNT, "agent"},
    {NULL, DIM__COUNT, NULL},
};

static const struct home home_litellm[] = {
    {"key_alias", DIM_KEY, NULL}, {"team", DIM__COUNT, "team"},
    {"user", DIM_USER, NULL},     {"end_user", DIM_CUSTOMER, NULL},
    {"session", DIM_RUN, NULL},   {"project", DIM__COUNT, "project"},
    {NULL, DIM__COUNT, NULL},
};

static const struct home home_openrouter[] = {
    {"user", DIM_USER, NULL},
    {"app", DIM_FEATURE, NULL},
    {"key_name", DIM_KEY, NULL},
    {"upstream_provider", DIM__COUNT, "upstream_provider"},
    {NULL, DIM__COUNT, NULL},
};

static const struct home home_helicone[] = {
    {"user", DIM_USER, NULL},
    {"App", DIM__COUNT, "App"},
    {NULL, DIM__COUNT, NULL},
};

static const struct home home_langfuse[] = {
    {"trace_id", DIM_RUN, NULL},
    {NULL, DIM__COUNT, NULL},
};

static const struct home home_bedrock[] = {
    {"identity", DIM_KEY, NULL},
    {"team", DIM__COUNT, "team"},
    {"region", DIM__COUNT, "region"},
    {"inference_region", DIM__COUNT, "inference_region"},
    {NULL, DIM__COUNT, NULL},
};

static const struct home home_usage[] = {
    {"api_key", DIM_KEY, NULL},
    {"workspace", DIM__COUNT, "workspace"},
    {"project", DIM__COUNT, "project"},
    {"inference_geo", DIM__COUNT, "inference_geo"},
    {"context_window", DIM__COUNT, "context_window"},
    {"requests", DIM__COUNT, "requests"},
    {NULL, DIM__COUNT, NULL},
};

static struct str tag_of(const struct event *ev, const char *key)
{
    const struct event_tag *tag = event_tag_find(ev, str_from_cz(key));
    return tag != NULL ? tag->value : STR_EMPTY;
}

static void check_words(const struct json *record, const struct event *ev)
{
    struct str served = json_str(json_get(record, "served_model"));
    struct str requested = json_str(json_get(record, "requested_model"));
    struct str tier = json_str(json_get(record, "service_tier"));
    struct str provider = json_str(json_get(record, "provider"));
    /* Who is not told is known from the model, where that makes it certain. */
    if (str_eq(provider, STR("unknown")) && provider_of_model(served).n > 0) {
        provider = provider_of_model(served);
    }
    canonical_check_text(ev, "provider", ev->dim[DIM_PROVIDER], provider);
    canonical_check_text(ev, "model", ev->dim[DIM_MODEL], served);
    canonical_check_text(ev, "requested_model", ev->dim[DIM_REQUESTED_MODEL],
                         requested.n > 0 ? requested : served);
    bool is_standard = tier.n == 0 || str_eq(tier, STR("default"));
    canonical_check_text(ev, "service_tier",
                         service_tier_name(ev->service_tier),
                         is_standard ? STR("standard") : tier);
}

static void check_cost(const struct json *record, const struct event *ev)
{
    const struct json *cost = json_get(record, "reported_cost_usd");
    struct usd want = {0};
    assert_true(ev->has_reported_cost == (json_kind(cost) == JSON_STR));
    if (ev->has_reported_cost) {
        assert_rc(usd_parse(json_str(cost), &want), RC_OK);
        assert_true(ev->reported_cost.pico == want.pico);
    }
}

static void check_list(const struct json *list, const struct event *ev)
{
    struct buf want;
    buf_init(&want, 1024);
    for (const struct json *j = json_first(list); j != NULL; j = json_next(j)) {
        buf_cz(&want, want.n > 0 ? "," : "");
        buf_str(&want, json_str(j));
    }
    canonical_check_text(ev, "tags", tag_of(ev, "tags"), buf_view(&want));
    buf_fini(&want);
}

/* One attribution or extra of a record. */
static void check_home(const struct home *home, const struct json *j,
                       const struct event *ev)
{
    struct str name = json_key(j);
    if (str_eq(name, STR("tags"))) {
        check_list(j, ev);
        return;
    }
    if (str_eq(name, STR("cwd"))) {
        canonical_check_text(ev, "feature", ev->dim[DIM_FEATURE], STR("app"));
        return;
    }
    if (str_eq(name, STR("request_id")) ||
        str_eq(name, STR("observation_id"))) {
        canonical_check_text(ev, "id", ev->id, json_str(j));
        return;
    }
    if (str_eq(name, STR("key_hash"))) {
        bool is_key = str_eq(ev->dim[DIM_KEY], json_str(j));
        canonical_check_text(ev, "key_hash",
                             is_key ? ev->dim[DIM_KEY] : tag_of(ev, "key_hash"),
                             json_str(j));
        return;
    }
    for (; home->name != NULL; home++) {
        if (str_eq(name, str_from_cz(home->name))) {
            struct str got = home->dim < DIM__COUNT ? ev->dim[home->dim]
                                                    : tag_of(ev, home->tag);
            canonical_check_text(ev, home->name, got, import_value_text(j));
            return;
        }
    }
    print_error("nobody knows where %.*s is kept\n", STR_ARG(name));
    fail();
}

static void check_extra(const struct home *home, const struct json *j,
                        const struct event *ev)
{
    struct str name = json_key(j);
    if (str_eq(name, STR("web_fetches"))) {
        return; /* no fee, no field */
    }
    int64_t us = 0;
    int64_t end_us = 0;
    if (str_eq(name, STR("bucket_start"))) {
        assert_rc(import_value_ts(j, &us), RC_OK);
        assert_true(us == ev->ts_us);
    } else if (str_eq(name, STR("bucket_end"))) {
        assert_rc(import_value_ts(j, &us), RC_OK);
        assert_rc(utc_parse(tag_of(ev, "bucket_end"), false, &end_us), RC_OK);
        assert_true(us == end_us);
    } else if (str_eq(name, STR("no_cache_split"))) {
        assert_tag(ev, "import_note", "no_cache_split");
    } else if (str_eq(name, STR("cancelled"))) {
        assert_int_equal(ev->status, EVENT_STATUS_CANCELLED);
    } else if (str_eq(name, STR("is_byok"))) {
        assert_tag(ev, "byok", "true");
    } else {
        check_home(home, j, ev);
    }
}

static void check_record(const struct home *home, const struct json *record,
                         const struct event *ev)
{
    struct str response = json_str(json_get(record, "response_id"));
    struct str request = json_str(json_get(record, "request_id"));
    if (response.n > 0 && !str_starts(ev->id, response) &&
        !str_eq(ev->id, request)) {
        canonical_check_text(ev, "id", ev->id, response);
    }
    if (response.n == 0 && request.n > 0) {
        canonical_check_text(ev, "id", ev->id, request);
    }
    canonical_check_counts(record, ev);
    check_words(record, ev);
    check_cost(record, ev);
    for (const struct json *j = json_first(json_get(record, "attribution"));
         j != NULL; j = json_next(j)) {
        check_home(home, j, ev);
    }
    for (const struct json *j = json_first(json_get(record, "extra"));
         j != NULL; j = json_next(j)) {
        check_extra(home, j, ev);
    }
}

static struct json *read_expected(struct catch *c, const char *path)
{
    struct buf text;
    struct json *json = NULL;
    struct str name = str_fmt(&c->arena, "%s.expected.json", path);
    buf_init(&text, 1024 * 1024);
    assert_ok(file_read(str_cz(&c->arena, name), false, &text, &c->why),
              &c->why);
    assert_ok(json_parse(buf_view(&text), &json, &c->why), &c->why);
    buf_fini(&text);
    return json;
}

static void check_fixture(struct catch *c, const struct fixture *f)
{
    const char *golden = getenv("TOLL_GOLDEN");
    assert_non_null(golden);
    struct str name = str_fmt(&c->arena, "%s/import/%s", golden, f->name);
    const char *path = str_cz(&c->arena, name);
    struct json *expected = read_expected(c, path);
    const struct json *records = json_get(expected, "records");
    c->opt.format = f->format;
    catch_run(c, path);
    assert_int_equal(c->n, json_n(records));
    assert_int_equal(c->counts.n_files, 1);
    assert_int_equal(c->counts.n_files_failed, 0);
    assert_int_equal(c->counts.n_rejected, 0);
    assert_int_equal(c->counts.n_skipped, f->n_skipped);
    assert_int_equal(c->counts.n_merged, f->n_merged);
    size_t i = 0;
    for (const struct json *r = json_first(records); r != NULL;
         r = json_next(r)) {
        check_record(f->home, r, &c->event[i]);
        i++;
    }
    json_free(&expected);
}

static void claude_code_session(void **state)
{
    /* Skipped: the synthetic message and the cut line.  Merged: a1, a3, the
     * side chain, the progress copy, the copy of a resumed session. */
    check_fixture(*state, &(struct fixture){"claude-code-session.jsonl",
                                            home_session, 2, 5, NULL});
}

static void codex_session(void **state)
{
    check_fixture(*state, &(struct fixture){"codex-session.jsonl", home_session,
                                            0, 1, NULL});
}

static void litellm_spend_logs(void **state)
{
    struct catch *c = *state;
    check_fixture(c, &(struct fixture){"litellm-spend-logs.jsonl", home_litellm,
                                       1, 0, NULL});
    assert_int_equal(c->n_duplicates, 1);
}

static void litellm_standard_logging(void **state)
{
    check_fixture(*state, &(struct fixture){"litellm-standard-logging.json",
                                            home_litellm, 2, 0, NULL});
}

static void openrouter_activity(void **state)
{
    check_fixture(*state, &(struct fixture){"openrouter-activity.csv",
                                            home_openrouter, 0, 0, NULL});
}

static void helicone_requests(void **state)
{
    check_fixture(*state, &(struct fixture){"helicone-requests.json",
                                            home_helicone, 1, 0, NULL});
}

static void langfuse_observations(void **state)
{
    check_fixture(*state, &(struct fixture){"langfuse-observations.json",
                                            home_langfuse, 2, 0, NULL});
}

static void bedrock_invocation_log(void **state)
{
    struct catch *c = *state;
    check_fixture(c, &(struct fixture){"bedrock-invocation-log.jsonl",
                                       home_bedrock, 0, 0, NULL});
    assert_int_equal(c->n_duplicates, 1);
}

static void anthropic_usage_report(void **state)
{
    check_fixture(*state,
                  &(struct fixture){"anthropic-usage-report.json", home_usage,
                                    0, 0, "anthropic-usage"});
}

static void openai_usage_completions(void **state)
{
    check_fixture(*state, &(struct fixture){"openai-usage-completions.json",
                                            home_usage, 0, 0, "openai-usage"});
}

/* Money is for reconciliation: no record, and said so. */
/* Reports of costs: money only, as lines of invoices. */
struct bill {
    const struct json *next; /* of those expected */
    size_t n;
};

static enum rc take_line(void *arg, struct record *rec, struct why *why)
{
    struct bill *bill = ((struct catch *)arg)->record_arg;
    const struct json *want = bill->next;
    const struct json *item = json_get(want, "line_item");
    struct usd usd;

    (void)why;
    assert_non_null(want);
    assert_int_equal(rec->kind, RECORD_INVOICE);
    assert_int_equal(rec->to_us - rec->ts_us, UTC_US_PER_DAY);
    assert_rc(usd_parse(json_str(json_get(want, "amount_usd")), &usd), RC_OK);
    assert_true(usd.pico == rec->amount.pico);
    assert_true(str_eq(rec->line, json_str(item)) || item == NULL);
    assert_true(str_eq(rec->charge, json_str(json_get(want, "cost_type"))) ||
                json_get(want, "cost_type") == NULL);
    const struct json *account = json_get(want, "project");
    account = account != NULL ? account : json_get(want, "workspace");
    assert_true(str_eq(rec->account, json_str(account)));
    bill->next = json_next(want);
    bill->n++;
    return RC_OK;
}

static void check_costs(struct catch *c, const char *file)
{
    const char *golden = getenv("TOLL_GOLDEN");
    assert_non_null(golden);
    struct str name = str_fmt(&c->arena, "%s/import/%s", golden, file);
    const char *path = str_cz(&c->arena, name);
    struct json *expected = read_expected(c, path);
    const struct json *costs =
        json_get(json_get(expected, "context"), "expected_costs");
    struct bill bill = {.next = json_first(costs)};

    assert_int_equal(json_n(json_get(expected, "records")), 0);
    c->opt.record = take_line;
    c->record_arg = &bill;
    catch_run(c, path);
    assert_int_equal(c->n, 0);
    assert_int_equal(bill.n, json_n(costs));
    assert_int_equal(c->counts.n_records, bill.n);
    assert_int_equal(c->counts.n_rejected, 0);
    json_free(&expected);
}

static void anthropic_cost_report(void **state)
{
    check_costs(*state, "anthropic-cost-report.json");
}

static void openai_costs(void **state)
{
    check_costs(*state, "openai-costs.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(claude_code_session, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(codex_session, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(litellm_spend_logs, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(litellm_standard_logging, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(openrouter_activity, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(anthropic_cost_report, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(openai_costs, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(anthropic_usage_report, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(openai_usage_completions, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(helicone_requests, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(langfuse_observations, catch_setup,
                                        catch_teardown),
        cmocka_unit_test_setup_teardown(bedrock_invocation_log, catch_setup,
                                        catch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
