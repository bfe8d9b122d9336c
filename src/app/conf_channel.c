/* channels: and reviews: of toll.yaml. */
#include "app/conf_priv.h"
#include "base/limits.h"
#include "base/near.h"
#include "base/why.h"
#include "face/notify/notify.h"
#include "watch/schedule.h"

#include <stdlib.h>

struct reading {
    struct channel channel;
    struct str to[LIMIT_CHANNEL_TO_MAX];
};

/* ---- the settings of a channel ---- */

static void read_url(struct conf_reader *r, const struct yaml_node *value,
                     void *into)
{
    struct reading *reading = into;

    reading->channel.url = conf_text(r, value, "url");
}

/* A variable may be set only where the server runs, so its absence is no
 * fault of the file; it is told by whoever uses the channel. */
static void from_env(struct conf_reader *r, const struct yaml_node *value,
                     const char *what, struct reading *reading,
                     struct str *into)
{
    struct str name = conf_text(r, value, what);
    const char *cz = str_cz(&r->conf->arena, name);

    if (name.n == 0 || cz == NULL) {
        return;
    }
    *into = str_from_cz(getenv(cz));
    if (into->n == 0) {
        reading->channel.missing_env = name;
    }
}

static void read_url_env(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct reading *reading = into;

    from_env(r, value, "url_env", reading, &reading->channel.url);
}

static void read_key_env(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct reading *reading = into;

    from_env(r, value, "key_env", reading, &reading->channel.secret);
}

static void read_secret_env(struct conf_reader *r,
                            const struct yaml_node *value, void *into)
{
    struct reading *reading = into;

    from_env(r, value, "secret_env", reading, &reading->channel.secret);
}

static void read_password_env(struct conf_reader *r,
                              const struct yaml_node *value, void *into)
{
    struct reading *reading = into;

    from_env(r, value, "password_env", reading, &reading->channel.secret);
}

static void read_user_env(struct conf_reader *r, const struct yaml_node *value,
                          void *into)
{
    struct reading *reading = into;

    from_env(r, value, "user_env", reading, &reading->channel.user);
}

static void read_from(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct reading *reading = into;

    reading->channel.from = conf_text(r, value, "from");
}

static void read_to(struct conf_reader *r, const struct yaml_node *value,
                    void *into)
{
    struct reading *reading = into;

    reading->channel.to = reading->to;
    reading->channel.n_to =
        conf_texts(r, value, "to", reading->to, LIMIT_CHANNEL_TO_MAX);
}

static const struct conf_key pagerduty_keys[] = {
    {"key_env", read_key_env},
    {"url", read_url},
};

static const struct conf_key chat_keys[] = {
    {"url_env", read_url_env},
    {"url", read_url},
};

static const struct conf_key smtp_keys[] = {
    {"url", read_url},           {"url_env", read_url_env},
    {"from", read_from},         {"to", read_to},
    {"user_env", read_user_env}, {"password_env", read_password_env},
};

static const struct conf_key webhook_keys[] = {
    {"url", read_url},
    {"url_env", read_url_env},
    {"secret_env", read_secret_env},
};

/* The kinds of notify_table, each with its keys. */
static const struct {
    const char *kind;
    const struct conf_key *key;
    size_t n;
} kinds[] = {
    {"pagerduty", pagerduty_keys, ARRAY_N(pagerduty_keys)},
    {"slack", chat_keys, ARRAY_N(chat_keys)},
    {"smtp", smtp_keys, ARRAY_N(smtp_keys)},
    {"teams", chat_keys, ARRAY_N(chat_keys)},
    {"webhook", webhook_keys, ARRAY_N(webhook_keys)},
};

/* ---- channels ---- */

static size_t find_kind(struct conf_reader *r, const struct yaml_node *at,
                        struct str name)
{
    struct conf_key known[ARRAY_N(kinds)];

    for (size_t i = 0; i < ARRAY_N(kinds); i++) {
        if (str_eq(name, str_from_cz(kinds[i].kind))) {
            return i;
        }
        known[i] = (struct conf_key){kinds[i].kind, NULL};
    }
    conf_unknown_key(r, known, ARRAY_N(known), at, name);
    return SIZE_MAX;
}

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                       c == '.';
        if (!is_word) {
            return false;
        }
    }
    return name.n > 0 && name.n <= 64;
}

