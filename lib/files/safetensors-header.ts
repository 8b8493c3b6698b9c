// The header of a safetensors file, taken as hostile: every number is held against all others before it is used.
import { describe, describeShape, quote } from '../arguments/describe';
import type { ElementType } from '../arguments/dtype';
import { mismatch } from '../errors';
import { bytesOf } from './elements';
import { ELEMENT_TYPE_OF } from './safetensors-dtypes';
import { duplicateKey } from './safetensors-keys';
import type { Source } from './source';

/** A tensor of the file, by its header. */
export interface Entry {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** from the beginning of the data */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** in the order of their data, which they cover without holes */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes, as huggingface/safetensors has it, so that a few bytes cannot ask for all memory. */
export const LONGEST_HEADER = 100_000_000;
/** The key that is no tensor's. */
export const METADATA = '__metadata__';

/** Parses the bytes of a header, or throws ERR_PSE_FORMAT. `start`: where they lie in the file, as messages say it. */
export function parseHeader(
  { call, name: file }: Source,
  bytes: Uint8Array,
  start: number,
): Header {
  const header = readObject(call, file, bytes, start);
  const metadata = readMetadata(call, file, header[METADATA]);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(call, file, name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      throw mismatch('ERR_PSE_FORMAT', {
        call,
        argument: `data_offsets of ${tensorIn(file, name)}`,
        requirement: `from ${covered} on, where ${covered === 0 ? 'the data begins' : 'the tensor before it ends'}`,
        got: `${begin} to ${end}`,
        hint: begin < covered ? 'tensors overlap' : 'there is a hole',
      });
    }
    covered = end;
  }
  return { entries, metadata };
}

/** `the tensor "maps" in case.safetensors` */
export function tensorIn(file: string, name: string): string {
  return `the tensor ${quote(name)} in ${file}`;
}

/** Of the JSON object; no key of it is inherited, or its prototype. */
function readObject(
  call: string,
  file: string,
  bytes: Uint8Array,
  start: number,
): Record<string, unknown> {
  const refuse = (requirement: string, got: string, hint?: string) =>
    mismatch('ERR_PSE_FORMAT', {
      call,
      argument: `the header of ${file} (bytes ${start} to ${start + bytes.length - 1})`,
      requirement,
      got,
      hint,
    });
  let json: string;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('UTF-8', 'bytes that are none');
  }
  if (json[0] !== '{') throw refuse('a JSON object that begins with {', quote(json.slice(0, 20)));
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch (error) {
    throw refuse('JSON', 'a text that is none', (error as Error).message);
  }
  const twice = duplicateKey(json);
  if (twice !== undefined) {
    throw refuse(
      'an object with every key once',
      `${quote(twice.key)} a second time`,
      `at character ${twice.at}`,
    );
  }
  // JSON.parse makes "__proto__" an ordinary key.
  return header as Record<string, unknown>;
}

function readMetadata(call: string, file: string, value: unknown): Record<string, string> {
  const read: Record<string, string> = Object.create(null);
  if (value === undefined) return read;
  const refuse = (got: string) =>
    mismatch('ERR_PSE_FORMAT', {
      call,
      argument: `${METADATA} of ${file}`,
      requirement: 'an object of strings',
      got,
    });
  if (!isObject(value)) throw refuse(describe(value));
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw refuse(`${describe(text)} for ${quote(key)}`);
    read[key] = text;
  }
  return read;
}

function readEntry(call: string, file: string, name: string, value: unknown): Entry {
  const refuse = (part: string, requirement: string, got: string, hint?: string) =>
    mismatch('ERR_PSE_FORMAT', {
      call,
      argument: `${part}${tensorIn(file, name)}`,
      requirement,
      got,
      hint,
    });
  if (!isObject(value)) {
    throw refuse('', 'an object { dtype, shape, data_offsets }', describe(value));
  }
  const given = new Map(Object.entries(value));
  const word = given.get('dtype');
  const dtype = typeof word === 'string' ? ELEMENT_TYPE_OF.get(word) : undefined;
  if (dtype === undefined) {
    const known = [...ELEMENT_TYPE_OF.keys()].join(', ');
    throw refuse('dtype of ', `one of ${known}`, describe(word));
  }
  const shape = readSizes(given.get('shape'));
  if (shape === undefined) {
    throw refuse('shape of ', 'integers of 0 or more', describeSizes(given.get('shape')));
  }
  const offsets = readSizes(given.get('data_offsets'));
  const [begin, end] = offsets ?? [];
  if (offsets?.length !== 2 || begin === undefined || end === undefined || begin > end) {
    const got = describeSizes(given.get('data_offsets'));
    throw refuse('data_offsets of ', '[begin, end], 0 ≤ begin ≤ end', got);
  }
  // Without the zeros: a product that overflows is wrong also where one of the sizes is 0.
  const extent = shape.reduce((product, size) => product * (size || 1), bytesOf(dtype));
  if (!Number.isSafeInteger(extent)) {
    throw refuse('shape of ', 'sizes with a product below 2^53 bytes', describeShape(shape));
  }
  const size = shape.includes(0) ? 0 : extent;
  if (end - begin !== size) {
    throw refuse(
      '',
      `${size} bytes, as ${word} ${describeShape(shape)} says`,
      `${end - begin}`,
      `data_offsets are ${begin} to ${end}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readSizes(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const good = value.every(
    (size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0),
  );
  return good ? value : undefined;
}

function describeSizes(value: unknown): string {
  return Array.isArray(value) ? describeShape(value) : describe(value);
}
