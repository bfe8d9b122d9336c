// Calendar days and periods of the reporting time zone.  Days are strings,
// 'YYYY-MM-DD', as the API writes them: they name a day on a calendar, not an
// instant, so no time zone can shift them.

export type Interval = 'hour' | 'day' | 'week' | 'month';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MONTHS = [
  'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun',
  'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec',
] as const;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** A real day of the calendar, written as the API writes days. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    return false;
  }
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && dayOf(ms) === text;
}

export function addDays(day: string, n: number): string {
  return dayOf(dayMs(day) + n * DAY_MS);
}

/** Days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((dayMs(to) - dayMs(from)) / DAY_MS);
}

/** The day on which an instant falls in `zone`; a day stays itself. */
export function dayInZone(time: string, zone: string): string {
  if (isDay(time)) {
    return time;
  }
  const clock = wallClock(Date.parse(time), zone);
  return clock.day;
}

/** The first and last day of a range whose end is not part of it.  An end in
 *  the middle of a day leaves that day in. */
export function daysOf(from: string, to: string, zone: string):
  { first: string; last: string } {
  const first = dayInZone(from, zone);
  if (isDay(to)) {
    return { first, last: addDays(to, -1) };
  }
  const last = wallClock(Date.parse(to) - 1, zone).day;
  return { first, last };
}

/** The interval that gives a readable number of periods. */
export function autoInterval(days: number): Interval {
  if (days <= 2) {
    return 'hour';
  }
  if (days <= 92) {
    return 'day';
  }
  return days <= 400 ? 'week' : 'month';
}

/** The intervals that make sense for a range: more than one period would be
 *  best, more than about 400 cannot be read. */
export function intervalsFor(days: number): Interval[] {
  const fitting: Interval[] = [];
  if (days <= 14) {
    fitting.push('hour');
  }
  if (days <= 400) {
    fitting.push('day');
  }
  if (days >= 7) {
    fitting.push('week');
  }
  if (days >= 28) {
    fitting.push('month');
  }
  return fitting;
}

/** The one asked for where it makes sense for the range, else the best. */
export function intervalOf(wanted: Interval | 'auto', days: number): Interval {
  return wanted !== 'auto' && intervalsFor(days).includes(wanted)
    ? wanted
    : autoInterval(days);
}

/** All periods of a range in order, also those in which nothing happened, as
 *  the API names them.  `seen` are the periods that the answer has; one that
 *  was not expected is kept, never dropped. */
export function periods(interval: Interval, from: string, to: string,
  zone: string, seen: Iterable<string>): string[] {
  if (interval === 'hour') {
    return hours(from, to, zone, seen);
  }
  const { first, last } = daysOf(from, to, zone);
  const all = new Set(seen);
  for (let day = startOf(interval, first); day <= last;
    day = nextPeriod(interval, day)) {
    all.add(day);
  }
  return [...all].sort();
}

/** A period for an axis: "3 Nov", "14:00", "Nov 2026". */
export function shortPeriod(interval: Interval, period: string): string {
  if (interval === 'hour') {
    return period.slice(11, 16);
  }
  return interval === 'month' ? month(period) : dayAndMonth(period);
}

/** A period in words: "Tue 3 Nov 2026", "week of 2 Nov 2026". */
export function longPeriod(interval: Interval, period: string): string {
  switch (interval) {
    case 'hour':
      return `${weekday(period.slice(0, 10))} ${formatDay(period)}, ` +
        period.slice(11, 16);
    case 'day':
      return `${weekday(period)} ${formatDay(period)}`;
    case 'week':
      return `Week of ${formatDay(period)}`;
    case 'month':
      return month(period);
  }
}

/** "3 Nov 2026" */
export function formatDay(day: string): string {
  return `${dayAndMonth(day)} ${day.slice(0, 4)}`;
}

/** "3 Nov 2026", "1 – 22 Nov 2026", "24 Oct – 22 Nov 2026" */
export function formatDays(first: string, last: string): string {
  if (first === last) {
    return `${weekday(first)} ${formatDay(first)}`;
  }
  if (first.slice(0, 7) === last.slice(0, 7)) {
    return `${Number(first.slice(8, 10))} – ${formatDay(last)}`;
  }
  if (first.slice(0, 4) === last.slice(0, 4)) {
    return `${dayAndMonth(first)} – ${formatDay(last)}`;
  }
  return `${formatDay(first)} – ${formatDay(last)}`;
}

/** "24 Oct – 22 Nov 2026", of what an answer says of its range. */
export function formatPeriod(from: string, to: string, zone: string): string {
  const { first, last } = daysOf(from, to, zone);
  return formatDays(first, last);
}

