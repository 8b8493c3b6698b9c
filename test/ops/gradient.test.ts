// The gradient of the loss with respect to the maps.
import { describe, expect, test } from '@jest/globals';
import { type NdArray, PSELoss, type PSELossOptions } from 'pse-loss';
import { finiteDifferences } from '../reference/finite-differences';
import { makeBatch, type Scene } from '../support/batch';
import { expectClose, expectSame, largestOf } from '../support/compare';
import { FINITE_DIFFERENCES, TOLERANCES } from '../support/tolerances';
import { batchOf, LN3, TWO_BLOCKS } from './small';

describe('values', () => {
  // dloss/dx = weight · (k1·A + k2·s·B) · s·(1 − s), k1 = −2/(b + c), k2 = 4a/(b + c)²,
  // where A = Σ g·m² and B = Σ m² over the pixels of the logit.
  test.each(['float32', 'float64'] as const)('four pixels at factor 1, %s', (maps) => {
    const { maps: logits, labels } = batchOf(
      [
        {
          text: [[LN3, 0, -LN3, 0]],
          kernels: [[[0, 0, 0, 0]]],
          gtText: [[1, 1, 0, 0]],
          gtKernels: [[[1, 0, 0, 0]]],
        },
      ],
      { maps },
    );
    const loss = new PSELoss({ alpha: 0.75, eps: 7 / 16, kernelSampleMask: 'gt' });
    const { grad } = loss.valueAndGradSync(logits, labels);
    // Text: a = 5/4, b + c = 4. Kernel, on the two pixels of the text: a = 1/2, b + c = 19/8.
    const text = (g: number, s: number) => 0.75 * ((-2 / 4) * g + (5 / 16) * s) * s * (1 - s);
    const kernel = (g: number) => (0.25 * ((-2 / (19 / 8)) * g + (2 / (19 / 8) ** 2) * 0.5)) / 4;
    const expected = [
      ...[text(1, 3 / 4), text(1, 1 / 2), text(0, 1 / 4), text(0, 1 / 2)],
      ...[kernel(1), kernel(0), 0, 0],
    ];
    expectClose('grad', grad.data, expected, TOLERANCES[maps].grad);
  });

  test.each(['float32', 'float64'] as const)('eight pixels at factor 2, %s', (maps) => {
    const { maps: logits, labels } = batchOf([TWO_BLOCKS], { maps });
    const loss = new PSELoss({ alpha: 0.5, ohemRatio: 1 / 3, eps: 3 / 8 });
    const { grad } = loss.valueAndGradSync(logits, labels);
    // Both masks are the left block. Text: A = 3, B = 4, a = 9/4, b + c = 6. Kernel: A = 1, B = 4, a = 1/2, b + c = 11/4.
    const text = ((-2 / 6) * 3 + (9 / 36) * (3 / 4) * 4) * (3 / 16);
    const kernel = ((-2 / (11 / 4)) * 1 + (2 / (11 / 4) ** 2) * (1 / 2) * 4) * (1 / 4);
    expectClose('grad', grad.data, [text / 2, 0, kernel / 2, 0], TOLERANCES[maps].grad);
  });
});

