// A tensor in JavaScript memory: elements and a shape, nothing else.
import type { DType, DTypeToArray, TypedArray } from '../arguments/dtype';

export type { DType, DTypeToArray, TypedArray };

/**
 * A dense array in row-major order.
 *
 * `data` has exactly as many elements as `shape` says. `dtype` is needed only where the class of
 * `data` does not tell (`bool`, `float16`, `bfloat16`).
 */
export interface NdArray<T extends TypedArray = TypedArray> {
  readonly data: T;
  readonly shape: readonly number[];
  readonly dtype?: DType | undefined;
}
