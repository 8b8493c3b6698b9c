// How a value that came in is named in a message. Never runs user code, never prints a whole array.
import { types } from 'node:util';

/** Longest text of the user's that a message repeats. */
const LONGEST = 40;

/** `a string "x"`, `the number 1.5`, `null`, `a Float32Array of 12 elements`, `an object`… */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `the string ${quote(value)}`;
  if (typeof value === 'number') return `the number ${Object.is(value, -0) ? '-0' : value}`;
  if (typeof value === 'bigint') return `the bigint ${value}n`;
  if (typeof value === 'boolean') return `${value}`;
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'function') return 'a function';
  if (types.isProxy(value)) return 'a Proxy';
  if (ArrayBuffer.isView(value)) return describeView(value);
  if (types.isAnyArrayBuffer(value)) return 'a bare ArrayBuffer';
  if (Array.isArray(value)) return `an array of ${count(value.length, 'element')}`;
  if (types.isPromise(value)) return 'a Promise';
  return 'an object';
}

/** Text in quotes, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

/** `1 element`, `2 elements` */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `[2, 7, 160, 160]` */
export function describeShape(shape: readonly unknown[]): string {
  return `[${shape.map((size) => (typeof size === 'symbol' ? 'a symbol' : String(size))).join(', ')}]`;
}

function describeView(view: ArrayBufferView): string {
  if (types.isDataView(view)) return 'a DataView';
  // %TypedArray%.prototype's own getter: a subclass cannot answer for it, and it works across realms.
  const name = TYPED_ARRAY_NAME.call(view) as string;
  const length = TYPED_ARRAY_LENGTH.call(view) as number;
  return `${name.startsWith('I') ? 'an' : 'a'} ${name} of ${count(length, 'element')}`;
}

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;
const TYPED_ARRAY_NAME = getter(TYPED_ARRAY, Symbol.toStringTag);
const TYPED_ARRAY_LENGTH = getter(TYPED_ARRAY, 'length');

function getter(prototype: object, key: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get as () => unknown;
}
