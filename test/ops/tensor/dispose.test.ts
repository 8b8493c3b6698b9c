// The end of a tensor: at any moment, by any way, any number of times.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { diceLoss, iou, ohemBatch, PSELoss, Tensor } from 'pse-loss';
import { makeBatch } from '../../support/batch';
import { errorOf } from '../../support/error-of';

const make = () => Tensor.from(Float32Array.of(1, 2), { shape: [1, 2] });
const gone = (options = {}) => {
  const tensor = Tensor.from(Float32Array.of(1), { shape: [1, 1], ...options });
  tensor.dispose();
  return tensor;
};

test('a second time does nothing', () => {
  const tensor = make();
  expect(tensor.disposed).toBe(false);
  tensor.dispose();
  expect(tensor.disposed).toBe(true);
  tensor.dispose();
  tensor[Symbol.dispose]();
  expect(tensor.disposed).toBe(true);
});

test('comes at the end of a block with `using`, also by an error', () => {
  const seen: Tensor[] = [];
  const work = () => {
    using first = make();
    using second = first.clone();
    seen.push(first, second);
    expect([first.disposed, second.dataSync()]).toEqual([false, Float32Array.of(1, 2)]);
    throw new RangeError('on purpose');
  };
  expect(work).toThrow('on purpose');
  expect(seen.map(({ disposed }) => disposed)).toEqual([true, true]);
});

test('what is known without its elements can be asked afterwards', () => {
  const { shape, strides, dtype, device, numel, byteLength, requiresGrad, grad } = gone();
  expect({ shape, strides, dtype, device, numel, byteLength, requiresGrad, grad }).toEqual({
    ...{ shape: [1, 1], strides: [1, 1], dtype: 'float32', device: 'cpu', numel: 1 },
    ...{ byteLength: 4, requiresGrad: false, grad: null },
  });
});

describe('afterwards everything else is refused:', () => {
  const disposed = (call: string, argument = 'the tensor') => ({
    ...{ name: 'Error', code: 'ERR_PSE_DISPOSED' },
    message: `${call}: ${argument} was disposed of`,
  });

  test.each([
    ['Tensor.dataSync', (tensor: Tensor) => tensor.dataSync()],
    ['Tensor.itemSync', (tensor: Tensor) => tensor.itemSync()],
    ['Tensor.to', (tensor: Tensor) => tensor.to({})],
    ['Tensor.detach', (tensor: Tensor) => tensor.detach()],
    ['Tensor.clone', (tensor: Tensor) => tensor.clone()],
    ['Tensor.backwardSync', (tensor: Tensor) => tensor.backwardSync()],
    ['Tensor.toDLPack', (tensor: Tensor) => tensor.toDLPack()],
    [
      'Tensor.grad',
      (tensor: Tensor) => {
        tensor.grad = null;
      },
    ],
  ] as const)('%s', (call, work) => {
    expect(errorOf(() => work(gone({ requiresGrad: true })))).toEqual(disposed(call));
  });

  test.each([
    ['Tensor.data', (tensor: Tensor) => tensor.data()],
    ['Tensor.item', (tensor: Tensor) => tensor.item()],
    ['Tensor.ready', (tensor: Tensor) => tensor.ready()],
    ['Tensor.backward', (tensor: Tensor) => tensor.backward()],
  ] as const)('%s, by its promise', async (call, work) => {
    await expect(work(gone({ requiresGrad: true }))).rejects.toMatchObject(disposed(call));
  });

  test('backwardSync with such a gradient', () => {
    const leaf = Tensor.from(Float32Array.of(1), { shape: [1, 1], requiresGrad: true });
    const refused = disposed('Tensor.backwardSync', 'gradOutput');
    expect(errorOf(() => leaf.backwardSync(gone() as Tensor<'float32'>))).toEqual(refused);
    expect(leaf.grad).toBe(null);
  });

  const { maps, labels } = makeBatch({ seed: 5, images: 1, kernels: 1, height: 2, width: 2 });
  test.each([
    ['PSELoss.forward', 'maps', () => new PSELoss().forward(gone(), labels)],
    ['PSELoss.valueAndGrad', 'maps', () => new PSELoss().valueAndGrad(gone(), labels)],
    ...(['gtTexts', 'gtKernels', 'trainingMasks'] as const).map(
      (name) =>
        [
          'PSELoss.forward',
          `labels.${name}`,
          () => new PSELoss().forward(maps, { ...labels, [name]: gone() }),
        ] as const,
    ),
    ['diceLoss', 'target', () => diceLoss(make(), gone(), make())],
    ['ohemBatch', 'scores', () => ohemBatch(gone(), make(), make())],
    ['iou', 'mask', () => iou(make(), make(), gone())],
  ] as const)('%s on such %s', async (call, argument, work) => {
    await expect(work()).rejects.toMatchObject(disposed(call, argument));
  });
});

describe('while calls that use it wait', () => {
  const SIZE = 200_000;

  test('the calls have what they need', async () => {
    const tensor = Tensor.from(new Float32Array(SIZE).fill(3));
    const data = tensor.data();
    const middle = tensor.to({ dtype: 'float64' });
    const copy = middle.clone();
    tensor.dispose();
    middle.dispose();
    expect((await data).every((value) => value === 3)).toBe(true);
    expect((await copy.data()).every((value) => value === 3)).toBe(true);
  });

  test('a loss, its labels and its backward pass do', async () => {
    const { maps, labels } = makeBatch({ seed: 6, images: 4, height: 20, width: 20 });
    const expected = new PSELoss().valueAndGradSync(maps, labels);
    const leaf = Tensor.from(maps, { requiresGrad: true });
    const given = leaf.clone();
    const gtTexts = Tensor.from(labels.gtTexts);
    const { loss, perImage, ...others } = await new PSELoss().forward(given, {
      ...labels,
      gtTexts,
    });
    given.dispose();
    gtTexts.dispose();
    for (const tensor of [others.lossText, others.lossPerKernel, perImage.loss]) tensor.dispose();
    const item = loss.item();
    const done = loss.backward();
    loss.dispose();
    expect(await item).toBe(expected.loss);
    await done;
    expect(await leaf.grad?.data()).toEqual(expected.grad.data);
  });

  test('what was to be made may be, and nothing is left behind', async () => {
    const tensor = Tensor.from(new Float32Array(SIZE).fill(3));
    for (let i = 0; i < 20; i += 1) tensor.clone().dispose();
    tensor.dispose();
    await setImmediate();
    expect(Tensor.from(Float32Array.of(1)).itemSync()).toBe(1);
  });
});

describe('of a tensor with a gradient', () => {
  const backward = () => {
    const leaf = Tensor.from(Float32Array.of(1), { requiresGrad: true });
    leaf.backwardSync();
    return leaf;
  };

  test('ends the gradient too', () => {
    const leaf = backward();
    const { grad } = leaf;
    leaf.dispose();
    expect([leaf.grad, grad?.disposed]).toEqual([grad, true]);
  });

  test('leaves a gradient alone that it had before', () => {
    const leaf = backward();
    const { grad } = leaf;
    leaf.grad = null;
    leaf.dispose();
    expect([leaf.grad, grad?.disposed, grad?.itemSync()]).toEqual([null, false, 1]);
  });

  test('does not keep a backward pass from others', () => {
    const leaf = Tensor.from(Float32Array.of(1), { requiresGrad: true });
    const copy = leaf.clone();
    leaf.dispose();
    copy.backwardSync();
    expect([leaf.grad, copy.itemSync()]).toEqual([null, 1]);
  });
});
