// What must hold for any batch and any options: random ones, shrunk to the smallest that fails (fast-check).
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { referenceLoss } from '../reference/pse-loss';
import { seedLoss } from '../reference/seed';
import { type Batch, labelsOf, makeBatch, SCENES } from '../support/batch';
import { expectClose, expectSame, largestOf } from '../support/compare';
import { VALUES } from './against-oracle';

const RUNS = { numRuns: 60 };
type Given = Pick<Batch, 'maps' | 'labels'>;

/** Every option that changes a value, none that changes only how it is reported. */
const options: fc.Arbitrary<PSELossOptions & { readonly alpha: number }> = fc.record({
  alpha: fc.double({ min: 0, max: 1, noNaN: true }),
  ohemRatio: fc.oneof(fc.constantFrom(0, 0.3, 1, 3), fc.double({ min: 0, max: 10, noNaN: true })),
  kernelSampleMask: fc.constantFrom<'pred' | 'gt' | 'union'>('pred', 'gt', 'union'),
  textThreshold: fc.constantFrom<'sigmoid-half' | number>('sigmoid-half', 0, -1, 0.5),
  eps: fc.constantFrom(1e-6, 1e-3, 1),
  epsInNumerator: fc.boolean(),
  binarizeLabels: fc.boolean(),
  fallbackMask: fc.constantFrom('value', 'nonzero'),
  kernelTrainingMask: fc.constantFrom('value', 'above-half'),
  negativePool: fc.constantFrom('all', 'valid'),
  emptyImages: fc.constantFrom('include', 'skip'),
});

/** How the maps meet the labels: [upsample, alignCorners, factor]. */
const resize = fc.constantFrom<readonly [PSELossOptions, number]>(
  [{ upsample: 'nearest' }, 4],
  [{ upsample: 'nearest' }, 3],
  [{ upsample: 'none' }, 1],
  [{ upsample: 'bilinear' }, 4],
  [{ upsample: 'bilinear', alignCorners: true }, 2],
);

const scene = fc.constantFrom(...SCENES);
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const dtype = fc.constantFrom<'float32' | 'float64'>('float32', 'float64');

const drawn = fc
  .record({ seed, scene, maps: dtype, resize, images: fc.integer({ min: 1, max: 4 }) })
  .map(({ resize: [how, scale], ...rest }) => ({
    how,
    batch: makeBatch({ ...rest, scale, height: 5, width: 4, kernels: 2, gtKernels: 3 }) as Given,
  }));

/** The images of a batch in another order, or some of them. */
function take({ maps, labels }: Given, images: readonly number[]): Given {
  const pick = <
    T extends {
      readonly data: Float32Array | Float64Array | Uint8Array;
      readonly shape: readonly number[];
    },
  >(
    array: T,
  ): T => {
    const length = array.data.length / (array.shape[0] as number);
    const data = array.data.slice(0, length * images.length);
    images.forEach((image, i) => {
      data.set(array.data.subarray(image * length, (image + 1) * length), i * length);
    });
    return { ...array, data, shape: [images.length, ...array.shape.slice(1)] };
  };
  const { gtTexts, gtKernels, trainingMasks } = labels;
  return {
    maps: pick(maps),
    labels: {
      gtTexts: pick(gtTexts),
      gtKernels: pick(gtKernels),
      trainingMasks: pick(trainingMasks),
    },
  };
}

const run = ({ maps, labels }: Given, given: PSELossOptions) =>
  new PSELoss({ ...given, reduction: 'none', returnMask: true }).valueAndGradSync(maps, labels);

/** Everything of a result that belongs to image `image` of `images`. */
function ofImage(result: ReturnType<typeof run>, image: number, images: number) {
  const part = (data: Float32Array | Float64Array) => {
    const length = data.length / images;
    return data.slice(image * length, (image + 1) * length);
  };
  return {
    values: VALUES.map((name) => result.perImage[name][image]!),
    lossPerKernel: part(result.lossPerKernel.data),
    selectedMask: part(result.selectedMask!.data),
    grad: part(result.grad.data),
  };
}

