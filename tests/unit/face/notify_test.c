#include "test.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "face/notify/notify.h"
#include "insight/report.h"
#include "watch/message.h"

#include <stdio.h>
#include <string.h>

static const struct str to[] = {STR_INIT("a@example.com")};

static struct channel channel_of(const char *kind)
{
    struct channel c = {.name = STR("ops"),
                        .kind = notify_kind_of(str_from_cz(kind)),
                        .url = STR("https://example.com/hidden-path"),
                        .secret = STR("hidden-key"),
                        .from = STR("toll <toll@example.com>"),
                        .to = to,
                        .n_to = 1};

    if (str_eq(str_from_cz(kind), STR("smtp"))) {
        c.url = STR("smtp://example.com");
    }
    return c;
}

static struct message message_of(enum message_phase phase)
{
    return (struct message){
        .key = STR("incident/7/opened"),
        .incident = STR("incident/7"),
        .severity = MESSAGE_PAGE,
        .phase = phase,
        .title = STR("Spend on <search> & more"),
        .text = STR("up $412.30 a day since 14:00"),
        .link = STR("https://toll.example.com/#a|b>"),
        .at_us = INT64_C(1795341600000000),
    };
}

struct drawn {
    struct buf payload;
    struct json *json;
    struct why why;
};

static const struct json *draw(struct drawn *d, const char *kind,
                               const struct message *m)
{
    struct channel c = channel_of(kind);

    buf_init(&d->payload, LIMIT_OUTBOX_PAYLOAD_BYTES);
    d->json = NULL;
    assert_ok(notify_render(&c, m, &d->payload, &d->why), &d->why);
    assert_true(str_find(buf_view(&d->payload), STR("hidden"), 0) == SIZE_MAX);
    if (!str_eq(str_from_cz(kind), STR("smtp"))) {
        assert_ok(json_parse(buf_view(&d->payload), &d->json, &d->why),
                  &d->why);
    }
    return d->json;
}

static void drop(struct drawn *d)
{
    json_free(&d->json);
    buf_fini(&d->payload);
}

static struct str text_at(const struct json *j, const char *name)
{
    return json_str(json_get(j, name));
}

static void tells_slack_what_befell_an_incident(void **state)
{
    struct message m = message_of(MESSAGE_OPENED);
    struct drawn d;

    (void)state;
    const struct json *j = draw(&d, "slack", &m);
    assert_str(text_at(j, "text"), "Urgent: Spend on <search> & more");
    const struct json *section = json_next(json_first(json_get(j, "blocks")));
    assert_str(text_at(json_get(section, "text"), "text"),
               "up $412.30 a day since 14:00\n"
               "<https://toll.example.com/#a|b&gt;|Open in toll>");
    drop(&d);
    m.phase = MESSAGE_UPDATED;
    assert_str(text_at(draw(&d, "slack", &m), "text"),
               "Update: Spend on <search> & more");
    drop(&d);
    m.phase = MESSAGE_CLOSED;
    m.text = STR_EMPTY;
    m.link = STR_EMPTY;
    j = draw(&d, "slack", &m);
    assert_str(text_at(j, "text"), "Over: Spend on <search> & more");
    assert_int_equal(json_n(json_get(j, "blocks")), 1);
    drop(&d);
}

static void opens_and_resolves_one_page(void **state)
{
    static const struct {
        enum message_phase phase;
        const char *action;
    } cases[] = {
        {MESSAGE_NOTE, "trigger"},
        {MESSAGE_OPENED, "trigger"},
        {MESSAGE_UPDATED, "trigger"},
        {MESSAGE_CLOSED, "resolve"},
    };
    struct drawn d;

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct message m = message_of(cases[i].phase);
        const struct json *j = draw(&d, "pagerduty", &m);

        assert_true(
            str_eq(text_at(j, "event_action"), str_from_cz(cases[i].action)));
        assert_str(text_at(j, "dedup_key"), "incident/7");
        assert_str(text_at(json_get(j, "payload"), "severity"), "critical");
        drop(&d);
    }
    /* Keys over the API's ceiling stay apart. */
    char long_key[400];
    memset(long_key, 'k', sizeof long_key);
    struct message m = message_of(MESSAGE_OPENED);
    m.incident = (struct str){long_key, sizeof long_key};
    struct str one = text_at(draw(&d, "pagerduty", &m), "dedup_key");
    assert_int_equal(one.n, 255);
    struct drawn e;
    m.incident.n--;
    assert_false(str_eq(text_at(draw(&e, "pagerduty", &m), "dedup_key"), one));
    drop(&d);
    drop(&e);
}

