// NaN and infinities in logits and labels.
import { describe, expect, test } from '@jest/globals';
import { type Labels, type NdArray, PSELoss, type PSELossOptions } from 'pse-loss';
import { type Batch, makeBatch } from '../support/batch';
import { expectSame } from '../support/compare';
import { expectAsOracle, VALUES } from './against-oracle';
import { rowOf } from './small';

const DTYPES = ['float32', 'float64'] as const;
const SIZE = { seed: 8, images: 3, height: 5, width: 4, scale: 2, kernels: 2 } as const;
const [PIXELS, LOGITS, CHANNELS] = [80, 20, 3];

type Inputs = Pick<Batch, 'maps' | 'labels'>;

/** The batch with some elements of its maps replaced. */
function withLogits({ maps, labels }: Inputs, changes: Readonly<Record<number, number>>) {
  const data = maps.data.slice();
  for (const [index, value] of Object.entries(changes)) data[Number(index)] = value;
  return { maps: { ...maps, data }, labels };
}

/** The batch with some elements of one of its labels, in float32, replaced. */
function withLabels(
  { maps, labels }: Inputs,
  name: keyof Labels<unknown>,
  changes: Readonly<Record<number, number>>,
) {
  const data = Float32Array.from(labels[name].data);
  for (const [index, value] of Object.entries(changes)) data[Number(index)] = value;
  return { maps, labels: { ...labels, [name]: { ...labels[name], data } } };
}

const run = ({ maps, labels }: Inputs, options: PSELossOptions = {}) =>
  new PSELoss({ returnMask: true, ...options }).valueAndGradSync(maps, labels);

/** Everything of a result that belongs to one image. */
function ofImage(result: ReturnType<typeof run>, image: number) {
  const part = ({ data }: NdArray<Float32Array | Float64Array>) => {
    const length = data.length / 3;
    return data.slice(image * length, (image + 1) * length);
  };
  return {
    values: VALUES.map((name) => result.perImage[name][image]),
    lossPerKernel: part(result.lossPerKernel),
    selectedMask: part(result.selectedMask!),
    grad: part(result.grad),
  };
}

/** The first pixel of the first image that is masked out, or not. */
function firstPixel({ labels }: Inputs, mask: 0 | 1): number {
  const pixel = labels.trainingMasks.data.subarray(0, PIXELS).indexOf(mask);
  expect(pixel).toBeGreaterThanOrEqual(0);
  return pixel;
}
const logitOf = (pixel: number) => Math.floor(pixel / 16) * 4 + Math.floor((pixel % 8) / 2);

