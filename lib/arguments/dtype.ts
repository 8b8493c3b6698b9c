// The one map from dtype to typed array; every other type about dtypes is derived from it.
import { types } from 'node:util';
import type { DType } from '../../binding.gyp';

export type { DType };

/** The typed array in which each dtype travels; float16 and bfloat16 as their bits, bool as bytes read as `!= 0`. */
export interface DTypeToArray {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  uint8: Uint8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}

/** The same as values: the class of each dtype's array. */
export const ARRAY_OF: { readonly [D in DType]: new (length: number) => DTypeToArray[D] } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/** Any array that can carry a tensor's elements. */
export type TypedArray = DTypeToArray[DType];

/** The dtype that an array has when nobody says otherwise; undefined for arrays that carry no dtype of ours. No `instanceof`: the array may come from another realm. */
export function dtypeOf(data: unknown): DType | undefined {
  if (types.isFloat32Array(data)) return 'float32';
  if (types.isFloat64Array(data)) return 'float64';
  if (types.isUint8Array(data)) return 'uint8';
  if (types.isInt32Array(data)) return 'int32';
  if (types.isBigInt64Array(data)) return 'int64';
  return undefined;
}

/** %TypedArray%.prototype, where the properties that every typed array shares are defined. */
export const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;

const LENGTH = Object.getOwnPropertyDescriptor(TYPED_ARRAY, 'length')?.get as () => number;

/** The elements that a typed array holds now, whatever a `length` of its own says; 0 if its buffer was detached. */
export function elementCount(array: ArrayBufferView): number {
  return LENGTH.call(array);
}
