// binarizeLabels, as mmocr does: instance numbers may come in for text and kernels.
import { describe, expect, test } from '@jest/globals';
import { PSELoss } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { rowOf } from './small';

const all = { returnMask: true, kernelSampleMask: 'gt' } as const;

describe('values', () => {
  test('labels above a half count as 1, all others as 0', () => {
    const { maps, labels } = rowOf([1, -1, 2, 0, -2], [7, 0.5, 0.51, -3, 0], undefined, {
      labels: 'float32',
    });
    const binary = rowOf([1, -1, 2, 0, -2], [1, 0, 1, 0, 0]);
    const loss = new PSELoss({ ...all, binarizeLabels: true });
    const actual = loss.valueAndGradSync(maps, labels);
    expect(actual).toStrictEqual(new PSELoss(all).valueAndGradSync(binary.maps, binary.labels));
    expect(actual.lossText).not.toBe(new PSELoss(all).forwardSync(maps, labels).lossText);
  });

  test('training masks are never made binary', () => {
    const { maps, labels } = rowOf([1, -1], [1, 0], [0.75, 0.25], { labels: 'float32' });
    const [plain, binarized] = [false, true].map((binarizeLabels) =>
      new PSELoss({ ...all, ohemRatio: 0, binarizeLabels }).forwardSync(maps, labels),
    );
    expect(binarized).toStrictEqual(plain);
    expect([...binarized!.selectedMask!.data]).toEqual([0.75, 0.25]);
  });

  test('a label that is NaN counts as 0', () => {
    const { maps, labels } = rowOf([1, -1], [1, Number.NaN], undefined, { labels: 'float32' });
    const zero = rowOf([1, -1], [1, 0], undefined, { labels: 'float32' });
    const loss = new PSELoss({ ...all, binarizeLabels: true });
    const actual = loss.valueAndGradSync(maps, labels);
    expect(actual).toStrictEqual(loss.valueAndGradSync(zero.maps, zero.labels));
  });
});

test('instance numbers give what their outlines give, in every dtype that holds them', () => {
  const { maps, labels } = makeBatch({ seed: 8, images: 3 });
  const numbered =
    (Class: { from(values: Iterable<number>): Uint8Array | Int32Array | Float64Array }) =>
    ({ data, shape }: (typeof labels)['gtTexts']) => ({
      data: Class.from(Array.from(data, (g, p) => g * (1 + (p % 90)))),
      shape,
    });
  const expected = new PSELoss({ ...all, preset: 'mmocr' }).valueAndGradSync(maps, labels);
  for (const Class of [Uint8Array, Int32Array, Float64Array]) {
    const of = numbered(Class);
    const given = { ...labels, gtTexts: of(labels.gtTexts), gtKernels: of(labels.gtKernels) };
    const actual = new PSELoss({ ...all, preset: 'mmocr' }).valueAndGradSync(maps, given);
    expect(actual).toStrictEqual(expected);
  }
});
