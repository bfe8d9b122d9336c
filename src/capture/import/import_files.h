/* The files of one import: what the given paths name or hold, in the order of
 * the paths and of the names within folders.  One thread, but for
 * import_files_scan, which starts threads of its own and ends them. */
#ifndef CAPTURE_IMPORT_FILES_H
#define CAPTURE_IMPORT_FILES_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/import/import_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct import_map;
struct import_reader;
struct why;

struct import_file {
    const char *path;
    uint64_t bytes; /* 0 for a pipe */
    bool is_walked; /* found in a folder, not named */
    bool is_empty;
    const struct import_format *format; /* NULL: none knows it */
    enum rc rc;                         /* of opening and scanning it */
    const char *trouble;                /* in words, when there is any */
    struct import_reader *kept;         /* of what cannot be opened twice: a
                                           pipe, or bytes at hand */
    struct import_found found;          /* when the format is of sessions */
    uint64_t n_read;                    /* when it was scanned */
};

struct import_files {
    struct import_file *file;
    size_t n;
    size_t cap;
    uint64_t n_bytes;
    uint64_t n_troubles; /* files and folders that cannot be read */
    struct arena text;   /* paths */
    struct arena *arena; /* one a thread: what scanning found */
    int n_threads;
    struct import_job *job; /* for troubles met while walking */
};

void import_files_init(struct import_files *files, struct import_job *job);
void import_files_fini(struct import_files *files); /* accepts NULL */

/* import_files_add: the file `path`, or all below it.  What cannot be read is
 * told as a trouble and counted.  RC_NOT_FOUND when there is no `path`,
 * RC_LIMIT over LIMIT_IMPORT_FILES_MAX. */
enum rc import_files_add(struct import_files *files, const char *path,
                         struct why *why) MUST_CHECK;
/* import_files_add_bytes: bytes at hand, under a name.  The errors of
 * import_reader_view. */
enum rc import_files_add_bytes(struct import_files *files, const char *name,
                               struct str bytes, struct why *why) MUST_CHECK;

struct import_scan_options {
    const struct import_format *format; /* NULL: by content */
    const struct import_map *map;
    int n_threads;                /* 0: one a core */
    import_progress_fn *progress; /* called by this thread; may be NULL */
    void *arg;
};

/* import_files_scan: find out what each file is, and scan those of session
 * formats, the largest first, by several threads.  What each file holds is
 * the same however many there are. */
void import_files_scan(struct import_files *files,
                       const struct import_scan_options *opt);

/* import_files_done_scanning: gives back the memory of what was found. */
void import_files_done_scanning(struct import_files *files);

#endif
