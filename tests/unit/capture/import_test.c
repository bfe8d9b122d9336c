/* The whole: folders, formats by content, what is told, threads. */
#include "import_catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "capture/import/import_format.h"
#include "capture/import/import_rows.h"

#define EVENT(id)                                                   \
    "{\"id\":\"" id "\",\"ts\":\"2026-10-01T08:00:00Z\",\"model\":" \
    "\"gpt-4o\",\"input_tokens\":10}\n"
#define CLAUDE                                                           \
    "{\"sessionId\":\"s-1\",\"cwd\":\"/src/app\",\"message\":{\"id\":"   \
    "\"m1\",\"model\":\"claude-opus-4-8\",\"usage\":{\"output_tokens\":" \
    "5}},\"requestId\":\"r1\",\"type\":\"assistant\",\"timestamp\":"     \
    "\"2026-09-30T08:00:00Z\"}\n"

/* ---- formats ---- */

static void formats_are_found_by_content(void **state)
{
    static const struct {
        const char *head;
        const char *format;
    } rows[] = {
        {CLAUDE, "claude-code"},
        {"{\"type\":\"summary\",\"summary\":\"x\",\"leafUuid\":\"y\"}\n",
         "claude-code"},
        {"{\"type\":\"file-history-snapshot\",\"messageId\":\"x\","
         "\"snapshot\":{}}\n",
         "claude-code"},
        {"{\"parentUuid\":null,\"isSidechain\":false,\"cwd\":\"/\","
         "\"sessionId\":\"s\",\"message\":{\"content\":\"cut",
         "claude-code"},
        {"{\"timestamp\":\"2026\",\"type\":\"session_meta\",\"payload\":{\"cut",
         "codex"},
        {"{\"timestamp\":\"2026\",\"type\":\"response_item\",\"payload\":{}}\n"
         "{\"timestamp\":\"2026\",\"type\":\"event_msg\",\"payload\":{}}\n",
         "codex"},
        {"{\"provider\":\"a\",\"from\":\"x\",\"to\":\"y\",\"model\":\"z\","
         "\"amount\":1}",
         "invoices"},
        {"provider;from;to;amount\na;b;c;1\n", "invoices"},
        {"provider,from,amount,colour\na,b,1,red\n", "invoices"},
        {EVENT("1"), "events"},
        {"[\n" EVENT("1") "]", "events"},
        {"{\n  \"model\": \"x\",\n  \"input_tokens\": 1\n}", "events"},
        {"{\"rejected_at\":\"x\",\"error\":\"y\",\"event\":" EVENT("1") "}",
         "rejects"},
        {"{\"request_id\":\"x\",\"spend\":0,\"startTime\":\"y\","
         "\"model\":\"z\",\"user\":\"u\"}",
         "litellm"},
        {"{\"data\": [ {\"request_id\":\"x\",\"spend\":0}]}", "litellm"},
        {"[{\"says\":\"nothing\"},{\"request_id\":\"x\",\"spend\":0}]",
         "litellm"},
        {"{\"data\":[{},{\"request_id\":\"x\",\"spend\":0,\"cut", "litellm"},
        {"{\"data\":[],\"a\":{\"request_id\":\"x\",\"spend\":0}}", NULL},
        {"[{\"id\":\"x\",\"call_type\":\"y\",\"response_cost\":0,"
         "\"model\":\"z\"}]",
         "litellm-logging"},
        {"{\"schemaType\":\"ModelInvocationLog\",\"requestId\":\"x\","
         "\"modelId\":\"y\",\"input\":{\"cut",
         "bedrock"},
        {"[{\"request_id\":\"x\",\"request_created_at\":\"y\",\"request_body\":"
         "{\"cut",
         "helicone"},
        {"{\"data\":[{\"id\":\"x\",\"traceId\":\"y\",\"type\":\"SPAN\","
         "\"startTime\":\"z\",\"input\":{\"cut",
         "langfuse"},
        {"{\"id\":\"x\",\"trace_id\":\"y\",\"start_time\":\"z\",\"type\":"
         "\"SPAN\"}\n",
         "langfuse"},
        {"ts,model,input_tokens\n", "csv"},
        {"model;time;tokens in\n", "csv"},
        {"created_at,generation_id,model_permaslug,tokens_prompt\n",
         "openrouter"},
        {"{\"name\":\"up\",\"ts\":1,\"value\":1}\n", "outcomes"},
        {"{\"name\":\"up\",\"value\":1,\"user\":\"u\"}\n", "outcomes"},
        {"{\"release\":\"1\",\"ts\":\"2026\"}\n", "releases"},
        {"[{\"customer\":\"c\",\"revenue\":1,\"from\":\"2026-10\"}]",
         "customers"},
        {"ts,name,value,user\n", "outcomes"},
        {"release;ts;note\n", "releases"},
        {"customer,segment,tier,revenue,from\n", "customers"},
        {"customer,mrr,revenue\n", "customers"},
        {"name,customer\n", NULL},
        {"release,feature\n", NULL},
        {"{\"name\":\"x\",\"release\":{}}", NULL},
        {"{\"name\":\"x\",\"value\":1}", NULL},
        {"{\"model\":\"m\",\"input_tokens\":1,\"name\":\"x\",\"ts\":1}",
         "events"},
        {"", NULL},
        {"a,b,c\n1,2,3\n", NULL},
        {"Dear all,\nhere is the file.\n", NULL},
        {"{\"name\":\"x\",\"version\":\"1.0\"}", NULL},
        {"{\"model\":\"x\"}", NULL},
        {"[1,2,3]", NULL},
        {"{{{{{{", NULL},
        {"model,time\0", "csv"},
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
        assert_non_null(hint);
    }
}

