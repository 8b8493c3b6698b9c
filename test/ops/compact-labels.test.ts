// Labels as counts give the bits of the labels themselves, in every result.
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { type CompactLabels, compactLabels, PSELoss, type PSELossOptions } from 'pse-loss';
import { labelsOf, makeBatch, SCENES } from '../support/batch';
import { errorOf } from '../support/error-of';

const BINARY = SCENES.filter((scene) => labelsOf(scene) === 'binary');

const OPTIONS: readonly PSELossOptions[] = [
  {},
  { kernelSampleMask: 'gt', reduction: 'mean', ohemRatio: 0.5 },
  { kernelSampleMask: 'union', negativePool: 'valid', eps: 1e-3, epsInNumerator: true },
  { emptyImages: 'skip', reduction: 'mean', textThreshold: 0.3, fallbackMask: 'nonzero' },
  { kernelTrainingMask: 'above-half', reduction: 'none', alpha: 0.2, ohemRatio: 0 },
];

describe.each(['float32', 'float64', 'float16'] as const)('maps of %s', (maps) => {
  test.each(BINARY)('the same bits of every result: %s', (scene) => {
    OPTIONS.forEach((options, i) => {
      for (const scale of [1, 2, 4]) {
        const size = { scale, height: 9, width: 7, images: 3, gtKernels: 6 + (i % 2) };
        const batch = makeBatch({ seed: 50 + i, scene, maps, ...size });
        const compact = compactLabels(batch.labels, { scale });
        const loss = new PSELoss(options);
        const actual = loss.valueAndGradSync(batch.maps, compact);
        expect(actual).toStrictEqual(loss.valueAndGradSync(batch.maps, batch.labels));
        const { grad, ...others } = actual;
        expect(loss.forwardSync(batch.maps, compact)).toStrictEqual(others);
      }
    });
  });
});

test.each([3, 8, 15, 16, 40])('any factor, with counts beyond a byte above 15: %p', (scale) => {
  const batch = makeBatch({ seed: 51, scale, height: 4, width: 3, kernels: 2 });
  const compact = compactLabels(batch.labels, { scale });
  expect(compact.counts.data.constructor).toBe(scale > 15 ? Uint16Array : Uint8Array);
  for (const options of OPTIONS) {
    const loss = new PSELoss(options);
    const actual = loss.valueAndGradSync(batch.maps, compact);
    expect(actual).toStrictEqual(loss.valueAndGradSync(batch.maps, batch.labels));
  }
});

test('a factor of 1 serves a loss without upsampling', () => {
  const batch = makeBatch({ seed: 52, scale: 1 });
  const loss = new PSELoss({ upsample: 'none' });
  const actual = loss.valueAndGradSync(batch.maps, compactLabels(batch.labels, { scale: 1 }));
  expect(actual).toStrictEqual(loss.valueAndGradSync(batch.maps, batch.labels));
});

test('instance numbers, made binary on the way', () => {
  const batch = makeBatch({ seed: 53, scene: 'instance-ids', labels: 'int32' });
  const compact = compactLabels(batch.labels, { scale: 4, binarizeLabels: true });
  const loss = new PSELoss({ binarizeLabels: true, kernelSampleMask: 'gt' });
  const actual = loss.valueAndGradSync(batch.maps, compact);
  expect(actual).toStrictEqual(loss.valueAndGradSync(batch.maps, batch.labels));
});

test('no images', () => {
  const batch = makeBatch({ seed: 54, images: 0 });
  const loss = new PSELoss({ reduction: 'mean' });
  const actual = loss.valueAndGradSync(batch.maps, compactLabels(batch.labels, { scale: 4 }));
  expect(actual).toStrictEqual(loss.valueAndGradSync(batch.maps, batch.labels));
});

test('without the last of more kernels than maps have, only iouKernel differs', () => {
  const batch = makeBatch({ seed: 55, gtKernels: 7 });
  const loss = new PSELoss();
  const expected = loss.valueAndGradSync(batch.maps, batch.labels);
  const compact = compactLabels(batch.labels, { scale: 4, kernels: 6 });
  const actual = loss.valueAndGradSync(batch.maps, compact);
  expect(actual.iouKernel).not.toBe(expected.iouKernel);
  const perImage = { ...actual.perImage, iouKernel: expected.perImage.iouKernel };
  expect({ ...actual, iouKernel: expected.iouKernel, perImage }).toStrictEqual(expected);
});

