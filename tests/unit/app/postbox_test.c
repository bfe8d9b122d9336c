#include "test.h"

#include "app/postbox.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct box {
    char dir[64];
    struct postbox *p;
    struct why why;
};

static bool only_pages_repeat(struct str kind)
{
    return str_eq(kind, STR("pagerduty"));
}

static void open_again(struct box *b)
{
    postbox_close(&b->p);
    assert_ok(postbox_open(b->dir, only_pages_repeat, &b->p, &b->why), &b->why);
}

static void box_open(struct box *b)
{
    *b = (struct box){.dir = "/tmp/toll-postbox-XXXXXX"};
    assert_non_null(mkdtemp(b->dir));
    open_again(b);
}

/* How many files the outbox has; they are removed when `remove`. */
static int n_files(const struct box *b, bool remove)
{
    char path[512];
    int n = 0;

    (void)snprintf(path, sizeof path, "%s/outbox", b->dir);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (e->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/outbox/%s", b->dir,
                           e->d_name);
            n++;
            if (remove) {
                assert_int_equal(unlink(path), 0);
            }
        }
    }
    (void)closedir(d);
    return n;
}

static void box_close(struct box *b)
{
    char path[512];

    postbox_close(&b->p);
    (void)n_files(b, true);
    (void)snprintf(path, sizeof path, "%s/outbox", b->dir);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(b->dir), 0);
}

static enum rc put(struct box *b, const char *channel, const char *kind,
                   struct str payload)
{
    return postbox_put(b->p,
                       &(struct outbox_item){.channel = str_from_cz(channel),
                                             .key = STR("k"),
                                             .kind = str_from_cz(kind),
                                             .title = STR("T"),
                                             .payload = payload},
                       &b->why);
}

static const struct outbox_item *take(struct box *b)
{
    const struct outbox_item *item = NULL;

    assert_true(postbox_take(b->p, &item));
    return item;
}

static void done(struct box *b, const struct outbox_item *item,
                 enum outbox_verdict verdict)
{
    const struct outbox_result result = {.verdict = verdict, .error = "e"};

    postbox_done(b->p, item, &result);
}

/* What the list says of the channel. */
static void assert_state(struct box *b, const char *channel, const char *state)
{
    struct json *json = NULL;
    struct buf out;

    buf_init(&out, SIZE_MAX);
    postbox_list(b->p, &out);
    assert_ok(json_parse(buf_view(&out), &json, &b->why), &b->why);
    const struct json *m = json_first(json_get(json, "messages"));
    while (m != NULL &&
           !str_eq(json_str(json_get(m, "channel")), str_from_cz(channel))) {
        m = json_next(m);
    }
    assert_non_null(m);
    assert_true(str_eq(json_str(json_get(m, "state")), str_from_cz(state)));
    json_free(&json);
    buf_fini(&out);
}

static void keeps_messages_until_they_are_sent(void **state)
{
    struct box b;
    struct postbox_counts counts;

    (void)state;
    box_open(&b);
    assert_ok(put(&b, "a", "slack", STR("one")), &b.why);
    assert_ok(put(&b, "b", "slack", STR("two")), &b.why);
    assert_rc(put(&b, "a", "slack", STR("one")), RC_EXISTS);
    assert_true(postbox_has(b.p, STR("a"), STR("k")));
    assert_false(postbox_has(b.p, STR("c"), STR("k")));
    open_again(&b);
    const struct outbox_item *first = take(&b);
    const struct outbox_item *second = take(&b);
    assert_str(first->payload, "one");
    assert_str(second->payload, "two");
    assert_true(postbox_sending(b.p, first));
    done(&b, first, OUTBOX_ARRIVED);
    done(&b, second, OUTBOX_NEVER);
    postbox_count(b.p, &counts);
    assert_int_equal(counts.n_sent, 1);
    assert_int_equal(counts.n_failed, 1);
    assert_int_equal(counts.n_waiting, 0);
    open_again(&b);
    assert_state(&b, "a", "sent");
    assert_state(&b, "b", "failed");
    assert_rc(put(&b, "a", "slack", STR("one")), RC_EXISTS);
    box_close(&b);
}

static void decides_what_was_under_way(void **state)
{
    struct box b;

    (void)state;
    box_open(&b);
    assert_ok(put(&b, "chat", "slack", STR("x")), &b.why);
    assert_ok(put(&b, "pager", "pagerduty", STR("y")), &b.why);
    assert_ok(put(&b, "early", "slack", STR("z")), &b.why);
    for (int i = 0; i < 3; i++) {
        const struct outbox_item *item = take(&b);
        if (!str_eq(item->channel, STR("early"))) {
            assert_true(postbox_sending(b.p, item));
        }
        postbox_done(b.p, item, NULL); /* nothing is known of it */
    }
    open_again(&b);
    assert_state(&b, "chat", "sent");
    assert_state(&b, "pager", "waiting");
    assert_state(&b, "early", "waiting");
    box_close(&b);
}

static void holds_a_channel_while_it_sends(void **state)
{
    struct box b;
    const struct outbox_item *item = NULL;

    (void)state;
    box_open(&b);
    assert_ok(put(&b, "a", "slack", STR("one")), &b.why);
    assert_ok(postbox_put(b.p,
                          &(struct outbox_item){.channel = STR("a"),
                                                .key = STR("k2"),
                                                .payload = STR("two")},
                          &b.why),
              &b.why);
    assert_ok(put(&b, "b", "slack", STR("three")), &b.why);
    const struct outbox_item *first = take(&b);
    assert_str(first->payload, "one");
    assert_str(take(&b)->payload, "three");
    done(&b, first, OUTBOX_ARRIVED);
    assert_str(take(&b)->payload, "two");
    postbox_end(b.p);
    assert_false(postbox_take(b.p, &item));
    box_close(&b);
}

/* What is sent leaves only a line behind. */
static void is_tidied(void **state)
{
    enum { N = 12 };
    const size_t n_bytes = 400 * 1024;
    struct box b;
    char *text = mem_alloc(n_bytes);
    char name[16];

    (void)state;
    memset(text, 'x', n_bytes);
    box_open(&b);
    assert_ok(put(&b, "stays", "slack", STR("small")), &b.why);
    done(&b, take(&b), OUTBOX_LATER);
    for (int i = 0; i < N; i++) {
        (void)snprintf(name, sizeof name, "c%d", i);
        assert_ok(put(&b, name, "slack", (struct str){text, n_bytes}), &b.why);
        const struct outbox_item *item = take(&b);
        while (str_eq(item->channel, STR("stays"))) {
            done(&b, item, OUTBOX_LATER);
            item = take(&b);
        }
        assert_int_equal(item->payload.n, n_bytes);
        done(&b, item, OUTBOX_ARRIVED);
    }
    assert_true(n_files(&b, false) <= 2);
    open_again(&b);
    assert_state(&b, "stays", "waiting");
    for (int i = 0; i < N; i++) {
        (void)snprintf(name, sizeof name, "c%d", i);
        assert_state(&b, name, "sent");
        assert_rc(put(&b, name, "slack", STR("x")), RC_EXISTS);
    }
    mem_free(text);
    box_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_messages_until_they_are_sent),
        cmocka_unit_test(decides_what_was_under_way),
        cmocka_unit_test(holds_a_channel_while_it_sends),
        cmocka_unit_test(is_tidied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
