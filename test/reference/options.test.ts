// Each option of the oracle against sums worked by hand; 'skip' has a file of its own.
import { describe, expect, test } from '@jest/globals';
import { expectClose, expectSame } from '../support/compare';
import { type ReferenceOptions, referenceLoss } from './pse-loss';
import { diceOf, LN3, lossOf } from './rows';

describe('kernelSampleMask', () => {
  // Predicted text, at 2 and 3, beside true text, at 1 and 2; pixel 4 is neither.
  const row = { text: [-1, 2, 3, -4], gtText: [1, 0.75, 0, 0], mask: [1, 1, 0.5, 1] };

  test.each<[ReferenceOptions['kernelSampleMask'], readonly number[]]>([
    ['pred', [0, 1, 0.5, 0]],
    ['gt', [1, 0.75, 0, 0]],
    // 1 where text is predicted, else the target's value; times the training mask
    ['union', [1, 1, 0.5, 0]],
  ])('%s', (kernelSampleMask, expected) => {
    expectSame('mask', lossOf([row], { kernelSampleMask }).kernelMask.data, expected);
  });

  test('the kernel loss is taken over it', () => {
    const kernel = { kernel: [LN3, 0, -LN3, LN3], gtKernel: [1, 1, 0, 1] };
    const { perImage } = lossOf([{ ...row, ...kernel }], { kernelSampleMask: 'union' });
    // s·m = 3/4, 1/2, 1/8, 0; g·m = 1, 1, 0, 0
    const b = 9 / 16 + 1 / 4 + 1 / 64;
    expectClose('loss', perImage.lossKernels, diceOf(3 / 4 + 1 / 2, b, 2), 1e-15);
  });
});

describe('epsInNumerator', () => {
  test('adds eps to a: an image without text has loss 0 where nothing is predicted', () => {
    const options = { epsInNumerator: true, kernelSampleMask: 'gt' } as const;
    const nothing = { text: [-1000, -1000], gtText: [0, 0] };
    // b = c = eps, a = eps: 1 − 2 eps / 2 eps
    expect([...lossOf([nothing], options).perImage.loss]).toEqual([0]);
    expect([...lossOf([nothing], { kernelSampleMask: 'gt' }).perImage.loss]).toEqual([1]);
  });

  test('gives false alarms a gradient', () => {
    const row = { text: [0, LN3], kernel: [-9, -9], gtText: [0, 0] };
    const { perImage, grad, gradSize } = lossOf([row], { epsInNumerator: true, alpha: 1 });
    // a = 1/2; b + c = 1/4 + 9/16 + 1
    const bc = 29 / 16;
    expectClose('loss', perImage.lossText, 1 - 1 / bc, 1e-15);
    // d loss / d s = 2a / (b + c)² · 2 s, times s (1 − s)
    const ds = (s: number) => (2 / bc ** 2) * s * s * (1 - s);
    expectClose('grad', grad.data.subarray(0, 2), [ds(0.5), ds(0.75)], 1e-15);
    // 4 eps / (b + c)² · the larger of the two s
    expectClose('size', gradSize.data.subarray(0, 1), [(2 / bc ** 2) * 0.75], 1e-15);
  });
});

describe('binarizeLabels', () => {
  const row = {
    ...{ text: [LN3, LN3, 0, -LN3], gtText: [3, 0.5, 0.75, Number.NaN] },
    ...{ kernel: [0, 0, 0, 0], gtKernel: [2, 0, 0.5, 255], mask: [1, 1, 0.5, 1] },
  };
  const binary = { ...row, gtText: [1, 0, 1, 0], gtKernel: [1, 0, 0, 1] };

  test.each(['pred', 'gt', 'union'] as const)(
    'makes 1 of labels above a half and 0 of others and of NaN, with %s',
    (kernelSampleMask) => {
      const options = { kernelSampleMask, binarizeLabels: true };
      const { mining, ...result } = lossOf([row], options);
      const { mining: expected, ...rest } = lossOf([binary], { kernelSampleMask });
      expect(result).toEqual(rest);
      expect(mining).toEqual(expected);
    },
  );

  test('is seen by OHEM, both losses and both IoUs, and leaves the training mask alone', () => {
    const { mining, perImage, kernelMask, selectedMask } = lossOf([row], {
      ...{ binarizeLabels: true, kernelSampleMask: 'gt', ohemRatio: 2 },
    });
    // The mask of pixel 2 is not above a half: it is no positive. Both negatives are asked for.
    expect(mining).toMatchObject([{ positives: 1, negatives: 2, quota: 2, threshold: -LN3 }]);
    expectSame('selected', selectedMask.data, [1, 1, 0, 1]);
    // s = 3/4, 3/4, –, 1/4; g = 1, 0, –, 0
    const b = 9 / 16 + 9 / 16 + 1 / 16;
    expectClose('text', perImage.lossText, diceOf(3 / 4, b, 1), 1e-15);
    expectSame('kernel mask', kernelMask.data, [1, 0, 0.5, 0]);
    // s·m = 1/2, 0, 1/4, 0; g·m = 1, 0, 0, 0
    expectClose('kernels', perImage.lossKernels, diceOf(1 / 2, 1 / 4 + 1 / 16, 1), 1e-15);
    // Text, where the mask is 1: predicted 1, 1, 0; true 1, 0, 0.
    expectClose('iouText', perImage.iouText, (1 / (2 + 1e-6) + 1 / (2 + 1e-6)) / 2, 1e-15);
    // Kernel, where mask · text is 1: the first pixel alone, not predicted, true.
    expect([...perImage.iouKernel]).toEqual([0]);
  });

  test('without it labels are read as they are', () => {
    // g · m = 3, 1/2, –, – of the first three pixels
    const { text, gtText, mask } = row;
    const { perImage } = lossOf(
      [{ text: text.slice(0, 3), gtText: gtText.slice(0, 3), mask: mask.slice(0, 3) }],
      {},
    );
    const b = 9 / 16 + 9 / 16;
    expectClose('text', perImage.lossText, diceOf(9 / 4 + 3 / 8, b, 9 + 1 / 4), 1e-15);
  });
});

