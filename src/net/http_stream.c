#include "net/http_stream.h"

#include "net/http_server_priv.h"

#include <stdio.h>

void http_stream_watch(struct http_call *call,
                       const struct http_stream_watch *watch)
{
    call->watch = *watch;
}

void http_stream_begin(struct http_call *call,
                       const struct http_stream_head *head)
{
    if (call->conn != NULL) {
        http_call_head(call, head->status, head->reason, head->field,
                       head->n_fields);
    }
}

size_t http_stream_add(struct http_call *call, struct str bytes)
{
    struct http_conn *c = call->conn;
    char size[24];

    if (c == NULL) {
        return 0;
    }
    if (bytes.n > 0 && call->is_chunked) {
        int n = snprintf(size, sizeof size, "%zx\r\n", bytes.n);
        conn_say(c, (struct str){.p = size, .n = (size_t)n});
        conn_say(c, bytes);
        conn_say(c, STR("\r\n"));
    } else if (bytes.n > 0 && call->has_body) {
        conn_say(c, bytes);
    }
    return conn_n_waiting(c);
}

/* Its owner is done with it, and is told nothing of it any more. */
static void end(struct http_call *call, struct str last)
{
    call->watch = (struct http_stream_watch){.gone = NULL};
    if (call->conn == NULL) {
        http_call_end(call);
        return;
    }
    call->is_sending = true;
    conn_say(call->conn, last);
}

void http_stream_end(struct http_call *call)
{
    end(call, call->is_chunked ? STR("0\r\n\r\n") : STR_EMPTY);
}

void http_stream_cut(struct http_call *call)
{
    call->closes = true;
    end(call, STR_EMPTY);
}
