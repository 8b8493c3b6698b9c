// numpy's files: what is read, and what is refused in which words. What numpy itself writes is read in test/parity.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readNpy } from '../../../lib/files/npy';
import { formatError, inChunks, rejection, temporaryFolder } from './files';

const folder = temporaryFolder();
const FIXTURE = join(__dirname, '../../fixtures/npy/halves.npy');

/** A file of this header, as it stands, and as many bytes of data. */
function npy(
  header: string,
  data: number | Uint8Array = 0,
  { major = 1, padding = true } = {},
): Uint8Array {
  const width = major === 1 ? 2 : 4;
  const start = 8 + width;
  const length = padding ? Math.ceil((start + header.length + 1) / 64) * 64 - start : header.length;
  const bytes = Buffer.from(padding ? `${header.padEnd(length - 1)}\n` : header, 'latin1');
  const size = Buffer.alloc(width);
  size.writeUIntLE(bytes.length, 0, width);
  const elements = typeof data === 'number' ? Uint8Array.from({ length: data }, (_, i) => i) : data;
  return new Uint8Array(
    Buffer.concat([
      Buffer.from(`\x93NUMPY${String.fromCharCode(major)}\0`, 'latin1'),
      size,
      bytes,
      elements,
    ]),
  );
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

describe('reads', () => {
  const HALVES = {
    data: Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x7c00, 0x0001, 0x7bff),
    shape: [2, 3],
    dtype: 'float16',
  };

  test("numpy's own file, from every kind of source", async () => {
    const bytes = new Uint8Array(readFileSync(FIXTURE));
    for (const source of [FIXTURE, pathToFileURL(FIXTURE), bytes, inChunks(bytes, 7)]) {
      expect(await readNpy(source)).toEqual(HALVES);
    }
  });

  test('a file into memory that threads share, and bytes where they lie', async () => {
    const bytes = new Uint8Array(readFileSync(FIXTURE));
    expect((await readNpy(FIXTURE)).data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect((await readNpy(bytes)).data.buffer).toBe(bytes.buffer);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    expect(await readNpy(moved.subarray(1))).toEqual(HALVES);
  });

  test.each([
    ['<f8', Float64Array, 'float64'],
    ['<f4', Float32Array, 'float32'],
    ['<f2', Uint16Array, 'float16'],
    ['<i8', BigInt64Array, 'int64'],
    ['<i4', Int32Array, 'int32'],
    ['<u2', Uint16Array, undefined],
    ['|u1', Uint8Array, 'uint8'],
    ['|b1', Uint8Array, 'bool'],
  ] as const)('%s', async (descr, Class, dtype) => {
    const size = 2 * Class.BYTES_PER_ELEMENT;
    const found = await readNpy(npy(header(descr, '(2,)'), size));
    const data = new Class(Uint8Array.from({ length: size }, (_, i) => i).buffer);
    expect(found).toEqual(dtype === undefined ? { data, shape: [2] } : { data, shape: [2], dtype });
  });

  test.each([
    ['()', [], 1],
    ['(0,)', [0], 0],
    ['(3, 0)', [3, 0], 0],
    ['(1, 2, 1)', [1, 2, 1], 2],
    ['(2,1)', [2, 1], 2],
  ])('the shape %s', async (text, shape, numel) => {
    expect(await readNpy(npy(header('|u1', text), numel))).toEqual({
      data: Uint8Array.from({ length: numel }, (_, i) => i),
      shape,
      dtype: 'uint8',
    });
  });

  test.each([1, 2, 3])('version %d', async (major) => {
    expect((await readNpy(npy(header('|u1', '(2,)'), 2, { major }))).shape).toEqual([2]);
  });

  test('a header without spaces, padding or an order that numpy would choose', async () => {
    const text = "{'shape':(1,),'fortran_order':False,'descr':'<f8'}";
    const bytes = npy(text, new Uint8Array(Float64Array.of(2.5).buffer), { padding: false });
    expect(await readNpy(bytes)).toEqual({
      data: Float64Array.of(2.5),
      shape: [1],
      dtype: 'float64',
    });
  });
});

describe('refuses', () => {
  /** What is said of a file, be it on disk or in memory. */
  async function refusal(bytes: Uint8Array): Promise<string> {
    const path = folder.write('wrong.npy', bytes);
    const ofFile = (await formatError(readNpy(path))).replaceAll(path, 'FILE');
    expect((await formatError(readNpy(bytes))).replaceAll('source', 'FILE')).toBe(ofFile);
    await formatError(readNpy(inChunks(bytes, 7)));
    const start = 'readNpy: expected ';
    expect(ofFile.startsWith(start)).toBe(true);
    return ofFile.slice(start.length);
  }

  test.each([
    [
      'Fortran order',
      header('<f4', '(2, 3)', 'True'),
      'fortran_order of FILE to be False, C order, got True (numpy.ascontiguousarray(array) makes it so)',
    ],
    [
      'big endian',
      header('>f4', '(2, 3)'),
      'descr of FILE to be little endian, got ">f4" (array.astype(array.dtype.newbyteorder(\'<\')) makes it so)',
    ],
    [
      'complex numbers',
      header('<c8', '(2, 3)'),
      'descr of FILE to be one of f8, f4, f2, i8, i4, u2, u1, b1, got "<c8" (array.astype(numpy.float32) makes one of them)',
    ],
    [
      'texts',
      header('<U5', '(2, 3)'),
      'descr of FILE to be one of f8, f4, f2, i8, i4, u2, u1, b1, got "<U5" (array.astype(numpy.float32) makes one of them)',
    ],
    [
      'int8',
      header('|i1', '(2, 3)'),
      'descr of FILE to be one of f8, f4, f2, i8, i4, u2, u1, b1, got "|i1" (array.astype(numpy.float32) makes one of them)',
    ],
    [
      'no byte order',
      header('f4', '(2, 3)'),
      'descr of FILE to be one of f8, f4, f2, i8, i4, u2, u1, b1, got "f4" (array.astype(numpy.float32) makes one of them)',
    ],
    [
      'objects',
      header('|O', '(2, 3)'),
      'descr of FILE to be one of f8, f4, f2, i8, i4, u2, u1, b1, got "|O" (array.astype(numpy.float32) makes one of them)',
    ],
    [
      'too many elements',
      header('|u1', `(${2 ** 52}, 4)`),
      `shape of FILE to be sizes with a product below 2^53 bytes, got [${2 ** 52}, 4]`,
    ],
  ])('%s', async (_, text, message) => {
    expect(await refusal(npy(text, 24))).toBe(message);
  });

  test('an array with fields', async () => {
    const text = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }";
    expect(await refusal(npy(text, 8))).toBe(
      "the header of FILE to be {'descr', 'fortran_order', 'shape'}, got \"{'descr': [('a', '<f4')], 'fortran_order…\" (an array with fields is none)",
    );
  });

  test.each([
    '{}',
    'text',
    "{'descr': '<f4', 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': 2, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), ",
  ])('the header %j', async (text) => {
    expect(await refusal(npy(text, 8))).toMatch(
      /^the header of FILE to be \{'descr', 'fortran_order', 'shape'\}, got /,
    );
  });

  test.each([
    ['a file that is cut off', 7, '135', 'it was cut off'],
    ['a file of several arrays', 9, '137', 'a file has one array; numpy.save was called twice'],
  ])('%s', async (_, size, got, hint) => {
    expect(await refusal(npy(header('<f4', '(2,)'), size))).toBe(
      `FILE to be 136 bytes, header and float32 [2], got ${got} (${hint})`,
    );
  });

  test('a file that is cut off anywhere', async () => {
    const bytes = npy(header('<f4', '(2,)'), 8);
    for (let size = 0; size < bytes.length; size++) await refusal(bytes.slice(0, size));
  });

  test.each([
    [
      'another beginning',
      Buffer.from('\x93NUMPX\x01\0\0\0', 'latin1'),
      'the beginning of FILE to be \\x93NUMPY, got "\x93NUMPX"',
    ],
    [
      'a .npz file',
      Buffer.from('PK\x03\x04\0\0\0\0'),
      'the beginning of FILE to be \\x93NUMPY, got "PK\\u0003\\u0004\\u0000\\u0000" (a .npz file holds several arrays; numpy.save writes one)',
    ],
    [
      'version 4',
      Buffer.from('\x93NUMPY\x04\0\0\0', 'latin1'),
      'the version of FILE to be 1, 2 or 3, got 4',
    ],
    [
      'an endless header',
      Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff', 'latin1'),
      'the length of the header of FILE to be at most 1048576, as of an array without fields, got 4294967295',
    ],
    [
      'a header that is cut off',
      Buffer.from('\x93NUMPY\x01\0\x08\0{}', 'latin1'),
      'the header of FILE to be 8 bytes, got the end of the file after 2 of them',
    ],
  ])('%s', async (_, bytes, message) => {
    expect(await refusal(new Uint8Array(bytes))).toBe(message);
  });

  test('what is no source', async () => {
    expect(await rejection(readNpy(7 as unknown as string))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message:
        'readNpy: expected source to be a path, a URL of a file, a Uint8Array or an AsyncIterable of them, got the number 7',
    });
  });

  test("nothing in place of Node's own errors", async () => {
    await expect(readNpy('/nowhere/a.npy')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
