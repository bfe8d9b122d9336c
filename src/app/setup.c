#include "app/setup.h"

#include "app/conf.h"
#include "base/buf.h"
#include "base/json.h"
#include "capture/gateway/upstreams.h"
#include "face/notify/notify.h"

static void text(struct json_writer *w, const char *name, struct str value)
{
    json_w_key(w, str_from_cz(name));
    if (value.n > 0) {
        json_w_str(w, value);
    } else {
        json_w_null(w);
    }
}

/* "{url}{path}{name}" */
static void address(struct json_writer *w, const char *name, struct str url,
                    const char *path, struct str rest)
{
    struct buf b;

    buf_init(&b, 64 * 1024);
    buf_fmt(&b, "%.*s%s%.*s", STR_ARG(url), path, STR_ARG(rest));
    text(w, name, buf_view(&b));
    buf_fini(&b);
}

/* Whose key a call bears that the gateway passes on. */
static const char *key_of(const struct upstream *u)
{
    return u->key_env.n == 0 ? "caller" : u->key.n > 0 ? "toll" : "missing";
}

static void tell_upstream(struct json_writer *w, const struct upstream *u,
                          struct str url)
{
    json_w_obj(w);
    text(w, "name", u->name);
    address(w, "base", url, "/", u->name);
    address(w, "url", str_from_cz(u->origin.url), "", u->base_path);
    text(w, "dialect", u->dialect);
    text(w, "provider", u->provider);
    text(w, "key", str_from_cz(key_of(u)));
    json_w_obj_end(w);
}

static void tell_addresses(const struct setup *s, struct json_writer *w)
{
    char url[CONF_URL_MAX];

    text(w, "url", s->url);
    json_w_key(w, STR("events"));
    json_w_obj(w);
    address(w, "url", s->url, "/v1/events", STR_EMPTY);
    address(w, "responses", s->url, "/v1/usage/", STR("{provider}"));
    json_w_obj_end(w);
    json_w_key(w, STR("otlp"));
    json_w_obj(w);
    text(w, "endpoint", s->url);
    address(w, "traces", s->url, "/v1/traces", STR_EMPTY);
    address(w, "logs", s->url, "/v1/logs", STR_EMPTY);
    json_w_key(w, STR("own_ports"));
    json_w_arr(w);
    for (size_t i = 0; i < s->conf->n_otlp_listen; i++) {
        const struct conf_address *at = &s->conf->otlp_listen[i];
        conf_address_url(at, at->port, url);
        json_w_str(w, str_from_cz(url));
    }
    json_w_arr_end(w);
    json_w_obj_end(w);
    json_w_key(w, STR("upstreams"));
    json_w_arr(w);
    for (size_t i = 0; i < upstreams_n(s->upstreams); i++) {
        tell_upstream(w, upstreams_at(s->upstreams, i), s->url);
    }
    json_w_arr_end(w);
}

/* ---- what is wrong ---- */

static void problem(struct json_writer *w, const char *what, struct str name,
                    struct str variable, const char *so)
{
    struct buf b;

    buf_init(&b, 4096);
    buf_fmt(&b, "%s %.*s: the environment variable %.*s is not set; %s", what,
            STR_ARG(name), STR_ARG(variable), so);
    json_w_str(w, buf_view(&b));
    buf_fini(&b);
}

static void tell_problems(const struct setup *s, struct json_writer *w)
{
    json_w_arr(w);
    if (s->problem.n > 0) {
        json_w_str(w, s->problem);
    }
    for (size_t i = 0; i < upstreams_n(s->upstreams); i++) {
        const struct upstream *u = upstreams_at(s->upstreams, i);

        if (u->key_env.n > 0 && u->key.n == 0) {
            problem(w, "upstream", u->name, u->key_env,
                    "its calls bear no key of toll's");
        }
    }
    for (size_t i = 0; i < channels_n(s->channels); i++) {
        const struct channel *c = channels_at(s->channels, i);

        if (c->missing_env.n > 0) {
            problem(w, "channel", c->name, c->missing_env, "its messages wait");
        }
    }
    json_w_arr_end(w);
}

void setup_tell(const struct setup *s, struct json_writer *w)
{
    tell_addresses(s, w);
    json_w_key(w, STR("config"));
    json_w_obj(w);
    text(w, "file", str_from_cz(s->conf->path));
    text(w, "timezone", s->conf->timezone);
    json_w_key(w, STR("problems"));
    tell_problems(s, w);
    json_w_obj_end(w);
}