/**
 * Selections exactly, all else within a rounding: ATen's sigmoid of a logit that is left over after the last whole vector
 * may differ by one, and which logits are left over depends on the other images.
 */
function expectSameImage(actual: ReturnType<typeof ofImage>, expected: ReturnType<typeof ofImage>) {
  const [value, grad] = expected.grad instanceof Float64Array ? [1e-14, 1e-14] : [2e-7, 1e-6];
  expectSame('selectedMask', actual.selectedMask, expected.selectedMask);
  expectClose('values', actual.values, expected.values, value);
  expectClose('lossPerKernel', actual.lossPerKernel, expected.lossPerKernel, value);
  expectClose('grad', actual.grad, expected.grad, grad * Math.max(largestOf(expected.grad), 1e-6));
}

test('permuting the images permutes the results', () => {
  fc.assert(
    fc.property(
      drawn,
      options,
      fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      ({ batch, how }, given, keys) => {
        const images = batch.maps.shape[0]!;
        const permuted = Array.from({ length: images }, (_, i) => i).sort(
          (i, j) => keys[i]! - keys[j]!,
        );
        const expected = run(batch, { ...given, ...how });
        const actual = run(take(batch, permuted), { ...given, ...how });
        permuted.forEach((image, i) => {
          expectSameImage(ofImage(actual, i, images), ofImage(expected, image, images));
        });
      },
    ),
    RUNS,
  );
});

test('a batch is its images one by one', () => {
  fc.assert(
    fc.property(drawn, options, ({ batch, how }, given) => {
      const images = batch.maps.shape[0]!;
      const whole = run(batch, { ...given, ...how });
      for (let image = 0; image < images; image++) {
        const alone = run(take(batch, [image]), { ...given, ...how });
        expectSameImage(ofImage(alone, 0, 1), ofImage(whole, image, images));
      }
    }),
    RUNS,
  );
});

test('for binary labels every loss and every IoU lies between 0 and 1', () => {
  const binary = fc.constantFrom(...SCENES.filter((each) => labelsOf(each) === 'binary'));
  fc.assert(
    fc.property(seed, binary, dtype, resize, options, (start, shown, maps, [how, scale], given) => {
      const batch = makeBatch({
        seed: start,
        scene: shown,
        maps,
        scale,
        height: 5,
        width: 4,
        kernels: 2,
      });
      // A dice loss is (b + c − 2a) / (b + c), and b + c − 2a = Σ (s·m − g·m)² + 2 eps, or 0·eps with eps in the numerator.
      const { perImage, lossPerKernel } = run(batch, { ...given, ...how });
      for (const value of [
        ...VALUES.flatMap((name) => [...perImage[name]]),
        ...lossPerKernel.data,
      ]) {
        expect(value).toBeGreaterThanOrEqual(-1e-7);
        expect(value).toBeLessThanOrEqual(1 + 1e-7);
      }
    }),
    RUNS,
  );
});

