// Which pixels count for the text kernels. The mask does not come back, so it is seen through the loss of a kernel whose
// logit is 0 and whose target is 1: 1 − 2·½ / (¼ + 1 + 2·eps) where the one pixel counts, exactly 1 where it does not.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { rowOf } from './small';

const COUNTED = 1 - 1 / (1.25 + 2e-6);

function counts(
  logit: number,
  options: PSELossOptions,
  maps: 'float32' | 'float64' = 'float64',
  { text = 1, mask = 1 } = {},
): boolean {
  const batch = rowOf([logit], [text], [mask], { maps, labels: 'float32' });
  const { lossKernels } = new PSELoss(options).forwardSync(batch.maps, batch.labels);
  if (lossKernels === 1) return false;
  expect(lossKernels).toBeCloseTo(COUNTED, 6);
  return true;
}

/** The neighbours of a float32. */
const up32 = (x: number) => next32(x, 1);
const down32 = (x: number) => next32(x, -1);
function next32(x: number, step: 1 | -1): number {
  const float = Float32Array.of(x);
  const bits = new Int32Array(float.buffer);
  bits[0]! += x > 0 ? step : -step;
  return float[0]!;
}

const HALF32 = 1.5 * 2 ** -24;
const HALF64 = 1.5 * 2 ** -53;

describe('values: pred', () => {
  test.each<['float32' | 'float64', number | 'sigmoid-half', number, boolean]>([
    // The largest logit whose sigmoid rounds to a half is not text; the next float is.
    ['float32', 'sigmoid-half', HALF32, false],
    ['float32', 'sigmoid-half', up32(HALF32), true],
    ['float32', 'sigmoid-half', down32(HALF32), false],
    ['float32', 'sigmoid-half', 0, false],
    ['float32', 'sigmoid-half', -3, false],
    ['float64', 'sigmoid-half', HALF64, false],
    ['float64', 'sigmoid-half', HALF64 * (1 + Number.EPSILON), true],
    ['float64', 'sigmoid-half', HALF32, true],
    ['float64', 'sigmoid-half', -0, false],
    // A number is the threshold itself, strictly.
    ['float32', 0, 0, false],
    ['float32', 0, -0, false],
    ['float32', 0, 2 ** -149, true],
    ['float64', 0, -Number.MIN_VALUE, false],
    ['float64', 0, Number.MIN_VALUE, true],
    ['float64', -2, -2, false],
    ['float64', -2, -1.99, true],
    // In real numbers, also where it is no float32: .1 lies below the float32 next to it, .7 above.
    ['float32', 0.1, Math.fround(0.1), true],
    ['float32', 0.1, down32(Math.fround(0.1)), false],
    ['float32', 0.7, Math.fround(0.7), false],
    ['float32', 0.7, up32(Math.fround(0.7)), true],
    ['float32', -0.1, Math.fround(-0.1), false],
    ['float32', -0.7, Math.fround(-0.7), true],
    ['float64', 0.1, 0.1, false],
    ['float64', 0.1, Math.fround(0.1), true],
    // And where it is beyond all of them.
    ['float32', 1e300, 3.4e38, false],
    ['float32', 1e300, Infinity, true],
    ['float32', -1e300, -3.4e38, true],
    ['float32', -1e300, -Infinity, false],
    ['float32', 1e-300, 0, false],
    ['float32', 1e-300, 2 ** -149, true],
  ])('%s, threshold %p: a logit of %p is text: %p', (maps, textThreshold, logit, expected) => {
    expect(counts(logit, { textThreshold }, maps)).toBe(expected);
  });

  test('does not look at the text target', () => {
    expect(counts(1, {}, 'float64', { text: 0 })).toBe(true);
    expect(counts(-1, {}, 'float64', { text: 1 })).toBe(false);
  });

  test('leaves out what is masked out', () => {
    expect(counts(1, {}, 'float64', { mask: 0 })).toBe(false);
  });
});

describe('values: gt', () => {
  const gt = { kernelSampleMask: 'gt' } as const;

  test('looks at the text target alone', () => {
    expect(counts(-9, gt)).toBe(true);
    expect(counts(9, gt, 'float64', { text: 0 })).toBe(false);
    expect(counts(9, { ...gt, textThreshold: 100 })).toBe(true);
  });

  test('leaves out what is masked out', () => {
    expect(counts(1, gt, 'float64', { mask: 0 })).toBe(false);
  });

  test.each(['pred', 'gt'] as const)(
    'weighs with the mask, and with a soft target under gt: %s',
    (kernelSampleMask) => {
      const { maps, labels } = rowOf([1], [0.5], [0.5], { labels: 'float32' });
      const loss = new PSELoss({ kernelSampleMask, eps: 1e-3 });
      const m = kernelSampleMask === 'gt' ? 0.5 * 0.5 : 0.5;
      // a = ½·m², b = ¼·m² + eps, c = m² + eps
      const expected = 1 - m ** 2 / (1.25 * m ** 2 + 2e-3);
      expect(loss.forwardSync(maps, labels).lossKernels).toBeCloseTo(expected, 14);
    },
  );
});

describe('values: union', () => {
  const union = { kernelSampleMask: 'union' } as const;

  test.each([
    [1, 0, true],
    [-1, 1, true],
    [1, 1, true],
    [-1, 0, false],
  ])('a logit of %p over a target of %p counts: %p', (logit, text, expected) => {
    expect(counts(logit, union, 'float64', { text })).toBe(expected);
    expect(counts(logit, union, 'float32', { text })).toBe(expected);
  });

  test('draws the line of predicted text where textThreshold says', () => {
    expect(counts(1, { ...union, textThreshold: 1 }, 'float64', { text: 0 })).toBe(false);
    expect(counts(1, { ...union, textThreshold: 0.9 }, 'float64', { text: 0 })).toBe(true);
  });

  test('leaves out what is masked out', () => {
    expect(counts(1, union, 'float64', { mask: 0 })).toBe(false);
  });

  test('weighs with the larger of prediction and soft target', () => {
    const lossOf = (logit: number) => {
      const { maps, labels } = rowOf([logit], [0.5], [1], { labels: 'float32' });
      return new PSELoss({ ...union, eps: 1e-3 }).forwardSync(maps, labels).lossKernels;
    };
    const weighted = (m: number) => 1 - m ** 2 / (1.25 * m ** 2 + 2e-3);
    expect(lossOf(1)).toBeCloseTo(weighted(1), 14);
    expect(lossOf(-1)).toBeCloseTo(weighted(0.5), 14);
  });
});

describe('values: the training mask in it', () => {
  const half = { kernelTrainingMask: 'above-half' } as const;
  const lossOf = (mask: number, options: PSELossOptions) => {
    const { maps, labels } = rowOf([1], [1], [mask], { labels: 'float32' });
    return new PSELoss({ eps: 1e-3, ...options }).forwardSync(maps, labels).lossKernels;
  };
  const weighted = (m: number) => 1 - m ** 2 / (1.25 * m ** 2 + 2e-3);

  test.each(['pred', 'gt', 'union'] as const)(
    'is its value, or 1 above a half and 0 from there down: %s',
    (kernelSampleMask) => {
      for (const mask of [0.25, 0.5, 0.75, 1, 255]) {
        expect(lossOf(mask, { kernelSampleMask })).toBeCloseTo(weighted(mask), 14);
        expect(lossOf(mask, { kernelSampleMask, ...half })).toBeCloseTo(
          weighted(mask > 0.5 ? 1 : 0),
          14,
        );
      }
    },
  );
});
