/* Text from outside within markup, as text.  Any thread. */
#ifndef FACE_MARKUP_H
#define FACE_MARKUP_H

#include "base/str.h"

struct buf;

/* markup_add_html: for content and attribute values.  markup_add_mrkdwn: for
 * Slack, whose text objects know three escapes. */
void markup_add_html(struct buf *b, struct str s);
void markup_add_mrkdwn(struct buf *b, struct str s);

#endif
