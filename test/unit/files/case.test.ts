// A batch in a file: what is written, what comes back, and what is refused in which words. Losses of it: test/ops/case.
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { CaseInput } from '../../../lib/files/case';
import { loadCase } from '../../../lib/files/load-case';
import { readSafetensors } from '../../../lib/files/safetensors-read';
import { safetensorsBytes, writeSafetensors } from '../../../lib/files/safetensors-write';
import { saveCase } from '../../../lib/files/save-case';
import { compactLabels } from '../../../lib/labels/compact-labels';
import { formatError, rejection, temporaryFolder } from './files';

const folder = temporaryFolder();
const FILE = join(folder.path, 'case.safetensors');

const maps = { data: Float32Array.from({ length: 32 }, (_, i) => i - 16), shape: [1, 2, 4, 4] };
const bits = (...shape: number[]) => ({
  data: Uint8Array.from({ length: 64 }, (_, i) => i % 3 && 1),
  shape,
});
const labels = {
  gtTexts: bits(1, 8, 8),
  gtKernels: bits(1, 1, 8, 8),
  trainingMasks: { ...bits(1, 8, 8), dtype: 'bool' as const },
};
const compact = compactLabels(labels, { scale: 2 });

const said = (dtype: string, array: object) => ({ ...array, dtype });

test('labels of pixels come back, with options and note', async () => {
  const options = {
    alpha: 0.1,
    reduction: 'mean',
    preset: { eps: 1e-3 },
    ohemRatio: undefined,
  } as const;
  await saveCase(FILE, { maps, labels, options, note: 'größer als 1?' });
  expect(await loadCase(FILE)).toEqual({
    maps: said('float32', maps),
    labels: {
      gtTexts: said('uint8', labels.gtTexts),
      gtKernels: said('uint8', labels.gtKernels),
      trainingMasks: labels.trainingMasks,
    },
    options: { alpha: 0.1, reduction: 'mean', preset: { eps: 1e-3 } },
    note: 'größer als 1?',
  });
});

test.each([2, 16])('compact labels come back, of scale %d', async (scale) => {
  const wide = (...shape: number[]) => ({ data: new Uint8Array(4096).fill(1), shape });
  const large = {
    gtTexts: wide(1, 64, 64),
    gtKernels: wide(1, 1, 64, 64),
    trainingMasks: wide(1, 64, 64),
  };
  const given = compactLabels(large, { scale, binarizeLabels: true });
  await saveCase(FILE, { maps, labels: given });
  const found = await loadCase(FILE);
  const { counts, ...rest } = given;
  expect(found.labels).toEqual({
    ...rest,
    counts: scale > 15 ? counts : said('uint8', counts),
  });
  expect([found.options, found.note]).toEqual([{}, undefined]);
});

test('the file says what is in it', async () => {
  await saveCase(FILE, { maps, labels: compact, options: { alpha: 0.5 }, note: 'x' });
  const { tensors, metadata } = await readSafetensors(FILE);
  expect(Object.keys(tensors).sort()).toEqual(['counts', 'maps']);
  expect({ ...metadata }).toEqual({
    'pse_loss.version': require('../../../package.json').version,
    'pse_loss.options': '{"alpha":0.5}',
    'pse_loss.note': 'x',
    'pse_loss.compact_labels': '{"scale":2,"kernels":1,"binarizeLabels":false,"version":1}',
  });
  await saveCase(FILE, { maps, labels });
  expect(Object.keys((await readSafetensors(FILE)).tensors).sort()).toEqual([
    'gt_kernels',
    'gt_texts',
    'maps',
    'training_masks',
  ]);
});

test('arrays that do not fit together are written: that may be what is wrong', async () => {
  await saveCase(FILE, { maps, labels: { ...labels, gtTexts: bits(4, 4, 4) } });
  expect((await loadCase(FILE)).labels).toMatchObject({ gtTexts: { shape: [4, 4, 4] } });
});

function circular() {
  const options: Record<string, unknown> = { alpha: 0.5 };
  options.preset = options;
  return options;
}

