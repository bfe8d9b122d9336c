/* The dashboard's files, built by Vite from web/ and embedded at build time,
 * so that the binary serves its page without any file beside it.
 *
 * The table is made by tools/embed.mjs, sorted by path.  All of it is constant
 * and lives as long as the program.  Any thread.  It knows nothing of HTTP but
 * the values of four headers; who serves it adds the content security policy
 * and chooses between the two forms by the request's Accept-Encoding. */
#ifndef FACE_WEB_WEB_ASSET_H
#define FACE_WEB_WEB_ASSET_H

#include "base/str.h"

#include <stddef.h>

struct web_asset {
    struct str path;  /* as a client asks for it; "/" is the page */
    struct str type;  /* Content-Type */
    struct str cache; /* Cache-Control */
    struct str etag;  /* ETag; weak, as it stands for both forms */
    struct str body;
    struct str gzip; /* empty where it would not be smaller */
};

extern const struct web_asset web_assets[];
extern const size_t web_assets_n;

/* web_asset_find: the file at `path` (without the query), NULL if none. */
const struct web_asset *web_asset_find(struct str path);

#endif
