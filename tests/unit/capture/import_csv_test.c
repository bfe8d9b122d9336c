/* CSV: columns by name and by map, what is said of wrong ones. */
#include "import_catch.h"

#include "capture/import/import_map.h"

static void columns_are_known_by_many_names(void **state)
{
    static const struct str texts[] = {
        STR_INIT("id,ts,model,input_tokens,output_tokens,feature\n"
                 "r1,2026-10-01T08:00:00Z,gpt-4o,100,20,search\n"),
        STR_INIT("Request ID;Created At;Model Name;Prompt Tokens;"
                 "Completion-Tokens;App\r\n"
                 "r1;2026-10-01 08:00:00;gpt-4o;100;20;search\r\n"),
        STR_INIT("requestId\tTimestamp\tMODEL\ttokens_prompt\t"
                 "tokens.completion\tproject\textra\n"
                 "r1\t1790841600\tgpt-4o\t100\t20\tsearch\tx\n"),
        STR_INIT("\xef\xbb\xbf\"id\",\"ts\",\"model\",\"input_tokens\","
                 "\"output_tokens\",\"feature\"\n"
                 "\"r1\",\"2026-10-01T10:00:00+02:00\",\"gpt-4o\",\"100\","
                 "\"20\",\"search\"\n"),
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        catch_text(c, "a.csv", texts[i]);
        assert_int_equal(c->n, 1);
        assert_str(c->event[0].id, "r1");
        assert_true(c->event[0].ts_us == INT64_C(1790841600000000));
        assert_str(c->event[0].dim[DIM_PROVIDER], "openai");
        assert_str(c->event[0].dim[DIM_FEATURE], "search");
        assert_int_equal(c->event[0].token[TOKEN_INPUT], 100);
        assert_int_equal(c->event[0].token[TOKEN_OUTPUT], 20);
        (void)catch_teardown(&fresh);
    }
}

static void every_kind_of_cell_is_read(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "a.csv",
        STR("ts,model,input_tokens,cache_read_tokens,attempt,latency_ms,"
            "reported_cost,environment,tags.team,tag.tier,tags,cost\n"
            "2026-10-01,gpt-4o,100,40,2,12.5,$0.25,staging,\"a, b\",,,9\n"
            "2026-10-01,gpt-4o,100,,,,,,,gold,\"{\"\"k\"\":\"\"v\"\"}\",\n"));
    assert_int_equal(c->counts.n_rejected, 1); /* tags twice */
    assert_int_equal(c->n, 1);
    const struct event *ev = &c->event[0];
    assert_true(ev->ts_us == INT64_C(1790812800000000));
    assert_int_equal(ev->token[TOKEN_INPUT], 60);
    assert_int_equal(ev->attempt, 2);
    assert_int_equal(ev->latency_ms, 13);
    assert_true(ev->has_reported_cost);
    assert_true(ev->reported_cost.pico == USD_PICO_PER_DOLLAR / 4);
    assert_int_equal(ev->environment, ENVIRONMENT_STAGING);
    assert_true(c->has_environment[0]);
    assert_tag(ev, "team", "a, b");
}

/* "cost" is what toll found out where toll wrote the file, else what somebody
 * told. */
static void a_cost_is_told_or_found_out(void **state)
{
    struct catch *c = *state;
    catch_text(c, "a.csv", STR("ts,model,cost\n2026-10-01,gpt-4o,0.5\n"));
    assert_int_equal(c->n, 1);
    assert_true(c->event[0].has_reported_cost);
    catch_text(c, "b.csv",
               STR("ts,model,input_tokens,cost,priced\n"
                   "2026-10-01,gpt-4o,1,0.5,true\n"));
    assert_int_equal(c->n, 2);
    assert_false(c->event[1].has_reported_cost);
}

static void rows_without_an_id_get_a_lasting_one(void **state)
{
    struct catch *c = *state;
    catch_text(c, "a.csv",
               STR("ts,model,input_tokens\n2026-10-01,gpt-4o,1\n"
                   "2026-10-01,gpt-4o,1\n2026-10-01,gpt-4o,2\n"));
    assert_int_equal(c->n, 3);
    catch_text(c, "b.csv",
               STR("ts,model,input_tokens\r\n2026-10-01,gpt-4o,2\r\n"
                   "\r\n2026-10-01,gpt-4o,1\r\n2026-10-01,gpt-4o,1"));
    assert_int_equal(c->n, 3);
    assert_int_equal(c->n_duplicates, 3);
}

