// Weeks by their names of ISO 8601, as in `2026-W48`: they begin on Monday, and
// belong to the year of their Thursday.

import { addDays, daysBetween, isDay } from './time';

const A_MONDAY = '1970-01-05';

export function mondayOf(day: string): string {
  const n = daysBetween(A_MONDAY, day) % 7;
  return addDays(day, -((n + 7) % 7));
}

/** The name of the week that holds a day. */
export function weekName(day: string): string {
  const monday = mondayOf(day);
  const year = addDays(monday, 3).slice(0, 4);
  const n = daysBetween(firstMonday(year), monday) / 7 + 1;
  return `${year}-W${String(n).padStart(2, '0')}`;
}

/** The Monday of a week by its name; null where there is no such week. */
export function mondayOfWeek(name: string): string | null {
  const [, year = '', n = ''] = /^(\d{4})-W(\d\d)$/.exec(name) ?? [];
  if (!isDay(`${year}-01-04`)) {
    return null;
  }
  const monday = addDays(firstMonday(year), (Number(n) - 1) * 7);
  return weekName(monday) === name ? monday : null;
}

/** That of the week with 4 January. */
function firstMonday(year: string): string {
  return mondayOf(`${year}-01-04`);
}
