// What a safetensors file is read as, out of every kind of source, and where its elements lie.
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readSafetensors } from '../../../lib/files/safetensors-read';
import type { FileSource } from '../../../lib/files/source';
import { fileOf, inChunks, rejection, temporaryFolder } from './files';

const folder = temporaryFolder();

const HEADER = {
  __metadata__: { format: 'pt' },
  half: { dtype: 'BF16', shape: [3], data_offsets: [16, 22] },
  whole: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
  flags: { dtype: 'BOOL', shape: [2], data_offsets: [22, 24] },
};
const DATA = Uint8Array.from({ length: 24 }, (_, i) => i * 3);
const BYTES = fileOf(HEADER, DATA);
const EXPECTED = {
  whole: { data: new Float32Array(DATA.buffer, 0, 4), shape: [2, 2], dtype: 'float32' },
  half: { data: new Uint16Array(DATA.buffer, 16, 3), shape: [3], dtype: 'bfloat16' },
  flags: { data: new Uint8Array(DATA.buffer, 22, 2), shape: [2], dtype: 'bool' },
};
const PATH = folder.write('some.safetensors', BYTES);

/** Records without a prototype as ones that a test can compare. */
async function read(source: FileSource, names?: readonly string[]) {
  const { tensors, metadata } = await readSafetensors(source, { names });
  expect([Object.getPrototypeOf(tensors), Object.getPrototypeOf(metadata)]).toEqual([null, null]);
  return { tensors: { ...tensors }, metadata: { ...metadata } };
}

describe('out of', () => {
  test.each<[string, () => FileSource]>([
    ['a path', () => PATH],
    ['a URL', () => pathToFileURL(PATH)],
    ['bytes', () => BYTES],
    ['a Buffer', () => Buffer.from(BYTES)],
    ['a stream of Node', () => createReadStream(PATH)],
    [
      'a stream of the web',
      () => new Blob([BYTES as Uint8Array<ArrayBuffer>]).stream() as unknown as FileSource,
    ],
    ['chunks of one byte', () => inChunks(BYTES, 1)],
    ['chunks of 0, 7 and 64 bytes', () => inChunks(BYTES, 0, 7, 64)],
    ['one chunk', () => inChunks(BYTES, 10_000)],
  ])('%s', async (_, source) => {
    expect(await read(source())).toEqual({ tensors: EXPECTED, metadata: { format: 'pt' } });
    const { half } = EXPECTED;
    expect(await read(source(), ['half'])).toEqual({
      tensors: { half },
      metadata: { format: 'pt' },
    });
    expect(await read(source(), [])).toEqual({ tensors: {}, metadata: { format: 'pt' } });
  });

  test('chunks that end anywhere', async () => {
    for (let length = 1; length < BYTES.length; length++) {
      const { tensors } = await read(inChunks(BYTES, length, 5), ['whole', 'flags']);
      expect(tensors).toEqual({ whole: EXPECTED.whole, flags: EXPECTED.flags });
    }
  });

  test('a pipe, which has a path and no size', async () => {
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [found] = await Promise.all([read(pipe), writeFile(pipe, BYTES)]);
    expect(found.tensors).toEqual(EXPECTED);
  });
});

describe('elements lie', () => {
  test.each<[string, () => FileSource]>([
    ['a file', () => PATH],
    ['a stream', () => inChunks(BYTES, 9)],
  ])('of %s in memory that threads share, of each tensor its own', async (_, source) => {
    const { tensors } = await read(source());
    const buffers = Object.values(tensors).map(({ data }) => data.buffer);
    for (const buffer of buffers) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(buffers.map(({ byteLength }) => byteLength)).toEqual([16, 6, 2]);
  });

  test('of bytes where the bytes lie, if they are aligned, and are copied if not', async () => {
    const length = JSON.stringify(HEADER).length;
    const aligned = fileOf(JSON.stringify(HEADER).padEnd(Math.ceil(length / 8) * 8), DATA);
    const { tensors } = await read(aligned);
    for (const { data } of Object.values(tensors)) expect(data.buffer).toBe(aligned.buffer);

    const moved = new Uint8Array(aligned.length + 1);
    moved.set(aligned, 1);
    const { whole, half, flags } = (await read(moved.subarray(1))).tensors;
    expect({ whole, half, flags }).toEqual(EXPECTED);
    expect([whole, half].some((tensor) => tensor?.data.buffer === moved.buffer)).toBe(false);
    expect(flags?.data.buffer).toBe(moved.buffer);
  });
});

