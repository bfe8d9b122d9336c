/* Usage reports of providers, beyond what the fixtures show. */
#include "import_catch.h"

#include "capture/import/import_format.h"
#include "intake/reject.h"

#define BUCKET(day, rows)                             \
    "{\"starting_at\":\"2026-10-" day "T00:00:00Z\"," \
    "\"ending_at\":\"2026-10-" day "T01:00:00Z\",\"results\":[" rows "]}"
#define ROW(model, n, more)                                 \
    "{\"uncached_input_tokens\":" n ",\"output_tokens\":1," \
    "\"model\":" model more "}"
#define OPUS "\"claude-opus-5\""

static void take_in(struct catch *c, const char *format, struct str text)
{
    c->opt.format = format;
    catch_text(c, "report.json", text);
}

/* ---- found, and not mixed ---- */

static void reports_are_found_by_their_rows(void **state)
{
    static const struct {
        const char *head;
        const char *format;
    } rows[] = {
        {"{\"data\":[" BUCKET("01", ROW(OPUS, "1", "")) "]}",
         "anthropic-usage"},
        {"{\"data\":[" BUCKET("01", "") "," BUCKET("02", ROW(OPUS, "1", "")),
         "anthropic-usage"},
        {"{\"data\":[" BUCKET("01", "") "],\"has_more\":false}",
         "anthropic-usage"},
        {"{\"data\":[{\"starting_at\":\"x\",\"ending_at\":\"y\",\"results\": [ "
         "{\"uncached_input_tokens\":1,\"cache_creation\":{\"eph",
         "anthropic-usage"},
        {"{\"object\":\"page\",\"data\":[{\"object\":\"bucket\","
         "\"start_time\":1,\"end_time\":2,\"results\":[{\"object\":\"x\","
         "\"num_model_requests\":3,\"cut",
         "openai-usage"},
        {"{\"object\":\"page\",\"data\":[{\"start_time\":1,\"end_time\":2,"
         "\"results\":[]},{\"start_time\":1,\"end_time\":2,\"results\":[]}]}",
         "openai-usage"},
        {"{\"data\":[" BUCKET("01", "") "," BUCKET("02",
                                                   "{\"amount\":\"1.5\"}"),
         "anthropic-costs"},
        {"{\"object\":\"page\",\"data\":[{\"start_time\":1,\"end_time\":2,"
         "\"results\":[{\"object\":\"x\",\"amount\":{\"value\":1},\"cut",
         "openai-costs"},
        {"{\"data\":[{\"starting_at\":\"x\",\"ending_at\":\"y\"}]}", NULL},
        {"{\"data\":[{\"starting_at\":\"x\",\"ending_at\":\"y\",\"results\":7}",
         NULL},
        {"{\"data\":[{\"starting_at\":\"x\",\"results\":[{"
         "\"uncached_input_tokens\":1}]}",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        const char *hint = NULL;
        const struct import_format *f =
            import_format_detect(str_from_cz(rows[i].head), NULL, &hint);
        const char *name = f != NULL ? f->about.name : "none";
        const char *want = rows[i].format != NULL ? rows[i].format : "none";
        if (strcmp(name, want) != 0) {
            print_error("%s\nis %s, not %s\n", rows[i].head, name, want);
            fail();
        }
    }
}

static void sums_come_in_only_when_asked_for(void **state)
{
    struct catch *c = *state;
    const struct str text =
        STR("{\"data\":[" BUCKET("01", ROW(OPUS, "1", "")) "]}");
    take_in(c, NULL, text);
    assert_int_equal(c->n, 0);
    assert_int_equal(c->counts.n_files_failed, 1);
    assert_trouble(c, 0,
                   "report.json||it is a usage report: sums of many "
                   "calls, which would count beside the calls");
    assert_trouble(c, 0, "--format anthropic-usage takes it (docs/import.md)");
    take_in(c, "anthropic-usage", text);
    assert_int_equal(c->n, 1);
}

static void money_is_refused_also_when_asked_for(void **state)
{
    struct catch *c = *state;
    const struct str text =
        STR("{\"data\":[" BUCKET("01", "{\"amount\":\"1.5\"}") "]}");
    take_in(c, "anthropic-costs", text);
    assert_int_equal(c->n, 0);
    assert_int_equal(c->counts.n_files_failed, 1);
    assert_trouble(c, 0, "so keep the file");
    take_in(c, "anthropic-usage", text);
    assert_int_equal(c->n, 0);
    assert_int_equal(c->counts.n_rejected, 1);
    assert_trouble(c, 1, "row 1|the row names no model");
}

/* ---- ids ---- */

static void a_row_is_named_by_its_bucket_and_group(void **state)
{
    struct catch *c = *state;
#define KEY(k) ",\"api_key_id\":" k
    const struct str text = STR("{\"data\":[" BUCKET(
        "01",
        ROW(OPUS, "5", KEY("\"k1\"")) "," ROW(OPUS, "5", KEY("\"k2\"")) "," ROW(
            OPUS, "5",
            KEY("null")) "," ROW("\"claude-opus-4-8\"", "5",
                                 KEY("null"))) "," BUCKET("02",
                                                          ROW(OPUS, "5",
                                                              KEY("\"k1\""))) "]}");
    take_in(c, "anthropic-usage", text);
    assert_int_equal(c->n, 5);
    take_in(c, "anthropic-usage", text);
    assert_int_equal(c->n, 5);
    assert_int_equal(c->n_duplicates, 5);
    /* in another order, with a new member that is not grouped by, and a count
     * that was corrected since */
    take_in(c, "anthropic-usage",
            STR("{\"data\":[{\"results\":[{\"new\":null,\"model\":" OPUS
                ",\"uncached_input_tokens\":6,\"api_key_id\":\"k1\"}],"
                "\"ending_at\":\"2026-10-01T01:00:00+00:00\","
                "\"starting_at\":\"2026-10-01T00:00:00Z\"}]}"));
    assert_int_equal(c->n, 5);
    assert_int_equal(c->n_duplicates, 6);
    take_in(
        c, "anthropic-usage",
        STR("{\"data\":[" BUCKET(
            "01", ROW(OPUS, "5", KEY("\"k1\"") ",\"speed\":\"fast\"")) "]}"));
    assert_int_equal(c->n, 6);
}

/* ---- settled ---- */

static void a_bucket_waits_until_it_has_settled(void **state)
{
    struct catch *c = *state;
    struct str text = STR("{\"data\":[" BUCKET("01", ROW(OPUS, "5", "")) "]}");
    int64_t end_us = INT64_C(1790816400000000); /* 2026-10-01T01:00:00Z */
    c->opt.now_us = end_us + 24 * UTC_US_PER_HOUR - 1;
    take_in(c, "anthropic-usage", text);
    assert_int_equal(c->n, 0);
    assert_int_equal(c->counts.n_open, 1);
    c->opt.now_us++;
    take_in(c, "anthropic-usage", text);
    assert_int_equal(c->counts.n_open, 0);
    assert_int_equal(c->n, 1);
    assert_tag(&c->event[0], "bucket_end", "2026-10-01T01:00:00Z");
}

/* ---- tiers and kinds ---- */

static void tiers_are_the_providers_words(void **state)
{
    static const struct {
        const char *word;
        enum service_tier tier;
        const char *tag;
    } rows[] = {
        {"null", SERVICE_TIER_STANDARD, ""},
        {"\"standard\"", SERVICE_TIER_STANDARD, ""},
        {"\"default\"", SERVICE_TIER_STANDARD, ""},
        {"\"batch\"", SERVICE_TIER_BATCH, ""},
        {"\"priority_on_demand\"", SERVICE_TIER_PRIORITY, "priority_on_demand"},
        {"\"flex_discount\"", SERVICE_TIER_FLEX, "flex_discount"},
        {"\"scale\"", SERVICE_TIER_STANDARD, "scale"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        take_in(c, "anthropic-usage",
                str_fmt(&c->arena,
                        "{\"data\":[" BUCKET(
                            "01", ROW(OPUS, "1", ",\"service_tier\":%s")) "]}",
                        rows[i].word));
        assert_int_equal(c->n, 1);
        assert_int_equal(c->event[0].service_tier, rows[i].tier);
        assert_tag(&c->event[0], "provider_tier", rows[i].tag);
        (void)catch_teardown(&fresh);
    }
}

#define PAGE(rows)                                                          \
    "{\"object\":\"page\",\"data\":[{\"object\":\"bucket\",\"start_time\":" \
    "1790812800,\"end_time\":1790816400,\"results\":[" rows "]}]}"
#define RESULT(kind, more)                                                  \
    "{\"object\":\"organization.usage." kind ".result\",\"model\":\"m-1\"," \
    "\"num_model_requests\":3" more "}"

static void what_openai_counts_is_made_disjoint(void **state)
{
    struct catch *c = *state;
    take_in(
        c, "openai-usage",
        STR(PAGE(RESULT("embeddings", ",\"input_tokens\":70") "," RESULT(
            "completions",
            ",\"input_tokens\":100,\"input_cached_tokens\":60,"
            "\"input_audio_tokens\":10,\"output_tokens\":9,"
            "\"output_audio_tokens\":4,\"input_text_tokens\":35,"
            "\"service_tier\":\"flex\"") "," RESULT("completions",
                                                    ",\"input_tokens\":100,\"input_cached_tokens\":160,"
                                                    "\"batch\":true") "," RESULT("images",
                                                                                 ",\"images\":4"))));
    assert_int_equal(c->n, 3);
    assert_int_equal(c->event[0].operation, OPERATION_EMBEDDINGS);
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 70);
    assert_tag(&c->event[0], "requests", "3");
    assert_int_equal(c->event[1].token[TOKEN_INPUT], 35);
    assert_int_equal(c->event[1].token[TOKEN_CACHE_READ], 60);
    assert_int_equal(c->event[1].token[TOKEN_INPUT_AUDIO], 10);
    assert_int_equal(c->event[1].token[TOKEN_OUTPUT], 5);
    assert_int_equal(c->event[1].token[TOKEN_OUTPUT_AUDIO], 4);
    assert_int_equal(c->event[1].service_tier, SERVICE_TIER_FLEX);
    assert_tag(&c->event[1], "import_note", "total_differs");
    assert_int_equal(c->event[2].token[TOKEN_CACHE_READ], 100);
    assert_int_equal(c->event[2].service_tier, SERVICE_TIER_BATCH);
    assert_tag(&c->event[2], "import_note", "parts_over_total");
    assert_int_equal(c->counts.n_rejected, 1);
    assert_trouble(c, 0,
                   "bucket 2026-10-01T00:00:00Z row 4|"
                   "organization.usage.images.result tells no tokens");
}

/* ---- what is wrong ---- */

static void bad_rows_and_buckets_cost_no_others(void **state)
{
    struct catch *c = *state;
    take_in(
        c, "anthropic-usage",
        STR("{\"data\":[" BUCKET(
            "01",
            ROW(OPUS, "-1", "") "," ROW("null", "1", "") ",7," ROW(
                OPUS, "1",
                "")) ",{\"starting_at\":\"2026-10-01T00:00:00Z\",\"ending_at\":"
                     "\"2026-10-01T00:00:00Z\",\"results\":[]},"
                     "{\"starting_at\":\"2026-10-01T00:00:00Z\",\"ending_at\":"
                     "\"2026-10-02T00:00:00Z\",\"results\":null}," BUCKET(
                         "02",
                         ROW(OPUS, "2",
                             "")) ","
                                  "{\"starting_at\":\"2026-10-01T00:00:00Z\",\"endi"));
    assert_int_equal(c->n, 2);
    assert_int_equal(c->event[1].token[TOKEN_INPUT], 2);
    assert_int_equal(c->counts.n_rejected, 6);
    assert_trouble(c, 0,
                   "|bucket 2026-10-01T00:00:00Z row 1|"
                   "uncached_input_tokens must be a whole number");
    assert_trouble(c, 1, " row 2|the row names no model: ask for a report");
    assert_trouble(c, 2, " row 3|the record is not one JSON object");
    assert_trouble(c, 3, "|element 2|starting_at and ending_at must be times");
    assert_trouble(c, 4, "|element 3|the bucket has no \"results\"");
}

/* A refused row is kept as a bucket of its own, and comes back as what it
 * would have been. */
static void refused_rows_come_back_when_mended(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    struct buf kept;
    catch_dir_make(&dir);
    struct reject_log *log = reject_open(dir.path);
    c->opt.rejects = log;
    take_in(c, "anthropic-usage",
            STR("{\"data\":[" BUCKET(
                "01", ROW(OPUS, "-1", "") "," ROW("\"claude-opus-4-8\"", "2",
                                                  "")) "]}"));
    assert_int_equal(c->n, 1);
    buf_init(&kept, 64 * 1024);
    assert_ok(file_read(reject_path(log), false, &kept, &c->why), &c->why);
    c->opt.rejects = NULL;
    char *bad = strstr(kept.p, ":-1");
    assert_non_null(bad);
    bad[1] = ' ';
    take_in(c, NULL, buf_view(&kept));
    assert_int_equal(c->counts.n_rejected, 0);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->event[1].token[TOKEN_INPUT], 1);
    take_in(c, "anthropic-usage",
            STR("{\"data\":[" BUCKET("01", ROW(OPUS, "1", "")) "]}"));
    assert_int_equal(c->n_duplicates, 1);
    buf_fini(&kept);
    reject_close(&log);
    catch_dir_remove(&dir);
}

