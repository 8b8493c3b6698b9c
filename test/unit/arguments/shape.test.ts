// Whether the arrays of a batch fit together: N = 2, K = 3, h × w = 4 × 6, s = 4.
import { describe, expect, test } from '@jest/globals';
import type { ArrayArgument } from '../../../lib/arguments/array';
import { checkBatch, type Upsample } from '../../../lib/arguments/shape';
import { errorOf } from '../../support/error-of';

const FITTING = {
  maps: [2, 4, 4, 6],
  gtTexts: [2, 16, 24],
  gtKernels: [2, 3, 16, 24],
  trainingMasks: [2, 16, 24],
};

function check(changes: Partial<typeof FITTING> = {}, upsample: Upsample = 'nearest') {
  const shapes = { ...FITTING, ...changes };
  // Only shapes are looked at; the elements were counted before.
  const array = (shape: readonly number[]): ArrayArgument<'float32'> => ({
    data: new Float32Array(0),
    shape,
    dtype: 'float32',
  });
  const batch = {
    maps: array(shapes.maps),
    gtTexts: array(shapes.gtTexts),
    gtKernels: array(shapes.gtKernels),
    trainingMasks: array(shapes.trainingMasks),
  };
  return checkBatch('PSELoss.forwardSync', batch, { upsample });
}

/** Labels of one size. */
const labelsOf = (height: number, width: number, kernels = 3) => ({
  gtTexts: [2, height, width],
  gtKernels: [2, kernels, height, width],
  trainingMasks: [2, height, width],
});

