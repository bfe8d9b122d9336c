#include "app/alert_change.h"

#include "app/incident_box.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/period.h"

struct doing {
    const struct alert_change *change;
    const struct json *body;
    int64_t until_us;
    bool is_ack;
    enum rc rc;
    struct why *why;
};

static bool decide(void *arg, const struct incidents *all, struct arena *arena,
                   struct incident *ret)
{
    struct doing *d = arg;
    const struct incident *x = incidents_of(all, d->change->id);

    (void)arena;
    if (x == NULL) {
        d->rc = why_set(d->why, RC_NOT_FOUND, "there is no alert %.*s",
                        STR_ARG(d->change->id));
        return false;
    }
    if (d->is_ack) {
        incident_ack(x, json_str(json_get(d->body, "by")),
                     json_str(json_get(d->body, "note")), d->change->now_us,
                     ret);
        return true;
    }
    if (x->closed_us != 0) {
        d->rc = why_set(d->why, RC_INVALID,
                        "alert %.*s is over; there is nothing to snooze",
                        STR_ARG(d->change->id));
        return false;
    }
    incident_snooze(x, d->until_us, ret);
    return true;
}

/* "4h", "30m", "2d" */
static enum rc parse_length(struct str text, int64_t *ret_us, struct why *why)
{
    static const struct {
        char unit;
        int64_t us;
    } units[] = {{'s', UTC_US_PER_SECOND},
                 {'m', UTC_US_PER_MINUTE},
                 {'h', UTC_US_PER_HOUR},
                 {'d', UTC_US_PER_DAY}};
    const int64_t longest_us = LIMIT_INCIDENT_SNOOZE_DAYS * UTC_US_PER_DAY;
    uint64_t n = 0;

    if (text.n > 1 && str_to_u64(str_sub(text, 0, text.n - 1), &n) == RC_OK &&
        n > 0) {
        for (size_t i = 0; i < ARRAY_N(units); i++) {
            if (text.p[text.n - 1] == units[i].unit &&
                n <= (uint64_t)(longest_us / units[i].us)) {
                *ret_us = (int64_t)n * units[i].us;
                return RC_OK;
            }
        }
    }
    return why_set(why, RC_INVALID,
                   "'%.*s' is no length of time; write it as 30m, 4h or 2d, "
                   "at most %dd",
                   STR_ARG(text), LIMIT_INCIDENT_SNOOZE_DAYS);
}

static enum rc read_until(struct doing *d, struct why *why)
{
    struct str until = json_str(json_get(d->body, "until"));
    struct str length = json_str(json_get(d->body, "for"));
    int64_t now_us = d->change->now_us;
    int64_t us = 0;
    enum rc rc;

    if ((until.n == 0) == (length.n == 0)) {
        return why_set(why, RC_INVALID, "either until or for must be given");
    }
    if (length.n > 0) {
        rc = parse_length(length, &us, why);
        d->until_us = now_us + us;
        return rc;
    }
    rc = period_parse_time(d->change->zone, until, &d->until_us, why);
    if (rc == RC_OK && d->until_us <= now_us) {
        rc = why_set(why, RC_INVALID, "%.*s is over already", STR_ARG(until));
    }
    return rc == RC_RANGE ? RC_INVALID : rc;
}

static enum rc check_text(const struct json *body, const char *name,
                          struct why *why)
{
    const struct json *value = json_get(body, name);

    if (value != NULL &&
        (json_kind(value) != JSON_STR || json_str(value).n > LIMIT_NOTE_MAX)) {
        return why_set(why, RC_INVALID, "%s must be a text of at most %d bytes",
                       name, LIMIT_NOTE_MAX);
    }
    return RC_OK;
}

enum rc alert_change(struct incident_box *box,
                     const struct alert_change *change, struct why *why)
{
    struct alert_change at = *change; /* whole seconds are enough */
    struct doing d = {.change = &at, .why = why, .rc = RC_OK};
    struct json *body = NULL;
    bool is_changed = false;

    at.now_us -= at.now_us % UTC_US_PER_SECOND;
    enum rc rc = json_parse(change->body, &body, why);

    if (rc == RC_OK && json_kind(body) != JSON_OBJ) {
        rc = why_set(why, RC_INVALID, "expected an object");
    }
    d.body = body;
    d.is_ack = str_eq(change->verb, STR("ack"));
    if (rc == RC_OK && d.is_ack) {
        rc = check_text(body, "by", why);
        rc = rc == RC_OK ? check_text(body, "note", why) : rc;
    } else if (rc == RC_OK && str_eq(change->verb, STR("snooze"))) {
        rc = read_until(&d, why);
    } else if (rc == RC_OK) {
        rc = why_set(why, RC_NOT_FOUND, "an alert takes ack and snooze");
    }
    if (rc == RC_OK) {
        rc = incident_box_change(box, decide, &d, &is_changed, why);
    }
    json_free(&body);
    return rc == RC_OK ? d.rc : rc;
}