describe.each(DTYPES)('NaN logits, %s', (maps) => {
  const batch = makeBatch({ ...SIZE, maps });
  const clean = run(batch);
  const learned = logitOf(firstPixel(batch, 1));
  const ignored = logitOf(firstPixel(batch, 0));

  test.each([
    ['that counts', learned],
    ['that is masked out', ignored],
  ])('one in the text map %s makes the text loss of its image NaN', (_, logit) => {
    const broken = withLogits(batch, { [logit]: Number.NaN });
    const { perImage, lossPerKernel } = run(broken);
    expect([perImage.loss[0], perImage.lossText[0]]).toEqual([Number.NaN, Number.NaN]);
    // No text is predicted there, and the rest goes on.
    expect(perImage.lossKernels[0]).toBeGreaterThan(0);
    expect(lossPerKernel.data.some(Number.isNaN)).toBe(false);
    expect(perImage.iouText[0]).toBeGreaterThan(0);
    expectAsOracle(broken);
  });

  test.each([
    ['that counts', learned],
    ['that is masked out', ignored],
  ])('one in a kernel %s makes that kernel NaN, and no other, nor the text', (_, logit) => {
    const broken = withLogits(batch, { [2 * LOGITS + logit]: Number.NaN });
    const { perImage, lossPerKernel, selectedMask } = run(broken);
    expect(perImage.lossText).toStrictEqual(clean.perImage.lossText);
    expect(selectedMask).toStrictEqual(clean.selectedMask);
    expect(perImage.loss[0]).toBe(Number.NaN);
    expect(perImage.lossKernels[0]).toBe(Number.NaN);
    const kernels = [...lossPerKernel.data];
    expect(kernels.slice(0, 2)).toEqual([clean.lossPerKernel.data[0], Number.NaN]);
    expectAsOracle(broken);
  });

  test('spares the other images, bit by bit', () => {
    const everywhere = Object.fromEntries(
      Array.from({ length: CHANNELS * LOGITS }, (_, i) => [i, Number.NaN]),
    );
    for (const changes of [{ [learned]: Number.NaN }, everywhere]) {
      const result = run(withLogits(batch, changes));
      expect(Number.isNaN(result.perImage.loss[0])).toBe(true);
      for (const image of [1, 2])
        expect(ofImage(result, image)).toStrictEqual(ofImage(clean, image));
    }
  });

  test.each(['sum', 'mean'] as const)('one makes the %s NaN', (reduction) => {
    const broken = withLogits(batch, { [learned]: Number.NaN });
    const { loss, lossText, lossKernels } = run(broken, { reduction });
    expect([loss, lossText]).toEqual([Number.NaN, Number.NaN]);
    expect(lossKernels).toBeGreaterThan(0);
  });

  test('makes the gradient of its map NaN as a whole, and of no other map', () => {
    const { grad } = run(withLogits(batch, { [LOGITS + learned]: Number.NaN }));
    const broken = Array.from(grad.data, Number.isNaN);
    expect(broken).toEqual(broken.map((_, i) => i >= LOGITS && i < 2 * LOGITS));
  });

  test('ranks NaN below −Infinity', () => {
    const select = (logits: readonly number[], ratio: number) => {
      const text = logits.map((_, p) => Number(p === 0));
      return [
        ...run(rowOf(logits, text, undefined, { maps }), { ohemRatio: ratio }).selectedMask!.data,
      ];
    };
    const logits = [0, Number.NaN, 3, -Infinity, 2];
    expect(select(logits, 1)).toEqual([1, 0, 1, 0, 0]);
    expect(select(logits, 2)).toEqual([1, 0, 1, 0, 1]);
    expect(select(logits, 3)).toEqual([1, 0, 1, 1, 1]);
    // A threshold of NaN lets nothing pass, as upstream; the loss of the image is NaN anyway.
    expect(select(logits, 4)).toEqual([1, 0, 0, 0, 0]);
  });

  test('counts a NaN logit as no text: 0 predicted in the IoUs', () => {
    const { maps: logits, labels } = rowOf([Number.NaN, -1, 1], [0, 0, 1], undefined, { maps });
    const { iouText } = new PSELoss().forwardSync(logits, labels);
    expect(iouText).toBeCloseTo(1, 5);
  });
});

describe.each(DTYPES)('infinite logits, %s', (maps) => {
  const batch = makeBatch({ ...SIZE, maps });

  test.each([
    ['+', Infinity],
    ['−', -Infinity],
  ])('%sInfinity is a sigmoid of its limit: finite losses, no gradient', (_, value) => {
    for (const channel of [0, 1, 2]) {
      const logits = [0, 7, 13, 19].map((logit) => channel * LOGITS + logit);
      const broken = withLogits(batch, Object.fromEntries(logits.map((i) => [i, value])));
      const { grad, loss } = run(broken);
      expect(Number.isFinite(loss)).toBe(true);
      expectSame(
        'grad',
        logits.map((i) => grad.data[i]!),
        [0, 0, 0, 0],
      );
      expectAsOracle(broken);
      // A large logit does the same.
      const large = Object.fromEntries(logits.map((i) => [i, Math.sign(value) * 1e4]));
      expect(run(withLogits(batch, large))).toStrictEqual(run(broken));
    }
  });

  test('a map of nothing else has a finite loss', () => {
    for (const value of [Infinity, -Infinity]) {
      const all = batch.maps.data.map(() => value);
      const { loss, grad } = run({ ...batch, maps: { ...batch.maps, data: all } });
      expect(Number.isFinite(loss)).toBe(true);
      expectSame('grad', grad.data, new Float32Array(grad.data.length));
    }
  });

  test('+Infinity is the hardest negative', () => {
    const { maps: logits, labels } = rowOf([0, Infinity, 3, 2], [1, 0, 0, 0], undefined, { maps });
    const loss = new PSELoss({ ohemRatio: 1, returnMask: true });
    expect([...loss.forwardSync(logits, labels).selectedMask!.data]).toEqual([1, 1, 0, 0]);
  });
});

