// Where less could be spent on it.

import { Link } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { Panel } from '../../ui/panel';
import { SavingsOf } from '../parts/savings_of';

/** `features` are those that it is made of; null while they are not known. */
export function SavingsPanel({ features, ready }:
  { features: readonly string[] | null; ready: boolean }) {
  return (
    <Panel title="What to do about it"
      actions={pageAt('/savings') && <Link to="/savings">All savings</Link>}>
      <SavingsOf features={features} ready={ready && features !== null} />
    </Panel>
  );
}