static void bad_rows_cost_no_others(void **state)
{
    struct catch *c = *state;
    catch_text(c, "a.csv",
               STR("ts,model,input_tokens\n"
                   "2026-10-01,gpt-4o,many\n"
                   "2026-10-01,gpt-4o\n"
                   "2026-10-01,gpt-4o,1,2\n"
                   "1970-01-01,gpt-4o,1\n"
                   "2026-10-01,gpt-4o,9223372036854775808\n"
                   "2026-10-01,gpt-4o,1\n"
                   "2026-10-01,caf\xe9,1\n"
                   "2026-10-01,\"gpt-4o\"x,1\n"
                   "2026-10-01,gpt-4o,2\n"
                   "2026-10-01,gpt"));
    assert_int_equal(c->n, 2);
    assert_int_equal(c->event[1].token[TOKEN_INPUT], 2);
    assert_int_equal(c->counts.n_rejected, 8);
    assert_trouble(c, 0, "a.csv|line 2|input_tokens must be a whole number");
    assert_trouble(c, 1, "a.csv|line 3|2 cells, where 3 columns are named");
    assert_trouble(c, 2, "a.csv|line 4|4 cells");
    assert_trouble(c, 3, "a.csv|line 5|ts: 1970");
    assert_trouble(c, 4, "a.csv|line 6|input_tokens is above");
}

static void wrong_columns_are_told(void **state)
{
    static const struct {
        const char *text;
        const char *trouble;
    } rows[] = {
        {"a,b\n1,2\n",
         "wrong.csv||no column is the model; there are: a, b (--map FILE"},
        {"model,when\ngpt-4o,2\n",
         "no column is the time (ts); there are: model, when"},
        {"model,ts\ngpt-4o,2026-10-01\n",
         "no column is input_tokens, output_tokens, web_searches or "
         "reported_cost; there are: model, ts"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        c->opt.format = "csv";
        catch_text(c, "wrong.csv", str_from_cz(rows[i].text));
        assert_int_equal(c->n, 0);
        assert_int_equal(c->counts.n_files_failed, 1);
        assert_trouble(c, 0, rows[i].trouble);
        (void)catch_teardown(&fresh);
    }
}

static void a_map_names_the_columns(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    c->opt.map_path = catch_file(
        c, &dir, "map.json",
        STR("{\"ts\":\"Date\",\"model\":\"Which\",\"input_tokens\":\"In\","
            "\"tags.team\":\"Team\",\"constants\":{\"provider\":\"azure\","
            "\"environment\":\"test\",\"tags.from\":\"sheet\"}}"));
    catch_text(c, "a.csv",
               STR("In,Team,Which,Date,model\n7,red,gpt-4o,2026-10-01,x\n"));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].dim[DIM_MODEL], "gpt-4o");
    assert_str(c->event[0].dim[DIM_PROVIDER], "azure");
    assert_int_equal(c->event[0].environment, ENVIRONMENT_TEST);
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 7);
    assert_tag(&c->event[0], "team", "red");
    assert_tag(&c->event[0], "from", "sheet");
    catch_text(c, "b.csv", STR("In,Team,Model,Date\n7,red,gpt-4o,2026\n"));
    assert_int_equal(c->counts.n_files_failed, 1);
    assert_trouble(c, 0,
                   "b.csv||no column \"Which\", which the map gives for model;"
                   " there are: In, Team, Model, Date");
    catch_dir_remove(&dir);
}

static void a_wrong_map_is_refused(void **state)
{
    static const struct {
        const char *map;
        const char *why;
    } rows[] = {
        {"{\"modle\":\"M\"}", "no field \"modle\"; did you mean model?"},
        {"{\"quarter\":\"Q\"}", "for a tag write \"tags.quarter\""},
        {"{\"model\":1}", "model must be the name of a column"},
        {"{\"model\":\"\"}", "model must be the name of a column"},
        {"{\"cost\":\"C\"}", "is what toll itself finds out"},
        {"{\"model\":\"M\",\"model\":\"N\"}", "model is given twice"},
        {"{\"model\":\"M\",\"feature\":\"M\"}", "is given for two fields"},
        {"{\"model\":\"M\",\"constants\":{\"model\":\"x\"}}",
         "model is given twice"},
        {"{\"constants\":{\"provider\":1}}", "must be a string"},
        {"{\"constants\":[]}", "\"constants\" must be an object"},
        {"[]", "it must be a JSON object"},
        {"{\"model\":", "line 1"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct import_map *map = NULL;
        struct why why;
        assert_rc(import_map_parse(str_from_cz(rows[i].map), &map, &why),
                  RC_INVALID);
        assert_null(map);
        if (!has_text(str_from_cz(why.text), rows[i].why)) {
            print_error("%s: \"%s\" lacks \"%s\"\n", rows[i].map, why.text,
                        rows[i].why);
            fail();
        }
    }
}

static void a_map_that_is_not_there_ends_the_import(void **state)
{
    struct catch *c = *state;
    c->opt.map_path = "no such map";
    assert_rc(import_bytes(&c->opt, "a.csv", STR("a,b\n"), &c->counts, &c->why),
              RC_NOT_FOUND);
    assert_true(has_text(str_from_cz(c->why.text), "no such map"));
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_known_by_many_names),
        WITH_CATCH(every_kind_of_cell_is_read),
        WITH_CATCH(a_cost_is_told_or_found_out),
        WITH_CATCH(rows_without_an_id_get_a_lasting_one),
        WITH_CATCH(bad_rows_cost_no_others),
        cmocka_unit_test(wrong_columns_are_told),
        WITH_CATCH(a_map_names_the_columns),
        cmocka_unit_test(a_wrong_map_is_refused),
        WITH_CATCH(a_map_that_is_not_there_ends_the_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
