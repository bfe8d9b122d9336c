// Fields for numbers and names, native underneath like all controls.

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

import { useDraft } from './draft';

interface FieldProps {
  label: string;
  /** The empty string where nothing is stated. */
  value: string;
  onChange: (value: string) => void;
  /** What it is for, below the field. */
  hint?: ComponentChildren;
}

interface TextProps extends FieldProps {
  placeholder?: string;
  /** To choose from; anything else may be typed as well. */
  options?: readonly string[];
  /** Each key that is typed, before it is told. */
  onType?: (text: string) => void;
}

/** Of names that must be whole before they mean anything, it is told when one
 *  is chosen or the field is left. */
export function TextField({ label, value, onChange, hint, placeholder,
  options, onType }: TextProps) {
  const id = useId();
  const { text, show, edit, settle } = useDraft(value, onChange);
  const onInput = (wanted: string) => {
    onType?.(wanted);
    if (options === undefined) {
      edit(wanted);
    } else {
      (options.includes(wanted) ? settle : show)(wanted);
    }
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>{label}</label>
      <input class="input" id={id} type="text" value={text} placeholder={placeholder}
        autocomplete="off" spellcheck={false} maxLength={256}
        list={options && `${id}-list`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onInput={(event) => onInput(event.currentTarget.value)}
        onChange={(event) => settle(event.currentTarget.value.trim())} />
      {options && (
        <datalist id={`${id}-list`}>
          {options.map((option) => <option key={option} value={option} />)}
        </datalist>
      )}
      <Hint id={id} hint={hint} />
    </div>
  );
}

interface NumberProps extends FieldProps {
  min?: number;
  max?: number;
  step?: number | 'any';
  placeholder?: string;
  /** Stands before the number, or behind it. */
  before?: string;
  after?: string;
}

export function NumberField(props: NumberProps) {
  const { label, value, onChange, hint } = props;
  const id = useId();
  const draft = useDraft(value, onChange);
  return (
    <div class="field">
      <label class="field-label" for={id}>{label}</label>
      <NumberInput id={id} draft={draft} {...props} />
      <Hint id={id} hint={hint} />
    </div>
  );
}

interface SliderProps extends NumberProps {
  min: number;
  max: number;
  /** Where the handle stands while nothing is stated. */
  usual?: number;
  /** Equal steps of the handle multiply, for what spans many sizes. */
  log?: boolean;
}

/** A number that is dragged or typed. */
export function Slider(props: SliderProps) {
  const { label, value, onChange, hint, min, max, step = 1, usual = min, log } =
    props;
  const id = useId();
  const draft = useDraft(value, onChange);
  const scale = scaleOf(min, max, step === 'any' ? 0 : step, log === true);
  const known = draft.text === '' || Number.isNaN(Number(draft.text))
    ? usual
    : Number(draft.text);
  const at = scale.to(known);
  return (
    <div class="field slider">
      <div class="slider-head">
        <label class="field-label" for={id}>{label}</label>
        <NumberInput id={id} draft={draft} {...props} />
      </div>
      <input class="range" type="range" min={0} max={STEPS} step={1}
        value={at} aria-label={`${label}, by hand`}
        aria-valuetext={String(known)}
        style={{ '--at': `${(at / STEPS) * 100}%` }}
        onInput={(event) =>
          draft.edit(String(scale.from(Number(event.currentTarget.value))))} />
      <Hint id={id} hint={hint} />
    </div>
  );
}

function NumberInput({ id, draft, min, max, step = 'any', placeholder, before,
  after, hint }: NumberProps & { id: string; draft: ReturnType<typeof useDraft> }) {
  const wrong = isWrong(draft.text, min, max);
  return (
    <span class="input number">
      {before && <span class="unit" aria-hidden="true">{before}</span>}
      <input id={id} type="number" inputMode="decimal" value={draft.text}
        min={min} max={max} step={step} placeholder={placeholder}
        aria-invalid={wrong}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onInput={(event) => {
          const wanted = event.currentTarget.value;
          (isWrong(wanted, min, max) ? draft.show : draft.edit)(wanted);
        }} />
      {after && <span class="unit" aria-hidden="true">{after}</span>}
    </span>
  );
}

function isWrong(text: string, min = -Infinity, max = Infinity): boolean {
  const n = Number(text);
  return text !== '' && !(n >= min && n <= max);
}

/** The handle has so many places, however wide the numbers span. */
const STEPS = 200;

interface Scale {
  to: (value: number) => number;
  from: (at: number) => number;
}

function scaleOf(min: number, max: number, step: number, log: boolean): Scale {
  const bend = log ? Math.log : (x: number) => x;
  const unbend = log ? Math.exp : (x: number) => x;
  const [low, high] = [bend(min), bend(max)];
  return {
    to: (value) => {
      const inside = Math.max(min, Math.min(max, value));
      return Math.round(((bend(inside) - low) / (high - low)) * STEPS);
    },
    from: (at) => {
      const value = unbend(low + (at / STEPS) * (high - low));
      const fine = log ? roundTo2(value) : value;
      const stepped = step > 0 ? Math.round(fine / step) * step : fine;
      return Number(Math.max(min, Math.min(max, stepped)).toFixed(6));
    },
  };
}

/** Two digits are enough where the handle multiplies. */
function roundTo2(value: number): number {
  return Number(value.toPrecision(2));
}

interface CheckProps {
  label: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Check({ label, checked, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

function Hint({ id, hint }: { id: string; hint: ComponentChildren }) {
  return hint === undefined
    ? null
    : <span class="field-hint" id={`${id}-hint`}>{hint}</span>;
}
