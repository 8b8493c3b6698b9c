// Maps in a tensor, labels in arrays: what a graph needs of them is kept by itself, so that they may be overwritten.
import { describe, expect, test } from '@jest/globals';
import { compactLabels, diceLoss, PSELoss, Tensor } from 'pse-loss';
import { makeBatch } from '../support/batch';

type Memory = typeof ArrayBuffer | typeof SharedArrayBuffer;
type Elements = Float32Array | Uint8Array;

/** The same elements in other memory. */
function inMemory<A extends { readonly data: Elements; readonly shape: readonly number[] }>(
  Buffer: Memory,
  { data, shape }: A,
) {
  const copy = new (data.constructor as typeof Uint8Array)(
    new Buffer(data.byteLength) as ArrayBuffer,
  );
  copy.set(data);
  return { data: copy as Elements, shape };
}

const MEMORIES = [ArrayBuffer, SharedArrayBuffer] as const;
// Counts are all that is kept of binary labels; of others, the labels themselves.
const SCENES = ['words', 'soft-labels', 'instance-ids', 'fractional-masks'] as const;
const CASES = SCENES.flatMap((scene) => MEMORIES.map((memory) => [scene, memory] as const));

describe.each(CASES)('%s in %p', (scene, memory) => {
  const { maps, labels } = makeBatch({
    seed: 57,
    scene,
    images: 3,
    kernels: 3,
    height: 20,
    width: 20,
  });
  const expected = new PSELoss().valueAndGradSync(maps, labels);
  const make = () => ({
    leaf: Tensor.from(maps, { requiresGrad: true }),
    given: {
      gtTexts: inMemory(memory, labels.gtTexts),
      gtKernels: inMemory(memory, labels.gtKernels),
      trainingMasks: inMemory(memory, labels.trainingMasks),
    },
  });
  const overwrite = (given: ReturnType<typeof make>['given']) => {
    for (const { data } of Object.values(given)) data.fill(1);
  };

  test('labels may be overwritten once the forward pass was awaited', async () => {
    const { leaf, given } = make();
    const { loss } = await new PSELoss().forward(leaf, given);
    await loss.ready();
    overwrite(given);
    await loss.backward();
    expect(await loss.item()).toBe(expected.loss);
    expect(await leaf.grad?.data()).toEqual(expected.grad.data);
  });

  test('and after a blocking one at once', () => {
    const { leaf, given } = make();
    const { loss } = new PSELoss().forwardSync(leaf, given);
    overwrite(given);
    loss.backwardSync();
    expect(leaf.grad?.dataSync()).toEqual(expected.grad.data);
  });
});

describe('labels in plain memory', () => {
  const { maps, labels } = makeBatch({ seed: 58, images: 4, kernels: 3, height: 30, width: 30 });
  const expected = new PSELoss().valueAndGradSync(maps, labels);

  test('may be overwritten, or detached, as soon as the call is made', async () => {
    const given = {
      gtTexts: inMemory(ArrayBuffer, labels.gtTexts),
      gtKernels: inMemory(ArrayBuffer, labels.gtKernels),
      trainingMasks: inMemory(ArrayBuffer, labels.trainingMasks),
    };
    const leaf = Tensor.from(maps, { requiresGrad: true });
    // So that it has to wait.
    const before = leaf.clone();
    const call = new PSELoss().forward(leaf, given);
    given.gtTexts.data.fill(0);
    given.gtKernels.data.fill(1);
    const { buffer } = given.trainingMasks.data;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    const { loss } = await call;
    await loss.backward();
    expect(await loss.item()).toBe(expected.loss);
    expect(await leaf.grad?.data()).toEqual(expected.grad.data);
    before.dispose();
  });

  test('counts too', async () => {
    const compact = compactLabels(labels, { scale: 4 });
    const leaf = Tensor.from(maps, { requiresGrad: true });
    const call = new PSELoss().forward(leaf, compact);
    compact.counts.data.fill(0);
    await (await call).loss.backward();
    expect(await leaf.grad?.data()).toEqual(expected.grad.data);
  });

  test('targets and masks of a dice loss too', async () => {
    const input = Tensor.from(Float64Array.of(0, 1, 2, 3), { shape: [1, 4], requiresGrad: true });
    const array = (...values: number[]) => ({ data: Float32Array.from(values), shape: [1, 4] });
    const [target, mask] = [array(1, 0.5, 0, 1), array(1, 1, 0.5, 0)];
    const gradOf = async (change: boolean) => {
      input.grad = null;
      const loss = await diceLoss(input, target, mask);
      if (change) for (const { data } of [target, mask]) data.fill(0);
      await loss.backward();
      return input.grad!.data();
    };
    expect(await gradOf(true)).toEqual(
      await (async () => {
        target.data.set([1, 0.5, 0, 1]);
        mask.data.set([1, 1, 0.5, 0]);
        return gradOf(false);
      })(),
    );
  });
});
