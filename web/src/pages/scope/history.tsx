// What happened to it: alerts, and for a feature its releases.

import type { Alert, Alerts } from '../../api/alerts';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { AlertLine } from '../parts/alert_line';
import type { ScopeKind } from './kinds';

interface Props {
  kind: ScopeKind;
  name: string;
  alerts: Loading<Alerts>;
}

const SHOWN = 5;

export function HistoryPanel({ kind, name, alerts }: Props) {
  return (
    <Panel title="Alerts">
      <Loaded of={alerts} height={240}>
        {({ alerts: all }) => {
          const own = all.filter((alert) => concerns(alert, kind, name));
          return own.length === 0
            ? (
              <Empty title="None so far">
                What moves out of its usual range is told here, with its cause.
              </Empty>
            )
            : (
              <ul class="list">
                {own.slice(0, SHOWN).map((alert) =>
                  <AlertLine key={alert.id} alert={alert} />)}
              </ul>
            );
        }}
      </Loaded>
    </Panel>
  );
}

export function concerns({ scope, owner }: Alert,
  { dimension }: Pick<ScopeKind, 'dimension'>, name: string): boolean {
  switch (dimension) {
    case 'feature':
    case 'model':
    case 'customer':
      return scope[dimension] === name;
    case 'owner':
      return owner === name;
    default:
      return false;
  }
}
