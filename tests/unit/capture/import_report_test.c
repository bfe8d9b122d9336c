/* Usage reports of providers, beyond what the fixtures show. */
#include "import_catch.h"

#include "capture/import/import_format.h"
#include "event/record.h"
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

static void money_is_no_usage(void **state)
{
    struct catch *c = *state;
    take_in(c, "anthropic-usage",
            STR("{\"data\":[" BUCKET("01", "{\"amount\":\"1.5\"}") "]}"));
    assert_int_equal(c->n, 0);
    assert_int_equal(c->counts.n_rejected, 1);
    assert_trouble(c, 0, "row 1|the row names no model");
}

/* ---- money ---- */

struct lines {
    char text[512];
    size_t n;
};

static enum rc list_line(void *arg, struct record *rec, struct why *why)
{
    struct lines *l = ((struct catch *)arg)->record_arg;
    (void)why;
    l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n,
                             "%.*s|%.*s|%.*s|%lld ", STR_ARG(rec->account),
                             STR_ARG(rec->dim[DIM_MODEL]), STR_ARG(rec->line),
                             (long long)rec->amount.pico);
    assert_true(l->n < sizeof l->text);
    return RC_OK;
}

static void assert_lines(struct catch *c, struct str text, const char *want)
{
    struct lines l = {.n = 0};
    c->opt.record = list_line;
    c->record_arg = &l;
    take_in(c, NULL, text);
    assert_int_equal(c->n, 0);
    assert_string_equal(l.text, want);
}

#define COSTS(rows)                                                        \
    STR("{\"object\":\"page\",\"data\":[{\"start_time\":1790035200,\"end_" \
        "time\":1790121600,\"results\":[" rows "]}]}")

static void a_line_names_its_model_where_it_can(void **state)
{
    assert_lines(
        *state,
        COSTS("{\"amount\":{\"value\":1e-7,\"currency\":\"usd\"},"
              "\"line_item\":\"gpt-4o, cached input\",\"project_id\":\"p\","
              "\"api_key_id\":\"k\"},"
              "{\"amount\":{\"value\":2},\"line_item\":\"web search | x\"},"
              "{\"amount\":{\"value\":3},\"line_item\":\"gpt-4o\"},"
              "{\"amount\":{\"value\":-4},\"line_item\":\"credit\"},"
              "{\"amount\":{\"value\":5},\"line_item\":\"two words, input\"}"),
        "p/k|gpt-4o|gpt-4o, cached input|100000 "
        "||web search | x|2000000000000 "
        "|gpt-4o|gpt-4o|3000000000000 "
        "||credit|-4000000000000 "
        "||two words, input|5000000000000 ");
}

/* Cents, to the last of their digits. */
static void anthropics_amounts_are_cents(void **state)
{
    assert_lines(
        *state,
        STR("{\"data\":[" BUCKET(
            "01", "{\"amount\":\"123.4567890123\",\"currency\":\"USD\","
                  "\"description\":null,\"token_type\":\"output_tokens\","
                  "\"service_tier\":\"batch\",\"model\":" OPUS "},"
                  "{\"amount\":\"1e400\"},{\"amount\":\"x\"},"
                  "{\"amount\":\"1\",\"currency\":\"EUR\"}") "]}"),
        "|claude-opus-5|output_tokens, batch|1234567890123 ");
    struct catch *c = *state;
    assert_int_equal(c->counts.n_rejected, 3);
    assert_trouble(c, 0, "row 2|the amount 1e400 is none in dollars");
    assert_trouble(c, 1, "row 3|the amount x is none in dollars");
    assert_trouble(c, 2, "row 4|the amount is in EUR, and toll counts dollars");
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
        WITH_CATCH(money_is_no_usage),
        WITH_CATCH(a_line_names_its_model_where_it_can),
        WITH_CATCH(anthropics_amounts_are_cents),
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
