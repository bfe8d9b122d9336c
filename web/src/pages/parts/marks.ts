// What happened in the range: releases, and what was alerted.

import { useMemo } from 'preact/hooks';

import { ALERTS_PATH, type Alert, type Alerts } from '../../api/alerts';
import { apiPath } from '../../api/fetch';
import { anyOf, rangeQuery } from '../../api/query';
import type { Mark } from '../../charts/series';
import { useHere, type Here } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { pathOf, type Params } from '../../lib/route';
import type { Range } from '../../lib/shared';
import { useApi, type Loading } from '../../ui/load';

interface Release {
  ts: string;
  release: string;
  feature?: string;
  note?: string;
}

export interface Marks {
  marks: Mark[];
  alerts: Loading<Alerts>;
}

/** Releases of a feature, or all; alerts that pass `concerning`.  The range is
 *  the page's unless said. */
export function useMarks(feature?: string, own?: Range,
  concerning?: (alert: Alert) => boolean): Marks {
  const here = useHere();
  const range = own ?? here.shared.range;
  const path = apiPath('records', { kind: 'releases', ...rangeQuery(range),
    feature, limit: 200 });
  const releases = useApi<{ records: Release[] }>(path);
  const alerts = useApi<Alerts>(ALERTS_PATH);
  const marks = useMemo(() => [
    ...(releases.data?.records ?? []).map((row) => releaseMark(row, here)),
    ...(alerts.data?.alerts ?? [])
      .filter(concerning ?? (({ scope }) =>
        feature === undefined || scope.feature === feature))
      .map((alert) => alertMark(alert, here)),
  ], [releases.data, alerts.data, here, feature, concerning]);
  return { marks, alerts };
}

/** Where an alert is told in full: its page, or its causes. */
export function alertHref(alert: Alert, here: Here): string {
  const path = pathOf('alerts', alert.id);
  return pageAt(path) ? here.href(path) : whyHref(alert, here);
}

/** Why spending moved at an alert. */
export function whyHref(alert: Alert, { href }: Here): string {
  return href('/why', alertQuestion(alert));
}

/** What to ask of the time at which an alert began, where it was. */
export function alertQuestion({ since, scope }: Alert): Params {
  const where: string[] = [];
  for (const dimension of ['feature', 'customer'] as const) {
    const name = scope[dimension];
    if (name !== null) {
      where.push(anyOf(dimension, [name]));
    }
  }
  return { at: since, where };
}

function releaseMark({ ts, release, feature, note }: Release, { href }: Here):
  Mark {
  const of = feature ? ` of ${feature}` : '';
  return {
    kind: 'release',
    time: ts,
    said: `Release ${release}${of}${note ? `: ${note}` : ''}`,
    href: href('/why', {
      at: ts,
      where: feature ? [anyOf('feature', [feature])] : [],
    }),
  };
}

function alertMark(alert: Alert, here: Here): Mark {
  return {
    kind: 'alert',
    time: alert.since,
    said: `Alert: ${alert.sentence}`,
    href: alertHref(alert, here),
  };
}
