// The loss on arrays as a whole: what comes back, in which shape, with which values. What its steps do is tried in files of
// their own beside this one.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { expectClose, expectSame } from '../support/compare';
import { TOLERANCES } from '../support/tolerances';
import { VALUES } from './against-oracle';
import { batchOf, type Image, LN3, TWO_BLOCKS } from './small';

const IOU_EPS = 1e-6;
const REDUCTIONS = ['none', 'mean', 'sum'] as const;
const DTYPES = ['float32', 'float64'] as const;

/** Factor 1: four pixels, two of them text, one kernel. */
const FOUR_PIXELS: Image = {
  text: [
    [LN3, 0],
    [-LN3, 0],
  ],
  kernels: [
    [
      [0, 0],
      [0, 0],
    ],
  ],
  gtText: [
    [1, 1],
    [0, 0],
  ],
  gtKernels: [
    [
      [1, 0],
      [0, 0],
    ],
  ],
};

/** Factor 2: two logits of each map over eight pixels, the last of which is not learned. */
const LAST_IGNORED: Image = {
  ...TWO_BLOCKS,
  mask: [
    [1, 1, 1, 1],
    [1, 1, 1, 0],
  ],
};

describe('smoke', () => {
  test("computes what the class's documentation says", () => {
    const loss = new PSELoss({ reduction: 'mean' });
    const maps = { data: new Float32Array(1 * 7 * 4 * 4), shape: [1, 7, 4, 4] };
    const labels = {
      gtTexts: { data: new Uint8Array(16 * 16).fill(1), shape: [1, 16, 16] },
      gtKernels: { data: new Uint8Array(6 * 16 * 16).fill(1), shape: [1, 6, 16, 16] },
      trainingMasks: { data: new Uint8Array(16 * 16).fill(1), shape: [1, 16, 16] },
    };
    const result = loss.valueAndGradSync(maps, labels);
    expectClose('loss', result.loss, 0.44, 1e-6); // no text predicted: lossKernels is 1
    expectClose('lossText', result.lossText, 0.2, 1e-6);
    expect(result.lossKernels).toBe(1);
    expect(result.grad.shape).toEqual([1, 7, 4, 4]);
  });

  test('computes the same with and without the gradient', () => {
    const { maps, labels } = makeBatch({ seed: 1 });
    const loss = new PSELoss({ returnMask: true });
    const { grad, ...values } = loss.valueAndGradSync(maps, labels);
    expect(loss.forwardSync(maps, labels)).toStrictEqual(values);
    expect(grad.data.some((value) => value !== 0)).toBe(true);
  });
});

describe('shape', () => {
  const sizes = [
    { images: 3, kernels: 1, gtKernels: 1, height: 2, width: 5, scale: 3 },
    { images: 1, kernels: 4, gtKernels: 7, height: 3, width: 2, scale: 1 },
  ];
  const cases = sizes.flatMap((size) =>
    DTYPES.flatMap((dtype) => REDUCTIONS.map((reduction) => ({ size, dtype, reduction }))),
  );

  test.each(cases)('$size, $dtype, $reduction', ({ size, dtype, reduction }) => {
    const { maps, labels } = makeBatch({ seed: 1, ...size, maps: dtype });
    const result = new PSELoss({ reduction, returnMask: true }).valueAndGradSync(maps, labels);
    const { images, kernels, height, width, scale } = size;
    const name = dtype === 'float32' ? 'Float32Array' : 'Float64Array';

    for (const each of VALUES) {
      const reduced = result[each];
      expect(outline(result.perImage[each])).toEqual([name, images]);
      expect(outline(reduced)).toEqual(reduction === 'none' ? [name, images] : ['number']);
    }
    expect(outline(result.lossPerKernel)).toEqual([name, images * kernels, [images, kernels]]);
    const pixels = [images, height * scale, width * scale];
    expect(outline(result.selectedMask)).toEqual(['Float32Array', numel(pixels), pixels]);
    expect(outline(result.grad)).toEqual([name, numel(maps.shape), [...maps.shape]]);
  });

  test('has only what was asked for', () => {
    const { maps, labels } = makeBatch({ seed: 1 });
    const names = [...VALUES, 'perImage', 'lossPerKernel'];
    expect(Object.keys(new PSELoss().forwardSync(maps, labels))).toEqual(names);
    expect(Object.keys(new PSELoss({ returnMask: true }).valueAndGradSync(maps, labels))).toEqual([
      ...names,
      'selectedMask',
      'grad',
    ]);
  });
});

