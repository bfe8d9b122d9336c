#include "app/serve_conf.h"

#include "app/conf.h"
#include "app/setup.h"
#include "base/why.h"
#include "capture/gateway/upstreams.h"
#include "event/registry.h"
#include "face/notify/notify.h"
#include "price/book.h"

#define PROBLEM_BYTES 4096

void serve_conf_init(struct serve_conf *c)
{
    *c = (struct serve_conf){.book = NULL};
    mutex_init(&c->lock);
    buf_init(&c->problem, PROBLEM_BYTES);
}

void serve_conf_fini(struct serve_conf *c)
{
    book_unref(&c->book);
    registry_unref(&c->registry);
    upstreams_unref(&c->upstreams);
    channels_unref(&c->channels);
    buf_fini(&c->problem);
    mutex_fini(&c->lock);
}

void serve_conf_use(struct serve_conf *c, struct price_book *book,
                    const struct conf *conf)
{
    mutex_lock(&c->lock);
    struct price_book *old_book = c->book;
    struct registry *old_registry = c->registry;
    struct upstreams *old_upstreams = c->upstreams;
    struct channels *old_channels = c->channels;
    c->book = book_ref(book);
    c->registry = registry_ref(conf->registry);
    c->upstreams = upstreams_ref(conf->upstreams);
    c->channels = channels_ref(conf->channels);
    mutex_unlock(&c->lock);
    book_unref(&old_book);
    registry_unref(&old_registry);
    upstreams_unref(&old_upstreams);
    channels_unref(&old_channels);
}

void serve_conf_note(struct serve_conf *c, const struct why *why)
{
    mutex_lock(&c->lock);
    buf_clear(&c->problem);
    if (why != NULL) {
        buf_fmt(&c->problem,
                "the configuration was not reloaded, the one before is in "
                "force: %s",
                why->text);
    }
    mutex_unlock(&c->lock);
}

struct price_book *serve_conf_book(struct serve_conf *c)
{
    mutex_lock(&c->lock);
    struct price_book *book = book_ref(c->book);
    mutex_unlock(&c->lock);
    return book;
}

struct registry *serve_conf_registry(struct serve_conf *c)
{
    mutex_lock(&c->lock);
    struct registry *registry = registry_ref(c->registry);
    mutex_unlock(&c->lock);
    return registry;
}

void serve_conf_tell(struct serve_conf *c, const struct conf *started,
                     struct str url, struct json_writer *w)
{
    mutex_lock(&c->lock);
    setup_tell(&(struct setup){.conf = started,
                               .upstreams = c->upstreams,
                               .channels = c->channels,
                               .url = url,
                               .problem = buf_view(&c->problem)},
               w);
    mutex_unlock(&c->lock);
}
