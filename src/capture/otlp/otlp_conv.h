/* A convention: whose words a span or record uses.  Each is a row of
 * otlp_conv_table with its own file: how to know it, its names for fields, and
 * what no table can say.  Pure, any thread.
 *
 * The rows are asked in their order and the first that knows the span has it:
 * tokens are read from one family of names only, never added up. */
#ifndef CAPTURE_OTLP_CONV_H
#define CAPTURE_OTLP_CONV_H

#include "base/arena.h"
#include "base/rc.h"
#include "capture/otlp/otlp_form.h"
#include "capture/otlp/otlp_map.h"
#include "capture/otlp/otlp_usage.h"

struct why;

struct otlp_rule {
    struct str attr;
    enum otlp_field field;
};
#define OTLP_RULE(attr, field)  \
    {                           \
        STR_INIT(attr), (field) \
    }

/* One span or record while it is read. */
struct otlp_reading {
    const struct otlp_span *span; /* NULL for a record */
    const struct otlp_log *log;   /* NULL for a span */
    struct otlp_attrs attrs;
    const struct otlp_origin *origin;
    struct str event_name; /* of a record, in full */
    struct arena *arena;
    int64_t now_us;
    const struct otlp_value *value[OTLP_FIELD__COUNT]; /* NULL: not stated */
    struct otlp_counts counts;
    struct otlp_note *note;
    bool is_ignored; /* by the convention: passed over */
};

typedef bool otlp_knows_fn(const struct otlp_reading *r);
/* After the rules: sets the role if not the operation says it, reads what is
 * text within text, adjusts the counts. */
typedef enum rc otlp_finish_fn(struct otlp_reading *r, struct why *why);

struct otlp_conv {
    const char *name;
    otlp_knows_fn *knows;
    const struct otlp_rule *rule; /* of several for a field the first wins */
    size_t n_rules;
    otlp_finish_fn *finish; /* may be NULL */
};

extern const struct otlp_conv otlp_conv_claude_code;
extern const struct otlp_conv otlp_conv_codex;
extern const struct otlp_conv otlp_conv_gemini_cli;
extern const struct otlp_conv otlp_conv_openinference;
extern const struct otlp_conv otlp_conv_vercel;
extern const struct otlp_conv otlp_conv_langfuse;
extern const struct otlp_conv otlp_conv_logfire;
extern const struct otlp_conv otlp_conv_openllmetry;
extern const struct otlp_conv otlp_conv_genai;

/* otlp_conv_find: NULL when no convention knows it. */
const struct otlp_conv *otlp_conv_find(const struct otlp_reading *r);

/* Words for conventions. */
bool otlp_has(const struct otlp_reading *r, struct str attr);
bool otlp_has_prefix(const struct otlp_reading *r, struct str prefix);
/* otlp_attr_text, otlp_field_text: empty when absent. */
struct str otlp_attr_text(const struct otlp_reading *r, struct str attr);
struct str otlp_field_text(const struct otlp_reading *r, enum otlp_field field);
struct str otlp_resource_text(const struct otlp_reading *r, struct str attr);

/* otlp_gather: the values of the rules' attributes, where none is yet. */
void otlp_gather(struct otlp_reading *r, const struct otlp_rule *rule,
                 size_t n);
/* otlp_read_counts: the counts whose values were gathered and are not known
 * yet.  RC_INVALID or RC_RANGE with the attribute named. */
enum rc otlp_read_counts(struct otlp_reading *r, struct why *why) MUST_CHECK;

/* otlp_role_of_operation: by gen_ai.operation.name. */
enum otlp_role otlp_role_of_operation(const struct otlp_reading *r);

/* otlp_tag: set a tag that is not there yet, cut to its limits; without room
 * it is left out. */
void otlp_tag(struct otlp_note *note, struct str key, struct str value);
/* otlp_named: a free name with its value ("userId" within a convention's own
 * prefix): a dimension when it is one's name, else a tag. */
void otlp_named(struct otlp_reading *r, struct str name,
                const struct otlp_value *value);

struct json;
/* otlp_json_count: member `name` of an object, as a count, when there is one.
 * What is no count is as absent. */
void otlp_json_count(struct otlp_reading *r, const struct json *obj,
                     const char *name, enum otlp_field field);

#endif
