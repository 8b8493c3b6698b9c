// What the addon throws, in the words of lib/errors: the call that failed in front, the native text as the cause.
import { isPSEError, pseError } from '../errors';

/** Throws the error of a call for an error of the addon's. Anything that is not the addon's passes as it is. */
export function rethrow(call: string, error: unknown): never {
  throw reworded(call, error);
}

/** The same, to be rejected with. */
export function reworded(call: string, error: unknown): unknown {
  if (!isPSEError(error)) return error;
  return pseError(
    error.code,
    `${call}: ${WORDS[error.code] ?? 'LibTorch failed'}: ${error.message}`,
    error,
  );
}

const WORDS: { readonly [code: string]: string } = {
  ERR_PSE_LIBTORCH_NOT_FOUND: 'LibTorch cannot be opened',
  ERR_PSE_LIBTORCH_VERSION: 'the operators do not fit this LibTorch',
  ERR_PSE_NOT_BUILT: 'the operators cannot be opened',
  ERR_PSE_CONFLICT: 'another copy of pse-loss is in this process and does not fit',
  ERR_PSE_CUDA: 'the CUDA side of LibTorch cannot be opened; PSE_DEVICE=cpu goes without it',
  ERR_PSE_OUT_OF_MEMORY: 'out of memory',
  ERR_PSE_ABORTED: 'aborted',
  ERR_PSE_QUEUE_FULL: 'the queue is full',
  ERR_PSE_DISPOSED: 'what it needs was given back',
  ERR_PSE_VALUE: 'what it needs was changed',
  ERR_PSE_DTYPE: 'not of a kind that is taken',
  ERR_PSE_TYPE: 'not of a kind that is taken',
};