static void read_channel(struct conf_reader *r, struct str name,
                         const struct yaml_node *at,
                         const struct yaml_node *entry)
{
    const struct yaml_node *kind_at;
    const struct yaml_node *settings;
    struct reading reading = {.channel = {.name = name}};
    size_t before = r->n_problems;
    struct why why;

    if (!is_name(name)) {
        conf_problem(r, at,
                     "a channel's name has at most 64 letters, digits, '-', "
                     "'_' and '.'");
        return;
    }
    if (yaml_n(entry) != 1) {
        conf_problem(r, at,
                     "channel '%.*s' must be of one kind, such as {slack: "
                     "{url_env: TOLL_SLACK}}",
                     STR_ARG(name));
        return;
    }
    struct str word = yaml_member(r->doc, entry, 0, &kind_at, &settings);
    size_t kind = find_kind(r, kind_at, word);
    if (kind == SIZE_MAX ||
        !conf_expect(r, settings, kind_at, YAML_MAP, kinds[kind].kind)) {
        return;
    }
    reading.channel.kind = notify_kind_of(word);
    conf_level(r, settings, kinds[kind].key, kinds[kind].n, &reading);
    if (r->n_problems == before &&
        channels_add(r->conf->channels, &reading.channel, &why) != RC_OK) {
        conf_problem(r, at, "channel '%.*s': %s", STR_ARG(name), why.text);
    }
}

void conf_read_channels(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    (void)into;
    if (!conf_expect(r, value, value, YAML_MAP, "channels")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *entry;
        struct str name = yaml_member(r->doc, value, i, &at, &entry);

        if (conf_seen_before(r, value, i, name)) {
            conf_problem(r, at, "'%.*s' stands here twice", STR_ARG(name));
        } else if (conf_expect(r, entry, at, YAML_MAP, "a channel")) {
            read_channel(r, name, at, entry);
        }
    }
}

/* ---- reviews ---- */

struct review_reading {
    struct schedule_plan plan;
    struct str notify[LIMIT_CHANNELS_MAX];
};

int conf_weekday(struct conf_reader *r, const struct yaml_node *value,
                 struct str word)
{
    static const char *const day[] = {"monday",   "tuesday", "wednesday",
                                      "thursday", "friday",  "saturday",
                                      "sunday"};
    int weekday = schedule_weekday(word);
    struct near near;
    struct why why;

    if (weekday >= 0) {
        return weekday;
    }
    near_init(&near, word);
    for (size_t i = 0; i < ARRAY_N(day); i++) {
        near_offer(&near, str_from_cz(day[i]));
    }
    (void)near_unknown(&near, "day", "monday to sunday", &why);
    conf_problem(r, value, "%s", why.text);
    return weekday;
}

int conf_time_of_day(struct conf_reader *r, const struct yaml_node *value,
                     const char *what)
{
    struct str text = conf_text(r, value, what);
    int second = schedule_time(text);

    if (second < 0) {
        conf_problem(r, value,
                     "'%.*s' is no time of day; write it as \"09:00\"",
                     STR_ARG(text));
    }
    return second;
}

static void read_day(struct conf_reader *r, const struct yaml_node *value,
                     void *into)
{
    struct review_reading *reading = into;

    reading->plan.weekday = conf_weekday(r, value, conf_text(r, value, "day"));
}

static void read_at(struct conf_reader *r, const struct yaml_node *value,
                    void *into)
{
    struct review_reading *reading = into;

    reading->plan.second = conf_time_of_day(r, value, "at");
}

size_t conf_notify(struct conf_reader *r, const struct yaml_node *value,
                   struct str *ret, size_t max)
{
    const struct channel *channel = NULL;
    size_t n = conf_texts(r, value, "notify", ret, max);
    struct why why;

    for (size_t i = 0; i < n; i++) {
        if (channels_find(r->conf->channels, ret[i], &channel, &why) != RC_OK) {
            conf_problem(r, value, "%s", why.text);
        }
    }
    return n;
}

static void read_notify(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct review_reading *reading = into;

    reading->plan.notify = reading->notify;
    reading->plan.n_notify =
        conf_notify(r, value, reading->notify, LIMIT_CHANNELS_MAX);
}

static const struct conf_key review_keys[] = {
    {"day", read_day},
    {"at", read_at},
    {"notify", read_notify},
};

static void read_review(struct conf_reader *r, const struct yaml_node *entry)
{
    struct review_reading reading = {.plan = {.weekday = -1, .second = -1}};
    size_t before = r->n_problems;
    struct why why;

    conf_level(r, entry, review_keys, ARRAY_N(review_keys), &reading);
    if (r->n_problems > before) {
        return;
    }
    if (reading.plan.weekday < 0 || reading.plan.second < 0 ||
        reading.plan.n_notify == 0) {
        conf_problem(r, entry,
                     "a review needs all of {day: monday, at: \"09:00\", "
                     "notify: [CHANNEL]}");
    } else if (schedule_add(r->conf->reviews, &reading.plan, &why) != RC_OK) {
        conf_problem(r, entry, "%s", why.text);
    }
}

/* Channels may stand behind it in the file. */
void conf_read_reviews(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    (void)into;
    r->reviews = value;
}

void conf_check_reviews(struct conf_reader *r)
{
    if (r->reviews == NULL ||
        !conf_expect(r, r->reviews, r->reviews, YAML_LIST, "reviews")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(r->reviews); i++) {
        const struct yaml_node *entry = yaml_item(r->doc, r->reviews, i);

        if (conf_expect(r, entry, entry, YAML_MAP, "a review")) {
            read_review(r, entry);
        }
    }
}
