/* toll's own events, and refused ones that were mended. */
#include "import_catch.h"

#include "base/limits.h"
#include "intake/reject.h"

#define GOOD                                                               \
    "{\"id\":\"e1\",\"ts\":\"2026-10-01T08:00:00Z\",\"model\":\"gpt-4o\"," \
    "\"input_tokens\":10,\"feature\":\"search\",\"environment\":\"staging\"}"
#define NO_ID "{\"model\":\"gpt-4o\",\"input_tokens\":10}"

static void lines_arrays_and_single_objects_are_read(void **state)
{
    static const struct str texts[] = {
        STR_INIT(GOOD "\n" NO_ID "\n"),
        STR_INIT(GOOD "\r\n\r\n" NO_ID),
        STR_INIT("[" GOOD "," NO_ID "]"),
        STR_INIT("\xef\xbb\xbf [\n  " GOOD ",\n  " NO_ID "\n]\n"),
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        catch_text(c, "e", texts[i]);
        assert_int_equal(c->n, 2);
        assert_str(c->event[0].id, "e1");
        assert_str(c->event[0].dim[DIM_FEATURE], "search");
        assert_int_equal(c->event[0].environment, ENVIRONMENT_STAGING);
        assert_true(c->has_environment[0]);
        assert_false(c->has_environment[1]);
        assert_true(c->event[1].ts_us == CATCH_NOW_US);
        (void)catch_teardown(&fresh);
    }
}

static void an_object_over_several_lines_is_one(void **state)
{
    struct catch *c = *state;
    catch_text(c, "e.json",
               STR("{\n  \"model\": \"gpt-4o\",\n  \"input_tokens\": 10\n}\n"));
    assert_int_equal(c->n, 1);
    catch_text(c, "e.json", STR("{\n  \"model\": \"gpt-4o\",\n  \"id\": 10\n"));
    assert_int_equal(c->counts.n_rejected, 1);
}

