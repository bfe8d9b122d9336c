#include "app/conf.h"
#include "budget/budget.h"
#include "event/registry.h"
#include "intake/attribution.h"
#include "test.h"

#include <stdio.h>

struct load {
    struct conf *conf;
    struct buf problems;
    struct why why;
    enum rc rc;
};

static struct load load(const char *yaml)
{
    struct load l = {.conf = NULL};

    buf_init(&l.problems, 64 * 1024);
    l.rc =
        conf_load(str_from_cz(yaml), "toll.yaml", &l.conf, &l.problems, &l.why);
    return l;
}

static void unload(struct load *l)
{
    conf_free(&l->conf);
    buf_fini(&l->problems);
}

/* The file is refused, and one line of the problems is exactly `want`. */
static void assert_problem(const char *yaml, const char *want)
{
    struct load l = load(yaml);
    struct str rest = buf_view(&l.problems);
    struct str line;
    bool found = false;

    while (str_cut(&rest, '\n', &line)) {
        found = found || str_eq(line, str_from_cz(want));
    }
    if (!found) {
        print_error("want %s\ngot  %.*s\n", want,
                    STR_ARG(buf_view(&l.problems)));
    }
    assert_true(found);
    assert_rc(l.rc, RC_INVALID);
    assert_null(l.conf);
    unload(&l);
}

static void test_nothing_is_the_defaults(void **state)
{
    (void)state;
    struct load l = load("");

    assert_ok(l.rc, &l.why);
    assert_int_equal(l.conf->n_listen, 1);
    assert_string_equal(l.conf->listen[0].host, "127.0.0.1");
    assert_int_equal(l.conf->listen[0].port, 8655);
    assert_int_equal(l.conf->n_otlp_listen, 0);
    assert_str(l.conf->timezone, "UTC");
    unload(&l);
}

static void test_all_keys(void **state)
{
    (void)state;
    struct load l = load(
        "listen: [127.0.0.1:9000, '[::1]:9001', ':9002']\n"
        "otlp_listen: 127.0.0.1:4318\n"
        "timezone: Asia/Kolkata\n"
        "store: duckdb\n"
        "attribution:\n"
        "  aliases: {feature: {\"Ticket Summary\": ticket-summary}}\n"
        "  rules: [{when: {\"tag.service\": \"sum*\"},\n"
        "           set: {feature: ticket-summary, owner: support-ai}}]\n"
        "features: {search: {owner: search-team, budget: }}\n"
        "prices:\n"
        "  overrides: [{provider: openai, model: gpt-4o-mini, input: 0.10,\n"
        "               cache_read: 0.05, output: 0.40, from: 2026-10-01}]\n"
        "  discounts: [{provider: anthropic, percent: 12,\n"
        "               from: 2026-07-01}]\n");

    assert_ok(l.rc, &l.why);
    assert_int_equal(l.conf->n_listen, 3);
    assert_string_equal(l.conf->listen[1].host, "::1");
    assert_string_equal(l.conf->listen[2].host, "0.0.0.0");
    assert_int_equal(l.conf->n_otlp_listen, 1);
    assert_int_equal(l.conf->otlp_listen[0].port, 4318);
    assert_str(l.conf->timezone, "Asia/Kolkata");
    assert_int_equal(l.conf->n_overrides, 1);
    assert_str(l.conf->overrides[0].price[TOKEN_INPUT], "0.10");
    assert_int_equal(l.conf->overrides[0].from_us, 1790812800000000);
    assert_int_equal(l.conf->n_discounts, 1);
    assert_str(l.conf->discounts[0].percent, "12");

    struct event ev;
    event_init(&ev);
    ev.dim[DIM_FEATURE] = STR("Ticket Summary");
    attribution_apply(l.conf->attribution, false, &ev);
    assert_str(ev.dim[DIM_FEATURE], "ticket-summary");
    event_init(&ev);
    ev.dim[DIM_FEATURE] = STR("search");
    attribution_apply(l.conf->attribution, false, &ev);
    assert_str(ev.dim[DIM_OWNER], "search-team");
    unload(&l);
}

