/* Saved views and shares on disk (face/share/shelf.h), in DATA/views as a
 * journal: each change is durable before it is in effect.  All functions any
 * thread, but open and close. */
#ifndef APP_SHELF_DISK_H
#define APP_SHELF_DISK_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

struct api_response;
struct arena;
struct share_asked;
struct share_request;
struct shelf_disk;
struct why;

enum rc shelf_disk_open(const char *data_dir, struct shelf_disk **ret,
                        struct why *why) MUST_CHECK;
void shelf_disk_close(struct shelf_disk **d); /* accepts NULL */

/* shelf_disk_answer: a request to share_api.h's routes. */
void shelf_disk_answer(struct shelf_disk *d, const struct share_request *req,
                       struct api_response *ret);

/* shelf_disk_admit: share_admit for the share of that token; RC_DENIED also
 * when there is none. */
enum rc shelf_disk_admit(struct shelf_disk *d, struct str token,
                         const struct share_asked *asked, struct arena *out,
                         struct str *ret_query, struct why *why) MUST_CHECK;

#endif
