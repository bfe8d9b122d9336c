/* The data directory: where it is, and who holds it.  One process at a time
 * (DuckDB's own rule); the holder's note says how to reach it, so that other
 * commands go through it. */
#ifndef APP_DATA_DIR_H
#define APP_DATA_DIR_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#include <stddef.h>

struct why;

#define DATA_DIR_PATH_MAX 4096

/* data_dir_find: `given` (--data), else TOLL_DATA, else
 * $XDG_DATA_HOME/toll, else ~/.local/share/toll; "-demo" is added to the last
 * two when `demo`. */
enum rc data_dir_find(const char *given, bool demo,
                      char ret_path[DATA_DIR_PATH_MAX],
                      struct why *why) MUST_CHECK;

/* data_dir_lock: makes the directory and holds it.  RC_BUSY when another
 * process does: ret_url is where it can be asked (empty when it cannot), and
 * `why` says who it is. */
enum rc data_dir_lock(const char *dir, int *ret_fd, struct buf *ret_url,
                      struct why *why) MUST_CHECK;
/* data_dir_announce: what others are told while the lock is held: the name of
 * what is running, and its URL or "". */
enum rc data_dir_announce(int fd, const char *what, const char *url,
                          struct why *why) MUST_CHECK;

#endif
