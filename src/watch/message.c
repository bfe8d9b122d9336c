#include "watch/message.h"

#include "base/attr.h"
#include "base/check.h"

#include <stddef.h>

const char *message_severity_name(enum message_severity severity)
{
    static const char *const name[] = {[MESSAGE_INFO] = "info",
                                       [MESSAGE_WARN] = "warn",
                                       [MESSAGE_PAGE] = "page"};

    CHECK((size_t)severity < ARRAY_N(name) && name[severity] != NULL);
    return name[severity];
}

const char *message_phase_name(enum message_phase phase)
{
    static const char *const name[] = {[MESSAGE_NOTE] = "note",
                                       [MESSAGE_OPENED] = "opened",
                                       [MESSAGE_UPDATED] = "updated",
                                       [MESSAGE_CLOSED] = "closed"};

    CHECK((size_t)phase < ARRAY_N(name) && name[phase] != NULL);
    return name[phase];
}