describe('gradient', () => {
  const scenes: readonly Scene[] = [
    'words',
    'noise',
    'tiny-text',
    'dense-text',
    'greedy-ignored',
    'soft-labels',
    'fractional-masks',
  ];
  const options: readonly PSELossOptions[] = [
    {},
    { kernelSampleMask: 'gt', alpha: 0.2, reduction: 'mean' },
    { ohemRatio: 1, textThreshold: 0.5, eps: 1e-3, kernelWeight: 2 },
  ];
  const cases = scenes.flatMap((scene) => options.map((each) => [scene, each] as const));

  test.each(cases)('is what finite differences of the loss say: %s, %p', (scene, each) => {
    const { maps, labels } = makeBatch({
      ...{ seed: 3, scene, maps: 'float64' },
      ...{ height: 4, width: 3, scale: 2, kernels: 2, gtKernels: 3 },
    });
    const loss = new PSELoss(each);
    const at = Float64Array.from(maps.data);
    const valueAt = (data: Float64Array) =>
      loss.forwardSync({ data, shape: maps.shape }, labels).loss as number;
    const { grad } = loss.valueAndGradSync(maps, labels);
    const differences = finiteDifferences(valueAt, at, [...at.keys()]);
    expectClose('grad', grad.data, differences, FINITE_DIFFERENCES);
    expect(largestOf(grad.data)).toBeGreaterThan(1e-3);
  });

  test.each(['float32', 'float64'] as const)("'none' differentiates the sum, %s", (maps) => {
    const { maps: logits, labels } = makeBatch({ seed: 3, images: 3, maps });
    const [none, sum] = (['none', 'sum'] as const).map((reduction) =>
      new PSELoss({ reduction }).valueAndGradSync(logits, labels),
    );
    expect(none!.grad).toStrictEqual(sum!.grad);
  });

  test.each(['float32', 'float64'] as const)("'mean' has an N-th of it, %s", (maps) => {
    const { maps: logits, labels } = makeBatch({ seed: 3, images: 3, maps });
    const [mean, sum] = (['mean', 'sum'] as const).map((reduction) =>
      new PSELoss({ reduction }).valueAndGradSync(logits, labels),
    );
    const third = Array.from(sum!.grad.data, (value) => value / 3);
    const within = TOLERANCES[maps].grad * largestOf(third);
    expectClose('grad', mean!.grad.data, third, within);
    expect(largestOf(third)).toBeGreaterThan(1e-4);
  });

  test('is linear in the two weights', () => {
    const { maps, labels } = makeBatch({ seed: 3, maps: 'float64' });
    const gradOf = (alpha: number, kernelWeight: number) =>
      new PSELoss({ alpha, kernelWeight }).valueAndGradSync(maps, labels).grad.data;
    const [text, kernels, both] = [gradOf(1, 0), gradOf(0, 1), gradOf(0.25, 3)];
    const combined = text.map((value, i) => 0.25 * value + 3 * kernels[i]!);
    expectClose('grad', both, combined, 1e-15);
    // The text map has its part from the text loss alone, the kernels theirs from the kernel loss alone.
    const [, channels, height, width] = maps.shape as [number, number, number, number];
    const isText = (i: number) => Math.floor(i / (height * width)) % channels === 0;
    const zeros = new Float64Array(text.length);
    expectSame(
      'text',
      text.map((value, i) => (isText(i) ? 0 : value)),
      zeros,
    );
    expectSame(
      'kernels',
      kernels.map((value, i) => (isText(i) ? value : 0)),
      zeros,
    );
  });

  test('of an image does not depend on the others', () => {
    const { maps, labels } = makeBatch({ seed: 3, images: 3, maps: 'float64' });
    const whole = new PSELoss().valueAndGradSync(maps, labels);
    const second = <T extends Float64Array | Float32Array | Uint8Array>(all: NdArray<T>) => {
      const length = all.data.length / 3;
      return {
        data: all.data.slice(length, 2 * length) as T,
        shape: [1, ...all.shape.slice(1)],
      };
    };
    const alone = new PSELoss().valueAndGradSync(second(maps), {
      gtTexts: second(labels.gtTexts),
      gtKernels: second(labels.gtKernels),
      trainingMasks: second(labels.trainingMasks),
    });
    expectClose('grad', second(whole.grad).data, alone.grad.data, 1e-15);
    expectClose('loss', whole.perImage.loss[1]!, alone.loss, 1e-15);
  });

  test('takes a step downhill', () => {
    const { maps, labels } = makeBatch({ seed: 3 });
    const { loss, grad } = new PSELoss().valueAndGradSync(maps, labels);
    const data = (maps.data as Float32Array).map((x, i) => x - grad.data[i]!);
    expect(new PSELoss().forwardSync({ ...maps, data }, labels).loss).toBeLessThan(loss);
  });
});

describe('the gradient grows with gradScale, whatever it and eps are', () => {
  // k1 is up to 1e30 here, and 1e42 with the scale: float32 ends at 3.4e38.
  test.each(['float32', 'float64'] as const)('without text it is 0: %s', (maps) => {
    const { maps: logits, labels } = makeBatch({ seed: 3, scene: 'all-ignored', maps });
    const { grad } = new PSELoss({ eps: 1e-30 }).valueAndGradSync(logits, labels, {
      gradScale: 1e12,
    });
    expect(grad.data.every((g) => g === 0)).toBe(true);
  });

  test('with next to none of it, it is linear', () => {
    const maps = { data: Float64Array.of(-40, -40), shape: [1, 2, 1, 1] };
    const label = (value: number) => ({ data: Float64Array.of(value), shape: [1, 1, 1] });
    const labels = {
      gtTexts: label(1),
      gtKernels: { data: Float64Array.of(1e-12), shape: [1, 1, 1, 1] },
      trainingMasks: label(1),
    };
    const loss = new PSELoss({ upsample: 'none', kernelSampleMask: 'gt', eps: 1e-30 });
    const of = (gradScale: number) =>
      loss.valueAndGradSync(maps, labels, { gradScale }).grad.data[1]! / gradScale;
    expect(of(1)).not.toBe(0);
    for (const gradScale of [1e3, 1e6, 1e9, 1e12]) {
      expect(Math.abs(of(gradScale) / of(1) - 1)).toBeLessThan(1e-12);
    }
  });
});
