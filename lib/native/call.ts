// How a call reaches the addon: with LibTorch open, now or in the queue, and with errors that name the call.
import type { Addon, Settle, Ticket } from '../../binding.gyp';
import { isPSEError } from '../errors';
import { addon } from './addon';
import { rethrow, reworded } from './failure';
import { collectGarbage } from './garbage';
import { libtorch, openPromised, openSync } from './libtorch/libtorch';
import { listen, type Signal, unlisten } from './signal';

/** Runs `work` on the calling thread, or in its turn while this thread waits. */
export function callSync<T>(call: string, work: (addon: Addon) => T): T {
  try {
    return callOnce(call, work);
  } catch (error) {
    if (!isPSEError(error) || error.code !== 'ERR_PSE_OUT_OF_MEMORY') throw error;
  }
  // Once more, with what nobody holds any longer given back.
  collectGarbage();
  return callOnce(call, work);
}

/**
 * The same for work that cannot be done again when it has failed in the middle, and for work that only queues what nobody
 * waits for: how that fails is found in the tensors that it makes.
 */
export function callOnce<T>(call: string, work: (addon: Addon) => T): T {
  openSync(call);
  try {
    return work(addon());
  } catch (error) {
    return rethrow(call, error);
  }
}

/** Whether a promised call is queued before it returns. If not, it reads its arguments later, and has to keep them. */
export function isOpen(): boolean {
  return libtorch.loaded;
}

/** How a promised call is given up. */
export interface Giving {
  /** Rejects at once with its reason; what waits is never run, what runs ends unseen. */
  readonly signal?: Signal | undefined;
  /** The call writes in place into memory of the user's: once it runs, it is not given up any more. */
  readonly inPlace?: boolean | undefined;
}

/**
 * Puts a call into the queue, and opens LibTorch before if need be. The promise is fulfilled with what `finish` makes
 * when the call has run.
 */
export function callPromised<T>(
  call: string,
  queue: (addon: Addon, settle: Settle) => Ticket,
  finish: () => T,
  { signal, inPlace = false }: Giving = {},
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let ticket: Ticket;
    const end = (settled: () => void) => {
      if (signal) unlisten(signal, giveUp);
      settled();
    };
    const giveUp = () => {
      const runs = ticket !== undefined && !addon().cancel(ticket);
      if (!(runs && inPlace)) end(() => reject(signal?.reason));
    };
    const settle: Settle = (error) =>
      end(() => {
        if (error !== undefined) return reject(reworded(call, error));
        // Not for who has given up: an `out` of theirs stays as it is.
        if (signal?.aborted && !inPlace) return reject(signal.reason);
        try {
          resolve(finish());
        } catch (failure) {
          reject(failure);
        }
      });
    const begin = () => {
      if (signal?.aborted) return;
      try {
        ticket = queue(addon(), settle);
      } catch (error) {
        end(() => reject(reworded(call, error)));
      }
    };
    if (signal?.aborted) return reject(signal.reason);
    if (signal) listen(signal, giveUp);
    if (isOpen()) begin();
    else openPromised(call).then(begin, (error) => end(() => reject(error)));
  });
}
