/* The texts of data/ that this program was built with; their definitions are
 * written at build time by tools/embed-text.mjs. */
#ifndef PRICE_PRICE_TEXT_H
#define PRICE_PRICE_TEXT_H

#include "base/str.h"

extern const struct str price_text_catalogue; /* data/prices.txt */
extern const struct str price_text_rules;     /* data/price-rules.txt */

#endif
