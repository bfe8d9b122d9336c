#include "test.h"

#include "event/event_provider.h"
#include "provider/provider_priv.h"

static void dialects_are_sorted(UNUSED void **state)
{
    for (size_t i = 0; i < dialect_table_n; i++) {
        const struct dialect *d = dialect_table[i];
        assert_true(i == 0 || str_cmp(dialect_table[i - 1]->name, d->name) < 0);
        assert_non_null(d->part);
        assert_true(d->operation > 0 && d->operation < OPERATION__COUNT);
        assert_true(str_eq(provider_fold(d->provider), d->provider));
    }
}

static void vendors_are_sorted(UNUSED void **state)
{
    for (size_t i = 0; i < vendor_table_n; i++) {
        const struct vendor *v = vendor_table[i];
        assert_true(i == 0 || str_cmp(vendor_table[i - 1]->name, v->name) < 0);
        assert_true(v->ask != 0);
        assert_non_null(v->error);
        assert_ptr_equal(vendor_find(v->name), v);
        /* A row that an alias leads past would never be found. */
        assert_true(str_eq(provider_fold(v->name), v->name));
    }
    assert_ptr_equal(vendor_find(STR("acme")), &vendor_compatible);
    assert_ptr_equal(vendor_find(STR_EMPTY), &vendor_compatible);
}

static void check_members(const struct members *m)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct member *row = &m->rows[i];
        assert_true(row->path.n > 0 && row->path.n < LIMIT_PROVIDER_PATH_MAX);
        assert_true((row->slot != SLOT_NONE) == (row->kind == MEMBER_COUNT));
        assert_true((row->list != NULL) == (row->kind == MEMBER_LIST));
        assert_true((row->extra.n > 0) == (row->kind == MEMBER_EXTRA));
        for (size_t k = 0; k < i; k++) {
            assert_false(str_eq(m->rows[k].path, row->path));
        }
    }
}

static void members_stand_once(UNUSED void **state)
{
    for (size_t i = 0; i < dialect_table_n; i++) {
        check_members(&dialect_table[i]->members);
    }
    for (size_t i = 0; i < vendor_table_n; i++) {
        check_members(&vendor_table[i]->members);
    }
}

static void paths(UNUSED void **state)
{
    static const struct {
        const char *path;
        const char *dialect;
        bool is_billed;
    } rows[] = {
        {"/v1/chat/completions?x=/v1/messages", "openai-chat", true},
        {"/openai/deployments/d/chat/completions", "openai-chat", true},
        {"/openai/deployments/d/embeddings", "openai-embeddings", true},
        {"/v1/responses/resp_1/cancel", "openai-responses", true},
        {"/v1/responses/input_tokens", NULL, false},
        {"/v1/messages", "anthropic-messages", true},
        {"/v1/messages/count_tokens", NULL, false},
        {"/v1/messages/batches", NULL, false},
        {"/v1/messages/batches/b/results", "anthropic-batch", true},
        {"/v1beta/models/gemini-3:countTokens", NULL, false},
        {"/v1beta/models/gemini-3", NULL, false},
        {"/v1beta/models/gemini-3:streamGenerateContent", "gemini", true},
        {"/v1beta/models/imagen-4:predict", "gemini", true},
        {"/v1/files", NULL, false},
        {"/v1/files?limit=2", NULL, false},
        {"/v1/files/file-1", NULL, false},
        {"/openai/deployments/files-chat/chat/completions", "openai-chat",
         true},
        {"/openai/deployments/batches2/chat/completions", "openai-chat", true},
        {"/v1/files/file-1/content", "openai-batch", true},
        {"/v1/moderations", NULL, false},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        const struct path_row *row =
            path_find(STR_EMPTY, str_from_cz(rows[i].path));
        assert_non_null(row);
        struct str name = row->dialect ? row->dialect->name : STR_EMPTY;
        if (!str_eq(name, str_from_cz(rows[i].dialect))) {
            print_error("%s: %.*s\n", rows[i].path, STR_ARG(name));
            fail();
        }
        assert_int_equal(row->is_billed, rows[i].is_billed);
    }
    assert_null(path_find(STR("openai"), STR("/v1/conversations")));
    assert_null(path_find(STR("openai"), STR("/v1/threads/t/runs")));
    assert_null(path_find(STR_EMPTY, STR("/v1beta/models/veo-3:somehow")));
    assert_null(path_find(STR_EMPTY, STR_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialects_are_sorted),
        cmocka_unit_test(vendors_are_sorted),
        cmocka_unit_test(members_stand_once),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
