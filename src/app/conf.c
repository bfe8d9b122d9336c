/* The schema is data: a level of the file is an array of conf_key rows, each
 * with the function that reads its value.  Readers note a problem and go on,
 * so that one run tells all of them. */
#include "app/conf.h"

#include "app/conf_priv.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/utc.h"
#include "base/why.h"
#include "budget/budget.h"
#include "capture/gateway/upstreams.h"
#include "event/registry.h"
#include "face/notify/notify.h"
#include "intake/attribution.h"
#include "query/period.h"
#include "watch/schedule.h"
#include "watch/watch_settings.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_PORT 8655

/* ---- problems ---- */

void conf_problem(struct conf_reader *r, const struct yaml_node *node,
                  const char *fmt, ...)
{
    struct buf text;
    va_list ap;
    const char *path = r->conf->path != NULL ? r->conf->path : "toll.yaml";

    buf_init(&text, 1024);
    if (node != NULL) {
        buf_fmt(&text, "%s line %zu: ", path, yaml_line(node));
    } else {
        buf_fmt(&text, "%s: ", path);
    }
    va_start(ap, fmt);
    buf_vfmt(&text, fmt, ap);
    va_end(ap);
    if (r->n_problems == 0) {
        (void)why_set(r->first, RC_INVALID, "%.*s", STR_ARG(buf_view(&text)));
    }
    r->n_problems++;
    buf_str(r->problems, buf_view(&text));
    buf_char(r->problems, '\n');
    buf_fini(&text);
}

void conf_unknown_key(struct conf_reader *r, const struct conf_key *key,
                      size_t n, const struct yaml_node *at, struct str name)
{
    struct near near;

    near_init(&near, name);
    for (size_t i = 0; i < n; i++) {
        near_offer(&near, str_from_cz(key[i].name));
    }
    if (near.best_n > 0) {
        conf_problem(r, at, "unknown key '%.*s'; did you mean '%.*s'?",
                     STR_ARG(name), STR_ARG(near_best(&near)));
        return;
    }
    struct buf all;
    buf_init(&all, 512);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(&all, "%s%s", i > 0 ? ", " : "", key[i].name);
    }
    conf_problem(r, at, "unknown key '%.*s'; known here: %.*s", STR_ARG(name),
                 STR_ARG(buf_view(&all)));
    buf_fini(&all);
}

bool conf_expect(struct conf_reader *r, const struct yaml_node *node,
                 const struct yaml_node *at, enum yaml_kind kind,
                 const char *what)
{
    if (yaml_kind(node) == kind) {
        return true;
    }
    conf_problem(r, at, "%s must be %s, not %s", what, yaml_kind_name(kind),
                 yaml_kind_name(yaml_kind(node)));
    return false;
}

bool conf_seen_before(struct conf_reader *r, const struct yaml_node *map,
                      size_t i, struct str name)
{
    for (size_t k = 0; k < i; k++) {
        const struct yaml_node *key;
        const struct yaml_node *value;
        if (str_eq(yaml_member(r->doc, map, k, &key, &value), name)) {
            return true;
        }
    }
    return false;
}

/* Reads one level: every member by its row. */
void conf_level(struct conf_reader *r, const struct yaml_node *map,
                const struct conf_key *key, size_t n, void *into)
{
    for (size_t i = 0; i < yaml_n(map); i++) {
        const struct yaml_node *at;
        const struct yaml_node *value;
        struct str name = yaml_member(r->doc, map, i, &at, &value);
        size_t k = 0;

        if (conf_seen_before(r, map, i, name)) {
            conf_problem(r, at, "'%.*s' stands here twice", STR_ARG(name));
            continue;
        }
        while (k < n && !str_eq(name, str_from_cz(key[k].name))) {
            k++;
        }
        if (k == n) {
            conf_unknown_key(r, key, n, at, name);
        } else if (yaml_kind(value) == YAML_NONE) {
            continue; /* left empty: the default */
        } else if (key[k].read == NULL) {
            conf_problem(r, at,
                         "'%.*s' is not available in this version of toll",
                         STR_ARG(name));
        } else {
            key[k].read(r, value, into);
        }
    }
}

/* ---- scalars ---- */

static struct str keep(struct conf_reader *r, struct str s)
{
    struct str copy = STR_EMPTY;

    if (str_dup(&r->conf->arena, s, &copy) != RC_OK) {
        conf_problem(r, NULL, "too large: over %d bytes of text",
                     LIMIT_CONFIG_BYTES_MAX);
    }
    return copy;
}

struct str conf_text(struct conf_reader *r, const struct yaml_node *value,
                     const char *what)
{
    if (!conf_expect(r, value, value, YAML_SCALAR, what)) {
        return STR_EMPTY;
    }
    if (!str_utf8_ok(yaml_text(value))) {
        conf_problem(r, value, "%s is not valid UTF-8", what);
        return STR_EMPTY;
    }
    return keep(r, yaml_text(value));
}

