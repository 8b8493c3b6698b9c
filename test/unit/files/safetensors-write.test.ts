// What a safetensors file is written as, and how it comes to its place.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readSafetensors } from '../../../lib/files/safetensors-read';
import { safetensorsBytes, writeSafetensors } from '../../../lib/files/safetensors-write';
import { allocate } from '../../../lib/tensor/allocate';
import { errorOf } from '../../support/error-of';
import { rejection, temporaryFolder } from './files';

const folder = temporaryFolder();
const path = (name: string) => join(folder.path, name);

type Tensors = Parameters<typeof safetensorsBytes>[0];

/** The header of a file as it stands, and the data. */
function partsOf(file: Uint8Array) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder().decode(file.subarray(8, 8 + length));
  return { length, header, data: file.slice(8 + length) };
}

const TENSORS = {
  b: { data: new Float32Array([1, 2]), shape: [2] },
  flags: { data: new Uint8Array([0, 1, 2]), shape: [3], dtype: 'bool' },
  a: { data: new Float32Array([3]), dims: [1, 1], type: 'float32' },
  half: { data: new Uint16Array([4]), shape: [], dtype: 'float16' },
  long: { data: new BigInt64Array([-1n]), shape: [1] },
  counts: { data: new Uint16Array([5]), shape: [1] },
} as const satisfies Tensors;

describe('a file', () => {
  test('has the widest elements first, then goes by name, and its header is padded with spaces', () => {
    const { length, header, data } = partsOf(safetensorsBytes(TENSORS, { metadata: { x: 'y' } }));
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"x":"y"},' +
        '"long":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},' +
        '"a":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},' +
        '"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},' +
        '"counts":{"dtype":"U16","shape":[1],"data_offsets":[20,22]},' +
        '"half":{"dtype":"F16","shape":[],"data_offsets":[22,24]},' +
        '"flags":{"dtype":"BOOL","shape":[3],"data_offsets":[24,27]}}',
    );
    expect([length % 8, header.length - header.trimEnd().length < 8]).toEqual([0, true]);
    expect([...data]).toEqual([
      ...Array(8).fill(255),
      ...[0, 0, 64, 64, 0, 0, 128, 63, 0, 0, 0, 64],
      ...[5, 0, 4, 0, 0, 1, 2],
    ]);
  });

  test('of nothing has an empty header', () => {
    expect(partsOf(safetensorsBytes({}))).toEqual({
      length: 8,
      header: '{}      ',
      data: new Uint8Array(0),
    });
  });

  test('has no metadata where there are none', () => {
    expect(partsOf(safetensorsBytes({}, { metadata: {} })).header.trim()).toBe('{}');
  });

  test('takes any name, and keeps its own order of them', async () => {
    const tensors: Record<string, { data: Uint8Array; shape: number[] }> = Object.create(null);
    const names = ['__proto__', '2', '10', 'größe 🙂', '"\n', 'toString', ''];
    for (const [i, name] of names.entries()) tensors[name] = { data: Uint8Array.of(i), shape: [1] };
    const bytes = safetensorsBytes(tensors);
    const keys = [...partsOf(bytes).header.matchAll(/"((?:[^"\\]|\\.)*)":\{/g)];
    expect(keys.map(([, key]) => JSON.parse(`"${key}"`))).toEqual([...names].sort());
    const found = await readSafetensors(bytes);
    for (const [i, name] of names.entries())
      expect(found.tensors[name]?.data).toEqual(Uint8Array.of(i));
  });

  test('is the same on disk as in memory', async () => {
    await writeSafetensors(path('same'), TENSORS, { metadata: { x: 'y' } });
    expect(new Uint8Array(readFileSync(path('same')))).toEqual(
      safetensorsBytes(TENSORS, { metadata: { x: 'y' } }),
    );
  });

  test('is written out of shared memory and out of parts of larger arrays', async () => {
    const shared = allocate('float32', [3]);
    shared.data.set([1, 2, 3]);
    const part = { data: new Float32Array([0, 4, 5, 0]).subarray(1, 3), shape: [2] };
    await writeSafetensors(pathToFileURL(path('shared')), { shared, part });
    const { tensors } = await readSafetensors(path('shared'));
    expect(Array.from(tensors.shared?.data as Float32Array)).toEqual([1, 2, 3]);
    expect(Array.from(tensors.part?.data as Float32Array)).toEqual([4, 5]);
  });
});