describe('fallbackMask', () => {
  const row = { text: [0, 0, 0, 0], gtText: [0, 0, 0, 0], mask: [1, 0.25, 0, 2] };

  test("'value' takes the training mask as it is, 'nonzero' as 0 and 1", () => {
    expectSame('value', lossOf([row], {}).selectedMask.data, row.mask);
    const { selectedMask } = lossOf([row], { fallbackMask: 'nonzero' });
    expectSame('nonzero', selectedMask.data, [1, 1, 0, 1]);
  });

  test('changes nothing where OHEM selects', () => {
    const selecting = { ...row, gtText: [1, 0, 0, 0] };
    const { selectedMask } = lossOf([selecting], { fallbackMask: 'nonzero' });
    expectSame('mask', selectedMask.data, [1, 0, 0, 1]);
  });
});

test("kernelTrainingMask 'above-half' multiplies by 1 where the mask is above a half, else by 0", () => {
  const row = { text: [9, 9, 9, -9], gtText: [1, 1, 1, 1], mask: [0.75, 0.5, 2, 1] };
  const mask = (options: ReferenceOptions) => lossOf([row], options).kernelMask.data;
  expectSame('value', mask({}), [0.75, 0.5, 2, 0]);
  expectSame('above-half', mask({ kernelTrainingMask: 'above-half' }), [1, 0, 1, 0]);
  const gt = { kernelTrainingMask: 'above-half', kernelSampleMask: 'gt' } as const;
  expectSame('above-half of gt', mask(gt), [1, 0, 1, 1]);
});

test("negativePool 'valid' does not let ignored pixels eat the quota", () => {
  const row = { text: [0, 5, 4, 3, 2], gtText: [1, 0, 0, 0, 0], mask: [1, 0, 0.5, 1, 1] };
  const { mining, selectedMask } = lossOf([row], { ohemRatio: 1, negativePool: 'valid' });
  expect(mining).toMatchObject([{ positives: 1, negatives: 2, quota: 1, threshold: 3 }]);
  expectSame('selected', selectedMask.data, [1, 0, 0, 1, 0]);
  const all = lossOf([row], { ohemRatio: 1 });
  expect(all.mining).toMatchObject([{ positives: 1, negatives: 4, quota: 1, threshold: 5 }]);
  expectSame('all', all.selectedMask.data, [1, 0, 0, 0, 0]);
});

describe('textThreshold', () => {
  test('is half of the sigmoid in the precision of the maps, or a number', () => {
    const logits = [1.5 * 2 ** -53, 2 ** -52, 1.5 * 2 ** -24, 2 ** -23];
    const row = { text: logits, gtText: [1, 1, 1, 1] };
    const mask = (textThreshold: ReferenceOptions['textThreshold']) =>
      lossOf([row], { textThreshold }).kernelMask.data;
    expectSame('double', mask('sigmoid-half'), [0, 1, 1, 1]);
    expectSame('0', mask(0), [1, 1, 1, 1]);
    expectSame('a number', mask(1.5 * 2 ** -24), [0, 0, 0, 1]);
  });
});

describe('upsample', () => {
  /** Two logits of each map over 2 × 4 pixels; text in the first column. */
  const upsampled = (options: ReferenceOptions) =>
    referenceLoss(
      { data: Float64Array.of(LN3, -LN3, LN3, -LN3), shape: [1, 2, 1, 2] },
      {
        gtTexts: { data: [1, 0, 0, 0, 1, 0, 0, 0], shape: [1, 2, 4] },
        gtKernels: { data: [1, 1, 0, 0, 0, 0, 0, 0], shape: [1, 1, 2, 4] },
        trainingMasks: { data: Array(8).fill(1), shape: [1, 2, 4] },
      },
      { eps: 0.5, ohemRatio: 0.5, ...options },
    );

  test.each<[string, ReferenceOptions, number]>([
    ["'nearest' repeats logits", { upsample: 'nearest' }, LN3],
    // The second column is a quarter of the way from the first logit to the second, or with corners aligned a third.
    ["'bilinear' takes means of neighbours", { upsample: 'bilinear' }, LN3 / 2],
    ['with corners aligned too', { upsample: 'bilinear', alignCorners: true }, LN3 / 3],
  ])('%s', (_, options, hardest) => {
    const { mining, selectedMask } = upsampled(options);
    expect(mining[0]).toMatchObject({ positives: 2, negatives: 6, quota: 1 });
    expectClose('threshold', mining[0]!.threshold!, hardest, 1e-15);
    expectSame('selected', selectedMask.data, [1, 1, 0, 0, 1, 1, 0, 0]);
  });

  test('the gradient of a logit is that of its pixels, by their weights', () => {
    const row = { text: [LN3, -LN3], gtText: [1, 1, 0, 0] };
    const { grad } = lossOf([row], { upsample: 'bilinear', alpha: 1 }, 2);
    const pixels = lossOf([{ ...row, text: [LN3, LN3 / 2, -LN3 / 2, -LN3] }], { alpha: 1 });
    const [p0, p1, p2, p3] = pixels.grad.data as unknown as [number, number, number, number];
    const expected = [p0 + 0.75 * p1 + 0.25 * p2, 0.25 * p1 + 0.75 * p2 + p3];
    expectClose('grad', grad.data.subarray(0, 2), expected, 1e-15);
  });
});