static void the_sinks_no_ends_it(void **state)
{
    struct catch *c = *state;
    c->opt.format = "anthropic-usage";
    c->refuse_with = RC_FULL;
    c->refuse_from = 1;
    assert_rc(import_bytes(&c->opt, "x",
                           STR("{\"data\":[" BUCKET(
                               "01", ROW(OPUS, "1", "") "," ROW(
                                         "\"b\"", "2", "") "," ROW("\"c\"", "2",
                                                                   "")) "]}"),
                           &c->counts, &c->why),
              RC_FULL);
    assert_int_equal(c->n, 1);
    assert_int_equal(c->counts.n_rejected, 0);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_found_by_their_rows),
        WITH_CATCH(sums_come_in_only_when_asked_for),
        WITH_CATCH(money_is_refused_also_when_asked_for),
        WITH_CATCH(a_row_is_named_by_its_bucket_and_group),
        WITH_CATCH(a_bucket_waits_until_it_has_settled),
        cmocka_unit_test(tiers_are_the_providers_words),
        WITH_CATCH(what_openai_counts_is_made_disjoint),
        WITH_CATCH(bad_rows_and_buckets_cost_no_others),
        WITH_CATCH(refused_rows_come_back_when_mended),
        WITH_CATCH(the_sinks_no_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
