/* Who there is in the demo company: its models, features, tiers, customers
 * and experiments, as constant rows.  docs/demo.md introduces them.
 *
 * Nothing here knows a date of the calendar: experiments count in days before
 * the last day.  Constant data, any thread. */
#ifndef CAPTURE_DEMO_CAST_H
#define CAPTURE_DEMO_CAST_H

#include "base/str.h"
#include "event/event.h"

#include <stdbool.h>
#include <stdint.h>

enum demo_model {
    DEMO_MODEL_NONE = 0,
    DEMO_MODEL_GPT_4O_MINI,
    DEMO_MODEL_GPT_5_1,
    DEMO_MODEL_EMBEDDING,
    DEMO_MODEL_HAIKU,
    DEMO_MODEL_SONNET,
    DEMO_MODEL_GEMINI_FLASH,
    DEMO_MODEL_RANKER, /* the company's own: no list has its price */
    DEMO_MODEL__COUNT
};

/* How a provider's prompt cache shows in the counts. */
enum demo_cache {
    DEMO_CACHE_NONE = 1,
    DEMO_CACHE_AUTOMATIC, /* reads only, in whole blocks */
    DEMO_CACHE_WRITTEN    /* what is not read is written, and billed */
};

struct demo_model_row {
    struct str provider;
    struct str name;
    enum demo_cache cache;
    int32_t first_ms;          /* until the first token, as a rule */
    double ms_per_token;       /* of output */
    int32_t reasoning_percent; /* reasoning tokens on top of visible output */
};

enum demo_segment {
    DEMO_SEGMENT_NONE = 0,
    DEMO_SEGMENT_FREE,
    DEMO_SEGMENT_PRO,
    DEMO_SEGMENT_ENTERPRISE,
    DEMO_SEGMENT__COUNT
};

struct demo_segment_row {
    struct str name;
    double input_factor; /* larger customers write longer tickets */
};

/* When a feature is used (demo_calendar.c). */
enum demo_rhythm {
    DEMO_RHYTHM_OFFICE = 1, /* by people at their desks */
    DEMO_RHYTHM_SHOPPING,   /* by the customers' customers, evenings too */
    DEMO_RHYTHM_NIGHTLY,
    DEMO_RHYTHM_STEADY,
    DEMO_RHYTHM__COUNT
};

enum demo_feature {
    DEMO_FEATURE_UNTAGGED = 0, /* an old service that names no feature */
    DEMO_FEATURE_TICKET_TRIAGE,
    DEMO_FEATURE_TICKET_SUMMARY,
    DEMO_FEATURE_REPLY_DRAFT,
    DEMO_FEATURE_SUPPORT_AGENT,
    DEMO_FEATURE_SEARCH_ANSWER,
    DEMO_FEATURE_SEARCH_INDEX,
    DEMO_FEATURE_TREND_REPORT,
    DEMO_FEATURE_SHOP_COPILOT, /* the healthy launch */
    DEMO_FEATURE__COUNT
};

/* One use of a feature is a run of one or more calls.  Token counts scatter
 * about their median as a lognormal does. */
struct demo_feature_row {
    struct str name;
    struct str owner;
    struct str key;
    double volume; /* its percent of all calls, or nearly */
    enum demo_rhythm rhythm;
    enum demo_model model;
    enum demo_model fallback; /* after two errors, if any */
    enum operation operation;
    enum service_tier tier;
    bool has_users;      /* people use it; else it is a job */
    bool has_ranker;     /* some runs begin with the company's own model */
    bool is_cache_long;  /* its prompt is cached for an hour */
    int32_t prompt_week; /* 0..3: which weekly release in four renews it */
    uint32_t use[DEMO_SEGMENT__COUNT]; /* runs a user, relative */
    int32_t system_tok;                /* prompt that all calls share */
    int32_t hit_percent; /* of first calls that find it in the cache */
    double input_tok;    /* median of what the first call adds */
    double input_sigma;
    double output_tok; /* median */
    double output_sigma;
    /* Runs of more than one call, each seeing all that came before. */
    struct str workflow;
    struct str step_first;
    struct str step_middle;
    struct str step_last;
    int32_t calls_min;
    int32_t calls_max;
    int32_t more_percent; /* after calls_min: one more call */
    int32_t gap_ms;       /* between the calls, at most */
    double turn_tok;      /* median of what each later call adds */
};

struct demo_customer_row {
    struct str name;
    struct str region;
    enum demo_segment segment;
    uint32_t users;
};

struct demo_experiment_row {
    struct str name;
    enum demo_feature feature;
    int32_t start_days;   /* before the last day, at 09:00 UTC */
    int32_t rollout_days; /* likewise: treatment for all; -1: still running */
    uint32_t treatment_percent;
    double input_factor; /* of the treatment */
    double output_factor;
    struct str prompt_suffix;
};

#define DEMO_CUSTOMERS   60
#define DEMO_EXPERIMENTS 2

extern const struct demo_model_row demo_model_table[DEMO_MODEL__COUNT];
extern const struct demo_segment_row demo_segment_table[DEMO_SEGMENT__COUNT];
extern const struct demo_feature_row demo_feature_table[DEMO_FEATURE__COUNT];
extern const struct demo_customer_row demo_customer_table[DEMO_CUSTOMERS];
extern const struct demo_experiment_row demo_experiment_table[DEMO_EXPERIMENTS];

#endif