static void what_else_it_may_be_is_hinted_at(void **state)
{
    static const struct {
        struct str head;
        const char *hint;
    } rows[] = {
        {STR_INIT("\x28\xb5\x2f\xfd\x01"), "zstd"},
        {STR_INIT("PK\x03\x04rest"), "zip"},
        {STR_INIT("PAR1rest"), "Parquet"},
        {STR_INIT("\xff\xfem\0o\0"), "UTF-16"},
        {STR_INIT("\x00\x01\x02"), ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        const char *hint = NULL;
        assert_null(import_format_detect(rows[i].head, NULL, &hint));
        assert_true(has_text(str_from_cz(hint), rows[i].hint));
    }
}

static void the_table_is_sorted_and_whole(void **state)
{
    size_t n = 0;
    (void)state;
    for (; import_format_table[n] != NULL; n++) {
        const struct import_format *f = import_format_table[n];
        const struct import_format_doc *doc = import_format_doc(n);
        assert_ptr_equal(doc, &f->about);
        assert_true(strlen(doc->name) > 0 && strlen(doc->doc) > 0);
        assert_true(n == 0 || strcmp(import_format_table[n - 1]->about.name,
                                     doc->name) < 0);
        /* of objects or of cells, records of both; of rows or of sessions */
        bool is_of_both = strcmp(doc->name, "customers") == 0 ||
                          strcmp(doc->name, "invoices") == 0 ||
                          strcmp(doc->name, "outcomes") == 0 ||
                          strcmp(doc->name, "releases") == 0;
        assert_true(f->is_object != NULL || f->is_header != NULL);
        assert_true((f->is_object != NULL && f->is_header != NULL) ==
                    is_of_both);
        assert_true((f->read != NULL) != (f->scan != NULL));
        assert_true((f->scan != NULL) == (f->gather != NULL));
    }
    assert_null(import_format_doc(n));
    assert_null(import_format_doc(SIZE_MAX));
}

static void shapes_are_told_apart(void **state)
{
    static const struct {
        const char *head;
        enum import_shape shape;
        const char *first;
    } rows[] = {
        {"{\"a\":1}\n{\"a\":2}\n", IMPORT_SHAPE_LINES,
         "{\"a\":1}\n{\"a\":2}\n"},
        {"\n {\"a\":1}", IMPORT_SHAPE_LINES, "{\"a\":1}"},
        {"{\"a\":\n{\"a\":2}\n", IMPORT_SHAPE_LINES, "{\"a\":\n{\"a\":2}\n"},
        {"{\"a\":\"cut", IMPORT_SHAPE_LINES, "{\"a\":\"cut"},
        {"{\n  \"a\": 1\n}", IMPORT_SHAPE_OBJECT, "{\n  \"a\": 1\n}"},
        {" [ {\"a\":1}", IMPORT_SHAPE_ARRAY, "{\"a\":1}"},
        {"[]", IMPORT_SHAPE_ARRAY, "]"},
        {"{ \"data\" : [ {\"a\":1}", IMPORT_SHAPE_PAGE, "{\"a\":1}"},
        {"{\"object\":\"page\",\"data\":[{\"a\":1}", IMPORT_SHAPE_PAGE,
         "{\"a\":1}"},
        {"{\"object\":\"page\",\"data\":{\"a\":1", IMPORT_SHAPE_LINES,
         "{\"object\":\"page\",\"data\":{\"a\":1"},
        {"{\"type\":\"page\",\"data\":[{\"a\":1}", IMPORT_SHAPE_LINES,
         "{\"type\":\"page\",\"data\":[{\"a\":1}"},
        {"[1]", IMPORT_SHAPE_NONE, "1]"},
        {"a,b", IMPORT_SHAPE_NONE, "a,b"},
        {"", IMPORT_SHAPE_NONE, ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct str first;
        assert_int_equal(import_shape_of(str_from_cz(rows[i].head), &first),
                         rows[i].shape);
        assert_true(str_eq(first, str_from_cz(rows[i].first)));
    }
}

/* ---- folders ---- */

static void a_folder_of_all_kinds_is_walked(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    (void)catch_file(c, &dir, "b/events.ndjson", STR(EVENT("e1") EVENT("e2")));
    (void)catch_file(c, &dir, "a/usage.csv",
                     STR("id,ts,model,input_tokens\nc1,2026-10-01,gpt-4o,1\n"));
    (void)catch_file(c, &dir, "b/c/d/session.jsonl", STR(CLAUDE));
    (void)catch_file(c, &dir, "b/empty.jsonl", STR(""));
    (void)catch_file(c, &dir, "b/none.json", STR("[]"));
    (void)catch_file(c, &dir, "b/notes.txt", STR("Dear all,\n"));
    (void)catch_file(c, &dir, "b/other.jsonl", STR("{\"name\":\"x\"}\n"));
    (void)catch_file(c, &dir, "b/picture.png", STR("\x89PNG\0\1"));
    catch_run(c, dir.path);
    /* Sessions come first, then the files in the order of their names. */
    assert_int_equal(c->n, 4);
    assert_str(c->event[0].id, "r1");
    assert_str(c->event[1].id, "c1");
    assert_str(c->event[2].id, "e1");
    assert_str(c->event[3].id, "e2");
    assert_int_equal(c->counts.n_files, 5);
    assert_int_equal(c->counts.n_files_failed, 1);
    assert_int_equal(c->counts.n_files_skipped, 2);
    assert_int_equal(c->n_troubles, 1);
    assert_trouble(c, 0, "/b/other.jsonl||of no known format");
    assert_true(c->counts.first_us == INT64_C(1790755200000000));
    assert_true(c->counts.last_us == INT64_C(1790841600000000));
    assert_true(c->n_progress > 0);
    catch_run(c, dir.path);
    assert_int_equal(c->n, 4);
    assert_int_equal(c->n_duplicates, 4);
    catch_dir_remove(&dir);
}

static void a_named_file_of_no_format_is_told(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    const char *paths[] = {
        catch_file(c, &dir, "garbage", STR("\x80\x81\x82\0\n\xff")),
        catch_file(c, &dir, "e", STR(EVENT("e1"))),
    };
    assert_ok(import_run(&c->opt, paths, 2, &c->counts, &c->why), &c->why);
    assert_int_equal(c->n, 1);
    assert_int_equal(c->counts.n_files, 1);
    assert_int_equal(c->counts.n_files_failed, 1);
    assert_trouble(c, 0, "/garbage||of no known format; --format NAME");
    catch_dir_remove(&dir);
}

/* Root may open all: so the import runs as nobody. */
static void run_as_nobody(struct catch *c, const char *path)
{
    enum { NOBODY = 65534 };
    bool is_root = geteuid() == 0;
    if (is_root) {
        assert_int_equal(seteuid(NOBODY), 0);
    }
    enum rc rc = import_run(&c->opt, &path, 1, &c->counts, &c->why);
    if (is_root) {
        assert_int_equal(seteuid(0), 0);
    }
    assert_ok(rc, &c->why);
}

static void what_cannot_be_opened_is_told(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    (void)catch_file(c, &dir, "closed/e", STR(EVENT("e1")));
    const char *open = catch_file(c, &dir, "open/e", STR(EVENT("e2")));
    const char *file = catch_file(c, &dir, "open/f", STR(EVENT("e3")));
    struct str text = str_fmt(&c->arena, "%s/closed", dir.path);
    const char *closed = str_cz(&c->arena, text);
    text = str_fmt(&c->arena, "%s/open", dir.path);
    assert_int_equal(chmod(dir.path, 0755), 0);
    assert_int_equal(chmod(str_cz(&c->arena, text), 0755), 0);
    assert_int_equal(chmod(open, 0644), 0);
    assert_int_equal(chmod(file, 0), 0);
    assert_int_equal(chmod(closed, 0), 0);
    run_as_nobody(c, dir.path);
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].id, "e2");
    assert_int_equal(c->counts.n_files, 1);
    assert_int_equal(c->counts.n_files_failed, 2);
    assert_int_equal(c->n_troubles, 2);
    assert_trouble(c, 0, "/closed||opening folder");
    assert_trouble(c, 1, "/open/f||reading");
    run_as_nobody(c, closed);
    assert_int_equal(c->counts.n_files_failed, 1);
    assert_trouble(c, 2, "/closed||opening");
    run_as_nobody(c, file);
    assert_trouble(c, 3, "/f||opening");
    assert_int_equal(chmod(closed, 0700), 0);
    catch_dir_remove(&dir);
}

