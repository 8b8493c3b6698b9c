// emptyImages: images without text to learn are counted with their loss of 1, or skipped with a loss of 0.
import { describe, expect, test } from '@jest/globals';
import { PSELoss } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { expectSame } from '../support/compare';
import { VALUES } from './against-oracle';
import { batchOf, TWO_BLOCKS } from './small';

const EMPTY = {
  ...TWO_BLOCKS,
  gtText: [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ],
};
const IGNORED = {
  ...TWO_BLOCKS,
  mask: [
    [0, 0, 1, 1],
    [0, 1, 1, 1],
  ],
};

describe('values: skip', () => {
  const skip = { emptyImages: 'skip', returnMask: true } as const;

  test.each([
    ['without text', EMPTY],
    ['whose text is all ignored', IGNORED],
  ])('an image %s has losses, IoUs and gradient 0, and is not counted in the mean', (_, image) => {
    const { maps, labels } = batchOf([image, TWO_BLOCKS, image]);
    const alone = batchOf([TWO_BLOCKS]);
    const options = { ...skip, reduction: 'mean' } as const;
    const actual = new PSELoss(options).valueAndGradSync(maps, labels);
    const expected = new PSELoss(options).valueAndGradSync(alone.maps, alone.labels);
    for (const name of VALUES) {
      expect(actual[name]).toBe(expected[name]);
      expectSame(name, actual.perImage[name], [0, expected[name], 0]);
    }
    expect(actual.lossText).toBeGreaterThan(0);
    const { length } = expected.grad.data;
    const zeros = Array(length).fill(0);
    expectSame('grad', actual.grad.data, [...zeros, ...expected.grad.data, ...zeros]);
    expectSame('lossPerKernel', actual.lossPerKernel.data, [0, ...expected.lossPerKernel.data, 0]);
  });

  test('the sum is the sum of the others', () => {
    const { maps, labels } = batchOf([EMPTY, TWO_BLOCKS, TWO_BLOCKS]);
    const alone = batchOf([TWO_BLOCKS, TWO_BLOCKS]);
    const actual = new PSELoss(skip).forwardSync(maps, labels);
    const expected = new PSELoss(skip).forwardSync(alone.maps, alone.labels);
    for (const name of VALUES) expect(actual[name]).toBe(expected[name]);
  });

  test('where all are skipped the mean is 0', () => {
    const { maps, labels } = batchOf([EMPTY, IGNORED]);
    const actual = new PSELoss({ ...skip, reduction: 'mean' }).valueAndGradSync(maps, labels);
    for (const name of VALUES) expect(actual[name]).toBe(0);
    expectSame('grad', actual.grad.data, new Float64Array(actual.grad.data.length));
  });

  test('the selection of a skipped image is what it would be', () => {
    const { maps, labels } = batchOf([IGNORED]);
    const [skipped, included] = (['skip', 'include'] as const).map((emptyImages) =>
      new PSELoss({ ...skip, emptyImages }).forwardSync(maps, labels),
    );
    expect(skipped!.selectedMask).toStrictEqual(included!.selectedMask);
  });

  test('0 wins over NaN, in the gradient too', () => {
    const nan = { ...EMPTY, text: [[Number.NaN, 1]], kernels: [[[Number.NaN, Infinity]]] };
    const { maps, labels } = batchOf([nan]);
    const actual = new PSELoss({ ...skip, reduction: 'none' }).valueAndGradSync(maps, labels);
    for (const name of VALUES) expectSame(name, actual[name], [0]);
    expectSame('grad', actual.grad.data, [0, 0, 0, 0]);
  });

  test('an image is not empty for a text that is fractional but above a half', () => {
    const soft = {
      ...EMPTY,
      gtText: [
        [0.6, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    };
    const hard = {
      ...EMPTY,
      gtText: [
        [0.5, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    };
    const { maps, labels } = batchOf([soft, hard], { labels: 'float32' });
    const { perImage } = new PSELoss(skip).forwardSync(maps, labels);
    expect([perImage.lossText[0]! > 0, perImage.lossText[1]]).toEqual([true, 0]);
  });
});

test('include: such an image has loss 1, and counts', () => {
  const { maps, labels } = batchOf([EMPTY, TWO_BLOCKS]);
  const { perImage, lossText } = new PSELoss({ reduction: 'mean' }).forwardSync(maps, labels);
  expect(perImage.lossText[0]).toBe(1);
  expect(lossText).toBeCloseTo((1 + perImage.lossText[1]!) / 2, 14);
});

test('skip changes nothing where every image has text', () => {
  const { maps, labels } = makeBatch({ seed: 3, images: 4 });
  const results = (['skip', 'include'] as const).map((emptyImages) =>
    new PSELoss({ emptyImages, reduction: 'mean' }).valueAndGradSync(maps, labels),
  );
  expect(results[0]).toStrictEqual(results[1]);
});