describe('ignored padding', () => {
  /** The batch with rows of maps and labels below it, masked out; `logits` and `text` are what stands there. */
  function padded(
    { maps, labels }: Given,
    rows: number,
    scale: number,
    logits: number,
    text: 0 | 1,
  ): Given {
    const pad = <
      T extends {
        readonly data: Float32Array | Float64Array | Uint8Array;
        readonly shape: readonly number[];
      },
    >(
      array: T,
      by: number,
      value: number,
    ): T => {
      const [height, width] = array.shape.slice(-2) as [number, number];
      const planes = array.data.length / (height * width);
      const Class = array.data.constructor as new (length: number) => T['data'];
      const data = new Class(planes * (height + by) * width).fill(value);
      for (let plane = 0; plane < planes; plane++) {
        const part = array.data.subarray(plane * height * width, (plane + 1) * height * width);
        data.set(part, plane * (height + by) * width);
      }
      return { ...array, data, shape: [...array.shape.slice(0, -2), height + by, width] };
    };
    return {
      maps: pad(maps, rows, logits),
      labels: {
        gtTexts: pad(labels.gtTexts, rows * scale, text),
        gtKernels: pad(labels.gtKernels, rows * scale, text),
        trainingMasks: pad(labels.trainingMasks, rows * scale, 0),
      },
    };
  }

  const nearest = fc
    .record({ seed, scene, maps: dtype, scale: fc.constantFrom(1, 2, 4) })
    .map((given) => ({
      scale: given.scale,
      batch: makeBatch({ ...given, height: 5, width: 4, kernels: 2 }) as Given,
    }));
  const rows = fc.integer({ min: 1, max: 3 });
  const text = fc.constantFrom<0 | 1>(0, 1);

  /**
   * Everything of the pixels and logits that were there; and of the padding, that nothing of it is selected and no logit of
   * it has a gradient. Values within rounding, for the same sums have more zeros in them.
   */
  function expectUnchanged(before: Given, after: Given, given: PSELossOptions) {
    const [a, b] = [run(before, given), run(after, given)];
    for (const name of VALUES) expectClose(name, b.perImage[name], a.perImage[name], 1e-6);
    expectClose('lossPerKernel', b.lossPerKernel.data, a.lossPerKernel.data, 1e-6);
    const [old, padding] = split(
      b.selectedMask!.data,
      before.labels.gtTexts.shape,
      after.labels.gtTexts.shape,
    );
    expectSame('selected', old, a.selectedMask!.data);
    expectSame(
      'selected padding',
      padding,
      padding.map(() => 0),
    );
    const [grad, ofPadding] = split(b.grad.data, before.maps.shape, after.maps.shape);
    expectClose('grad', grad, a.grad.data, 1e-6 * Math.max(largestOf(a.grad.data), 1e-6));
    expectSame(
      'grad of padding',
      ofPadding,
      ofPadding.map(() => 0),
    );
  }

  /** The rows of each plane that were there before, and those below. */
  function split(data: ArrayLike<number>, before: readonly number[], after: readonly number[]) {
    const [height, width] = before.slice(-2) as [number, number];
    const plane = after.at(-2)! * width;
    const all = Array.from(data);
    const isOld = (i: number) => i % plane < height * width;
    return [all.filter((_, i) => isOld(i)), all.filter((_, i) => !isOld(i))] as const;
  }

  test("changes nothing at all where negativePool is 'valid'", () => {
    fc.assert(
      fc.property(
        nearest,
        rows,
        text,
        options,
        fc.double({ min: -9, max: 9, noNaN: true }),
        ({ batch, scale }, by, g, given, logit) => {
          const valid = { ...given, negativePool: 'valid' } as const;
          expectUnchanged(batch, padded(batch, by, scale, logit, g), valid);
        },
      ),
      RUNS,
    );
  });

  test("changes nothing under 'all' where it is text, which is no candidate", () => {
    fc.assert(
      fc.property(nearest, rows, options, ({ batch, scale }, by, given) => {
        const all = { ...given, negativePool: 'all' } as const;
        expectUnchanged(batch, padded(batch, by, scale, 5, 1), all);
      }),
      RUNS,
    );
  });

  /** Whether OHEM has, in every image, as many candidates as it wants: padding fills up no quota then. */
  function poolSuffices({ maps, labels }: Given, ohemRatio: number): boolean {
    const { mining } = referenceLoss(maps, labels, { ohemRatio });
    return mining.every(
      ({ positives, negatives, quota }) =>
        positives === 0 || (quota > 0 && Math.trunc(positives * ohemRatio) <= negatives),
    );
  }

  test("changes nothing under 'all' where its logits are below every other, so long as the quota is filled without it", () => {
    let mined = 0;
    fc.assert(
      fc.property(nearest, rows, options, ({ batch, scale }, by, given) => {
        const some = {
          ...given,
          negativePool: 'all',
          ohemRatio: 0.5,
          binarizeLabels: false,
        } as const;
        fc.pre(poolSuffices(batch, 0.5));
        mined += Number(batch.labels.gtTexts.data.some((g) => g > 0.5));
        expectUnchanged(batch, padded(batch, by, scale, -1e4, 0), some);
      }),
      RUNS,
    );
    expect(mined).toBeGreaterThan(20);
  });

  test("takes the quota under 'all' where its logits are high, and only there", () => {
    const batch = makeBatch({
      seed: 4,
      images: 1,
      kernels: 1,
      scale: 1,
      height: 12,
      width: 12,
    });
    const loud = padded(batch, 30, 1, 50, 0);
    const negatives = (given: Given, options: PSELossOptions) => {
      const { selectedMask } = run(given, { ohemRatio: 1, ...options });
      const { gtTexts } = given.labels;
      return selectedMask!.data.reduce(
        (n, m, i) => n + Number(m === 1 && gtTexts.data[i] === 0),
        0,
      );
    };
    expect(negatives(batch, {})).toBeGreaterThan(0);
    expect(negatives(loud, {})).toBe(0);
    expect(negatives(loud, { negativePool: 'valid' })).toBe(
      negatives(batch, { negativePool: 'valid' }),
    );
  });
});

