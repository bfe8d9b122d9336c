#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utc.h"

enum { LINE_BYTES = 1024 };

/* The one mutable global of the program: a level handed down to every
 * function that may log would be an argument of them all. */
/* NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables) */
static _Atomic int least_level = LOG_LEVEL_INFO;

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

void log_set_level(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

/* What snprintf answered, as bytes really standing in `room` bytes. */
static size_t written(int n, size_t room)
{
    if (n < 0) {
        return 0;
    }
    return (size_t)n < room ? (size_t)n : room - 1;
}

static size_t put_head(char *p, size_t room, enum log_level level,
                       const char *where)
{
    int64_t us = clock_now_us();
    int64_t day = us / UTC_US_PER_DAY;
    int s = (int)(us % UTC_US_PER_DAY / UTC_US_PER_SECOND);
    int year;
    int month;
    int mday;
    utc_civil(day, &year, &month, &mday);
    int n = snprintf(p, room, "%04d-%02d-%02dT%02d:%02d:%02dZ %-5s %s: ", year,
                     month, mday, s / 3600, s / 60 % 60, s % 60,
                     level_names[level], where);
    return written(n, room);
}

/* An entry is one line: text from outside must not be able to begin another
 * or to steer a terminal. */
static void blank_controls(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)p[i] < ' ' || p[i] == 0x7f) {
            p[i] = ' ';
        }
    }
}

void log_line(enum log_level level, const char *room, const char *fmt, ...)
{
    if ((int)level < atomic_load(&least_level)) {
        return;
    }
    int err = errno;
    char line[LINE_BYTES];
    size_t n = put_head(line, sizeof(line) - 1, level, room);
    va_list ap;
    va_start(ap, fmt);
    int more = vsnprintf(line + n, sizeof(line) - 1 - n, fmt, ap);
    va_end(ap);
    n += written(more, sizeof(line) - 1 - n);
    blank_controls(line, n);
    line[n++] = '\n';
    /* One write, so that threads' lines do not mix.  A log that cannot be
     * written has nobody left to tell. */
    ssize_t ignored = write(STDERR_FILENO, line, n);
    (void)ignored;
    errno = err;
}
