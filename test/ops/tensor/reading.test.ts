// data, item and ready: waiting for the elements, or for what their making failed with.
import { describe, expect, test } from '@jest/globals';
import { diceLossSync, Tensor } from 'pse-loss';

describe('item', () => {
  test.each([
    ['float32', Float32Array.of(0.1), Math.fround(0.1)],
    ['float64', Float64Array.of(0.1), 0.1],
    ['float16', Float32Array.of(0.1), 0.0999755859375],
    ['bfloat16', Float32Array.of(0.1), 0.10009765625],
    ['uint8', Uint8Array.of(200), 200],
    ['int32', Int32Array.of(-7), -7],
    ['int64', BigInt64Array.of(-(2n ** 40n)), -(2 ** 40)],
    ['bool', Uint8Array.of(9), 1],
  ] as const)('is a number, of %s too', async (dtype, data, number) => {
    const tensor = Tensor.from(data, { dtype });
    expect([await tensor.item(), tensor.itemSync()]).toEqual([number, number]);
  });

  test('does not mind axes of size 1', async () => {
    const tensor = Tensor.from(Float32Array.of(3), { shape: [1, 1, 1] });
    expect([await tensor.item(), tensor.itemSync()]).toEqual([3, 3]);
  });

  test.each([
    [[2], new Float32Array(2)],
    [[0, 3], new Float32Array(0)],
  ])('of %p is refused', async (shape, data) => {
    const refusal = (call: string) => ({
      ...{ name: 'RangeError', code: 'ERR_PSE_SHAPE' },
      message: `Tensor.${call}: expected the tensor to be a single element, got [${shape.join(', ')}]`,
    });
    const tensor = Tensor.from(data, { shape });
    expect(() => tensor.itemSync()).toThrow(expect.objectContaining(refusal('itemSync')));
    await expect(tensor.item()).rejects.toMatchObject(refusal('item'));
  });
});

describe('ready', () => {
  test('gives the tensor itself', async () => {
    const tensor = Tensor.from(new Float32Array(100_000).fill(1)).to({ dtype: 'float64' });
    expect(await tensor.ready()).toBe(tensor);
  });
});

describe('calls on one tensor', () => {
  test('run in the order in which they were made', async () => {
    const leaf = Tensor.from(Float32Array.of(0), { requiresGrad: true });
    const seen: Promise<unknown>[] = [];
    for (let i = 0; i < 5; i += 1) seen.push(leaf.backward(), leaf.grad!.item());
    const items = (await Promise.all(seen)).filter((_, i) => i % 2 === 1);
    expect(items).toEqual([1, 2, 3, 4, 5]);
  });

  test('that wait come before one that does not', () => {
    const large = Tensor.from(new Float32Array(200_000).fill(2));
    const pending = large.to({ dtype: 'float64' }).to({ dtype: 'int32' });
    expect(pending.dataSync().every((value) => value === 2)).toBe(true);
  });
});

describe('a tensor whose making failed', () => {
  /** A gradient whose graph was freed by an earlier pass. */
  function failing() {
    const leaf = Tensor.from(Float32Array.of(1), { shape: [1, 1], requiresGrad: true });
    const ones = { data: Uint8Array.of(1), shape: [1, 1] };
    const loss = diceLossSync(leaf, ones, ones);
    loss.backwardSync();
    leaf.grad = null;
    const failed = loss.backward();
    failed.catch(() => {});
    return { grad: leaf.grad as Tensor | null, failed };
  }

  test('says so to whoever waits for it, and to what is made of it', async () => {
    const { grad, failed } = failing();
    const copy = grad!.clone();
    const code = { code: 'ERR_PSE_DISPOSED' };
    await expect(failed).rejects.toMatchObject(code);
    await expect(grad!.ready()).rejects.toMatchObject(code);
    await expect(grad!.data()).rejects.toMatchObject(code);
    await expect(copy.item()).rejects.toMatchObject(code);
    expect(() => copy.dataSync()).toThrow(expect.objectContaining(code));
    expect(() => copy.toDLPack()).toThrow(expect.objectContaining(code));
    copy.dispose();
  });
});