describe.each(DTYPES)('labels where the training mask is 0, %s', (maps) => {
  const batch = makeBatch({ ...SIZE, maps });
  const ignored = firstPixel(batch, 0);
  const text = (value: number) => run(withLabels(batch, 'gtTexts', { [ignored]: value }));
  const options: readonly PSELossOptions[] = [{}, { kernelSampleMask: 'gt' }];

  // Only whether it is above a half, and so out of OHEM's pool, makes a difference.
  test.each([
    [Number.NaN, 1],
    [Infinity, 1],
    [1e38, 1],
    [-Infinity, 0],
    [-1e38, 0],
    [0.5, 0],
  ])('a text target of %p enters no sum: it is as %p', (value, same) => {
    expect(text(value)).toStrictEqual(text(same));
    for (const each of options)
      expectAsOracle(withLabels(batch, 'gtTexts', { [ignored]: value }), each);
  });

  test('a NaN text target is not in the pool of negatives', () => {
    // Without it, the quota of 1 goes to the next pixel.
    const select = (target: number) => {
      const row = rowOf([0, 9, 3, 2], [1, target, 0, 0], [1, 0, 1, 1], { maps, labels: 'float32' });
      return [...run(row, { ohemRatio: 1 }).selectedMask!.data];
    };
    expect(select(0)).toEqual([1, 0, 0, 0]);
    expect(select(Number.NaN)).toEqual([1, 0, 1, 0]);
    expect(select(-Infinity)).toEqual([1, 0, 0, 0]);
  });

  test.each([Number.NaN, Infinity, -Infinity, 1e38, 1])(
    'a kernel target of %p is as 0',
    (value) => {
      for (const each of options) {
        const kernel = (target: number) =>
          withLabels(batch, 'gtKernels', { [ignored]: target, [PIXELS + ignored]: target });
        expect(run(kernel(value), each)).toStrictEqual(run(kernel(0), each));
        expectAsOracle(kernel(value), each);
      }
    },
  );
});

describe.each(DTYPES)('labels that count, %s', (maps) => {
  const drawn = makeBatch({ ...SIZE, maps });
  const learned = firstPixel(drawn, 1);
  // Predicted text, and among the hardest negatives where it is none.
  const batch = withLogits(drawn, { [logitOf(learned)]: 9 });

  test.each([
    ['gtTexts', 'pred'],
    ['gtTexts', 'gt'],
    ['gtKernels', 'pred'],
    ['trainingMasks', 'pred'],
    ['trainingMasks', 'gt'],
  ] as const)('NaN among %s makes the loss of its image NaN, and of no other: %s', (name, mask) => {
    const options = { kernelSampleMask: mask };
    const broken = withLabels(batch, name, { [learned]: Number.NaN });
    const [clean, result] = [run(batch, options), run(broken, options)];
    expect(clean.perImage.loss.some(Number.isNaN)).toBe(false);
    expect(result.perImage.loss[0]).toBe(Number.NaN);
    for (const image of [1, 2]) expect(ofImage(result, image)).toStrictEqual(ofImage(clean, image));
    expectAsOracle(broken, options);
  });
});

