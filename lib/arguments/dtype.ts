// The one map from dtype to typed array; every other type about dtypes is derived from it.
// No `instanceof` and no property of an array's own: it may come from another realm, or answer for itself.
import { types } from 'node:util';
import type { DType } from '../../binding.gyp';

export type { DType };

/** Every dtype, in the order in which messages name them. */
export const DTYPES = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'uint8',
  'int32',
  'int64',
  'bool',
] as const satisfies readonly DType[];

/** What elements can be: the dtypes of tensors, and the counts of compact labels, which no tensor has. */
export type ElementType = DType | 'uint16';

/** Float16Array where the types of the host know one, else nothing. Node has it from release 24 on. */
export type HostFloat16Array = typeof globalThis extends {
  Float16Array: { prototype: infer A extends ArrayBufferView };
}
  ? A
  : never;

/** The typed array in which each dtype travels; float16 and bfloat16 as their bits, bool as bytes read as `!= 0`. */
export interface DTypeToArray {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array | HostFloat16Array;
  bfloat16: Uint16Array;
  uint8: Uint8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}

/** The same for everything that elements can be. */
export interface ElementToArray extends DTypeToArray {
  uint16: Uint16Array;
}

interface ArrayClass<A> {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): A;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

/** The same as values: the class of the arrays that we make. */
export const ARRAY_OF: { readonly [E in ElementType]: ArrayClass<ElementToArray[E]> } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/** The bytes of as many elements as a shape has. */
export function byteLengthOf(dtype: ElementType, shape: readonly number[]): number {
  return countOf(shape) * ARRAY_OF[dtype].BYTES_PER_ELEMENT;
}

/** The elements that a shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Any array that can carry a tensor's elements. */
export type TypedArray = DTypeToArray[DType];

/** The class of an array, whatever memory it lies in: results go out as what came in. */
export type ClassOf<A extends TypedArray> = A extends Float32Array
  ? Float32Array
  : A extends Float64Array
    ? Float64Array
    : A extends Uint16Array
      ? Uint16Array
      : A extends Uint8Array
        ? Uint8Array
        : A extends Int32Array
          ? Int32Array
          : A extends BigInt64Array
            ? BigInt64Array
            : HostFloat16Array;

/** What the arrays of a class can carry; first what they do when nobody says otherwise. */
const CARRIED: { readonly [name: string]: readonly ElementType[] | undefined } = {
  Float16Array: ['float16'],
  Float32Array: ['float32'],
  Float64Array: ['float64'],
  Uint8Array: ['uint8', 'bool'],
  Uint16Array: ['uint16', 'float16', 'bfloat16'],
  Int32Array: ['int32'],
  BigInt64Array: ['int64'],
};

/** What an array can carry, first what it does when nobody says otherwise; nothing if it is no array of ours. */
export function elementTypesOf(data: unknown): readonly ElementType[] {
  return types.isTypedArray(data) ? (CARRIED[classNameOf(data)] ?? []) : [];
}

// Of %TypedArray%.prototype, where the properties that every typed array shares are defined.
const SHARED = Object.getPrototypeOf(Uint8Array.prototype) as object;
const shared = <T>(name: string | symbol) =>
  Object.getOwnPropertyDescriptor(SHARED, name)?.get as (this: ArrayBufferView) => T;
const LENGTH = shared<number>('length');
const BUFFER = shared<ArrayBufferLike>('buffer');
const BYTE_OFFSET = shared<number>('byteOffset');
const CLASS_NAME = shared<string>(Symbol.toStringTag);

/** The elements that a typed array holds now, whatever a `length` of its own says; 0 if its buffer was detached. */
export function elementCount(array: ArrayBufferView): number {
  return LENGTH.call(array);
}

/** The memory that a typed array lies in. */
export function bufferOf(array: ArrayBufferView): ArrayBufferLike {
  return BUFFER.call(array);
}

/** `'Float32Array'`, of a subclass too, whatever the array says of itself. */
export function classNameOf(array: ArrayBufferView): string {
  return CLASS_NAME.call(array);
}

/**
 * A part of an array's memory as an array of our own class (`ARRAY_OF`): what a subclass, another realm or a
 * Float16Array hands over, read without running code of theirs. The part has to lie within the array.
 */
export function viewOf<E extends ElementType>(
  dtype: E,
  data: ArrayBufferView,
  start = 0,
  length = elementCount(data) - start,
): ElementToArray[E] {
  const Class: ArrayClass<ElementToArray[E]> = ARRAY_OF[dtype];
  // Nothing can be a view of a detached buffer, not even of none of its elements.
  if (length === 0) return new Class(0);
  const byteOffset = BYTE_OFFSET.call(data) + start * Class.BYTES_PER_ELEMENT;
  return new Class(BUFFER.call(data), byteOffset, length);
}
