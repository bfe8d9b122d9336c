/* YAML: the one door to libyaml.  A document as a tree whose nodes know their
 * line, so that whatever is wrong in a configuration can be told with its
 * place.  (libcyaml was considered: it maps onto structs, but tells unknown
 * keys only to a log function and cannot suggest the right one.)
 * One thread; slices live until yaml_free. */
#ifndef APP_YAML_H
#define APP_YAML_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct why;
struct yaml_doc;
struct yaml_node;

enum yaml_kind { YAML_NONE = 1, YAML_SCALAR, YAML_LIST, YAML_MAP };

/* yaml_parse: RC_PARSE with "line L: ..." */
enum rc yaml_parse(struct str text, struct yaml_doc **ret,
                   struct why *why) MUST_CHECK;
void yaml_free(struct yaml_doc **doc); /* accepts NULL */

/* yaml_root: NULL for an empty document. */
const struct yaml_node *yaml_root(struct yaml_doc *doc);
/* yaml_kind: YAML_NONE for NULL and for a scalar that is left empty. */
enum yaml_kind yaml_kind(const struct yaml_node *node);
const char *yaml_kind_name(enum yaml_kind kind) RETURNS_NONNULL;
size_t yaml_line(const struct yaml_node *node); /* 1-based */
struct str yaml_text(const struct yaml_node *scalar);
size_t yaml_n(const struct yaml_node *node); /* members of a list or map */
const struct yaml_node *yaml_item(struct yaml_doc *doc,
                                  const struct yaml_node *list, size_t i);
/* yaml_member: member i of a map; keys that are no text are refused by
 * yaml_parse. */
struct str yaml_member(struct yaml_doc *doc, const struct yaml_node *map,
                       size_t i, const struct yaml_node **ret_key,
                       const struct yaml_node **ret_value);

#endif