describe.each(DTYPES)(
  "labels where the training mask is 0 under negativePool: 'valid', %s",
  (maps) => {
    const batch = makeBatch({ ...SIZE, maps });
    const ignored = firstPixel(batch, 0);

    test.each(['gtTexts', 'gtKernels'] as const)('of %s have no effect at all', (name) => {
      for (const kernelSampleMask of ['pred', 'gt', 'union'] as const) {
        const options = { negativePool: 'valid', kernelSampleMask } as const;
        const of = (value: number) => run(withLabels(batch, name, { [ignored]: value }), options);
        const expected = of(0);
        for (const value of [1, 0.5, Number.NaN, Infinity, -1e38]) {
          expect(of(value)).toStrictEqual(expected);
        }
      }
    });
  },
);

describe.each(DTYPES)('interpolated maps, %s', (maps) => {
  const BILINEAR = { preset: 'psenet' } as const;
  const drawn = makeBatch({
    seed: 9,
    images: 3,
    kernels: 2,
    height: 18,
    width: 16,
    scale: 4,
    maps,
  });
  const [size, pixels] = [18 * 16, 72 * 64];

  test('one NaN, whether its pixels count or not, makes what uses its channel NaN, and spares other images', () => {
    const clean = run(drawn, BILINEAR);
    for (const mask of [0, 1]) {
      const masked = drawn.labels.trainingMasks.data.map((m, p) => (p < pixels ? mask : m));
      const labels = { ...drawn.labels, trainingMasks: { data: masked, shape: [3, 72, 64] } };
      const broken = withLogits({ ...drawn, labels }, { [size + 100]: Number.NaN });
      const { perImage } = run(broken, BILINEAR);
      expect([perImage.loss[0], perImage.lossKernels[0]]).toEqual([Number.NaN, Number.NaN]);
      expect(perImage.lossText[0]).not.toBe(Number.NaN);
      for (const image of [1, 2]) {
        expect(perImage.loss[image]).toBeCloseTo(clean.perImage.loss[image]!, 6);
      }
      expectAsOracle(broken, BILINEAR);
    }
  });

  test.each([
    [
      'in the second row: the rows above it weigh it with 0, and 0 times Infinity is NaN',
      16 + 5,
      true,
    ],
    ['in the middle, at an even factor: no pixel weighs it with 0', 9 * 16 + 8, false],
  ])('an infinite logit %s', (_, logit, becomesNaN) => {
    for (const value of [Infinity, -Infinity]) {
      const broken = withLogits(drawn, { [logit]: value });
      const { perImage } = run(broken, BILINEAR);
      expect(Number.isNaN(perImage.lossText[0])).toBe(becomesNaN);
      expectAsOracle(broken, BILINEAR);
    }
  });

  test('+Inf beside −Inf is NaN', () => {
    const broken = withLogits(drawn, { [9 * 16 + 8]: Infinity, [9 * 16 + 9]: -Infinity });
    expect(run(broken, BILINEAR).perImage.lossText[0]).toBe(Number.NaN);
  });

  test('without upsampling infinities stay what they are', () => {
    const batch = makeBatch({ seed: 9, kernels: 2, height: 18, width: 16, scale: 1, maps });
    const broken = withLogits(batch, { 21: Infinity, 22: -Infinity, [2 * size + 3]: Infinity });
    const { loss } = run(broken, { upsample: 'none' });
    expect(Number.isFinite(loss)).toBe(true);
    expectAsOracle(broken, { upsample: 'none' });
  });
});

test.each(DTYPES)('−0 ties with +0 where maps are interpolated, too: %s', (maps) => {
  const batch = makeBatch({
    seed: 9,
    images: 1,
    kernels: 1,
    height: 18,
    width: 16,
    scale: 4,
    maps,
  });
  const zeros = Object.fromEntries(
    Array.from({ length: 18 * 16 }, (_, i) => [i, i % 2 === 0 ? 0 : -0]),
  );
  const { selectedMask } = run(withLogits(batch, zeros), { preset: 'mmocr', ohemRatio: 0.1 });
  // All of them tie with the threshold: everything that is learned is kept.
  expectSame('selected', selectedMask!.data, batch.labels.trainingMasks.data);
});
