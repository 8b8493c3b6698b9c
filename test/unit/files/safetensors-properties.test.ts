// What holds of any file: it comes back as it was, and a damaged one is refused or right, never anything else.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSafetensors } from '../../../lib/files/safetensors-read';
import { safetensorsBytes, writeSafetensors } from '../../../lib/files/safetensors-write';
import { formatError, inChunks, temporaryFolder } from './files';

const folder = temporaryFolder();

const CLASSES = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;
type ElementType = keyof typeof CLASSES;

/** An array of any dtype and shape with any bytes: NaN of every kind among them. */
const array = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(CLASSES) as ElementType[])),
    shape: fc.array(fc.nat(3), { maxLength: 4 }),
    seed: fc.nat(255),
  })
  .map(({ dtype, shape, seed }) => {
    const Class = CLASSES[dtype];
    const numel = shape.reduce((product, size) => product * size, 1);
    const data = new Class(numel);
    new Uint8Array(data.buffer).forEach((_, i, bytes) => {
      bytes[i] = (seed + i * 37) % 256;
    });
    return dtype === 'uint16' ? { data, shape } : { data, shape, dtype };
  });
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const file = fc.record({
  tensors: fc.dictionary(
    text.filter((name) => name !== '__metadata__'),
    array,
    { maxKeys: 5 },
  ),
  metadata: fc.dictionary(text, text, { maxKeys: 3 }),
});

/** As bytes, for NaN is not itself. */
function plain({ tensors, metadata }: Awaited<ReturnType<typeof readSafetensors>>) {
  const entries = Object.entries(tensors).map(([name, { data, shape, dtype }]) => {
    const bytes = [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
    return [name, { bytes, class: data.constructor.name, shape, dtype }] as const;
  });
  const order = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) =>
    a < b ? -1 : 1;
  return [entries.sort(order), Object.entries(metadata).sort(order)];
}

const said = (tensors: object) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape, dtype }]) => [
      name,
      dtype === undefined ? { data, shape } : { data, shape, dtype },
    ]),
  );

test('what is written is read', async () => {
  await fc.assert(
    fc.asyncProperty(
      file,
      fc.integer({ min: 1, max: 64 }),
      async ({ tensors, metadata }, length) => {
        const expected = plain({ tensors: said(tensors), metadata });
        const bytes = safetensorsBytes(tensors, { metadata });
        expect(plain(await readSafetensors(bytes))).toEqual(expected);
        expect(plain(await readSafetensors(inChunks(bytes, length)))).toEqual(expected);
        const path = `${folder.path}/any`;
        await writeSafetensors(path, tensors, { metadata });
        expect(plain(await readSafetensors(path))).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

/** ERR_PSE_FORMAT, or a file that is whole; the same from memory and from a stream. */
async function refusedOrRight(bytes: Uint8Array): Promise<'refused' | 'right'> {
  const ways = [() => readSafetensors(bytes), () => readSafetensors(inChunks(bytes, 11))];
  const [a, b] = await Promise.all(
    ways.map(async (way) => {
      try {
        return await way();
      } catch (error) {
        return formatError(Promise.reject(error));
      }
    }),
  );
  if (typeof a === 'string' || typeof b === 'string' || a === undefined || b === undefined) {
    expect([typeof a, typeof b]).toEqual(['string', 'string']);
    return 'refused';
  }
  expect(plain(a)).toEqual(plain(b));
  for (const { data, shape } of Object.values(a.tensors)) {
    expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const sizes = Object.values(a.tensors).map(({ data }) => data.byteLength);
  expect(sizes.reduce((sum, size) => sum + size, 8 + length)).toBe(bytes.length);
  return 'right';
}

describe('a file that is damaged is refused or right:', () => {
  test('cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.nat(), async ({ tensors, metadata }, at) => {
        const bytes = safetensorsBytes(tensors, { metadata });
        expect(await refusedOrRight(bytes.slice(0, at % bytes.length))).toBe('refused');
      }),
      { numRuns: 200 },
    );
  });

  test('with other bits in its header', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async ({ tensors, metadata }, flips) => {
          const bytes = safetensorsBytes(tensors, { metadata });
          const length = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
          for (const [place, bits] of flips) {
            const at = place % length;
            bytes[at] = (bytes[at] as number) ^ bits;
          }
          seen.add(await refusedOrRight(bytes));
        },
      ),
      { numRuns: 500 },
    );
    expect([...seen].sort()).toEqual(['refused', 'right']);
  });

  test('with another digit in its header', async () => {
    const tensors = {
      a: { data: new Float32Array(6), shape: [2, 3] },
      b: { data: new Uint8Array(4), shape: [4] },
    };
    const bytes = safetensorsBytes(tensors);
    const length = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    for (let at = 8; at < length; at++) {
      for (const sign of '0123456789.-e,[]{}": \\') {
        const damaged = bytes.slice();
        damaged[at] = sign.charCodeAt(0);
        await refusedOrRight(damaged);
      }
    }
  });
});