describe('on disk', () => {
  test('it replaces the file that was there when it is whole', async () => {
    writeFileSync(path('old'), 'old');
    await writeSafetensors(path('old'), {});
    expect(readFileSync(path('old')).length).toBe(16);
  });

  test('nothing is left of it, and the old file stays, where an array loses its elements on the way', async () => {
    writeFileSync(path('kept'), 'kept');
    const data = new Uint8Array(4);
    const before = readdirSync(folder.path);
    const promise = writeSafetensors(path('kept'), {
      a: { data: new Float64Array(8), shape: [8] },
      data: { data, shape: [4] },
    });
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect((await rejection(promise)).message).toBe(
      'writeSafetensors: expected tensors["data"].data to be 4 elements, as its shape [4] says, got 0 elements (a detached buffer has no elements)',
    );
    expect([readdirSync(folder.path), readFileSync(path('kept'), 'utf8')]).toEqual([
      before,
      'kept',
    ]);
  });

  test("errors are Node's own", async () => {
    await expect(writeSafetensors(path('no/folder'), {})).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(writeSafetensors(folder.path, {})).rejects.toMatchObject({ syscall: 'rename' });
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('refuses', () => {
  const one = { data: new Uint8Array(1), shape: [1] };
  test.each<[string, unknown, unknown, string, string]>([
    [
      'no tensors',
      undefined,
      undefined,
      'ERR_PSE_TYPE',
      'tensors to be an object of arrays by name, got nothing',
    ],
    [
      'an array',
      [one],
      undefined,
      'ERR_PSE_TYPE',
      'tensors to be an object of arrays by name, got an array of 1 element',
    ],
    [
      'a Map',
      new Map(),
      undefined,
      'ERR_PSE_TYPE',
      'tensors to be an object of arrays by name, got a Map (Object.fromEntries(map) makes one)',
    ],
    [
      'a bare array',
      { a: new Uint8Array(1) },
      undefined,
      'ERR_PSE_TYPE',
      'tensors["a"] to be an object { data, shape }, got a Uint8Array of 1 element (pass { data, shape: […] })',
    ],
    [
      'another class',
      { a: { data: new Int16Array(1), shape: [1] } },
      undefined,
      'ERR_PSE_DTYPE',
      'tensors["a"].data to be a typed array of float64, float32, float16, bfloat16, int64, int32, uint16, uint8, bool, got an Int16Array of 1 element (Float64Array.from(data) makes one)',
    ],
    [
      'another size',
      { a: { data: new Uint8Array(2), shape: [1] } },
      undefined,
      'ERR_PSE_SHAPE',
      'tensors["a"].data to be 1 element, as its shape [1] says, got 2 elements',
    ],
    [
      'nine axes',
      { a: { data: new Uint8Array(1), shape: Array(9).fill(1) } },
      undefined,
      'ERR_PSE_SHAPE',
      'tensors["a"].shape to be […], 0 to 8 sizes of 0 or more, got [1, 1, 1, 1, 1, 1, 1, 1, …]',
    ],
    [
      'the name of the metadata',
      { __metadata__: one },
      undefined,
      'ERR_PSE_TYPE',
      'tensors to be arrays by names of their own, got one of the name "__metadata__" (that one stands for options.metadata)',
    ],
    [
      'half a character in a name',
      { 'a\ud800': one },
      undefined,
      'ERR_PSE_TYPE',
      'tensors to be of whole Unicode characters, got the name "a\\ud800", which has half of one',
    ],
    [
      'half a character in a text',
      {},
      { metadata: { a: '\udc00' } },
      'ERR_PSE_TYPE',
      'options.metadata to be of whole Unicode characters, got the text "\\udc00", which has half of one',
    ],
    [
      'metadata that are no texts',
      {},
      { metadata: { a: 1 } },
      'ERR_PSE_TYPE',
      'options.metadata to be an object of strings, got the number 1 for "a"',
    ],
    [
      'metadata that are none',
      {},
      { metadata: 'a' },
      'ERR_PSE_TYPE',
      'options.metadata to be an object of strings, got the string "a"',
    ],
    [
      'another option',
      {},
      { meta: {} },
      'ERR_PSE_OPTION',
      'options to be an object with known options only, got the option "meta" (known are metadata)',
    ],
  ])('%s', async (_, tensors, options, code, message) => {
    const { code: ofBytes, message: said } = errorOf(() =>
      safetensorsBytes(tensors as Tensors, options as object),
    );
    expect([ofBytes, said]).toEqual([code, `safetensorsBytes: expected ${message}`]);
    const found = await rejection(
      writeSafetensors(path('none'), tensors as Tensors, options as object),
    );
    expect([found.code, found.message]).toEqual([code, `writeSafetensors: expected ${message}`]);
    expect(readdirSync(folder.path)).not.toContain('none');
  });

  test('a path that is none', async () => {
    const found = await rejection(writeSafetensors(7 as unknown as string, {}));
    expect(found.message).toBe(
      'writeSafetensors: expected path to be a path or a URL of a file, got the number 7',
    );
  });

  test('a header that no reader takes', () => {
    const metadata = { note: 'x'.repeat(100_000_000) };
    expect(errorOf(() => safetensorsBytes({}, { metadata }))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_RANGE',
      message:
        'safetensorsBytes: expected the header to be at most 100000000 bytes, as readers take it, got 100000032 (it holds the names of the tensors and the metadata)',
    });
  });

  test('a file that there is no memory for', () => {
    const data = new Uint8Array(new SharedArrayBuffer(2 ** 32));
    const tensors = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [i, { data, shape: [2 ** 32] }]),
    );
    expect(errorOf(() => safetensorsBytes(tensors))).toMatchObject({
      code: 'ERR_PSE_OUT_OF_MEMORY',
      message: expect.stringMatching(/^safetensorsBytes: no memory for \d+ bytes$/),
    });
  });
});
