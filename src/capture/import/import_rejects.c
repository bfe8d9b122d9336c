/* Lines of the reject log (intake/reject.h), whose events were mended by
 * hand.  An event that was refused in another program's words is read in
 * those again. */
#include "capture/import/import_format.h"

#include "base/json.h"
#include "base/why.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"

enum { EVENT, RAW, REJECTED_AT, NAMES__COUNT };

static const struct str names[NAMES__COUNT] = {
    [EVENT] = STR_INIT("event"),
    [RAW] = STR_INIT("raw"),
    [REJECTED_AT] = STR_INIT("rejected_at"),
};

static enum rc put_object(struct import_job *job, struct str obj,
                          struct why *why)
{
    const struct json *line = NULL;
    const struct json *members[NAMES__COUNT];
    enum rc rc = json_parser_skim(job->json, obj, &line);
    if (rc != RC_OK) {
        return why_set(why, rc, "the line is not one JSON object");
    }
    json_pick(line, names, NAMES__COUNT, members);
    struct str mended = json_raw(members[EVENT]);
    if (mended.n == 0) {
        mended = json_raw(import_value_nested(members[RAW], job->json));
    }
    if (mended.n == 0) {
        return why_set(why, RC_INVALID,
                       "it has neither an \"event\" nor a \"raw\" text that "
                       "is a JSON object");
    }
    /* What is refused again is kept as the event alone, not as a refusal
     * within a refusal. */
    job->record = mended;
    const struct import_format *f = import_format_of_object(mended);
    if (f == NULL || f == &import_format_rejects) {
        f = &import_format_events;
    }
    return f->object(job, mended, why);
}

static enum rc read_rejects(struct import_job *job, struct import_reader *r,
                            struct why *why)
{
    return import_each_object(job, r, put_object, why);
}

static enum import_match is_object(struct str obj)
{
    uint64_t has = import_value_members(obj, names, NAMES__COUNT);
    bool has_event = (has & (1U << EVENT | 1U << RAW)) != 0;
    return has_event && (has & 1U << REJECTED_AT) != 0 ? IMPORT_MATCH_SURE
                                                       : IMPORT_MATCH_NO;
}

const struct import_format import_format_rejects = {
    .about = {"rejects", "refused events, mended, from toll's reject files"},
    .is_object = is_object,
    .read = read_rejects,
    .object = put_object,
};
