/* What surrounds a call: fills the note's dimensions, tags and environment
 * from the span's own attributes, its scope's and its resource's.  Pure, any
 * thread.  Source: docs/otlp.md, "Dimensions". */
#ifndef CAPTURE_OTLP_NAMES_H
#define CAPTURE_OTLP_NAMES_H

#include "capture/otlp/otlp_conv.h"

/* otlp_read_names: after the convention has gathered its fields.  What is set
 * already stays. */
void otlp_read_names(struct otlp_reading *r);

#endif
