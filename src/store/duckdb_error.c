#include "store/duckdb_priv.h"

#include <string.h>

#include "base/str.h"

/* DuckDB's messages are all there is to tell one cause from another: opening
 * gives no code, and what the disk said is in the text alone.  The first row
 * that is found in the message wins. */
static const struct cause {
    struct str words;
    enum rc rc;
    struct str told; /* instead of the message, where we know better */
} CAUSES[] = {
    {STR_INIT("database has been invalidated"), RC_UNAVAILABLE, {NULL, 0}},
    {STR_INIT("No space left on device"), RC_FULL, {NULL, 0}},
    {STR_INIT("Disk quota exceeded"), RC_FULL, {NULL, 0}},
    {STR_INIT("File too large"), RC_FULL, {NULL, 0}},
    {STR_INIT("Permission denied"), RC_DENIED, {NULL, 0}},
    {STR_INIT("No such file or directory"), RC_NOT_FOUND, {NULL, 0}},
    {STR_INIT("Could not set lock on file"), RC_BUSY, {NULL, 0}},
    {STR_INIT("Cannot CHECKPOINT"), RC_BUSY,
     STR_INIT("a read that goes on keeps the log from being folded in")},
    {STR_INIT("is not a valid DuckDB database file"), RC_CORRUPT,
     STR_INIT("it is no database; move it away or choose another folder")},
    {STR_INIT("Trying to read a database file with version"), RC_CORRUPT,
     STR_INIT("it was written by a newer toll; run that one")},
    {STR_INIT("Corrupt database file"), RC_CORRUPT, {NULL, 0}},
    {STR_INIT("does not match computed checksum"), RC_CORRUPT, {NULL, 0}},
    {STR_INIT("Serialization Error"), RC_CORRUPT, {NULL, 0}},
    {STR_INIT("Out of Memory Error"), RC_LIMIT, {NULL, 0}},
    {STR_INIT("INTERRUPT Error"), RC_UNAVAILABLE, {NULL, 0}},
};
static const struct cause UNKNOWN = {.rc = RC_IO};

static const struct cause *cause_of(struct str message)
{
    for (size_t i = 0; i < ARRAY_N(CAUSES); i++) {
        if (str_find(message, CAUSES[i].words, 0) != SIZE_MAX) {
            return &CAUSES[i];
        }
    }
    return &UNKNOWN;
}

/* What stands behind the last of `mark`s, or all of it. */
static struct str behind(struct str s, struct str mark)
{
    size_t at = str_find(s, mark, 0);

    while (at != SIZE_MAX) {
        s = str_sub(s, at + mark.n, SIZE_MAX);
        at = str_find(s, mark, 0);
    }
    return s;
}

static struct str before(struct str s, struct str mark)
{
    size_t at = str_find(s, mark, 0);

    return at == SIZE_MAX ? s : str_sub(s, 0, at);
}

/* A message is a cause wrapped in kinds of errors, followed by advice and by
 * the place in the statement:
 *
 *   TransactionContext Error: Failed to commit: Could not write file "F": ...
 *   Failed: database has been invalidated because of ... Original error: "..."
 *   IO Error: Could not set lock on file "F": ... See also https://...
 *   Binder Error: Referenced column ...\n\nLINE 1: ... */
static struct str essence(struct str message)
{
    struct str s = behind(message, STR("Original error: \""));

    if (s.n < message.n && str_ends(s, STR("\""))) {
        s = str_sub(s, 0, s.n - 1);
    }
    s = behind(s, STR("\nError: "));
    s = before(s, STR("\n"));
    s = before(s, STR(" See also "));
    return str_trim(behind(s, STR(" Error: ")));
}

/* "... Conflicting lock is held in /usr/bin/toll (PID 4711) by user ..." */
static enum rc tell_holder(struct str message, struct why *why)
{
    struct str rest = behind(message, STR(" held in "));
    struct str program = before(rest, STR(" (PID "));
    struct str pid = before(behind(rest, STR(" (PID ")), STR(")"));

    if (program.n == rest.n || rest.n == message.n) {
        return why_set(why, RC_BUSY, "another process has it open");
    }
    return why_set(why, RC_BUSY, "process %.*s (%.*s) has it open",
                   STR_ARG(pid), STR_ARG(program));
}

enum rc duck_error(const char *message, struct why *why)
{
    struct str text = str_from_cz(message);
    const struct cause *cause = cause_of(text);

    if (text.n == 0) {
        return why_set(why, RC_IO, "the database failed without saying why");
    }
    if (cause->told.n > 0) {
        return why_set(why, cause->rc, "%.*s", STR_ARG(cause->told));
    }
    if (cause->rc == RC_BUSY) {
        return tell_holder(text, why);
    }
    struct str told = essence(text);
    return why_set(why, cause->rc,
                   cause->rc == RC_UNAVAILABLE
                       ? "the database recovers from: %.*s"
                       : "the database: %.*s",
                   STR_ARG(told));
}
