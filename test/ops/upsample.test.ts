// How maps come to the resolution of the labels: nearest by any integer, bilinear by any factor, not at all.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { type BatchOptions, makeBatch } from '../support/batch';
import { expectClose } from '../support/compare';
import { errorOf } from '../support/error-of';
import { random } from '../support/random';
import { expectAsOracle } from './against-oracle';
import { batchOf, LN3 } from './small';

const PRECISIONS = ['float32', 'float64'] as const;

/** Maps over labels of any size, in steps that interpolate exactly where the factor is 2 or 4. */
function batchOfSize(
  [h, w]: readonly [number, number],
  [H, W]: readonly [number, number],
  maps: 'float32' | 'float64',
) {
  const draw = random(h + 10 * w + 100 * H + 1000 * W);
  const { labels } = makeBatch({
    seed: H + W,
    images: 2,
    kernels: 2,
    height: H,
    width: W,
    scale: 1,
  });
  const values = Array.from({ length: 2 * 3 * h * w }, () => draw.integer(-96, 97) / 32);
  const data = maps === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return { name: `${h}×${w} to ${H}×${W}, ${maps}`, maps: { data, shape: [2, 3, h, w] }, labels };
}

describe('values', () => {
  const image = {
    text: [[0, LN3]],
    kernels: [[[0, 0]]],
    gtText: [[1, 1, 1, 1]],
    gtKernels: [[[1, 1, 1, 1]]],
  };

  test.each<[string, PSELossOptions, readonly number[]]>([
    // Pixel centres at −¼, ¼, ¾, 1¼ of the map, clamped to its ends.
    ['bilinear', { upsample: 'bilinear' }, [0, LN3 / 4, (3 * LN3) / 4, LN3]],
    [
      'aligned corners',
      { upsample: 'bilinear', alignCorners: true },
      [0, LN3 / 3, (2 * LN3) / 3, LN3],
    ],
  ])('%s: each pixel lies between its two logits', (_, options, logits) => {
    const { maps, labels } = batchOf([image]);
    const { lossText } = new PSELoss({ ...options, eps: 1e-3 }).forwardSync(maps, labels);
    const s = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    // Everything is text: OHEM falls back to the mask, which is 1.
    const byHand = 1 - (2 * sum(s)) / (sum(s.map((x) => x * x)) + 4 + 2e-3);
    expectClose('lossText', lossText, byHand, 1e-14);
  });

  test('none: a logit a pixel', () => {
    const { maps, labels } = batchOf([{ ...image, gtText: [[1, 0]], gtKernels: [[[1, 1]]] }]);
    const { lossText } = new PSELoss({ upsample: 'none', eps: 1e-3 }).forwardSync(maps, labels);
    // a = ½; b = ¼ + 9/16 + eps; c = 1 + eps
    expectClose('lossText', lossText, 1 - 1 / (13 / 16 + 1 + 2e-3), 1e-14);
  });
});

describe.each(PRECISIONS)('reference, %s', (maps) => {
  test.each([1, 2, 3, 5, 8, 16, 17])('nearest by %p', (scale) => {
    expectAsOracle(makeBatch({ seed: scale, maps, scale, height: 4, width: 5 }), {});
  });

  const sizes: readonly (readonly [readonly [number, number], readonly [number, number]])[] = [
    [
      [20, 20],
      [80, 80],
    ],
    [
      [35, 40],
      [70, 80],
    ],
    [
      [6, 5],
      [96, 80],
    ],
    // Clear of ties by the float64 arithmetic: any factor, up and down, each axis its own.
    [
      [20, 33],
      [77, 100],
    ],
    [
      [90, 20],
      [60, 90],
    ],
    [
      [9, 9],
      [70, 70],
    ],
    [
      [1, 7],
      [129, 3],
    ],
  ];
  test.each(sizes)('bilinear from %p to %p, corners aligned and not', (from, to) => {
    for (const alignCorners of [false, true]) {
      for (const preset of ['psenet', 'mmocr'] as const) {
        expectAsOracle(batchOfSize(from, to, maps), { preset, alignCorners });
      }
    }
  });

  test('none', () => {
    expectAsOracle(batchOfSize([24, 31], [24, 31], maps), { upsample: 'none' });
    expectAsOracle(batchOfSize([24, 31], [24, 31], maps), { preset: 'mmocr-0.x' });
  });
});

test('nearest by 1 is none, bit for bit', () => {
  const batch = makeBatch({ seed: 5, scale: 1, height: 20, width: 30 });
  const results = (['nearest', 'none'] as const).map((upsample) =>
    new PSELoss({ upsample, returnMask: true }).valueAndGradSync(batch.maps, batch.labels),
  );
  expect(results[0]).toStrictEqual(results[1]);
});

describe('errors: which sizes would fit', () => {
  const refused = (
    size: Pick<BatchOptions, 'height' | 'width' | 'scale'>,
    label: readonly [number, number],
    options: PSELossOptions,
  ) => {
    const { maps } = makeBatch({ seed: 1, images: 1, kernels: 1, ...size });
    const [height, width] = label;
    const plane = { data: new Uint8Array(height * width), shape: [1, height, width] };
    const labels = {
      gtTexts: plane,
      gtKernels: { data: plane.data, shape: [1, 1, height, width] },
      trainingMasks: plane,
    };
    return errorOf(() => new PSELoss(options).forwardSync(maps, labels));
  };
  const size = { height: 3, width: 5, scale: 1 };

  test.each<[string, readonly [number, number], PSELossOptions, RegExp]>([
    [
      'nearest',
      [7, 10],
      {},
      /fit labels of 6×10 at s = 2 or 9×15 at s = 3; upsample: 'bilinear' takes any size/,
    ],
    ['nearest', [2, 5], {}, /fit labels of 3×5 at s = 1/],
    [
      'none',
      [6, 10],
      { upsample: 'none' },
      /to be \[1, 3, 5\], as upsample: 'none' needs, .*upsample: 'nearest' takes labels that are 2 times as large/,
    ],
    [
      'none',
      [3, 6],
      { upsample: 'none' },
      /to be \[1, 3, 5\].*upsample: 'bilinear' takes any size/,
    ],
    [
      'bilinear',
      [0, 6],
      { upsample: 'bilinear' },
      /to be \[1, H, W\] with pixels, got \[1, 0, 6\]/,
    ],
  ])('%s, labels of %p', (_, label, options, words) => {
    const { code, message } = refused(size, label, options);
    expect(code).toBe('ERR_PSE_SHAPE');
    expect(message).toMatch(words);
  });
});
