// The first and last day of a range of one's own.

import { useEffect, useState } from 'preact/hooks';

import { isDay } from '../lib/time';

interface Props {
  first: string;
  last: string;
  onChange: (first: string, last: string) => void;
}

/** toll refuses events of an earlier time. */
const EARLIEST = '2020-01-01';
const LATEST = '2099-12-31';

export function DateRange({ first, last, onChange }: Props) {
  const [days, setDays] = useState({ first, last });
  useEffect(() => setDays({ first, last }), [first, last]);

  const change = (part: Partial<typeof days>) => {
    const wanted = { ...days, ...part };
    setDays(wanted);
    if (isRange(wanted.first, wanted.last)) {
      onChange(wanted.first, wanted.last);
    }
  };
  const wrong = !isRange(days.first, days.last);
  return (
    <div class="dates">
      <Day label="First day" value={days.first} wrong={wrong}
        onChange={(day) => change({ first: day })} />
      <Day label="Last day" value={days.last} wrong={wrong}
        onChange={(day) => change({ last: day })} />
      {wrong && (
        <p class="field-error" id="dates-error" role="alert">
          The first day must not be after the last, nor before 2020.
        </p>
      )}
    </div>
  );
}

interface DayProps {
  label: string;
  value: string;
  wrong: boolean;
  onChange: (day: string) => void;
}

function Day({ label, value, wrong, onChange }: DayProps) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input class="input" type="date" value={value} min={EARLIEST}
        max={LATEST} aria-invalid={wrong}
        aria-describedby={wrong ? 'dates-error' : undefined}
        onInput={(event) => onChange(event.currentTarget.value)} />
    </label>
  );
}

function isRange(first: string, last: string): boolean {
  return isDay(first) && isDay(last) && first >= EARLIEST && last <= LATEST &&
    first <= last;
}
