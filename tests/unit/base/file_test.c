#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

/* Each test works in a new folder below the one it was started in. */
struct fixture {
    char root[64];
    int start; /* the folder it was started in */
    struct buf out;
    struct why why;
};

static int setup(void **state)
{
    static struct fixture f;
    f.start = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memcpy(f.root, "file-test-XXXXXX", sizeof("file-test-XXXXXX"));
    if (mkdtemp(f.root) == NULL || chdir(f.root) != 0) {
        return -1;
    }
    buf_init(&f.out, 100000);
    *state = &f;
    return 0;
}

static int remove_below(const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", "--", path, (char *)NULL);
        _exit(127);
    }
    int status;
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    buf_fini(&f->out);
    int res = fchdir(f->start);
    close(f->start);
    return res == 0 ? remove_below(f->root) : res;
}

static void make(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct str content(struct fixture *f, const char *path)
{
    buf_clear(&f->out);
    assert_ok(file_read(path, false, &f->out, &f->why), &f->why);
    return buf_view(&f->out);
}

/* ---- reading ---- */

static void a_file_is_read_behind_what_stands_there(void **state)
{
    struct fixture *f = *state;
    make("a", "one");
    make("empty", "");
    buf_cz(&f->out, "> ");
    assert_ok(file_read("a", false, &f->out, &f->why), &f->why);
    assert_ok(file_read("empty", false, &f->out, &f->why), &f->why);
    assert_str(buf_view(&f->out), "> one");
}

static void a_large_file_is_read_whole(void **state)
{
    struct fixture *f = *state;
    static char text[90001];
    memset(text, 'x', sizeof(text) - 1);
    text[70000] = 'y';
    make("a", text);
    struct str got = content(f, "a");
    assert_int_equal(got.n, 90000);
    assert_int_equal(str_find_char(got, 'y', 0), 70000);
}

static void reading_stops_at_the_ceiling(void **state)
{
    struct fixture *f = *state;
    struct buf small;
    make("a", "12345");
    buf_init(&small, 5);
    assert_ok(file_read("a", false, &small, &f->why), &f->why);
    assert_str(buf_view(&small), "12345");
    buf_fini(&small);
    buf_init(&small, 6);
    buf_cz(&small, "><");
    assert_rc(file_read("a", false, &small, &f->why), RC_LIMIT);
    assert_string_equal(f->why.text, "a is larger than 6 bytes");
    assert_str(buf_view(&small), "><");
    buf_fini(&small);
}

static void what_cannot_be_read_says_why(void **state)
{
    struct fixture *f = *state;
    assert_rc(file_read("none", false, &f->out, &f->why), RC_NOT_FOUND);
    assert_non_null(strstr(f->why.text, "none"));
    assert_rc(file_read(".", false, &f->out, &f->why), RC_IO);
    assert_rc(file_read("-", false, &f->out, &f->why), RC_NOT_FOUND);
}

static void a_dash_is_standard_input(void **state)
{
    struct fixture *f = *state;
    make("a", "from a pipe");
    int saved = dup(STDIN_FILENO);
    int fd = open("a", O_RDONLY | O_CLOEXEC);
    assert_true(dup2(fd, STDIN_FILENO) >= 0);
    close(fd);
    enum rc rc = file_read("-", true, &f->out, &f->why);
    dup2(saved, STDIN_FILENO);
    close(saved);
    assert_ok(rc, &f->why);
    assert_str(buf_view(&f->out), "from a pipe");
}

static void a_mapped_file_is_its_bytes(void **state)
{
    struct fixture *f = *state;
    struct str bytes;
    make("a", "mapped");
    make("empty", "");
    assert_ok(file_map("a", &bytes, &f->why), &f->why);
    assert_str(bytes, "mapped");
    file_unmap(bytes);
    assert_ok(file_map("empty", &bytes, &f->why), &f->why);
    assert_int_equal(bytes.n, 0);
    file_unmap(bytes);
}

static void only_regular_files_are_mapped(void **state)
{
    struct fixture *f = *state;
    struct str bytes = STR("untouched");
    assert_rc(file_map("none", &bytes, &f->why), RC_NOT_FOUND);
    assert_rc(file_map(".", &bytes, &f->why), RC_IO);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_rc(file_map("pipe", &bytes, &f->why), RC_IO);
    assert_str(bytes, "untouched");
}

/* ---- writing ---- */

static int n_names(const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, NULL, NULL);
    for (int i = 0; i < n; i++) {
        free(names[i]);
    }
    free(names);
    return n - 2; /* "." and ".." */
}

