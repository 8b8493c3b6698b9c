// Files that are no safetensors files: each refused as ERR_PSE_FORMAT, in words that name the file and the place.
import { describe, expect, test } from '@jest/globals';
import { readSafetensors } from '../../../lib/files/safetensors-read';
import type { FileSource } from '../../../lib/files/source';
import { fileOf, formatError, inChunks, rejection, temporaryFolder } from './files';

const folder = temporaryFolder();

/** What is said of a file, be it read from a path, out of memory or out of a stream. */
async function refusal(bytes: Uint8Array, names?: readonly string[]): Promise<string> {
  const path = folder.write('wrong.safetensors', bytes);
  const said = await formatError(readSafetensors(path, { names }));
  expect(said).toContain(path);
  const start = 'readSafetensors: expected ';
  expect(said.startsWith(start)).toBe(true);
  const ofFile = said.slice(start.length).replaceAll(path, 'FILE');
  const ofBytes = await formatError(readSafetensors(bytes, { names }));
  expect(ofBytes.slice(start.length).replaceAll('source', 'FILE')).toBe(ofFile);
  // A stream's size is not known before its end: that alone is said in other words.
  await formatError(readSafetensors(inChunks(bytes, 5), { names }));
  return ofFile;
}

/** Of the one tensor "a" of this entry. */
const ofEntry = (entry: unknown, data = 0) => refusal(fileOf({ a: entry }, data));
const ENTRY = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const DTYPES = 'F64, F32, F16, BF16, I64, I32, U16, U8, BOOL';

describe('the length of the header', () => {
  const LENGTH = 'the length of the header of FILE (bytes 0 to 7)';
  const beginning = (text: string) => Uint8Array.from(Buffer.from(text.padEnd(40, '\0'), 'latin1'));

  test.each([0, 7])('is missing in a file of %d bytes', async (size) => {
    expect(await refusal(new Uint8Array(size))).toBe(
      `${LENGTH} to be 8 bytes, got the end of the file after ${size}`,
    );
  });

  test.each([0n, 1n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n])('is %d', async (length) => {
    const file = new Uint8Array(64);
    new DataView(file.buffer).setBigUint64(0, length, true);
    expect(await refusal(file)).toBe(`${LENGTH} to be from 2 to 100000000, got ${length}`);
  });

  test('reaches beyond the file', async () => {
    const file = fileOf('{}');
    file[0] = 3;
    expect(await refusal(file)).toBe(
      'the header of FILE to be 3 bytes, as bytes 0 to 7 say, got the end of the file after 2 of them',
    );
    expect(await formatError(readSafetensors(inChunks(file, 4)))).toBe(
      'readSafetensors: expected the header of source to be 3 bytes, as bytes 0 to 7 say, got the end of the file after 2 of them',
    );
  });

  test.each([
    [
      'PK\x03\x04....',
      'this is a zip file, as torch.save makes; save_file of safetensors.torch makes the other',
    ],
    ['\x80\x02}q\x00X..', 'this is a pickle; save_file of safetensors.torch makes the other'],
    ['\x93NUMPY\x01\x00', 'this is a .npy file; readNpy reads it'],
    ['version https://git-lfs', 'this is a pointer of Git LFS; `git lfs pull` brings the file'],
  ])('is the beginning of another format: %j', async (text, hint) => {
    expect(await refusal(beginning(text))).toMatch(new RegExp(`got \\d+ \\(${hint}\\)$`));
  });
});