static void a_path_that_is_not_there_ends_the_import(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    catch_dir_make(&dir);
    const char *paths[] = {
        catch_file(c, &dir, "e", STR(EVENT("e1"))),
        "no such path",
    };
    assert_rc(import_run(&c->opt, paths, 2, &c->counts, &c->why), RC_NOT_FOUND);
    assert_true(has_text(str_from_cz(c->why.text), "no such path"));
    assert_int_equal(c->n, 0);
    catch_dir_remove(&dir);
}

static void an_unknown_format_is_refused_with_the_known_ones(void **state)
{
    struct catch *c = *state;
    c->opt.format = "cvs";
    assert_rc(import_bytes(&c->opt, "x", STR("a"), &c->counts, &c->why),
              RC_INVALID);
    assert_true(has_text(str_from_cz(c->why.text),
                         "no format is called cvs; there are "
                         "anthropic-costs, anthropic-usage, bedrock, "
                         "claude-code, codex, csv"));
}

static void a_format_can_be_demanded(void **state)
{
    struct catch *c = *state;
    catch_text(c, "x", STR("{\"model\":\"gpt-4o\"}"));
    assert_int_equal(c->counts.n_files_failed, 1);
    c->opt.format = "events";
    catch_text(c, "x", STR("{\"model\":\"gpt-4o\"}"));
    assert_int_equal(c->n, 1);
}

