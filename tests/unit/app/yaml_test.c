#include "app/yaml.h"
#include "test.h"

static void test_lines_and_kinds(void **state)
{
    (void)state;
    struct yaml_doc *doc = NULL;
    struct why why;
    const struct yaml_node *key;
    const struct yaml_node *value;

    assert_ok(yaml_parse(STR("a: 1\n\nb: [x, 'y']\nc:\n"), &doc, &why), &why);
    const struct yaml_node *root = yaml_root(doc);
    assert_int_equal(yaml_kind(root), YAML_MAP);
    assert_int_equal(yaml_n(root), 3);
    assert_str(yaml_member(doc, root, 0, &key, &value), "a");
    assert_int_equal(yaml_kind(value), YAML_SCALAR);
    assert_str(yaml_text(value), "1");
    assert_str(yaml_member(doc, root, 1, &key, &value), "b");
    assert_int_equal(yaml_line(key), 3);
    assert_int_equal(yaml_kind(value), YAML_LIST);
    assert_str(yaml_text(yaml_item(doc, value, 1)), "y");
    assert_str(yaml_member(doc, root, 2, &key, &value), "c");
    assert_int_equal(yaml_kind(value), YAML_NONE);
    yaml_free(&doc);
}

static void test_empty_document(void **state)
{
    (void)state;
    struct yaml_doc *doc = NULL;
    struct why why;

    assert_ok(yaml_parse(STR(""), &doc, &why), &why);
    assert_int_equal(yaml_kind(yaml_root(doc)), YAML_NONE);
    yaml_free(&doc);
}

static void test_trouble_has_its_line(void **state)
{
    (void)state;
    struct yaml_doc *doc = NULL;
    struct why why;

    assert_rc(yaml_parse(STR("a: 1\nb: [x\nc: 2\n"), &doc, &why), RC_PARSE);
    assert_true(str_starts(str_from_cz(why.text), STR("line 3:")));
    assert_rc(yaml_parse(STR("? [a, b]\n: 1\n"), &doc, &why), RC_PARSE);
    assert_rc(yaml_parse(STR("a: \xff\xfe\n"), &doc, &why), RC_PARSE);
    assert_null(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_and_kinds),
        cmocka_unit_test(test_empty_document),
        cmocka_unit_test(test_trouble_has_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
