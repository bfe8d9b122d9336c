#include "capture/gateway/upstreams.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"

#include <stdatomic.h>
#include <string.h>

struct upstreams {
    atomic_int n_refs;
    struct arena arena;
    struct upstream *row[LIMIT_UPSTREAMS_MAX];
    size_t n;
};

struct builtin {
    const char *name; /* its dialect and provider too */
    const char *url;  /* NULL: only where configured */
};

/* Bases are hosts: the SDKs' own paths follow. */
static const struct builtin builtins[] = {
    {"anthropic", "https://api.anthropic.com"},
    {"azure", NULL},
    {"bedrock", NULL},
    {"cohere", "https://api.cohere.com"},
    {"deepseek", "https://api.deepseek.com"},
    {"gemini", "https://generativelanguage.googleapis.com"},
    {"groq", "https://api.groq.com"},
    {"mistral", "https://api.mistral.ai"},
    {"ollama", NULL},
    {"openai", "https://api.openai.com"},
    {"openrouter", "https://openrouter.ai"},
    {"together", "https://api.together.xyz"},
    {"vertex", NULL},
    {"vllm", NULL},
    {"xai", "https://api.x.ai"},
};

/* First segments of toll's own addresses. */
static const char *const reserved[] = {"api",     "assets", "healthz",
                                       "metrics", "readyz", "v1"};

static const struct builtin *builtin_of(struct str name)
{
    for (size_t i = 0; i < ARRAY_N(builtins); i++) {
        if (str_eq(name, str_from_cz(builtins[i].name))) {
            return &builtins[i];
        }
    }
    return NULL;
}

static struct upstream *row_of(const struct upstreams *u, struct str name)
{
    for (size_t i = 0; i < u->n; i++) {
        if (str_eq(u->row[i]->name, name)) {
            return u->row[i];
        }
    }
    return NULL;
}

/* The arena's cap is far above what a configuration file may hold. */
static const char *keep_cz(struct upstreams *u, struct str s)
{
    const char *cz = str_cz(&u->arena, s);

    CHECK(cz != NULL);
    return cz;
}

static struct str keep(struct upstreams *u, struct str s)
{
    return (struct str){.p = keep_cz(u, s), .n = s.n};
}

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
            c != '_' && c != '.') {
            return false;
        }
    }
    return name.n > 0 && name.p[0] != '.';
}

static enum rc check_name(struct str name, struct why *why)
{
    if (!is_name(name)) {
        return why_set(why, RC_INVALID,
                       "'%.*s' is no name for an upstream; use a-z, 0-9, '-', "
                       "'_' and '.'",
                       STR_ARG(name));
    }
    for (size_t i = 0; i < ARRAY_N(reserved); i++) {
        if (str_eq(name, str_from_cz(reserved[i]))) {
            return why_set(why, RC_INVALID,
                           "'%.*s' is one of toll's own addresses; give the "
                           "upstream another name",
                           STR_ARG(name));
        }
    }
    return RC_OK;
}

/* "https://host:port/base/" as origin and base path. */
static enum rc set_url(struct upstreams *u, struct upstream *row,
                       struct str url, struct why *why)
{
    size_t host = str_starts(url, STR("https://"))  ? 8
                  : str_starts(url, STR("http://")) ? 7
                                                    : 0;
    size_t slash = str_find_char(url, '/', host);

    if (host == 0 || url.n == host || slash == host ||
        str_find_char(url, '?', 0) != SIZE_MAX ||
        str_find_char(url, '@', 0) != SIZE_MAX ||
        str_find_char(url, ' ', 0) != SIZE_MAX) {
        return why_set(why, RC_INVALID,
                       "upstream '%.*s' needs a url such as "
                       "https://api.example.com",
                       STR_ARG(row->name));
    }
    row->origin.url = keep_cz(u, str_sub(url, 0, slash));
    row->base_path = STR_EMPTY;
    if (slash != SIZE_MAX) {
        struct str path = str_sub(url, slash, SIZE_MAX);

        while (path.n > 0 && path.p[path.n - 1] == '/') {
            path.n--;
        }
        row->base_path = keep(u, path);
    }
    return RC_OK;
}

static struct upstream *new_row(struct upstreams *u, struct str name)
{
    struct upstream *row = arena_alloc(&u->arena, sizeof *row);

