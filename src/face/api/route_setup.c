/* What a page that helps to set toll up needs: where clients send to, whether
 * anything has come, from where, and what is wrong with the configuration. */
#include "base/json.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api_route.h"
#include "face/cli/setup_lines.h"

struct seen {
    struct json_writer *w;
    struct query_extent all;
};

static void add_text(struct json_writer *w, const char *name, struct str s)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, s);
}

static void add_extent(struct json_writer *w, const struct query_extent *e)
{
    const struct {
        const char *name;
        int64_t us;
    } times[] = {{"first", e->first_us}, {"last", e->last_us}};

    json_w_key(w, STR("events"));
    json_w_i64(w, e->n);
    for (size_t i = 0; i < ARRAY_N(times); i++) {
        struct buf text;

        buf_init(&text, 64);
        utc_add_text(&text, times[i].us);
        if (e->n > 0) {
            add_text(w, times[i].name, buf_view(&text));
        } else {
            json_w_key(w, str_from_cz(times[i].name));
            json_w_null(w);
        }
        buf_fini(&text);
    }
}

static enum rc add_source(void *arg, const struct str *key,
                          const struct query_extent *extent, struct why *why)
{
    struct seen *seen = arg;

    (void)why;
    json_w_obj(seen->w);
    add_text(seen->w, "source", key[0]);
    add_extent(seen->w, extent);
    json_w_obj_end(seen->w);
    if (seen->all.n == 0 || extent->first_us < seen->all.first_us) {
        seen->all.first_us = extent->first_us;
    }
    if (seen->all.n == 0 || extent->last_us > seen->all.last_us) {
        seen->all.last_us = extent->last_us;
    }
    seen->all.n += extent->n;
    return RC_OK;
}

static enum rc add_seen(struct api_call *call, struct json_writer *w,
                        struct why *why)
{
    static const struct query_param param[] = {
        {STR_INIT("by"), STR_INIT("source")},
        {STR_INIT("range"), STR_INIT("all")},
        {STR_INIT("where"), STR_INIT("environment:*")},
    };
    struct seen seen = {.w = w};
    struct query q;
    enum rc rc = api_parse_query(call, param, ARRAY_N(param), &q, why);

    json_w_key(w, STR("seen"));
    json_w_obj(w);
    json_w_key(w, STR("sources"));
    json_w_arr(w);
    if (rc == RC_OK) {
        rc = query_extent(&q, call->reader, add_source, &seen, why);
    }
    json_w_arr_end(w);
    add_extent(w, &seen.all);
    json_w_obj_end(w);
    return rc;
}

static void add_clients(struct json_writer *w, struct str url)
{
    struct buf lines;

    json_w_key(w, STR("clients"));
    json_w_arr(w);
    for (size_t i = 0; i < setup_table_n; i++) {
        buf_init(&lines, 64 * 1024);
        setup_add(&lines, &setup_table[i], url);
        json_w_obj(w);
        add_text(w, "name", str_from_cz(setup_table[i].name));
        add_text(w, "title", str_from_cz(setup_table[i].title));
        add_text(w, "lines", buf_view(&lines));
        json_w_obj_end(w);
        buf_fini(&lines);
    }
    json_w_arr_end(w);
}

static void add_ready(struct api_call *call, struct json_writer *w)
{
    struct why trouble = {.text = ""};
    bool is_ready = call->env->ready != NULL &&
                    call->env->ready(call->env->arg, &trouble) == RC_OK;

    json_w_key(w, STR("server"));
    json_w_bool(w, call->env->ready != NULL);
    json_w_key(w, STR("ready"));
    json_w_bool(w, is_ready);
    if (trouble.text[0] != '\0') {
        add_text(w, "trouble", str_from_cz(trouble.text));
    }
}

static enum rc answer(struct api_call *call, struct why *why)
{
    struct json_writer w;
    struct str url = STR_EMPTY;

    json_w_init(&w, &call->response->body);
    json_w_obj(&w);
    add_text(&w, "version", call->env->version);
    add_ready(call, &w);
    call->env->setup(call->env->arg, &w, &url);
    enum rc rc = add_seen(call, &w, why);
    add_clients(&w, url);
    json_w_obj_end(&w);
    buf_char(&call->response->body, '\n');
    return rc;
}

const struct api_route api_route_setup = {
    .path = "/api/setup",
    .needs_store = true,
    .doc = "where clients send to, what has come, what is misconfigured",
    .answer = answer,
};
