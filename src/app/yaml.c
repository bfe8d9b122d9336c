#include "app/yaml.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/why.h"

#include <yaml.h>

struct yaml_doc {
    yaml_document_t doc;
};

/* struct yaml_node is never defined: it is libyaml's node behind our name. */
static const yaml_node_t *node_of(const struct yaml_node *node)
{
    return (const yaml_node_t *)(const void *)node;
}

static const struct yaml_node *node_at(struct yaml_doc *doc, int index)
{
    const void *n = yaml_document_get_node(&doc->doc, index);

    return n;
}

static enum rc check_keys(struct yaml_doc *doc, struct why *why)
{
    for (int i = 1;; i++) {
        const struct yaml_node *n = node_at(doc, i);
        if (n == NULL) {
            return RC_OK;
        }
        if (node_of(n)->type != YAML_MAPPING_NODE) {
            continue;
        }
        const yaml_node_t *map = node_of(n);
        for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
             p < map->data.mapping.pairs.top; p++) {
            const struct yaml_node *key = node_at(doc, p->key);
            if (node_of(key)->type != YAML_SCALAR_NODE) {
                return why_set(why, RC_PARSE,
                               "line %zu: a key must be plain text",
                               yaml_line(key));
            }
        }
    }
}

/* A second document would be passed over in silence. */
static enum rc check_end(yaml_parser_t *parser, struct why *why)
{
    yaml_event_t event;

    if (!yaml_parser_parse(parser, &event)) {
        return why_set(why, RC_PARSE, "line %zu: %s",
                       parser->problem_mark.line + 1,
                       parser->problem != NULL ? parser->problem : "not YAML");
    }
    /* Of an empty file the end was read before. */
    bool is_end =
        event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT;
    size_t line = event.start_mark.line + 1;
    yaml_event_delete(&event);
    if (!is_end) {
        return why_set(why, RC_PARSE,
                       "line %zu: a second document begins; put all into one",
                       line);
    }
    return RC_OK;
}

enum rc yaml_parse(struct str text, struct yaml_doc **ret, struct why *why)
{
    yaml_parser_t parser;
    struct yaml_doc *doc = mem_alloc(sizeof *doc);
    enum rc rc = RC_OK;

    CHECK(yaml_parser_initialize(&parser));
    yaml_parser_set_input_string(
        &parser, (const unsigned char *)(text.n > 0 ? text.p : ""), text.n);
    if (!yaml_parser_load(&parser, &doc->doc)) {
        rc = why_set(why, RC_PARSE, "line %zu: %s%s%s",
                     parser.problem_mark.line + 1,
                     parser.problem != NULL ? parser.problem : "not YAML",
                     parser.context != NULL ? " " : "",
                     parser.context != NULL ? parser.context : "");
        mem_free(doc);
        goto out;
    }
    rc = check_keys(doc, why);
    if (rc == RC_OK) {
        rc = check_end(&parser, why);
    }
    if (rc != RC_OK) {
        yaml_free(&doc);
        goto out;
    }
    *ret = doc;
out:
    yaml_parser_delete(&parser);
    return rc;
}

void yaml_free(struct yaml_doc **doc)
{
    if (doc == NULL || *doc == NULL) {
        return;
    }
    yaml_document_delete(&(*doc)->doc);
    mem_free(*doc);
    *doc = NULL;
}

const struct yaml_node *yaml_root(struct yaml_doc *doc)
{
    const void *root = yaml_document_get_root_node(&doc->doc);

    return root;
}

enum yaml_kind yaml_kind(const struct yaml_node *node)
{
    if (node == NULL) {
        return YAML_NONE;
    }
    switch (node_of(node)->type) {
    case YAML_SCALAR_NODE:
        if (node_of(node)->data.scalar.length == 0 &&
            node_of(node)->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
            return YAML_NONE;
        }
        return YAML_SCALAR;
    case YAML_SEQUENCE_NODE:
        return YAML_LIST;
    case YAML_MAPPING_NODE:
        return YAML_MAP;
    case YAML_NO_NODE:
        break;
    }
    return YAML_NONE;
}

const char *yaml_kind_name(enum yaml_kind kind)
{
    switch (kind) {
    case YAML_SCALAR:
        return "a single value";
    case YAML_LIST:
        return "a list";
    case YAML_MAP:
        return "a map";
    case YAML_NONE:
        break;
    }
    return "nothing";
}

size_t yaml_line(const struct yaml_node *node)
{
    return node_of(node)->start_mark.line + 1;
}

struct str yaml_text(const struct yaml_node *scalar)
{
    const yaml_node_t *n = node_of(scalar);

    if (n == NULL || n->type != YAML_SCALAR_NODE) {
        return STR_EMPTY;
    }
    return (struct str){(const char *)n->data.scalar.value,
                        n->data.scalar.length};
}

size_t yaml_n(const struct yaml_node *node)
{
    const yaml_node_t *n = node_of(node);

    switch (yaml_kind(node)) {
    case YAML_LIST:
        return (size_t)(n->data.sequence.items.top -
                        n->data.sequence.items.start);
    case YAML_MAP:
        return (size_t)(n->data.mapping.pairs.top -
                        n->data.mapping.pairs.start);
    case YAML_SCALAR:
    case YAML_NONE:
        break;
    }
    return 0;
}

const struct yaml_node *yaml_item(struct yaml_doc *doc,
                                  const struct yaml_node *list, size_t i)
{
    CHECK(yaml_kind(list) == YAML_LIST && i < yaml_n(list));
    return node_at(doc, node_of(list)->data.sequence.items.start[i]);
}

struct str yaml_member(struct yaml_doc *doc, const struct yaml_node *map,
                       size_t i, const struct yaml_node **ret_key,
                       const struct yaml_node **ret_value)
{
    CHECK(yaml_kind(map) == YAML_MAP && i < yaml_n(map));
    const yaml_node_pair_t *p = &node_of(map)->data.mapping.pairs.start[i];

    *ret_key = node_at(doc, p->key);
    *ret_value = node_at(doc, p->value);
    return yaml_text(*ret_key);
}
