// safetensors files, read from front to back: the header, and then each tensor that is wanted straight into its place.
import { closest } from 'fastest-levenshtein';
import { readOptions } from '../arguments/choice';
import { describe, quote } from '../arguments/describe';
import { mismatch } from '../errors';
import type { NdArray } from '../tensor/nd-array';
import { takeElements } from './elements';
import { type Entry, LONGEST_HEADER, parseHeader, tensorIn } from './safetensors-header';
import { type FileSource, type Source, withSource } from './source';

/** What {@link readSafetensors} may be told. */
export interface ReadSafetensorsOptions {
  /** the tensors that are wanted; the others are gone past; @default all of them */
  readonly names?: readonly string[] | undefined;
}

/** What a safetensors file holds. Neither record has a prototype: any name is a name. */
export interface SafetensorsFile {
  /** by name, in the order of the file */
  readonly tensors: Record<string, NdArray>;
  readonly metadata: Record<string, string>;
}

const CALL = 'readSafetensors';
/** Bytes of the number that begins a file. */
const PREFIX = 8;

/**
 * Reads a safetensors file. Of a path or a stream, each tensor is read straight into memory that threads share
 * (`allocate`), and never is the whole file in memory besides; of bytes in memory, tensors are views of them where they
 * are aligned, and copies where not. The file is taken as hostile: all of the header is checked before any of it is used.
 *
 * dtypes: F64, F32, F16 and BF16 (bits in a Uint16Array, with `dtype`), I64, I32, U8, BOOL (a Uint8Array, with `dtype`), U16
 * (a Uint16Array without one). A file with a tensor of any other is refused, even where that one is not wanted.
 *
 * @param source a path, a `file:` URL, the bytes, or an AsyncIterable of them: a stream of Node's, `(await fetch(url)).body`.
 * A stream is read to its end
 * @param options `names`: the tensors that are wanted
 * @returns the tensors and the metadata, by name
 * @throws ERR_PSE_FORMAT, which names the file and the tensor or the bytes: a header that is too long, no JSON, has a key
 * twice or an entry of another form, tensors that overlap or leave holes, too few or too many bytes, a dtype of another
 * kind, no tensor of a wanted name; ERR_PSE_TYPE, ERR_PSE_OPTION; ERR_PSE_OUT_OF_MEMORY; Node's own errors of opening and
 * reading, as they are
 * @example
 * ```ts
 * import { readSafetensors, safetensorsBytes } from 'pse-loss';
 *
 * const bytes = safetensorsBytes({ maps: { data: new Float32Array(32), shape: [1, 2, 4, 4] } });
 * const { tensors } = await readSafetensors(bytes); // or a path, or a stream
 * console.log(tensors.maps?.shape, tensors.maps?.dtype); // [ 1, 2, 4, 4 ] float32
 * ```
 *
 * Source: huggingface/safetensors, README, "Format", and the checks of its `safetensors/src/tensor.rs`.
 */
export async function readSafetensors(
  source: FileSource,
  options?: ReadSafetensorsOptions,
): Promise<SafetensorsFile> {
  const names = readNames(options);
  const { tensors, metadata } = await readFile(CALL, source, names);
  return { tensors, metadata };
}

/** The same for a call of ours, with the name of the file as messages have it. */
export function readFile(
  call: string,
  source: unknown,
  names?: readonly string[],
): Promise<SafetensorsFile & { readonly file: string }> {
  return withSource(call, source, (opened) => readTensors(opened, names));
}

async function readTensors(source: Source, names?: readonly string[]) {
  const length = await readHeaderLength(source);
  const bytes = new Uint8Array(length);
  const had = await source.read(bytes);
  if (had < length) throw headerBeyond(source, length, PREFIX + had);
  const { entries, metadata } = parseHeader(source, bytes, PREFIX);
  const start = PREFIX + length;
  const size = start + (entries.at(-1)?.end ?? 0);
  // Before any memory is asked for.
  if (source.size !== undefined) checkSize(source, size, source.size, entries, start);
  const wanted = new Set(names ?? entries.map(({ name }) => name));
  checkNames(source, wanted, entries);

  const tensors: Record<string, NdArray> = Object.create(null);
  for (const entry of entries) {
    const { name, dtype, shape, begin, end } = entry;
    const short = (read: number) => truncated(source, entry, start, start + begin + read);
    if (wanted.has(name)) {
      tensors[name] = await takeElements(source, dtype, shape, short);
    } else {
      const skipped = await source.skip(end - begin);
      if (skipped < end - begin) throw short(skipped);
    }
  }
  if (source.size === undefined && (await source.read(new Uint8Array(1))) > 0) {
    throw wrongSize(source, size, 'more');
  }
  return { tensors, metadata, file: source.name };
}

