#include "capture/gateway/gateway_field.h"

#include "base/arena.h"
#include "base/buf.h"
#include "capture/caller.h"
#include "capture/gateway/upstreams.h"

#include <string.h>

/* RFC 9110, 7.6.1: of one connection only. */
static const struct str hop_by_hop[] = {
    STR_INIT("Connection"),
    STR_INIT("Keep-Alive"),
    STR_INIT("Proxy-Connection"),
    STR_INIT("Proxy-Authorization"),
    STR_INIT("TE"),
    STR_INIT("Trailer"),
    STR_INIT("Transfer-Encoding"),
    STR_INIT("Upgrade"),
};

/* What libcurl makes from the request itself. */
static const struct str made_anew[] = {
    STR_INIT("Host"),
    STR_INIT("Content-Length"),
    STR_INIT("Expect"),
};

/* Where callers put their keys, whatever the dialect. */
static const struct str keys[] = {
    STR_INIT("Authorization"),
    STR_INIT("x-api-key"),
    STR_INIT("x-goog-api-key"),
    STR_INIT("api-key"),
};

static bool is_one_of(struct str name, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (name.n == list[i].n && str_eq_nocase(name, list[i])) {
            return true;
        }
    }
    return false;
}

struct str gateway_field_of(const struct http_field *field, size_t n,
                            const char *name)
{
    struct str want = str_from_cz(name);

    for (size_t i = 0; i < n; i++) {
        if (field[i].name.n == want.n && str_eq_nocase(field[i].name, want)) {
            return field[i].value;
        }
    }
    return STR_EMPTY;
}

/* Connection: may name further headers that end here. */
static bool is_named(struct str connection, struct str name)
{
    struct str word;

    while (str_cut(&connection, ',', &word)) {
        if (str_eq_nocase(str_trim(word), name)) {
            return true;
        }
    }
    return false;
}

static bool passes(struct str name, struct str connection)
{
    return !is_one_of(name, hop_by_hop, ARRAY_N(hop_by_hop)) &&
           !is_named(connection, name);
}

/* "br, gzip;q=0.8, zstd" -> "gzip;q=0.8" */
static struct str readable_only(struct str list, struct arena *arena)
{
    char *out = arena_alloc(arena, 2 * list.n + 1); /* ", " for "," */
    size_t n = 0;
    struct str word;

    while (out != NULL && str_cut(&list, ',', &word)) {
        struct str rest = word = str_trim(word);
        struct str coding = STR_EMPTY;

        (void)str_cut(&rest, ';', &coding);
        coding = str_trim(coding);
        if (str_eq_nocase(coding, STR("gzip")) ||
            str_eq_nocase(coding, STR("deflate")) ||
            str_eq_nocase(coding, STR("identity"))) {
            if (n > 0) {
                memcpy(out + n, ", ", 2);
                n += 2;
            }
            memcpy(out + n, word.p, word.n);
            n += word.n;
        }
    }
    return (struct str){.p = out, .n = n};
}

struct key_form {
    const char *dialect;
    const char *name;
    const char *prefix;
};

/* All others take "Authorization: Bearer". */
static const struct key_form key_forms[] = {
    {"anthropic", "x-api-key", ""},
    {"azure", "api-key", ""},
    {"gemini", "x-goog-api-key", ""},
};

static struct http_field key_field(const struct upstream *to,
                                   struct arena *arena)
{
    const struct key_form *form =
        &(const struct key_form){"", "Authorization", "Bearer "};

    for (size_t i = 0; i < ARRAY_N(key_forms); i++) {
        if (str_eq(to->dialect, str_from_cz(key_forms[i].dialect))) {
            form = &key_forms[i];
        }
    }
    return (struct http_field){
        .name = str_from_cz(form->name),
        .value = str_fmt(arena, "%s%.*s", form->prefix, STR_ARG(to->key)),
    };
}

size_t gateway_fields_up(const struct http_field *field, size_t n,
                         const struct upstream *to, bool plain,
                         struct arena *arena, struct http_field *out)
{
    struct str connection = gateway_field_of(field, n, "Connection");
    const bool has_key = to->key_env.n > 0;
    size_t n_out = 0;

    for (size_t i = 0; i < n; i++) {
        struct http_field f = field[i];

        if (!passes(f.name, connection) ||
            is_one_of(f.name, made_anew, ARRAY_N(made_anew)) ||
            caller_is_toll_header(f.name) ||
            (has_key && is_one_of(f.name, keys, ARRAY_N(keys)))) {
            continue;
        }
        if (str_eq_nocase(f.name, STR("Accept-Encoding"))) {
            f.value = plain ? STR("identity") : readable_only(f.value, arena);
            if (f.value.n == 0) {
                f.value = STR("identity");
            }
        }
        out[n_out++] = f;
    }
    if (has_key) {
        out[n_out++] = key_field(to, arena);
    }
    return n_out;
}

size_t gateway_fields_down(const struct http_field *field, size_t n,
                           bool drop_length, struct http_field *out)
{
    struct str connection = gateway_field_of(field, n, "Connection");
    size_t n_out = 0;

    for (size_t i = 0; i < n; i++) {
        if (passes(field[i].name, connection) &&
            !(drop_length &&
              str_eq_nocase(field[i].name, STR("Content-Length")))) {
            out[n_out++] = field[i];
        }
    }
    return n_out;
}

struct str gateway_query_up(struct str query, const struct upstream *to,
                            struct arena *arena)
{
    struct str pair;

    if (to->key_env.n == 0 || query.n == 0) {
        return query;
    }
    char *out = arena_alloc(arena, query.n + 1);
    size_t n = 0;
    while (out != NULL && str_cut(&query, '&', &pair)) {
        if (str_starts(pair, STR("key="))) {
            continue;
        }
        if (n > 0) {
            out[n++] = '&';
        }
        memcpy(out + n, pair.p, pair.n);
        n += pair.n;
    }
    return (struct str){.p = out, .n = n};
}
