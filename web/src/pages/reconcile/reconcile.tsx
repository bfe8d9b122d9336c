// What providers billed against what toll counted, and what the difference is
// made of.

import { useState } from 'preact/hooks';

import { apiPath } from '../../api/fetch';
import { useHere } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { oneOf } from '../../lib/shared';
import { addDays, dayInZone, shortPeriod } from '../../lib/time';
import { Button, Select } from '../../ui/controls';
import { PageHead } from '../../ui/head';
import { Back, Forward, Upload } from '../../ui/icons';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import type { Reconcile } from './answer';
import { Body } from './body';
import { UploadDialog } from './upload';

/** Months to choose from. */
const CHOICES = 13;

export function ReconcilePage() {
  const { params } = useHere();
  const [adding, setAdding] = useState(false);
  const zone = useLedger().data?.zone ?? 'UTC';
  const months = monthsBefore(zone);
  const month = oneOf(months, params.get('month')) ?? months[1] ?? '';
  const provider = params.get('provider');
  const answer = useApi<Reconcile>(apiPath('reconcile', { month, provider }));
  return (
    <>
      <PageHead title="Reconciliation"
        over={shortPeriod('month', `${month}-01`) +
          (provider ? `, ${provider}` : '')}
        sentence={answer.error ? 'The bills could not be read.'
          : answer.data?.sentence ?? ''}
        actions={
          <>
            <Months months={months} month={month} />
            <Button kind="primary" onClick={() => setAdding(true)}>
              <Upload /> Add a bill
            </Button>
          </>
        } />
      <Loaded of={answer} height={760}>
        {(data) => <Body answer={data} provider={provider}
          onAdd={() => setAdding(true)} />}
      </Loaded>
      <UploadDialog open={adding} onClose={() => setAdding(false)}
        onDone={answer.reload} />
    </>
  );
}

/** This month and those before it, as "2026-10". */
function monthsBefore(zone: string): string[] {
  const months: string[] = [];
  let day = dayInZone(new Date().toISOString(), zone);
  for (let i = 0; i < CHOICES; i += 1) {
    months.push(day.slice(0, 7));
    day = addDays(`${day.slice(0, 7)}-01`, -1);
  }
  return months;
}

function Months({ months, month }: { months: string[]; month: string }) {
  const { change } = useHere();
  const at = months.indexOf(month);
  const open = (wanted: string | undefined) => change({
    month: wanted === months[1] ? null : wanted ?? null,
  });
  return (
    <div class="stepper">
      <Button kind="icon" label="The month before"
        disabled={at === months.length - 1}
        onClick={() => open(months[at + 1])}>
        <Back />
      </Button>
      <Select label="Month" value={month} onChange={open}
        options={months.map((value, i) => ({
          value,
          label: shortPeriod('month', `${value}-01`) +
            (i === 0 ? ', so far' : ''),
        }))} />
      <Button kind="icon" label="The month after" disabled={at === 0}
        onClick={() => open(months[at - 1])}>
        <Forward />
      </Button>
    </div>
  );
}
