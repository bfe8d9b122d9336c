#include "base/why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* One code point more than fits, so that the cut sees where it falls.  The
 * arguments of a call may point into why->text itself, hence the copy. */
struct draft {
    char text[sizeof(((struct why *)NULL)->text) + 4];
    size_t n;
};

static void add(struct draft *d, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

static void add(struct draft *d, const char *fmt, va_list ap)
{
    size_t room = sizeof(d->text) - d->n;
    int n = vsnprintf(d->text + d->n, room, fmt, ap);

    if (n < 0) {
        return; /* a bad multibyte argument: better half a cause than none */
    }
    d->n += (size_t)n < room ? (size_t)n : room - 1;
}

static void add_cz(struct draft *d, const char *cz)
{
    size_t room = sizeof(d->text) - d->n - 1;
    size_t n = strnlen(cz, room);

    memcpy(d->text + d->n, cz, n);
    d->n += n;
}

static void keep(struct why *why, const struct draft *d)
{
    struct str whole = {.p = d->text, .n = d->n};
    struct str fits = str_utf8_cut(whole, sizeof(why->text) - 1);

    memcpy(why->text, fits.p, fits.n);
    why->text[fits.n] = '\0';
}

#undef why_set /* the analyzer's */

enum rc why_set(struct why *why, enum rc rc, const char *fmt, ...)
{
    struct draft d = {.n = 0};
    va_list ap;

    if (!why) {
        return rc;
    }
    va_start(ap, fmt);
    add(&d, fmt, ap);
    va_end(ap);
    keep(why, &d);
    return rc;
}

enum rc why_prefix(struct why *why, enum rc rc, const char *fmt, ...)
{
    struct draft d = {.n = 0};
    va_list ap;

    if (!why) {
        return rc;
    }
    va_start(ap, fmt);
    add(&d, fmt, ap);
    va_end(ap);
    add_cz(&d, ": ");
    add_cz(&d, why->text);
    keep(why, &d);
    return rc;
}

static enum rc rc_of_errno(int err)
{
    switch (err) {
    case ENOSPC:
    case EDQUOT:
        return RC_FULL;
    case ENOENT:
        return RC_NOT_FOUND;
    case EACCES:
    case EPERM:
        return RC_DENIED;
    default:
        return RC_IO;
    }
}

enum rc why_errno(struct why *why, int err, const char *what, ...)
{
    struct draft d = {.n = 0};
    char scratch[64];
    va_list ap;

    if (!why) {
        return rc_of_errno(err);
    }
    va_start(ap, what);
    add(&d, what, ap);
    va_end(ap);
    add_cz(&d, ": ");
    add_cz(&d, strerror_r(err, scratch, sizeof(scratch)));
    keep(why, &d);
    return rc_of_errno(err);
}
