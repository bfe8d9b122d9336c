/* The program's log: one line an entry on standard error, with time, level
 * and room: "2026-11-22T20:31:11Z info  intake: ...".  Only the rooms that
 * handle an error log it, once.  Any thread. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attr.h"

enum log_level {
    LOG_LEVEL_DEBUG = 1,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR
};

void log_set_level(enum log_level least); /* at start, default info */

void log_line(enum log_level level, const char *room, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#define log_debug(room, ...) log_line(LOG_LEVEL_DEBUG, room, __VA_ARGS__)
#define log_info(room, ...)  log_line(LOG_LEVEL_INFO, room, __VA_ARGS__)
#define log_warn(room, ...)  log_line(LOG_LEVEL_WARN, room, __VA_ARGS__)
#define log_error(room, ...) log_line(LOG_LEVEL_ERROR, room, __VA_ARGS__)

#endif
