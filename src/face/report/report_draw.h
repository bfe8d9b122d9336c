/* A report in the forms that people and programs take.  Each appends a whole
 * document to `b`; overflow is told by buf_rc.  Text from outside is escaped
 * as the form needs it.  Any thread. */
#ifndef FACE_REPORT_REPORT_DRAW_H
#define FACE_REPORT_REPORT_DRAW_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stddef.h>

struct buf;
struct report;
struct why;

struct report_form {
    const char *name; /* "text" */
    const char *content_type;
    /*   width  columns of the terminal, 0: as wide as it gets; text only */
    void (*add)(struct buf *b, const struct report *r, size_t width);
};

/* report_form_from: json, text, markdown, html, slack, csv; "" is json.
 * RC_INVALID, with the nearest name, when there is none. */
enum rc report_form_from(struct str name, const struct report_form **ret,
                         struct why *why) MUST_CHECK;

void report_json_add(struct buf *b, const struct report *r, size_t width);
void report_text_add(struct buf *b, const struct report *r, size_t width);
/* report_markdown_add: with GitHub's tables. */
void report_markdown_add(struct buf *b, const struct report *r, size_t width);
/* report_html_add: one page that needs nothing else, light, dark and on
 * paper. */
void report_html_add(struct buf *b, const struct report *r, size_t width);
/* report_html_add_message: likewise, with what somebody says to it above it. */
void report_html_add_message(struct buf *b, const struct report *r,
                             struct str note);
/* report_slack_add: {"text","blocks"} as chat.postMessage and incoming
 * webhooks take it (Block Kit); what passes Slack's ceilings is cut, told
 * so. */
void report_slack_add(struct buf *b, const struct report *r, size_t width);
/* report_slack_add_message: likewise, with what somebody says to it below its
 * head, and a link at its end; either may be empty. */
void report_slack_add_message(struct buf *b, const struct report *r,
                              struct str note, struct str link);
/* report_csv_add: the report's first table. */
void report_csv_add(struct buf *b, const struct report *r, size_t width);

#endif
