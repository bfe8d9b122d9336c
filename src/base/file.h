/* Files and folders: whole reads and writes, walking, locks, durable rename.
 * Windows of base that only store, intake (journal), capture/import and app
 * may look through.  Any thread; each handle one thread at a time. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct why;

/* file_read: the whole file into `out` (appended), RC_LIMIT when it is larger
 * than the buf's ceiling.  "-" is standard input when `dash_is_stdin`. */
enum rc file_read(const char *path, bool dash_is_stdin, struct buf *out,
                  struct why *why) MUST_CHECK;

/* file_map: the whole file, read-only and private, as memory; RC_NOT_FOUND,
 * RC_DENIED, RC_IO.  An empty file gives an empty slice.  file_unmap ends
 * it. */
enum rc file_map(const char *path, struct str *ret_bytes,
                 struct why *why) MUST_CHECK;
void file_unmap(struct str bytes);

/* file_replace: write `bytes` beside `path`, flush to disk, rename over it,
 * flush the folder: after a crash either the old or the new file is there. */
enum rc file_replace(const char *path, struct str bytes,
                     struct why *why) MUST_CHECK;

/* file_append: append and, when `sync`, flush to disk. */
enum rc file_append(const char *path, struct str bytes, bool sync,
                    struct why *why) MUST_CHECK;

/* file_write_all: all n bytes at the file's own offset, however often the
 * kernel takes fewer. */
enum rc file_write_all(int fd, const void *p, size_t n,
                       struct why *why) MUST_CHECK;

/* file_make_dirs: the folder and what is missing above it, mode 0700. */
enum rc file_make_dirs(const char *path, struct why *why) MUST_CHECK;
enum rc file_sync_dir(const char *path, struct why *why) MUST_CHECK;

/* file_walk: every regular file below `path` (or `path` itself), names in
 * byte order, symbolic links to folders not followed, depth at most
 * FILE_WALK_DEPTH_MAX.  A folder or file that cannot be read is told to
 * `trouble` and the walk goes on.  Stops at the first rc other than RC_OK
 * from `visit` and returns it. */
typedef enum rc file_visit_fn(void *arg, const char *path, uint64_t bytes,
                              int64_t modified_us, struct why *why);
typedef void file_trouble_fn(void *arg, const char *path,
                             const struct why *why);
enum rc file_walk(const char *path, file_visit_fn *visit,
                  file_trouble_fn *trouble, void *arg,
                  struct why *why) MUST_CHECK;

/* file_lock: hold `path` against other processes (flock) and write `note`
 * into it; RC_BUSY with the holder's note in *ret_holder (may be NULL) when
 * somebody has it.  The descriptor is the lock; file_unlock ends it. */
enum rc file_lock(const char *path, struct str note, int *ret_fd,
                  struct buf *ret_holder, struct why *why) MUST_CHECK;
void file_unlock(int fd);

#endif
