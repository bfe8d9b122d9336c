#include "intake/journal_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/code.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/why.h"

#define ENDING  ".toll"
#define DAMAGED ".damaged"

enum {
    HEX_DIGITS = 16,
    MAGIC_BYTES = 8,
    /* Offsets within a header. */
    AT_VERSION = 8,
    AT_CRC = 12,
    AT_POSITION = 16,
    /* Offsets within a record's head. */
    AT_CHECK = 4,
    AT_PAYLOAD_CRC = 8
};

static const char magic[MAGIC_BYTES] = {'t', 'o', 'l', 'l', 'j', 'r', 'n', 'l'};

static void put_le(char *p, uint64_t x, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++) {
        p[i] = (char)(unsigned char)(x >> (8 * i));
    }
}

static uint64_t get_le(const char *p, int n_bytes)
{
    uint64_t x = 0;
    for (int i = n_bytes; i-- > 0;) {
        x = x << 8 | (unsigned char)p[i];
    }
    return x;
}

/* ---- bytes ---- */

/* Over all of the header but the place of the CRC itself. */
static uint32_t header_crc(const char *p)
{
    uint32_t crc = hash_crc32c(0, p, AT_CRC);
    return hash_crc32c(crc, p + AT_POSITION, 8);
}

void journal_header_write(char p[JOURNAL_HEADER_BYTES], uint64_t start)
{
    memcpy(p, magic, MAGIC_BYTES);
    put_le(p + AT_VERSION, JOURNAL_VERSION, 4);
    put_le(p + AT_POSITION, start, 8);
    put_le(p + AT_CRC, header_crc(p), 4);
}

enum rc journal_header_check(const char p[JOURNAL_HEADER_BYTES], uint64_t start)
{
    if (memcmp(p, magic, MAGIC_BYTES) != 0 ||
        get_le(p + AT_CRC, 4) != header_crc(p)) {
        return RC_CORRUPT;
    }
    /* Before the rest: a later version may have given it another meaning. */
    if (get_le(p + AT_VERSION, 4) > JOURNAL_VERSION) {
        return RC_UNSUPPORTED;
    }
    return get_le(p + AT_POSITION, 8) == start ? RC_OK : RC_CORRUPT;
}

static uint32_t head_check(const char *p, uint64_t pos)
{
    char at[8];
    put_le(at, pos, 8);
    return hash_crc32c(hash_crc32c(0, p, AT_CHECK), at, 8);
}

void journal_head_write(char p[JOURNAL_HEAD_BYTES], uint64_t pos,
                        uint32_t n_payload, uint32_t crc)
{
    put_le(p, n_payload, 4);
    put_le(p + AT_CHECK, head_check(p, pos), 4);
    put_le(p + AT_PAYLOAD_CRC, crc, 4);
}

bool journal_head_read(const char p[JOURNAL_HEAD_BYTES], uint64_t pos,
                       uint32_t *ret_n_payload, uint32_t *ret_crc)
{
    uint32_t n = (uint32_t)get_le(p, 4);
    /* The length first: it is cheap, and refuses nearly all that a search
     * through damage looks at. */
    if (n == 0 || n > LIMIT_JOURNAL_RECORD_MAX ||
        get_le(p + AT_CHECK, 4) != head_check(p, pos)) {
        return false;
    }
    *ret_n_payload = n;
    *ret_crc = (uint32_t)get_le(p + AT_PAYLOAD_CRC, 4);
    return true;
}

/* ---- files ---- */

static struct journal_name name_of(uint64_t start, const char *ending)
{
    struct journal_name name;
    (void)snprintf(name.cz, sizeof(name.cz), "%016" PRIx64 "%s", start, ending);
    return name;
}

struct journal_name journal_segment_name(uint64_t start)
{
    return name_of(start, ENDING);
}

struct journal_name journal_damaged_name(uint64_t start)
{
    return name_of(start, DAMAGED);
}

static bool start_of_name(const char *name, uint64_t *ret_start)
{
    uint64_t start = 0;
    for (int i = 0; i < HEX_DIGITS; i++) {
        int digit = code_hex_digit(name[i]);
        if (digit < 0) {
            return false;
        }
        start = start << 4 | (uint64_t)digit;
    }
    /* As it is written here: a name in capitals is somebody else's. */
    struct journal_name written = journal_segment_name(start);
    if (strcmp(written.cz, name) != 0) {
        return false;
    }
    *ret_start = start;
    return true;
}

enum rc journal_open_dir(const char *dir, int *ret_fd, struct why *why)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return why_errno(why, errno, "opening folder %s", dir);
    }
    *ret_fd = fd;
    return RC_OK;
}

static int is_segment(const struct dirent *d)
{
    uint64_t start;
    return start_of_name(d->d_name, &start) ? 1 : 0;
}

static void free_names(struct dirent **names, int n)
{
    for (int i = 0; i < n; i++) {
        free(names[i]); /* from scandirat, so not mem_free */
    }
    free(names);
}

enum rc journal_segments(const char *dir, int dir_fd,
                         struct journal_segment **ret_segments, size_t *ret_n,
                         struct why *why)
{
    struct dirent **names = NULL;
    /* Byte order of the names is the order of the positions. */
    int n_names = scandirat(dir_fd, ".", &names, is_segment, alphasort);
    if (n_names < 0) {
        return why_errno(why, errno, "reading folder %s", dir);
    }
    struct journal_segment *found = NULL;
    if (n_names > 0) {
        found = mem_array((size_t)n_names, sizeof(*found));
    }
    enum rc rc = RC_OK;
    size_t n = 0;
    for (int i = 0; i < n_names && rc == RC_OK; i++) {
        struct stat st;
        const char *name = names[i]->d_name;
        if (fstatat(dir_fd, name, &st, 0) == 0) {
            found[n].bytes = (uint64_t)st.st_size;
            bool is_named = start_of_name(name, &found[n].start);
            n += is_named ? 1 : 0;
        } else if (errno != ENOENT) { /* trimmed meanwhile */
            rc = why_errno(why, errno, "looking at %s/%s", dir, name);
        }
    }
    free_names(names, n_names);
    if (rc != RC_OK || n == 0) {
        mem_free(found);
        found = NULL;
    }
    if (rc == RC_OK) {
        *ret_segments = found;
        *ret_n = n;
    }
    return rc;
}
