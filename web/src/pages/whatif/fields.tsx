// What is to be changed, all of it in the address.

import { useHere } from '../../frame/here';
import { oneOf } from '../../lib/shared';
import { Select, type Option } from '../../ui/controls';
import { DaysChoice } from '../../ui/days';
import { Check, Slider } from '../../ui/fields';
import { ModelField } from '../parts/models';
import { Filters } from '../parts/filters';

const TIERS = ['', 'standard', 'batch', 'flex', 'priority'] as const;

const TIER_OPTIONS: Option<(typeof TIERS)[number]>[] = [
  { value: '', label: 'As it is' },
  { value: 'standard', label: 'Standard' },
  { value: 'batch', label: 'Batch' },
  { value: 'flex', label: 'Flex' },
  { value: 'priority', label: 'Priority' },
];

interface Props {
  feature: string;
  features: string[];
  /** The model that serves it now, once that is known. */
  now: string | null;
}

export function WhatIfFields({ feature, features, now }: Props) {
  const { params, change } = useHere();
  return (
    <div class="bench-fields">
      <Select label="Feature" value={feature}
        options={optionsWith(feature, features)}
        onChange={(wanted) => change({ feature: wanted, where: [] })} />
      <Filters />
      <ModelField label="On the model" value={params.get('to_model') ?? ''}
        except={now === null ? [] : [now]}
        onChange={(to_model) => change({ to_model, to_provider: null })} />
      <Select label="In the tier" options={TIER_OPTIONS}
        value={oneOf(TIERS, params.get('tier')) ?? ''}
        onChange={(tier) => change({ tier })} />
      <div class="fieldset">
        <Slider label="Calls that move" value={params.get('share') ?? ''}
          min={0} max={100} usual={100} after="%" placeholder="100"
          onChange={(share) =>
            change({ share: share === '100' ? null : share }, true)} />
        <Check label="I know that quality holds"
          checked={params.get('quality_holds') === '1'}
          onChange={(holds) => change({ quality_holds: holds ? '1' : null })} />
        <DaysChoice own="Last 28 days" />
      </div>
    </div>
  );
}

/** What stands in the address may have no calls any more. */
export function optionsWith(chosen: string, names: string[]): Option<string>[] {
  const all = chosen === '' || names.includes(chosen) ? names
    : [chosen, ...names];
  return all.map((value) => ({ value, label: value }));
}
