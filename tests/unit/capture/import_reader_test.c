#include "import_catch.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "base/limits.h"
#include "capture/import/import_reader.h"

struct state {
    struct catch_dir dir;
    struct catch *c;
    struct import_reader r;
};

static int setup(void **state)
{
    struct state *s = calloc(1, sizeof(*s));
    void *c = NULL;
    assert_non_null(s);
    assert_int_equal(catch_setup(&c), 0);
    s->c = c;
    catch_dir_make(&s->dir);
    import_reader_init(&s->r);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct state *s = *state;
    void *c = s->c;
    import_reader_fini(&s->r);
    catch_dir_remove(&s->dir);
    (void)catch_teardown(&c);
    free(s);
    return 0;
}

static void assert_line(struct state *s, const char *want)
{
    struct str line;
    assert_ok(import_reader_line(&s->r, &line, &s->c->why), &s->c->why);
    if (!str_eq(line, str_from_cz(want))) {
        print_error("\"%.*s\" is not \"%s\"\n", STR_ARG(line), want);
        fail();
    }
}

static void assert_end(struct state *s)
{
    struct str line;
    assert_rc(import_reader_line(&s->r, &line, &s->c->why), RC_END);
    assert_rc(import_reader_line(&s->r, &line, &s->c->why), RC_END);
}

static void open_text(struct state *s, const char *name, struct str text)
{
    const char *path = catch_file(s->c, &s->dir, name, text);
    assert_ok(import_reader_open(&s->r, path, &s->c->why), &s->c->why);
}

static void lines_are_handed_out(void **state)
{
    struct state *s = *state;
    open_text(s, "a", STR("one\n\ntwo\r\nthree"));
    assert_true(s->r.can_reopen);
    assert_line(s, "one");
    assert_int_equal(s->r.line, 1);
    assert_line(s, "");
    assert_line(s, "two\r");
    assert_int_equal(s->r.line, 3);
    assert_line(s, "three");
    assert_end(s);
    assert_int_equal(s->r.n_read, 15);
}

static void a_reader_is_used_again(void **state)
{
    struct state *s = *state;
    open_text(s, "a", STR("one\ntwo\n"));
    assert_line(s, "one");
    open_text(s, "b", STR("\xef\xbb\xbfthree\n"));
    assert_line(s, "three");
    assert_int_equal(s->r.line, 1);
    assert_end(s);
    open_text(s, "c", STR(""));
    assert_end(s);
}

/* Lines that end before, at and behind the pieces in which a file is read. */
static void lines_cross_pieces(void **state)
{
    struct state *s = *state;
    struct buf text;
    struct str line;
    size_t n = 0;
    buf_init(&text, 16 * LIMIT_IMPORT_PIECE_BYTES);
    while (text.n < 3 * LIMIT_IMPORT_PIECE_BYTES) {
        size_t len = n * 7919 % 40000;
        buf_u64(&text, n);
        memset(buf_space(&text, len), 'x', len);
        buf_used(&text, len);
        buf_char(&text, '\n');
        n++;
    }
    open_text(s, "a", buf_view(&text));
    for (size_t i = 0; i < n; i++) {
        uint64_t number;
        assert_ok(import_reader_line(&s->r, &line, &s->c->why), &s->c->why);
        size_t x = str_find_char(line, 'x', 0);
        assert_rc(str_to_u64(str_sub(line, 0, x), &number), RC_OK);
        assert_int_equal(number, i);
        size_t digits = x == SIZE_MAX ? line.n : x;
        assert_int_equal(line.n - digits, i * 7919 % 40000);
    }
    assert_end(s);
    buf_fini(&text);
}

static void a_line_too_long_is_passed_over(void **state)
{
    struct state *s = *state;
    struct str line;
    struct buf text;
    buf_init(&text, 2 * (size_t)LIMIT_IMPORT_LINE_BYTES + 100);
    buf_cz(&text, "one\n");
    memset(buf_space(&text, LIMIT_IMPORT_LINE_BYTES), 'x',
           LIMIT_IMPORT_LINE_BYTES);
    buf_used(&text, LIMIT_IMPORT_LINE_BYTES);
    buf_cz(&text, "\n");
    memset(buf_space(&text, LIMIT_IMPORT_LINE_BYTES + 1), 'y',
           LIMIT_IMPORT_LINE_BYTES + 1);
    buf_used(&text, LIMIT_IMPORT_LINE_BYTES + 1);
    buf_cz(&text, "\nfour\n");
    open_text(s, "a", buf_view(&text));
    buf_fini(&text);
    assert_line(s, "one");
    assert_ok(import_reader_line(&s->r, &line, &s->c->why), &s->c->why);
    assert_int_equal(line.n, LIMIT_IMPORT_LINE_BYTES);
    assert_rc(import_reader_line(&s->r, &line, &s->c->why), RC_LIMIT);
    assert_true(has_text(str_from_cz(s->c->why.text), "the line is over"));
    assert_int_equal(s->r.line, 3);
    assert_line(s, "four");
    assert_int_equal(s->r.line, 4);
    assert_end(s);
}

