/* The journal: what was acknowledged, in order, on disk.
 *
 * Segment files <dir>/<position, 16 hex digits>.toll, each a header, then
 * records:
 *
 *   header  | "tolljrnl" | version u32 | crc32c u32 | position u64 |
 *   record  | length u32 | check u32 | crc32c u32 | payload ... |
 *
 * Numbers are little-endian.  A position counts bytes since the first segment
 * began, headers included, so it only grows.  A record's check is the CRC of
 * its length and its position: so the head of a record is known as one
 * wherever it stands, and damage costs the records it touches and no others:
 * reading tells it once (RC_CORRUPT, with file and offset) and goes on with
 * the next whole record.  A payload is some events in their binary form; to
 * the journal it is bytes.
 *
 * Files grow by plain appends: flushing was as fast as into files allocated
 * or filled beforehand (a few ms each way), and a file's length is then where
 * its records end.
 *
 * journal: one thread.  journal_reader: one thread, may run beside it. */
#ifndef INTAKE_JOURNAL_H
#define INTAKE_JOURNAL_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct journal;
struct journal_reader;
struct why;

/* journal_open: opens or creates, behind the last whole record; what a crash
 * left torn behind that is cut off.
 *   least_pos  position that whoever reads it has reached already: should
 *              the files end before that (they were lost), a new segment
 *              begins there, so that no position is given out twice
 * RC_UNSUPPORTED when a newer toll wrote it, else as the disk's trouble is. */
enum rc journal_open(const char *dir, uint64_t least_pos, struct journal **ret,
                     struct why *why) MUST_CHECK;
void journal_close(struct journal **j); /* accepts NULL */

/* journal_append: one record of 1..LIMIT_JOURNAL_RECORD_MAX bytes to the end,
 * not yet flushed.  Begins a new segment when the flushed part of this one
 * is over LIMIT_JOURNAL_SEGMENT_BYTES.  RC_LIMIT for a longer payload. */
enum rc journal_append(struct journal *j, struct str payload,
                       struct why *why) MUST_CHECK;
/* journal_hold: what was appended until now is not cut off when what comes
 * after it fails; it is flushed with it. */
void journal_hold(struct journal *j);
/* journal_sync: flush to disk; *ret_pos is the position up to which all is
 * durable.  After a failed append or sync, what stands behind the last
 * durable position, and is not held, is cut off, so that nothing of it can
 * come back; when even that fails the next append or probe begins with it. */
enum rc journal_sync(struct journal *j, uint64_t *ret_pos,
                     struct why *why) MUST_CHECK;
/* journal_rest: begins a new segment, durable at once, when this one holds
 * over LIMIT_JOURNAL_REST_BYTES, so that journal_trim can remove this one too.
 * Nothing waits to be flushed.  Errors as journal_sync. */
enum rc journal_rest(struct journal *j, struct why *why) MUST_CHECK;
/* journal_probe: is the disk willing?  Writes, flushes and cuts off again
 * some bytes that are no record. */
enum rc journal_probe(struct journal *j, struct why *why) MUST_CHECK;

uint64_t journal_end(const struct journal *j);       /* durable position */
uint64_t journal_cut_bytes(const struct journal *j); /* torn, when opened */

/* journal_trim: remove whole segments that end at or before `pos`; never the
 * last.  Any thread. */
enum rc journal_trim(const char *dir, uint64_t pos, struct why *why) MUST_CHECK;

/* Reading from a position on.  RC_NOT_FOUND without a journal. */
enum rc journal_reader_open(const char *dir, uint64_t pos,
                            struct journal_reader **ret,
                            struct why *why) MUST_CHECK;
void journal_reader_close(struct journal_reader **r); /* accepts NULL */

/* journal_read: the next whole record; its bytes live until the next call.
 *   end  as journal_sync told it: bytes behind that may be in motion
 * RC_END at `end`.  RC_CORRUPT when bytes had to be skipped: reading goes on
 * behind them.  RC_UNSUPPORTED for a segment of a newer toll; RC_IO. */
enum rc journal_read(struct journal_reader *r, uint64_t end,
                     struct str *ret_payload, struct why *why) MUST_CHECK;
/* journal_reader_pos: all before is read or skipped. */
uint64_t journal_reader_pos(const struct journal_reader *r);
/* journal_reader_segment: where the segment read last begins. */
uint64_t journal_reader_segment(const struct journal_reader *r);
/* journal_reader_keep: a second name, *.damaged, keeps the segment read last
 * from journal_trim, for people to look at. */
enum rc journal_reader_keep(struct journal_reader *r,
                            struct why *why) MUST_CHECK;

#endif
