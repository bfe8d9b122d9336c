#include "test.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/utc.h"
#include "base/zone.h"

#define H UTC_US_PER_HOUR

static struct why why;

static int64_t at(const char *text)
{
    int64_t us = 0;

    assert_rc(utc_parse(str_from_cz(text), true, &us), RC_OK);
    return us;
}

static struct zone *zone_of(const char *name)
{
    struct zone *z = NULL;

    assert_ok(zone_open(str_from_cz(name), &z, &why), &why);
    return z;
}

static int64_t offset(const struct zone *z, int64_t us)
{
    size_t n;

    return zone_spans(z, &n)[zone_span_at(z, us)].offset_us;
}

/* The clocks change by `by_us` at that instant, and not a microsecond
 * before. */
static void assert_change(const char *name, const char *when, int64_t before_us,
                          int64_t after_us)
{
    struct zone *z = zone_of(name);
    int64_t us = at(when);

    if (offset(z, us - 1) != before_us || offset(z, us) != after_us) {
        print_error("%s at %s: %lld to %lld\n", name, when,
                    (long long)offset(z, us - 1), (long long)offset(z, us));
        fail();
    }
    zone_close(&z);
}

static void utc_needs_no_database(void **state)
{
    (void)state;
    struct zone *z = zone_of("UTC");
    size_t n;

    assert_int_equal(zone_spans(z, &n)[0].offset_us, 0);
    assert_int_equal(n, 1);
    assert_int_equal(zone_span_at(z, INT64_MIN), 0);
    assert_int_equal(zone_span_at(z, INT64_MAX), 0);
    zone_close(&z);
    assert_null(z);
    zone_close(&z);
    zone_close(NULL);
}

static void knows_the_changes_of_listed_years(void **state)
{
    (void)state;
    assert_change("Europe/Berlin", "2026-03-29T01:00:00Z", H, 2 * H);
    assert_change("Europe/Berlin", "2026-10-25T01:00:00Z", 2 * H, H);
    assert_change("America/New_York", "2026-11-01T06:00:00Z", -4 * H, -5 * H);
    assert_change("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 11 * H,
                  10 * H + H / 2);
    assert_change("Africa/Cairo", "2026-04-23T22:00:00Z", 2 * H, 3 * H);
    assert_change("Pacific/Apia", "2011-12-30T10:00:00Z", -10 * H, 14 * H);
}

static void keeps_offsets_of_part_hours(void **state)
{
    (void)state;
    struct zone *kolkata = zone_of("Asia/Kolkata");
    struct zone *kathmandu = zone_of("Asia/Kathmandu");
    struct zone *mexico = zone_of("America/Mexico_City");

    assert_int_equal(offset(kolkata, at("2026-07-01T00:00:00Z")),
                     5 * H + H / 2);
    assert_int_equal(offset(kathmandu, at("2026-07-01T00:00:00Z")),
                     5 * H + 3 * H / 4);
    /* No summer time since 2022. */
    assert_int_equal(offset(mexico, at("2026-07-01T00:00:00Z")), -6 * H);
    zone_close(&kolkata);
    zone_close(&kathmandu);
    zone_close(&mexico);
}

static void goes_on_by_rule(void **state)
{
    (void)state;
    assert_change("Europe/Berlin", "2099-03-29T01:00:00Z", H, 2 * H);
    assert_change("Europe/Berlin", "2200-10-26T01:00:00Z", 2 * H, H);
    assert_change("Australia/Lord_Howe", "2060-10-02T15:30:00Z", 10 * H + H / 2,
                  11 * H);
    /* "The last Thursday at 24:00", "the Sunday's midnight less an hour". */
    assert_change("Africa/Cairo", "2060-10-28T21:00:00Z", 3 * H, 2 * H);
    assert_change("America/Nuuk", "2060-03-28T01:00:00Z", -2 * H, -H);
}

static void spans_ascend_and_differ(void **state)
{
    (void)state;
    static const char *names[] = {"Europe/Berlin",       "America/New_York",
                                  "Africa/Casablanca",   "Europe/Dublin",
                                  "Australia/Lord_Howe", "Asia/Gaza"};

    for (size_t i = 0; i < ARRAY_N(names); i++) {
        struct zone *z = zone_of(names[i]);
        size_t n;
        const struct zone_span *s = zone_spans(z, &n);
        assert_true(n > 100);
        assert_true(s[0].from_us == INT64_MIN);
        for (size_t k = 1; k < n; k++) {
            assert_true(s[k].from_us > s[k - 1].from_us);
            assert_true(s[k].offset_us != s[k - 1].offset_us);
            assert_int_equal(zone_span_at(z, s[k].from_us), k);
            assert_int_equal(zone_span_at(z, s[k].from_us - 1), k - 1);
        }
        zone_close(&z);
    }
}

