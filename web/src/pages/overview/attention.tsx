// What moved so much that somebody should look.

import type { Alerts } from '../../api/alerts';
import { Link } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { AlertLine } from '../parts/alert_line';

const SHOWN = 5;

export function Attention({ alerts }: { alerts: Loading<Alerts> }) {
  return (
    <Panel title="Needs attention"
      actions={pageAt('/alerts') && <Link to="/alerts">All alerts</Link>}>
      <Loaded of={alerts} height={420}>
        {({ alerts: all, watched_since: since }) => (all.length === 0
          ? (
            <Empty title={since === null ? 'Listening to history'
              : 'Nothing stands out'}>
              Spending is as it usually is. What moves is told here, with its
              cause.
            </Empty>
          )
          : (
            <ul class="list">
              {all.slice(0, SHOWN).map((alert) =>
                <AlertLine key={alert.id} alert={alert} />)}
            </ul>
          ))}
      </Loaded>
    </Panel>
  );
}
