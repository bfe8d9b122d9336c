// Text to take along.

import { useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

import { Button } from './controls';

/** A command or a piece of configuration to paste. */
export function Command({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  return (
    <div class="command">
      <pre tabIndex={0}><code ref={code}>{text}</code></pre>
      <CopyButton text={text} shown={code} />
    </div>
  );
}

/** `shown` is where the text stands: it is selected where there is no
 *  clipboard, as over plain HTTP from another machine. */
export function CopyButton({ text, label = 'Copy', shown }:
  { text: string; label?: string; shown?: RefObject<HTMLElement | null> }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      const selection = getSelection();
      if (shown?.current && selection) {
        selection.selectAllChildren(shown.current);
      }
    }
  };
  return (
    <Button kind="quiet" onClick={copy}>{copied ? 'Copied' : label}</Button>
  );
}
