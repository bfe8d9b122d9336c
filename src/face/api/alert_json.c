#include "face/api/alert_json.h"

#include "base/buf.h"
#include "base/utc.h"

void alert_json_text(struct json_writer *w, const char *name, struct str s)
{
    json_w_key(w, str_from_cz(name));
    if (s.p == NULL) {
        json_w_null(w);
    } else {
        json_w_str(w, s);
    }
}

void alert_json_time(struct json_writer *w, const char *name, int64_t us)
{
    struct buf b;

    json_w_key(w, str_from_cz(name));
    if (us == 0) {
        json_w_null(w);
        return;
    }
    buf_init(&b, 64);
    utc_add_text(&b, us);
    json_w_str(w, buf_view(&b));
    buf_fini(&b);
}

void alert_json_number(struct json_writer *w, const char *name, double x)
{
    json_w_key(w, str_from_cz(name));
    json_w_f64(w, x);
}

void alert_json_scope(struct json_writer *w, const struct incident_scope *s)
{
    json_w_key(w, STR("scope"));
    json_w_obj(w);
    alert_json_text(w, "feature", s->feature);
    alert_json_text(w, "model", s->model);
    alert_json_text(w, "provider", s->provider);
    alert_json_text(w, "workflow", s->workflow);
    alert_json_text(w, "customer", s->customer);
    if (s->group.p != NULL) {
        alert_json_text(w, "group", s->group);
    }
    json_w_obj_end(w);
}
