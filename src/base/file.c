#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/why.h"

enum {
    CHUNK_BYTES = 64 * 1024,
    MODE_FILE = 0600,
    MODE_FOLDER = 0700,
    NOTE_BYTES = 120 /* of a lock's note; leaves room in a why */
};

static int open_retry(const char *path, int flags)
{
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, MODE_FILE);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* close, where what it could report was asked before by fsync or does not
 * matter, as after reading. */
static void close_fd(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* ---- whole files ---- */

static ssize_t read_some(int fd, void *p, size_t n)
{
    ssize_t got;
    do {
        got = read(fd, p, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

static enum rc read_all(int fd, const char *name, struct buf *out,
                        struct why *why)
{
    for (;;) {
        size_t room = out->n < out->max ? out->max - out->n : 0;
        size_t n = room < CHUNK_BYTES ? room : CHUNK_BYTES;
        char lent; /* at the ceiling: is there one byte more? */
        char *p = n > 0 ? buf_space(out, n) : &lent;
        if (p == NULL) {
            return buf_rc(out, why);
        }
        ssize_t got = read_some(fd, p, n > 0 ? n : 1);
        if (got < 0) {
            return why_errno(why, errno, "reading %s", name);
        }
        if (got == 0) {
            return RC_OK;
        }
        if (n == 0) {
            return why_set(why, RC_LIMIT, "%s is larger than %zu bytes", name,
                           out->max);
        }
        buf_used(out, (size_t)got);
    }
}

enum rc file_read(const char *path, bool dash_is_stdin, struct buf *out,
                  struct why *why)
{
    bool from_stdin = dash_is_stdin && strcmp(path, "-") == 0;
    const char *name = from_stdin ? "standard input" : path;
    int fd = from_stdin ? STDIN_FILENO : open_retry(path, O_RDONLY);
    if (fd < 0) {
        return why_errno(why, errno, "opening %s", name);
    }
    size_t n_before = out->n;
    enum rc rc = read_all(fd, name, out, why);
    if (rc != RC_OK) {
        out->n = n_before;
    }
    if (!from_stdin) {
        close_fd(fd);
    }
    return rc;
}

enum rc file_map(const char *path, struct str *ret_bytes, struct why *why)
{
    enum rc rc = RC_OK;
    struct stat st;
    /* Without O_NONBLOCK opening a pipe would wait for its writer. */
    int fd = open_retry(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) {
        return why_errno(why, errno, "opening %s", path);
    }
    if (fstat(fd, &st) != 0) {
        rc = why_errno(why, errno, "looking at %s", path);
    } else if (!S_ISREG(st.st_mode)) {
        rc = why_set(why, RC_IO, "%s is not a regular file", path);
    } else if (st.st_size == 0) {
        *ret_bytes = STR_EMPTY;
    } else {
        size_t n = (size_t)st.st_size;
        void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED) {
            rc = why_errno(why, errno, "mapping %s", path);
        } else {
            /* Only a hint: read ahead further. */
            (void)madvise(p, n, MADV_SEQUENTIAL);
            *ret_bytes = (struct str){.p = p, .n = n};
        }
    }
    close_fd(fd);
    return rc;
}

void file_unmap(struct str bytes)
{
    if (bytes.n > 0) {
        /* munmap wants the pointer as mmap gave it, without const. */
        union {
            const char *borrowed;
            void *own;
        } p = {.borrowed = bytes.p};
        (void)munmap(p.own, bytes.n);
    }
}

static enum rc write_named(int fd, const char *name, const void *p, size_t n,
                           struct why *why)
{
    const char *from = p;
    while (n > 0) {
        ssize_t put = write(fd, from, n);
        if (put < 0 && errno != EINTR) {
            return why_errno(why, errno, "writing %s", name);
        }
        if (put > 0) {
            from += put;
            n -= (size_t)put;
        }
    }
    return RC_OK;
}

enum rc file_write_all(int fd, const void *p, size_t n, struct why *why)
{
    return write_named(fd, "to a file", p, n, why);
}

/* ---- durable changes ---- */

/* The folder in which `path` stands. */
static enum rc parent_of(const char *path, char parent[static PATH_MAX],
                         struct why *why)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') {
        n--;
    }
    while (n > 0 && path[n - 1] != '/') {
        n--;
    }
    while (n > 1 && path[n - 1] == '/') {
        n--;
    }
    if (n >= PATH_MAX) {
        return why_errno(why, ENAMETOOLONG, "finding a folder");
    }
    if (n == 0) {
        memcpy(parent, ".", 2);
    } else {
        memcpy(parent, path, n);
        parent[n] = '\0';
    }
    return RC_OK;
}

enum rc file_sync_dir(const char *path, struct why *why)
{
    int fd = open_retry(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return why_errno(why, errno, "opening folder %s", path);
    }
    enum rc rc = RC_OK;
    if (fsync(fd) != 0) {
        rc = why_errno(why, errno, "flushing folder %s", path);
    }
    close_fd(fd);
    return rc;
}

static enum rc sync_parent(const char *path, struct why *why)
{
    char parent[PATH_MAX];
    enum rc rc = parent_of(path, parent, why);
    return rc == RC_OK ? file_sync_dir(parent, why) : rc;
}

/* All of a new file, with the permissions of the one it will replace. */
static enum rc fill_beside(int fd, const char *path, struct str bytes,
                           struct why *why)
{
    struct stat old;
    if (stat(path, &old) == 0 && fchmod(fd, old.st_mode & 0777) != 0) {
        return why_errno(why, errno, "setting permissions beside %s", path);
    }
    enum rc rc = write_named(fd, path, bytes.p, bytes.n, why);
    if (rc == RC_OK && fsync(fd) != 0) {
        rc = why_errno(why, errno, "flushing %s", path);
    }
    return rc;
}

enum rc file_replace(const char *path, struct str bytes, struct why *why)
{
    char temp[PATH_MAX];
    int n = snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof(temp)) {
        return why_errno(why, ENAMETOOLONG, "writing beside a file");
    }
    int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0) {
        return why_errno(why, errno, "writing beside %s", path);
    }
    enum rc rc = fill_beside(fd, path, bytes, why);
    close_fd(fd);
    if (rc == RC_OK && rename(temp, path) != 0) {
        rc = why_errno(why, errno, "replacing %s", path);
    }
    if (rc != RC_OK) {
        (void)unlink(temp);
        return rc;
    }
    return sync_parent(path, why);
}

