/* The routes of saved views and shares, without HTTP around them, as api.h is
 * for those that only read:
 *
 *   GET    /api/views          POST  /api/views {name, address, note, by}
 *   POST   /api/views/{id}     {name, address, note}: changes those given
 *   DELETE /api/views/{id}     and its shares
 *   GET    /api/shares         POST  /api/shares {view or address, expires,
 *                              name, note, by, opens}: answers the token, once
 *   DELETE /api/shares/{id}
 *   GET    /api/share          what a token opens, for its holder
 *
 * One thread at a time: whoever owns the shelf sees to it. */
#ifndef FACE_SHARE_SHARE_API_H
#define FACE_SHARE_SHARE_API_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct api_response;
struct shelf;
struct why;

enum share_method { SHARE_GET = 1, SHARE_POST, SHARE_DELETE };

/* Makes a record durable, and applies it to the shelf. */
typedef enum rc share_write_fn(void *arg, struct str record, struct why *why);

struct share_request {
    enum share_method method;
    struct str path;
    struct str body;
    struct str token; /* that came with it; for /api/share */
    int64_t now_us;
    struct str timezone;
};

struct share_env {
    const struct shelf *shelf;
    share_write_fn *write;
    void *arg;
};

bool share_api_knows(struct str path);

/* share_api: never fails as a whole; ret as api_handle's. */
void share_api(const struct share_env *env, const struct share_request *req,
               struct api_response *ret);

#endif