describe('takes', () => {
  test('a batch that fits, and says its sizes', () => {
    expect(check()).toEqual({ images: 2, kernels: 3, height: 16, width: 24, scale: 4 });
  });

  test('labels with more kernels than the maps', () => {
    expect(check({ gtKernels: [2, 6, 16, 24] }).kernels).toBe(3);
  });

  test.each(['nearest', 'none', 'bilinear'] as const)('maps as large as the labels: %s', (way) => {
    const { height, width } = check(labelsOf(4, 6), way);
    expect([height, width]).toEqual([4, 6]);
  });

  test.each([1, 3, 40])('the factor %d', (s) => {
    expect(check(labelsOf(s * 4, s * 6)).scale).toBe(s);
  });

  test.each([
    [1, 1],
    [3, 5],
    [17, 24],
    [1000, 1],
  ])('labels of %d×%d to maps that are interpolated', (height, width) => {
    expect(check(labelsOf(height, width), 'bilinear')).toEqual({
      ...{ images: 2, kernels: 3, height, width, scale: undefined },
    });
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
  const refusal = (changes: Partial<typeof FITTING>, upsample?: Upsample) => {
    const { message, ...error } = errorOf(() => check(changes, upsample));
    expect(error).toEqual({ name: 'RangeError', code: 'ERR_PSE_SHAPE' });
    return message.replace('PSELoss.forwardSync: expected ', '');
  };
  const CHANNELS_LAST = '(maps look like [N, h, w, C]; their channels come second, [N, C, h, w])';

  test.each<[string, Partial<typeof FITTING>, string]>([
    [
      'one channel',
      { maps: [2, 1, 4, 6] },
      'maps to be [N, C, h, w] with C ≥ 2, got [2, 1, 4, 6] (channel 0 is the text map, the rest are kernels)',
    ],
    [
      'no channel',
      { maps: [2, 0, 4, 6] },
      'maps to be [N, C, h, w] with C ≥ 2, got [2, 0, 4, 6] (channel 0 is the text map, the rest are kernels)',
    ],
    [
      'maps without rows',
      { maps: [2, 4, 0, 6] },
      'maps to be [N, C, h, w] with pixels, got [2, 4, 0, 6]',
    ],
    [
      'maps without columns',
      { maps: [2, 4, 4, 0] },
      'maps to be [N, C, h, w] with pixels, got [2, 4, 4, 0]',
    ],
    [
      'another number of images',
      { gtTexts: [3, 16, 24] },
      'labels.gtTexts to be [2, H, W], as maps has N = 2, got [3, 16, 24]',
    ],
    [
      'masks of another size',
      { trainingMasks: [2, 4, 6] },
      'labels.trainingMasks to be [2, 16, 24], as labels.gtTexts, got [2, 4, 6]',
    ],
    [
      'too few kernels',
      { gtKernels: [2, 2, 16, 24] },
      'labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ 3, got [2, 2, 16, 24] (maps of 4 channels have 3 kernels)',
    ],
    [
      'kernels of another size',
      { gtKernels: [2, 3, 4, 6] },
      'labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ 3, got [2, 3, 4, 6] (maps of 4 channels have 3 kernels)',
    ],
    [
      'kernels of another number of images',
      { gtKernels: [1, 3, 16, 24] },
      'labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ 3, got [1, 3, 16, 24] (maps of 4 channels have 3 kernels)',
    ],
  ])('%s', (_name, changes, message) => {
    expect(refusal(changes)).toBe(message);
  });

  describe("for upsample: 'nearest', naming the next sizes that fit,", () => {
    test.each([
      ['a broken factor', 18, 27, '16×24 at s = 4 or 20×30 at s = 5'],
      ['two factors', 16, 12, '8×12 at s = 2 or 16×24 at s = 4'],
      ['a turned image', 24, 16, '8×12 at s = 2 or 24×36 at s = 6'],
      ['labels smaller than maps', 2, 3, '4×6 at s = 1'],
      ['one pixel too many', 17, 24, '16×24 at s = 4 or 20×30 at s = 5'],
    ])('%s', (_name, height, width, sizes) => {
      expect(refusal(labelsOf(height, width))).toBe(
        `labels.gtTexts to be [2, s·4, s·6] with one integer s ≥ 1, got [2, ${height}, ${width}] (maps of 4×6 fit labels of ${sizes}; upsample: 'bilinear' takes any size)`,
      );
    });

    test('labels without pixels, which nothing takes', () => {
      expect(refusal(labelsOf(0, 0))).toBe(
        'labels.gtTexts to be [2, s·4, s·6] with one integer s ≥ 1, got [2, 0, 0] (maps of 4×6 fit labels of 4×6 at s = 1)',
      );
    });

    test('channels that come last', () => {
      expect(refusal({ maps: [2, 4, 6, 4] })).toBe(
        `labels.gtTexts to be [2, s·6, s·4] with one integer s ≥ 1, got [2, 16, 24] ${CHANNELS_LAST}`,
      );
    });
  });

  describe("for upsample: 'none'", () => {
    test.each([
      [
        8,
        12,
        "(upsample: 'nearest' takes labels that are 2 times as large; mmocr 0.x samples them down, docs/presets.md)",
      ],
      [5, 6, "(upsample: 'bilinear' takes any size)"],
      [2, 3, "(upsample: 'bilinear' takes any size)"],
    ])('labels of %d×%d', (height, width, hint) => {
      expect(refusal(labelsOf(height, width), 'none')).toBe(
        `labels.gtTexts to be [2, 4, 6], as upsample: 'none' needs, got [2, ${height}, ${width}] ${hint}`,
      );
    });

    test('labels without pixels', () => {
      expect(refusal(labelsOf(0, 6), 'none')).toBe(
        "labels.gtTexts to be [2, 4, 6], as upsample: 'none' needs, got [2, 0, 6]",
      );
    });

    test('channels that come last', () => {
      expect(refusal({ maps: [2, 4, 6, 4], ...labelsOf(4, 6) }, 'none')).toBe(
        `labels.gtTexts to be [2, 6, 4], as upsample: 'none' needs, got [2, 4, 6] ${CHANNELS_LAST}`,
      );
    });
  });

  describe("for upsample: 'bilinear'", () => {
    test.each([
      [0, 24],
      [16, 0],
    ])('labels of %d×%d', (height, width) => {
      expect(refusal(labelsOf(height, width), 'bilinear')).toBe(
        `labels.gtTexts to be [2, H, W] with pixels, got [2, ${height}, ${width}]`,
      );
    });

    test('channels that come last, which their number tells', () => {
      expect(refusal({ maps: [2, 16, 24, 4] }, 'bilinear')).toBe(
        `labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ 15, got [2, 3, 16, 24] ${CHANNELS_LAST}`,
      );
    });

    test.each([
      ['too many channels for both orders', [2, 9, 4, 8], 8],
      ['one channel, were it the last', [2, 9, 4, 1], 8],
    ])('%s', (_name, maps, kernels) => {
      expect(refusal({ maps }, 'bilinear')).toBe(
        `labels.gtKernels to be [2, Kg, 16, 24] with Kg ≥ ${kernels}, got [2, 3, 16, 24] (maps of 9 channels have 8 kernels)`,
      );
    });
  });
});
