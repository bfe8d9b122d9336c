#include "site.h"

#include "net/deliver.h"

struct sent {
    struct site *site;
    char url[100];
    bool is_refused; /* by commit */
    int n_commits;
    int n_calls_before; /* what the site had seen at the commit */
    struct deliver_answer answer;
    struct why why;
};

static bool commit(void *arg)
{
    struct sent *s = arg;

    s->n_commits++;
    s->n_calls_before = s->site != NULL ? atomic_load(&s->site->n_calls) : 0;
    return !s->is_refused;
}

static bool is_ended(void *arg, bool is_out)
{
    (void)arg;
    (void)is_out;
    return true;
}

static enum rc send_body(struct sent *s, const char *path, struct str body)
{
    static const struct http_field field[] = {
        {STR_INIT("Content-Type"), STR_INIT("text/x")},
        {STR_INIT("Cookie"), STR_INIT("a=1")},
    };

    if (s->site != NULL) {
        (void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u%s",
                       http_server_port(s->site->server), path);
    }
    return deliver(&(struct deliver_ask){.url = s->url,
                                         .body = body,
                                         .timeout_ms = 60 * 1000,
                                         .field = field,
                                         .n_fields = ARRAY_N(field),
                                         .commit = commit,
                                         .arg = s},
                   &s->answer, &s->why);
}

static void lets_the_last_byte_go_when_told_to(void **state)
{
    struct site site;
    struct sent s = {.site = &site};

    (void)state;
    site_open(&site);
    assert_ok(send_body(&s, "/echo", STR("ab")), &s.why);
    assert_int_equal(s.n_commits, 1);
    assert_int_equal(s.n_calls_before, 0);
    assert_int_equal(s.answer.status, 200);
    assert_true(s.answer.is_out);
    assert_true(strstr(s.answer.said, "type=text/x") != NULL);
    assert_ok(
        send_body(&s, "/echo", (struct str){.p = site.big, .n = SITE_BODY_MAX}),
        &s.why);
    assert_int_equal(s.n_commits, 2);
    assert_int_equal(s.n_calls_before, 1);
    assert_int_equal(s.answer.status, 200);
    site_close(&site);
}

static void keeps_it_back_otherwise(void **state)
{
    struct site site;
    struct sent s = {.site = &site, .is_refused = true};

    (void)state;
    site_open(&site);
    assert_rc(send_body(&s, "/echo", STR("abc")), RC_IO);
    assert_int_equal(s.n_commits, 1);
    assert_false(s.answer.is_out);
    assert_int_equal(atomic_load(&site.n_calls), 0);
    site_close(&site);
}

static void tells_nobody_and_nonsense_without_the_path(void **state)
{
    struct sent s = {.url = "http://127.0.0.1:1/secret"};

    (void)state;
    assert_rc(send_body(&s, "", STR("abc")), RC_UNAVAILABLE);
    assert_true(strstr(s.why.text, "127.0.0.1") != NULL);
    assert_true(strstr(s.why.text, "secret") == NULL);
    assert_int_equal(s.n_commits, 0);
    s = (struct sent){.url = "secret words"};
    assert_rc(send_body(&s, "", STR("abc")), RC_INVALID);
    assert_true(strstr(s.why.text, "secret") == NULL);
    s = (struct sent){.url = "ftp://127.0.0.1/secret"};
    assert_rc(send_body(&s, "", STR("abc")), RC_INVALID);
}

static void breaks_off_when_told_to(void **state)
{
    struct site site;
    struct deliver_answer answer;
    struct why why;
    char url[100];

    (void)state;
    site_open(&site);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/hold",
                   http_server_port(site.server));
    assert_int_not_equal(deliver(&(struct deliver_ask){.url = url,
                                                       .body = STR("ab"),
                                                       .timeout_ms = 60 * 1000,
                                                       .is_ended = is_ended},
                                 &answer, &why),
                         RC_OK);
    site_answer_later(&site); /* if it got that far */
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_the_last_byte_go_when_told_to),
        cmocka_unit_test(keeps_it_back_otherwise),
        cmocka_unit_test(tells_nobody_and_nonsense_without_the_path),
        cmocka_unit_test(breaks_off_when_told_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