/** The options that the seed, PaddleOCR's class, does not have, as they are when they are off. */
const OFF: PSELossOptions = {
  epsInNumerator: false,
  binarizeLabels: false,
  fallbackMask: 'value',
  kernelTrainingMask: 'value',
  upsample: 'nearest',
  alignCorners: false,
  negativePool: 'all',
  emptyImages: 'include',
  checkValues: false,
};

test('with every option off that the seed does not have, the loss is the seed', () => {
  const ofSeed = fc.record({
    alpha: fc.double({ min: 0, max: 1, noNaN: true }),
    kernelSampleMask: fc.constantFrom<'pred' | 'gt'>('pred', 'gt'),
    reduction: fc.constantFrom<'none' | 'mean' | 'sum'>('none', 'mean', 'sum'),
    eps: fc.constantFrom(1e-6, 1e-3),
  });
  fc.assert(
    fc.property(seed, scene, dtype, ofSeed, fc.boolean(), (start, shown, maps, given, silent) => {
      const batch = makeBatch({ seed: start, scene: shown, maps, height: 5, width: 4, kernels: 2 });
      // The seed's own way, in a float64 of its own that knows no option but these (test/reference/seed.ts).
      const expected = seedLoss(batch.maps, batch.labels, given);
      const loss = new PSELoss({ ...given, ...(silent ? {} : OFF), returnMask: true });
      const actual = loss.valueAndGradSync(batch.maps, batch.labels);
      const within = maps === 'float64' ? 1e-12 : 5e-7;
      for (const name of VALUES) expectClose(name, actual.perImage[name], expected[name], within);
      expectSame('selectedMask', actual.selectedMask!.data, expected.selectedMask);
    }),
    RUNS,
  );
});

test('the gradient of the mean is that of the sum, by the number of images that count', () => {
  fc.assert(
    fc.property(drawn, options, ({ batch: { maps, labels }, how }, given) => {
      const of = (reduction: 'mean' | 'sum') =>
        new PSELoss({ ...given, ...how, reduction }).valueAndGradSync(maps, labels);
      const [mean, sum] = [of('mean'), of('sum')];
      const counted =
        given.emptyImages === 'skip'
          ? sum.perImage.loss.filter((_, i) => isCounted(labels, i)).length
          : maps.shape[0]!;
      const divisor = Math.max(1, counted);
      const tolerance = maps.data instanceof Float64Array ? 1e-14 : 1e-6;
      expectClose('loss', mean.loss * divisor, sum.loss, tolerance * maps.shape[0]!);
      expectClose(
        'grad',
        mean.grad.data.map((g) => g * divisor),
        sum.grad.data,
        tolerance,
      );

      function isCounted({ gtTexts, trainingMasks }: Given['labels'], image: number) {
        const size = gtTexts.data.length / maps.shape[0]!;
        return Array.from({ length: size }, (_, p) => image * size + p).some(
          (p) => gtTexts.data[p]! > 0.5 && trainingMasks.data[p]! > 0.5,
        );
      }
    }),
    RUNS,
  );
});
