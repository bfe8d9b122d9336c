/* upstreams: of toll.yaml. */
#include "app/conf_priv.h"
#include "base/why.h"
#include "capture/gateway/upstreams.h"

#include <stdlib.h>

static void read_url(struct conf_reader *r, const struct yaml_node *value,
                     void *into)
{
    struct upstream_spec *spec = into;

    spec->url = conf_text(r, value, "url");
}

static void read_dialect(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct upstream_spec *spec = into;

    spec->dialect = conf_text(r, value, "dialect");
}

static void read_provider(struct conf_reader *r, const struct yaml_node *value,
                          void *into)
{
    struct upstream_spec *spec = into;

    spec->provider = conf_text(r, value, "provider");
}

/* The variable may be set only where the server runs, so its absence is no
 * fault of the file; calls are then refused. */
static void read_key_env(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct upstream_spec *spec = into;

    spec->key_env = conf_text(r, value, "key_env");
    if (spec->key_env.n > 0) {
        const char *name = str_cz(&r->conf->arena, spec->key_env);
        spec->key = str_from_cz(name != NULL ? getenv(name) : NULL);
    }
}

static void read_proxy(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct upstream_spec *spec = into;

    spec->proxy = conf_text(r, value, "proxy");
}

static void read_ca_file(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct upstream_spec *spec = into;

    spec->ca_file = conf_text(r, value, "ca_file");
}

static void read_ask_usage(struct conf_reader *r, const struct yaml_node *value,
                           void *into)
{
    struct upstream_spec *spec = into;
    struct str text = conf_text(r, value, "ask_usage");

    spec->never_ask = str_eq(text, STR("false"));
    if (text.n > 0 && !spec->never_ask && !str_eq(text, STR("true"))) {
        conf_problem(r, value, "ask_usage must be true or false, not '%.*s'",
                     STR_ARG(text));
    }
}

static int64_t seconds(struct conf_reader *r, const struct yaml_node *value,
                       const char *what)
{
    struct str text = conf_text(r, value, what);
    double s = 0;

    if (text.n > 0 &&
        (str_to_f64(text, &s) != RC_OK || s < 0.001 || s > 86400)) {
        conf_problem(r, value, "%s must be seconds, 0.001 to 86400, not '%.*s'",
                     what, STR_ARG(text));
        return -1;
    }
    return text.n > 0 ? (int64_t)(s * 1000) : -1;
}

static void read_connect(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct upstream_spec *spec = into;

    spec->connect_ms = seconds(r, value, "connect_timeout");
}

static void read_idle(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct upstream_spec *spec = into;

    spec->idle_ms = seconds(r, value, "idle_timeout");
}

static const struct conf_key upstream_keys[] = {
    {"url", read_url},
    {"dialect", read_dialect},
    {"provider", read_provider},
    {"key_env", read_key_env},
    {"ask_usage", read_ask_usage},
    {"connect_timeout", read_connect},
    {"idle_timeout", read_idle},
    {"proxy", read_proxy},
    {"ca_file", read_ca_file},
};

void conf_read_upstreams(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    (void)into;
    if (!conf_expect(r, value, value, YAML_MAP, "upstreams")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *entry;
        struct upstream_spec spec = {.connect_ms = -1, .idle_ms = -1};
        struct why why;

        spec.name = yaml_member(r->doc, value, i, &at, &entry);
        if (yaml_kind(entry) != YAML_NONE &&
            conf_expect(r, entry, at, YAML_MAP, "an upstream")) {
            conf_level(r, entry, upstream_keys, ARRAY_N(upstream_keys), &spec);
            if (upstreams_add(r->conf->upstreams, &spec, &why) != RC_OK) {
                conf_problem(r, at, "%s", why.text);
            }
        }
    }
}