/* What an HTTP interface answered, one page behind the other. */
static void pages_are_read_one_behind_the_other(void **state)
{
    static const struct {
        struct str text;
        size_t n;
        uint64_t n_rejected;
        const char *trouble;
    } rows[] = {
        {STR_INIT("{\"data\":[" GOOD "," NO_ID "],\"meta\":{\"data\":[]}}"), 2,
         0, NULL},
        {STR_INIT("{\"object\":\"page\", \"data\" : [" GOOD "]}\n"), 1, 0,
         NULL},
        {STR_INIT("{\"data\":[" GOOD
                  "],\"next\":\"x\"}\n{\n\"object\":\"page\","
                  "\"data\":[" NO_ID "]}\n"),
         2, 0, NULL},
        {STR_INIT("{\"data\":[" GOOD "," NO_ID), 2, 1,
         "element 3|the array is broken here"},
        {STR_INIT("{\"data\":[" GOOD ",{\"id\":"), 1, 1,
         "element 2|the array is broken here"},
        {STR_INIT("{\"data\":[" GOOD "],\"next\":"), 1, 1,
         "element 2|the page is broken here"},
        {STR_INIT("{\"data\":[" GOOD "]"), 1, 1,
         "element 2|the page is broken here"},
        {STR_INIT("{\"data\":[" GOOD "]}\n{\"error\":1}"), 1, 1,
         "element 2|no page begins here"},
        {STR_INIT("[" GOOD "][" NO_ID "]"), 1, 1,
         "element 2|the array has ended here"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        catch_text(c, "e", rows[i].text);
        assert_int_equal(c->n, rows[i].n);
        assert_int_equal(c->counts.n_rejected, rows[i].n_rejected);
        assert_int_equal(c->counts.n_files_failed, 0);
        if (rows[i].trouble != NULL) {
            assert_trouble(c, 0, rows[i].trouble);
        }
        (void)catch_teardown(&fresh);
    }
}

/* An id made of the content: the same when the file is read again, another
 * for each of equal lines. */
static void events_without_an_id_get_a_lasting_one(void **state)
{
    struct catch *c = *state;
    const struct str text = STR(NO_ID "\n" NO_ID "\n" GOOD "\n" NO_ID "\n");
    catch_text(c, "e", text);
    assert_int_equal(c->n, 4);
    catch_text(c, "copy of e", text);
    assert_int_equal(c->n, 4);
    assert_int_equal(c->n_duplicates, 4);
}

static void a_refused_event_costs_no_other(void **state)
{
    struct catch *c = *state;
    catch_text(c, "e.ndjson",
               STR(GOOD
                   "\n"
                   "{\"id\":\"e2\",\"model\":\"gpt-4o\",\"input_tokens\":-1}\n"
                   "{\"id\":\"e3\",\"model\":\"gpt-4o\",\"ts\":12}\n"
                   "{\"id\":\"e4\",\"model\":\"\xff\"}\n"
                   "{\"id\":\"e5\",\"model\n"
                   "[1]\n"
                   "{\"id\":\"e6\",\"model\":\"gpt-4o\",\"input_tokens\":"
                   "9223372036854775808}\n"
                   "{\"id\":\"e7\",\"model\":\"gpt-4o\"}\n"));
    assert_int_equal(c->n, 2);
    assert_str(c->event[1].id, "e7");
    assert_int_equal(c->counts.n_rejected, 6);
    assert_int_equal(c->n_troubles, LIMIT_IMPORT_TOLD_MAX);
    assert_trouble(c, 0, "e.ndjson|line 2|input_tokens is negative");
    assert_trouble(c, 1, "e.ndjson|line 3|ts");
    assert_true(c->counts.first_us == INT64_C(1790841600000000));
    assert_true(c->counts.last_us == CATCH_NOW_US);
}

static void a_broken_array_keeps_what_came_before(void **state)
{
    struct catch *c = *state;
    catch_text(c, "e.json", STR("[" GOOD "," NO_ID ",{\"model\":\"x"));
    assert_int_equal(c->n, 2);
    assert_int_equal(c->counts.n_rejected, 1);
    assert_trouble(c, 0, "element 3|the array is broken here");
}

static void an_event_at_its_limit_is_read(void **state)
{
    struct catch *c = *state;
    struct buf text;
    buf_init(&text, 4 * LIMIT_EVENT_BYTES_MAX);
    for (size_t over = 0; over <= 1; over++) {
        size_t n_before = text.n;
        buf_fmt(&text, "{\"id\":\"l%zu\",\"model\":\"gpt-4o\",\"n\":1}", over);
        size_t n = LIMIT_EVENT_BYTES_MAX + over - (text.n - n_before);
        text.n -= 1; /* white space before the brace */
        memset(buf_space(&text, n), ' ', n);
        buf_used(&text, n);
        buf_cz(&text, "}\n");
    }
    catch_text(c, "e", buf_view(&text));
    buf_fini(&text);
    assert_int_equal(c->n, 1);
    assert_trouble(c, 0, "line 2|the event is over 65536 bytes");
}

/* ---- refused and mended ---- */

static struct str read_text(struct catch *c, const char *path)
{
    struct buf text;
    struct str copy;
    buf_init(&text, 1024 * 1024);
    assert_ok(file_read(path, false, &text, &c->why), &c->why);
    assert_rc(str_dup(&c->arena, buf_view(&text), &copy), RC_OK);
    buf_fini(&text);
    return copy;
}

/* What stands in `text` once all `from` are `to`. */
static struct str mend(struct catch *c, struct str text, struct str from,
                       struct str to)
{
    size_t at = str_find(text, from, 0);
    assert_true(at != SIZE_MAX);
    return str_fmt(&c->arena, "%.*s%.*s%.*s", (int)at, text.p, STR_ARG(to),
                   STR_ARG(str_sub(text, at + from.n, SIZE_MAX)));
}

static void refused_events_come_back_when_mended(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    struct reject_log *log = reject_open(dir.path);
    c->opt.rejects = log;
    catch_text(
        c, "e.ndjson",
        STR("{\"id\":\"e2\",\"model\":\"gpt-4o\",\"input_tokens\":-1}\n"
            "{\"id\":\"e3\",\"model\":\"gpt-4o\",\"output_tokens\":7\n" GOOD
            "\n"));
    assert_int_equal(c->n, 1);
    struct str kept = read_text(c, reject_path(log));
    assert_true(has_text(kept, "\"source\":\"e.ndjson\",\"place\":\"line 1\""));
    c->opt.rejects = NULL;
    catch_text(c, "rejects", kept);
    assert_int_equal(c->n, 1);
    assert_int_equal(c->counts.n_rejected, 2);
    kept = mend(c, kept, STR(":-1"), STR(":11"));
    kept = mend(c, kept, STR(":7"), STR(":7}"));
    catch_text(c, "rejects", kept);
    assert_int_equal(c->counts.n_rejected, 0);
    assert_int_equal(c->n, 3);
    assert_str(c->event[1].id, "e2");
    assert_int_equal(c->event[1].token[TOKEN_INPUT], 11);
    assert_str(c->event[2].id, "e3");
    reject_close(&log);
    catch_dir_remove(&dir);
}

/* A call that came in another form is kept as the event it became. */
static void mapped_events_come_back_when_mended(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    struct reject_log *log = reject_open(dir.path);
    c->opt.rejects = log;
    catch_text(c, "s.jsonl",
               STR("{\"sessionId\":\"s-1\",\"cwd\":\"/src/app\",\"message\":{"
                   "\"id\":\"m1\",\"model\":\"claude-opus-4-8\",\"usage\":{"
                   "\"input_tokens\":5,\"cache_read_input_tokens\":70,"
                   "\"output_tokens\":3},\"content\":\"a secret\"},"
                   "\"requestId\":\"r1\",\"type\":\"assistant\","
                   "\"timestamp\":\"1999-10-01T08:00:00Z\"}\n"));
    assert_int_equal(c->n, 0);
    struct str kept = read_text(c, reject_path(log));
    assert_false(has_text(kept, "secret"));
    c->opt.rejects = NULL;
    catch_text(c, "rejects", kept);
    assert_int_equal(c->counts.n_rejected, 1);
    kept = mend(c, kept, STR("\"ts\":\"1999"), STR("\"ts\":\"2026"));
    catch_text(c, "rejects", kept);
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].id, "r1");
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 5);
    assert_int_equal(c->event[0].token[TOKEN_CACHE_READ], 70);
    assert_str(c->event[0].dim[DIM_FEATURE], "app");
    reject_close(&log);
    catch_dir_remove(&dir);
}

