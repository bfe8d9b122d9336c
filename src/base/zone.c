#include "base/zone.h"

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utc.h"
#include "base/why.h"
#include "base/zone_rule_priv.h"

#define DATABASE "/usr/share/zoneinfo"

enum {
    NAME_MAX_BYTES = 64,
    FILE_MAX_BYTES = 256 * 1024,
    LIST_MAX_BYTES = 1024 * 1024,
    HEADER_BYTES = 44,
    TYPE_BYTES = 6,
    OFFSET_MAX_S = 26 * 3600,
    RULED_MAX = 2 * (ZONE_YEAR_MAX - 1970 + 1) /* changes by rule */
};

/* What lies in the database without being the name of a place's time. */
static const struct str no_zones[] = {
    STR_INIT("Factory"),
    STR_INIT("localtime"),
    STR_INIT("posixrules"),
};

struct zone {
    struct zone_span *span;
    size_t n;
};

static struct zone *zone_new(size_t cap, int64_t first_offset_us)
{
    struct zone *z = mem_alloc(sizeof(*z));

    z->span = mem_array(cap + 1, sizeof(*z->span));
    z->span[0] = (struct zone_span){INT64_MIN, first_offset_us};
    z->n = 1;
    return z;
}

void zone_close(struct zone **zone)
{
    if (zone != NULL && *zone != NULL) {
        mem_free((*zone)->span);
        mem_free(*zone);
        *zone = NULL;
    }
}

/* Only what moves the clocks is a new span: databases also list changes of
 * mere names. */
static void add_span(struct zone *z, int64_t from_us, int64_t offset_us)
{
    if (z->span[z->n - 1].offset_us != offset_us) {
        z->span[z->n++] = (struct zone_span){from_us, offset_us};
    }
}

/* ---- TZif ---- */

struct block { /* one of a file's two: the counts of its header, its data */
    char version;
    size_t n_utc_flags;
    size_t n_wall_flags;
    size_t n_leaps;
    size_t n_times;
    size_t n_types;
    size_t n_chars;
    struct str data;
};

static int64_t be_i64(const char *p, size_t n)
{
    uint64_t x = 0;

    for (size_t i = 0; i < n; i++) {
        x = x << 8 | (unsigned char)p[i];
    }
    return n == 4 ? (int32_t)(uint32_t)x : (int64_t)x;
}

static size_t be_count(const char *p)
{
    return (uint32_t)be_i64(p, 4);
}

static bool eat_block(struct str *rest, size_t time_bytes, struct block *b)
{
    if (rest->n < HEADER_BYTES || !str_starts(*rest, STR("TZif"))) {
        return false;
    }
    b->version = rest->p[4];
    b->n_utc_flags = be_count(rest->p + 20);
    b->n_wall_flags = be_count(rest->p + 24);
    b->n_leaps = be_count(rest->p + 28);
    b->n_times = be_count(rest->p + 32);
    b->n_types = be_count(rest->p + 36);
    b->n_chars = be_count(rest->p + 40);
    /* Counts are below 2^32, so nothing here comes near 2^64. */
    size_t n = b->n_times * (time_bytes + 1) + b->n_types * TYPE_BYTES +
               b->n_chars + b->n_leaps * (time_bytes + 4) + b->n_wall_flags +
               b->n_utc_flags;
    b->data = str_sub(*rest, HEADER_BYTES, n);
    *rest = str_sub(*rest, HEADER_BYTES + n, SIZE_MAX);
    return b->data.n == n && b->n_types > 0 && b->n_types <= 256;
}

static bool type_offset(const struct block *b, size_t type, int64_t *ret_us)
{
    const char *types = b->data.p + b->n_times * 9;

    if (type >= b->n_types) {
        return false;
    }
    int64_t offset_s = be_i64(types + type * TYPE_BYTES, 4);
    *ret_us = offset_s * UTC_US_PER_SECOND;
    return offset_s > -OFFSET_MAX_S && offset_s < OFFSET_MAX_S;
}

