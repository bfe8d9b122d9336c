/* What the files that read toll.yaml share.  A level of the file is an array
 * of conf_key rows, each with the function that reads its value; readers note
 * a problem and go on, so that one run tells all of them. */
#ifndef APP_CONF_PRIV_H
#define APP_CONF_PRIV_H

#include "app/conf.h"
#include "app/yaml.h"
#include "base/limits.h"

#include <stdbool.h>

struct conf_feature_budget { /* the shorthand of a feature */
    struct str feature;
    const struct yaml_node *value;
};

struct conf_reader {
    struct yaml_doc *doc;
    struct conf *conf;
    struct buf *problems;
    struct why *first; /* the first problem, short */
    size_t n_problems;
    const struct yaml_node *reviews; /* read behind the channels */
    const struct yaml_node *watch;   /* likewise */
    const struct yaml_node *budgets; /* likewise, and behind the owners */
    struct conf_feature_budget feature_budget[LIMIT_BUDGETS_MAX];
    size_t n_feature_budgets;
    bool is_applied;                /* budgets are, and not in toll.yaml */
    const struct yaml_node *alerts; /* likewise */
};

typedef void conf_read_fn(struct conf_reader *r, const struct yaml_node *value,
                          void *into);

struct conf_key {
    const char *name;
    conf_read_fn *read; /* NULL: spelt right, but not in this version */
};

/* conf_problem: note one, with the line of `node` (NULL: none). */
void conf_problem(struct conf_reader *r, const struct yaml_node *node,
                  const char *fmt, ...) PRINTF_LIKE(3, 4);
/* conf_unknown_key: note a key that is in no row, with the nearest one. */
void conf_unknown_key(struct conf_reader *r, const struct conf_key *key,
                      size_t n, const struct yaml_node *at, struct str name);
/* conf_expect: true when `node` is of that kind, else a problem at `at`. */
bool conf_expect(struct conf_reader *r, const struct yaml_node *node,
                 const struct yaml_node *at, enum yaml_kind kind,
                 const char *what);
/* conf_seen_before: member i's name stands earlier in the map too. */
bool conf_seen_before(struct conf_reader *r, const struct yaml_node *map,
                      size_t i, struct str name);
/* conf_level: reads every member by its row; `into` goes to the readers. */
void conf_level(struct conf_reader *r, const struct yaml_node *map,
                const struct conf_key *key, size_t n, void *into);
/* conf_text: a scalar, kept by the conf; empty after a problem. */
struct str conf_text(struct conf_reader *r, const struct yaml_node *value,
                     const char *what);
/* conf_date: the beginning of that day, UTC, as price lists have it. */
int64_t conf_date(struct conf_reader *r, const struct yaml_node *value);

/* The readers of the larger parts, and what no single line can tell: that the
 * price book takes these overrides and discounts, that there are the channels
 * which are named. */
conf_read_fn conf_read_attribution;
conf_read_fn conf_read_features;
conf_read_fn conf_read_experiments;
conf_read_fn conf_read_prices;
conf_read_fn conf_read_upstreams;
conf_read_fn conf_read_channels;
conf_read_fn conf_read_reviews;
conf_read_fn conf_read_budgets;
conf_read_fn conf_read_watch;
conf_read_fn conf_read_alerts;
conf_read_fn conf_read_public_url;
void conf_check_prices(struct conf_reader *r);
void conf_check_reviews(struct conf_reader *r);
void conf_check_watch(struct conf_reader *r);
void conf_check_budgets(struct conf_reader *r);
void conf_check_alerts(struct conf_reader *r);

/* conf_texts: one text, or a list of at most `max` of them; how many.
 * conf_notify: the same, each the name of a channel; when all keys were
 * read. */
size_t conf_texts(struct conf_reader *r, const struct yaml_node *value,
                  const char *what, struct str *ret, size_t max);
size_t conf_notify(struct conf_reader *r, const struct yaml_node *value,
                   struct str *ret, size_t max);

/* conf_dollars: 0 or more; 0 after a problem. */
double conf_dollars(struct conf_reader *r, const struct yaml_node *value,
                    const char *what);
/* conf_weekday: 0 is Monday; conf_time_of_day: seconds; -1 after a problem. */
int conf_weekday(struct conf_reader *r, const struct yaml_node *value,
                 struct str word);
int conf_time_of_day(struct conf_reader *r, const struct yaml_node *value,
                     const char *what);

/* conf_feature_budget: notes one, for conf_check_budgets. */
void conf_feature_budget(struct conf_reader *r, const struct yaml_node *value,
                         struct str feature);

#endif
