// ohemBatch by itself: the pixels that online hard example mining keeps.
import { describe, expect, test } from '@jest/globals';
import { ohemBatch, ohemBatchSync, PSELoss } from 'pse-loss';
import { mine } from '../reference/ohem';
import { makeBatch, SCENES } from '../support/batch';
import { expectSame } from '../support/compare';
import { loadGoldenOhem } from '../support/golden-functions';

const row = (...values: number[]) => ({
  data: Float32Array.from(values),
  shape: [1, 1, values.length],
});
const SCORES = row(0, 0, 1, 2, 3, 4, 5, 6);
const TEXT = row(1, 1, 0, 0, 0, 0, 0, 0);
const ALL = row(1, 1, 1, 1, 1, 1, 1, 1);

describe('values', () => {
  test('text, and three of the hardest negatives for each, unless another ratio is given', () => {
    expect(ohemBatchSync(SCORES, TEXT, ALL)).toStrictEqual({
      data: Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1),
      shape: [1, 1, 8],
    });
    const selected = ohemBatchSync(SCORES, TEXT, ALL, { ohemRatio: 1.5 });
    expect([...selected.data]).toEqual([1, 1, 0, 0, 0, 1, 1, 1]);
  });

  test('ignored negatives eat the quota, or do not', () => {
    const mask = row(1, 1, 1, 1, 1, 1, 0, 0);
    const of = (negativePool: 'all' | 'valid') => [
      ...ohemBatchSync(SCORES, TEXT, mask, { ohemRatio: 1, negativePool }).data,
    ];
    expect(of('all')).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
    expect(of('valid')).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
  });

  test('the training mask where it falls back: as it is, or as 1 where it is not 0', () => {
    const mask = row(0.5, 1, 0, 255, 0.25, 1, -2, 0);
    const of = (fallbackMask: 'value' | 'nonzero') => [
      ...ohemBatchSync(SCORES, TEXT, mask, { ohemRatio: 0, fallbackMask }).data,
    ];
    expect(of('value')).toEqual([...mask.data]);
    expect(of('nonzero')).toEqual([1, 1, 0, 1, 1, 1, 1, 0]);
  });

  test('is memory of its own, also where it is the mask', () => {
    const { data } = ohemBatchSync(SCORES, TEXT, ALL, { ohemRatio: 0 });
    data.fill(7);
    expect(ALL.data[0]).toBe(1);
  });

  test('no images', () => {
    const none = { data: new Float32Array(0), shape: [0, 2, 3] };
    expect(ohemBatchSync(none, none, none)).toStrictEqual(none);
  });
});

describe('reference', () => {
  const { scores, gtTexts, trainingMasks, results } = loadGoldenOhem();

  test.each(results)(
    "$upstream's own, ratio $ohemRatio",
    ({ ohemRatio, fallbackMask, selected }) => {
      const options = { ohemRatio, fallbackMask };
      expectSame('selected', ohemBatchSync(scores, gtTexts, trainingMasks, options).data, selected);
      const doubles = { data: Float64Array.from(scores.data), shape: scores.shape };
      expectSame(
        'selected',
        ohemBatchSync(doubles, gtTexts, trainingMasks, options).data,
        selected,
      );
    },
  );

  test.each(SCENES)('the oracle and the loss itself: %s', (scene) => {
    const { maps, labels } = makeBatch({
      seed: 70,
      scene,
      scale: 1,
      kernels: 1,
      images: 3,
      height: 20,
      width: 20,
    });
    const size = 400;
    const texts = {
      data: maps.data.filter((_, i) => Math.floor(i / size) % 2 === 0) as typeof maps.data,
      shape: labels.gtTexts.shape,
    };
    for (const negativePool of ['all', 'valid'] as const) {
      const options = { ohemRatio: 1.5, negativePool };
      const { data } = ohemBatchSync(texts, labels.gtTexts, labels.trainingMasks, options);
      const { selectedMask } = new PSELoss({ ...options, returnMask: true }).forwardSync(
        maps,
        labels,
      );
      expectSame('loss', data, selectedMask!.data);
      const image = (of: ArrayLike<number>, n: number) =>
        Array.from({ length: size }, (_, p) => of[n * size + p]!);
      const expected = [0, 1, 2].flatMap((n) => [
        ...mine(
          image(texts.data, n),
          image(labels.gtTexts.data, n),
          image(labels.trainingMasks.data, n),
          1.5,
          { negativePool },
        ).selected,
      ]);
      expectSame('oracle', data, expected);
    }
  });
});

test('the promise resolves to the same, and an error rejects it', async () => {
  expect(await ohemBatch(SCORES, TEXT, ALL)).toStrictEqual(ohemBatchSync(SCORES, TEXT, ALL));
  await expect(ohemBatch(SCORES, TEXT, ALL, { ohemRatio: -1 })).rejects.toMatchObject({
    name: 'RangeError',
    code: 'ERR_PSE_RANGE',
    message:
      'ohemBatch: expected options.ohemRatio to be a finite number of at least 0, got the number -1',
  });
});
