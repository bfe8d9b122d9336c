/* The inside of a price book, for the files of this room.
 *
 *   provider -> model -> row -> step
 *
 * all in one arena, linked newest first: of the rows of a model the last one
 * in force wins, and of the steps of a row the highest one passed, so both
 * searches end at the first hit.  Nothing changes after book_load, so that
 * readers need no lock. */
#ifndef PRICE_BOOK_PRIV_H
#define PRICE_BOOK_PRIV_H

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "price/book.h"
#include "price/name.h"
#include "price/rate.h"

#include <stdatomic.h>

struct why;

/* The prices that hold instead when the input is longer than above_tok. */
struct price_step {
    struct price_step *next; /* the next lower one */
    int64_t above_tok;
    struct rate rate[PRICE_CLASS__COUNT]; /* unlisted: that of below */
};

struct price_row {
    struct price_row *older; /* of the same model, or of the same kind */
    const struct price_model *model;
    struct str id;     /* "openai/o3@2025-06-10#0.1.8" */
    struct str source; /* "genai-prices 0.1.8" */
    struct str daily;  /* "00:30-16:30", or empty */
    struct str also;   /* prices of what events do not count, as listed */
    int64_t from_us;
    int64_t day_from_us; /* in force from here to there in each UTC day; */
    int64_t day_to_us;   /* both 0: all day */
    int64_t upto_tok;    /* offered for input no longer than that; 0: any */
    enum service_tier tier;
    struct price_step *steps; /* highest first */
    struct rate rate[PRICE_CLASS__COUNT];
};

/* A multiplier as a small fraction. */
struct price_factor {
    int32_t num;
    int32_t den; /* 0: none is known */
    bool is_unverified;
};

/* Bounds that keep the sums of price/cost.c within 128 bits. */
#define PRICE_FACTOR_MAX 16 /* of either number */
#define PRICE_FAMILY_DEN 4  /* a family's factors are whole quarters */

struct price_model {
    struct price_model *next; /* of the provider, in the catalogue's order */
    const struct price_provider *provider;
    struct str name;
    struct str patterns;         /* alternatives between blanks */
    struct price_row *rows;      /* standard tier, newest first */
    struct price_row *tier_rows; /* the others */
    uint32_t order;              /* of the catalogue; the first match wins */
    /* What a cache write costs in prices of input where none is listed. */
    struct price_factor write_5m;
    struct price_factor write_1h;
};

/* A pattern that is no plain name and so has to be tried. */
struct price_pattern {
    struct price_pattern *next; /* in the catalogue's order */
    struct str pattern;
    const struct price_model *model;
};

struct price_provider {
    struct price_provider *next;
    struct str name;
    struct str hosts; /* providers whose list it passes on, between blanks */
    struct price_model *models;
    struct price_model *last_model;
    struct map plain; /* name -> struct price_model, the first of them */
    struct price_pattern *patterns;
    struct price_factor tier[SERVICE_TIER__COUNT];
    struct price_row *free_row; /* of ":free" models */
};

/* One word of the rules with what it leads to. */
struct price_word {
    struct price_word *next;
    struct str word; /* toll's name of a provider */
    struct price_provider *provider;
    const struct price_model *model; /* free: this one */
    struct price_row *row;           /* free, local: at this price, zero */
};

struct price_discount_row {
    struct price_discount_row *older; /* of the same provider */
    struct price_discount_row *next;  /* in the order of the list */
    struct str provider;
    struct str percent;
    int64_t from_us;
    int32_t keep_ppm; /* 880,000 for 12 percent off */
};

struct price_family {
    struct price_family *next;
    struct str word; /* in the model's name */
    struct price_factor write_5m;
    struct price_factor write_1h;
};

struct price_book {
    atomic_int n_refs;
    struct arena arena;
    struct book_info info;
    struct str rules_id; /* "rules", the source of what they state */
    struct price_provider *providers;
    struct price_provider *last_provider;
    struct price_word *aliases;
    struct price_word *routers;
    struct price_word *locals;
    struct price_word *frees;
    struct price_family *families;
    struct price_model *override_models; /* in the order of the list */
    struct price_model **override_models_end;
    struct map overrides; /* "provider/model" -> struct price_model */
    struct map discounts; /* provider -> struct price_discount_row, newest */
    struct price_discount_row *first_discount;
    struct price_discount_row **discounts_end;
    const struct price_row **rows; /* all, overrides first */
    size_t n_rows;
};

/* What a (provider, model) pair leads to, whenever the call was made. */
struct price_match {
    const struct price_model *override; /* tried first, when in force */
    const struct price_model *model;    /* the catalogue's */
    const struct price_row *fixed;      /* known to be free */
    const struct price_provider *seller;
    const struct price_discount_row *discounts; /* newest first */
    struct str override_name;                   /* the spelling that found it */
    struct str name; /* likewise; into the name_forms */
    bool is_hosted;  /* found at another provider's list */
};

/* book_find: never fails; what was not found is NULL.  `forms` is scratch
 * that *ret's names point into. */
void book_find(const struct price_book *book, struct str provider,
               struct str model, struct name_forms *forms,
               struct price_match *ret);

/* book_find_override: the stated prices of a provider's model, spelt so;
 * NULL. */
const struct price_model *book_find_override(const struct price_book *book,
                                             struct str provider,
                                             struct str name);

/* book_provider: the catalogue's provider under toll's word for it, or its
 * own; NULL. */
struct price_provider *book_provider(const struct price_book *book,
                                     struct str word);

/* book_row_view: the row for people.  RC_LIMIT at the arena's cap. */
enum rc book_row_view(const struct price_row *row, struct arena *out,
                      struct book_row *ret_row) MUST_CHECK;

/* ---- what the readers share ---- */

/* Lines of one text, without comments and blank ones. */
struct book_lines {
    const char *file; /* for messages */
    struct str rest;
    int line;
    struct str args; /* of the line read, behind its first word */
};

/* book_lines_next: the line's first word; false at the end. */
bool book_lines_next(struct book_lines *lines, struct str *ret_word);
/* book_lines_arg: the next argument of the line; false when spent. */
bool book_lines_arg(struct book_lines *lines, struct str *ret_arg);
/* book_lines_bad: RC_PARSE, "prices.txt line 12: ..." */
enum rc book_lines_bad(const struct book_lines *lines, struct why *why,
                       const char *what, struct str arg);
/* book_lines_full: RC_LIMIT, the arena is at its cap. */
enum rc book_lines_full(const struct book_lines *lines, struct why *why);

/* book_rate: reads "input=3.5" into rates[class]; twice the same is an
 * error. */
enum rc book_rate(const struct book_lines *lines, struct str arg,
                  struct rate *rates, struct why *why) MUST_CHECK;

/* book_row_id: "provider/model[@from][@daily][:tier]#source"; p is NULL at
 * the arena's cap. */
struct str book_row_id(struct arena *arena, const struct price_row *row,
                       struct str provider, struct str model,
                       struct str source);

enum rc book_read_catalogue(struct price_book *book, struct str text,
                            struct why *why) MUST_CHECK;
enum rc book_read_rules(struct price_book *book, struct str text,
                        struct why *why) MUST_CHECK;
/* book_apply_families: what the families say about a model of that name. */
void book_apply_families(const struct price_book *book,
                         struct price_model *model);
enum rc book_read_overrides(struct price_book *book,
                            const struct book_source *src,
                            struct why *why) MUST_CHECK;

#endif
