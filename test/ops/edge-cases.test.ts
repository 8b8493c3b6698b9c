// Empty and extreme input of finite numbers: each has one answer.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type Reduction } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { expectClose, expectSame } from '../support/compare';
import { TOLERANCES } from '../support/tolerances';
import { expectAsOracle, VALUES } from './against-oracle';

const DTYPES = ['float32', 'float64'] as const;

describe.each(DTYPES)('no images, %s', (maps) => {
  test.each<[Reduction, unknown]>([
    ['sum', 0],
    ['mean', 0],
    ['none', maps === 'float32' ? new Float32Array(0) : new Float64Array(0)],
  ])('%s is %p', (reduction, nothing) => {
    const batch = makeBatch({ seed: 1, images: 0, maps });
    const options = { reduction, returnMask: true };
    const result = new PSELoss(options).valueAndGradSync(batch.maps, batch.labels);
    for (const each of VALUES) {
      expect(result[each]).toStrictEqual(nothing);
      expect(result.perImage[each].length).toBe(0);
    }
    expect(result.lossPerKernel.shape).toEqual([0, 6]);
    expect(result.selectedMask).toStrictEqual({ data: new Float32Array(0), shape: [0, 48, 40] });
    expect(result.grad.shape).toEqual([0, 7, 12, 10]);
  });
});

test('no images, but any number of kernels, is answered at once', () => {
  const bytes = (...shape: number[]) => ({ data: new Uint8Array(0), shape });
  const maps = { data: new Float32Array(0), shape: [0, 2 ** 40 + 1, 1, 1] };
  const labels = {
    gtTexts: bytes(0, 1, 1),
    gtKernels: bytes(0, 2 ** 40, 1, 1),
    trainingMasks: bytes(0, 1, 1),
  };
  const { loss, grad } = new PSELoss().valueAndGradSync(maps, labels);
  expect([loss, grad.data.length]).toEqual([0, 0]);
});

test('an image without text has losses of exactly 1 and a gradient of exactly 0, whatever is predicted', () => {
  const { maps, labels } = makeBatch({ seed: 4, scene: 'no-text' });
  const result = new PSELoss({ reduction: 'none' }).valueAndGradSync(maps, labels);
  expectSame('lossText', result.lossText, [1, 1]);
  expectSame('lossPerKernel', result.lossPerKernel.data, Array(12).fill(1));
  expectSame('grad', result.grad.data, new Float32Array(result.grad.data.length));
});

test('so has one whose text is all ignored, and its IoUs are 0', () => {
  const { maps, labels } = makeBatch({ seed: 4, scene: 'all-ignored' });
  const result = new PSELoss({ reduction: 'none' }).valueAndGradSync(maps, labels);
  expectSame('lossText', result.lossText, [1, 1]);
  expectSame('lossKernels', result.lossKernels, [1, 1]);
  expectSame('iouText', result.iouText, [0, 0]);
  expectSame('iouKernel', result.iouKernel, [0, 0]);
  expectSame('grad', result.grad.data, new Float32Array(result.grad.data.length));
});

test('so have the kernels where no text is predicted', () => {
  const { maps, labels } = makeBatch({ seed: 4 });
  const texts = maps.data.map((x, i) => (Math.floor(i / 120) % 7 === 0 ? -Math.abs(x) - 1 : x));
  const result = new PSELoss().valueAndGradSync({ ...maps, data: texts }, labels);
  expect(result.lossKernels).toBe(2);
  const perMap = (map: number) => result.grad.data.subarray(map * 120, (map + 1) * 120);
  const moves = Array.from({ length: 14 }, (_, map) => perMap(map).some((g) => g !== 0));
  expect(moves).toEqual([true, ...Array(6).fill(false), true, ...Array(6).fill(false)]);
});

test('a perfect prediction of everything has a loss of 0', () => {
  const { labels } = makeBatch({ seed: 4, images: 1, scale: 1, kernels: 2 });
  const sure = (bits: ArrayLike<number>) => Array.from(bits, (g) => (g === 1 ? 50 : -50));
  const data = [...sure(labels.gtTexts.data), ...sure(labels.gtKernels.data)];
  const maps = { data: Float32Array.from(data), shape: [1, 3, 12, 10] };
  const { loss, iouText, iouKernel } = new PSELoss().forwardSync(maps, labels);
  expectClose('loss', loss, 0, 1e-6);
  expectClose('IoUs', [iouText, iouKernel], [1, 1], 1e-6);
});

describe.each(DTYPES)('eps, %s', (maps) => {
  test.each([1e-30, 1e-12, 1, 1e30])('%p is as the oracle', (eps) => {
    for (const scene of ['words', 'tiny-text', 'no-text', 'all-ignored'] as const) {
      expectAsOracle(makeBatch({ seed: 5, scene, height: 4, width: 3, maps }), { eps });
    }
  });

  test('as large as can be makes every loss 1 and every gradient 0', () => {
    const { maps: logits, labels } = makeBatch({ seed: 5, maps });
    const result = new PSELoss({ eps: Number.MAX_VALUE }).valueAndGradSync(logits, labels);
    expectSame('losses', [result.lossText, result.lossKernels], [2, 2]);
    expectSame('grad', result.grad.data, new Float64Array(result.grad.data.length));
  });
});

test.each(DTYPES)(
  'a mask of 255 counts as 1 for OHEM, shrinks the eps of the kernels, and drops every pixel of the IoUs, %s',
  (maps) => {
    const { maps: logits, labels } = makeBatch({ seed: 6, maps });
    const { trainingMasks } = labels;
    const data = (trainingMasks.data as Uint8Array).map((m) => m * 255);
    const loud = { ...labels, trainingMasks: { ...trainingMasks, data } };
    const options = { reduction: 'none', returnMask: true } as const;
    const plain = new PSELoss(options).forwardSync(logits, labels);
    const actual = new PSELoss(options).forwardSync(logits, loud);
    expect(actual.selectedMask).toStrictEqual(plain.selectedMask);
    expect(actual.lossText).toStrictEqual(plain.lossText);
    // All sums grow by 255², so eps counts for a 255²-th.
    const { lossKernels } = new PSELoss({ ...options, eps: 1e-6 / 255 ** 2 }).forwardSync(
      logits,
      labels,
    );
    expectClose('lossKernels', actual.lossKernels, lossKernels, TOLERANCES[maps].value);
    expectSame('IoUs', [...actual.iouText, ...actual.iouKernel], [0, 0, 0, 0]);
    expectAsOracle({ maps: logits, labels: loud }, { kernelSampleMask: 'gt' });
  },
);

test.each(DTYPES)('labels are read as they are: 255 is not 1, %s', (maps) => {
  const { maps: logits, labels } = makeBatch({ seed: 6, maps });
  const times255 = (label: (typeof labels)['gtTexts']) => ({
    ...label,
    data: (label.data as Uint8Array).map((g) => g * 255),
  });
  const loud = {
    ...labels,
    gtTexts: times255(labels.gtTexts),
    gtKernels: times255(labels.gtKernels),
  };
  const { perImage } = expectAsOracle({ maps: logits, labels: loud });
  const { perImage: plain } = new PSELoss().forwardSync(logits, labels);
  expect(perImage.lossText[0]).toBeGreaterThan(plain.lossText[0]! + 0.1);
});