static void a_pipe_is_imported(void **state)
{
    struct catch *c = *state;
    static const struct str texts[] = {STR_INIT(EVENT("e1") EVENT("e2")),
                                       STR_INIT(CLAUDE)};
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        int fd[2];
        assert_int_equal(pipe(fd), 0);
        assert_int_equal(write(fd[1], texts[i].p, texts[i].n), texts[i].n);
        assert_int_equal(close(fd[1]), 0);
        struct str path = str_fmt(&c->arena, "/dev/fd/%d", fd[0]);
        catch_run(c, str_cz(&c->arena, path));
        assert_int_equal(close(fd[0]), 0);
        assert_int_equal(c->counts.n_files, 1);
        assert_int_equal(c->counts.n_bytes, texts[i].n);
    }
    assert_int_equal(c->n, 3);
}

/* The sink's no ends the import at once, with its words. */
static void the_sinks_no_is_the_end(void **state)
{
    static const char *const texts[] = {
        (EVENT("e1") EVENT("e2") EVENT("e3")),
        ("[" EVENT("e1") "," EVENT("e2") "," EVENT("e3") "]"),
        ("id,ts,model,input_tokens\na,2026-10-01,gpt-4o,1\n"
         "b,2026-10-01,gpt-4o,1\nc,2026-10-01,gpt-4o,1\n"),
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        c->refuse_with = RC_FULL;
        c->refuse_from = 1;
        assert_rc(import_bytes(&c->opt, "x", str_from_cz(texts[i]), &c->counts,
                               &c->why),
                  RC_FULL);
        assert_string_equal(c->why.text, "the sink is full");
        assert_int_equal(c->n, 1);
        assert_int_equal(c->counts.n_events, 1);
        assert_int_equal(c->counts.n_rejected, 0);
        assert_int_equal(c->n_troubles, 0);
        (void)catch_teardown(&fresh);
    }
    void *fresh = NULL;
    assert_int_equal(catch_setup(&fresh), 0);
    struct catch *c = fresh;
    c->refuse_with = RC_FULL;
    assert_rc(import_bytes(&c->opt, "x", STR(CLAUDE), &c->counts, &c->why),
              RC_FULL);
    assert_int_equal(c->counts.n_rejected, 0);
    (void)catch_teardown(&fresh);
}

