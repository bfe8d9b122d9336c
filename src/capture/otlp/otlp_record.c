#include "capture/otlp/otlp_record.h"

#include "base/buf.h"
#include "base/why.h"
#include "event/event_bin.h"

#include <string.h>

enum {
    FLAG_ENVIRONMENT = 1,
    AT_WEAK = 2,
    AT_TRACE = 6,
    AT_SPAN = AT_TRACE + OTLP_TRACE_BYTES,
    AT_PARENT = AT_SPAN + OTLP_SPAN_BYTES,
    HEAD_BYTES = AT_PARENT + OTLP_SPAN_BYTES
};

void otlp_record_begin(struct buf *b, enum otlp_record_kind kind)
{
    buf_char(b, (char)kind);
}

void otlp_record_add_note(struct buf *b, const struct otlp_note *note)
{
    char head[HEAD_BYTES];

    head[0] = (char)note->role;
    head[1] = note->has_environment ? FLAG_ENVIRONMENT : 0;
    for (int i = 0; i < 4; i++) {
        head[AT_WEAK + i] = (char)(note->weak_dims >> (8 * i) & 0xffu);
    }
    memcpy(head + AT_TRACE, note->trace_id, OTLP_TRACE_BYTES);
    memcpy(head + AT_SPAN, note->span_id, OTLP_SPAN_BYTES);
    memcpy(head + AT_PARENT, note->parent_id, OTLP_SPAN_BYTES);
    buf_add(b, head, sizeof head);
    event_bin_add(b, &note->ev);
}

void otlp_record_add_trace(struct buf *b,
                           const unsigned char trace_id[OTLP_TRACE_BYTES])
{
    buf_add(b, trace_id, OTLP_TRACE_BYTES);
}

static enum rc damaged(struct why *why)
{
    return why_set(why, RC_CORRUPT, "a record of the OTLP spool is damaged");
}

enum rc otlp_record_kind(struct str *rest, enum otlp_record_kind *ret_kind,
                         struct why *why)
{
    if (rest->n == 0 || rest->p[0] < OTLP_RECORD_SPANS ||
        rest->p[0] > OTLP_RECORD_FOLD) {
        return damaged(why);
    }
    *ret_kind = (enum otlp_record_kind)rest->p[0];
    *rest = str_sub(*rest, 1, SIZE_MAX);
    return RC_OK;
}

enum rc otlp_record_note(struct str *rest, struct otlp_note *ret_note,
                         struct why *why)
{
    struct otlp_note note = {.role = OTLP_ROLE_NONE};

    if (rest->n == 0) {
        return RC_END;
    }
    if (rest->n < HEAD_BYTES || rest->p[0] < OTLP_ROLE_NONE ||
        rest->p[0] > OTLP_ROLE_SUM) {
        return damaged(why);
    }
    const char *head = rest->p;
    note.role = (enum otlp_role)head[0];
    note.has_environment = (head[1] & FLAG_ENVIRONMENT) != 0;
    for (int i = 0; i < 4; i++) {
        note.weak_dims |= (uint32_t)(unsigned char)head[AT_WEAK + i] << (8 * i);
    }
    memcpy(note.trace_id, head + AT_TRACE, OTLP_TRACE_BYTES);
    memcpy(note.span_id, head + AT_SPAN, OTLP_SPAN_BYTES);
    memcpy(note.parent_id, head + AT_PARENT, OTLP_SPAN_BYTES);
    struct str behind = str_sub(*rest, HEAD_BYTES, SIZE_MAX);
    enum rc rc = event_bin_read(&behind, &note.ev, why);
    if (rc != RC_OK) {
        return rc;
    }
    *rest = behind;
    *ret_note = note;
    return RC_OK;
}

enum rc otlp_record_trace(struct str *rest,
                          unsigned char ret_trace_id[OTLP_TRACE_BYTES],
                          struct why *why)
{
    if (rest->n == 0) {
        return RC_END;
    }
    if (rest->n < OTLP_TRACE_BYTES) {
        return damaged(why);
    }
    memcpy(ret_trace_id, rest->p, OTLP_TRACE_BYTES);
    *rest = str_sub(*rest, OTLP_TRACE_BYTES, SIZE_MAX);
    return RC_OK;
}
