// numpy's files of one array. npyjs reads what the header says; what is refused, in which words, and where the elements go
// is ours.
import { parse } from 'npyjs';
import { describeShape, quote } from '../arguments/describe';
import { byteLengthOf, type ElementType } from '../arguments/dtype';
import { mismatch } from '../errors';
import type { NdArray } from '../tensor/nd-array';
import { bytesOf, takeElements } from './elements';
import { type FileSource, type Source, withSource } from './source';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Of an array without fields a header has some hundred bytes. */
const LONGEST_HEADER = 2 ** 20;

/** Elements as numpy describes them, without their byte order; uint16 comes as a Uint16Array without `dtype`. */
const ELEMENT_TYPE_OF: ReadonlyMap<string, ElementType> = new Map([
  ['f8', 'float64'],
  ['f4', 'float32'],
  ['f2', 'float16'],
  ['i8', 'int64'],
  ['i4', 'int32'],
  ['u2', 'uint16'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
]);

/**
 * Reads an array that `numpy.save` wrote: of a path straight into memory that threads share (`allocate`), of bytes in
 * memory as a view of them where they are aligned.
 *
 * dtypes: float64, float32, float16 (bits in a Uint16Array, with `dtype`), int64, int32, uint8, bool (a Uint8Array, with
 * `dtype`), uint16 (a Uint16Array without one); little endian, C order, which is what numpy writes unless asked otherwise.
 *
 * @param source a path, a `file:` URL, the bytes, or an AsyncIterable of them, which is read to its end
 * @returns the array; of a scalar the shape is `[]`
 * @throws ERR_PSE_FORMAT, which names the file and says what to do in numpy: another dtype or byte order, Fortran order,
 * too few or too many bytes, no header; ERR_PSE_TYPE; ERR_PSE_OUT_OF_MEMORY; Node's own errors of opening and reading
 * @example
 * ```ts
 * import { readNpy } from 'pse-loss';
 *
 * const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + '\n';
 * const bytes = Buffer.concat([
 *   Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
 *   Uint8Array.of(118, 0),
 *   Buffer.from(header),
 *   new Uint8Array(Float32Array.of(1, 2).buffer),
 * ]);
 * const { data, shape, dtype } = await readNpy(bytes); // or a path
 * console.log(data, shape, dtype); // Float32Array(2) [ 1, 2 ] [ 2 ] float32
 * ```
 *
 * Source: numpy, `numpy/lib/_format_impl.py`, "Format Version 1.0" to "3.0".
 */
export async function readNpy(source: FileSource): Promise<NdArray> {
  return withSource('readNpy', source, read);
}

async function read(source: Source): Promise<NdArray> {
  const { header, start } = await readHeader(source);
  const { dtype, shape } = parseHeader(source, header);
  const size = start + byteLengthOf(dtype, shape);
  const refuse = (got: number | string, hint: string) =>
    mismatch('ERR_PSE_FORMAT', {
      call: source.call,
      argument: source.name,
      requirement: `${size} bytes, header and ${dtype} ${describeShape(shape)}`,
      got: `${got}`,
      hint,
    });
  const cut = (had: number) => refuse(had, 'it was cut off');
  const more = (had: number | string) =>
    refuse(had, 'a file has one array; numpy.save was called twice');
  // Before any memory is asked for.
  if (source.size !== undefined && source.size < size) throw cut(source.size);
  if (source.size !== undefined && source.size > size) throw more(source.size);
  const array = await takeElements(source, dtype, shape, (had) => cut(start + had));
  if (source.size === undefined && (await source.read(new Uint8Array(1))) > 0) throw more('more');
  return array;
}

/** Makes the errors of what stands in the header. */
function refusalOf(source: Source) {
  return (argument: string, requirement: string, got: string, hint?: string) =>
    mismatch('ERR_PSE_FORMAT', {
      call: source.call,
      argument: `${argument} of ${source.name}`,
      requirement,
      got,
      hint,
    });
}

/** The header's text, and where the elements begin. */
async function readHeader(source: Source): Promise<{ header: string; start: number }> {
  const refuse = refusalOf(source);
  const next = async (length: number, what: string) => {
    const bytes = new Uint8Array(length);
    const had = await source.read(bytes);
    if (had === length) return bytes;
    throw refuse(what, `${length} bytes`, `the end of the file after ${had} of them`);
  };
  const magic = await next(6, 'the beginning');
  if (MAGIC.some((byte, i) => byte !== magic[i])) {
    const beginning = String.fromCharCode(...magic);
    const hint = beginning.startsWith('PK')
      ? 'a .npz file holds several arrays; numpy.save writes one'
      : undefined;
    throw refuse('the beginning', '\\x93NUMPY', quote(beginning), hint);
  }
  const [major = 0] = await next(2, 'the version');
  if (major < 1 || major > 3) throw refuse('the version', '1, 2 or 3', `${major}`);
  const width = major === 1 ? 2 : 4;
  const word = Buffer.from(await next(width, 'the length of the header'));
  const length = word.readUIntLE(0, width);
  if (length > LONGEST_HEADER) {
    const requirement = `at most ${LONGEST_HEADER}, as of an array without fields`;
    throw refuse('the length of the header', requirement, `${length}`);
  }
  const header = Buffer.from(await next(length, 'the header')).toString('latin1');
  return { header, start: 8 + width + length };
}

function parseHeader(source: Source, header: string) {
  const refuse = refusalOf(source);
  const form = /^\{(?=.*'fortran_order' *: *(True|False))(?=.*'shape' *: *\([\d, ]*\)).*\} *\n?$/s;
  const descr = /'descr' *: *'([^']*)'/.exec(header)?.[1];
  if (!form.test(header) || descr === undefined) {
    const hint = /'descr' *: *[[(]/.test(header) ? 'an array with fields is none' : undefined;
    throw refuse('the header', "{'descr', 'fortran_order', 'shape'}", quote(header.trim()), hint);
  }
  const dtype = ELEMENT_TYPE_OF.get(descr.slice(1));
  if (descr.startsWith('>')) {
    const hint = "array.astype(array.dtype.newbyteorder('<')) makes it so";
    throw refuse('descr', 'little endian', quote(descr), hint);
  }
  if (dtype === undefined || !/^[<|]/.test(descr)) {
    const known = [...ELEMENT_TYPE_OF.keys()].join(', ');
    const hint = 'array.astype(numpy.float32) makes one of them';
    throw refuse('descr', `one of ${known}`, quote(descr), hint);
  }
  const { fortranOrder, shape } = parse(framed(header));
  if (fortranOrder) {
    const hint = 'numpy.ascontiguousarray(array) makes it so';
    throw refuse('fortran_order', 'False, C order', 'True', hint);
  }
  // Also where one of them is 0 and there is no element.
  const extent = shape.reduce((product, size) => product * (size || 1), bytesOf(dtype));
  if (!Number.isSafeInteger(extent)) {
    throw refuse('shape', 'sizes with a product below 2^53 bytes', describeShape(shape));
  }
  return { dtype, shape: Object.freeze(shape) };
}

/** A header alone as a file without elements, padded as npyjs needs it: it makes an array at its end. */
function framed(header: string): ArrayBuffer {
  const length = Math.ceil((header.length + 12) / 16) * 16 - 12;
  const file = new Uint8Array(12 + length).fill(0x20);
  file.set([...MAGIC, 2, 0]);
  new DataView(file.buffer).setUint32(8, length, true);
  file.set(Buffer.from(header, 'latin1'), 12);
  return file.buffer;
}