static void replacing_leaves_only_the_new_file(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_ok(file_replace("d/a", STR("one"), &f->why), &f->why);
    assert_str(content(f, "d/a"), "one");
    assert_int_equal(stat("d/a", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(chmod("d/a", 0640), 0);
    assert_ok(file_replace("d/a", STR("2"), &f->why), &f->why);
    assert_str(content(f, "d/a"), "2");
    assert_int_equal(stat("d/a", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(n_names("d"), 1);
}

static void replacing_in_vain_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    assert_rc(file_replace("none/a", STR("x"), &f->why), RC_NOT_FOUND);
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkdir("d/folder", 0700), 0);
    assert_rc(file_replace("d/folder", STR("x"), &f->why), RC_IO);
    assert_int_equal(n_names("d"), 1);
}

static void a_path_too_long_is_refused(void **state)
{
    struct fixture *f = *state;
    static char path[PATH_MAX + 10];
    memset(path, 'x', sizeof(path) - 1);
    assert_rc(file_replace(path, STR("x"), &f->why), RC_IO);
    assert_rc(file_make_dirs(path, &f->why), RC_IO);
    assert_rc(file_append(path, STR("x"), true, &f->why), RC_IO);
}

static void appending_makes_the_file_and_goes_on(void **state)
{
    struct fixture *f = *state;
    assert_ok(file_append("a", STR("one "), true, &f->why), &f->why);
    assert_ok(file_append("a", STR("two "), true, &f->why), &f->why);
    assert_ok(file_append("a", STR("three"), false, &f->why), &f->why);
    assert_str(content(f, "a"), "one two three");
    assert_rc(file_append("none/a", STR("x"), false, &f->why), RC_NOT_FOUND);
}

static void a_full_disk_is_told_as_such(void **state)
{
    struct fixture *f = *state;
    assert_rc(file_append("/dev/full", STR("x"), false, &f->why), RC_FULL);
    assert_non_null(strstr(f->why.text, "/dev/full"));
}

static void all_bytes_are_written_through_a_pipe(void **state)
{
    struct fixture *f = *state;
    static char text[200000];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork(); /* the pipe holds less: so it is written in parts */
    if (pid == 0) {
        memset(text, 'x', sizeof(text));
        close(ends[0]);
        enum rc rc = file_write_all(ends[1], text, sizeof(text), NULL);
        _exit(rc == RC_OK ? 0 : 1);
    }
    close(ends[1]);
    size_t n = 0;
    ssize_t got;
    do {
        got = read(ends[0], text, sizeof(text));
        n += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(n, sizeof(text));
    assert_rc(file_write_all(-1, "x", 1, &f->why), RC_IO);
}

static void missing_folders_are_made(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    assert_ok(file_make_dirs("a/b//c/", &f->why), &f->why);
    assert_int_equal(stat("a/b/c", &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_ok(file_make_dirs("a/b/c", &f->why), &f->why);
    assert_ok(file_make_dirs("/", &f->why), &f->why);
    assert_ok(file_sync_dir("a/b", &f->why), &f->why);
    make("a/file", "");
    assert_rc(file_make_dirs("a/file", &f->why), RC_IO);
    assert_rc(file_make_dirs("a/file/x", &f->why), RC_IO);
    assert_rc(file_make_dirs("", &f->why), RC_INVALID);
    assert_rc(file_sync_dir("a/none", &f->why), RC_NOT_FOUND);
}

/* ---- walking ---- */

struct seen {
    struct buf files;    /* "path=bytes " each */
    struct buf troubles; /* "path:rc's words\n" each */
    const char *stop_at;
};

static enum rc see(void *arg, const char *path, uint64_t bytes,
                   int64_t modified_us, struct why *why)
{
    struct seen *s = arg;
    assert_true(modified_us > 0);
    if (s->stop_at != NULL && strcmp(path, s->stop_at) == 0) {
        return why_set(why, RC_CORRUPT, "stopped at %s", path);
    }
    buf_fmt(&s->files, "%s=%llu ", path, (unsigned long long)bytes);
    return RC_OK;
}

static void see_trouble(void *arg, const char *path, const struct why *why)
{
    struct seen *s = arg;
    buf_fmt(&s->troubles, "%s: %s\n", path, why->text);
}

static void seen_init(struct seen *s, const char *stop_at)
{
    buf_init(&s->files, 100000);
    buf_init(&s->troubles, 100000);
    s->stop_at = stop_at;
}

static void seen_fini(struct seen *s)
{
    buf_fini(&s->files);
    buf_fini(&s->troubles);
}

static void files_are_met_in_byte_order(void **state)
{
    struct fixture *f = *state;
    struct seen s;
    seen_init(&s, NULL);
    assert_ok(file_make_dirs("t/b/deep", &f->why), &f->why);
    assert_ok(file_make_dirs("t/empty", &f->why), &f->why);
    make("t/c", "123");
    make("t/a", "");
    make("t/B", "1");
    make("t/b/z", "12");
    make("t/b/deep/x", "1");
    make("t/.hidden", "1");
    assert_ok(file_walk("t", see, see_trouble, &s, &f->why), &f->why);
    assert_str(buf_view(&s.files),
               "t/.hidden=1 t/B=1 t/a=0 t/b/deep/x=1 t/b/z=2 t/c=3 ");
    assert_str(buf_view(&s.troubles), "");
    buf_clear(&s.files);
    assert_ok(file_walk("t/b/", see, see_trouble, &s, &f->why), &f->why);
    assert_str(buf_view(&s.files), "t/b/deep/x=1 t/b/z=2 ");
    seen_fini(&s);
}

static void a_file_itself_can_be_walked(void **state)
{
    struct fixture *f = *state;
    struct seen s;
    seen_init(&s, NULL);
    make("a", "123");
    assert_ok(file_walk("a", see, see_trouble, &s, &f->why), &f->why);
    assert_str(buf_view(&s.files), "a=3 ");
    assert_rc(file_walk("none", see, see_trouble, &s, &f->why), RC_NOT_FOUND);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_rc(file_walk("pipe", see, see_trouble, &s, &f->why), RC_INVALID);
    seen_fini(&s);
}

static void links_are_followed_to_files_only(void **state)
{
    struct fixture *f = *state;
    struct seen s;
    seen_init(&s, NULL);
    assert_ok(file_make_dirs("t/sub", &f->why), &f->why);
    make("t/sub/x", "1");
    assert_int_equal(symlink("sub/x", "t/to-file"), 0);
    assert_int_equal(symlink("sub", "t/to-folder"), 0);
    assert_int_equal(symlink(".", "t/to-itself"), 0);
    assert_int_equal(symlink("nowhere", "t/to-nothing"), 0);
    assert_int_equal(mkfifo("t/a-pipe", 0600), 0);
    assert_ok(file_walk("t", see, see_trouble, &s, &f->why), &f->why);
    assert_str(buf_view(&s.files), "t/sub/x=1 t/to-file=1 ");
    assert_true(str_starts(buf_view(&s.troubles), STR("t/to-nothing: ")));
    /* But whoever names a link to a folder means the folder. */
    buf_clear(&s.files);
    assert_ok(file_walk("t/to-folder", see, see_trouble, &s, &f->why), &f->why);
    assert_str(buf_view(&s.files), "t/to-folder/x=1 ");
    seen_fini(&s);
}

static void a_visitor_ends_the_walk(void **state)
{
    struct fixture *f = *state;
    struct seen s;
    seen_init(&s, "t/b/y");
    assert_ok(file_make_dirs("t/b", &f->why), &f->why);
    make("t/a", "");
    make("t/b/x", "");
    make("t/b/y", "");
    make("t/c", "");
    assert_rc(file_walk("t", see, see_trouble, &s, &f->why), RC_CORRUPT);
    assert_string_equal(f->why.text, "stopped at t/b/y");
    assert_str(buf_view(&s.files), "t/a=0 t/b/x=0 ");
    seen_fini(&s);
}

static void what_cannot_be_read_is_told_and_passed(void **state)
{
    struct fixture *f = *state;
    struct seen s;
    if (geteuid() == 0) {
        skip(); /* root reads everything */
    }
    seen_init(&s, NULL);
    assert_ok(file_make_dirs("t/b", &f->why), &f->why);
    make("t/a", "");
    make("t/b/x", "");
    make("t/c", "");
    assert_int_equal(chmod("t/a", 0), 0);
    assert_int_equal(chmod("t/b", 0), 0);
    enum rc rc = file_walk("t", see, see_trouble, &s, &f->why);
    assert_int_equal(chmod("t/b", 0700), 0);
    assert_ok(rc, &f->why);
    assert_str(buf_view(&s.files), "t/c=0 ");
    assert_true(str_find(buf_view(&s.troubles), STR("t/a: "), 0) == 0);
    assert_true(str_find(buf_view(&s.troubles), STR("\nt/b: "), 0) != SIZE_MAX);
    seen_fini(&s);
}

/* A folder with others below it down to `depth` folders, a file in each. */
static void make_deep(struct fixture *f, const char *root, int depth)
{
    struct buf path;
    buf_init(&path, 10000);
    buf_cz(&path, root);
    for (int i = 1; i < depth; i++) {
        buf_cz(&path, "/d");
    }
    size_t n = path.n;
    buf_add(&path, "", 1);
    assert_ok(file_make_dirs(path.p, &f->why), &f->why);
    path.n = n;
    buf_add(&path, "/x", 3);
    make(path.p, "");
    buf_fini(&path);
}

static void depth_is_limited(void **state)
{
    struct fixture *f = *state;
    struct seen s;
    seen_init(&s, NULL);
    make_deep(f, "at", LIMIT_FILE_WALK_DEPTH_MAX);
    assert_ok(file_walk("at", see, see_trouble, &s, &f->why), &f->why);
    assert_true(str_ends(buf_view(&s.files), STR("/d/d/x=0 ")));
    assert_str(buf_view(&s.troubles), "");
    buf_clear(&s.files);
    make_deep(f, "past", LIMIT_FILE_WALK_DEPTH_MAX + 1);
    make("past/z", "");
    assert_ok(file_walk("past", see, see_trouble, &s, &f->why), &f->why);
    assert_str(buf_view(&s.files), "past/z=0 ");
    assert_true(str_find(buf_view(&s.troubles), STR("over 32 folders"), 0) !=
                SIZE_MAX);
    seen_fini(&s);
}

/* ---- locks ---- */

/* Hold the lock in another process until *ret_release is closed. */
static pid_t hold_elsewhere(const char *path, int *ret_release)
{
    int ready[2];
    int release[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(release), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd;
        close(release[1]);
        if (file_lock(path, STR("process 42\n"), &fd, NULL, NULL) != RC_OK ||
            write(ready[1], "r", 1) != 1) {
            _exit(1);
        }
        (void)!read(release[0], &c, 1);
        _exit(0); /* the kernel ends the lock */
    }
    close(ready[1]);
    close(release[0]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    *ret_release = release[1];
    return pid;
}

static void a_lock_excludes_other_processes(void **state)
{
    struct fixture *f = *state;
    int release;
    int fd = -1;
    struct buf holder;
    buf_init(&holder, 1000);
    pid_t pid = hold_elsewhere("lock", &release);
    enum rc rc = file_lock("lock", STR("me"), &fd, &holder, &f->why);
    close(release);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_rc(rc, RC_BUSY);
    assert_int_equal(fd, -1);
    assert_str(buf_view(&holder), "process 42");
    assert_string_equal(f->why.text, "lock is held by process 42");
    /* The end of its process ended the lock. */
    assert_ok(file_lock("lock", STR("me"), &fd, NULL, &f->why), &f->why);
    assert_str(content(f, "lock"), "me");
    file_unlock(fd);
    buf_fini(&holder);
}

static void a_lock_ends_with_unlock(void **state)
{
    struct fixture *f = *state;
    int a;
    int b;
    assert_ok(file_lock("lock", STR("first"), &a, NULL, &f->why), &f->why);
    assert_rc(file_lock("lock", STR("second"), &b, NULL, &f->why), RC_BUSY);
    file_unlock(a);
    assert_str(content(f, "lock"), "");
    assert_ok(file_lock("lock", STR("second"), &b, NULL, &f->why), &f->why);
    assert_str(content(f, "lock"), "second");
    file_unlock(b);
    file_unlock(-1);
    assert_rc(file_lock("none/lock", STR(""), &a, NULL, &f->why), RC_NOT_FOUND);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_file_is_read_behind_what_stands_there),
        T(a_large_file_is_read_whole),
        T(reading_stops_at_the_ceiling),
        T(what_cannot_be_read_says_why),
        T(a_dash_is_standard_input),
        T(a_mapped_file_is_its_bytes),
        T(only_regular_files_are_mapped),
        T(replacing_leaves_only_the_new_file),
        T(replacing_in_vain_leaves_nothing),
        T(a_path_too_long_is_refused),
        T(appending_makes_the_file_and_goes_on),
        T(a_full_disk_is_told_as_such),
        T(all_bytes_are_written_through_a_pipe),
        T(missing_folders_are_made),
        T(files_are_met_in_byte_order),
        T(a_file_itself_can_be_walked),
        T(links_are_followed_to_files_only),
        T(a_visitor_ends_the_walk),
        T(what_cannot_be_read_is_told_and_passed),
        T(depth_is_limited),
        T(a_lock_excludes_other_processes),
        T(a_lock_ends_with_unlock),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
