#include "test.h"

#include "face/web/web_asset.h"

/* What the page cannot do without. */
static void test_page_is_there(void **state)
{
    (void)state;
    const struct web_asset *page = web_asset_find(STR("/"));

    assert_non_null(page);
    assert_str(page->type, "text/html; charset=utf-8");
    assert_str(page->cache, "no-cache");
    assert_true(str_find(page->body, STR("<div id=\"app\">"), 0) != SIZE_MAX);
    assert_non_null(web_asset_find(STR("/theme.js")));
    assert_non_null(web_asset_find(STR("/favicon.svg")));
    assert_non_null(web_asset_find(STR("/licenses.txt")));
}

static void test_every_file_is_found_by_its_path(void **state)
{
    (void)state;
    assert_true(web_assets_n > 0);
    for (size_t i = 0; i < web_assets_n; i++) {
        const struct web_asset *a = &web_assets[i];

        assert_ptr_equal(web_asset_find(a->path), a);
        assert_true(a->type.n > 0 && a->cache.n > 0 && a->body.n > 0);
        assert_true(a->gzip.n < a->body.n);
        assert_true(str_starts(a->etag, STR("W/\"")));
        if (i > 0) {
            assert_true(str_cmp(web_assets[i - 1].path, a->path) < 0);
        }
    }
}

#define HASHED STR("/assets/")

/* By what follows HASHED: files side by side name each other so. */
static bool is_named_elsewhere(size_t file)
{
    struct str name =
        str_sub(web_assets[file].path, HASHED.n, web_assets[file].path.n);

    for (size_t i = 0; i < web_assets_n; i++) {
        if (i != file && str_find(web_assets[i].body, name, 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static void test_hashed_files_are_named(void **state)
{
    (void)state;
    size_t n_hashed = 0;

    for (size_t i = 0; i < web_assets_n; i++) {
        if (str_starts(web_assets[i].path, HASHED)) {
            assert_true(is_named_elsewhere(i));
            n_hashed++;
        }
    }
    assert_true(n_hashed >= 2);
}

static void test_other_paths_are_not_found(void **state)
{
    (void)state;
    assert_null(web_asset_find(STR_EMPTY));
    assert_null(web_asset_find(STR("/index.htm")));
    assert_null(web_asset_find(STR("//")));
    assert_null(web_asset_find(STR("/assets/../theme.js")));
    assert_null(web_asset_find(STR("/theme.js\0")));
    assert_null(web_asset_find(STR("/zzz")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_is_there),
        cmocka_unit_test(test_every_file_is_found_by_its_path),
        cmocka_unit_test(test_hashed_files_are_named),
        cmocka_unit_test(test_other_paths_are_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
