// Form controls, all native underneath: they work with keyboard, touch and
// screen reader as anywhere else.

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface Option<T extends string> {
  value: T;
  label: string;
}

interface ChoiceProps<T extends string> {
  label: string;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
}

export function Select<T extends string>({ label, options, value, onChange }:
  ChoiceProps<T>) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <select class="select" value={value}
        onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A row of radio buttons that looks like one switch. */
export function Segments<T extends string>({ label, options, value, onChange }:
  ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="field segments">
      <legend class="field-label">{label}</legend>
      <div class="segments-row">
        {options.map((option) => (
          <label key={option.value} class="segment">
            <input type="radio" name={name} value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Toggle({ label, on, onChange }:
  { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="toggle">
      <input type="checkbox" checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

interface ButtonProps {
  onClick: () => void;
  kind?: 'quiet' | 'icon' | 'primary' | undefined;
  disabled?: boolean;
  label?: string;
  children: ComponentChildren;
}

export function Button({ onClick, kind, disabled, label, children }:
  ButtonProps) {
  return (
    <button type="button" class={kind ? `button ${kind}` : 'button'}
      aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}