/* However many threads read, what comes out is the same, in the same order. */
static void threads_change_nothing(void **state)
{
    struct catch *c = *state;
    struct catch_dir dir;
    struct buf text;
    struct buf ids;
    catch_dir_make(&dir);
    buf_init(&text, 4 * 1024 * 1024);
    buf_init(&ids, 64 * 1024);
    for (int file = 0; file < 12; file++) {
        buf_clear(&text);
        for (int i = 0; i < 10; i++) {
            buf_fmt(&text,
                    "{\"sessionId\":\"s-%d\",\"message\":{\"id\":\"m%d\","
                    "\"content\":\"%*s\",\"model\":\"claude-opus-4-8\","
                    "\"usage\":{\"output_tokens\":%d}},\"requestId\":\"r%d\","
                    "\"type\":\"assistant\",\"timestamp\":"
                    "\"2026-09-30T08:00:%02dZ\"}\n",
                    file, file * 7 + i, 20000, "", i + 1, file * 7 + i, i);
        }
        (void)catch_file(
            c, &dir, str_cz(&c->arena, str_fmt(&c->arena, "%d.jsonl", file)),
            buf_view(&text));
    }
    for (int threads = 1; threads <= 4; threads++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *t = fresh;
        t->opt.n_threads = threads;
        catch_run(t, dir.path);
        buf_clear(&text);
        for (size_t i = 0; i < t->n; i++) {
            buf_fmt(&text, "%.*s %.*s %lld\n", STR_ARG(t->event[i].id),
                    STR_ARG(t->event[i].dim[DIM_WORKFLOW]),
                    (long long)t->event[i].token[TOKEN_OUTPUT]);
        }
        if (threads == 1) {
            assert_int_equal(t->n, 7 * 11 + 10);
            buf_str(&ids, buf_view(&text));
        }
        assert_true(str_eq(buf_view(&text), buf_view(&ids)));
        (void)catch_teardown(&fresh);
    }
    buf_fini(&ids);
    buf_fini(&text);
    catch_dir_remove(&dir);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_found_by_content),
        cmocka_unit_test(what_else_it_may_be_is_hinted_at),
        cmocka_unit_test(the_table_is_sorted_and_whole),
        cmocka_unit_test(shapes_are_told_apart),
        WITH_CATCH(a_folder_of_all_kinds_is_walked),
        WITH_CATCH(a_named_file_of_no_format_is_told),
        WITH_CATCH(what_cannot_be_opened_is_told),
        WITH_CATCH(a_path_that_is_not_there_ends_the_import),
        WITH_CATCH(an_unknown_format_is_refused_with_the_known_ones),
        WITH_CATCH(a_format_can_be_demanded),
        WITH_CATCH(a_pipe_is_imported),
        cmocka_unit_test(the_sinks_no_is_the_end),
        WITH_CATCH(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
