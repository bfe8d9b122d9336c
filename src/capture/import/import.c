#include "capture/import/import.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "capture/import/import_files.h"
#include "capture/import/import_format.h"
#include "capture/import/import_job.h"
#include "capture/import/import_map.h"
#include "capture/import/import_reader.h"

/* One import from its options to its counts. */
struct run {
    const struct import_options *opt;
    const struct import_format *format; /* the one asked for, or NULL */
    struct import_map *map;
    struct import_job job;
    struct import_files files;
};

static enum rc begin(struct run *run, const struct import_options *opt,
                     struct import_counts *counts, struct why *why)
{
    *run = (struct run){.opt = opt};
    enum rc rc = RC_OK;
    if (opt->format != NULL) {
        rc = import_format_find(opt->format, &run->format, why);
    }
    if (rc == RC_OK && opt->map_path != NULL) {
        rc = import_map_read(opt->map_path, &run->map, why);
    }
    import_job_init(&run->job, opt, run->map, counts);
    import_files_init(&run->files, &run->job);
    return rc;
}

static void end(struct run *run)
{
    import_files_fini(&run->files);
    import_job_fini(&run->job);
    import_map_free(&run->map);
}

static void file_failed(struct run *run, const char *path, const char *what)
{
    run->job.counts->n_files_failed++;
    import_job_trouble(&run->job, path, str_from_cz(what));
}

/* In folders stand files of all kinds; one whose name says that it should be
 * of use is told, the others are counted. */
static bool is_expected(const struct import_file *file)
{
    static const struct str endings[] = {
        STR_INIT(".jsonl"), STR_INIT(".ndjson"), STR_INIT(".csv"),
        STR_INIT(".tsv"),   STR_INIT(".gz"),     STR_INIT(".zst"),
    };
    struct str path = str_from_cz(file->path);
    for (size_t i = 0; i < ARRAY_N(endings); i++) {
        if (str_ends(path, endings[i])) {
            return true;
        }
    }
    return !file->is_walked;
}

static void no_format(struct run *run, const struct import_file *file)
{
    struct why why;
    if (file->is_empty) {
        run->job.counts->n_files++;
        return;
    }
    if (!is_expected(file)) {
        run->job.counts->n_files_skipped++;
        return;
    }
    bool has_hint = file->trouble != NULL && *file->trouble != '\0';
    bool is_csv = str_ends(str_from_cz(file->path), STR(".csv"));
    (void)why_set(&why, RC_INVALID, "of no known format%s%s",
                  has_hint ? ": "
                  : is_csv ? ": no column is an event's model and no column "
                             "a time; --map FILE says which is which"
                           : "; --format NAME says which it is",
                  has_hint ? file->trouble : "");
    file_failed(run, file->path, why.text);
}

/* ---- sessions ---- */

/* The files of one session format, those that could be scanned. */
static enum rc gather(struct run *run, const struct import_format *format,
                      const struct import_found **list, struct why *why)
{
    struct import_counts *counts = run->job.counts;
    size_t n = 0;
    for (size_t i = 0; i < run->files.n; i++) {
        struct import_file *file = &run->files.file[i];
        if (file->format != format || file->rc != RC_OK) {
            continue;
        }
        list[n++] = &file->found;
        counts->n_files++;
        counts->n_bytes += file->n_read;
        counts->n_skipped += file->found.n_skipped;
        run->job.bytes_done += file->bytes;
    }
    return n > 0 ? format->gather(&run->job, list, n, why) : RC_OK;
}

static enum rc gather_all(struct run *run, struct why *why)
{
    const struct import_found **list =
        mem_array(run->files.n + 1, sizeof(struct import_found *));
    enum rc rc = RC_OK;
    for (size_t i = 0; import_format_table[i] != NULL && rc == RC_OK; i++) {
        if (import_format_table[i]->gather != NULL) {
            rc = gather(run, import_format_table[i], list, why);
        }
    }
    mem_free(list);
    return rc;
}

/* ---- rows ---- */

static enum rc read_rows(struct run *run, const char *path,
                         const struct import_format *format,
                         struct import_reader *r, struct why *why)
{
    struct import_counts *counts = run->job.counts;
    import_job_begin_file(&run->job, path);
    enum rc rc = format->read(&run->job, r, why);
    counts->n_bytes += r->n_read;
    if (rc != RC_OK && !run->job.has_ended) {
        file_failed(run, path, why->text);
        return RC_OK;
    }
    counts->n_files++;
    return rc;
}

static enum rc read_file(struct run *run, struct import_file *file,
                         struct import_reader *spare, struct why *why)
{
    struct import_reader *r = file->kept != NULL ? file->kept : spare;
    if (file->kept == NULL) {
        enum rc rc = import_reader_open(r, file->path, why);
        if (rc != RC_OK) {
            file_failed(run, file->path, why->text);
            return RC_OK;
        }
    }
    enum rc rc = read_rows(run, file->path, file->format, r, why);
    import_reader_close(r);
    run->job.bytes_done += file->bytes;
    return rc;
}

static enum rc read_all(struct run *run, struct why *why)
{
    struct import_reader spare;
    enum rc rc = RC_OK;
    import_reader_init(&spare);
    for (size_t i = 0; i < run->files.n && rc == RC_OK; i++) {
        struct import_file *file = &run->files.file[i];
        if (file->rc == RC_OK && file->format != NULL &&
            file->format->read != NULL) {
            rc = read_file(run, file, &spare, why);
        }
    }
    import_reader_fini(&spare);
    return rc;
}

/* ---- the whole ---- */

/* Every file once all were scanned: troubles, then sessions, then rows. */
static enum rc put_all(struct run *run, struct why *why)
{
    for (size_t i = 0; i < run->files.n; i++) {
        const struct import_file *file = &run->files.file[i];
        if (file->rc != RC_OK) {
            file_failed(run, file->path, file->trouble);
        } else if (file->format == NULL) {
            no_format(run, file);
        }
    }
    enum rc rc = gather_all(run, why);
    import_files_done_scanning(&run->files);
    return rc == RC_OK ? read_all(run, why) : rc;
}

static enum rc scan_and_put(struct run *run, struct why *why)
{
    const struct import_options *opt = run->opt;
    const struct import_scan_options scan = {
        .format = run->format,
        .map = run->map,
        .n_threads = opt->n_threads,
        .progress = opt->progress,
        .arg = opt->arg,
    };
    run->job.counts->n_files_failed = run->files.n_troubles;
    run->job.bytes_all = run->files.n_bytes;
    import_files_scan(&run->files, &scan);
    return put_all(run, why);
}

enum rc import_run(const struct import_options *opt, const char *const *path,
                   size_t n_paths, struct import_counts *ret_counts,
                   struct why *why)
{
    struct run run;
    struct import_counts counts;
    enum rc rc = begin(&run, opt, &counts, why);
    for (size_t i = 0; i < n_paths && rc == RC_OK; i++) {
        rc = import_files_add(&run.files, path[i], why);
    }
    if (rc == RC_OK) {
        rc = scan_and_put(&run, why);
    }
    end(&run);
    *ret_counts = counts;
    return rc;
}

enum rc import_bytes(const struct import_options *opt, const char *name,
                     struct str bytes, struct import_counts *ret_counts,
                     struct why *why)
{
    struct run run;
    struct import_counts counts;
    enum rc rc = begin(&run, opt, &counts, why);
    if (rc == RC_OK) {
        rc = import_files_add_bytes(&run.files, name, bytes, why);
    }
    if (rc == RC_OK) {
        rc = scan_and_put(&run, why);
    }
    end(&run);
    *ret_counts = counts;
    return rc;
}
