/* What journal.c and journal_read.c share: names and bytes of segments. */
#ifndef INTAKE_JOURNAL_PRIV_H
#define INTAKE_JOURNAL_PRIV_H

#include "base/attr.h"
#include "base/limits.h"
#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why;

enum {
    JOURNAL_VERSION = 1,
    JOURNAL_HEADER_BYTES = 24,
    JOURNAL_HEAD_BYTES = 12,
    JOURNAL_NAME_BYTES = 32 /* of a segment, with either ending and NUL */
};

struct journal_name {
    char cz[JOURNAL_NAME_BYTES];
};

/* "00000000000000ff.toll", or ".damaged". */
struct journal_name journal_segment_name(uint64_t start);
struct journal_name journal_damaged_name(uint64_t start);

struct journal_segment {
    uint64_t start;
    uint64_t bytes;
};

/* journal_segments: the segments of the folder, by position.  The caller
 * frees the array (mem_free); NULL when there are none. */
enum rc journal_segments(const char *dir, int dir_fd,
                         struct journal_segment **ret_segments, size_t *ret_n,
                         struct why *why) MUST_CHECK;

enum rc journal_open_dir(const char *dir, int *ret_fd,
                         struct why *why) MUST_CHECK;

/* The bytes that begin a segment.  journal_header_check: RC_CORRUPT when
 * they are not those of `start`, RC_UNSUPPORTED for a later version. */
void journal_header_write(char p[JOURNAL_HEADER_BYTES], uint64_t start);
enum rc journal_header_check(const char p[JOURNAL_HEADER_BYTES],
                             uint64_t start) MUST_CHECK;

/* The bytes that begin a record at `pos`.  journal_head_read: false when they
 * are none. */
void journal_head_write(char p[JOURNAL_HEAD_BYTES], uint64_t pos,
                        uint32_t n_payload, uint32_t crc);
bool journal_head_read(const char p[JOURNAL_HEAD_BYTES], uint64_t pos,
                       uint32_t *ret_n_payload, uint32_t *ret_crc) MUST_CHECK;

#endif