size_t conf_texts(struct conf_reader *r, const struct yaml_node *value,
                  const char *what, struct str *ret, size_t max)
{
    bool is_list = yaml_kind(value) == YAML_LIST;
    size_t n = is_list ? yaml_n(value) : 1;

    if (n > max) {
        conf_problem(r, value, "at most %zu under %s", max, what);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        ret[i] =
            conf_text(r, is_list ? yaml_item(r->doc, value, i) : value, what);
    }
    return n;
}

/* A date is the beginning of that day, UTC, as price lists have it. */
int64_t conf_date(struct conf_reader *r, const struct yaml_node *value)
{
    struct str text = conf_text(r, value, "a date");
    int64_t day = 0;
    int64_t us = 0;

    if (utc_parse_date(text, &day) == RC_OK) {
        return day * UTC_US_PER_DAY;
    }
    if (utc_parse(text, true, &us) == RC_OK) {
        return us;
    }
    conf_problem(r, value, "'%.*s' is no date; write it as 2026-10-01",
                 STR_ARG(text));
    return 0;
}

/* ---- listen, timezone, store ---- */

void conf_address_url(const struct conf_address *at, uint16_t port,
                      char ret_url[static CONF_URL_MAX])
{
    bool is_v6 = strchr(at->host, ':') != NULL;
    bool is_any = strcmp(at->host, "0.0.0.0") == 0;

    (void)snprintf(ret_url, CONF_URL_MAX, "http://%s%s%s:%u", is_v6 ? "[" : "",
                   is_any ? "127.0.0.1" : at->host, is_v6 ? "]" : "", port);
}

/* Names would have to be looked up, and may mean several addresses. */
static bool is_numeric(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 ||
           inet_pton(AF_INET6, host, address) == 1;
}

enum rc conf_parse_address(struct arena *arena, struct str text,
                           struct conf_address *ret, struct why *why)
{
    struct str host = STR("127.0.0.1");
    struct str port = text;
    uint64_t n = 0;
    size_t colon = SIZE_MAX;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ':') {
            colon = i;
        }
    }
    if (colon != SIZE_MAX) {
        host = str_sub(text, 0, colon);
        port = str_sub(text, colon + 1, SIZE_MAX);
        if (host.n == 0) {
            host = STR("0.0.0.0");
        } else if (host.n > 2 && host.p[0] == '[' &&
                   host.p[host.n - 1] == ']') {
            host = str_sub(host, 1, host.n - 2);
        }
    }
    if (str_eq(host, STR("localhost"))) {
        host = STR("127.0.0.1");
    }
    char *cz = str_cz(arena, host);
    if (cz == NULL) {
        return why_set(why, RC_LIMIT, "address too long");
    }
    if (str_to_u64(port, &n) != RC_OK || n > UINT16_MAX || !is_numeric(cz)) {
        return why_set(why, RC_INVALID,
                       "'%.*s' is no address to listen on; write it as "
                       "127.0.0.1:8655",
                       STR_ARG(text));
    }
    *ret = (struct conf_address){.host = cz, .port = (uint16_t)n};
    return RC_OK;
}

static void read_address(struct conf_reader *r, const struct yaml_node *value,
                         struct conf_address *list, size_t *n)
{
    struct why why;

    if (!conf_expect(r, value, value, YAML_SCALAR, "an address")) {
        return;
    }
    if (*n == CONF_LISTEN_MAX) {
        conf_problem(r, value, "at most %d addresses to listen on",
                     CONF_LISTEN_MAX);
        return;
    }
    if (conf_parse_address(&r->conf->arena, yaml_text(value), &list[*n],
                           &why) != RC_OK) {
        conf_problem(r, value, "%s", why.text);
        return;
    }
    (*n)++;
}

/* One address, or a list of them. */
static void read_addresses(struct conf_reader *r, const struct yaml_node *value,
                           struct conf_address *list, size_t *n)
{
    if (yaml_kind(value) != YAML_LIST) {
        read_address(r, value, list, n);
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        read_address(r, yaml_item(r->doc, value, i), list, n);
    }
}

static void read_listen(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    (void)into;
    read_addresses(r, value, r->conf->listen, &r->conf->n_listen);
}

static void read_otlp_listen(struct conf_reader *r,
                             const struct yaml_node *value, void *into)
{
    (void)into;
    read_addresses(r, value, r->conf->otlp_listen, &r->conf->n_otlp_listen);
}

static void read_timezone(struct conf_reader *r, const struct yaml_node *value,
                          void *into)
{
    struct str name = conf_text(r, value, "timezone");
    struct period_zone *zone = NULL;
    struct why why;

    (void)into;
    if (name.n == 0) {
        return;
    }
    if (period_zone_open(name, &zone, &why) != RC_OK) {
        conf_problem(r, value, "%s", why.text);
        return;
    }
    period_zone_close(&zone);
    r->conf->timezone = name;
}

