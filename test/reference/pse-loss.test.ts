// The oracle as a whole, held against numbers that upstream's code gave for inputs made of formulas, and its gradient
// against finite differences.
import { describe, expect, test } from '@jest/globals';
import { makeBatch, type Scene } from '../support/batch';
import { expectClose, largestOf } from '../support/compare';
import { FINITE_DIFFERENCES } from '../support/tolerances';
import { finiteDifferences } from './finite-differences';
import { type ReferenceOptions, referenceLoss } from './pse-loss';

const N = 2;
const KERNELS = 6;

/** maps[n, c, i, j] = 3·sin(.7n + 1.3c + .9i + 1.7j), 4 × 4; rectangles of text and kernels in 16 × 16. */
function formulas() {
  const maps = { data: new Float64Array(N * 7 * 16), shape: [N, 7, 4, 4] };
  for (let index = 0; index < maps.data.length; index++) {
    const [n, c] = [Math.floor(index / 112), Math.floor(index / 16) % 7];
    const [i, j] = [Math.floor(index / 4) % 4, index % 4];
    maps.data[index] = 3 * Math.sin(0.7 * n + 1.3 * c + 0.9 * i + 1.7 * j);
  }
  const labels = {
    gtTexts: { data: new Uint8Array(N * 256), shape: [N, 16, 16] },
    gtKernels: { data: new Uint8Array(N * KERNELS * 256), shape: [N, KERNELS, 16, 16] },
    trainingMasks: { data: new Uint8Array(N * 256).fill(1), shape: [N, 16, 16] },
  };
  type Range = readonly [first: number, last: number];
  const fill = (data: Uint8Array, plane: number, rows: Range, columns: Range, value: 0 | 1) => {
    for (let y = rows[0]; y <= rows[1]; y++) {
      for (let x = columns[0]; x <= columns[1]; x++) data[plane * 256 + y * 16 + x] = value;
    }
  };
  const { gtTexts, gtKernels, trainingMasks } = labels;
  fill(gtTexts.data, 0, [3, 11], [2, 12], 1);
  fill(gtTexts.data, 1, [0, 7], [4, 9], 1);
  for (let k = 0; k < KERNELS; k++) {
    const s = Math.floor((k + 1) / 2);
    fill(gtKernels.data, k, [3 + s, 11 - s], [2 + s, 12 - s], 1);
    fill(gtKernels.data, KERNELS + k, [s, 7 - s], [4 + (s >> 1), 9 - (s >> 1)], 1);
  }
  fill(trainingMasks.data, 0, [0, 2], [10, 15], 0);
  fill(trainingMasks.data, 0, [13, 15], [0, 4], 0);
  fill(trainingMasks.data, 1, [5, 9], [8, 15], 0);
  return { maps, labels };
}

/** The numbers are printed to ten digits; the IoUs went through a float32. */
const PRINTED = 5.1e-11;
const PRINTED_IOU = 4e-8;

describe("upstream's numbers on formulas", () => {
  const { maps, labels } = formulas();

  test.each<[string, ReferenceOptions, Record<string, readonly [number, number]>]>([
    [
      'pred, eps 1e-6',
      {},
      {
        lossText: [0.5276995435, 0.6782364375],
        lossKernels: [0.6917749827, 0.8404700759],
        loss: [0.5769221753, 0.726906529],
      },
    ],
    [
      'gt, eps 1e-6',
      { kernelSampleMask: 'gt' },
      {
        lossText: [0.5276995435, 0.6782364375],
        lossKernels: [0.4748566656, 0.514994725],
        loss: [0.5118466802, 0.6292639237],
      },
    ],
    [
      'gt, eps 1e-3',
      { kernelSampleMask: 'gt', eps: 1e-3 },
      {
        lossText: [0.5277044972, 0.6782413585],
        lossKernels: [0.474868176, 0.5150257304],
        loss: [0.5118536009, 0.62927667],
      },
    ],
  ])('%s', (_, options, expected) => {
    const { perImage } = referenceLoss(maps, labels, options);
    for (const [name, values] of Object.entries(expected)) {
      expectClose(name, perImage[name as keyof typeof perImage], values, PRINTED);
    }
    expectClose('iouText', perImage.iouText, [0.3006495535, 0.2647014856], PRINTED_IOU);
    expectClose('iouKernel', perImage.iouKernel, [0.2837199271, 0.4579945803], PRINTED_IOU);
  });

  test('OHEM counts the same pixels', () => {
    const { mining, selectedMask } = referenceLoss(maps, labels);
    expect(mining.map(({ positives, negatives, quota }) => [positives, negatives, quota])).toEqual([
      [99, 157, 157],
      [42, 208, 126],
    ]);
    const selected = (image: number) => selectedMask.data.subarray(image * 256, (image + 1) * 256);
    const count = (image: number) => selected(image).reduce((sum, value) => sum + value, 0);
    // All positives that are learned, and 124 and 108 negatives that are.
    expect([count(0), count(1)]).toEqual([99 + 124, 42 + 108]);
  });

  test('the gradient of the sum is the same', () => {
    const sums = (options: ReferenceOptions) => {
      const { data } = referenceLoss(maps, labels, options).grad;
      return [
        data.reduce((sum, value) => sum + value, 0),
        data.reduce((sum, value) => sum + Math.abs(value), 0),
      ];
    };
    expectClose('pred', sums({}), [-0.0732748012, 0.2133922939], PRINTED);
    expectClose('gt', sums({ kernelSampleMask: 'gt' }), [-0.1071417806, 0.2133442018], PRINTED);
    const first = referenceLoss(maps, labels).grad.data.subarray(0, 4);
    expectClose('row', first, [0.0032675328, 0.0010832845, -0.0039823456, -0.0003603268], PRINTED);
  });
});

