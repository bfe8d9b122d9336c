// What a page's sums do not hold.

import { plural } from '../../lib/format';
import { Callout } from '../../ui/callout';

/** Calls without a price are missing from the spend: that is said, and what
 *  to do about it. */
export function Pricing({ unpriced, models }:
  { unpriced: number; models: string[] }) {
  if (unpriced === 0) {
    return null;
  }
  return (
    <Callout tone="warn"
      title={`${plural(unpriced, 'request')} without a price`}>
      <p>
        What {unpriced === 1 ? 'it' : 'they'} cost is not in any sum on this
        page, as toll knows no price for{' '}
        <ModelList models={models} />. Add one under{' '}
        <code>prices.overrides</code> in <code>toll.yaml</code>.
      </p>
    </Callout>
  );
}

function ModelList({ models }: { models: string[] }) {
  return (
    <>
      {models.map((model, i) => (
        <span key={model}>{i > 0 && ', '}<code>{model}</code></span>
      ))}
    </>
  );
}
