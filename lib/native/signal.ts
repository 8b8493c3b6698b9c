// Signals that give calls up. Each gets one listener, however many calls wait for it: Node warns of more than ten.

/** An AbortSignal, by what is used of it. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface Listening {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const listening = new WeakMap<Signal, Listening>();

/** Has `giveUp` called when the signal is aborted. */
export function listen(signal: Signal, giveUp: () => void): void {
  let found = listening.get(signal);
  if (found === undefined) {
    const calls = new Set<() => void>();
    found = {
      calls,
      listener: () => {
        for (const each of [...calls]) each();
      },
    };
    listening.set(signal, found);
    signal.addEventListener('abort', found.listener);
  }
  found.calls.add(giveUp);
}

/** Takes that back; the last call takes the listener with it. */
export function unlisten(signal: Signal, giveUp: () => void): void {
  const found = listening.get(signal);
  if (!found?.calls.delete(giveUp) || found.calls.size > 0) return;
  listening.delete(signal);
  signal.removeEventListener('abort', found.listener);
}
