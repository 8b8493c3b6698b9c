// Files against those who made the formats: safetensors of Python, with PyTorch for bfloat16, and numpy.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type NdArray, PSELoss, type PSELossOptions } from 'pse-loss';
import { loadCase } from '../../lib/files/load-case';
import { readNpy } from '../../lib/files/npy';
import { readSafetensors } from '../../lib/files/safetensors-read';
import { writeSafetensors } from '../../lib/files/safetensors-write';
import { saveCase } from '../../lib/files/save-case';
import { makeBatch } from '../support/batch';
import { fromHalf } from '../support/half';
import { runPython } from '../support/python';

/** Every bit set somewhere: NaN of every kind, infinities, subnormals among them. */
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 97 + 31) % 256).buffer;

const TENSORS = {
  float64: { data: new Float64Array(bytes(48)), shape: [2, 3] },
  float32: { data: new Float32Array(bytes(24)), shape: [3, 2, 1] },
  float16: { data: new Uint16Array(bytes(12)), shape: [6], dtype: 'float16' },
  bfloat16: { data: new Uint16Array(bytes(12)), shape: [1, 6], dtype: 'bfloat16' },
  int64: { data: new BigInt64Array(bytes(16)), shape: [2] },
  int32: { data: new Int32Array(bytes(16)), shape: [4] },
  uint16: { data: new Uint16Array(bytes(6)), shape: [3] },
  uint8: { data: new Uint8Array(bytes(5)), shape: [5] },
  bool: { data: Uint8Array.of(0, 1, 1), shape: [3], dtype: 'bool' },
  scalar: { data: Float32Array.of(1.5), shape: [] },
  empty: { data: new Float32Array(0), shape: [2, 0] },
  'größe "1" 🙂': { data: Uint8Array.of(7), shape: [1] },
  toString: { data: Uint8Array.of(8), shape: [1] },
} as const satisfies Record<string, NdArray>;
const METADATA = { format: 'pt', größe: '"\n🙂' };
const BATCH = makeBatch({ seed: 5, images: 1, kernels: 1, maps: 'bfloat16', labels: 'bool' });

type Seen = readonly [dtype: string, shape: readonly number[], bytes: readonly number[]];

const folder = mkdtempSync(join(tmpdir(), 'pse-files-parity-'));
afterAll(() => rmSync(folder, { recursive: true }));

let answer: {
  readonly seen: Readonly<Record<string, Seen>>;
  readonly metadata: object;
  readonly case: readonly unknown[];
  readonly npy: Readonly<Record<string, Seen>>;
};
beforeAll(async () => {
  await writeSafetensors(join(folder, 'ours.safetensors'), TENSORS, { metadata: METADATA });
  const options = { alpha: 0.3, preset: 'psenet' } as const;
  await saveCase(join(folder, 'case-ours.safetensors'), { ...BATCH, options, note: 'größer' });
  answer = JSON.parse(await runPython(join(__dirname, 'files.py'), [folder]));
}, 60_000);

const bytesOf = ({ data }: Pick<NdArray, 'data'>) => [
  ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
];

describe('safetensors', () => {
  test.each(Object.entries<NdArray>(TENSORS))('%s is the same there', (name, tensor) => {
    const [, shape, seen] = answer.seen[name]!;
    expect([shape, seen]).toEqual([tensor.shape, bytesOf(tensor)]);
  });

  test('dtypes have the names that PyTorch gives them', () => {
    const dtypes = [
      'float64',
      'float32',
      'float16',
      'bfloat16',
      'int64',
      'int32',
      'uint16',
      'uint8',
      'bool',
    ];
    expect(dtypes.map((dtype) => answer.seen[dtype]![0])).toEqual(
      dtypes.map((dtype) => `torch.${dtype}`),
    );
  });

  test('metadata are the same there', () => expect(answer.metadata).toEqual(METADATA));

  test('and all of it comes back', async () => {
    const { tensors, metadata } = await readSafetensors(join(folder, 'theirs.safetensors'));
    expect({ ...metadata }).toEqual(METADATA);
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(TENSORS).sort());
    for (const [name, tensor] of Object.entries<NdArray>(TENSORS)) {
      const found = tensors[name]!;
      expect([found.data.constructor, found.shape]).toEqual([
        tensor.data.constructor,
        tensor.shape,
      ]);
      expect(bytesOf(found)).toEqual(bytesOf(tensor));
      if (tensor.dtype !== undefined) expect(found.dtype).toBe(tensor.dtype);
    }
  });
});

describe('a case', () => {
  test('is read there', () => {
    const { maps, labels } = BATCH;
    expect(answer.case).toEqual([
      {
        maps: ['torch.bfloat16', maps.shape],
        gt_texts: ['torch.bool', labels.gtTexts.shape],
        gt_kernels: ['torch.bool', labels.gtKernels.shape],
        training_masks: ['torch.bool', labels.trainingMasks.shape],
      },
      { alpha: 0.3, preset: 'psenet' },
      'größer',
    ]);
  });

  test('that was written there goes into a loss', async () => {
    const file = join(folder, 'case-theirs.safetensors');
    const { maps, labels, options, note } = await loadCase<PSELossOptions>(file);
    expect([maps.dtype, maps.shape, options, note]).toEqual([
      'bfloat16',
      [1, 2, 4, 4],
      { alpha: 0.5 },
      'from Python',
    ]);
    expect(fromHalf(maps.data[0] as number, 'bfloat16')).toBe(-2);
    expect(new PSELoss(options).forwardSync(maps, labels).loss).toBeGreaterThan(0);
  });
});

describe("numpy's file of", () => {
  test.each([
    ['f8', 'float64'],
    ['f4', 'float32'],
    ['f2', 'float16'],
    ['i8', 'int64'],
    ['i4', 'int32'],
    ['u2', undefined],
    ['u1', 'uint8'],
    ['b1', 'bool'],
    ['scalar', 'float32'],
    ['empty', 'float64'],
    ['column', 'float32'],
  ])('%s', async (name, dtype) => {
    const found = await readNpy(join(folder, `${name}.npy`));
    const [, shape, seen] = answer.npy[name]!;
    expect([found.dtype, found.shape, bytesOf(found)]).toEqual([dtype, shape, seen]);
  });

  test.each([1, 2, 3])('version %d', async (version) => {
    const { data, shape } = await readNpy(join(folder, `version${version}.npy`));
    expect([[...(data as Float32Array)], shape]).toEqual([[0, 1, 2], [3]]);
  });

  test.each([
    ['fortran', 'numpy.ascontiguousarray(array)'],
    ['big', "array.astype(array.dtype.newbyteorder('<'))"],
    ['complex', 'array.astype(numpy.float32)'],
    ['texts', 'array.astype(numpy.float32)'],
    ['fields', 'an array with fields is none'],
    ['two', 'numpy.save was called twice'],
  ])('%s is refused, with a way out', async (name, hint) => {
    await expect(readNpy(join(folder, `${name}.npy`))).rejects.toMatchObject({
      code: 'ERR_PSE_FORMAT',
      message: expect.stringContaining(hint),
    });
  });
});
