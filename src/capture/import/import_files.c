#include "capture/import/import_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"
#include "capture/import/import_reader.h"

enum { PATHS_BYTES_MAX = 1024 * 1024 * 1024 };

/* Below that, starting a thread takes longer than what it would read. */
enum { BYTES_WORTH_A_THREAD = 1024 * 1024 };

void import_files_init(struct import_files *files, struct import_job *job)
{
    *files = (struct import_files){.job = job};
    arena_init(&files->text, PATHS_BYTES_MAX);
}

void import_files_done_scanning(struct import_files *files)
{
    for (int i = 0; i < files->n_threads; i++) {
        arena_fini(&files->arena[i]);
    }
    mem_free(files->arena);
    files->arena = NULL;
    files->n_threads = 0;
}

void import_files_fini(struct import_files *files)
{
    if (files == NULL) {
        return;
    }
    import_files_done_scanning(files);
    for (size_t i = 0; i < files->n; i++) {
        import_reader_fini(files->file[i].kept);
        mem_free(files->file[i].kept);
    }
    mem_free(files->file);
    arena_fini(&files->text);
}

/* ---- listing ---- */

static enum rc push(struct import_files *files, const char *path,
                    uint64_t bytes, bool is_walked, struct why *why)
{
    if (files->n == LIMIT_IMPORT_FILES_MAX) {
        return why_set(why, RC_LIMIT, "over %d files; import fewer at a time",
                       LIMIT_IMPORT_FILES_MAX);
    }
    if (files->n == files->cap) {
        files->cap = files->cap > 0 ? files->cap * 2 : 64;
        files->file = mem_grow(files->file, files->cap, sizeof(*files->file));
    }
    const char *copy = str_cz(&files->text, str_from_cz(path));
    if (copy == NULL) {
        return why_set(why, RC_LIMIT, "the paths of all files are too long");
    }
    files->file[files->n++] = (struct import_file){
        .path = copy, .bytes = bytes, .is_walked = is_walked};
    files->n_bytes += bytes;
    return RC_OK;
}

static enum rc visit(void *arg, const char *path, uint64_t bytes,
                     int64_t modified_us, struct why *why)
{
    (void)modified_us;
    return push(arg, path, bytes, true, why);
}

static void trouble(void *arg, const char *path, const struct why *why)
{
    struct import_files *files = arg;
    files->n_troubles++;
    import_job_trouble(files->job, path, str_from_cz(why->text));
}

enum rc import_files_add(struct import_files *files, const char *path,
                         struct why *why)
{
    struct stat st;
    enum rc rc;
    if (strcmp(path, "-") == 0) {
        return push(files, path, 0, false, why);
    }
    if (stat(path, &st) != 0 ||
        faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
        rc = why_errno(why, errno, "opening %s", path);
    } else if (S_ISDIR(st.st_mode)) {
        rc = file_walk(path, visit, trouble, files, why);
    } else {
        uint64_t bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
        rc = push(files, path, bytes, false, why);
    }
    if (rc == RC_DENIED || rc == RC_IO) {
        trouble(files, path, why);
        return RC_OK;
    }
    return rc;
}

enum rc import_files_add_bytes(struct import_files *files, const char *name,
                               struct str bytes, struct why *why)
{
    struct import_reader r;
    import_reader_init(&r);
    enum rc rc = import_reader_view(&r, bytes, why);
    if (rc == RC_OK) {
        rc = push(files, name, bytes.n, false, why);
    }
    if (rc != RC_OK) {
        import_reader_fini(&r);
        return rc;
    }
    struct import_file *file = &files->file[files->n - 1];
    file->kept = mem_alloc(sizeof(*file->kept));
    *file->kept = r;
    return RC_OK;
}

/* ---- scanning ---- */

/* One scan: threads take the next file of `order` until there is none. */
struct scan {
    struct import_files *files;
    const struct import_scan_options *opt;
    uint32_t *order; /* files, the largest first */
    _Atomic size_t next;
    _Atomic uint64_t bytes_done;
};

struct worker {
    struct scan *scan;
    struct arena *arena;
    struct import_reader reader;
    bool is_caller; /* tells the progress */
};

static void fail(struct worker *w, struct import_file *file, enum rc rc,
                 const char *text)
{
    file->rc = rc;
    file->trouble = str_cz(w->arena, str_from_cz(text));
    if (file->trouble == NULL) {
        file->trouble = "no memory left";
    }
}

/* A pipe gives its bytes once: whoever reads it further does so from here. */
static void keep_reader(struct worker *w, struct import_file *file)
{
    file->kept = mem_alloc(sizeof(*file->kept));
    *file->kept = w->reader;
    import_reader_init(&w->reader);
}

