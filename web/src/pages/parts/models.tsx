// Choosing a model: of those that run here, or of all that have a price.

import { useState } from 'preact/hooks';

import { apiPath } from '../../api/fetch';
import { TextField } from '../../ui/fields';
import { useApi, type Loading } from '../../ui/load';

interface PriceRow {
  priced: boolean;
  model: string;
}

interface PriceList {
  rows: PriceRow[];
}

/** Enough for what a reader can look over. */
const OFFERED = 40;
const PICKS = 6;

/** Models with a price that were used in the last 90 days, most first. */
export function useUsedModels(): Loading<PriceList> {
  return useApi<PriceList>(apiPath('prices',
    { used: 1, current: 1, limit: OFFERED }));
}

export function modelNames(list: PriceList | null): string[] {
  const priced = (list?.rows ?? []).filter((row) => row.priced);
  return [...new Set(priced.map(({ model }) => model))];
}

interface Props {
  label: string;
  value: string;
  onChange: (model: string) => void;
  /** Those that are chosen already, or make no sense. */
  except?: readonly string[];
  placeholder?: string;
  /** Emptied once one is chosen, to add another. */
  adds?: boolean;
}

export function ModelField({ label, value, onChange, except = [], placeholder,
  adds }: Props) {
  const [typed, setTyped] = useState('');
  const used = useUsedModels();
  const search = typed.trim();
  const found = useApi<PriceList>(search.length < 2 ? null
    : apiPath('prices', { search, current: 1, limit: OFFERED }));
  const here = modelNames(used.data).filter((model) => !except.includes(model));
  const options = [...new Set([...here, ...modelNames(found.data)])]
    .filter((model) => !except.includes(model));
  const choose = (model: string) => {
    setTyped('');
    onChange(model);
  };
  return (
    <div class="stack tight">
      <TextField key={adds ? except.length : label} label={label} value={value}
        onChange={choose} onType={setTyped} options={options}
        placeholder={placeholder ?? 'Type to search the price list'} />
      {(here.length > 0 || used.data === null) && (
        <div class="picks" role="group" aria-label={`${label}: models in use`}>
          {here.slice(0, PICKS).map((model) => (
            <button key={model} type="button" class="pick"
              aria-pressed={adds ? undefined : model === value}
              onClick={() => choose(!adds && model === value ? '' : model)}>
              {model}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
