// A tensor in JavaScript memory: elements and a shape, nothing else.
import type { ClassOf, DType, DTypeToArray, TypedArray } from '../arguments/dtype';

export type { ClassOf, DType, DTypeToArray, TypedArray };

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

/** The same in onnxruntime's words: its tensors are taken as they are. */
export interface DimsArray<T extends TypedArray = TypedArray> {
  readonly data: T;
  readonly dims: readonly number[];
  readonly type?: DType | undefined;
}

/** What stands wherever an array is asked for. */
export type AnyArray<T extends TypedArray = TypedArray> = NdArray<T> | DimsArray<T>;