/* A refused row of another program's is read in its words again. */
static void foreign_rows_come_back_when_mended(void **state)
{
    struct catch *c = *state;
    catch_text(c, "rejects",
               STR("{\"rejected_at\":\"2026-10-01T08:00:00Z\",\"source\":\"x\","
                   "\"place\":\"line 1\",\"error\":\"y\",\"event\":{"
                   "\"request_id\":\"r1\",\"spend\":0.5,\"startTime\":"
                   "1790000001,\"model\":\"gpt-4o\",\"prompt_tokens\":9}}\n"
                   "{\"rejected_at\":\"2026-10-01T08:00:00Z\",\"error\":\"y\","
                   "\"raw\":\"not JSON\"}\n"));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].id, "r1");
    assert_int_equal(c->counts.n_rejected, 1);
    assert_trouble(c, 0, "line 2|it has neither an \"event\" nor a \"raw\"");
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_arrays_and_single_objects_are_read),
        WITH_CATCH(an_object_over_several_lines_is_one),
        WITH_CATCH(pages_are_read_one_behind_the_other),
        WITH_CATCH(events_without_an_id_get_a_lasting_one),
        WITH_CATCH(a_refused_event_costs_no_other),
        WITH_CATCH(a_broken_array_keeps_what_came_before),
        WITH_CATCH(an_event_at_its_limit_is_read),
        WITH_CATCH(refused_events_come_back_when_mended),
        WITH_CATCH(mapped_events_come_back_when_mended),
        WITH_CATCH(foreign_rows_come_back_when_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
