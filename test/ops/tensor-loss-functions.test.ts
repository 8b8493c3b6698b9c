// diceLoss, ohemBatch and iou on tensors: the results of arrays, by handle, and the gradient of the dice loss.
import { describe, expect, test } from '@jest/globals';
import { diceLoss, diceLossSync, iou, iouSync, ohemBatch, ohemBatchSync, Tensor } from 'pse-loss';
import { finiteDifferences } from '../reference/finite-differences';
import { expectClose, largestOf } from '../support/compare';
import { errorOf } from '../support/error-of';
import { random } from '../support/random';
import { FINITE_DIFFERENCES } from '../support/tolerances';

const SHAPE = [3, 4, 5];
const SIZE = 60;
const draw = random(73);
const logits = { data: Float64Array.from({ length: SIZE }, () => draw.normal(0, 2)), shape: SHAPE };
const soft = { data: Float32Array.from({ length: SIZE }, () => draw.uniform()), shape: SHAPE };
const binary = {
  data: Uint8Array.from({ length: SIZE }, () => Number(draw.chance(0.3))),
  shape: SHAPE,
};
const mask = {
  data: Uint8Array.from({ length: SIZE }, () => Number(draw.chance(0.8))),
  shape: SHAPE,
};
const floats = { data: Float32Array.from(logits.data), shape: SHAPE };

/** Each way in which labels may come. */
const WAYS = [
  ['arrays', soft, mask],
  ['tensors', Tensor.from(soft), Tensor.from(mask)],
  ['a mixture', soft, Tensor.from(mask)],
] as const;

describe('diceLoss', () => {
  test.each(WAYS)(
    'gives [N] of the precision of its input: labels in %s',
    async (_, target, weights) => {
      const expected = diceLossSync(logits, soft, mask, { eps: 0.5 });
      const input = Tensor.from(logits);
      const losses = await diceLoss(input, target, weights, { eps: 0.5 });
      expect([losses.shape, losses.dtype]).toEqual([[3], 'float64']);
      expect(await losses.data()).toEqual(expected);
      expect(diceLossSync(input, target, weights, { eps: 0.5 }).dataSync()).toEqual(expected);
      expect(await diceLoss(logits, target, weights, { eps: 0.5 })).toEqual(expected);
      const single = await diceLoss(Tensor.from(floats), target, weights);
      expect(single.dtype).toBe('float32');
      expect(await single.data()).toEqual(diceLossSync(floats, soft, mask));
    },
  );

  test.each(WAYS)(
    'has the gradient of finite differences: labels in %s',
    async (_, target, weights) => {
      const gradOutput = Float64Array.of(1, -2, 0.5);
      for (const epsInNumerator of [false, true]) {
        const options = { eps: 0.25, epsInNumerator };
        const leaf = Tensor.from(logits, { requiresGrad: true });
        const losses = await diceLoss(leaf, target, weights, options);
        expect(losses.requiresGrad).toBe(true);
        await losses.backward(Tensor.from(gradOutput));
        const valueAt = (data: Float64Array) =>
          diceLossSync({ data, shape: SHAPE }, soft, mask, options).reduce(
            (sum, loss, n) => sum + gradOutput[n]! * loss,
            0,
          );
        const at = Float64Array.from(logits.data);
        const differences = finiteDifferences(valueAt, at, [...at.keys()]);
        const grad = await leaf.grad!.data();
        expectClose('grad', grad, differences, FINITE_DIFFERENCES);
        expect(largestOf(grad)).toBeGreaterThan(1e-3);
      }
    },
  );

  test.each([
    ['float32', 1e-6],
    ['float16', 1e-3],
    ['bfloat16', 1e-2],
  ] as const)('has a gradient in the dtype of its input, %s', (dtype, tolerance) => {
    const leaf = Tensor.from(logits, { dtype, requiresGrad: true });
    const rounded = leaf.detach().to({ dtype: 'float64' }).dataSync();
    const exact = Tensor.from(rounded, { shape: SHAPE, requiresGrad: true });
    const ones = new Float64Array(3).fill(1);
    diceLossSync(leaf, soft, mask).backwardSync(Tensor.from(ones, { dtype: 'float32' }));
    diceLossSync(exact, soft, mask).backwardSync(Tensor.from(ones));
    expect(leaf.grad?.dtype).toBe(dtype);
    const actual = leaf.grad!.to({ dtype: 'float64' }).dataSync();
    const expected = exact.grad!.dataSync();
    expectClose('grad', actual, expected, tolerance * largestOf(expected));
  });

  test('keeps nothing that is changed later', () => {
    // A gradient is added up in place; here it was the target.
    const leaf = Tensor.from(Float64Array.of(0.5, 1), { shape: [1, 2], requiresGrad: true });
    const ones = Tensor.from(Float64Array.of(1, 1), { shape: [1, 2] });
    leaf.backwardSync(ones);
    const loss = diceLossSync(leaf, leaf.grad!, ones);
    const alone = Tensor.from(leaf.dataSync(), { shape: [1, 2], requiresGrad: true });
    diceLossSync(alone, ones, ones).backwardSync();
    leaf.backwardSync(ones);
    loss.backwardSync();
    expect([...leaf.grad!.dataSync()]).toEqual([...alone.grad!.dataSync()].map((part) => 2 + part));
  });

  test('of no image is nothing', async () => {
    const none = { data: new Float32Array(0), shape: [0, 4] };
    const leaf = Tensor.from(none, { requiresGrad: true });
    const losses = await diceLoss(leaf, none, none);
    expect([losses.shape, await losses.data()]).toEqual([[0], new Float32Array(0)]);
  });
});