static void test_misspelt_keys_name_the_right_one(void **state)
{
    (void)state;
    assert_problem("timezone: UTC\n\npirces: {}\n",
                   "toll.yaml line 3: unknown key 'pirces'; did you mean "
                   "'prices'?");
    assert_problem("prices:\n  overides: []\n",
                   "toll.yaml line 2: unknown key 'overides'; did you mean "
                   "'overrides'?");
    assert_problem("prices:\n"
                   "  overrides:\n"
                   "    - {provider: openai, model: gpt-4o, inptu: 1}\n",
                   "toll.yaml line 3: unknown key 'inptu'; did you mean "
                   "'input'?");
    assert_problem("zzzzzzzzzz: 1\n",
                   "toll.yaml line 1: unknown key 'zzzzzzzzzz'; known here: "
                   "listen, otlp_listen, timezone, store, attribution, "
                   "features, experiments, prices, upstreams, alerts, "
                   "budgets, channels, clickhouse, "
                   "public_url, reviews, watch");
}

static void test_wrong_values_are_told_with_their_line(void **state)
{
    (void)state;
    assert_problem("timezone: [a]\n",
                   "toll.yaml line 1: timezone must be a single value, not a "
                   "list");
    assert_problem("listen: nowhere\n",
                   "toll.yaml line 1: 'nowhere' is no address to listen on; "
                   "write it as 127.0.0.1:8655");
    assert_problem("store: oracle\n",
                   "toll.yaml line 1: store 'oracle' is unknown; this version "
                   "has duckdb");
    assert_problem("timezone: UTC\ntimezone: UTC\n",
                   "toll.yaml line 2: 'timezone' stands here twice");
    assert_problem("clickhouse: {}\n",
                   "toll.yaml line 1: 'clickhouse' is not available in this "
                   "version of toll");
    assert_problem("prices: {overrides: [{provider: openai, model: m,\n"
                   "  input: cheap}]}\n",
                   "toll.yaml line 2: 'cheap' is no price; write dollars for "
                   "a million tokens (a thousand searches or requests), such "
                   "as 0.10");
    assert_problem("prices: {overrides: [{model: m, input: 1}]}\n",
                   "toll.yaml line 1: a price override needs 'provider' and "
                   "'model'");
}

static void test_experiments(void **state)
{
    (void)state;
    struct load l = load(
        "features: {ticket-summary: {owner: support-ai}}\n"
        "experiments:\n"
        "  summary-v2: {feature: ticket-summary, start: 2026-10-01,\n"
        "    end: 2026-10-29, rolled_out: treatment, rollout: 2026-11-02,\n"
        "    unit: customer, split: {old: 3, treatment: 1}, control: old}\n"
        "  bare: {feature: search}\n"
        "  ended: {feature: search, end: 2026-10-29, rolled_out: b}\n");

    assert_ok(l.rc, &l.why);
    const struct registry *r = l.conf->registry;
    assert_int_equal(registry_n_experiments(r), 3);
    const struct experiment *x = registry_find(r, STR("summary-v2"));
    assert_non_null(x);
    assert_str(x->feature, "ticket-summary");
    assert_int_equal(x->start_us, 1790812800000000);
    assert_int_equal(x->end_us, 1793232000000000);
    assert_int_equal(x->rollout_us, 1793577600000000);
    assert_str(x->rolled_out, "treatment");
    assert_str(x->control, "old");
    assert_int_equal(x->unit, DIM_CUSTOMER);
    assert_int_equal(x->n_split, 2);
    assert_str(x->split[0].variant, "old");
    assert_true(x->split[0].weight > 2.9 && x->split[0].weight < 3.1);
    x = registry_find(r, STR("bare"));
    assert_true(x->start_us == EXPERIMENT_ALWAYS_US);
    assert_true(x->end_us == EXPERIMENT_NEVER_US);
    assert_true(x->rollout_us == EXPERIMENT_NEVER_US);
    assert_int_equal(x->unit, DIM_USER);
    assert_str(x->control, "control");
    assert_int_equal(x->n_split, 0);
    x = registry_find(r, STR("ended"));
    assert_int_equal(x->rollout_us, 1793232000000000);
    assert_str(registry_owner(r, STR("ticket-summary")), "support-ai");
    unload(&l);
}

