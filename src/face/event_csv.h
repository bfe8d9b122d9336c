/* Single events as CSV: a header line, then one line an event, columns named
 * as in the event's JSON form (totals include their parts).  Any thread. */
#ifndef FACE_EVENT_CSV_H
#define FACE_EVENT_CSV_H

struct buf;
struct event;

void event_csv_add_header(struct buf *b);
void event_csv_add(struct buf *b, const struct event *ev);

#endif