static void hands_all_of_it_to_webhooks(void **state)
{
    struct message m = message_of(MESSAGE_UPDATED);
    struct drawn d;

    (void)state;
    const struct json *j = draw(&d, "webhook", &m);
    assert_str(text_at(j, "key"), "incident/7/opened");
    assert_str(text_at(j, "incident"), "incident/7");
    assert_str(text_at(j, "phase"), "updated");
    assert_str(text_at(j, "severity"), "page");
    assert_str(text_at(j, "time"), "2026-11-22T10:00:00Z");
    assert_str(text_at(j, "title"), "Spend on <search> & more");
    assert_null(json_get(j, "report"));
    drop(&d);
}

static void draws_a_card_for_teams(void **state)
{
    struct message m = message_of(MESSAGE_OPENED);
    struct drawn d;

    (void)state;
    const struct json *card = json_get(
        json_first(json_get(draw(&d, "teams", &m), "attachments")), "content");
    const struct json *head = json_first(json_get(card, "body"));
    assert_str(text_at(head, "text"), "Urgent: Spend on <search> & more");
    assert_str(text_at(json_next(head), "text"),
               "up $412.30 a day since 14:00");
    assert_str(text_at(json_first(json_get(card, "actions")), "url"),
               "https://toll.example.com/#a|b>");
    drop(&d);
}

static bool has(const struct drawn *d, const char *text)
{
    return str_find(buf_view(&d->payload), str_from_cz(text), 0) != SIZE_MAX;
}

static void writes_mail(void **state)
{
    struct message m = message_of(MESSAGE_OPENED);
    struct drawn d;

    (void)state;
    (void)draw(&d, "smtp", &m);
    assert_true(has(&d, "Subject: Urgent: Spend on <search> & more\r\n"));
    assert_true(has(&d, "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"));
    assert_true(has(&d, "Importance: high\r\n"));
    assert_true(has(&d, "References: <"));
    assert_false(has(&d, "text/html"));
    drop(&d);
    /* Nothing in a title begins a header of its own, and what mail cannot
     * say is encoded. */
    m.title = STR("a\r\nBcc: x@example.com");
    (void)draw(&d, "smtp", &m);
    assert_true(has(&d, "Subject: Urgent: a  Bcc: x@example.com\r\n"));
    drop(&d);
    m.title = STR("Kosten \xC3\xBC"
                  "ber Plan");
    (void)draw(&d, "smtp", &m);
    assert_true(has(&d,
                    "Subject: =?UTF-8?B?VXJnZW50OiBLb3N0ZW4gw7xiZXIgUGxhbg==?="
                    "\r\n"));
    drop(&d);
}

/* What was put into mail as base64, a part after the other. */
static bool mail_has(const struct drawn *d, const char *type, const char *text)
{
    struct str rest = buf_view(&d->payload);
    unsigned char out[64 * 1024];
    size_t at = str_find(rest, str_from_cz(type), 0);

    assert_true(at != SIZE_MAX);
    rest = str_sub(rest, at, SIZE_MAX);
    rest = str_sub(rest, str_find(rest, STR("\r\n\r\n"), 0) + 4, SIZE_MAX);
    rest = str_sub(rest, 0, str_find(rest, STR("--"), 0));
    size_t n = 0;
    unsigned bits = 0;
    int n_bits = 0;
    for (size_t i = 0; i < rest.n && n < sizeof out; i++) {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
                                     "nopqrstuvwxyz0123456789+/";
        const char *found = strchr(digits, rest.p[i]);
        if (found == NULL || rest.p[i] == '\0') {
            continue;
        }
        bits = bits << 6 | (unsigned)(found - digits);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (unsigned char)(bits >> n_bits);
        }
    }
    return str_find((struct str){(const char *)out, n}, str_from_cz(text), 0) !=
           SIZE_MAX;
}

