/* watch: and public_url: of toll.yaml. */
#include "app/conf_priv.h"
#include "base/limits.h"
#include "base/usd.h"
#include "base/why.h"
#include "watch/watch_settings.h"

/* ---- public_url ---- */

void conf_read_public_url(struct conf_reader *r, const struct yaml_node *value,
                          void *into)
{
    struct str url = conf_text(r, value, "public_url");
    bool is_url =
        str_starts(url, STR("http://")) || str_starts(url, STR("https://"));
    struct why why;

    (void)into;
    if (url.n > 0 && (!is_url || url.n > CONF_URL_MAX ||
                      str_find_char(url, ' ', 0) != SIZE_MAX)) {
        conf_problem(r, value,
                     "'%.*s' is no address of the dashboard; write it as "
                     "https://toll.example.com",
                     STR_ARG(url));
    } else if (watch_settings_public_url(r->conf->watch, url, &why) != RC_OK) {
        conf_problem(r, value, "%s", why.text);
    }
}

/* ---- watch ---- */

static void read_notify(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct str notify[LIMIT_CHANNELS_MAX];
    size_t n = conf_notify(r, value, notify, LIMIT_CHANNELS_MAX);
    struct why why;

    (void)into;
    if (watch_settings_notify(r->conf->watch, notify, n, &why) != RC_OK) {
        conf_problem(r, value, "%s", why.text);
    }
}

double conf_dollars(struct conf_reader *r, const struct yaml_node *value,
                    const char *what)
{
    struct str text = conf_text(r, value, what);
    struct usd usd = {0};

    if (text.n > 0 && (usd_parse(text, &usd) != RC_OK || usd.pico < 0)) {
        conf_problem(r, value,
                     "'%.*s' is no amount of dollars; write it as "
                     "2.50",
                     STR_ARG(text));
        return 0;
    }
    return usd_to_f64((struct usd_sum){usd.pico});
}

static void read_minimum(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    (void)into;
    watch_settings_minimum(r->conf->watch, conf_dollars(r, value, "minimum"));
}

struct quiet_reading {
    struct watch_quiet quiet;
    bool has_from, has_to;
};

static void read_from(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct quiet_reading *reading = into;

    reading->has_from = true;
    reading->quiet.from_s = conf_time_of_day(r, value, "from");
}

static void read_to(struct conf_reader *r, const struct yaml_node *value,
                    void *into)
{
    struct quiet_reading *reading = into;

    reading->has_to = true;
    reading->quiet.to_s = conf_time_of_day(r, value, "to");
}

static void read_days(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct quiet_reading *reading = into;
    struct str word[ARRAY_N(reading->quiet.day)];
    size_t n = conf_texts(r, value, "days", word, ARRAY_N(word));

    for (size_t i = 0; i < n; i++) {
        int day = conf_weekday(r, value, word[i]);
        if (day >= 0) {
            reading->quiet.day[day] = true;
        }
    }
}

static const struct conf_key quiet_keys[] = {
    {"from", read_from},
    {"to", read_to},
    {"days", read_days},
};

static void read_quiet(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct quiet_reading reading = {.has_from = false};
    size_t before = r->n_problems;

    (void)into;
    if (!conf_expect(r, value, value, YAML_MAP, "quiet")) {
        return;
    }
    conf_level(r, value, quiet_keys, ARRAY_N(quiet_keys), &reading);
    if (r->n_problems > before) {
        return;
    }
    if (reading.has_from != reading.has_to) {
        conf_problem(r, value, "quiet needs both from and to, or only days");
        return;
    }
    watch_settings_quiet(r->conf->watch, &reading.quiet);
}

static const struct conf_key watch_keys[] = {
    {"notify", read_notify},
    {"minimum", read_minimum},
    {"quiet", read_quiet},
};

/* Channels may stand behind it in the file. */
void conf_read_watch(struct conf_reader *r, const struct yaml_node *value,
                     void *into)
{
    (void)into;
    r->watch = value;
}

void conf_check_watch(struct conf_reader *r)
{
    if (r->watch != NULL &&
        conf_expect(r, r->watch, r->watch, YAML_MAP, "watch")) {
        conf_level(r, r->watch, watch_keys, ARRAY_N(watch_keys), NULL);
    }
}
