#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

enum { TEXT_BYTES = 4096 };

/* What stands on standard error while a test runs goes to a pipe. */
struct fixture {
    int saved;
    int pipe[2];
    char text[TEXT_BYTES];
};

static int setup(void **state)
{
    static struct fixture f;
    if (pipe2(f.pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -1;
    }
    f.saved = dup(STDERR_FILENO);
    *state = &f;
    return dup2(f.pipe[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    dup2(f->saved, STDERR_FILENO);
    close(f->saved);
    close(f->pipe[0]);
    close(f->pipe[1]);
    log_set_level(LOG_LEVEL_INFO);
    return 0;
}

/* All that was logged since the last call. */
static const char *logged(struct fixture *f)
{
    ssize_t n = read(f->pipe[0], f->text, sizeof(f->text) - 1);
    f->text[n > 0 ? n : 0] = '\0';
    return f->text;
}

static bool matches(const char *text, const char *pattern)
{
    regex_t re;
    assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
    int res = regexec(&re, text, 0, NULL, 0);
    regfree(&re);
    return res == 0;
}

static void an_entry_has_time_level_room_and_text(void **state)
{
    struct fixture *f = *state;
    log_info("intake", "took %d of %s", 3, "four");
    assert_true(matches(logged(f), "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T"
                                   "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z "
                                   "info  intake: took 3 of four\n$"));
    log_error("store", "disk");
    assert_true(matches(logged(f), "Z error store: disk\n$"));
}

static void lower_levels_are_silent(void **state)
{
    struct fixture *f = *state;
    log_debug("a", "x");
    assert_string_equal(logged(f), "");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("a", "x");
    assert_true(matches(logged(f), "debug a: x\n$"));
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("a", "x");
    assert_string_equal(logged(f), "");
    log_error("a", "x");
    assert_true(matches(logged(f), "error a: x\n$"));
}

static void an_entry_stays_one_line(void **state)
{
    struct fixture *f = *state;
    log_warn("a", "one\ntwo\r\x1b[31mthree\x7f");
    assert_true(matches(logged(f), "warn  a: one two  \\[31mthree \n$"));
}

static void a_long_entry_is_cut(void **state)
{
    struct fixture *f = *state;
    char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_info("a", "%s", text);
    const char *line = logged(f);
    size_t n = strlen(line);
    assert_true(n > 1000 && n <= 1024);
    assert_int_equal(line[n - 1], '\n');
    assert_int_equal(line[n - 2], 'x');
}

static void errno_is_kept(void **state)
{
    struct fixture *f = *state;
    int closed = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    errno = ENOENT;
    log_info("a", "nobody hears");
    int err = errno;
    dup2(closed, STDERR_FILENO);
    close(closed);
    assert_int_equal(err, ENOENT);
    assert_string_equal(logged(f), "");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(an_entry_has_time_level_room_and_text),
        T(lower_levels_are_silent),
        T(an_entry_stays_one_line),
        T(a_long_entry_is_cut),
        T(errno_is_kept),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