    CHECK(row != NULL);
    row->name = keep(u, name);
    row->dialect = row->name;
    row->provider = row->name;
    row->origin.connect_ms = LIMIT_UPSTREAM_CONNECT_MS;
    row->origin.idle_ms = LIMIT_UPSTREAM_IDLE_MS;
    row->may_ask = true;
    return row;
}

static void set_rest(struct upstreams *u, struct upstream *row,
                     const struct upstream_spec *spec)
{
    if (spec->dialect.n > 0) {
        row->dialect = keep(u, spec->dialect);
        row->provider = row->dialect;
    }
    if (spec->provider.n > 0) {
        row->provider = keep(u, spec->provider);
    }
    if (spec->key_env.n > 0) {
        row->key_env = keep(u, spec->key_env);
        row->key = keep(u, spec->key);
    }
    if (spec->proxy.n > 0) {
        row->origin.proxy = keep_cz(u, spec->proxy);
    }
    if (spec->ca_file.n > 0) {
        row->origin.ca_file = keep_cz(u, spec->ca_file);
    }
    if (spec->never_ask) {
        row->may_ask = false;
    }
    if (spec->connect_ms >= 0) {
        row->origin.connect_ms = spec->connect_ms;
    }
    if (spec->idle_ms >= 0) {
        row->origin.idle_ms = spec->idle_ms;
    }
}

enum rc upstreams_add(struct upstreams *u, const struct upstream_spec *spec,
                      struct why *why)
{
    struct upstream *row = row_of(u, spec->name);
    enum rc rc = check_name(spec->name, why);

    if (rc != RC_OK) {
        return rc;
    }
    bool is_new = row == NULL;
    if (is_new && u->n == ARRAY_N(u->row)) {
        return why_set(why, RC_LIMIT, "over %d upstreams", LIMIT_UPSTREAMS_MAX);
    }
    if (is_new) {
        row = new_row(u, spec->name);
    }
    if (is_new && builtin_of(spec->name) == NULL && spec->dialect.n == 0) {
        return why_set(why, RC_INVALID,
                       "upstream '%.*s' needs a dialect, such as openai",
                       STR_ARG(spec->name));
    }
    if (is_new || spec->url.n > 0) {
        rc = set_url(u, row, spec->url, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    set_rest(u, row, spec);
    if (is_new) {
        u->row[u->n++] = row;
    }
    return RC_OK;
}

struct upstreams *upstreams_new(void)
{
    struct upstreams *u = mem_alloc(sizeof *u);
    struct why why;

    atomic_init(&u->n_refs, 1);
    arena_init(&u->arena, LIMIT_CONFIG_BYTES_MAX * (size_t)4);
    for (size_t i = 0; i < ARRAY_N(builtins); i++) {
        const struct upstream_spec spec = {
            .name = str_from_cz(builtins[i].name),
            .url = str_from_cz(builtins[i].url),
            .connect_ms = -1,
            .idle_ms = -1,
        };

        if (builtins[i].url != NULL) {
            CHECK(upstreams_add(u, &spec, &why) == RC_OK);
        }
    }
    return u;
}

struct upstreams *upstreams_ref(struct upstreams *u)
{
    atomic_fetch_add(&u->n_refs, 1);
    return u;
}

/* Kept text is ours alone, so it may be written on. */
static void wipe(const struct upstream *row)
{
    if (row->key.n > 0) {
        explicit_bzero((char *)(uintptr_t)row->key.p, row->key.n);
    }
}

void upstreams_unref(struct upstreams **upstreams)
{
    struct upstreams *u = *upstreams;

    *upstreams = NULL;
    if (u == NULL || atomic_fetch_sub(&u->n_refs, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < u->n; i++) {
        wipe(u->row[i]);
    }
    arena_fini(&u->arena);
    mem_free(u);
}

size_t upstreams_n(const struct upstreams *u)
{
    return u->n;
}

const struct upstream *upstreams_at(const struct upstreams *u, size_t i)
{
    CHECK(i < u->n);
    return u->row[i];
}

const struct upstream *upstreams_find(const struct upstreams *u,
                                      struct str path, struct str *ret_rest)
{
    if (!str_starts(path, STR("/"))) {
        return NULL;
    }
    size_t slash = str_find_char(path, '/', 1);
    struct str name =
        str_sub(path, 1, slash == SIZE_MAX ? SIZE_MAX : slash - 1);
    const struct upstream *row = row_of(u, name);

    *ret_rest = slash == SIZE_MAX ? STR("/") : str_sub(path, slash, SIZE_MAX);
    return row;
}
