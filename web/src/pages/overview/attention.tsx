// What moved so much that somebody should look.

import type { Alert, Alerts } from '../../api/alerts';
import type { Budgets } from '../../api/budgets';
import { Link } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { AlertLine } from '../parts/alert_line';
import { Pressing } from './pressing';

const SHOWN = 5;

export function Attention({ alerts, budgets }:
  { alerts: Loading<Alerts>; budgets: Budgets | null }) {
  return (
    <Panel title="Needs attention"
      actions={pageAt('/alerts') && <Link to="/alerts">All alerts</Link>}>
      <Loaded of={alerts} height={560}>
        {({ alerts: all, watched_since: since }) => (
          <div class="stack">
            {budgets && <Pressing budgets={budgets} />}
            <Lines all={all} watched={since !== null} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function Lines({ all, watched }: { all: Alert[]; watched: boolean }) {
  return all.length === 0
    ? (
      <Empty title={watched ? 'Nothing stands out' : 'Listening to history'}>
        Spending is as it usually is. What moves is told here, with its cause.
      </Empty>
    )
    : (
      <ul class="list">
        {all.slice(0, SHOWN).map((alert) =>
          <AlertLine key={alert.id} alert={alert} />)}
      </ul>
    );
}
