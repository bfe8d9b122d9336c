/* What the files of this room share.
 *
 *   bytes -> framing -> parts (JSON values) -> a dialect -> a draft -> records
 *
 * Two tables meet here.  A DIALECT is how the bodies of one API are written:
 * which parts there are, where the usage stands, which counts contain which.
 * A VENDOR is who answers: most speak a dialect of somebody else's and say in
 * their row only how they depart from it.  A dialect's or vendor's file reads
 * usage objects through rows (struct member), so that what no row names is
 * found and kept. */
#ifndef PROVIDER_PROVIDER_PRIV_H
#define PROVIDER_PROVIDER_PRIV_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"
#include "event/event.h"
#include "provider/provider.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct draft;

/* ---- usage, as a provider tells it ---- */

enum slot { /* a count in a provider's own words, before it is made disjoint */
            SLOT_NONE,
            SLOT_INPUT,      /* the headline of the input */
            SLOT_INPUT_MORE, /* always beside it: results of tools */
            SLOT_OUTPUT,     /* the headline of the output */
            SLOT_TOTAL,
            SLOT_READ,     /* from a cache */
            SLOT_MISS,     /* what a cache did not have */
            SLOT_WRITE,    /* to a cache, every lifetime */
            SLOT_WRITE_5M, /* parts of SLOT_WRITE */
            SLOT_WRITE_1H,
            SLOT_AUDIO_IN,
            SLOT_IMAGE_IN,
            SLOT_READ_AUDIO, /* parts of SLOT_READ */
            SLOT_READ_IMAGE,
            SLOT_REASONING,
            SLOT_AUDIO_OUT,
            SLOT_IMAGE_OUT,
            SLOT_SEARCHES, /* that bear a fee each */
            SLOT__COUNT
};

enum cost { COST_REPORTED, COST_UPSTREAM, COST__COUNT };

struct usage {
    int64_t n[SLOT__COUNT]; /* each 0..2^LIMIT_COUNT_BITS */
    uint32_t is_set;        /* a bit a slot */
    uint32_t has_cost;      /* a bit a cost */
    struct usd cost[COST__COUNT];
};

enum member_kind {
    MEMBER_SKIP = 1, /* known, and nothing to count; with all below it */
    MEMBER_COUNT,    /* to a slot */
    MEMBER_LIST,     /* an array of counts with a label each */
    MEMBER_EXTRA,    /* a number or word kept under a name of its own */
    MEMBER_TIER,
    MEMBER_COST /* dollars times 10^-power */
};

/* An array such as [{"modality": "AUDIO", "tokenCount": 5}, ...]: the counts
 * of one label are added up. */
struct list_row {
    struct str label; /* in any case */
    enum slot slot;   /* SLOT_NONE: known, inside what is counted elsewhere */
};

struct list {
    const char *label;
    const char *count;
    const struct list_row *rows;
    size_t n;
};

/* One member below a usage object.  Where several rows lead to one slot, the
 * same number may stand in several places and counts once: the first row that
 * is not zero is taken. */
struct member {
    struct str path; /* "prompt_tokens_details.cached_tokens" */
    enum member_kind kind;
    enum slot slot;
    enum cost cost;
    int power;
    struct str extra;
    const struct list *list;
};

#define COUNT(path_, slot_)                                                 \
    {                                                                       \
        .path = STR_INIT(path_), .kind = MEMBER_COUNT, .slot = SLOT_##slot_ \
    }
#define SKIP(path_)                                  \
    {                                                \
        .path = STR_INIT(path_), .kind = MEMBER_SKIP \
    }
#define EXTRA(path_, name_)                            \
    {                                                  \
        .path = STR_INIT(path_), .kind = MEMBER_EXTRA, \
        .extra = STR_INIT(name_)                       \
    }
#define LIST(path_, list_)                                             \
    {                                                                  \
        .path = STR_INIT(path_), .kind = MEMBER_LIST, .list = &(list_) \
    }
#define TIER(path_)                                  \
    {                                                \
        .path = STR_INIT(path_), .kind = MEMBER_TIER \
    }
#define MONEY(path_, cost_, power_)                                         \
    {                                                                       \
        .path = STR_INIT(path_), .kind = MEMBER_COST, .cost = COST_##cost_, \
        .power = (power_)                                                   \
    }

struct members {
    const struct member *rows;
    size_t n;
};

#define MEMBERS(table)                                           \
    {                                                            \
        .rows = (table), .n = sizeof(table) / sizeof((table)[0]) \
    }

/* ---- tables ---- */