describe('saveCase refuses', () => {
  test.each<[string, unknown, string, string]>([
    ['no batch', undefined, 'ERR_PSE_TYPE', 'batch to be an object { maps, labels }, got nothing'],
    ['no maps', { labels }, 'ERR_PSE_TYPE', 'maps to be an object { data, shape }, got nothing'],
    [
      'maps of another dtype',
      { maps: labels.gtKernels, labels },
      'ERR_PSE_DTYPE',
      'maps.data to be a typed array of float32, float64, float16, bfloat16, got a Uint8Array of 64 elements (Float32Array.from(data) makes one)',
    ],
    [
      'labels that lack one',
      { maps, labels: { gtTexts: labels.gtTexts } },
      'ERR_PSE_TYPE',
      'labels.gtKernels to be an object { data, shape }, got nothing (labels has "gtTexts")',
    ],
    [
      'compact labels of another version',
      { maps, labels: { ...compact, version: 2 } },
      'ERR_PSE_VALUE',
      'labels.version to be the number 1, got the number 2 (compactLabels of this release makes labels that it reads)',
    ],
    [
      'a note that is none',
      { maps, labels, note: 7 },
      'ERR_PSE_TYPE',
      'note to be a string, got the number 7',
    ],
    [
      'options that are none',
      { maps, labels, options: 'mean' },
      'ERR_PSE_TYPE',
      'options to be an object, got the string "mean"',
    ],
    [
      'options that are no JSON',
      { maps, labels, options: { textThreshold: -Infinity } },
      'ERR_PSE_TYPE',
      'options.textThreshold to be JSON: a string, a number, true, false, an object, got the number -Infinity',
    ],
    [
      'options that are no JSON further in',
      { maps, labels, options: { preset: { alpha: () => 1 } } },
      'ERR_PSE_TYPE',
      'options.preset.alpha to be JSON: a string, a number, true, false, an object, got a function',
    ],
    [
      'options that hold themselves',
      { maps, labels, options: circular() },
      'ERR_PSE_TYPE',
      'options.preset to be JSON: a string, a number, true, false, an object, got an object',
    ],
  ])('%s', async (_, batch, code, message) => {
    const found = await rejection(saveCase(FILE, batch as CaseInput));
    expect([found.code, found.message]).toEqual([code, `saveCase: expected ${message}`]);
  });

  test('a path that is none', async () => {
    const found = await rejection(saveCase(undefined as unknown as string, { maps, labels }));
    expect(found.message).toBe(
      'saveCase: expected path to be a path or a URL of a file, got nothing',
    );
  });
});

describe('loadCase refuses', () => {
  const tensors = {
    maps,
    gt_texts: labels.gtTexts,
    gt_kernels: labels.gtKernels,
    training_masks: labels.trainingMasks,
  };
  const { gt_kernels, ...incomplete } = tensors;
  const ofCounts = { maps, counts: compact.counts };
  const key = 'pse_loss.compact_labels';
  test.each<[string, Parameters<typeof safetensorsBytes>[0], Record<string, string>, string]>([
    ['no tensors', {}, {}, "FILE to be a file with the tensor 'maps', got one without tensors"],
    [
      'a tensor too few',
      incomplete,
      {},
      "FILE to be a file with the tensor 'gt_kernels', got one with maps, gt_texts, training_masks",
    ],
    [
      'maps of another dtype',
      { ...tensors, maps: { ...maps, data: Int32Array.from(maps.data) } },
      {},
      'FILE: maps.data to be a typed array of float32, float64, float16, bfloat16, got an Int32Array of 32 elements (Float32Array.from(data) makes one)',
    ],
    [
      'labels of too few axes',
      { ...tensors, gt_texts: bits(8, 8) },
      {},
      'FILE: gt_texts.shape to be [N, H, W], 3 sizes of 0 or more, got [8, 8] (a batch of one is [1, 8, 8])',
    ],
    [
      'options that are no JSON',
      tensors,
      { 'pse_loss.options': '{alpha: 1}' },
      'pse_loss.options of FILE to be a JSON object, got "{alpha: 1}" (',
    ],
    [
      'options that are no object',
      tensors,
      { 'pse_loss.options': '[1]' },
      'pse_loss.options of FILE to be a JSON object, got "[1]"',
    ],
    [
      'counts without their metadata',
      ofCounts,
      {},
      'FILE: labels.version to be the number 1, got nothing',
    ],
    [
      'counts of another version',
      ofCounts,
      { [key]: '{"version":2}' },
      'FILE: labels.version to be the number 1, got the number 2',
    ],
    [
      'counts of another scale',
      ofCounts,
      { [key]: '{"version":1,"scale":16,"kernels":1,"binarizeLabels":false}' },
      'FILE: labels.counts.data to be a typed array of uint16, got a Uint8Array of',
    ],
  ])('%s', async (_, given, metadata, message) => {
    await writeSafetensors(FILE, given, { metadata });
    const said = await formatError(loadCase(FILE));
    expect(
      said.replaceAll(FILE, 'FILE').slice(0, 'loadCase: expected '.length + message.length),
    ).toBe(`loadCase: expected ${message}`);
  });

  test('a file that is none, by its own name', async () => {
    expect(await formatError(loadCase(new Uint8Array(8)))).toMatch(
      /^loadCase: expected the length of the header of source /,
    );
  });
});

test('a case without metadata has no options and no note', async () => {
  const { options, note } = await loadCase(
    safetensorsBytes({
      maps,
      gt_texts: labels.gtTexts,
      gt_kernels: labels.gtKernels,
      training_masks: labels.trainingMasks,
    }),
  );
  expect([options, note]).toEqual([{}, undefined]);
});