describe('takes', () => {
  test('every dtype', async () => {
    const header = Object.fromEntries(
      ['F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'U16', 'U8', 'BOOL'].map((dtype) => [
        dtype,
        { dtype, shape: [0], data_offsets: [0, 0] },
      ]),
    );
    const { tensors } = await read(fileOf(header));
    const found = Object.entries(tensors).map(([name, { data, dtype }]) => [
      name,
      data.constructor.name,
      dtype,
    ]);
    expect(found).toEqual([
      ['F64', 'Float64Array', 'float64'],
      ['F32', 'Float32Array', 'float32'],
      ['F16', 'Uint16Array', 'float16'],
      ['BF16', 'Uint16Array', 'bfloat16'],
      ['I64', 'BigInt64Array', 'int64'],
      ['I32', 'Int32Array', 'int32'],
      ['U16', 'Uint16Array', undefined],
      ['U8', 'Uint8Array', 'uint8'],
      ['BOOL', 'Uint8Array', 'bool'],
    ]);
  });

  test('a scalar, and tensors without elements between others', async () => {
    const header = {
      a: { dtype: 'U8', shape: [], data_offsets: [0, 1] },
      b: { dtype: 'F64', shape: [4, 0], data_offsets: [1, 1] },
      c: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
    };
    const { tensors } = await read(fileOf(header, Uint8Array.of(5, 6, 7)));
    expect(tensors).toEqual({
      a: { data: Uint8Array.of(5), shape: [], dtype: 'uint8' },
      b: { data: new Float64Array(0), shape: [4, 0], dtype: 'float64' },
      c: { data: Uint8Array.of(6, 7), shape: [2], dtype: 'uint8' },
    });
  });

  test.each(['{}', '{}      ', '{"__metadata__":{}}', '{ \n"__metadata__" : {\t} }'])(
    'no tensor at all: %j',
    async (header) => {
      expect(await read(fileOf(header))).toEqual({ tensors: {}, metadata: {} });
    },
  );

  test('names of any kind, and metadata of them', async () => {
    const names = ['__proto__', 'constructor', '', '1', 'größe 東京 🙂', '"\\\n', 'toString'];
    const entries = names.map(
      (name) => [name, { dtype: 'U8', shape: [0], data_offsets: [0, 0] }] as const,
    );
    const text = (pairs: readonly (readonly [string, unknown])[]) =>
      `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`;
    const metadata = text(names.map((name) => [name, `of ${name}`]));
    const header = `{"__metadata__":${metadata},${text(entries).slice(1)}`;
    const found = await readSafetensors(fileOf(header));
    expect(Object.keys(found.tensors).sort()).toEqual([...names].sort());
    expect(names.map((name) => found.metadata[name])).toEqual(names.map((name) => `of ${name}`));
    const { tensors } = await readSafetensors(fileOf(header), { names: ['__proto__'] });
    expect(Object.keys(tensors)).toEqual(['__proto__']);
  });

  test('members of an entry that it does not know', async () => {
    const header = { a: { dtype: 'U8', shape: [1], data_offsets: [0, 1], more: { dtype: 1 } } };
    expect((await read(fileOf(header, 1))).tensors).toHaveProperty('a');
  });
});

describe('tells', () => {
  test('a stream when it wants no more of it', async () => {
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield new Uint8Array(64).fill(255);
      } finally {
        ended = true;
      }
    }
    await rejection(readSafetensors(endless()));
    expect(ended).toBe(true);
  });
});

describe("lets errors pass as they are, Node's", () => {
  test.each<[string, () => string, string]>([
    ['of a file that is not there', () => `${PATH}.gone`, 'ENOENT'],
    ['of a folder', () => folder.path, 'EISDIR'],
  ])('%s', async (_, path, code) => {
    await expect(readSafetensors(path())).rejects.toMatchObject({ code });
  });

  test('of a URL that is no file', async () => {
    const source = new URL('https://example.org/a.safetensors');
    await expect(readSafetensors(source)).rejects.toMatchObject({ code: 'ERR_INVALID_URL_SCHEME' });
  });

  test("and a stream's own", async () => {
    const failure = new Error('connection lost');
    async function* failing() {
      yield BYTES.slice(0, 50);
      throw failure;
    }
    await expect(readSafetensors(failing())).rejects.toBe(failure);
  });
});