struct part { /* one event of a stream, one line, or a whole body */
    const struct json *json; /* an object */
    bool is_stream;          /* an event: others follow or went before */
    bool is_exception;       /* the framing says that it is an error */
};

typedef void dialect_part_fn(struct draft *d, const struct part *part);
typedef void draft_fn(struct draft *d);

struct dialect {
    struct str name;     /* "openai-chat" */
    struct str provider; /* whose it is when nothing else tells; or empty */
    enum operation operation;
    struct members members;
    bool merges_usage;         /* a later usage replaces only what it has */
    bool is_cache_outside;     /* of the input's headline */
    bool is_reasoning_outside; /* of the output's headline */
    bool has_sum_test;         /* the total may say otherwise */
    bool needs_output;         /* counts without it are not final */
    dialect_part_fn *part;
    draft_fn *settle; /* before classes are made; may be NULL */
};

enum ask { /* the usage of a chat stream */
           ASK_ALWAYS_SENT = 1,
           ASK_ON_REQUEST
};

enum reasoning { /* where it stands */
                 REASONING_AS_DIALECT,
                 REASONING_OUTSIDE, /* of the output, unless the total says
                                       otherwise */
                 REASONING_OUTSIDE_ALWAYS
};

typedef void vendor_start_fn(struct draft *d,
                             const struct provider_context *context);
typedef void vendor_error_fn(int status, struct str message, struct buf *out);

struct vendor {
    struct str name; /* canonical id, "groq" */
    enum ask ask;
    bool has_unique_ids;
    enum reasoning reasoning; /* in chat usage */
    struct members members;   /* beside the dialect's, and before them */
    const char *const *request_id_headers; /* best first, NULL at the end */
    vendor_start_fn *start;                /* each of these may be NULL */
    dialect_part_fn *part;                 /* after the dialect's */
    draft_fn *settle;
    vendor_error_fn *error;
};

/* Sorted by name: a test says so. */
extern const struct dialect *const dialect_table[];
extern const size_t dialect_table_n;
extern const struct vendor *const vendor_table[];
extern const size_t vendor_table_n;

/* vendor_find: of a canonical id; vendor_compatible when it has no row. */
const struct vendor *vendor_find(struct str provider) RETURNS_NONNULL;

extern const struct dialect dialect_anthropic_batch;
extern const struct dialect dialect_anthropic_messages;
extern const struct dialect dialect_bedrock_converse;
extern const struct dialect dialect_bedrock_invoke;
extern const struct dialect dialect_cohere;
extern const struct dialect dialect_cohere_tokens;
extern const struct dialect dialect_gemini;
extern const struct dialect dialect_gemini_interactions;
extern const struct dialect dialect_mistral_conversations;
extern const struct dialect dialect_mistral_ocr;
extern const struct dialect dialect_ollama;
extern const struct dialect dialect_openai_batch;
extern const struct dialect dialect_openai_chat;
extern const struct dialect dialect_openai_embeddings;
extern const struct dialect dialect_openai_images;
extern const struct dialect dialect_openai_realtime;
extern const struct dialect dialect_openai_responses;
extern const struct dialect dialect_openai_speech;
extern const struct dialect dialect_openai_transcription;

extern const struct vendor vendor_anthropic;
extern const struct vendor vendor_azure;
extern const struct vendor vendor_bedrock;
extern const struct vendor vendor_cohere;
extern const struct vendor vendor_compatible;
extern const struct vendor vendor_deepseek;
extern const struct vendor vendor_fireworks;
extern const struct vendor vendor_gemini;
extern const struct vendor vendor_groq;
extern const struct vendor vendor_mistral;
extern const struct vendor vendor_ollama;
extern const struct vendor vendor_openai;
extern const struct vendor vendor_openrouter;
extern const struct vendor vendor_perplexity;
extern const struct vendor vendor_together;
extern const struct vendor vendor_vertex;
extern const struct vendor vendor_vllm;
extern const struct vendor vendor_xai;

/* ---- the draft of a record (provider_draft.c) ---- */

struct aside { /* another model's usage that the response tells */
    struct str model;
    struct usage usage;
};

struct draft_sink {     /* where finished records go */
    struct arena arena; /* all text of the response */
    struct draft_record *first;
    struct draft_record **last;
    size_t n;
    bool is_full; /* the arena's cap was met: something was lost */
};

struct draft_record {
    struct draft_record *next;
    struct provider_record record;
};

