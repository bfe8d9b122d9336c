// Budgets that are nearly used up, or will be before they begin anew.

import { pressing, type Budget, type Budgets } from '../../api/budgets';
import { Link } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { pageAt } from '../../frame/pages';
import { formatRatio } from '../../lib/format';
import { formatInstant } from '../../lib/time';
import { Callout } from '../../ui/callout';

const SHOWN = 3;

export function Pressing({ budgets }: { budgets: Budgets }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const all = pressing(budgets);
  if (all.length === 0) {
    return null;
  }
  const over = all.some(({ share }) => (share ?? 0) >= 1);
  return (
    <Callout tone={over ? 'bad' : 'warn'}
      title={over ? 'A budget is used up' : 'A budget is running out'}
      actions={pageAt('/budgets') &&
        <Link class="button" to="/budgets">All budgets</Link>}>
      <ul>
        {all.slice(0, SHOWN).map((budget) => (
          <li key={budget.name}>{said(budget, zone)}</li>
        ))}
      </ul>
    </Callout>
  );
}

function said({ name, share, pace }: Budget, zone: string): string {
  const used = `${name}: ${formatRatio(share)} used`;
  return (share ?? 0) < 1 && pace?.exceeds_at
    ? `${used}, passed on ${formatInstant(pace.exceeds_at, zone)} at this pace`
    : used;
}