static void test_wrong_experiments_are_told_with_their_line(void **state)
{
    (void)state;
    assert_problem("experiments:\n  x: {feature: f, rollout: 2026-10-01}\n",
                   "toll.yaml line 2: experiment 'x': rollout needs "
                   "'rolled_out', the variant that all got");
    assert_problem("experiments:\n  x: {feture: f}\n",
                   "toll.yaml line 2: unknown key 'feture'; did you mean "
                   "'feature'?");
    assert_problem("experiments:\n  x: {start: 2026-10-01}\n",
                   "toll.yaml line 2: experiment 'x': feature is missing");
    assert_problem("experiments:\n  x:\n    feature: f\n    unit: usr\n",
                   "toll.yaml line 4: there is no unit \"usr\"; did you mean "
                   "user?");
    assert_problem("experiments:\n  x: {feature: f, split: {a: 0}}\n",
                   "toll.yaml line 2: '0' is no share; write a number above "
                   "0, such as {control: 1, treatment: 1}");
    assert_problem("experiments: {x: {feature: f, split: {a: 1, b: 1}}}\n",
                   "toll.yaml line 1: experiment 'x': control 'control' is no "
                   "variant of the split");
    assert_problem("experiments: {x: {feature: f, start: soon}}\n",
                   "toll.yaml line 1: 'soon' is no date; write it as "
                   "2026-10-01");
    assert_problem("experiments: {x: f}\n",
                   "toll.yaml line 1: an experiment must be a map, not a "
                   "single value");
    assert_problem("experiments: {x: {feature: f}, x: {feature: g}}\n",
                   "toll.yaml line 1: experiment 'x': experiment 'x' is there "
                   "twice");
}

static const struct budget *budget_of(const struct load *l, const char *name)
{
    const struct budget *b = budgets_find(l->conf->budgets, str_from_cz(name));

    assert_non_null(b);
    return b;
}

static void test_budgets(void **state)
{
    (void)state;
    struct load l = load(
        "budgets:\n"
        "  - name: search-month\n"
        "    where: {feature: [search, find], tag.team: , environment: test}\n"
        "    limit: 500.5\n"
        "    at:\n"
        "      - {percent: 80, do: notify, notify: [ops]}\n"
        "      - {percent: 100, do: fallback, model: gpt-4o-mini}\n"
        "      - {percent: 110, do: slow, delay: 500ms}\n"
        "      - {percent: 120, do: block, notify: ops}\n"
        "  - {name: run, per: run, period: rolling, window: 90m, limit: 200,\n"
        "     unit: requests, unpriced: estimate, estimate_as: openai/gpt-4o,\n"
        "     max_output: 100, contact: us}\n"
        "channels: {ops: {slack: {url: \"https://hooks.example/x\"}}}\n"
        "features: {search: {budget: 20, owner: finders}}\n");

    assert_ok(l.rc, &l.why);
    assert_int_equal(budgets_n(l.conf->budgets), 3);
    const struct budget *b = budget_of(&l, "search-month");
    assert_int_equal(b->limit, 500500000000000);
    assert_int_equal(b->period, BUDGET_MONTH);
    assert_int_equal(b->unpriced, BUDGET_UNPRICED_BLOCK);
    assert_int_equal(b->n_where, 3);
    assert_int_equal(b->where[0].n_values, 2);
    assert_str(b->where[0].value[1], "find");
    assert_str(b->where[1].key.tag, "team");
    assert_str(b->where[1].value[0], "");
    assert_true(b->where[2].key.is_environment);
    assert_int_equal(b->n_steps, 4);
    assert_str(b->step[0].notify[0], "ops");
    assert_str(b->step[1].model, "gpt-4o-mini");
    assert_int_equal(b->step[2].delay_ms, 500);
    assert_int_equal(b->step[3].n_notify, 1);
    b = budget_of(&l, "run");
    assert_true(b->has_per);
    assert_int_equal(b->per.dim, DIM_RUN);
    assert_int_equal(b->window_us, INT64_C(90) * 60 * 1000000);
    assert_int_equal(b->limit, 200);
    assert_int_equal(b->output_tok, 100);
    assert_str(b->estimate_provider, "openai");
    assert_str(b->estimate_model, "gpt-4o");
    assert_str(b->contact, "us");
    b = budget_of(&l, "feature search"); /* the usual ladder */
    assert_str(b->contact, "finders");
    assert_int_equal(b->n_steps, 2);
    assert_int_equal(b->step[0].action, BUDGET_NOTIFY);
    assert_int_equal(b->step[1].percent, 100);
    assert_int_equal(b->step[1].action, BUDGET_BLOCK);
    unload(&l);
}

#define AT(steps) "budgets: [{name: b, limit: 1, at: [" steps "]}]\n"

