#include "golden.h"

#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/usd.h"
#include "canonical.h"

static enum rc take_file(void *arg, const char *path,
                         UNUSED uint64_t file_bytes, UNUSED int64_t modified_us,
                         struct why *why)
{
    struct golden *g = arg;
    struct str name = str_from_cz(path);
    struct str suffix = STR(".expected.json");
    struct buf text;
    if (!str_ends(name, suffix)) {
        return RC_OK;
    }
    assert_true(g->n < GOLDEN_CASES_MAX);
    struct golden_case *c = &g->cases[g->n++];
    c->name = str_cz(&g->arena, str_sub(name, 0, name.n - suffix.n));
    buf_init(&c->bytes, SIZE_MAX);
    buf_init(&text, SIZE_MAX);
    assert_ok(file_read(path, false, &text, why), why);
    if (json_parse(buf_view(&text), &c->expected, why) != RC_OK) {
        print_error("%s: %s\n", path, why->text);
        fail();
    }
    c->context = json_get(c->expected, "context");
    assert_ok(file_read(c->name, false, &c->bytes, why), why);
    buf_fini(&text);
    return RC_OK;
}

static void tell_trouble(UNUSED void *arg, const char *path,
                         const struct why *why)
{
    print_error("%s: %s\n", path, why->text);
    fail();
}

int golden_setup(void **state)
{
    static struct golden golden;
    const char *root = getenv("TOLL_GOLDEN");
    struct why why;
    golden = (struct golden){.n = 0};
    arena_init(&golden.arena, SIZE_MAX);
    golden.cases =
        arena_array(&golden.arena, GOLDEN_CASES_MAX, sizeof *golden.cases);
    assert_non_null(root);
    struct str dir = str_fmt(&golden.arena, "%s/provider", root);
    assert_ok(file_walk(str_cz(&golden.arena, dir), take_file, tell_trouble,
                        &golden, &why),
              &why);
    *state = &golden;
    return 0;
}

int golden_teardown(void **state)
{
    struct golden *g = *state;
    for (size_t i = 0; i < g->n; i++) {
        buf_fini(&g->cases[i].bytes);
        json_free(&g->cases[i].expected);
    }
    arena_fini(&g->arena);
    return 0;
}

static struct str header(void *arg, const char *name)
{
    const struct golden_case *c = arg;
    const struct json *j = json_first(json_get(c->context, "response_headers"));
    while (j != NULL && !str_eq_nocase(json_key(j), str_from_cz(name))) {
        j = json_next(j);
    }
    return json_str(j);
}

struct provider_context golden_context(struct golden_case *c, bool has_hints)
{
    const struct json *x = c->context;
    const struct json *first = json_first(json_get(c->expected, "records"));
    int64_t status = 0;
    (void)!json_i64(json_get(x, "status"), &status);
    struct provider_context context = {
        .model = json_str(json_get(x, "requested_model")),
        .header = header,
        .header_arg = c,
        .status = (int)status,
    };
    if (!has_hints) {
        return context;
    }
    context.provider = json_str(json_get(x, "provider"));
    if (context.provider.n == 0) {
        context.provider = json_str(json_get(first, "provider"));
    }
    context.path = json_str(json_get(x, "path"));
    context.host = json_str(json_get(x, "host"));
    return context;
}

/* ---- the records ---- */

/* An absent count is 0: cases name what they are about. */
static void check_number(const struct json *want, const char *name, int64_t got)
{
    const struct json *j = json_get(want, name);
    int64_t n = 0;
    if (json_kind(j) != JSON_NULL) {
        assert_rc(json_i64(j, &n), RC_OK);
    }
    if (n != got) {
        print_error("%s: got %lld, want %lld\n", name, (long long)got,
                    (long long)n);
        fail();
    }
}

static void check_text(const struct json *want, const char *name,
                       struct str got)
{
    struct str text = json_str(json_get(want, name));
    if (!str_eq(text, got)) {
        print_error("%s: got \"%.*s\", want \"%.*s\"\n", name, STR_ARG(got),
                    STR_ARG(text));
        fail();
    }
}

static void check_bool(const struct json *want, const char *name, bool got)
{
    if (json_bool(json_get(want, name)) != got) {
        print_error("%s: got %s\n", name, got ? "true" : "false");
        fail();
    }
}

static void check_extra(const struct json *want, const struct json *unknown,
                        const struct provider_extra *e)
{
    const struct json *known_j = NULL;
    for (const struct json *j = json_first(e->is_unknown ? unknown : want);
         j != NULL; j = json_next(j)) {
        if (str_eq(json_key(j), e->name)) {
            known_j = j;
        }
    }
    bool is_same = false;
    switch (json_kind(known_j)) {
    case JSON_STR:
        is_same = str_eq(json_str(known_j), e->text);
        break;
    case JSON_BOOL:
        is_same = json_bool(known_j) && str_eq(e->text, STR("true"));
        break;
    case JSON_NUM:
        is_same = e->text.n == 0 && fabs(json_f64(known_j) - e->value) < 1e-9;
        break;
    case JSON_NULL:
    case JSON_ARR:
    case JSON_OBJ:
        break;
    }
    if (!is_same) {
        print_error("extra %.*s is \"%.*s\" or %g%s\n", STR_ARG(e->name),
                    STR_ARG(e->text), e->value,
                    e->is_unknown ? ", unknown" : "");
        fail();
    }
}

static void check_cost(const struct json *want, const struct provider_record *r)
{
    struct str text = json_str(json_get(want, "reported_cost_usd"));
    struct usd usd = {0};
    assert_int_equal(r->has_reported_cost, text.n > 0);
    if (text.n > 0) {
        assert_rc(usd_parse(text, &usd), RC_OK);
        assert_true(usd.pico == r->reported_cost.pico);
    }
}

static void check_record(const struct json *want,
                         const struct provider_record *r)
{
    const struct json *extra = json_get(want, "extra");
    const struct json *unknown = json_get(want, "unknown");
    struct str status = json_str(json_get(want, "status"));
    struct str operation = json_str(json_get(want, "operation"));
    check_text(want, "provider", r->provider);
    check_text(want, "requested_model", r->requested_model);
    check_text(want, "served_model", r->model);
    check_text(want, "response_id", r->response_id);
    check_text(want, "request_id", r->request_id);
    check_text(want, "service_tier", r->tier_word);
    for (size_t i = 0; i < ARRAY_N(canonical_classes); i++) {
        check_number(want, canonical_classes[i].name,
                     r->token[canonical_classes[i].kind]);
    }
    check_number(want, "web_search_calls", r->web_searches);
    check_number(want, "part", r->part);
    check_bool(want, "complete", r->is_complete);
    check_bool(want, "clamped", r->is_clamped);
    check_cost(want, r);
    for (size_t i = 0; i < r->n_extra; i++) {
        check_extra(extra, unknown, &r->extra[i]);
    }
    assert_int_equal(r->n_extra, json_n(extra) + json_n(unknown));
    assert_int_equal(r->status, status.n > 0 ? event_status_from(status)
                                             : EVENT_STATUS_OK);
    if (operation.n > 0) {
        assert_int_equal(r->operation, operation_from(operation));
    }
}

void golden_check(const struct golden_case *c,
                  const struct provider_record *records, size_t n)
{
    const struct json *want = json_get(c->expected, "records");
    size_t i = 0;
    print_message("# %s\n", c->name); /* shown when it fails */
    if (json_n(want) != n) {
        print_error("%zu records, not %u\n", n, json_n(want));
        fail();
    }
    for (want = json_first(want); want != NULL; want = json_next(want)) {
        check_record(want, &records[i++]);
    }
}
