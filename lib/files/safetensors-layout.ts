// Tensors that are to be written: checked, in the order of the file, and the header that says where each of them is.
import { type ArrayArgument, checkElements, readArray } from '../arguments/array';
import { readOptions } from '../arguments/choice';
import { describe, quote } from '../arguments/describe';
import { type ElementType, elementCount, viewOf } from '../arguments/dtype';
import { mismatch } from '../errors';
import { bytesOf } from './elements';
import { ELEMENT_TYPES, NAME_OF } from './safetensors-dtypes';
import { LONGEST_HEADER, METADATA } from './safetensors-header';

/** What {@link writeSafetensors} and {@link safetensorsBytes} may be told. */
export interface WriteSafetensorsOptions {
  /** texts by name; @default none */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A file that is to be written, in parts. */
export interface Layout {
  /** of the whole file */
  readonly size: number;
  /** the length of the header and the header */
  readonly head: Uint8Array;
  /** The bytes of every tensor, one after another; ERR_PSE_SHAPE if an array has lost its elements since. */
  parts(): Iterable<Uint8Array>;
}

interface Tensor {
  readonly name: string;
  readonly array: ArrayArgument<ElementType>;
  readonly bytes: number;
}

/** The header is as long as a multiple of it, so that the widest elements are aligned, and then all. */
const ALIGNMENT = 8;

/** Takes tensors by name and options, or throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE, ERR_PSE_OPTION or ERR_PSE_RANGE. */
export function layOut(call: string, tensors: unknown, options: unknown): Layout {
  const metadata = readMetadata(call, options);
  const read = readTensors(call, tensors);
  for (const { name, array } of read) checkElements(call, argumentOf(name), array);
  const head = headOf(call, read, metadata);
  return {
    size: read.reduce((sum, { bytes }) => sum + bytes, head.length),
    head,
    *parts() {
      for (const { name, array, bytes } of read) {
        checkElements(call, argumentOf(name), array);
        // Of no bytes a view could not be had if the buffer was detached.
        if (bytes > 0) yield viewOf('uint8', array.data, 0, bytes);
      }
    },
  };
}

/** Every tensor, in the order of the file: the widest elements first, so that all are aligned; then by name. */
function readTensors(call: string, tensors: unknown): readonly Tensor[] {
  const given = readRecord(call, 'tensors', tensors, 'an object of arrays by name');
  const read = Object.keys(given).map((name) => {
    checkText(call, 'tensors', 'name', name);
    if (name === METADATA) {
      throw mismatch('ERR_PSE_TYPE', {
        call,
        argument: 'tensors',
        requirement: 'arrays by names of their own',
        got: `one of the name ${quote(name)}`,
        hint: 'that one stands for options.metadata',
      });
    }
    const array = readArray(call, argumentOf(name), given[name], {
      dtypes: ELEMENT_TYPES,
      axes: ['…'],
    });
    return { name, array, bytes: elementCount(array.data) * bytesOf(array.dtype) };
  });
  const order = (a: Tensor, b: Tensor) =>
    bytesOf(b.array.dtype) - bytesOf(a.array.dtype) || (a.name < b.name ? -1 : 1);
  return read.sort(order);
}

function argumentOf(name: string): string {
  return `tensors[${quote(name)}]`;
}

function readMetadata(call: string, options: unknown): readonly (readonly [string, string])[] {
  const { metadata } = readOptions(call, 'options', options, ['metadata']);
  if (metadata === undefined) return [];
  const argument = 'options.metadata';
  const requirement = 'an object of strings';
  const given = readRecord(call, argument, metadata, requirement);
  return Object.keys(given).map((key) => {
    const text = given[key];
    if (typeof text !== 'string') {
      const got = `${describe(text)} for ${quote(key)}`;
      throw mismatch('ERR_PSE_TYPE', { call, argument, requirement, got });
    }
    checkText(call, argument, 'key', key);
    checkText(call, argument, 'text', text);
    return [key, text] as const;
  });
}

function readRecord(call: string, argument: string, value: unknown, requirement: string) {
  const isRecord =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !(value instanceof Map);
  if (isRecord) return value as Readonly<Record<string, unknown>>;
  throw mismatch('ERR_PSE_TYPE', {
    call,
    argument,
    requirement,
    got: describe(value),
    hint: value instanceof Map ? 'Object.fromEntries(map) makes one' : undefined,
  });
}

/** Half a character has no UTF-8: other readers would refuse the whole file. */
function checkText(call: string, argument: string, what: string, text: string): void {
  if (!/\p{Surrogate}/u.test(text)) return;
  throw mismatch('ERR_PSE_TYPE', {
    call,
    argument,
    requirement: 'of whole Unicode characters',
    got: `the ${what} ${quote(text)}, which has half of one`,
  });
}

function headOf(
  call: string,
  tensors: readonly Tensor[],
  metadata: readonly (readonly [string, string])[],
): Uint8Array {
  // By hand: an object of JavaScript would bring keys like "1" forward, and could not have "__proto__".
  const object = (members: readonly (readonly [string, string])[]) =>
    `{${members.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`;
  const texts = metadata.map(([key, text]) => [key, JSON.stringify(text)] as const);
  let end = 0;
  const entries = tensors.map(({ name, array, bytes }) => {
    const begin = end;
    end += bytes;
    const { dtype, shape } = array;
    const entry = { dtype: NAME_OF.get(dtype), shape, data_offsets: [begin, end] };
    return [name, JSON.stringify(entry)] as const;
  });
  const members = texts.length > 0 ? [[METADATA, object(texts)] as const, ...entries] : entries;
  const header = new TextEncoder().encode(object(members));
  const length = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  if (length > LONGEST_HEADER) {
    throw mismatch('ERR_PSE_RANGE', {
      call,
      argument: 'the header',
      requirement: `at most ${LONGEST_HEADER} bytes, as readers take it`,
      got: `${length}`,
      hint: 'it holds the names of the tensors and the metadata',
    });
  }
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(header, 8);
  return head;
}
