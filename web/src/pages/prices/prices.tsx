// What calls are priced by: the book, one's own prices, and what was paid.

import { apiPath } from '../../api/fetch';
import { useHere } from '../../frame/here';
import { formatCount, plural } from '../../lib/format';
import { formatDay } from '../../lib/time';
import { overrideLines } from '../../lib/yaml';
import { Badge, Callout } from '../../ui/callout';
import { Button, Toggle } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { PageHead } from '../../ui/head';
import { SearchField } from '../../ui/inputs';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Count } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { Tile, Tiles } from '../../ui/tiles';
import type { NoPrice, Prices } from './answer';
import { PriceTable } from './table';

const PAGE = 100;
const MOST = 1000;
/** Providers change prices every few months: a book as old as that is asked
 *  about. */
const OLD_DAYS = 90;

export function PricesPage() {
  const { params } = useHere();
  const book = useApi<Prices>(apiPath('prices', { used: 1, limit: MOST }));
  const shown = Math.min(MOST, Number(params.get('rows')) || PAGE);
  const list = useApi<Prices>(apiPath('prices', {
    search: params.get('search'),
    used: params.get('used'),
    current: params.get('ended') ? null : 1,
    limit: shown,
  }));
  return (
    <>
      <PageHead short title="Prices" sentence={book.error
        ? 'The price book could not be read.'
        : book.data ? sentenceOf(book.data) : ''} />
      <Loaded of={book} height={900}>
        {(data) => (
          <div class="content">
            <Book prices={data} />
            <Panel title="Price list"
              note="dollars for a million tokens; what you use comes first">
              <Choices />
              <Loaded of={list} height={640}>
                {(found) => <List prices={found} shown={shown} />}
              </Loaded>
            </Panel>
            {data.discounts.length > 0 && <Discounts prices={data} />}
          </div>
        )}
      </Loaded>
    </>
  );
}

function sentenceOf({ book, total, unpriced }: Prices): string {
  const used = total - unpriced;
  const known = `toll knows ${formatCount(book.models)} models of ` +
    `${book.providers} providers`;
  if (total === 0) {
    return `${known}; none was used in the last 90 days.`;
  }
  return `${known}. Of those used in the last 90 days ` +
    (unpriced === 0 ? 'all have a price.'
      : `${haveSaid(used)} a price, ${haveSaid(unpriced)} none.`);
}

function haveSaid(n: number): string {
  return n === 1 ? 'one has' : `${n} have`;
}

function Book({ prices }: { prices: Prices }) {
  const { book, unpriced, discounts } = prices;
  const without = prices.rows.filter((row): row is NoPrice => !row.priced);
  return (
    <>
      <Tiles label="The price book">
        <Tile name="Price book" below={book.source}>
          {formatDay(book.date)}
        </Tile>
        <Tile name="Age" tone={book.age_days > OLD_DAYS ? 'warn' : undefined}
          below={book.age_days > OLD_DAYS
            ? 'a newer toll brings a newer one' : 'comes with toll'}>
          {plural(book.age_days, 'day')}
        </Tile>
        <Tile name="Used without a price" below="in the last 90 days"
          tone={unpriced > 0 ? 'warn' : undefined}>
          <Count n={unpriced} />
        </Tile>
        <Tile name="Prices of your own" below="prices.overrides">
          <Count n={book.overrides} />
        </Tile>
        <Tile name="Discounts" below={discounts.length === 0
          ? 'prices.discounts'
          : discounts.map((row) => `${row.provider} ${row.percent}%`)
            .join(', ')}>
          <Count n={book.discounts} />
        </Tile>
      </Tiles>
      {without.length > 0 && <Missing rows={without} />}
    </>
  );
}

/** What is used and has no price counts as nothing: that comes first. */
function Missing({ rows }: { rows: NoPrice[] }) {
  return (
    <Callout tone="warn" title={`${plural(rows.length, 'model')} that you ` +
      `use ${rows.length === 1 ? 'has' : 'have'} no price`}>
      <p>
        What the calls cost is in no sum. State the price in{' '}
        <code>toll.yaml</code>: calls from then on have it.
      </p>
      <Command text={overrideLines(rows)} />
    </Callout>
  );
}

function Choices() {
  const { params, change } = useHere();
  return (
    <div class="controls prices-controls">
      <SearchField label="Find a model" value={params.get('search') ?? ''}
        placeholder="sonnet, gpt-5, embedding"
        onChange={(search) => change({ search, rows: null }, true)} />
      <Toggle label="Only what you use" on={params.get('used') === '1'}
        onChange={(on) => change({ used: on ? '1' : null, rows: null })} />
      <Toggle label="Also those that ended" on={params.get('ended') === '1'}
        onChange={(on) => change({ ended: on ? '1' : null, rows: null })} />
    </div>
  );
}

function List({ prices, shown }: { prices: Prices; shown: number }) {
  const { change } = useHere();
  const { rows, total, truncated } = prices;
  if (rows.length === 0) {
    return (
      <Empty title="No such model">
        The book has none with these letters in its name. A model of your own
        gets its price under <code>prices.overrides</code>.
      </Empty>
    );
  }
  return (
    <>
      <PriceTable rows={rows} />
      <p class="row table-end">
        <span class="note">
          {formatCount(rows.length)} of {plural(total, 'price')}
        </span>
        {truncated && shown < MOST && (
          <Button kind="quiet" onClick={() =>
            change({ rows: String(shown + PAGE) }, true)}>
            Show more
          </Button>
        )}
        {truncated && shown >= MOST && (
          <span class="note">Search to narrow it down.</span>
        )}
      </p>
    </>
  );
}

function Discounts({ prices }: { prices: Prices }) {
  return (
    <Panel title="Discounts"
      note="off everything that the provider bills by the book">
      <Table caption="Discounts" rows={prices.discounts} columns={[
        { head: 'Provider', text: true, cell: ({ provider }) => provider },
        { head: 'Per cent', cell: ({ percent }) => percent },
        { head: 'From', text: true, cell: ({ from }) =>
          (from ? formatDay(from.slice(0, 10)) : 'always') },
        { head: 'State', text: true, cell: (row) => (
          <Badge tone={row.in_force ? 'good' : undefined}>
            {row.in_force ? 'in force' : 'not in force'}
          </Badge>
        ) },
      ]} />
    </Panel>
  );
}