describe('values', () => {
  describe.each(DTYPES)('%s', (maps) => {
    const { value } = TOLERANCES[maps];
    const run = (images: readonly Image[], options: PSELossOptions) => {
      const { maps: logits, labels } = batchOf(images, { maps });
      return new PSELoss({ ...options, returnMask: true }).forwardSync(logits, labels);
    };

    test('four pixels at factor 1', () => {
      const { perImage, selectedMask } = run([FOUR_PIXELS], { alpha: 0.75, eps: 7 / 16 });
      // 2 positives · 3, but only 2 negatives: all four are kept.
      expectSame('selectedMask', selectedMask!.data, [1, 1, 1, 1]);
      // a = 3/4 + 1/2; b = 9/16 + 1/4 + 1/16 + 1/4 + eps; c = 2 + eps; b + c = 4
      expectClose('lossText', perImage.lossText, [1 - 2.5 / 4], value);
      // Predicted text is the first pixel: a = 1/2; b + c = 1/4 + 1 + 2·eps = 17/8
      expectClose('lossKernels', perImage.lossKernels, [1 - 8 / 17], value);
      expectClose('loss', perImage.loss, [0.75 * (1 - 2.5 / 4) + 0.25 * (1 - 8 / 17)], value);
      // Text: {0} of {0, 1}; background: {2, 3} of {1, 2, 3}.
      const iouText = (1 / (2 + IOU_EPS) + 2 / (3 + IOU_EPS)) / 2;
      expectClose('iouText', perImage.iouText, [iouText], value);
      // Inside the text, nothing is predicted as kernel: {1} of {0, 1}, and none of {0}.
      expectClose('iouKernel', perImage.iouKernel, [1 / (2 + IOU_EPS) / 2], value);
    });

    test('the same with the text itself as kernel mask', () => {
      const { perImage } = run([FOUR_PIXELS], { kernelSampleMask: 'gt', eps: 7 / 16 });
      // a = 1/2; b + c = 1/4 + 1/4 + 1 + 2·eps = 19/8
      expectClose('lossKernels', perImage.lossKernels, [1 - 8 / 19], value);
    });

    test('eight pixels at factor 2, where a logit counts for each pixel below it', () => {
      const result = run([LAST_IGNORED], { alpha: 0.5, ohemRatio: 1 / 3, eps: 3 / 8 });
      // 3 positives / 3 = 1 negative: the fourth pixel of the left block, which makes ln 3 the threshold.
      expectSame('selectedMask', result.selectedMask!.data, [1, 1, 0, 0, 1, 1, 0, 0]);
      // a = 3·3/4; b = 4·9/16 + eps; c = 3 + eps; b + c = 6
      expectClose('lossText', result.lossText, 1 - 4.5 / 6, value);
      // The left block is predicted text: a = 1/2; b = 4·1/4 + eps; c = 1 + eps; b + c = 11/4
      expectClose('lossKernels', result.lossKernels, 1 - 4 / 11, value);
      expectClose('loss', result.loss, (1 - 4.5 / 6 + 1 - 4 / 11) / 2, value);
    });

    test('two kernels have a loss each, and their mean', () => {
      const all = [
        [1, 1],
        [1, 1],
      ];
      const { kernels, gtKernels } = FOUR_PIXELS;
      const two = {
        ...FOUR_PIXELS,
        kernels: [...kernels, ...kernels],
        gtKernels: [...gtKernels, all],
      };
      const { lossPerKernel, lossKernels } = run([two], { kernelSampleMask: 'gt', eps: 7 / 16 });
      // The second: a = 1/2 + 1/2; b + c = 1/4 + 1/4 + 2 + 2·eps = 27/8
      const [first, second] = [1 - 8 / 19, 1 - 16 / 27];
      expectClose('lossPerKernel', lossPerKernel.data, [first, second], value);
      expectClose('lossKernels', lossKernels, (first + second) / 2, value);
    });

    test('of more targets than kernels the first are learned, and the last is what the IoU compares with', () => {
      const { gtText, gtKernels } = FOUR_PIXELS;
      const more = { ...FOUR_PIXELS, gtKernels: [...gtKernels, gtText] };
      const { lossKernels, iouKernel } = run([more], { eps: 7 / 16 });
      expectClose('lossKernels', lossKernels, 1 - 8 / 17, value);
      // Both pixels of the text are kernel now, and none is found.
      expect(iouKernel).toBe(0);
    });

    test('kernelWeight weighs the kernels on their own', () => {
      const { loss } = run([FOUR_PIXELS], { alpha: 0.5, kernelWeight: 2, eps: 7 / 16 });
      expectClose('loss', loss, 0.5 * (1 - 2.5 / 4) + 2 * (1 - 8 / 17), 2.5 * value);
    });

    test('reductions keep, average or add up all five values of the images', () => {
      const nothing = [
        [0, 0],
        [0, 0],
      ];
      const empty = { ...FOUR_PIXELS, gtText: nothing, gtKernels: [nothing] };
      const [none, mean, sum] = REDUCTIONS.map((reduction) =>
        run([FOUR_PIXELS, empty], { reduction, eps: 7 / 16 }),
      );
      // Without text every loss is 1. Background: {1, 2, 3} of all four; text: none of {0}. No pixel inside the text.
      expectClose('lossText', none!.lossText, [1 - 2.5 / 4, 1], value);
      expectClose('iouText', none!.iouText, [7 / 12, 3 / 8], 1e-6);
      expectClose('iouKernel', none!.iouKernel, [1 / 4, 0], 1e-6);
      for (const each of VALUES) {
        const [first, second] = none!.perImage[each] as unknown as [number, number];
        expect(none![each]).toEqual(none!.perImage[each]);
        expect(mean!.perImage[each]).toEqual(none!.perImage[each]);
        expectClose(`mean ${each}`, mean![each], (first + second) / 2, value);
        expectClose(`sum ${each}`, sum![each], first + second, 2 * value);
      }
    });
  });
});

/** Class, elements and shape of an array; 'number' for a number. */
function outline(value: unknown) {
  if (typeof value === 'number') return ['number'];
  if (ArrayBuffer.isView(value)) return [value.constructor.name, (value as Float32Array).length];
  const { data, shape } = value as { data: Float32Array; shape: number[] };
  return [data.constructor.name, data.length, shape];
}

function numel(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