describe('ohemBatch', () => {
  test('gives the selection of arrays, without a gradient', async () => {
    for (const options of [{}, { ohemRatio: 1, negativePool: 'valid' }] as const) {
      const expected = ohemBatchSync(logits, binary, mask, options).data;
      const leaf = Tensor.from(logits, { requiresGrad: true });
      const given = [
        [binary, mask],
        [Tensor.from(binary), Tensor.from(mask)],
      ] as const;
      for (const [gtTexts, trainingMasks] of given) {
        const selected = await ohemBatch(leaf, gtTexts, trainingMasks, options);
        const { shape, dtype, requiresGrad } = selected;
        expect({ shape, dtype, requiresGrad }).toEqual({
          ...{ shape: SHAPE, dtype: 'float32', requiresGrad: false },
        });
        expect(await selected.data()).toEqual(expected);
        expect(ohemBatchSync(leaf, gtTexts, trainingMasks, options).dataSync()).toEqual(expected);
        expect((await ohemBatch(logits, gtTexts, trainingMasks, options)).data).toEqual(expected);
      }
      expect(expected).toContain(0);
    }
  });
});

describe('iou', () => {
  const numbers = { data: Int32Array.from(binary.data, (bit, i) => bit + (i % 2)), shape: SHAPE };

  test('gives [] for the mean, [N] for each, without a gradient', async () => {
    const leaf = Tensor.from(binary, { dtype: 'float64', requiresGrad: true });
    for (const reduce of [true, false]) {
      const options = { nClass: 3, reduce };
      const expected = iouSync(
        { ...binary, data: Float64Array.from(binary.data) },
        numbers,
        mask,
        options,
      );
      for (const [b, m] of [
        [numbers, mask],
        [Tensor.from(numbers), Tensor.from(mask)],
      ] as const) {
        const value = await iou(leaf, b, m, options);
        expect([value.shape, value.dtype, value.requiresGrad]).toEqual([
          reduce ? [] : [3],
          'float64',
          false,
        ]);
        const read = reduce ? await value.item() : await value.data();
        expect(read).toEqual(expected);
        expect(iouSync(leaf, b, m, options).dataSync()).toEqual(await value.data());
      }
    }
  });

  test('on arrays takes tensors beside, and gives a number', async () => {
    const expected = iouSync(binary, numbers, mask, { nClass: 3 });
    const beside = [Tensor.from(numbers), Tensor.from(mask)] as const;
    expect(await iou(binary, ...beside, { nClass: 3 })).toBe(expected);
    expect(iouSync(binary, ...beside, { nClass: 3 })).toBe(expected);
  });

  test('of no image is 0', () => {
    const none = Tensor.from(new Uint8Array(0), { shape: [0, 4] });
    expect(iouSync(none, none, none).itemSync()).toBe(0);
  });
});

describe('errors', () => {
  test('a tensor of another shape or dtype', async () => {
    const other = Tensor.from(mask).to({ dtype: 'float16' });
    await expect(diceLoss(Tensor.from(logits), soft, other)).rejects.toMatchObject({
      code: 'ERR_PSE_DTYPE',
      message:
        'diceLoss: expected mask to be a tensor of float32, float64, uint8, bool, int32, int64, got one of float16' +
        " (tensor.to({ dtype: 'float32' }) makes one)",
    });
    const flat = Tensor.from(mask.data, { shape: [3, 20] });
    expect(errorOf(() => diceLossSync(Tensor.from(logits), flat, flat))).toMatchObject({
      code: 'ERR_PSE_SHAPE',
      message: 'diceLossSync: expected target to be [3, 4, 5], as input, got [3, 20]',
    });
    expect(errorOf(() => ohemBatchSync(Tensor.from(logits.data), binary, mask))).toMatchObject({
      code: 'ERR_PSE_SHAPE',
      message: 'ohemBatchSync: expected scores to be [N, H, W], got [60]',
    });
    const single = Tensor.from(Float32Array.of(1), { shape: [] });
    expect(errorOf(() => iouSync(single, single, single)).code).toBe('ERR_PSE_SHAPE');
  });
});
