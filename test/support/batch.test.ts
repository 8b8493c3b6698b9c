// What every test that draws a batch relies on.
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { asNumbers, LABEL_DTYPES, labelDTypes, MAP_DTYPES, makeBatch, SCENES } from './batch';

test('a seed gives the same bytes for ever', () => {
  const hash = createHash('sha256');
  for (const scene of SCENES) {
    const { maps, labels } = makeBatch({ seed: 1, scene, height: 4, width: 5, kernels: 2 });
    for (const { data } of [maps, ...Object.values(labels)]) hash.update(data);
  }
  expect(hash.digest('hex')).toBe(
    '0105afe78f1c91c60fe294c04bee1d0443ec1a0570ffcc0cd8b0337579c6f163',
  );
});

describe('dtypes', () => {
  const plain = makeBatch({ seed: 2, maps: 'float64' });

  test.each(MAP_DTYPES)('maps in %s are the same logits, rounded', (dtype) => {
    const { maps } = makeBatch({ seed: 2, maps: dtype });
    const widened = asNumbers({ ...plain, maps }).maps;
    const digits = { float16: 11, bfloat16: 8, float32: 24, float64: 53 }[dtype];
    expect(widened.shape).toEqual(plain.maps.shape);
    expect(widened.data.BYTES_PER_ELEMENT).toBe(dtype === 'float64' ? 8 : 4);
    for (const [i, value] of plain.maps.data.entries()) {
      const error = Math.abs(widened.data[i]! - value);
      expect(error).toBeLessThanOrEqual(2 ** -digits * Math.abs(value));
    }
  });

  test.each(LABEL_DTYPES)('labels in %s are the same numbers', (dtype) => {
    for (const scene of ['words', 'instance-ids'] as const) {
      if (!labelDTypes(scene).includes(dtype)) continue;
      const expected = makeBatch({ seed: 2, scene }).labels;
      const { labels } = asNumbers(makeBatch({ seed: 2, scene, labels: dtype }));
      for (const name of ['gtTexts', 'gtKernels', 'trainingMasks'] as const) {
        expect(labels[name].shape).toEqual(expected[name].shape);
        expect([...labels[name].data]).toEqual([...expected[name].data]);
      }
    }
  });

  test('are said where the class does not tell', () => {
    const of = (options: Parameters<typeof makeBatch>[0]) => {
      const { maps, labels } = makeBatch(options);
      return [maps.dtype, labels.gtTexts.dtype];
    };
    expect(of({ seed: 2 })).toEqual([undefined, undefined]);
    const { maps, labels } = makeBatch({ seed: 2, maps: 'bfloat16', labels: 'bool' });
    const { gtTexts, trainingMasks } = labels;
    const dtypes = [maps, gtTexts, trainingMasks].map(({ dtype }) => dtype);
    expect(dtypes).toEqual(['bfloat16', 'bool', 'bool']);
  });

  test('that cannot hold a scene are refused', () => {
    expect(() => makeBatch({ seed: 2, scene: 'soft-labels', labels: 'uint8' })).toThrow(
      'uint8 cannot hold soft-labels',
    );
    expect(() => makeBatch({ seed: 2, scene: 'instance-ids', labels: 'bool' })).toThrow(
      'bool cannot hold instance-ids',
    );
  });

  test('bool is read as anything but 0', () => {
    const { maps, labels } = makeBatch({ seed: 2, labels: 'bool' });
    labels.gtTexts.data[0] = 7;
    expect(asNumbers({ maps, labels }).labels.gtTexts.data[0]).toBe(1);
  });
});

test('labels may have a size that is no multiple of the maps', () => {
  const { name, maps, labels } = makeBatch({
    ...{ seed: 3, images: 1, kernels: 2, height: 5, width: 7, labelHeight: 13, labelWidth: 16 },
  });
  expect(maps.shape).toEqual([1, 3, 5, 7]);
  expect(labels.gtTexts.shape).toEqual([1, 13, 16]);
  expect(labels.gtKernels.shape).toEqual([1, 2, 13, 16]);
  expect(labels.trainingMasks.data.length).toBe(13 * 16);
  expect(name).toContain('labels at 13 × 16');
});

describe('scenes', () => {
  test("'instance-ids' numbers words, the same in text and kernels", () => {
    const { labels } = makeBatch({ seed: 1, scene: 'instance-ids', images: 4, kernels: 2 });
    const ids = new Set(labels.gtTexts.data);
    expect(Math.max(...ids)).toBeGreaterThanOrEqual(3);
    const pixels = labels.gtTexts.data.length / 4;
    labels.gtKernels.data.forEach((id, i) => {
      const image = Math.floor(i / (2 * pixels));
      if (id !== 0) expect(id).toBe(labels.gtTexts.data[image * pixels + (i % pixels)]);
    });
    expect(new Set(labels.trainingMasks.data)).toEqual(new Set([0, 1]));
  });

  test("'some-empty' has images with text, without, and with ignored text only", () => {
    const { labels } = makeBatch({ seed: 1, scene: 'some-empty', images: 3 });
    const pixels = labels.gtTexts.data.length / 3;
    const counts = [0, 1, 2].map((image) => {
      const indices = Array.from({ length: pixels }, (_, p) => image * pixels + p);
      const text = indices.filter((i) => labels.gtTexts.data[i] === 1);
      const learned = text.filter((i) => labels.trainingMasks.data[i] === 1);
      return [text.length > 0, learned.length > 0];
    });
    expect(counts).toEqual([
      [true, true],
      [false, false],
      [true, false],
    ]);
  });
});
