/* toll's own events, as POST /v1/events takes them and export writes them. */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "event/event_json.h"

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    const struct json *json = NULL;
    struct event ev;
    if (obj.n > LIMIT_EVENT_BYTES_MAX) {
        return why_set(why, RC_LIMIT, "the event is over %d bytes",
                       LIMIT_EVENT_BYTES_MAX);
    }
    enum rc rc = json_parser_read(job->json, obj, &json, why);
    if (rc == RC_OK) {
        rc = event_from_json(json, job->opt->now_us, &job->arena, &ev, NULL,
                             why);
    }
    bool has_environment =
        json_kind(json_get(json, "environment")) != JSON_NULL;
    return rc == RC_OK ? import_job_put_checked(job, &ev, has_environment, why)
                       : rc;
}

static enum rc read_events(struct import_job *job, struct import_reader *r,
                           struct why *why)
{
    return import_each_object(job, r, put_object, why);
}

/* Other programs' records have members of the same names, so this only may
 * be one: a model or a count of tokens, and one member more. */
static enum import_match is_object(struct str obj)
{
    static const struct str names[] = {
#define X(enum_name, name, kind, which) STR_INIT(name),
#include "event/event_field.def"
#undef X
    };
    static const struct str telling[] = {
        STR_INIT("model"),
        STR_INIT("input_tokens"),
        STR_INIT("output_tokens"),
    };
    uint64_t has = import_value_members(obj, names, ARRAY_N(names));
    bool has_several = (has & (has - 1)) != 0;
    return has_several &&
                   import_value_members(obj, telling, ARRAY_N(telling)) != 0
               ? IMPORT_MATCH_MAYBE
               : IMPORT_MATCH_NO;
}

const struct import_format import_format_events = {
    .about = {"events", "toll's own events, as NDJSON or a JSON array; what "
                        "export writes"},
    .is_object = is_object,
    .read = read_events,
    .object = put_object,
};
