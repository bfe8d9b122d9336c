#include "capture/import/import_session.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_format.h"
#include "capture/import/import_reader.h"
#include "capture/import/import_seen.h"
#include "capture/json_split.h"

/* Is the line's type, as far as it has one, one that bears usage?  Members
 * are looked at up to the type alone. */
static bool is_wanted(struct str line, const struct import_log_scan *scan)
{
    struct json_split it;
    struct str key;
    struct str raw;
    if (!json_split_obj(line, &it)) {
        return true;
    }
    while (json_split_next(&it, &key, &raw) == RC_OK) {
        if (str_eq(key, STR("type"))) {
            return scan->is_wanted(raw);
        }
    }
    return true;
}

/* One line to `scan`, unless it is blank, no object or of no use. */
static enum rc scan_line(struct json_parser *p, struct str line,
                         uint64_t number, struct import_found *found,
                         const struct import_log_scan *scan)
{
    const struct json *j = NULL;
    if (str_trim(line).n == 0 || !is_wanted(line, scan)) {
        return RC_OK;
    }
    json_parser_clear(p);
    if (json_parser_skim(p, line, &j) != RC_OK || json_kind(j) != JSON_OBJ) {
        found->n_skipped++;
        return RC_OK;
    }
    return scan->line(scan->arg, j, number);
}

enum rc import_each_log_line(struct import_reader *r,
                             struct import_found *found,
                             const struct import_log_scan *scan,
                             struct why *why)
{
    for (;;) {
        struct str line;
        enum rc rc = import_reader_line(r, &line, why);
        if (rc == RC_END) {
            return RC_OK;
        }
        if (rc == RC_LIMIT) {
            found->n_skipped++;
            continue;
        }
        if (rc == RC_OK &&
            scan_line(r->json, line, r->line, found, scan) != RC_OK) {
            rc = why_set(why, RC_LIMIT,
                         "over %d MiB of calls in session logs; import fewer "
                         "at a time",
                         LIMIT_IMPORT_FOUND_BYTES / (1024 * 1024));
        }
        if (rc != RC_OK) {
            return rc;
        }
    }
}

enum rc import_own_id(struct arena *arena, struct str id, struct str *ret_id)
{
    char hashed[IMPORT_SEEN_ID_BYTES];
    if (id.n > LIMIT_ID_MAX) {
        id = (struct str){.p = hashed, .n = import_seen_id(id, 1, hashed)};
    }
    return str_dup(arena, id, ret_id);
}

/* A new text to keep. */
static enum rc keep(struct import_kept *kept, const struct json *j,
                    struct arena *arena)
{
    struct str raw = STR_EMPTY;
    struct str text = json_str(j);
    enum rc rc = str_dup(arena, json_raw(j), &raw);
    if (rc != RC_OK) {
        return rc;
    }
    if (text.n + 2 == raw.n) {
        text = str_sub(raw, 1, text.n); /* the same without quotes */
    } else {
        rc = str_dup(arena, text, &text);
    }
    if (rc == RC_OK) {
        *kept = (struct import_kept){.raw = raw, .text = text};
    }
    return rc;
}

enum rc import_keep(struct import_kept *kept, const struct json *j,
                    struct arena *arena, struct str *ret_text)
{
    if (j == NULL) {
        *ret_text = STR_EMPTY;
        return RC_OK;
    }
    if (!str_eq(json_raw(j), kept->raw)) {
        enum rc rc = keep(kept, j, arena);
        if (rc != RC_OK) {
            return rc;
        }
    }
    *ret_text = kept->text;
    return RC_OK;
}

/* ---- projects ---- */

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* `path` without its last name and the slashes before that. */
static struct str parent_of(struct str path)
{
    size_t n = path.n;
    while (n > 0 && !is_slash(path.p[n - 1])) {
        n--;
    }
    while (n > 0 && is_slash(path.p[n - 1])) {
        n--;
    }
    return str_sub(path, 0, n);
}

static struct str without_slashes_behind(struct str path)
{
    while (path.n > 1 && is_slash(path.p[path.n - 1])) {
        path.n--;
    }
    return path;
}

struct str import_base_name(struct str path)
{
    path = without_slashes_behind(path);
    size_t n = path.n;
    while (n > 0 && !is_slash(path.p[n - 1])) {
        n--;
    }
    return n < path.n ? str_sub(path, n, SIZE_MAX) : path;
}

/* What Claude Code keeps of a folder's name; it takes all but ASCII letters
 * and digits for a dash. */
static bool is_kept(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/* A character of several bytes may have become one dash or two, so a run of
 * dashes counts as one on both sides. */
static bool is_encoded(struct str name, struct str folder)
{
    size_t i = 0;
    size_t j = 0;
    while (i < name.n && j < folder.n) {
        if (is_kept(folder.p[j])) {
            if (name.p[i] != folder.p[j]) {
                return false;
            }
            i++;
            j++;
            continue;
        }
        if (name.p[i] != '-') {
            return false;
        }
        while (i < name.n && name.p[i] == '-') {
            i++;
        }
        while (j < folder.n && !is_kept(folder.p[j])) {
            j++;
        }
    }
    return i == name.n && j == folder.n;
}

/* Does a folder on the way to `file` have the encoded name of `folder`? */
static bool is_on_the_way(struct str file, struct str folder)
{
    for (struct str dir = parent_of(file); dir.n > 0; dir = parent_of(dir)) {
        if (is_encoded(import_base_name(dir), folder)) {
            return true;
        }
    }
    return false;
}

/* The folder below "projects", else the one the file stands in. */
static struct str encoded_name(struct str file)
{
    struct str name = import_base_name(parent_of(file));
    for (struct str dir = parent_of(file); dir.n > 0; dir = parent_of(dir)) {
        struct str above = parent_of(dir);
        if (str_eq(import_base_name(above), STR("projects"))) {
            return import_base_name(dir);
        }
    }
    return name;
}

struct str import_project(struct str file, struct str cwd)
{
    cwd = without_slashes_behind(cwd);
    if (cwd.n == 0) {
        return encoded_name(file);
    }
    for (struct str dir = cwd; dir.n > 0; dir = parent_of(dir)) {
        if (is_on_the_way(file, dir)) {
            return import_base_name(dir);
        }
    }
    return import_base_name(cwd);
}

/* ---- order ---- */

/* Merge two sorted runs that stand side by side; the left one wins a tie, so
 * that the order among equals stays. */
static void merge(const struct import_order *from, size_t n_left, size_t n,
                  struct import_order *to)
{
    size_t left = 0;
    size_t right = n_left;
    for (size_t i = 0; i < n; i++) {
        bool take_left = right == n || (left < n_left &&
                                        from[left].ts_us <= from[right].ts_us);
        to[i] = from[take_left ? left++ : right++];
    }
}

/* From the bottom up: runs of 1, 2, 4, ... to and fro between two arrays. */
enum rc import_order_sort(struct import_order *order, size_t n,
                          struct arena *tmp)
{
    struct import_order *from = order;
    struct import_order *to = arena_array(tmp, n, sizeof(*to));
    if (to == NULL) {
        return RC_LIMIT;
    }
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            size_t rest = n - at;
            merge(from + at, run < rest ? run : rest,
                  2 * run < rest ? 2 * run : rest, to + at);
        }
        struct import_order *swap = from;
        from = to;
        to = swap;
    }
    if (from != order) {
        memcpy(order, from, n * sizeof(*order));
    }
    return RC_OK;
}