describe('reductions', () => {
  const { maps, labels } = formulas();
  const [none, mean, sum] = (['none', 'mean', 'sum'] as const).map((reduction) =>
    referenceLoss(maps, labels, { reduction }),
  );

  test.each(['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const)(
    '%s is kept, averaged or added up',
    (name) => {
      const [first, second] = none!.perImage[name] as unknown as [number, number];
      expect(none![name]).toEqual(Float64Array.of(first, second));
      expect(sum![name]).toBe(first + second);
      expect(mean![name]).toBe((first + second) / 2);
    },
  );

  test("the gradient of 'none' is that of the sum, that of 'mean' an N-th of it", () => {
    expect(none!.grad).toEqual(sum!.grad);
    expectClose(
      'mean',
      mean!.grad.data,
      sum!.grad.data.map((value) => value / N),
      0,
    );
  });
});

describe('the gradient', () => {
  const scenes: readonly Scene[] = [
    'words',
    'tiny-text',
    'dense-text',
    'greedy-ignored',
    'soft-labels',
    'fractional-masks',
    'some-empty',
    'instance-ids',
  ];
  /** Sizes at factor 2, and one that is no multiple. */
  const sizes = { whole: {}, odd: { labelHeight: 7, labelWidth: 8 } };
  const options: readonly (readonly [ReferenceOptions, keyof typeof sizes])[] = [
    [{}, 'whole'],
    [{ kernelSampleMask: 'gt', reduction: 'mean', alpha: 0.3, ohemRatio: 1 }, 'whole'],
    [{ preset: 'mmocr' }, 'whole'],
    [{ preset: 'psenet', alignCorners: true }, 'odd'],
    [
      {
        ...{ preset: 'psenet-py2', kernelSampleMask: 'union', negativePool: 'valid' },
        ...{ emptyImages: 'skip' },
      },
      'odd',
    ],
    [{ upsample: 'bilinear', epsInNumerator: true, eps: 0.5, binarizeLabels: true }, 'odd'],
  ];
  const cases = scenes.flatMap((scene) => options.map((each) => [scene, ...each] as const));

  test.each(cases)('is what finite differences say: %s, %p', (scene, each, size) => {
    const { maps, labels } = makeBatch({
      ...{ seed: 3, scene, maps: 'float64', images: 3 },
      ...{ height: 4, width: 3, scale: 2, kernels: 2, gtKernels: 3, ...sizes[size] },
    });
    const at = Float64Array.from(maps.data);
    const loss = (data: Float64Array) =>
      referenceLoss({ data, shape: maps.shape }, labels, each).loss as number;
    const { grad } = referenceLoss(maps, labels, each);
    // Some of each map's logits, others of each.
    const some = [...at.keys()].filter((index) => index % 5 === 0);
    const expected = finiteDifferences(loss, at, some);
    expectClose(
      'grad',
      some.map((index) => grad.data[index]!),
      expected,
      FINITE_DIFFERENCES,
    );
    expect(largestOf(grad.data)).toBeGreaterThan(1e-3);
  });
});
