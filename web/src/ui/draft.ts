// What is being typed or dragged: it shows at once, and is told a moment after
// the last key, so that an answer is not asked for at every one.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

const PAUSE_MS = 250;

interface Draft {
  text: string;
  /** Shows what cannot be told: it holds no value. */
  show: (text: string) => void;
  /** Shows it, and tells it when there was a pause. */
  edit: (text: string) => void;
  /** Tells it now. */
  settle: (text: string) => void;
}

/** `value` is what holds; another one from outside replaces the draft. */
export function useDraft(value: string, onChange: (value: string) => void):
  Draft {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const show = useCallback((wanted: string) => {
    clearTimeout(timer.current);
    setText(wanted);
  }, []);
  const edit = useCallback((wanted: string) => {
    show(wanted);
    timer.current = setTimeout(() => tell.current(wanted), PAUSE_MS);
  }, [show]);
  const settle = useCallback((wanted: string) => {
    show(wanted);
    tell.current(wanted);
  }, [show]);
  return { text, show, edit, settle };
}
