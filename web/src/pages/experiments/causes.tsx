// Why a variant's unit costs more or less than the control's.

import { exactUsd, parseUsd, placesFor, sum } from '../../lib/money';
import { capital, CAUSE_NAMES } from '../../lib/words';
import { Money, PlacesContext } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { Table } from '../../ui/table';
import { Waterfall } from '../../ui/waterfall';
import { perUnit, unitOf, usdIn, type Cause, type Experiment } from './report';

/** A panel a variant, two beside each other where there are several. */
export function CausesPanels({ experiment }: { experiment: Experiment }) {
  const { variants = [], causes = [], control } = experiment;
  const with_causes = variants.filter(({ variant }) => variant !== control &&
    causes.some((row) => row.variant === variant));
  if (with_causes.length === 0) {
    return null;
  }
  const panels = with_causes.map(({ variant }) => (
    <CausesPanel key={variant} experiment={experiment} variant={variant}
      causes={causes.filter((row) => row.variant === variant)} />
  ));
  return panels.length === 1 ? panels[0]! : <div class="pair joined">{panels}</div>;
}

interface Props {
  experiment: Experiment;
  variant: string;
  causes: Cause[];
}

function CausesPanel({ experiment, variant, causes }: Props) {
  const { variants = [], control, why } = experiment;
  const { word } = unitOf(experiment);
  const alone = variants.length === 2;
  const row = variants.find((one) => one.variant === control);
  const before = parseUsd((row && usdIn(row, perUnit(experiment))) ?? '0');
  const after = before + sum(causes.map((cause) => parseUsd(cause.difference)));
  return (
    <PlacesContext.Provider value={placesFor([before, after], 3)}>
      <Panel title={alone ? 'Why they differ' : `Why ${variant} differs`}
        note={`what a ${word} costs, cause by cause`}
        table={() => (
          <Table caption={`Why ${variant} differs`} rows={causes} columns={[
            { head: 'Cause', cell: ({ cause }) => nameOf(cause) },
            { head: `A ${word}`, cell: ({ difference }) =>
              <Money amount={difference} change /> },
          ]} foot={['Together', <Money change
            amount={exactUsd(after - before)} />]} />
        )}>
        {alone && why && <p class="lead"><Said text={why} /></p>}
        <Waterfall label={`From a ${word} of ${control} to one of ${variant}`}
          before={{ name: control ?? '', amount: before }}
          after={{ name: variant, amount: after }}
          steps={causes.map(({ cause, difference }) => ({
            key: cause, name: nameOf(cause), amount: parseUsd(difference),
          }))} />
      </Panel>
    </PlacesContext.Provider>
  );
}

function nameOf(cause: string): string {
  return capital(CAUSE_NAMES[cause] ?? cause.replaceAll('_', ' '));
}
