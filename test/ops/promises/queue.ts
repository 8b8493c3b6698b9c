// The queue as a test needs it: filled, so that whatever comes next has to wait, and seen.
import { PSELoss } from 'pse-loss';
import type { QueueState } from '../../../binding.gyp';
import { addon } from '../../../lib/native/addon';

export function queueState(): QueueState {
  return addon().queueState();
}

const LOSS = new PSELoss({ preset: 'mmocr' });
const ones = <A extends Float32Array | Uint8Array>(
  type: new (buffer: SharedArrayBuffer) => A,
  bytes: number,
  ...shape: readonly number[]
) => {
  const size = shape.reduce((product, each) => product * each, bytes);
  return { data: new type(new SharedArrayBuffer(size)).fill(1) as A, shape };
};

/** Shared memory: the pool for copies stays as it is. */
const MAPS = ones(Float32Array, 4, 4, 7, 80, 80);
const LABELS = {
  gtTexts: ones(Uint8Array, 1, 4, 320, 320),
  gtKernels: ones(Uint8Array, 1, 4, 6, 320, 320),
  trainingMasks: ones(Uint8Array, 1, 4, 320, 320),
};

/** Calls that take tens of milliseconds each: a call that is made right after waits. */
export interface Occupation {
  /** as many as there were calls */
  readonly calls: number;
  readonly done: Promise<unknown>;
  /** Gives up those that wait still. */
  stop(): Promise<void>;
}

export function occupy(calls = 3): Occupation {
  const controller = new AbortController();
  const { signal } = controller;
  const done = Promise.allSettled(
    Array.from({ length: calls }, () => LOSS.forward(MAPS, LABELS, { signal })),
  );
  return {
    calls,
    done,
    async stop() {
      controller.abort();
      await done;
    },
  };
}

/** Waits on this very thread, so that no promise is settled meanwhile; true if it came to be. */
export function spinUntil(condition: () => boolean, milliseconds = 20_000): boolean {
  const deadline = performance.now() + milliseconds;
  while (!condition()) if (performance.now() > deadline) return false;
  return true;
}
