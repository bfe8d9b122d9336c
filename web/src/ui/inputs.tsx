// Fields for words, native underneath like all controls.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

const PAUSE_MS = 250;

/** Tells what is typed after a pause, so that not every letter is asked for. */
export function SearchField({ label, value, placeholder, onChange }: {
  label: string;
  value: string;
  placeholder?: string;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class="field search">
      <span class="field-label">{label}</span>
      <input class="input" type="search" value={text} placeholder={placeholder}
        spellcheck={false} autocomplete="off"
        onInput={(event) => {
          const wanted = event.currentTarget.value;
          setText(wanted);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => onChange(wanted.trim()), PAUSE_MS);
        }} />
    </label>
  );
}

interface TextProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  placeholder?: string;
  maxLength?: number;
}

/** Part of a form: what is typed is held by whoever sends it. */
export function TextInput({ label, value, onInput, hint, placeholder,
  maxLength = 256 }: TextProps) {
  const id = useId();
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input class="input" type="text" value={value} placeholder={placeholder}
        maxLength={maxLength} aria-describedby={hint ? id : undefined}
        onInput={(event) => onInput(event.currentTarget.value)} />
      {hint && <span class="note" id={id}>{hint}</span>}
    </label>
  );
}

/** Several lines; `code` keeps them as they are, `short` are two or three. */
export function TextArea({ label, value, onInput, hint, placeholder,
  maxLength = 2000, code, short }: TextProps &
  { code?: boolean; short?: boolean }) {
  const id = useId();
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <textarea value={value} class={`textarea${code ? ' code' : ''}` +
        (short ? ' short' : '')}
        placeholder={placeholder} maxLength={maxLength}
        spellcheck={!code} aria-describedby={hint ? id : undefined}
        onInput={(event) => onInput(event.currentTarget.value)} />
      {hint && <span class="note" id={id}>{hint}</span>}
    </label>
  );
}
