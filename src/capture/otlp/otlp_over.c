#include "capture/otlp/otlp_over.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void otlp_over_fini(struct otlp_over *over)
{
    mem_free(over->row);
    *over = (struct otlp_over){0};
}

void otlp_over_add(struct otlp_over *over,
                   const unsigned char trace_id[OTLP_TRACE_BYTES], uint64_t pos)
{
    if (over->n == over->cap) {
        over->cap = over->cap == 0 ? 64 : 2 * over->cap;
        over->row = mem_grow(over->row, over->cap, sizeof *over->row);
    }
    struct otlp_over_row *row = &over->row[over->n++];
    memcpy(row->trace_id, trace_id, OTLP_TRACE_BYTES);
    row->pos = pos;
}

static int by_trace_and_pos(const void *a, const void *b)
{
    const struct otlp_over_row *left = a;
    const struct otlp_over_row *right = b;
    int order = memcmp(left->trace_id, right->trace_id, OTLP_TRACE_BYTES);
    return order != 0 ? order
                      : (left->pos > right->pos) - (left->pos < right->pos);
}

void otlp_over_sort(struct otlp_over *over)
{
    if (over->n > 0) {
        qsort(over->row, over->n, sizeof *over->row, by_trace_and_pos);
    }
}

/* The first row behind (trace, pos) is one of that trace, if any is. */
bool otlp_over_has(const struct otlp_over *over,
                   const unsigned char trace_id[OTLP_TRACE_BYTES], uint64_t pos)
{
    struct otlp_over_row key = {.pos = pos};
    size_t from = 0;
    size_t to = over->n;

    memcpy(key.trace_id, trace_id, OTLP_TRACE_BYTES);
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (by_trace_and_pos(&over->row[middle], &key) <= 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < over->n &&
           memcmp(over->row[from].trace_id, trace_id, OTLP_TRACE_BYTES) == 0;
}