enum rc file_append(const char *path, struct str bytes, bool sync,
                    struct why *why)
{
    bool created = false;
    int fd = open_retry(path, O_WRONLY | O_APPEND);
    if (fd < 0 && errno == ENOENT) {
        created = true;
        fd = open_retry(path, O_WRONLY | O_APPEND | O_CREAT);
    }
    if (fd < 0) {
        return why_errno(why, errno, "opening %s", path);
    }
    enum rc rc = write_named(fd, path, bytes.p, bytes.n, why);
    if (rc == RC_OK && sync && fsync(fd) != 0) {
        rc = why_errno(why, errno, "flushing %s", path);
    }
    close_fd(fd);
    /* A new file's bytes are only as durable as its name. */
    if (rc == RC_OK && sync && created) {
        rc = sync_parent(path, why);
    }
    return rc;
}

static enum rc make_dir(const char *path, struct why *why)
{
    if (mkdir(path, MODE_FOLDER) == 0) {
        return RC_OK;
    }
    int err = errno;
    struct stat st;
    if (stat(path, &st) != 0) {
        return why_errno(why, err, "making folder %s", path);
    }
    if (!S_ISDIR(st.st_mode)) {
        return why_errno(why, ENOTDIR, "making folder %s", path);
    }
    return RC_OK;
}

