/* How alerts are told over the API: what the routes of those that are and of
 * those that history would have raised share. */
#ifndef FACE_API_ALERT_JSON_H
#define FACE_API_ALERT_JSON_H

#include "base/json.h"
#include "base/str.h"
#include "watch/incident.h"

#include <stdint.h>

/* Each writes one member.  alert_json_text: p NULL is null.  alert_json_time:
 * 0 is null.  alert_json_scope: "scope". */
void alert_json_text(struct json_writer *w, const char *name, struct str s);
void alert_json_time(struct json_writer *w, const char *name, int64_t us);
void alert_json_number(struct json_writer *w, const char *name, double x);
void alert_json_scope(struct json_writer *w, const struct incident_scope *s);

#endif
