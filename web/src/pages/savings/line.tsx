// One thing that could be done, how sure that is, and what to look at first.

import { useId, useState } from 'preact/hooks';

import { Link, useHere } from '../../frame/here';
import { pageAt } from '../../frame/pages';
import { formatUsd, parseUsd } from '../../lib/money';
import { capital } from '../../lib/words';
import { Badge, type Tone } from '../../ui/callout';
import { Check } from '../../ui/fields';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { RangeBar } from '../../ui/rangebar';
import { Said } from '../../ui/said';
import { ScopeLink } from '../../ui/scope';
import { featureOf, titleOf, whatIfParams, whyParams, type Line } from './lines';

interface Props {
  line: Line;
  max: number;
  /** Shown with its reasons from the start. */
  first: boolean;
}

export function SavingLine({ line, max, first }: Props) {
  const { saving } = line;
  const [open, setOpen] = useState(first);
  const id = useId();
  const [low, high] = [parseUsd(saving.low), parseUsd(saving.high)];
  return (
    <li class="saving">
      <span class="saving-rank">{line.rank}</span>
      <div class="saving-what">
        <button type="button" class="link-button strong" aria-expanded={open}
          aria-controls={id} onClick={() => setOpen(!open)}>
          {titleOf(line)}
        </button>
        <Badge tone={TONES[saving.confidence]}>{saving.confidence}</Badge>
        <span class="note">
          <Place line={line} />
        </span>
      </div>
      <div class="saving-bar">
        <RangeBar low={line.low} point={line.point} high={line.high} max={max}
          tone={line.group === 'sure' ? 'good' : 'soft'} />
      </div>
      <div class="saving-amount">
        <Money amount={saving.point} />
        <p class="note">
          {low === high ? 'a month'
            : `${formatUsd(low, 0)} – ${formatUsd(high, 0)}`}
        </p>
      </div>
      <div class="saving-more" id={id} hidden={!open}>
        {open && <Reasons line={line} />}
      </div>
    </li>
  );
}

const TONES: Record<string, Tone> = {
  'measured': 'good',
  'reached before': 'good',
  'stated by you': 'good',
  'quality held in an experiment': 'good',
  'to check': 'warn',
  'candidate': 'info',
  'quality fell in an experiment': 'bad',
};

function Place({ line: { saving, reason } }: { line: Line }) {
  const feature = featureOf(saving);
  return (
    <>
      {feature === '' && reason.environment !== null
        ? 'untagged'
        : <ScopeLink dimension="feature" name={feature} />}
      {saving.workflow && (
        <>, workflow <GroupName name={saving.workflow} /></>
      )}
      {reason.environment && ', in evaluation and test'}
    </>
  );
}

function Reasons({ line }: { line: Line }) {
  const { reason } = line;
  const whatIf = whatIfParams(line);
  return (
    <>
      <dl class="reasons">
        <dt>Arithmetic</dt>
        <dd><Said text={`${capital(reason.arithmetic)}.`} /></dd>
        <dt>Check first</dt>
        <dd><Said text={`${capital(reason.check_first)}.`} /></dd>
        <dt>Wrong if</dt>
        <dd><Said text={`${capital(reason.falsified_by)}.`} /></dd>
      </dl>
      <p class="links">
        {pageAt('/why') && (
          <Link to="/why" params={whyParams(line)}>
            Why it costs more
            <span class="visually-hidden">: {titleOf(line)}</span>
          </Link>
        )}
        {whatIf && (
          <Link to="/whatif" params={whatIf}>
            Price each call: what if
            <span class="visually-hidden">: {titleOf(line)}</span>
          </Link>
        )}
        {line.saving.kind === 'batch' && <MayWait line={line} />}
      </p>
    </>
  );
}

/** States that the feature's work may wait a day, which makes it sure. */
function MayWait({ line }: { line: Line }) {
  const { params, change } = useHere();
  const feature = featureOf(line.saving);
  const stated = params.getAll('batch');
  if (feature === '') {
    return null;
  }
  return (
    <Check label="A day later is soon enough" checked={stated.includes(feature)}
      onChange={(checked) => change({
        batch: checked ? [...stated, feature]
          : stated.filter((name) => name !== feature),
      })} />
  );
}
