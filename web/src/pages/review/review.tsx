// One week on a page, to be read, printed and sent.

import { useState } from 'preact/hooks';

import { apiPath } from '../../api/fetch';
import { useHere } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { environmentFilter } from '../../lib/shared';
import { addDays, dayInZone, formatDays } from '../../lib/time';
import { mondayOf, mondayOfWeek, weekName } from '../../lib/week';
import { Button, Select } from '../../ui/controls';
import { PageHead } from '../../ui/head';
import { Back, Forward, Printer, Send } from '../../ui/icons';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Said } from '../../ui/said';
import { Empty } from '../../ui/states';
import type { EmptyReview, Review } from './answer';
import { Body } from './body';
import { SendDialog } from './send';

/** Weeks to choose from; older ones open by their address. */
const CHOICES = 26;

export function ReviewPage() {
  const { params, shared } = useHere();
  const [sending, setSending] = useState(false);
  const asked = mondayOfWeek(params.get('week') ?? '');
  const query = {
    week: asked && weekName(asked),
    where: environmentFilter(shared.environment),
  };
  const review = useApi<Review | EmptyReview>(apiPath('review', query));
  const zone = useLedger().data?.zone ?? 'UTC';
  const monday = asked ?? lastWeek(zone);
  return (
    <>
      <PageHead title="Weekly review"
        over={`Week ${Number(weekName(monday).slice(6))}, ` +
          formatDays(monday, addDays(monday, 6))}
        actions={
          <>
            <Weeks monday={monday} zone={zone} />
            <Button onClick={() => setSending(true)}><Send /> Send</Button>
            <Button onClick={() => print()}><Printer /> Print</Button>
          </>
        } />
      <Loaded of={review} height={1500}>
        {(data) => (data.totals ? <Body review={data} /> : (
          <Empty title="Nothing to review">
            <Said text={data.sentence} /> Choose another week above.
          </Empty>
        ))}
      </Loaded>
      <SendDialog query={query} week={weekName(monday)} open={sending}
        onClose={() => setSending(false)} />
    </>
  );
}

/** The last one that is complete, as the server has it. */
function lastWeek(zone: string): string {
  return addDays(thisWeek(zone), -7);
}

function thisWeek(zone: string): string {
  return mondayOf(dayInZone(new Date().toISOString(), zone));
}

function Weeks({ monday, zone }: { monday: string; zone: string }) {
  const { change } = useHere();
  const now = thisWeek(zone);
  const mondays = Array.from({ length: CHOICES }, (_, i) =>
    addDays(now, -7 * i));
  if (!mondays.includes(monday)) {
    mondays.push(monday);
  }
  const open = (wanted: string) => change({
    week: wanted === addDays(now, -7) ? null : weekName(wanted),
  });
  return (
    <div class="stepper">
      <Button kind="icon" label="The week before"
        onClick={() => open(addDays(monday, -7))}>
        <Back />
      </Button>
      <Select label="Week" value={monday} onChange={open}
        options={mondays.map((value) => ({
          value,
          label: formatDays(value, addDays(value, 6)) +
            (value === now ? ', so far' : ''),
        }))} />
      <Button kind="icon" label="The week after" disabled={monday >= now}
        onClick={() => open(addDays(monday, 7))}>
        <Forward />
      </Button>
    </div>
  );
}
