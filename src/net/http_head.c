#include "net/http_head.h"

#include "base/attr.h"
#include "base/mem.h"

void http_fields_fini(struct http_fields *f)
{
    mem_free(f->at);
    *f = (struct http_fields){.n = 0};
}

struct str http_fields_get(const struct http_fields *f, const char *name)
{
    struct str want = str_from_cz(name);

    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].name.n == want.n && str_eq_nocase(f->at[i].name, want)) {
            return f->at[i].value;
        }
    }
    return STR_EMPTY;
}

void http_fields_add(struct http_fields *f, struct str name, struct str value)
{
    if (f->n == f->cap) {
        f->cap = f->cap == 0 ? 32 : f->cap * 2;
        f->at = mem_grow(f->at, f->cap, sizeof *f->at);
    }
    f->at[f->n++] = (struct http_field){.name = name, .value = value};
}

bool http_says(const struct http_fields *f, const char *field, const char *word)
{
    struct str name = str_from_cz(field);

    for (size_t i = 0; i < f->n; i++) {
        struct str list = f->at[i].value;
        struct str one;

        if (f->at[i].name.n != name.n || !str_eq_nocase(f->at[i].name, name)) {
            continue;
        }
        while (str_cut(&list, ',', &one)) {
            if (str_eq_nocase(str_trim(one), str_from_cz(word))) {
                return true;
            }
        }
    }
    return false;
}

/* ---- words ---- */

struct reason {
    int status;
    const char *words;
};

static const struct reason reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {529, "Overloaded"},
};

struct str http_reason(int status)
{
    for (size_t i = 0; i < ARRAY_N(reasons); i++) {
        if (reasons[i].status == status) {
            return str_from_cz(reasons[i].words);
        }
    }
    return STR("Status");
}