enum rc file_make_dirs(const char *path, struct why *why)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0) {
        return why_set(why, RC_INVALID, "a folder's path is empty");
    }
    if (n >= sizeof(part)) {
        return why_errno(why, ENAMETOOLONG, "making a folder");
    }
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (part[i] != '/' || part[i - 1] == '/') {
            continue;
        }
        part[i] = '\0';
        enum rc rc = make_dir(part, why);
        if (rc != RC_OK) {
            return rc;
        }
        part[i] = '/';
    }
    return make_dir(part, why);
}

/* ---- walking ---- */

struct level {
    int fd;                /* the open folder */
    struct dirent **names; /* in byte order, from malloc */
    int n_names;
    int i_name; /* the next to look at */
    size_t n_path;
};

/* One walk's state: the path so far, and the folders open along it. */
struct walk {
    file_visit_fn *visit;
    file_trouble_fn *trouble;
    void *arg;
    char path[PATH_MAX];
    struct level levels[LIMIT_FILE_WALK_DEPTH_MAX];
    int depth;
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *d)
{
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* Open the folder `w->path`, which is `name` in the folder `at`. */
static enum rc enter(struct walk *w, int at, const char *name, int flags,
                     struct why *why)
{
    if (w->depth == LIMIT_FILE_WALK_DEPTH_MAX) {
        return why_set(why, RC_LIMIT, "%s is over %d folders deep", w->path,
                       LIMIT_FILE_WALK_DEPTH_MAX);
    }
    struct level *l = &w->levels[w->depth];
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    if (fd < 0) {
        return why_errno(why, errno, "opening folder %s", w->path);
    }
    int n = scandirat(fd, ".", &l->names, no_dots, by_name);
    if (n < 0) {
        enum rc rc = why_errno(why, errno, "reading folder %s", w->path);
        close_fd(fd);
        return rc;
    }
    l->fd = fd;
    l->n_names = n;
    l->i_name = 0;
    l->n_path = strlen(w->path);
    w->depth++;
    return RC_OK;
}

static void leave(struct walk *w)
{
    struct level *l = &w->levels[--w->depth];
    for (int i = 0; i < l->n_names; i++) {
        free(l->names[i]);
    }
    free(l->names);
    close_fd(l->fd);
}

static enum rc visit_file(struct walk *w, const struct stat *st,
                          struct why *why)
{
    int64_t us =
        (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
    return w->visit(w->arg, w->path, (uint64_t)st->st_size, us, why);
}

/* Put `name` behind the level's path. */
static enum rc extend_path(struct walk *w, const struct level *l,
                           const char *name, struct why *why)
{
    const char *slash = w->path[l->n_path - 1] == '/' ? "" : "/";
    size_t room = sizeof(w->path) - l->n_path;
    int n = snprintf(w->path + l->n_path, room, "%s%s", slash, name);
    if (n < 0 || (size_t)n >= room) {
        w->path[l->n_path] = '\0';
        return why_errno(why, ENAMETOOLONG, "below %s", w->path);
    }
    return RC_OK;
}

/* Look at one name of the level on top: RC_OK with *ret_is_file when it is
 * to be visited; a folder is entered. */
static enum rc look_at(struct walk *w, const char *name, struct stat *st,
                       bool *ret_is_file, struct why *why)
{
    const struct level *l = &w->levels[w->depth - 1];
    enum rc rc = extend_path(w, l, name, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (fstatat(l->fd, name, st, AT_SYMLINK_NOFOLLOW) != 0) {
        return why_errno(why, errno, "looking at %s", w->path);
    }
    if (S_ISDIR(st->st_mode)) {
        return enter(w, l->fd, name, O_NOFOLLOW, why);
    }
    if (S_ISLNK(st->st_mode) && fstatat(l->fd, name, st, 0) != 0) {
        return why_errno(why, errno, "following the link %s", w->path);
    }
    if (!S_ISREG(st->st_mode)) {
        return RC_OK; /* a link to a folder, a socket, a pipe */
    }
    if (faccessat(l->fd, name, R_OK, AT_EACCESS) != 0) {
        return why_errno(why, errno, "reading %s", w->path);
    }
    *ret_is_file = true;
    return RC_OK;
}

static enum rc walk_levels(struct walk *w, struct why *why)
{
    enum rc rc = RC_OK;
    while (rc == RC_OK && w->depth > 0) {
        struct level *l = &w->levels[w->depth - 1];
        if (l->i_name == l->n_names) {
            leave(w);
            continue;
        }
        const char *name = l->names[l->i_name++]->d_name;
        struct stat st;
        struct why cause;
        bool is_file = false;
        if (look_at(w, name, &st, &is_file, &cause) != RC_OK) {
            w->trouble(w->arg, w->path, &cause);
        } else if (is_file) {
            rc = visit_file(w, &st, why);
        }
    }
    return rc;
}

enum rc file_walk(const char *path, file_visit_fn *visit,
                  file_trouble_fn *trouble, void *arg, struct why *why)
{
    struct walk w;
    w.visit = visit;
    w.trouble = trouble;
    w.arg = arg;
    w.depth = 0;
    int n = snprintf(w.path, sizeof(w.path), "%s", path);
    if (n < 0 || (size_t)n >= sizeof(w.path)) {
        return why_errno(why, ENAMETOOLONG, "looking at a path");
    }
    struct stat st;
    if (stat(path, &st) != 0) {
        return why_errno(why, errno, "looking at %s", path);
    }
    if (S_ISREG(st.st_mode)) {
        return visit_file(&w, &st, why);
    }
    if (!S_ISDIR(st.st_mode)) {
        return why_set(why, RC_INVALID, "%s is neither a file nor a folder",
                       path);
    }
    enum rc rc = enter(&w, AT_FDCWD, path, 0, why);
    if (rc == RC_OK) {
        rc = walk_levels(&w, why);
    }
    while (w.depth > 0) {
        leave(&w);
    }
    return rc;
}

/* ---- locks ---- */

static enum rc tell_holder(int fd, const char *path, struct buf *ret_holder,
                           struct why *why)
{
    char note[NOTE_BYTES];
    ssize_t got = pread(fd, note, sizeof(note), 0);
    struct str holder = {.p = note, .n = got > 0 ? (size_t)got : 0};
    holder = str_trim(str_utf8_cut(holder, holder.n));
    if (ret_holder != NULL) {
        buf_str(ret_holder, holder);
    }
    if (holder.n == 0) {
        return why_set(why, RC_BUSY, "%s is held by another process", path);
    }
    return why_set(why, RC_BUSY, "%s is held by %.*s", path, STR_ARG(holder));
}

enum rc file_lock(const char *path, struct str note, int *ret_fd,
                  struct buf *ret_holder, struct why *why)
{
    int fd = open_retry(path, O_RDWR | O_CREAT);
    if (fd < 0) {
        return why_errno(why, errno, "opening %s", path);
    }
    enum rc rc = RC_OK;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        rc = errno == EWOULDBLOCK ? tell_holder(fd, path, ret_holder, why)
                                  : why_errno(why, errno, "locking %s", path);
    } else if (ftruncate(fd, 0) != 0) {
        rc = why_errno(why, errno, "emptying %s", path);
    } else {
        rc = write_named(fd, path, note.p, note.n, why);
    }
    if (rc != RC_OK) {
        close_fd(fd);
        return rc;
    }
    *ret_fd = fd;
    return RC_OK;
}

void file_unlock(int fd)
{
    if (fd >= 0) {
        /* Else the next holder could be taken for this one until it has
         * written its own note. */
        int ignored = ftruncate(fd, 0);
        (void)ignored;
        close_fd(fd);
    }
}