static void refuses_what_is_no_zone(void **state)
{
    (void)state;
    static const char *names[] = {
        "",
        "Europe/Berlim",
        "europe/berlin",
        "Europe",
        "Europe/",
        "/Europe/Berlin",
        "../zoneinfo/Europe/Berlin",
        "Europe//Berlin",
        "Europe/./Berlin",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "zone.tab",
        "leapseconds",
        "localtime",
        "posixrules",
        "Factory",
        "GMT+3:00",
        "CET-1CEST",
        "Europe/Berlin Europe/Berlin Europe/Berlin Europe/Berlin Europe/Ber",
    };

    for (size_t i = 0; i < ARRAY_N(names); i++) {
        struct zone *z = NULL;
        if (zone_open(str_from_cz(names[i]), &z, &why) != RC_NOT_FOUND) {
            print_error("not refused: \"%s\"\n", names[i]);
            fail();
        }
        assert_null(z);
    }
    assert_string_equal(why.text, "there is no time zone Europe/Berlin "
                                  "Europe/Berlin Europe/Berlin Europe/Berlin "
                                  "Europe/B");
}

struct seen {
    bool berlin;
    bool pacific; /* a second name */
    size_t n;
    size_t n_opened;
};

static void see(void *arg, struct str name)
{
    struct seen *seen = arg;
    struct zone *z = NULL;

    seen->berlin = seen->berlin || str_eq(name, STR("Europe/Berlin"));
    seen->pacific = seen->pacific || str_eq(name, STR("US/Pacific"));
    seen->n++;
    if (zone_open(name, &z, &why) == RC_OK) {
        seen->n_opened++;
    }
    zone_close(&z);
}

static void every_listed_name_opens(void **state)
{
    (void)state;
    struct seen seen = {.n = 0};

    zone_each_name(see, &seen);
    assert_true(seen.berlin && seen.pacific);
    assert_true(seen.n > 400);
    assert_int_equal(seen.n_opened, seen.n);
}

/* ---- files made by hand ---- */

static void add_be(struct buf *b, uint64_t x, int n_bytes)
{
    for (int i = n_bytes - 1; i >= 0; i--) {
        buf_char(b, (char)(x >> (8 * i)));
    }
}

struct made {
    char version;
    uint32_t n_leaps;
    int64_t time_s[4];
    size_t n_times;
    uint32_t type; /* of the last change */
    int32_t offset_s[2];
    const char *footer;
};

static void add_header(struct buf *b, const struct made *m, uint64_t n_times)
{
    buf_cz(b, "TZif");
    buf_char(b, m->version);
    add_be(b, 0, 8);
    add_be(b, 0, 7);
    add_be(b, 0, 8); /* flags */
    add_be(b, m->n_leaps, 4);
    add_be(b, n_times, 4);
    add_be(b, 2, 4); /* types */
    add_be(b, 4, 4); /* characters */
}

static void add_types(struct buf *b, const struct made *m)
{
    for (int i = 0; i < 2; i++) {
        add_be(b, (uint32_t)m->offset_s[i], 4);
        add_be(b, 0, 2);
    }
    buf_add(b, "ABC", 4);
}

static enum rc parse_made(const struct made *m, size_t cut, struct zone **ret)
{
    struct buf b;

    buf_init(&b, 4096);
    add_header(&b, m, 0);
    add_types(&b, m);
    add_header(&b, m, m->n_times);
    for (size_t i = 0; i < m->n_times; i++) {
        add_be(&b, (uint64_t)m->time_s[i], 8);
    }
    for (size_t i = 0; i < m->n_times; i++) {
        add_be(&b, i + 1 == m->n_times ? m->type : 0, 1);
    }
    add_types(&b, m);
    for (uint32_t i = 0; i < m->n_leaps; i++) {
        add_be(&b, 0, 8);
        add_be(&b, 0, 4);
    }
    buf_char(&b, '\n');
    buf_cz(&b, m->footer);
    buf_char(&b, '\n');
    enum rc rc = zone_parse(str_sub(buf_view(&b), 0, cut < b.n ? b.n - cut : 0),
                            ret, &why);
    buf_fini(&b);
    return rc;
}

static const struct made good = {.version = '2',
                                 .time_s = {-(INT64_C(1) << 59), -7200, 3600},
                                 .n_times = 3,
                                 .type = 1,
                                 .offset_s = {-3600, 1800},
                                 .footer = "XYZ-0:30"};

static void parses_a_file(void **state)
{
    (void)state;
    struct zone *z = NULL;
    size_t n;

    assert_ok(parse_made(&good, 0, &z), &why);
    const struct zone_span *s = zone_spans(z, &n);
    assert_int_equal(n, 2); /* the first two changes change nothing */
    assert_int_equal(s[0].offset_us, -H);
    assert_int_equal(s[1].from_us, H);
    assert_int_equal(s[1].offset_us, H / 2);
    zone_close(&z);
}