/* A record in the making.  Text lives in the sink's arena, or is static. */
struct draft {
    struct draft_sink *sink;
    const struct dialect *dialect; /* NULL: not yet known */
    const struct vendor *vendor;
    int status; /* HTTP, 0: unknown */
    struct str provider;
    struct str model;
    struct str requested_model;
    struct str response_id;
    struct str request_id;
    struct str tier_word;
    enum operation operation;
    int64_t searches;   /* counted in the body's own items */
    struct usage usage; /* the last that was told */
    struct usage more;  /* counted beside it */
    bool has_usage;
    bool is_seen;    /* an answer of this dialect has begun */
    bool has_output; /* some of it was generated */
    bool has_finish; /* it says that it came to its end */
    bool is_final;   /* the usage is the last word */
    bool is_error;
    bool is_clamped;
    bool is_quantity;    /* what is billed is no token, and is known */
    bool is_replaced;    /* the asides are the call, this is their sum */
    struct aside *aside; /* LIMIT_PROVIDER_ASIDES, at first use */
    size_t n_asides;
    struct provider_extra extra[LIMIT_PROVIDER_EXTRAS];
    bool is_of_usage[LIMIT_PROVIDER_EXTRAS]; /* goes when usage is replaced */
    size_t n_extra;
};

/* draft_text: *field becomes the text, unless that is empty.  draft_member
 * takes it from a string. */
void draft_text(struct draft *d, struct str *field, struct str text);
void draft_member(struct draft *d, struct str *field, const struct json *j);

/* What has no class: the last of one name stands. */
void draft_extra(struct draft *d, const struct provider_extra *extra,
                 bool is_of_usage);
void draft_extra_n(struct draft *d, struct str name, double value);
void draft_extra_text(struct draft *d, struct str name, struct str text);

/* draft_aside: counts of that model, empty; the one there is when it was met
 * before; NULL when there are too many. */
struct usage *draft_aside(struct draft *d, struct str model);

/* draft_close: hand on what there is to count, if anything. */
void draft_close(struct draft *d);

enum service_tier tier_of_word(struct str word);

/* draft_as: an empty draft for the same call, of one line of a batch. */
void draft_as(struct draft *line, const struct draft *d,
              const struct dialect *dialect);

/* ---- usage (provider_usage.c) ---- */

/* count_of: a whole number from 0 to 2^LIMIT_COUNT_BITS, also as a double
 * without a fraction or as text. */
bool count_of(const struct json *j, int64_t *ret_n);

bool usage_has(const struct usage *u, enum slot slot);
void usage_set(struct usage *u, enum slot slot, int64_t n);
void usage_add(struct usage *u, enum slot slot, int64_t n);
void usage_add_all(struct usage *u, const struct usage *more);

/* draft_count: one count that stands outside of any usage object. */
void draft_count(struct draft *d, enum slot slot, const struct json *j);

/* usage_read: a usage object by the rows of the vendor and the dialect; what
 * no row names goes to the extras under `name`.  False when it is none. */
bool usage_read(struct draft *d, const struct json *usage, const char *name);
/* usage_read_into: the same into counts that are not the draft's own. */
void usage_read_into(struct draft *d, const struct json *usage,
                     const char *name, struct usage *ret);

/* usage_settle: the disjoint classes of what was told. */
void usage_settle(struct draft *d, const struct usage *told,
                  struct provider_record *ret);

/* ---- finding (provider_path.c, provider_detect.c) ---- */

struct path_row {
    struct str text;
    struct str only;               /* a provider; empty: any */
    struct str provider;           /* that the path alone makes certain */
    const struct dialect *dialect; /* NULL: tells no usage */
    enum operation operation;
    bool is_end;   /* the path ends so; else it only has it */
    bool is_plain; /* and no verb stands behind a colon */
    bool is_billed;
    bool is_begun; /* asks for work that is billed when it is done */
};

/* path_find: NULL when the path says nothing. */
const struct path_row *path_find(struct str provider, struct str path);

/* path_operation: of the row's route with that model, where the route alone
 * does not tell. */
enum operation path_operation(const struct path_row *row, struct str model);

/* path_model_text: the same as it stands in the path, not decoded.
 * path_model: the model, deployment or location that a path names, decoded;
 * empty when it names none.  RC_LIMIT at the arena's cap. */
struct str path_model_text(struct str path);
enum rc path_model(struct str path, struct arena *out,
                   struct str *ret_model) MUST_CHECK;
struct str path_after(struct str path, struct str mark); /* to the next '/' */
struct str path_only(struct str path);                   /* without its query */

/* detect_dialect: by the members of a body or event; NULL: not yet. */
const struct dialect *detect_dialect(const struct json *j);

/* part_read: a part through the draft's dialect and vendor. */
void part_read(struct draft *d, const struct part *part);

#endif
