// How many things the page waits for: answers, and parts of the page itself.

type Listener = (busy: boolean) => void;

/** One thing's end is often another's beginning: the page is not called
 *  settled in between. */
const SETTLE_MS = 40;
/** Within that a page that asks again has begun to. */
const BEGIN_MS = 500;

let waiting = 0;
let busy = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<Listener>();

/** Notes that something is on its way; what it gives says that it came. */
export function begin(): () => void {
  let over = false;
  waiting += 1;
  tell();
  return () => {
    if (!over) {
      over = true;
      waiting -= 1;
      tell();
    }
  };
}

export function onPending(listener: Listener): () => void {
  listeners.add(listener);
  listener(busy);
  return () => listeners.delete(listener);
}

/** Comes back when what `start` makes the page wait for has come.  What never
 *  begins has come already. */
export function whenSettled(start: () => void): Promise<void> {
  return new Promise((resolve) => {
    let began = busy;
    const done = () => {
      clearTimeout(patience);
      stop();
      resolve();
    };
    const patience = setTimeout(() => {
      if (!began) {
        done();
      }
    }, BEGIN_MS);
    const listener: Listener = (now) => {
      began ||= now;
      if (began && !now) {
        done();
      }
    };
    const stop = () => listeners.delete(listener);
    listeners.add(listener);
    start();
  });
}

function tell(): void {
  clearTimeout(timer);
  if (waiting > 0) {
    set(true);
  } else {
    timer = setTimeout(() => set(false), SETTLE_MS);
  }
}

function set(now: boolean): void {
  if (busy !== now) {
    busy = now;
    listeners.forEach((listener) => listener(now));
  }
}