/* Above what it is about, as text and never as markup. */
static void says_what_who_sends_it_says(void **state)
{
    struct message m = message_of(MESSAGE_NOTE);
    struct report report;
    struct drawn d;

    (void)state;
    report_init(&report, LIMIT_ANSWER_BYTES_MAX);
    report_title(&report, "Week 2026-W47");
    report_sentence(&report, "The week cost $3.");
    m.report = &report;
    m.note = STR("Look at <search>.\nAna");
    const struct json *head =
        json_first(json_get(draw(&d, "slack", &m), "blocks"));
    assert_str(text_at(json_get(head, "text"), "text"), "Week 2026-W47");
    assert_str(text_at(json_get(json_next(head), "text"), "text"),
               "> Look at &lt;search&gt;.\n> Ana");
    assert_str(text_at(json_get(json_next(json_next(head)), "text"), "text"),
               "The week cost $3.");
    drop(&d);
    const struct json *card = json_get(
        json_first(json_get(draw(&d, "teams", &m), "attachments")), "content");
    assert_str(text_at(json_next(json_first(json_get(card, "body"))), "text"),
               "Look at <search>.\n\nAna");
    drop(&d);
    assert_str(text_at(draw(&d, "webhook", &m), "note"),
               "Look at <search>.\nAna");
    drop(&d);
    const struct json *payload = json_get(draw(&d, "pagerduty", &m), "payload");
    assert_str(text_at(json_get(payload, "custom_details"), "note"),
               "Look at <search>.\nAna");
    drop(&d);
    (void)draw(&d, "smtp", &m);
    assert_true(mail_has(&d, "text/plain",
                         "Look at <search>.\nAna\n\nThe week cost $3."));
    assert_true(mail_has(&d, "text/html",
                         "<blockquote>\n<p>Look at &lt;search&gt;.</p>\n"
                         "<p>Ana</p>\n</blockquote>\n<h1>Week"));
    drop(&d);
    /* Without one nothing stands in its place. */
    m.note = STR_EMPTY;
    assert_int_equal(json_n(json_get(draw(&d, "slack", &m), "blocks")), 3);
    drop(&d);
    assert_null(json_get(draw(&d, "webhook", &m), "note"));
    drop(&d);
    (void)draw(&d, "smtp", &m);
    assert_false(mail_has(&d, "text/html", "<blockquote>"));
    drop(&d);
    report_fini(&report);
}

static void keeps_channels_that_can_be_used(void **state)
{
    struct channels *all = channels_new();
    struct channel c = channel_of("slack");
    const struct channel *found = NULL;
    struct why why;
    char name[16];

    (void)state;
    c.url = STR("gopher://x");
    assert_rc(channels_add(all, &c, &why), RC_INVALID);
    c.url = STR_EMPTY;
    assert_rc(channels_add(all, &c, &why), RC_INVALID);
    c.missing_env = STR("X");
    assert_ok(channels_add(all, &c, &why), &why);
    c = channel_of("smtp");
    c.n_to = 0;
    assert_rc(channels_add(all, &c, &why), RC_INVALID);
    c = channel_of("smtp");
    for (int i = 1; i < LIMIT_CHANNELS_MAX; i++) {
        (void)snprintf(name, sizeof name, "c%d", i);
        c.name = str_from_cz(name);
        assert_ok(channels_add(all, &c, &why), &why);
    }
    assert_rc(channels_add(all, &c, &why), RC_LIMIT);
    assert_ok(channels_find(all, STR("c7"), &found, &why), &why);
    assert_str(found->to[0], "a@example.com");
    assert_rc(channels_find(all, STR("opz"), &found, &why), RC_NOT_FOUND);
    assert_true(strstr(why.text, "did you mean ops") != NULL);
    channels_unref(&all);
    assert_null(all);
}

static void knows_which_can_be_repeated(void **state)
{
    (void)state;
    assert_true(notify_can_repeat(STR("pagerduty")));
    assert_true(notify_can_repeat(STR("webhook")));
    assert_false(notify_can_repeat(STR("slack")));
    assert_false(notify_can_repeat(STR("smtp")));
    assert_false(notify_can_repeat(STR("nothing")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_slack_what_befell_an_incident),
        cmocka_unit_test(opens_and_resolves_one_page),
        cmocka_unit_test(hands_all_of_it_to_webhooks),
        cmocka_unit_test(draws_a_card_for_teams),
        cmocka_unit_test(writes_mail),
        cmocka_unit_test(says_what_who_sends_it_says),
        cmocka_unit_test(keeps_channels_that_can_be_used),
        cmocka_unit_test(knows_which_can_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
