#include "face/markup.h"

#include "base/buf.h"

#include <stdbool.h>

static void add(struct buf *b, struct str s, bool with_quotes)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '&') {
            buf_cz(b, "&amp;");
        } else if (c == '<') {
            buf_cz(b, "&lt;");
        } else if (c == '>') {
            buf_cz(b, "&gt;");
        } else if (c == '"' && with_quotes) {
            buf_cz(b, "&quot;");
        } else {
            buf_char(b, c);
        }
    }
}

void markup_add_html(struct buf *b, struct str s)
{
    add(b, s, true);
}

void markup_add_mrkdwn(struct buf *b, struct str s)
{
    add(b, s, false);
}