/* The listed changes; *ret_last_us is before them on entry, then the last
 * one's instant. */
static bool add_listed(struct zone *z, const struct block *b,
                       int64_t *ret_last_us)
{
    const int64_t max_s = INT64_MAX / UTC_US_PER_SECOND;

    for (size_t i = 0; i < b->n_times; i++) {
        int64_t at_s = be_i64(b->data.p + i * 8, 8);
        size_t type = (unsigned char)b->data.p[b->n_times * 8 + i];
        int64_t offset_us;
        if (!type_offset(b, type, &offset_us) || at_s > max_s) {
            return false;
        }
        if (at_s < -max_s) { /* "since the big bang" */
            z->span[0].offset_us = offset_us;
            continue;
        }
        int64_t at_us = at_s * UTC_US_PER_SECOND;
        if (at_us <= *ret_last_us) {
            return false;
        }
        add_span(z, at_us, offset_us);
        *ret_last_us = at_us;
    }
    return true;
}

static void add_ruled_year(struct zone *z, const struct zone_rule *rule,
                           int year, int64_t last_us)
{
    int64_t begins_us, ends_us;

    zone_rule_year(rule, year, &begins_us, &ends_us);
    const struct zone_span two[2] = {{begins_us, rule->dst_offset_us},
                                     {ends_us, rule->offset_us}};
    size_t first = ends_us <= begins_us ? 1 : 0; /* the southern half */
    for (size_t i = 0; i < 2; i++) {
        const struct zone_span *s = &two[i ^ first];
        if (s->from_us > last_us) {
            add_span(z, s->from_us, s->offset_us);
        }
    }
}

/* The changes by rule after the last listed one. */
static void add_ruled(struct zone *z, const struct zone_rule *rule,
                      int64_t last_us)
{
    int year, month, day;

    if (!rule->has_dst) {
        return;
    }
    utc_civil(last_us > 0 ? last_us / UTC_US_PER_DAY : 0, &year, &month, &day);
    for (; year <= ZONE_YEAR_MAX; year++) {
        add_ruled_year(z, rule, year, last_us);
    }
}

static bool read_tzif(struct str rest, struct zone **ret_zone)
{
    struct block b;
    struct str text = STR_EMPTY;
    struct zone_rule rule = {.has_dst = false};
    int64_t first_us = 0;
    int64_t last_us = INT64_MIN;

    /* The first block has 32-bit times, for readers of before 2005. */
    if (!eat_block(&rest, 4, &b) || b.version < '2' ||
        !eat_block(&rest, 8, &b) || b.n_leaps > 0 || rest.n < 2 ||
        rest.p[0] != '\n') {
        return false;
    }
    rest = str_sub(rest, 1, SIZE_MAX);
    if (!str_cut(&rest, '\n', &text) || rest.p == NULL ||
        (text.n > 0 && !zone_rule_parse(text, &rule)) ||
        !type_offset(&b, 0, &first_us)) {
        return false;
    }
    struct zone *z = zone_new(b.n_times + RULED_MAX, first_us);
    if (!add_listed(z, &b, &last_us)) {
        zone_close(&z);
        return false;
    }
    add_ruled(z, &rule, last_us);
    *ret_zone = z;
    return true;
}

enum rc zone_parse(struct str tzif, struct zone **ret_zone, struct why *why)
{
    if (!read_tzif(tzif, ret_zone)) {
        return why_set(why, RC_CORRUPT, "this is no time zone file");
    }
    return RC_OK;
}

/* ---- the database ---- */

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+')) {
            return false;
        }
    }
    return s.n > 0;
}

/* Words parted by single slashes: nothing that could lead out of the
 * database. */
static bool is_path(struct str name)
{
    struct str word;

    while (str_cut(&name, '/', &word)) {
        if (!is_word(word)) {
            return false;
        }
    }
    return true;
}

/* Nor what stands in the database under a second name ("posix/...") or counts
 * leap seconds ("right/..."). */
