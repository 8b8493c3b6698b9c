// How a value that came in is named in a message. Never runs user code, never prints a whole array.
import { types } from 'node:util';
import { classNameOf, elementCount } from './dtype';

/** Longest text of the user's that a message repeats. */
const LONGEST = 40;
/** Most sizes of a shape that a message repeats; no argument of ours has more axes. */
export const LONGEST_SHAPE = 8;

/** `a string "x"`, `the number 1.5`, `null`, `a Float32Array of 12 elements`, `an object`… */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `the string ${quote(value)}`;
  if (typeof value === 'number') return `the number ${Object.is(value, -0) ? '-0' : value}`;
  if (typeof value === 'bigint') return `the bigint ${cut(`${value}`)}n`;
  if (typeof value === 'boolean') return `${value}`;
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'function') return 'a function';
  if (types.isProxy(value)) return 'a Proxy';
  if (ArrayBuffer.isView(value)) return describeView(value);
  if (types.isAnyArrayBuffer(value)) return 'a bare ArrayBuffer';
  if (Array.isArray(value)) return `an array of ${count(value.length, 'element')}`;
  if (types.isPromise(value)) return 'a Promise';
  if (types.isMap(value)) return 'a Map';
  if (types.isSet(value)) return 'a Set';
  return 'an object';
}

/** Text in quotes, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(cut(text));
}

/** `1 element`, `2 elements` */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `[2, 7, 160, 160]`; what is no number is named, what is too long for a shape is cut. */
export function describeShape(shape: readonly unknown[]): string {
  const sizes = shape
    .slice(0, LONGEST_SHAPE)
    .map((size) => (typeof size === 'number' ? `${size}` : describe(size)));
  if (shape.length > LONGEST_SHAPE) sizes.push('…');
  return `[${sizes.join(', ')}]`;
}

/** `a`, `a or b`, `a, b or c` */
export function either(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function describeView(view: ArrayBufferView): string {
  if (types.isDataView(view)) return 'a DataView';
  const name = classNameOf(view);
  return `${name.startsWith('I') ? 'an' : 'a'} ${name} of ${count(elementCount(view), 'element')}`;
}
