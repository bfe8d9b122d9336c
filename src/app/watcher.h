/* One look at what spending does: the live watch hears what is new, and what
 * it finds becomes incidents.  The server looks every minute; a command without
 * a server looks once.  One thread looks; incidents may be read by any. */
#ifndef APP_WATCHER_H
#define APP_WATCHER_H

#include "base/attr.h"
#include "base/rc.h"

#include <stdbool.h>
#include <stdint.h>

struct api_env;
struct incident_box;
struct store_reader;
struct watch_settings;
struct watcher;
struct why;

struct watcher_options {
    const char *data_dir;
    const struct api_env *api; /* what is asked of an incident; borrowed */
    bool is_live;              /* as in app/watch_rules.h */
    int64_t rules_us;          /* from asking the rules to the next time */
    int64_t rebuild_us;        /* as in watch/live.h */
    bool (*is_ended)(void *arg);
    void *arg;
};

enum rc watcher_open(const struct watcher_options *opt, struct watcher **ret,
                     struct why *why) MUST_CHECK;
void watcher_close(struct watcher **w); /* accepts NULL */

/* watcher_look: up to `now_us`, as the settings want it.  What the store or the
 * disk fails with; the next look makes up for it. */
enum rc watcher_look(struct watcher *w, const struct watch_settings *settings,
                     struct store_reader *reader, int64_t now_us,
                     struct why *why) MUST_CHECK;

struct incident_box *watcher_box(struct watcher *w);
/* watcher_from_us: since when all was heard; 0 until a look went well.
 * watcher_count: what it did.  Any thread. */
int64_t watcher_from_us(struct watcher *w);
struct watcher_counts {
    uint64_t n_histories; /* times that all was heard */
    uint64_t n_left_out;  /* calls that passed a limit, of the last time */
};
void watcher_count(struct watcher *w, struct watcher_counts *ret);

#endif