test('counts that came through a worker and JSON', async () => {
  const batch = makeBatch({ seed: 56 });
  const compact = compactLabels(batch.labels, { scale: 4 });
  const echo =
    "require('node:worker_threads').parentPort.once('message', function (m) { this.postMessage(m); this.close(); })";
  const worker = new Worker(echo, { eval: true });
  const back = await new Promise<CompactLabels>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject).postMessage(compact);
  });
  const text = JSON.stringify({
    ...compact,
    counts: { ...compact.counts, data: [...compact.counts.data] },
  });
  const parsed = JSON.parse(text) as CompactLabels;
  const read = {
    ...parsed,
    counts: { ...parsed.counts, data: Uint8Array.from(parsed.counts.data) },
  };
  const loss = new PSELoss();
  const expected = loss.valueAndGradSync(batch.maps, batch.labels);
  expect(loss.valueAndGradSync(batch.maps, back)).toStrictEqual(expected);
  expect(loss.valueAndGradSync(batch.maps, read)).toStrictEqual(expected);
});

describe('errors', () => {
  const { maps, labels } = makeBatch({ seed: 57 });
  const compact = compactLabels(labels, { scale: 4 });
  const refused = (given: object, options: PSELossOptions = {}) =>
    errorOf(() => new PSELoss(options).forwardSync(maps, given as CompactLabels));

  test.each<[string, PSELossOptions, string]>([
    ['a mask', { returnMask: true }, 'returnMask: true'],
    ['interpolated maps', { upsample: 'bilinear' }, "upsample: 'bilinear'"],
    ['a preset that interpolates', { preset: 'psenet' }, "upsample: 'bilinear'"],
    ['labels made binary', { binarizeLabels: true }, 'binarizeLabels: true'],
  ])('a loss that needs %s', (_, options, words) => {
    const error = refused(compact, options);
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_PSE_OPTION' });
    expect(error.message).toMatch(/^PSELoss\.forwardSync: expected labels to be /);
    expect(error.message).toContain(words);
  });

  test.each<[string, object, string]>([
    ['another version', { version: 2 }, 'ERR_PSE_VALUE'],
    ['no version', { version: undefined }, 'ERR_PSE_TYPE'],
    ['a scale that is none', { scale: 0 }, 'ERR_PSE_RANGE'],
    ['another scale than the counts have bytes for', { scale: 16 }, 'ERR_PSE_DTYPE'],
    ['fewer kernels than the counts have', { kernels: 5 }, 'ERR_PSE_SHAPE'],
    [
      'counts of floats',
      { counts: { ...compact.counts, data: new Float32Array(1) } },
      'ERR_PSE_DTYPE',
    ],
    [
      'counts of another batch',
      { counts: { data: new Uint8Array(15 * 120), shape: [1, 15, 12, 10] } },
      'ERR_PSE_SHAPE',
    ],
    [
      'counts of other maps',
      { counts: { data: new Uint8Array(2 * 15 * 4), shape: [2, 15, 2, 2] } },
      'ERR_PSE_SHAPE',
    ],
    [
      'counts that lost their memory',
      { counts: { ...compact.counts, data: new Uint8Array(0) } },
      'ERR_PSE_SHAPE',
    ],
  ])('labels with %s', (_, change, code) => {
    const error = refused({ ...compact, ...change });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^PSELoss\.forwardSync: expected labels\./);
  });

  test('labels of fewer kernels than maps', () => {
    const few = makeBatch({ seed: 57, kernels: 2 });
    const error = refused(compactLabels(few.labels, { scale: 4 }));
    expect(error).toMatchObject({ code: 'ERR_PSE_SHAPE' });
    expect(error.message).toContain('maps of 7 channels have 6 kernels');
  });

  test('a loss without upsampling, of counts of more than a pixel', () => {
    expect(refused(compact, { upsample: 'none' })).toMatchObject({ code: 'ERR_PSE_SHAPE' });
  });
});
