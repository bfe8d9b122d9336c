/* A body of many things, taken apart: one object, an array, or NDJSON. */
#include "base/why.h"
#include "capture/ingest/ingest_priv.h"
#include "capture/json_split.h"

static enum rc take_array(struct str body, ingest_item_fn *take, void *arg,
                          struct why *why)
{
    unsigned long long n = 0;
    struct json_split it;
    struct str key;
    struct str raw;
    enum rc rc = RC_OK;

    if (!json_split_arr(body, &it)) {
        return why_set(why, RC_PARSE, "the body is not a whole JSON array");
    }
    while (rc == RC_OK) {
        rc = json_split_next(&it, &key, &raw);
        if (rc == RC_OK) {
            rc = take(arg, raw, why);
            n++;
        } else if (rc == RC_PARSE) {
            return why_set(why, RC_PARSE,
                           "the array is broken behind element %llu", n);
        }
    }
    return rc == RC_END ? RC_OK : rc;
}

static enum rc take_lines(struct str body, ingest_item_fn *take, void *arg,
                          struct why *why)
{
    struct str line;
    enum rc rc = RC_OK;

    while (rc == RC_OK && str_cut(&body, '\n', &line)) {
        line = str_trim(line);
        if (line.n > 0) {
            rc = take(arg, line, why);
        }
    }
    return rc;
}

/* An object on a line of its own.  A single object printed over several lines
 * has no such line: what is inside is indented, or at least its braces do not
 * stand at both ends. */
static bool is_object_line(struct str line)
{
    return str_starts(line, STR("{")) && str_ends(str_trim(line), STR("}"));
}

/* NDJSON has several lines, and one at least is an object; the others may be
 * broken. */
static bool is_ndjson(struct str body)
{
    bool has_object = false;
    struct str line;
    size_t n = 0;

    while ((n < 2 || !has_object) && str_cut(&body, '\n', &line)) {
        n += str_trim(line).n > 0 ? 1 : 0;
        has_object = has_object || is_object_line(line);
    }
    return n > 1 && has_object;
}

struct str ingest_trim(struct str body)
{
    body = str_trim(body);
    if (str_starts(body, STR("\xEF\xBB\xBF"))) {
        body = str_sub(body, 3, SIZE_MAX); /* a byte order mark */
    }
    return body;
}

enum rc ingest_items(struct str body, struct json_parser *json,
                     ingest_item_fn *take, void *arg, struct why *why)
{
    const struct json *whole = NULL;

    body = ingest_trim(body);
    if (body.n == 0) {
        return why_set(why, RC_PARSE, "the body is empty");
    }
    if (body.p[0] == '[') {
        return take_array(body, take, arg, why);
    }
    if (is_ndjson(body)) {
        return take_lines(body, take, arg, why);
    }
    if (body.p[0] != '{') {
        return why_set(why, RC_PARSE,
                       "the body is neither a JSON object, an array, nor "
                       "NDJSON");
    }
    enum rc rc = json_parser_read(json, body, &whole, why);
    return rc == RC_OK ? take(arg, body, why) : rc;
}
