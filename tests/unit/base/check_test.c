#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

/* run_in_child: how a process ends that runs `body`, and what it says
 * on standard error. */
static int run_in_child(void (*body)(void), char *ret_text, size_t cap)
{
    int fds[2];
    int status = 0;
    size_t n = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(fds), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0};

        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        dup2(fds[1], STDERR_FILENO);
        close(fds[0]);
        close(fds[1]);
        body();
        _exit(0);
    }
    close(fds[1]);
    while ((got = read(fds[0], ret_text + n, cap - 1 - n)) > 0) {
        n += (size_t)got;
    }
    close(fds[0]);
    ret_text[n] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void hold(void)
{
    CHECK(1 + 1 == 2);
}

static void break_it(void)
{
    CHECK(1 + 1 == 3);
}

static void break_it_at_length(void)
{
    char cond[2000];

    memset(cond, 'x', sizeof(cond) - 1);
    cond[sizeof(cond) - 1] = '\0';
    check_failed("some.c", 12, cond);
}

static void goes_on_when_true(void **state)
{
    char text[1024];
    int status = run_in_child(hold, text, sizeof(text));

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(text, "");
}

static void aborts_and_says_where(void **state)
{
    char text[1024];
    int status = run_in_child(break_it, text, sizeof(text));

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "check_test.c:"));
    assert_non_null(strstr(text, "1 + 1 == 3\n"));
}

static void ends_a_long_line(void **state)
{
    char text[1024];
    int status = run_in_child(break_it_at_length, text, sizeof(text));

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(text, "some.c:12: xxx"));
    assert_int_equal(text[strlen(text) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_when_true),
        cmocka_unit_test(aborts_and_says_where),
        cmocka_unit_test(ends_a_long_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