describe('the header', () => {
  const ofHeader = (header: string | Uint8Array) => refusal(fileOf(header));

  test('is not UTF-8', async () => {
    const header = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d);
    expect(await ofHeader(header)).toBe(
      'the header of FILE (bytes 8 to 12) to be UTF-8, got bytes that are none',
    );
  });

  test.each([
    [' {}', '" {}"'],
    ['\ufeff{}', '"\ufeff{}"'],
    ['[1,2]', '"[1,2]"'],
    ['null', '"null"'],
    ['"text that is long enough to be cut"', '"\\"text that is long e"'],
  ])('does not begin with an object: %j', async (header, got) => {
    const last = 8 + new TextEncoder().encode(header).length - 1;
    expect(await ofHeader(header)).toBe(
      `the header of FILE (bytes 8 to ${last}) to be a JSON object that begins with {, got ${got}`,
    );
  });

  test.each(['{ ', '{}x', "{'a':1}", '{"a":1,}', '{}\0', '{"a":NaN}'])(
    'is not JSON: %j',
    async (header) => {
      expect(await ofHeader(header)).toMatch(
        /^the header of FILE \(bytes 8 to \d+\) to be JSON, got a text that is none \(.*\)$/s,
      );
    },
  );

  test.each([
    ['of two tensors', '{"a":1,"a":1}', '"a"', 7],
    ['of two spellings', '{"a":1,"\\u0061":1}', '"a"', 7],
    ['__proto__', '{"__proto__":1,"__proto__":1}', '"__proto__"', 15],
    ['__metadata__', '{"__metadata__":{},"__metadata__":{}}', '"__metadata__"', 19],
    ['in an entry', '{"a":{"dtype":"U8","dtype":"F32"}}', '"dtype"', 19],
    ['in the metadata', '{"__metadata__":{"x":"1","x" : "1"}}', '"x"', 25],
  ])('has a key twice: %s', async (_, header, key, at) => {
    expect(await ofHeader(header)).toBe(
      `the header of FILE (bytes 8 to ${7 + header.length}) to be an object with every key once, got ${key} a second time (at character ${at})`,
    );
  });

  test.each([
    ['null', 'null'],
    ['[]', 'an array of 0 elements'],
    ['"x"', 'the string "x"'],
    ['{"step":7}', 'the number 7 for "step"'],
    ['{"a":null}', 'null for "a"'],
  ])('has metadata that are no texts: %s', async (metadata, got) => {
    expect(await ofHeader(`{"__metadata__":${metadata}}`)).toBe(
      `__metadata__ of FILE to be an object of strings, got ${got}`,
    );
  });
});

