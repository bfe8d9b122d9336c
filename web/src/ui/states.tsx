// What the page says when it has no numbers to show: what is the matter, and
// what to do about it.

import { useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';

import { Button } from './controls';

interface Props {
  title: string;
  role?: 'alert';
  children: ComponentChildren;
}

export function Message({ title, role, children }: Props) {
  return (
    <section class="message" role={role}>
      <h1>{title}</h1>
      {children}
    </section>
  );
}

/** A command to paste into a shell. */
export function Command({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // No clipboard over plain HTTP from another machine: select the text, so
      // that it can be copied by hand.
      const selection = getSelection();
      if (code.current && selection) {
        selection.selectAllChildren(code.current);
      }
    }
  };
  return (
    <div class="command">
      <pre tabIndex={0}><code ref={code}>{text}</code></pre>
      <Button kind="quiet" onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>
    </div>
  );
}
