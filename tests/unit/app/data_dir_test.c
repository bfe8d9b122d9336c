#include "app/data_dir.h"
#include "base/file.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_where_it_is(void **state)
{
    (void)state;
    char path[DATA_DIR_PATH_MAX];
    struct why why;

    assert_int_equal(unsetenv("TOLL_DATA"), 0);
    assert_int_equal(setenv("HOME", "/home/a", 1), 0);
    assert_int_equal(unsetenv("XDG_DATA_HOME"), 0);
    assert_ok(data_dir_find(NULL, false, path, &why), &why);
    assert_string_equal(path, "/home/a/.local/share/toll");
    assert_ok(data_dir_find(NULL, true, path, &why), &why);
    assert_string_equal(path, "/home/a/.local/share/toll-demo");
    assert_int_equal(setenv("XDG_DATA_HOME", "/x", 1), 0);
    assert_ok(data_dir_find(NULL, false, path, &why), &why);
    assert_string_equal(path, "/x/toll");
    assert_int_equal(setenv("TOLL_DATA", "/y", 1), 0);
    assert_ok(data_dir_find(NULL, true, path, &why), &why);
    assert_string_equal(path, "/y");
    assert_ok(data_dir_find("/z", false, path, &why), &why);
    assert_string_equal(path, "/z");
}

/* Another process that tries the lock: what it saw, as its exit code. */
static int try_elsewhere(const char *dir)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct buf url;
        struct why why;
        int fd = -1;

        buf_init(&url, 256);
        enum rc rc = data_dir_lock(dir, &fd, &url, &why);
        bool told =
            str_eq(buf_view(&url), STR("http://127.0.0.1:1")) &&
            str_find(str_from_cz(why.text), STR("toll serve"), 0) != SIZE_MAX;
        _exit(rc == RC_OK ? 0 : rc == RC_BUSY && told ? 1 : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_one_process_holds_it(void **state)
{
    (void)state;
    char dir[] = "/tmp/toll-test-XXXXXX";
    char path[64];
    struct buf url;
    struct why why;
    int fd = -1;

    assert_non_null(mkdtemp(dir));
    buf_init(&url, 256);
    assert_ok(data_dir_lock(dir, &fd, &url, &why), &why);
    assert_ok(data_dir_announce(fd, "toll serve", "http://127.0.0.1:1", &why),
              &why);
    assert_int_equal(try_elsewhere(dir), 1);
    file_unlock(fd);
    assert_int_equal(try_elsewhere(dir), 0);
    buf_fini(&url);
    (void)snprintf(path, sizeof path, "%s/toll.lock", dir);
    (void)unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_it_is),
        cmocka_unit_test(test_one_process_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