describe('an entry', () => {
  test.each([
    [null, 'null'],
    [[], 'an array of 0 elements'],
    ['F32', 'the string "F32"'],
    [7, 'the number 7'],
  ])('is no object: %j', async (entry, got) => {
    expect(await ofEntry(entry)).toBe(
      `the tensor "a" in FILE to be an object { dtype, shape, data_offsets }, got ${got}`,
    );
  });

  test.each([
    [undefined, 'nothing'],
    [4, 'the number 4'],
    ['f32', 'the string "f32"'],
    ['F8_E4M3', 'the string "F8_E4M3"'],
    ['I16', 'the string "I16"'],
    ['toString', 'the string "toString"'],
  ])('has no dtype of ours: %j', async (dtype, got) => {
    expect(await ofEntry({ ...ENTRY, dtype })).toBe(
      `dtype of the tensor "a" in FILE to be one of ${DTYPES}, got ${got}`,
    );
  });

  test.each([
    [undefined, 'nothing'],
    ['2', 'the string "2"'],
    [{ 0: 2 }, 'an object'],
    [[-1], '[-1]'],
    [[1.5], '[1.5]'],
    [[2, null], '[2, null]'],
    [['2'], '[the string "2"]'],
    [[2 ** 53], '[9007199254740992]'],
    [[1e300], '[1e+300]'],
  ])('has no shape: %j', async (shape, got) => {
    expect(await ofEntry({ ...ENTRY, shape })).toBe(
      `shape of the tensor "a" in FILE to be integers of 0 or more, got ${got}`,
    );
  });

  test('has a size below zero that JSON.parse calls -0', async () => {
    const file = fileOf('{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}');
    expect(await refusal(file)).toContain('to be integers of 0 or more, got [');
  });

  test.each([
    [undefined, 'nothing'],
    [[0], '[0]'],
    [[0, 4, 8], '[0, 4, 8]'],
    [[8, 0], '[8, 0]'],
    [[-8, 0], '[-8, 0]'],
    [[0, 8.5], '[0, 8.5]'],
    [[0, 2 ** 60], '[0, 1152921504606847000]'],
    [['0', '8'], '[the string "0", the string "8"]'],
  ])('has no data_offsets: %j', async (offsets, got) => {
    expect(await ofEntry({ ...ENTRY, data_offsets: offsets })).toBe(
      `data_offsets of the tensor "a" in FILE to be [begin, end], 0 ≤ begin ≤ end, got ${got}`,
    );
  });

  test.each([[[2 ** 27, 2 ** 26]], [[2 ** 52, 2 ** 52, 2 ** 52]], [[0, 2 ** 52, 2]], [[2 ** 51]]])(
    'has a shape that overflows: %j',
    async (shape) => {
      expect(await ofEntry({ ...ENTRY, shape })).toBe(
        `shape of the tensor "a" in FILE to be sizes with a product below 2^53 bytes, got [${shape.join(', ')}]`,
      );
    },
  );

  test.each([
    [[3], 12, 8],
    [[1], 4, 8],
    [[], 4, 8],
    [[2, 0], 0, 8],
  ])('has as shape %j', async (shape, bytes, got) => {
    expect(await ofEntry({ ...ENTRY, shape }, 8)).toBe(
      `the tensor "a" in FILE to be ${bytes} bytes, as F32 [${shape.join(', ')}] says, got ${got} (data_offsets are 0 to 8)`,
    );
  });

  test('has a name that is too long to be repeated', async () => {
    const said = await refusal(fileOf({ ['n'.repeat(50)]: null }));
    expect(said).toMatch(/^the tensor "n{40}…" in FILE to be an object/);
  });
});

describe('the data', () => {
  const bytes = (begin: number, end: number) => ({
    dtype: 'U8',
    shape: [end - begin],
    data_offsets: [begin, end],
  });

  test('do not begin at 0', async () => {
    expect(await refusal(fileOf({ a: bytes(1, 3) }, 3))).toBe(
      'data_offsets of the tensor "a" in FILE to be from 0 on, where the data begins, got 1 to 3 (there is a hole)',
    );
  });

  test('have a hole', async () => {
    expect(await refusal(fileOf({ b: bytes(3, 4), a: bytes(0, 2) }, 4))).toBe(
      'data_offsets of the tensor "b" in FILE to be from 2 on, where the tensor before it ends, got 3 to 4 (there is a hole)',
    );
  });

  test.each([
    ['in part', bytes(1, 3), '1 to 3'],
    ['wholly', bytes(0, 2), '0 to 2'],
  ])('overlap %s', async (_, b, got) => {
    expect(await refusal(fileOf({ a: bytes(0, 2), b }, 3))).toBe(
      `data_offsets of the tensor "b" in FILE to be from 2 on, where the tensor before it ends, got ${got} (tensors overlap)`,
    );
  });

  test.each([0, 1, 2, 3])('are cut off after %d of 4 bytes', async (size) => {
    const file = fileOf({ a: bytes(0, 2), b: bytes(2, 4) }, size);
    const start = file.length - size;
    const [name, begin, end] = size < 2 ? ['a', 0, 1] : ['b', 2, 3];
    const said = `the tensor "${name}" in FILE (bytes ${start + begin!} to ${start + end!}) to be 2 bytes, got the end of the file after ${file.length} bytes (it was cut off)`;
    expect(await refusal(file)).toBe(said);
    for (const names of [undefined, ['a'], ['b'], []]) {
      const ofStream = await formatError(readSafetensors(inChunks(file, 3), { names }));
      expect(ofStream).toBe(`readSafetensors: expected ${said.replace('FILE', 'source')}`);
    }
  });

  test.each([1, 8])('are followed by %d bytes more', async (more) => {
    const file = fileOf({ a: bytes(0, 2) }, 2 + more);
    const size = file.length - more;
    const said = (got: number | string) =>
      `to be ${size} bytes, header and tensors, got ${got} (what follows from byte ${size} on is no tensor's)`;
    expect(await refusal(file)).toBe(`FILE ${said(file.length)}`);
    expect(await formatError(readSafetensors(inChunks(file, 3)))).toBe(
      `readSafetensors: expected source ${said('more')}`,
    );
  });

  test('are there without a tensor', async () => {
    expect(await refusal(fileOf({}, 1))).toContain('to be 10 bytes, header and tensors, got 11');
  });

  test('are as large as the header says before any memory is asked for', async () => {
    const size = 2 ** 52;
    const header = { a: { dtype: 'U8', shape: [size], data_offsets: [0, size] } };
    const said = await formatError(readSafetensors(fileOf(header, 8)));
    expect(said).toContain(`to be ${size} bytes, got the end of the file after `);
  });
});

