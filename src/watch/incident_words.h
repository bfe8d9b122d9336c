/* What there is to say of an incident besides its sentence.  Any thread. */
#ifndef WATCH_INCIDENT_WORDS_H
#define WATCH_INCIDENT_WORDS_H

#include "base/str.h"
#include "watch/incident.h"

/* incident_next: what to do about it, by its cause. */
struct str incident_next(const struct incident *x);

#endif
