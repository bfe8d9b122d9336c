#include "base/rc.h"

static const char *const names[] = {
#define X(code, name) [code] = (name),
#include "base/rc.def"
#undef X
};

const char *rc_name(enum rc rc)
{
    return (unsigned)rc < RC__COUNT ? names[rc] : "unknown";
}