/* What the file is; and when it is a session's log, what it holds. */
static enum rc look_into(struct worker *w, struct import_file *file,
                         struct import_reader *r, struct why *why)
{
    const struct import_scan_options *opt = w->scan->opt;
    struct str head = import_reader_head(r);
    const char *hint = "";
    file->is_empty = str_trim(head).n == 0 || str_eq(str_trim(head), STR("[]"));
    file->format = opt->format != NULL
                       ? opt->format
                       : import_format_detect(head, opt->map, &hint);
    if (file->format == NULL) {
        file->trouble = hint;
        return RC_OK;
    }
    if (file->format->scan == NULL) {
        return RC_OK;
    }
    file->found = (struct import_found){.path = file->path, .arena = w->arena};
    enum rc rc = file->format->scan(r, &file->found, why);
    file->n_read = r->n_read;
    return rc;
}

static void scan_file(struct worker *w, struct import_file *file)
{
    struct import_reader *r = file->kept != NULL ? file->kept : &w->reader;
    struct why why;
    enum rc rc = RC_OK;
    if (file->kept == NULL) {
        rc = import_reader_open(r, file->path, &why);
    }
    if (rc == RC_OK) {
        rc = look_into(w, file, r, &why);
    }
    if (rc != RC_OK) {
        fail(w, file, rc, why.text);
    }
    bool is_to_read =
        rc == RC_OK && file->format != NULL && file->format->scan == NULL;
    if (is_to_read && file->kept == NULL && !r->can_reopen) {
        keep_reader(w, file);
    }
    import_reader_close(&w->reader);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct scan *scan = w->scan;
    const struct import_scan_options *opt = scan->opt;
    for (;;) {
        size_t i = atomic_fetch_add(&scan->next, 1);
        if (i >= scan->files->n) {
            return NULL;
        }
        struct import_file *file = &scan->files->file[scan->order[i]];
        scan_file(w, file);
        uint64_t done =
            atomic_fetch_add(&scan->bytes_done, file->n_read) + file->n_read;
        if (w->is_caller && opt->progress != NULL) {
            opt->progress(opt->arg, done, scan->files->n_bytes, 0);
        }
    }
}

/* For qsort: indices of files, the largest first, so that no thread begins a
 * large one when the others are done. */
static int by_size(const void *a, const void *b, void *files)
{
    const struct import_file *file = files;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    if (file[x].bytes != file[y].bytes) {
        return file[x].bytes > file[y].bytes ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

static int choose_threads(const struct import_files *files, int wanted)
{
    uint64_t worth = 1 + files->n_bytes / BYTES_WORTH_A_THREAD;
    long n = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);
    n = n < LIMIT_IMPORT_THREADS_MAX ? n : LIMIT_IMPORT_THREADS_MAX;
    n = (uint64_t)n < files->n ? n : (long)files->n;
    n = (uint64_t)n < worth ? n : (long)worth;
    return n > 0 ? (int)n : 1;
}

/* A thread that cannot be started leaves its share to the others. */
static void run_workers(struct worker *workers, int n)
{
    struct thread *threads = mem_array((size_t)n, sizeof(*threads));
    for (int i = 1; i < n; i++) {
        if (thread_start(&threads[i], "import", work, &workers[i], NULL) !=
            RC_OK) {
            break;
        }
    }
    (void)work(&workers[0]);
    for (int i = 1; i < n; i++) {
        thread_join(&threads[i]);
    }
    mem_free(threads);
}

void import_files_scan(struct import_files *files,
                       const struct import_scan_options *opt)
{
    int n = choose_threads(files, opt->n_threads);
    struct scan scan = {.files = files, .opt = opt};
    struct worker *workers = mem_array((size_t)n, sizeof(*workers));
    scan.order = mem_array(files->n + 1, sizeof(*scan.order));
    for (size_t i = 0; i < files->n; i++) {
        scan.order[i] = (uint32_t)i;
    }
    qsort_r(scan.order, files->n, sizeof(*scan.order), by_size, files->file);
    files->arena = mem_array((size_t)n, sizeof(*files->arena));
    files->n_threads = n;
    for (int i = 0; i < n; i++) {
        arena_init(&files->arena[i], LIMIT_IMPORT_FOUND_BYTES / (size_t)n);
        workers[i] = (struct worker){
            .scan = &scan, .arena = &files->arena[i], .is_caller = i == 0};
        import_reader_init(&workers[i].reader);
    }
    run_workers(workers, n);
    for (int i = 0; i < n; i++) {
        import_reader_fini(&workers[i].reader);
    }
    mem_free(workers);
    mem_free(scan.order);
}