function readNames(options: unknown): readonly string[] | undefined {
  const { names } = readOptions(CALL, 'options', options, ['names']);
  if (names === undefined) return undefined;
  const argument = 'options.names';
  const requirement = 'an array of strings';
  if (!Array.isArray(names)) {
    throw mismatch('ERR_PSE_TYPE', { call: CALL, argument, requirement, got: describe(names) });
  }
  return Array.from(names, (name: unknown) => {
    if (typeof name === 'string') return name;
    const got = `one of ${describe(name)}`;
    throw mismatch('ERR_PSE_TYPE', { call: CALL, argument, requirement, got });
  });
}

async function readHeaderLength(source: Source): Promise<number> {
  const prefix = new Uint8Array(PREFIX);
  const had = await source.read(prefix);
  const refuse = (requirement: string, got: string, hint?: string) =>
    mismatch('ERR_PSE_FORMAT', {
      call: source.call,
      argument: `the length of the header of ${source.name} (bytes 0 to 7)`,
      requirement,
      got,
      hint,
    });
  if (had < PREFIX) throw refuse('8 bytes', `the end of the file after ${had}`);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length < 2n || length > BigInt(LONGEST_HEADER)) {
    throw refuse(`from 2 to ${LONGEST_HEADER}`, `${length}`, otherFormat(prefix));
  }
  if (source.size !== undefined && Number(length) > source.size - PREFIX) {
    throw headerBeyond(source, Number(length), source.size);
  }
  return Number(length);
}

/** How files begin that are taken for safetensors, and what to do. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['PK', 'this is a zip file, as torch.save makes; save_file of safetensors.torch makes the other'],
  ['\x80', 'this is a pickle; save_file of safetensors.torch makes the other'],
  ['\x93NUMPY', 'this is a .npy file; readNpy reads it'],
  ['version ', 'this is a pointer of Git LFS; `git lfs pull` brings the file'],
];

function otherFormat(prefix: Uint8Array): string | undefined {
  const beginning = String.fromCharCode(...prefix);
  return OTHERS.find(([magic]) => beginning.startsWith(magic))?.[1];
}

function headerBeyond(source: Source, length: number, size: number) {
  return mismatch('ERR_PSE_FORMAT', {
    call: source.call,
    argument: `the header of ${source.name}`,
    requirement: `${length} bytes, as bytes 0 to 7 say`,
    got: `the end of the file after ${size - PREFIX} of them`,
  });
}

/** Throws ERR_PSE_FORMAT unless the tensors are all that follows the header. */
function checkSize(
  source: Source,
  expected: number,
  actual: number,
  entries: readonly Entry[],
  start: number,
): void {
  if (actual > expected) throw wrongSize(source, expected, `${actual}`);
  const cut = entries.find(({ end }) => start + end > actual);
  if (cut !== undefined) throw truncated(source, cut, start, actual);
}

function wrongSize(source: Source, expected: number, got: string) {
  return mismatch('ERR_PSE_FORMAT', {
    call: source.call,
    argument: source.name,
    requirement: `${expected} bytes, header and tensors`,
    got,
    hint: `what follows from byte ${expected} on is no tensor's`,
  });
}

function truncated(source: Source, { name, begin, end }: Entry, start: number, size: number) {
  return mismatch('ERR_PSE_FORMAT', {
    call: source.call,
    argument: `${tensorIn(source.name, name)} (bytes ${start + begin} to ${start + end - 1})`,
    requirement: `${end - begin} bytes`,
    got: `the end of the file after ${size} bytes`,
    hint: 'it was cut off',
  });
}

function checkNames(source: Source, wanted: Iterable<string>, entries: readonly Entry[]): void {
  const names = entries.map(({ name }) => name);
  const known = new Set(names);
  for (const name of wanted) {
    if (known.has(name)) continue;
    // An edit distance is quadratic.
    const near = name.length <= 200 && names.length > 0 ? closest(name, names) : undefined;
    throw mismatch('ERR_PSE_FORMAT', {
      call: source.call,
      argument: source.name,
      requirement: `a file with the tensor ${quote(name)}`,
      got: names.length === 0 ? 'one without tensors' : 'one without it',
      hint: near === undefined ? undefined : `did you mean ${quote(near)}?`,
    });
  }
}
