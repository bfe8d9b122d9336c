// Where less could be spent on it.

import type { ScopeKind } from './kinds';
import { Link } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { Panel } from '../../ui/panel';
import { SavingsOf } from '../parts/savings_of';

export function SavingsPanel({ kind, name, ready }:
  { kind: ScopeKind; name: string; ready: boolean }) {
  const own = kind.dimension === 'feature';
  return (
    <Panel title={own ? 'What to do about it' : 'What to do in all'}
      actions={pageAt('/savings') && <Link to="/savings">All savings</Link>}>
      <SavingsOf feature={own ? name : null} ready={ready} />
    </Panel>
  );
}
