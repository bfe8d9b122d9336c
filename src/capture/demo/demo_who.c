#include "capture/demo/demo_who.h"

#include "base/hash.h"

#define CALLS_A_DAY      3333.0 /* at which demo_customer_table is to scale */
#define STAFF            24
#define NOT_PRODUCTION   5  /* percent of all runs */
#define INTERNAL         60 /* percent of those; then: */
#define EVALUATION       30
#define HASH_EXPERIMENTS UINT64_C(0x6578706572696d65) /* any other will do */

void demo_world_init(struct demo_world *w, const struct demo_calendar *calendar,
                     double calls_a_day)
{
    *w = (struct demo_world){.calendar = *calendar,
                             .users_scale = calls_a_day / CALLS_A_DAY};
    rand_init(&w->rand, calendar->seed);
    for (int i = DEMO_INCIDENT_LAUNCH; i < DEMO_INCIDENT__COUNT; i++) {
        w->incident[i] = demo_incident_find(calendar, (enum demo_incident)i);
    }
    for (int i = 0; i < DEMO_EXPERIMENTS; i++) {
        const struct demo_experiment_row *row = &demo_experiment_table[i];

        w->experiment_us[i] = demo_calendar_us(calendar, row->start_days, 9, 0);
        w->rollout_us[i] =
            row->rollout_days < 0
                ? INT64_MAX
                : demo_calendar_us(calendar, row->rollout_days, 9, 0);
    }
    for (int f = 0; f < DEMO_FEATURE__COUNT; f++) {
        uint32_t sum = 0;

        for (int i = 0; i < DEMO_CUSTOMERS; i++) {
            const struct demo_customer_row *row = &demo_customer_table[i];

            sum += row->users * demo_feature_table[f].use[row->segment];
            w->use_until[f][i] = sum;
        }
    }
}

bool demo_chance(struct demo_world *w, int percent)
{
    return (int)rand_below(&w->rand, 100) < percent;
}

/* -1 for a feature that no customer uses. */
static int pick_customer(struct demo_world *w, enum demo_feature feature)
{
    const uint32_t *until = w->use_until[feature];
    int low = 0;
    int high = DEMO_CUSTOMERS - 1;

    if (until[high] == 0) {
        return -1;
    }
    uint32_t at = (uint32_t)rand_below(&w->rand, until[high]);
    while (low < high) {
        int middle = (low + high) / 2;

        if (until[middle] > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The square makes some users heavy: of a hundred, the first one makes ten
 * percent of the calls. */
static uint32_t pick_user(struct demo_world *w, enum demo_feature feature,
                          int customer, int64_t ts_us)
{
    double n = demo_customer_table[customer].users * w->users_scale *
               demo_calendar_growth(&w->calendar, ts_us);

    if (feature == w->incident[DEMO_INCIDENT_LAUNCH].feature) {
        n *= demo_launch_share(&w->calendar, ts_us);
    }
    double u = rand_f64(&w->rand);
    return n < 1.0 ? 1 : (uint32_t)(u * u * n) + 1;
}

static bool is_drawn(const struct demo_who *who, int experiment)
{
    const uint64_t key[3] = {(uint64_t)experiment, (uint64_t)who->customer,
                             who->user};

    return hash_64(key, sizeof key, HASH_EXPERIMENTS) % 100 <
           demo_experiment_table[experiment].treatment_percent;
}

/* While it runs, only customers' users take part; what is rolled out is for
 * everybody. */
static void join_experiment(const struct demo_world *w, struct demo_who *who,
                            enum demo_feature feature, int64_t ts_us)
{
    for (int i = 0; i < DEMO_EXPERIMENTS; i++) {
        if (demo_experiment_table[i].feature != feature ||
            ts_us < w->experiment_us[i]) {
            continue;
        }
        bool is_rolled_out = ts_us >= w->rollout_us[i];
        if (is_rolled_out || who->customer >= 0) {
            who->experiment = i;
            who->is_treated = is_rolled_out || is_drawn(who, i);
        }
    }
}

static enum environment pick_inside(struct demo_world *w)
{
    int at = (int)rand_below(&w->rand, 100);

    if (at < INTERNAL) {
        return ENVIRONMENT_INTERNAL;
    }
    return at < INTERNAL + EVALUATION ? ENVIRONMENT_EVALUATION
                                      : ENVIRONMENT_STAGING;
}

struct demo_who demo_who_pick(struct demo_world *w, enum demo_feature feature,
                              int64_t ts_us)
{
    bool has_users = demo_feature_table[feature].has_users;
    struct demo_who who = {.customer = -1,
                           .environment = ENVIRONMENT_PRODUCTION,
                           .experiment = -1};

    if (feature == DEMO_FEATURE_UNTAGGED) {
        return who;
    }
    if (demo_chance(w, NOT_PRODUCTION)) {
        who.environment = pick_inside(w);
        who.user = who.environment == ENVIRONMENT_EVALUATION
                       ? 0
                       : 1 + (uint32_t)rand_below(&w->rand, STAFF);
    } else {
        who.customer = pick_customer(w, feature);
        who.user = has_users ? pick_user(w, feature, who.customer, ts_us) : 0;
    }
    join_experiment(w, &who, feature, ts_us);
    return who;
}
