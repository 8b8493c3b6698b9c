// How a call reaches the addon: with LibTorch open, and with errors that name the call.
import type { Addon } from '../../binding.gyp';
import { addon } from './addon';
import { rethrow } from './failure';
import { openSync } from './libtorch/libtorch';

/** Runs `work` on the calling thread. */
export function callSync<T>(call: string, work: (addon: Addon) => T): T {
  openSync(call);
  try {
    return work(addon());
  } catch (error) {
    return rethrow(call, error);
  }
}
