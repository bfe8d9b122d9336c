/* What the files of the forecast share: one fit, without its interval. */
#ifndef INSIGHT_STAT_FORECAST_PRIV_H
#define INSIGHT_STAT_FORECAST_PRIV_H

#include "insight/stat/forecast.h"

/* forecast_fit: the parts as seen from day `end`, from the days before it.
 * forecast_day: day h (0: `end` itself) by those parts. */
void forecast_fit(const struct forecast_series *s, size_t end,
                  struct forecast_parts *ret);
double forecast_day(const struct forecast_series *s, size_t end,
                    const struct forecast_parts *parts, unsigned h);

#endif
