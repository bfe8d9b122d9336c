/* One message to somebody else's server, a POST over HTTP or a mail over
 * SMTP, that shall arrive once.  Blocking, on libcurl, a connection each.
 *
 * No server can act upon a message before it has all of it.  So the last byte
 * of the body is held back until `commit` has said yes: before that moment
 * the message was certainly not taken, and what the caller notes there is
 * known to stand on disk while it may have been.  What remains unknown after
 * a crash is only the time between that byte and the answer.  Any thread. */
#ifndef NET_DELIVER_H
#define NET_DELIVER_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "net/http_head.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why;

struct deliver_ask {
    const char *url; /* NUL-ended: http, https, smtp or smtps */
    struct str body; /* at least two bytes; a mail with its headers, CRLF */
    int64_t timeout_ms;

    const struct http_field *field; /* HTTP only */
    size_t n_fields;

    /* SMTP only.  smtp:// begins with STARTTLS where that is offered; with a
     * password it must be, unless the server is on this machine. */
    const char *mail_from; /* bare address */
    const char *const *mail_to;
    size_t n_mail_to;
    const char *user; /* NULL: none is told */
    const char *password;

    /* commit: false keeps the last byte back for good. */
    bool (*commit)(void *arg);
    /* is_ended: asked about once a second; true breaks off. */
    bool (*is_ended)(void *arg, bool is_out);
    void *arg;
};

struct deliver_answer {
    int status;  /* of HTTP, or the last one of SMTP; 0: none came */
    bool is_out; /* the last byte was let go: it may have been taken */
    int64_t retry_after_ms; /* 0: not told */
    char said[200];         /* the beginning of its words; may be "" */
};

/* deliver: RC_OK when the server answered, with whatever HTTP status, or took
 * the mail.  Else RC_DENIED when it refused the mail for good (5yz),
 * RC_UNAVAILABLE when nobody is there, RC_TIMEOUT, RC_INVALID for a URL that
 * is none, RC_IO for anything else.  ret is filled in any case.  `why` names
 * the host and no more of the URL: paths of webhooks are secrets. */
enum rc deliver(const struct deliver_ask *ask, struct deliver_answer *ret,
                struct why *why) MUST_CHECK;

#endif