static void test_wrong_budgets_are_told_with_their_line(void **state)
{
    static const struct {
        const char *yaml;
        const char *want;
    } cases[] = {
        {"budgets: [{name: b}]\n", "a budget needs a limit, such as 500"},
        {"budgets: [{name: b, limit: -1}]\n",
         "'-1' is no limit; write dollars above 0"},
        {"budgets: [{name: b, limit: 1.5, unit: tokens}]\n",
         "'1.5' is no limit; write a count above 0"},
        {"budgets: [{limit: 1}]\n",
         "budget '': a budget needs a name of 1 to 256 bytes"},
        {"budgets: [{name: b, limit: 1, wehre: {}}]\n",
         "unknown key 'wehre'; did you mean 'where'?"},
        {"budgets: [{name: b, limit: 1, period: monthly}]\n",
         "there is no period \"monthly\"; did you mean month?"},
        {"budgets: [{name: b, limit: 1, period: rolling}]\n",
         "budget 'b': period: rolling needs a window, such as 24h"},
        {"budgets: [{name: b, limit: 1, window: 24h}]\n",
         "budget 'b': window goes with period: rolling only"},
        {"budgets: [{name: b, limit: 1, period: rolling, window: 10s}]\n",
         "budget 'b': a window is 1m to 366d long"},
        {"budgets: [{name: b, limit: 1, period: rolling, window: soon}]\n",
         "'soon' is no window; write it as 500ms, 30s, 90m, 24h or 7d"},
        {"budgets: [{name: b, limit: 1, per: usr}]\n",
         "'usr' is no dimension; did you mean 'user'?"},
        {"budgets: [{name: b, limit: 1, where: {environment: prod}}]\n",
         "'prod' is no environment"},
        {"budgets: [{name: b, limit: 1, unpriced: estimate}]\n",
         "budget 'b': unpriced: estimate needs estimate_as, a model whose "
         "price stands in"},
        {AT("{percent: 80}"), "a step needs both of {percent: 100, do: block}"},
        {AT("{percent: 0, do: block}"),
         "'0' is no percent; write a whole number of 1 to 10000"},
        {AT("{percent: 100, do: fallback}"),
         "budget 'b': do: fallback needs a model to fall back to"},
        {AT("{percent: 100, do: block, model: m}"),
         "budget 'b': model goes with do: fallback, not with block"},
        {AT("{percent: 100, do: slow}"),
         "budget 'b': do: slow needs a delay, such as 2s"},
        {AT("{percent: 100, do: slow, delay: 2m}"),
         "budget 'b': a call is delayed by at most 60 s"},
        {AT("{percent: 100, do: block}, {percent: 80, do: notify}"),
         "budget 'b': steps stand in the order of their percent: 80 comes "
         "behind 100"},
        {AT("{percent: 100, do: block}, {percent: 100, do: block}"),
         "budget 'b': block stands twice at 100 %"},
        {AT("{percent: 80, do: notify, notify: [nobody]}"),
         "there is no channel \"nobody\"; toll.yaml lists them under channels:"},
        {"budgets: [{name: b, limit: 1}, {name: b, limit: 2}]\n",
         "budget 'b': there are two budgets 'b'"},
        {"budgets: [{name: b, limit: 1, where: {provider: anthropic},"
         " at: [{percent: 9, do: fallback, model: gpt-4o-mini}]}]\n",
         "budget 'b' cannot fall back to gpt-4o-mini: anthropic does not "
         "serve it, and a request is not translated into another vendor's "
         "words"},
    };
    char want[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(want, sizeof want, "toll.yaml line 1: %s",
                       cases[i].want);
        assert_problem(cases[i].yaml, want);
    }
}

static void test_every_problem_is_told(void **state)
{
    (void)state;
    struct load l = load("pirces: {}\ntimezon: UTC\nstore: oracle\n");
    size_t n = 0;

    for (size_t i = 0; i < l.problems.n; i++) {
        n += l.problems.p[i] == '\n' ? 1 : 0;
    }
    assert_int_equal(n, 3);
    assert_true(str_find(str_from_cz(l.why.text), STR("pirces"), 0) !=
                SIZE_MAX);
    unload(&l);
}

static void test_broken_yaml_is_told_with_its_line(void **state)
{
    (void)state;
    struct load l = load("a: [1\nb: 2\n");

    assert_rc(l.rc, RC_PARSE);
    assert_true(str_starts(buf_view(&l.problems), STR("toll.yaml: line 2")));
    unload(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_the_defaults),
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_misspelt_keys_name_the_right_one),
        cmocka_unit_test(test_wrong_values_are_told_with_their_line),
        cmocka_unit_test(test_experiments),
        cmocka_unit_test(test_wrong_experiments_are_told_with_their_line),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_wrong_budgets_are_told_with_their_line),
        cmocka_unit_test(test_every_problem_is_told),
        cmocka_unit_test(test_broken_yaml_is_told_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