/** "22 Nov 2026, 09:00" on the clocks of `zone`; a day stays a day. */
export function formatInstant(time: string, zone: string): string {
  if (isDay(time)) {
    return formatDay(time);
  }
  const { day, hour } = wallClock(Date.parse(time), zone);
  return `${formatDay(day)}, ${hour.slice(11, 16)}`;
}

/** "22 Nov, 09:00:05", for lists of what happened. */
export function formatMoment(time: string, zone: string): string {
  const { day, hour } = wallClock(Date.parse(time), zone);
  return `${dayAndMonth(day)}, ${hour.slice(11, 16)}${time.slice(16, 19)}`;
}

/** The period before one, as `toll explain` takes it: whole months with as
 *  many months, else as many days.  One that is not over is held against the
 *  one before up to the same point. */
export function periodBefore(from: string, to: string, zone: string,
  now_ms: number): { from: string; to: string } {
  const { first, last } = daysOf(from, to, zone);
  const start = startBefore(first, last);
  if (now_ms >= Date.parse(to)) {
    return { from: start, to: first };
  }
  const passed = now_ms - Date.parse(from);
  const midnight = dayMs(start) - offsetMs(dayMs(start), zone);
  const end = new Date(midnight + passed).toISOString();
  return { from: start, to: end };
}

function startBefore(first: string, last: string): string {
  const after = addDays(last, 1);
  if (first.endsWith('-01') && after.endsWith('-01')) {
    const months = (Number(after.slice(0, 4)) - Number(first.slice(0, 4))) * 12
      + Number(after.slice(5, 7)) - Number(first.slice(5, 7));
    let start = first;
    for (let i = 0; i < months; i += 1) {
      start = startOf('month', addDays(start, -1));
    }
    return start;
  }
  return addDays(first, -daysBetween(first, after));
}

/** How far the clocks of `zone` are ahead of UTC. */
function offsetMs(ms: number, zone: string): number {
  const { hour } = wallClock(ms, zone);
  const match = /([+-])(\d\d):(\d\d)$/.exec(hour);
  const minutes = Number(match?.[2] ?? 0) * 60 + Number(match?.[3] ?? 0);
  return (match?.[1] === '-' ? -1 : 1) * minutes * 60_000;
}

function hours(from: string, to: string, zone: string,
  seen: Iterable<string>): string[] {
  // Hours are instants; the same one may be written with another offset.
  const named = new Map<number, string>();
  const start = Date.parse(from);
  const end = Date.parse(to);
  if (!isDay(from) && !isDay(to)) {
    for (let ms = start; ms < end; ms += HOUR_MS) {
      named.set(ms, wallClock(ms, zone).hour);
    }
  }
  for (const hour of seen) {
    named.set(Date.parse(hour), hour);
  }
  return [...named].sort((a, b) => a[0] - b[0]).map((entry) => entry[1]);
}

function startOf(interval: Interval, day: string): string {
  if (interval === 'month') {
    return `${day.slice(0, 7)}-01`;
  }
  if (interval === 'week') {
    const sinceMonday = (new Date(dayMs(day)).getUTCDay() + 6) % 7;
    return addDays(day, -sinceMonday);
  }
  return day;
}

/** The first day of the period that follows a day, week or month. */
export function nextPeriod(interval: Interval, day: string): string {
  if (interval === 'month') {
    return startOf('month', addDays(day, 31));
  }
  return addDays(day, interval === 'week' ? 7 : 1);
}

/** What a clock on the wall of `zone` shows at an instant. */
function wallClock(ms: number, zone: string): { day: string; hour: string } {
  const parts = new Map<string, string>();
  for (const { type, value } of clockOf(zone).formatToParts(ms)) {
    parts.set(type, value);
  }
  const get = (type: string) => parts.get(type) ?? '';
  const day = `${get('year').padStart(4, '0')}-${get('month')}-${get('day')}`;
  const offset = get('timeZoneName').replace('GMT', '') || '+00:00';
  return { day, hour: `${day}T${get('hour')}:${get('minute')}:00${offset}` };
}

// Making a formatter is slow, and a fortnight has 336 hours.
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'longOffset',
    });
    clocks.set(zone, clock);
  }
  return clock;
}

function dayMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function weekday(day: string): string {
  return WEEKDAYS[new Date(dayMs(day)).getUTCDay()] ?? '';
}

function dayAndMonth(day: string): string {
  return `${Number(day.slice(8, 10))} ${monthName(day)}`;
}

function month(day: string): string {
  return `${monthName(day)} ${day.slice(0, 4)}`;
}

function monthName(day: string): string {
  return MONTHS[Number(day.slice(5, 7)) - 1] ?? '';
}
