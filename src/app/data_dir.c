#include "app/data_dir.h"

#include "base/file.h"
#include "base/why.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum rc data_dir_find(const char *given, bool demo,
                      char ret_path[DATA_DIR_PATH_MAX], struct why *why)
{
    const char *toll_data = getenv("TOLL_DATA");
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    const char *suffix = demo ? "-demo" : "";
    int n;

    if (given != NULL && given[0] != '\0') {
        n = snprintf(ret_path, DATA_DIR_PATH_MAX, "%s", given);
    } else if (toll_data != NULL && toll_data[0] != '\0') {
        n = snprintf(ret_path, DATA_DIR_PATH_MAX, "%s", toll_data);
    } else if (xdg != NULL && xdg[0] == '/') {
        n = snprintf(ret_path, DATA_DIR_PATH_MAX, "%s/toll%s", xdg, suffix);
    } else if (home != NULL && home[0] == '/') {
        n = snprintf(ret_path, DATA_DIR_PATH_MAX, "%s/.local/share/toll%s",
                     home, suffix);
    } else {
        return why_set(why, RC_INVALID,
                       "no data directory: neither --data nor TOLL_DATA nor "
                       "HOME is set");
    }
    /* Room for the names of files inside. */
    if (n < 0 || n >= DATA_DIR_PATH_MAX - 256) {
        return why_set(why, RC_LIMIT,
                       "the data directory's path is over %d "
                       "bytes",
                       DATA_DIR_PATH_MAX - 256);
    }
    return RC_OK;
}

/* The note is "pid 123\nWHAT\nURL\n". */
static void read_note(struct str note, struct str *ret_pid,
                      struct str *ret_what, struct str *ret_url)
{
    *ret_pid = STR("pid unknown");
    *ret_what = STR("toll");
    *ret_url = STR_EMPTY;
    (void)str_cut(&note, '\n', ret_pid);
    (void)str_cut(&note, '\n', ret_what);
    (void)str_cut(&note, '\n', ret_url);
}

enum rc data_dir_lock(const char *dir, int *ret_fd, struct buf *ret_url,
                      struct why *why)
{
    char path[DATA_DIR_PATH_MAX];
    struct buf note;
    struct buf holder;
    int fd = -1;
    enum rc rc;

    buf_init(&note, 256);
    buf_init(&holder, 4096);
    rc = file_make_dirs(dir, why);
    if (rc != RC_OK) {
        goto out;
    }
    (void)snprintf(path, sizeof path, "%s/toll.lock", dir);
    buf_fmt(&note, "pid %ld\nstarting\n\n", (long)getpid());
    rc = file_lock(path, buf_view(&note), &fd, &holder, why);
    if (rc == RC_BUSY) {
        struct str pid;
        struct str what;
        struct str url;

        read_note(buf_view(&holder), &pid, &what, &url);
        buf_str(ret_url, url);
        (void)why_set(why, RC_BUSY, "%s is held by %.*s (%.*s%s%.*s)%s", dir,
                      STR_ARG(pid), STR_ARG(what), url.n > 0 ? " at " : "",
                      STR_ARG(url),
                      url.n > 0 ? "" : "; try again when that has ended");
        goto out;
    }
    if (rc == RC_OK) {
        *ret_fd = fd;
    }
out:
    buf_fini(&holder);
    buf_fini(&note);
    return rc;
}

enum rc data_dir_announce(int fd, const char *what, const char *url,
                          struct why *why)
{
    struct buf note;
    enum rc rc = RC_OK;

    buf_init(&note, 1024);
    buf_fmt(&note, "pid %ld\n%s\n%s\n", (long)getpid(), what, url);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, note.p, note.n, 0) < 0) {
        rc = why_errno(why, errno, "write the lock's note");
    }
    buf_fini(&note);
    return rc;
}