describe('a wanted tensor', () => {
  const FILE = fileOf({ 'conv.weight': ENTRY }, 8);

  test('is not there, but one of nearly its name', async () => {
    expect(await refusal(FILE, ['conv_weight'])).toBe(
      'FILE to be a file with the tensor "conv_weight", got one without it (did you mean "conv.weight"?)',
    );
  });

  test.each(['toString', '__proto__', '__metadata__'])('is not there: %s', async (name) => {
    expect(await refusal(FILE, [name])).toContain(
      `a file with the tensor "${name}", got one without it`,
    );
  });

  test('is not there, nor any other', async () => {
    expect(await refusal(fileOf({}), ['a'])).toBe(
      'FILE to be a file with the tensor "a", got one without tensors',
    );
  });
});

describe('an argument', () => {
  const SOURCE = 'source to be a path, a URL of a file, a Uint8Array or an AsyncIterable of them';
  test.each<[string, unknown, unknown, string, string]>([
    ['nothing', undefined, undefined, 'ERR_PSE_TYPE', `${SOURCE}, got nothing`],
    [
      'a bare buffer',
      new ArrayBuffer(8),
      undefined,
      'ERR_PSE_TYPE',
      `${SOURCE}, got a bare ArrayBuffer (pass new Uint8Array(buffer))`,
    ],
    [
      'floats',
      new Float32Array(2),
      undefined,
      'ERR_PSE_TYPE',
      `${SOURCE}, got a Float32Array of 2 elements`,
    ],
    [
      'an array of chunks',
      [new Uint8Array(2)],
      undefined,
      'ERR_PSE_TYPE',
      `${SOURCE}, got an array of 1 element`,
    ],
    [
      'names that are none',
      fileOf({}),
      { names: 'a' },
      'ERR_PSE_TYPE',
      'options.names to be an array of strings, got the string "a"',
    ],
    [
      'a name that is none',
      fileOf({}),
      { names: ['a', 1] },
      'ERR_PSE_TYPE',
      'options.names to be an array of strings, got one of the number 1',
    ],
    [
      'another option',
      fileOf({}),
      { name: ['a'] },
      'ERR_PSE_OPTION',
      'options to be an object with known options only, got the option "name" (did you mean \'names\'?)',
    ],
  ])('is refused: %s', async (_, source, options, code, message) => {
    const found = await rejection(readSafetensors(source as FileSource, options as object));
    expect(found).toEqual({
      name: 'TypeError',
      code,
      message: `readSafetensors: expected ${message}`,
    });
  });

  test('is refused: a stream of strings', async () => {
    async function* strings() {
      yield 'text' as unknown as Uint8Array;
    }
    expect((await rejection(readSafetensors(strings()))).message).toBe(
      'readSafetensors: expected source to be an AsyncIterable of Uint8Arrays, got one of the string "text" (read it without an encoding)',
    );
  });
});
