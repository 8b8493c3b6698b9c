// Memory that only the collector can give back: tensors that nobody holds any longer, whose wrappers are so small that
// V8 sees no reason to look for them.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addon } from './addon';

let collect: (() => void) | undefined;

/** A whole collection takes memory and time of its own: no more often than that, however many calls fail. */
const PAUSE = 1000;
let last = -PAUSE;

/** Collects what is unreachable, and gives back what is kept for later. */
export function collectGarbage(): void {
  try {
    // V8 gives the function to contexts that are made while the flag is set, whether Node was started with it or not.
    setFlagsFromString('--expose-gc');
    collect ??= runInNewContext('gc') as () => void;
    if (performance.now() - last >= PAUSE) collect();
    last = performance.now();
  } catch {
    // Nothing is promised: an engine without it fails as it would have failed.
  }
  addon().releaseUnreachable();
  addon().trim();
}
