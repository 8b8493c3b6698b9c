// Whether the arrays of a batch fit together: N = 2, K = 3, h × w = 4 × 6, s = 4.
import { describe, expect, test } from '@jest/globals';
import type { ArrayArgument } from '../../../lib/arguments/array';
import { checkBatch } from '../../../lib/arguments/shape';
import { errorOf } from '../../support/error-of';

const FITTING = {
  maps: [2, 4, 4, 6],
  gtTexts: [2, 16, 24],
  gtKernels: [2, 3, 16, 24],
  trainingMasks: [2, 16, 24],
};

function check(changes: Partial<typeof FITTING> = {}) {
  const shapes = { ...FITTING, ...changes };
  // Only shapes are looked at; the elements were counted before.
  const array = (shape: readonly number[]): ArrayArgument => ({
    data: new Float32Array(0),
    shape,
    dtype: 'float32',
  });
  return checkBatch('PSELoss.forwardSync', {
    maps: array(shapes.maps),
    gtTexts: array(shapes.gtTexts),
    gtKernels: array(shapes.gtKernels),
    trainingMasks: array(shapes.trainingMasks),
  });
}

describe('takes', () => {
  test('a batch that fits, and says its sizes', () => {
    expect(check()).toEqual({ images: 2, kernels: 3, height: 16, width: 24, scale: 4 });
  });

  test('labels with more kernels than the maps', () => {
    expect(check({ gtKernels: [2, 6, 16, 24] }).kernels).toBe(3);
  });

  test('maps as large as the labels', () => {
    const gt = { gtTexts: [2, 4, 6], gtKernels: [2, 3, 4, 6], trainingMasks: [2, 4, 6] };
    expect(check(gt).scale).toBe(1);
  });

  test('a factor that is no power of two', () => {
    const gt = { gtTexts: [2, 12, 18], gtKernels: [2, 3, 12, 18], trainingMasks: [2, 12, 18] };
    expect(check(gt).scale).toBe(3);
  });

  test('an empty batch', () => {
    const empty = {
      maps: [0, 4, 4, 6],
      gtTexts: [0, 16, 24],
      gtKernels: [0, 3, 16, 24],
      trainingMasks: [0, 16, 24],
    };
    expect(check(empty).images).toBe(0);
  });
});

describe('refuses', () => {
  const CHANNELS =
    'expected maps to be [N, C, h, w] with C ≥ 2, got [2, %C, 4, 6] (channel 0 is the text map, the rest are kernels)';
  const FACTOR =
    'expected labels.gtTexts to be [2, s·4, s·6] with one integer s ≥ 1, got %s (maps of 4×6 fit labels of 16×24 at s = 4)';

  test.each<[string, Partial<typeof FITTING>, string]>([
    ['one channel', { maps: [2, 1, 4, 6] }, CHANNELS.replace('%C', '1')],
    ['no channel', { maps: [2, 0, 4, 6] }, CHANNELS.replace('%C', '0')],
    [
      'maps without rows',
      { maps: [2, 4, 0, 6] },
      'expected maps to be [N, C, h, w] with pixels, got [2, 4, 0, 6]',
    ],
    [
      'maps without columns',
      { maps: [2, 4, 4, 0] },
      'expected maps to be [N, C, h, w] with pixels, got [2, 4, 4, 0]',
    ],
    [
      'another number of images',
      { gtTexts: [3, 16, 24] },
      'expected labels.gtTexts to be [2, H, W], as maps has N = 2, got [3, 16, 24]',
    ],
    ['labels without pixels', { gtTexts: [2, 0, 0] }, FACTOR.replace('%s', '[2, 0, 0]')],
    ['labels smaller than maps', { gtTexts: [2, 2, 3] }, FACTOR.replace('%s', '[2, 2, 3]')],
    ['a broken factor', { gtTexts: [2, 18, 27] }, FACTOR.replace('%s', '[2, 18, 27]')],
    ['two factors', { gtTexts: [2, 16, 12] }, FACTOR.replace('%s', '[2, 16, 12]')],
    ['a turned image', { gtTexts: [2, 24, 16] }, FACTOR.replace('%s', '[2, 24, 16]')],
    [
      'masks of another size',
      { trainingMasks: [2, 4, 6] },
      'expected labels.trainingMasks to be [2, 16, 24], as labels.gtTexts, got [2, 4, 6]',
    ],
    [
      'too few kernels',
      { gtKernels: [2, 2, 16, 24] },
      'expected labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ 3, got [2, 2, 16, 24] (maps of 4 channels have 3 kernels)',
    ],
    [
      'kernels of another size',
      { gtKernels: [2, 3, 4, 6] },
      'expected labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ 3, got [2, 3, 4, 6] (maps of 4 channels have 3 kernels)',
    ],
    [
      'kernels of another number of images',
      { gtKernels: [1, 3, 16, 24] },
      'expected labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ 3, got [1, 3, 16, 24] (maps of 4 channels have 3 kernels)',
    ],
  ])('%s', (_name, changes, message) => {
    expect(errorOf(() => check(changes))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message: `PSELoss.forwardSync: ${message}`,
    });
  });
});
