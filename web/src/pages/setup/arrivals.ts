// What has come in so far, and by which way.

import { apiPath, getJson } from '../../api/fetch';
import { ask, rowsOf } from '../../api/query';

/** The ways in, in the order in which they are shown. */
const WAYS = ['gateway', 'otlp', 'api', 'import'];

export interface Arrivals {
  sources: { name: string; requests: number }[];
  total: number;
  zone: string;
  last: { time: string; model: string; feature: string } | null;
}

export async function loadArrivals(signal: AbortSignal): Promise<Arrivals> {
  const answer = await ask({ metrics: ['requests'], by: ['source'],
    range: 'all', where: ['environment:*'] }, signal);
  const counts = new Map(rowsOf(answer).map((row) =>
    [row.text('source'), row.count('requests')]));
  const names = [...WAYS,
    ...[...counts.keys()].filter((name) => !WAYS.includes(name))];
  const sources = names.map((name) =>
    ({ name, requests: counts.get(name) ?? 0 }));
  const total = sources.reduce((n, { requests }) => n + requests, 0);
  return {
    sources, total, zone: answer.timezone,
    last: total > 0 ? await newest(signal) : null,
  };
}

interface Event {
  ts: string;
  model: string;
  feature?: string;
}

async function newest(signal: AbortSignal): Promise<Arrivals['last']> {
  const { events } = await getJson<{ events: Event[] }>(apiPath('events', {
    range: 'all', where: ['environment:*'], limit: 1,
  }), signal);
  const event = events[0];
  return event
    ? { time: event.ts, model: event.model, feature: event.feature ?? '' }
    : null;
}
