/* Which questions are read from which rollup, and how the edges of their
 * range are. */
#include "query_rig.h"

#include "query/answer.h"

static int set_up(void **state)
{
    int rc = rig_set_up(state);
    struct rig *r = *state;

    r->has_rollups = true;
    return rc;
}

/* Nothing is there; a total that is asked for by itself is nothing too. */
static struct answer *run(struct rig *r, const char *ask)
{
    struct answer *a = NULL;

    rig_ask(r, ask);
    store_fake_rows(r->store, NULL, 0, 0);
    store_fake_rows(r->store, NULL, 0, 0);
    assert_ok(query_run(&r->q, r->reader, &r->arena, &a, &r->why), &r->why);
    return a;
}

static void reads_the_first_that_covers(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *ask;
        const char *source;
    } rows[] = {
        {"by=feature", "hourly"},
        {"by=model,release,status&interval=hour", "hourly"},
        {"metrics=input_cost,ok_cost,retry_share,latency_avg", "hourly"},
        {"where=operation:chat&where=source:api&where=service_tier:batch",
         "hourly"},
        {"by=feature&where=customer:!", "customer_day"},
        {"metrics=customers,cost&by=segment&interval=week", "customer_day"},
        {"metrics=cost,requests,errors,ok_cost,unpriced_requests&by=customer",
         "customer_day"},
        {"where=environment:*&where=user:*", "hourly"},
        /* Dimensions that none has, or no one of them. */
        {"by=user", "events"},
        {"by=feature&where=run:x", "events"},
        {"by=step", "events"},
        {"by=key", "events"},
        {"by=tag.team", "events"},
        {"by=customer,model", "events"},
        /* Sums that the rollup with the dimension lacks. */
        {"metrics=cost,output_tokens&by=customer", "events"},
        {"metrics=retries&by=customer", "events"},
        {"metrics=input_cost&by=customer", "events"},
        /* What cannot be made of sums. */
        {"metrics=users", "events"},
        {"metrics=cost_per_run", "events"},
        {"metrics=cost,latency_p95", "events"},
        /* Intervals that begin within a bucket. */
        {"by=customer&interval=hour", "events"},
        {"by=customer&interval=day&timezone=Europe/Berlin", "events"},
        {"by=customer&timezone=Europe/Berlin", "customer_day"},
        {"interval=day&timezone=Europe/Berlin", "hourly"},
        {"interval=month&timezone=America/New_York", "hourly"},
        {"interval=day&timezone=Asia/Kolkata", "events"},
        {"interval=hour&timezone=Asia/Kathmandu", "events"},
        {"timezone=Asia/Kolkata", "hourly"},
        /* Half an hour of summer time. */
        {"interval=day&timezone=Australia/Lord_Howe", "hourly"},
        {"interval=day&timezone=Australia/Lord_Howe&range=400d", "events"},
        {"interval=day&timezone=Europe/Berlin&range=400d", "hourly"},
        /* Too short for one bucket. */
        {"from=2026-11-01T10:00:00.5Z&to=2026-11-01T11:59:59Z", "events"},
        {"from=2026-11-01T10:00:00.5Z&to=2026-11-01T12:00:00Z", "hourly"},
        {"by=customer&from=2026-11-01T00:00:01Z&to=2026-11-02T23:00:00Z",
         "events"},
        /* Told to. */
        {"by=feature&rollups=no", "events"},
        {"by=feature&rollups=yes", "hourly"},
    };

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct answer *a = NULL;
        r->has_rollups = strstr(rows[i].ask, "rollups=no") == NULL;
        a = run(r, rows[i].ask);
        if (!str_eq(a->source, str_from_cz(rows[i].source))) {
            print_error("%s: got %.*s, want %s\n", rows[i].ask,
                        STR_ARG(a->source), rows[i].source);
            fail();
        }
    }
}

static void sums_what_is_summed_already(void **state)
{
    struct rig *r = *state;

    run(r, "metrics=requests,errors,cost,unpriced_requests&by=feature&"
           "order=-errors");
    rig_assert_sql(
        r,
        "SELECT \"feature\", coalesce(sum(\"requests\"), 0), "
        "coalesce(sum(CASE WHEN \"status\" = 'error' THEN \"requests\" END), "
        "0), (sum(\"cost\") + 1099511627776 * sum(\"cost_hi\")), "
        "coalesce(sum(\"unpriced\"), 0) FROM hourly WHERE "
        "\"ts\" >= make_timestamp(1793491200000000) AND \"ts\" < "
        "make_timestamp(1793664000000000) AND \"environment\" = 'production' "
        "GROUP BY 1 ORDER BY coalesce(sum(CASE WHEN \"status\" = 'error' THEN "
        "\"requests\" END), 0) DESC NULLS LAST, 1 LIMIT 1001");
}

#define SUMS "requests, cost, cost_hi, unpriced"
#define EDGE                                                               \
    " UNION ALL SELECT ts, operation, service_tier, environment, status, " \
    "source, feature, workflow, segment, customer, owner, " SUMS           \
    " FROM event_sums WHERE \"ts\" >= make_timestamp("
#define TO ") AND \"ts\" < make_timestamp("

static void reads_the_edges_from_events(void **state)
{
    struct rig *r = *state;

    /* 2026-11-01T06:00 to 2026-11-03T07:00, whole days between. */
    run(r, "metrics=requests&by=customer&from=2026-11-01T06:00:00Z&"
           "to=2026-11-03T07:00:00Z&where=environment:*");
    rig_assert_sql(
        r,
        "SELECT \"customer\", coalesce(sum(\"requests\"), 0) FROM (SELECT * "
        "FROM customer_day WHERE \"ts\" >= make_timestamp(1793577600000000" TO
        "1793664000000000)" EDGE "1793512800000000" TO "1793577600000000)" EDGE
        "1793664000000000" TO "1793689200000000)) AS \"sums\" WHERE \"ts\" >= "
        "make_timestamp(1793512800000000" TO
        "1793689200000000) GROUP BY 1 ORDER BY coalesce(sum(\"requests\"), 0) "
        "DESC NULLS LAST, 1 LIMIT 1001");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_the_first_that_covers),
        TEST(sums_what_is_summed_already),
        TEST(reads_the_edges_from_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