static void refuses_every_cut(void **state)
{
    (void)state;
    struct zone *z = NULL;

    for (size_t cut = 1; cut < 180; cut++) {
        assert_rc(parse_made(&good, cut, &z), RC_CORRUPT);
        assert_null(z);
    }
}

static void refuses_wrong_files(void **state)
{
    (void)state;
    struct zone *z = NULL;
    struct made m = good;

    m.version = '\0';
    assert_rc(parse_made(&m, 0, &z), RC_CORRUPT);
    m = good;
    m.n_leaps = 1;
    assert_rc(parse_made(&m, 0, &z), RC_CORRUPT);
    m = good;
    m.type = 2;
    assert_rc(parse_made(&m, 0, &z), RC_CORRUPT);
    m = good;
    m.offset_s[1] = 26 * 3600;
    assert_rc(parse_made(&m, 0, &z), RC_CORRUPT);
    m = good;
    m.time_s[2] = m.time_s[1];
    assert_rc(parse_made(&m, 0, &z), RC_CORRUPT);
    m = good;
    m.time_s[2] = INT64_MAX;
    assert_rc(parse_made(&m, 0, &z), RC_CORRUPT);
    assert_rc(zone_parse(STR(""), &z, &why), RC_CORRUPT);
    assert_string_equal(why.text, "this is no time zone file");
    assert_null(z);
}

static void reads_every_form_of_rule(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *begins; /* in 2028, a leap year */
        const char *ends;
    } rows[] = {
        {"ABC0DEF,M3.2.0,M11.1.0", "2028-03-12T02:00:00Z",
         "2028-11-05T01:00:00Z"},
        {"ABC0DEF,J60/0,J365/0", "2028-03-01T00:00:00Z",
         "2028-12-30T23:00:00Z"},
        {"ABC0DEF,J59/0,J365/1", "2028-02-28T00:00:00Z",
         "2028-12-31T00:00:00Z"},
        {"ABC0DEF,59/0,365/1", "2028-02-29T00:00:00Z", "2028-12-31T00:00:00Z"},
        {"<+03>-3<+0430>-4:30,M3.4.4/26,M10.5.5/-1:30:15",
         "2028-03-23T23:00:00Z", "2028-10-26T17:59:45Z"},
        {"ABC3DEF2:59:59,M10.1.0/0,M2.5.0/0", "2028-10-01T03:00:00Z",
         "2028-02-27T02:59:59Z"},
    };

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct made m = {.version = '2',
                         .time_s = {0},
                         .n_times = 1,
                         .offset_s = {0, 0},
                         .footer = rows[i].rule};
        struct zone *z = NULL;
        assert_ok(parse_made(&m, 0, &z), &why);
        int64_t begins = at(rows[i].begins);
        int64_t ends = at(rows[i].ends);
        if (offset(z, begins) <= offset(z, begins - 1) ||
            offset(z, ends) >= offset(z, ends - 1)) {
            print_error("%s\n", rows[i].rule);
            fail();
        }
        zone_close(&z);
    }
}

static void refuses_what_is_no_rule(void **state)
{
    (void)state;
    static const char *rules[] = {
        "AB-1",
        "ABC",
        "ABC25",
        "<ABC-1",
        "ABC-1DEF",
        "ABC-1DEF,M3.5.0",
        "ABC-1DEF,M3.5.0,M13.5.0",
        "ABC-1DEF,M3.0.0,M10.5.0",
        "ABC-1DEF,M3.6.0,M10.5.0",
        "ABC-1DEF,M3.5.7,M10.5.0",
        "ABC-1DEF,J0,J5",
        "ABC-1DEF,J366,J5",
        "ABC-1DEF,366,5",
        "ABC-1DEF,1,5/168",
        "ABC-1DEF,1,5/1:60",
        "ABC-1DEF,1,5/1:0:60",
        "ABC-1DEF,1,5 ",
        "ABC-1 ",
    };

    for (size_t i = 0; i < ARRAY_N(rules); i++) {
        struct made m = good;
        struct zone *z = NULL;
        m.footer = rules[i];
        if (parse_made(&m, 0, &z) != RC_CORRUPT) {
            print_error("not refused: %s\n", rules[i]);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utc_needs_no_database),
        cmocka_unit_test(knows_the_changes_of_listed_years),
        cmocka_unit_test(keeps_offsets_of_part_hours),
        cmocka_unit_test(goes_on_by_rule),
        cmocka_unit_test(spans_ascend_and_differ),
        cmocka_unit_test(refuses_what_is_no_zone),
        cmocka_unit_test(every_listed_name_opens),
        cmocka_unit_test(parses_a_file),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_wrong_files),
        cmocka_unit_test(reads_every_form_of_rule),
        cmocka_unit_test(refuses_what_is_no_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