static void the_rest_is_given_whole(void **state)
{
    struct state *s = *state;
    struct str text;
    open_text(s, "a", STR("one\ntwo\nthree"));
    assert_str(import_reader_head(&s->r), "one\ntwo\nthree");
    assert_line(s, "one");
    assert_ok(import_reader_whole(&s->r, &text, &s->c->why), &s->c->why);
    assert_str(text, "two\nthree");
}

static void gzip_is_unpacked(void **state)
{
    struct state *s = *state;
    struct str path = str_fmt(&s->c->arena, "%s/a.gz", s->dir.path);
    const char *name = str_cz(&s->c->arena, path);
    gzFile gz = gzopen(name, "wb");
    assert_non_null(gz);
    assert_int_equal(gzputs(gz, "one\ntwo\n"), 8);
    assert_int_equal(gzclose(gz), Z_OK);
    assert_ok(import_reader_open(&s->r, name, &s->c->why), &s->c->why);
    assert_line(s, "one");
    assert_line(s, "two");
    assert_end(s);
}

static void broken_gzip_is_refused(void **state)
{
    struct state *s = *state;
    const char *path =
        catch_file(s->c, &s->dir, "a.gz", STR("\x1f\x8b\x08garbage"));
    assert_rc(import_reader_open(&s->r, path, &s->c->why), RC_PARSE);
    assert_true(has_text(str_from_cz(s->c->why.text), "gzip"));
    assert_end(s);
}

/* What is written behind while it is read does not come along: the reject
 * log of an import may be what is imported. */
static void a_file_that_grows_ends(void **state)
{
    struct state *s = *state;
    open_text(s, "a", STR("one\ntwo\n"));
    (void)catch_file(s->c, &s->dir, "a", STR("three\n"));
    assert_line(s, "one");
    assert_line(s, "two");
    assert_end(s);
}

/* Nor does it matter that a file is cut while it is read. */
static void a_file_that_shrinks_ends(void **state)
{
    struct state *s = *state;
    struct buf text;
    struct str line;
    size_t n = 0;
    buf_init(&text, 4 * LIMIT_IMPORT_PIECE_BYTES);
    while (text.n < 2 * LIMIT_IMPORT_PIECE_BYTES) {
        buf_cz(&text, "a line of a log\n");
    }
    const char *path = catch_file(s->c, &s->dir, "a", buf_view(&text));
    buf_fini(&text);
    assert_ok(import_reader_open(&s->r, path, &s->c->why), &s->c->why);
    assert_int_equal(truncate(path, 1000), 0);
    while (import_reader_line(&s->r, &line, &s->c->why) == RC_OK) {
        assert_str(line, "a line of a log");
        n++;
    }
    assert_int_equal(n, LIMIT_IMPORT_PIECE_BYTES / 16);
    assert_end(s);
}

static void a_pipe_is_read_once(void **state)
{
    struct state *s = *state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], "one\ntwo", 7), 7);
    assert_int_equal(close(fd[1]), 0);
    struct str path = str_fmt(&s->c->arena, "/dev/fd/%d", fd[0]);
    assert_ok(import_reader_open(&s->r, str_cz(&s->c->arena, path), &s->c->why),
              &s->c->why);
    assert_false(s->r.can_reopen);
    assert_line(s, "one");
    assert_line(s, "two");
    assert_end(s);
    assert_int_equal(close(fd[0]), 0);
}

static void what_is_not_there_is_told(void **state)
{
    struct state *s = *state;
    assert_rc(import_reader_open(&s->r, "no such file", &s->c->why),
              RC_NOT_FOUND);
    assert_end(s);
    assert_rc(import_reader_open(&s->r, s->dir.path, &s->c->why), RC_IO);
}

#define WITH_STATE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STATE(lines_are_handed_out),
        WITH_STATE(a_reader_is_used_again),
        WITH_STATE(lines_cross_pieces),
        WITH_STATE(a_line_too_long_is_passed_over),
        WITH_STATE(the_rest_is_given_whole),
        WITH_STATE(gzip_is_unpacked),
        WITH_STATE(broken_gzip_is_refused),
        WITH_STATE(a_file_that_grows_ends),
        WITH_STATE(a_file_that_shrinks_ends),
        WITH_STATE(a_pipe_is_read_once),
        WITH_STATE(what_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
