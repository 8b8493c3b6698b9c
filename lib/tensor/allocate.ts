// Memory that threads share: a call that gives a promise reads it in place, workers fill it, nobody can detach it.
import { copySizes } from '../arguments/array';
import { readChoice } from '../arguments/choice';
import { describe, describeShape, LONGEST_SHAPE } from '../arguments/describe';
import { DTYPES, type DType, type DTypeToArray } from '../arguments/dtype';
import { mismatch } from '../errors';
import type { NdArray } from './nd-array';
import { sharedZeros } from './zeros';

/** What {@link allocate} gives: an array that says its dtype. */
export type AllocatedArray<D extends DType> = NdArray<DTypeToArray[D]> & { readonly dtype: D };

const CALL = 'allocate';

/**
 * An array of zeros in memory of its own that threads share (a `SharedArrayBuffer`). Calls that give a promise read such
 * an array where it lies, without a copy; a worker that it is sent to by `postMessage` fills the same memory; and nobody
 * can transfer it away while it is read.
 *
 * @param dtype of the elements: float16 and bfloat16 come as their bits in a Uint16Array, bool as a Uint8Array, int64 as
 * a BigInt64Array
 * @param shape up to 8 sizes, each 0 or more; `[]` has one element
 * @returns `data` all zero, and the `shape` and `dtype` that it was made with
 * @throws ERR_PSE_TYPE; ERR_PSE_OPTION (no such dtype); ERR_PSE_SHAPE; ERR_PSE_OUT_OF_MEMORY
 * @example
 * ```ts
 * import { allocate } from 'pse-loss';
 *
 * const maps = allocate('float32', [2, 7, 160, 160]);
 * console.log(maps.data.length, maps.data.buffer instanceof SharedArrayBuffer); // 358400 true
 * maps.data.fill(-4); // or in a worker: worker.postMessage(maps)
 * ```
 *
 * Source: none, it is our own.
 */
export function allocate<D extends DType>(dtype: D, shape: readonly number[]): AllocatedArray<D> {
  const read = readChoice(CALL, 'dtype', dtype, DTYPES) as D;
  return sharedZeros(CALL, read, readShape(shape));
}

function readShape(shape: unknown): readonly number[] {
  const refuse = (code: 'ERR_PSE_TYPE' | 'ERR_PSE_SHAPE', requirement: string, got: string) =>
    mismatch(code, { call: CALL, argument: 'shape', requirement, got });
  if (!Array.isArray(shape)) throw refuse('ERR_PSE_TYPE', 'an array of sizes', describe(shape));
  const { sizes, good, extent } = copySizes(shape);
  if (sizes.length > LONGEST_SHAPE) {
    throw refuse('ERR_PSE_SHAPE', `at most ${LONGEST_SHAPE} sizes`, describeShape(sizes));
  }
  if (!good) {
    throw refuse('ERR_PSE_SHAPE', 'integers of 0 or more', describeShape(sizes));
  }
  if (!Number.isSafeInteger(extent)) {
    throw refuse('ERR_PSE_SHAPE', 'sizes with a product below 2^53', describeShape(sizes));
  }
  return Object.freeze(sizes as number[]);
}
