// How the experiment is read, where toll.yaml does not say it: the control,
// the planned split, and what was split.

import { useHere } from '../../frame/here';
import { oneOf } from '../../lib/shared';
import { Select } from '../../ui/controls';
import { DaysChoice } from '../../ui/days';
import { TextField } from '../../ui/fields';
import { Panel } from '../../ui/panel';
import type { Experiment } from './report';

const UNITS = ['', 'user', 'customer', 'run'] as const;

interface Props {
  experiment: Experiment | null;
  variants: string[];
}

export function ReadAs({ experiment, variants }: Props) {
  const { params, change } = useHere();
  const control = params.get('control') ?? '';
  return (
    <Panel title="How it is read" note="unless toll.yaml says it">
      <div class="bench-fields">
        <div class="pair-fields">
          <Select label="Control" value={control}
            options={[{ value: '', label: experiment?.control && control === ''
              ? `${experiment.control}, as found` : 'As found' },
            ...[...new Set([...variants, control])].filter(Boolean)
              .map((value) => ({ value, label: value }))]}
            onChange={(wanted) => change({ control: wanted })} />
          <Select label="What was split"
            value={oneOf(UNITS, params.get('unit')) ?? ''}
            options={UNITS.map((value) => ({ value, label: value === ''
              ? 'As found' : `By ${value}` }))}
            onChange={(unit) => change({ unit })} />
        </div>
        <TextField label="Planned split" value={params.get('split') ?? ''}
          options={[]} placeholder="control:50,treatment:50"
          hint="Shares by variant; equal unless stated."
          onChange={(split) => change({ split })} />
        <DaysChoice own="All its days" />
      </div>
    </Panel>
  );
}