static void read_store(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct str name = conf_text(r, value, "store");

    (void)into;
    if (name.n > 0 && !str_eq(name, STR("duckdb"))) {
        conf_problem(r, value,
                     "store '%.*s' is unknown; this version has duckdb",
                     STR_ARG(name));
    }
}

/* ---- the whole ---- */

static const struct conf_key root_keys[] = {
    {"listen", read_listen},
    {"otlp_listen", read_otlp_listen},
    {"timezone", read_timezone},
    {"store", read_store},
    {"attribution", conf_read_attribution},
    {"features", conf_read_features},
    {"experiments", conf_read_experiments},
    {"prices", conf_read_prices},
    {"upstreams", conf_read_upstreams},
    {"alerts", conf_read_alerts},
    {"budgets", conf_read_budgets},
    {"channels", conf_read_channels},
    {"clickhouse", NULL},
    {"public_url", conf_read_public_url},
    {"reviews", conf_read_reviews},
    {"watch", conf_read_watch},
};

static void read_root(struct conf_reader *r)
{
    const struct yaml_node *root = yaml_root(r->doc);

    if (yaml_kind(root) != YAML_NONE &&
        conf_expect(r, root, root, YAML_MAP, "the file")) {
        conf_level(r, root, root_keys, ARRAY_N(root_keys), NULL);
    }
    if (r->n_problems == 0 && r->conf->n_overrides + r->conf->n_discounts > 0) {
        conf_check_prices(r);
    }
    conf_check_reviews(r);
    conf_check_watch(r);
    conf_check_budgets(r);
    conf_check_alerts(r);
    if (r->conf->n_listen == 0) {
        r->conf->listen[0] =
            (struct conf_address){.host = "127.0.0.1", .port = DEFAULT_PORT};
        r->conf->n_listen = 1;
    }
}

enum rc conf_load(struct str text, const char *path, struct conf **ret_conf,
                  struct buf *problems, struct why *why)
{
    struct conf *conf = mem_alloc(sizeof *conf);
    struct conf_reader r = {.conf = conf, .problems = problems, .first = why};
    enum rc rc;

    arena_init(&conf->arena, LIMIT_CONFIG_BYTES_MAX * (size_t)4);
    conf->path = path != NULL ? str_cz(&conf->arena, str_from_cz(path)) : NULL;
    conf->timezone = STR("UTC");
    conf->attribution = attribution_new();
    conf->registry = registry_new();
    conf->upstreams = upstreams_new();
    conf->channels = channels_new();
    conf->reviews = schedule_new();
    conf->watch = watch_settings_new();
    conf->budgets = budgets_new();
    rc = yaml_parse(text, &r.doc, why);
    if (rc != RC_OK) {
        rc = why_prefix(why, rc, "%s", path != NULL ? path : "toll.yaml");
        buf_fmt(problems, "%s\n", why->text);
        goto out;
    }
    read_root(&r);
    rc = r.n_problems > 0 ? RC_INVALID : RC_OK;
out:
    yaml_free(&r.doc);
    if (rc != RC_OK) {
        conf_free(&conf);
        return rc;
    }
    *ret_conf = conf;
    return RC_OK;
}

static const struct conf_key budget_root_keys[] = {
    {"budgets", conf_read_budgets},
};

enum rc conf_load_budgets(struct str text, const char *path,
                          const struct conf *with, struct budgets *into,
                          struct buf *problems, struct why *why)
{
    struct conf conf = {.path = path,
                        .registry = with->registry,
                        .channels = with->channels,
                        .budgets = into};
    struct conf_reader r = {
        .conf = &conf, .problems = problems, .first = why, .is_applied = true};

    arena_init(&conf.arena, LIMIT_CONFIG_BYTES_MAX * (size_t)4);
    enum rc rc = yaml_parse(text, &r.doc, why);
    if (rc != RC_OK) {
        rc = why_prefix(why, rc, "%s", path);
        buf_fmt(problems, "%s\n", why->text);
    } else {
        const struct yaml_node *root = yaml_root(r.doc);

        if (conf_expect(&r, root, root, YAML_MAP, "the file")) {
            conf_level(&r, root, budget_root_keys, ARRAY_N(budget_root_keys),
                       NULL);
        }
        conf_check_budgets(&r);
        rc = r.n_problems > 0 ? RC_INVALID : RC_OK;
    }
    yaml_free(&r.doc);
    arena_fini(&conf.arena);
    return rc;
}

void conf_free(struct conf **conf)
{
    if (conf == NULL || *conf == NULL) {
        return;
    }
    attribution_unref(&(*conf)->attribution);
    registry_unref(&(*conf)->registry);
    upstreams_unref(&(*conf)->upstreams);
    channels_unref(&(*conf)->channels);
    schedule_unref(&(*conf)->reviews);
    watch_settings_unref(&(*conf)->watch);
    budgets_unref(&(*conf)->budgets);
    arena_fini(&(*conf)->arena);
    mem_free(*conf);
    *conf = NULL;
}