static bool is_name(struct str name)
{
    for (size_t i = 0; i < ARRAY_N(no_zones); i++) {
        if (str_eq(name, no_zones[i])) {
            return false;
        }
    }
    return name.n > 0 && name.n <= NAME_MAX_BYTES && is_path(name) &&
           !str_starts(name, STR("posix/")) && !str_starts(name, STR("right/"));
}

static enum rc read_database(struct str name, size_t max_bytes, struct buf *out,
                             struct why *why)
{
    struct buf path;
    enum rc rc;

    buf_init(out, max_bytes);
    buf_init(&path, sizeof(DATABASE) + NAME_MAX_BYTES + 2);
    buf_cz(&path, DATABASE "/");
    buf_str(&path, name);
    buf_char(&path, '\0');
    rc = buf_rc(&path, why);
    if (rc == RC_OK) {
        rc = file_read(path.p, false, out, why);
    }
    buf_fini(&path);
    return rc;
}

static bool has_database(void)
{
    struct buf bytes;
    bool ok =
        read_database(STR("Etc/UTC"), FILE_MAX_BYTES, &bytes, NULL) == RC_OK;

    buf_fini(&bytes);
    return ok;
}

static enum rc unknown(struct str name, struct why *why)
{
    if (!has_database()) {
        return why_set(why, RC_UNAVAILABLE,
                       "%s cannot be read: time zones other than UTC need the "
                       "package tzdata",
                       DATABASE);
    }
    return why_set(why, RC_NOT_FOUND, "there is no time zone %.*s",
                   STR_ARG(name));
}

enum rc zone_open(struct str name, struct zone **ret_zone, struct why *why)
{
    struct buf bytes;
    enum rc rc = RC_OK;

    if (str_eq(name, STR("UTC"))) {
        *ret_zone = zone_new(0, 0);
        return RC_OK;
    }
    if (!is_name(name)) {
        return unknown(str_utf8_cut(name, NAME_MAX_BYTES), why);
    }
    /* A name may also be that of a folder or of some list. */
    if (read_database(name, FILE_MAX_BYTES, &bytes, why) != RC_OK ||
        !str_starts(buf_view(&bytes), STR("TZif"))) {
        rc = unknown(name, why);
    } else if (!read_tzif(buf_view(&bytes), ret_zone)) {
        rc = why_set(why, RC_CORRUPT, "%s/%.*s is no time zone file", DATABASE,
                     STR_ARG(name));
    }
    buf_fini(&bytes);
    return rc;
}

const struct zone_span *zone_spans(const struct zone *zone, size_t *ret_n)
{
    *ret_n = zone->n;
    return zone->span;
}

size_t zone_span_at(const struct zone *zone, int64_t us)
{
    size_t low = 0; /* begins at or before `us` */
    size_t high = zone->n;

    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (zone->span[mid].from_us <= us) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return low;
}

/* A line of tzdata.zi: "Z NAME ..." for a zone, "L TARGET NAME" for a second
 * name; others are rules. */
static struct str name_on_line(struct str line)
{
    bool is_link = str_starts(line, STR("L "));
    struct str word = STR_EMPTY;

    if (!is_link && !str_starts(line, STR("Z "))) {
        return STR_EMPTY;
    }
    for (int skip = is_link ? 2 : 1; skip >= 0; skip--) {
        if (!str_cut(&line, ' ', &word)) {
            return STR_EMPTY;
        }
    }
    return word;
}

void zone_each_name(zone_name_fn *each, void *arg)
{
    struct buf list;
    struct str rest = STR_EMPTY;
    struct str line;

    if (read_database(STR("tzdata.zi"), LIST_MAX_BYTES, &list, NULL) == RC_OK) {
        rest = buf_view(&list);
    }
    while (str_cut(&rest, '\n', &line)) {
        struct str name = name_on_line(line);
        if (is_name(name)) {
            each(arg, name);
        }
    }
    buf_fini(&list);
}
