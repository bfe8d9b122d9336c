// What is known of a launch: who, how often, on what, for what price.

import { useHere } from '../../frame/here';
import { Chips } from '../../ui/chips';
import { Segments, Select } from '../../ui/controls';
import { DaysChoice } from '../../ui/days';
import { NumberField, Slider, TextField } from '../../ui/fields';
import { Filters } from '../parts/filters';
import { ModelField } from '../parts/models';
import { adoptionParams, modelParams, USUAL, type Wish } from './wish';

const MODELS_MAX = 8;

interface Props {
  wish: Wish;
  features: string[];
}

/** `rate` is what is reckoned with unless a rate is stated. */
export function PlanFields({ wish, features, rate }:
  Props & { rate: string | null }) {
  const { params, change } = useHere();
  const set = (name: string) => (value: string) =>
    change({ [name]: value }, true);
  return (
    <div class="bench-fields">
      <TextField label="Name of the feature" value={wish.name}
        onChange={set('name')} />
      <div class="fieldset">
        <h3>Who</h3>
        <Slider label="Users who could" value={wish.users} min={10}
          max={1_000_000} log onChange={set('users')} />
        <Slider label="Adoption, at least" value={wish.low} min={1} max={100}
          after="%" onChange={(low) =>
            change(adoptionParams(wish, { low }), true)} />
        <Slider label="Adoption, at most" value={wish.high} min={1} max={100}
          after="%" onChange={(high) =>
            change(adoptionParams(wish, { high }), true)} />
      </div>
      <div class="fieldset">
        <h3>Their calls</h3>
        {features.length > 0 && (
          <Segments label="A call is like" value={wish.stated ? 'tokens' : ''}
            options={[{ value: '', label: 'Those of a feature' },
              { value: 'tokens', label: 'Stated tokens' }]}
            onChange={(call) => change({ call })} />
        )}
        {wish.stated ? <Tokens /> : <Like wish={wish} features={features} />}
        <Slider label="Calls a user and day" min={0.1} max={200} step="any" log
          value={params.get('requests_per_user_day') ?? (wish.stated
            ? USUAL.requests_per_user_day : '')}
          placeholder={rate ?? ''} usual={Number(rate ?? 1)}
          onChange={set('requests_per_user_day')} />
      </div>
      <div class="fieldset">
        <h3>On what, and for what</h3>
        <Models wish={wish} />
        <NumberField label="Price a user and month, if there is one" before="$"
          value={params.get('price_per_user_month') ?? ''} min={0}
          placeholder="none" onChange={set('price_per_user_month')} />
      </div>
    </div>
  );
}

function Like({ wish, features }: Props) {
  const { change } = useHere();
  const all = features.includes(wish.like) ? features
    : [wish.like, ...features];
  return (
    <>
      <Select label="Feature like it" value={wish.like}
        options={all.map((value) => ({ value, label: value }))}
        onChange={(like) => change({ like, where: [] })} />
      <Filters />
      <DaysChoice own="Last 28 days" />
    </>
  );
}

function Tokens() {
  const { params, change } = useHere();
  const set = (name: string) => (value: string) =>
    change({ [name]: value }, true);
  return (
    <>
      <Slider label="Tokens in" min={10} max={1_000_000} log
        value={params.get('input_tokens') ?? USUAL.input_tokens}
        onChange={set('input_tokens')} />
      <Slider label="Of them from a cache" min={0} max={100} after="%"
        value={params.get('cache_share') ?? ''} placeholder="0"
        onChange={set('cache_share')} />
      <Slider label="Tokens out" min={1} max={100_000} log
        value={params.get('output_tokens') ?? USUAL.output_tokens}
        onChange={set('output_tokens')} />
    </>
  );
}

function Models({ wish }: { wish: Wish }) {
  const { change } = useHere();
  const { models } = wish;
  return (
    <div class="stack tight">
      <Chips label="Models compared" chips={models.map((model) => ({
        said: model,
        children: model,
        remove: () =>
          change(modelParams(models.filter((one) => one !== model))),
      }))} />
      {models.length < MODELS_MAX && (
        <ModelField adds value="" except={models}
          label={models.length === 0 ? 'Model' : 'Compare with'}
          placeholder={wish.stated || models.length > 0
            ? 'Type to search the price list' : 'As the feature like it'}
          onChange={(model) => {
            if (model !== '' && !model.includes(',')) {
              change(modelParams([...models, model]));
            }
          }} />
      )}
    </div>
  );
}
