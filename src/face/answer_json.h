/* An answer as JSON, the one form that every face and every client reads
 * (docs/query.md): {"columns":[...],"rows":[[...]],"totals":{...},...}.  Money
 * is a decimal string, exact; everything else a number or text; absent is
 * null.  Any thread. */
#ifndef FACE_ANSWER_JSON_H
#define FACE_ANSWER_JSON_H

#include "query/answer.h"

struct buf;
struct json_writer;

void answer_json_add(struct buf *b, const struct answer *a);
/* answer_json_cell: one value. */
void answer_json_cell(struct json_writer *w, enum answer_kind kind,
                      const struct answer_cell *cell);

#endif
