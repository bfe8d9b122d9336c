/* What Google's dialects and vendors share. */
#ifndef PROVIDER_GOOGLE_PRIV_H
#define PROVIDER_GOOGLE_PRIV_H

#include "provider/provider_priv.h"

enum { GOOGLE_MODALITIES = 6 };

/* Video and documents are counted as images: they have no class of their
 * own, and one price list with them. */
extern const struct list_row google_input[GOOGLE_MODALITIES];
extern const struct list_row google_cached[GOOGLE_MODALITIES];
extern const struct list_row google_output[GOOGLE_MODALITIES];

void google_settle(struct draft *d);
void google_error(int status, struct str message, struct buf *out);

#endif
