// The gradient of the loss by backward: that of valueAndGrad, reached through a graph.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions, Tensor } from 'pse-loss';
import { finiteDifferences } from '../reference/finite-differences';
import { MAP_DTYPES, makeBatch } from '../support/batch';
import { expectClose, largestOf } from '../support/compare';
import { errorOf } from '../support/error-of';
import { fromHalf } from '../support/half';
import { FINITE_DIFFERENCES } from '../support/tolerances';

const PRESETS: readonly PSELossOptions[] = [
  { preset: 'paddleocr' },
  { preset: 'psenet' },
  { preset: 'mmocr', binarizeLabels: true },
  { preset: 'paddleocr', kernelWeight: 2, eps: 1e-3, ohemRatio: 1 },
];
const SCENES = ['words', 'soft-labels', 'fractional-masks'] as const;
const CASES = PRESETS.flatMap((options) => SCENES.map((scene) => [scene, options] as const));

/** 1e-6 of the largest: the factor 1 / N is rounded to float32 on its way through a graph, and once more at the end. */
const MEAN = 1e-6;

describe.each(CASES)('%s, %p', (scene, preset) => {
  const { maps, labels } = makeBatch({ seed: 51, scene, images: 3, kernels: 3 });
  const leaf = () => Tensor.from(maps, { requiresGrad: true });

  test("of the 'sum' has the bits of valueAndGrad", async () => {
    const loss = new PSELoss({ ...preset, reduction: 'sum' });
    const given = leaf();
    await (await loss.forward(given, labels)).loss.backward();
    const { grad } = loss.valueAndGradSync(maps, labels);
    expect(await given.grad?.data()).toEqual(grad.data);
    expect(largestOf(grad.data)).toBeGreaterThan(1e-5);
  });

  test("of the 'mean' is as close as its factor", async () => {
    const loss = new PSELoss({ ...preset, reduction: 'mean' });
    const given = leaf();
    loss.forwardSync(given, labels).loss.backwardSync();
    const { grad } = loss.valueAndGradSync(maps, labels);
    const actual = (await given.grad?.data()) as Float32Array;
    expectClose('grad', actual, grad.data, MEAN * largestOf(grad.data));
  });

  test("of 'none' is that of the sum where each image has a gradient of 1", async () => {
    const loss = new PSELoss({ ...preset, reduction: 'none' });
    const given = leaf();
    const ones = Tensor.from(new Float32Array(3).fill(1));
    await (await loss.forward(given, labels)).loss.backward(ones);
    expect(await given.grad?.data()).toEqual(loss.valueAndGradSync(maps, labels).grad.data);
  });
});

describe('in float64', () => {
  const { maps, labels } = makeBatch({
    seed: 52,
    images: 2,
    kernels: 2,
    maps: 'float64',
    height: 4,
    width: 3,
  });
  const data = maps.data as Float64Array;
  const forward = (reduction: 'none' | 'sum' = 'sum') => {
    const leaf = Tensor.from(maps, { requiresGrad: true });
    return { leaf, results: new PSELoss({ reduction }).forwardSync(leaf, labels) };
  };
  const gradOf = (options: PSELossOptions) =>
    new PSELoss(options).valueAndGradSync(maps, labels).grad.data as Float64Array;

  test.each(['lossText', 'lossKernels'] as const)('of %s alone is not weighted', async (name) => {
    const { leaf, results } = forward();
    await results[name].backward();
    const [alpha, kernelWeight] = name === 'lossText' ? [1, 0] : [0, 1];
    const expected = gradOf({ alpha, kernelWeight });
    expectClose('grad', (await leaf.grad!.data()) as Float64Array, expected, 1e-15);
    expect(largestOf(expected)).toBeGreaterThan(1e-3);
  });

  test.each(['loss', 'lossText', 'lossKernels'] as const)(
    'of %s [N] with weights is what finite differences say',
    async (name) => {
      const weights = [2, -0.5];
      const { leaf, results } = forward('none');
      await results[name].backward(Tensor.from(Float64Array.from(weights)));
      const valueAt = (at: Float64Array) => {
        const { perImage } = new PSELoss().forwardSync({ data: at, shape: maps.shape }, labels);
        return weights.reduce((sum, weight, n) => sum + weight * perImage[name][n]!, 0);
      };
      const differences = finiteDifferences(valueAt, Float64Array.from(data), [...data.keys()]);
      expectClose(
        'grad',
        (await leaf.grad!.data()) as Float64Array,
        differences,
        FINITE_DIFFERENCES,
      );
    },
  );

  test('of perImage.loss is that of the image alone', async () => {
    const { leaf, results } = forward();
    results.perImage.loss.backwardSync(Tensor.from(Float64Array.of(0, 1)));
    const half = data.length / 2;
    const grad = (await leaf.grad!.data()) as Float64Array;
    expect(grad.subarray(0, half)).toEqual(new Float64Array(half));
    expect(grad.subarray(half)).toEqual(gradOf({}).subarray(half));
  });

  test('goes through what maps were made of', async () => {
    const leaf = Tensor.from(Float32Array.from(data), { shape: maps.shape, requiresGrad: true });
    const doubles = leaf.to({ dtype: 'float64' }).clone();
    const { loss } = new PSELoss().forwardSync(doubles, labels);
    await loss.backward();
    const expected = new PSELoss().valueAndGradSync(
      { data: Float64Array.from(Float32Array.from(data)), shape: maps.shape },
      labels,
    );
    expect(await leaf.grad!.data()).toEqual(Float32Array.from(expected.grad.data));
    expect(doubles.grad).toBe(null);
  });
});

describe.each(MAP_DTYPES)('maps of %s', (dtype) => {
  test('have a gradient of their dtype, rounded once', async () => {
    const { maps, labels } = makeBatch({ seed: 53, images: 1, maps: dtype });
    const leaf = Tensor.from(maps, { requiresGrad: true });
    const { loss } = await new PSELoss().forward(leaf, labels);
    await loss.backward();
    const { grad } = new PSELoss().valueAndGradSync(maps, labels);
    expect(leaf.grad?.dtype).toBe(dtype);
    expect(await leaf.grad?.data()).toEqual(grad.data);
    const numbers = Array.from(grad.data, (value) =>
      dtype === 'float16' || dtype === 'bfloat16' ? fromHalf(value, dtype) : value,
    );
    expect(largestOf(numbers)).toBeGreaterThan(1e-5);
  });
});

describe('grad', () => {
  const { maps, labels } = makeBatch({ seed: 54, images: 2, kernels: 2, maps: 'float64' });
  const expected = new PSELoss().valueAndGradSync(maps, labels).grad.data;
  const times = (factor: number) => Float64Array.from(expected, (value) => value * factor);
  const leaf = () => Tensor.from(maps, { requiresGrad: true });
  const step = (given: Tensor) =>
    new PSELoss().forwardSync(given as Tensor<'float64'>, labels).loss;

  test('is null until a backward pass, then one handle for ever', async () => {
    const given = leaf();
    expect(given.grad).toBe(null);
    const first = step(given).backward();
    const { grad } = given;
    expect([grad?.dtype, grad?.shape, grad?.requiresGrad]).toEqual(['float64', maps.shape, false]);
    await first;
    step(given).backwardSync();
    expect(given.grad).toBe(grad);
  });

  test('is what all passes add up to', async () => {
    const given = leaf();
    const losses = [step(given), step(given), step(given)];
    await Promise.all(losses.map((loss) => loss.backward()));
    expectClose('grad', (await given.grad!.data()) as Float64Array, times(3), 1e-15);
  });

  test('begins anew when it is set to null; who holds the old one keeps it', async () => {
    const given = leaf();
    step(given).backwardSync();
    const old = given.grad!;
    given.grad = null;
    expect(given.grad).toBe(null);
    given.grad = null;
    step(given).backwardSync();
    step(given).backwardSync();
    expect(given.grad).not.toBe(old);
    expect(await old.data()).toEqual(expected);
    expect(await given.grad!.data()).toEqual(times(2));
  });

  test('is set to null in its turn, between passes that wait', async () => {
    const given = leaf();
    const [first, second] = [step(given), step(given)];
    const done = [first.backward()];
    const old = given.grad!;
    given.grad = null;
    done.push(second.backward());
    await Promise.all(done);
    expect(await old.data()).toEqual(expected);
    expect(await given.grad!.data()).toEqual(expected);
  });

  test('begins anew when it was disposed of', async () => {
    const given = leaf();
    await step(given).backward();
    given.grad!.dispose();
    expect(given.grad).toBeNull();
    await step(given).backward();
    expect(await given.grad!.data()).toEqual(expected);
  });

  test('may be used like any tensor', () => {
    const given = leaf();
    step(given).backwardSync();
    const floats = given.grad!.to({ dtype: 'float32' }).dataSync();
    expect(floats).toEqual(Float32Array.from(expected));
  });

  test('of every tensor that was made with requiresGrad, and of no other', () => {
    const plain = Tensor.from(maps);
    const given = leaf();
    step(given.clone()).backwardSync();
    expect([plain.grad, given.detach().grad, given.grad?.numel]).toEqual([
      null,
      null,
      maps.data.length,
    ]);
  });
});

describe('what has no gradient', () => {
  const { maps, labels } = makeBatch({ seed: 55, images: 2, kernels: 2 });
  const leaf = () => Tensor.from(maps, { requiresGrad: true });
  const NONE = {
    ...{ name: 'TypeError', code: 'ERR_PSE_TYPE' },
    message: expect.stringContaining(
      'IoUs and masks have no gradient, nor have results of valueAndGrad',
    ),
  };

  test('IoUs, losses of kernels and masks', () => {
    const { lossPerKernel, selectedMask, iouText, iouKernel, perImage } = new PSELoss({
      returnMask: true,
    }).forwardSync(leaf(), labels);
    const without = [lossPerKernel, selectedMask!, iouText, iouKernel, perImage.iouText];
    for (const tensor of without) {
      expect(tensor.requiresGrad).toBe(false);
      expect(errorOf(() => tensor.backwardSync(Tensor.from(Float32Array.of(1))))).toEqual(NONE);
    }
  });

  test('results of maps without one, and of valueAndGrad', async () => {
    const results = [
      await new PSELoss().forward(Tensor.from(maps), labels),
      await new PSELoss().forward(leaf().detach(), labels),
      await new PSELoss().valueAndGrad(leaf(), labels),
    ];
    for (const { loss, lossText } of results) {
      expect([loss.requiresGrad, lossText.requiresGrad]).toEqual([false, false]);
      await expect(loss.backward()).rejects.toMatchObject(NONE);
    }
  });

  test('labels, also where they require one', async () => {
    const gtTexts = Tensor.from(labels.gtTexts, { dtype: 'float32', requiresGrad: true });
    const given = leaf();
    const { loss } = await new PSELoss().forward(given, { ...labels, gtTexts });
    await loss.backward();
    expect(gtTexts.grad).toBe(null);
    expect(await given.grad!.data()).toEqual(
      new PSELoss().valueAndGradSync(maps, labels).grad.data,
    );
  });
});

describe('errors', () => {
  const { maps, labels } = makeBatch({ seed: 56, images: 2, kernels: 2 });
  const leaf = () => Tensor.from(maps, { requiresGrad: true });

  test('a second pass through one graph', async () => {
    const given = leaf();
    const { loss, lossText } = new PSELoss().forwardSync(given, labels);
    loss.backwardSync();
    const grad = given.grad!.dataSync();
    const freed = {
      code: 'ERR_PSE_DISPOSED',
      message: expect.stringMatching(/^Tensor\.backward(Sync)?: what it needs was given back: /),
    };
    await expect(loss.backward()).rejects.toMatchObject(freed);
    expect(() => lossText.backwardSync()).toThrow(expect.objectContaining(freed));
    expect(given.grad!.dataSync()).toEqual(grad);
  });

  test('a pass that fails leaves no gradient behind, where there was none', async () => {
    const given = leaf();
    const { loss } = new PSELoss().forwardSync(given, labels);
    loss.backwardSync();
    given.grad = null;
    await expect(loss.backward()).rejects.toMatchObject({ code: 'ERR_PSE_DISPOSED' });
    expect(given.grad).toBe(null);
  });

  test('a pass that fails takes no gradient away that another made meanwhile', async () => {
    const given = leaf();
    const spent = new PSELoss().forwardSync(given, labels).loss;
    const fresh = new PSELoss().forwardSync(given, labels).loss;
    spent.backwardSync();
    given.grad = null;
    const failing = spent.backward();
    const passing = fresh.backward();
    await expect(failing).rejects.toMatchObject({ code: 'ERR_PSE_DISPOSED' });
    await passing;
    const grad = given.grad as Tensor | null;
    expect(await grad?.data()).toEqual(new PSELoss().valueAndGradSync(maps, labels).grad.data);
  });

  test('several losses without a gradient of their own', async () => {
    const { loss } = new PSELoss({ reduction: 'none' }).forwardSync(leaf(), labels);
    await expect(loss.backward()).rejects.toMatchObject({
      code: 'ERR_PSE_SHAPE',
      message:
        'Tensor.backward: expected gradOutput to be a tensor [2], got nothing (only a single element is differentiated by itself)',
    });
  });

  test('what a graph needs was changed in place', () => {
    // A gradient is added up in place. Here it is the training mask of a loss, and no binary one: the graph keeps it.
    const { shape } = labels.trainingMasks;
    const source = Tensor.from(new Float32Array(labels.trainingMasks.data.length), {
      shape,
      requiresGrad: true,
    });
    const halves = Tensor.from(new Float32Array(source.numel).fill(0.5), { shape });
    source.backwardSync(halves);
    const given = leaf();
    const { loss } = new PSELoss().forwardSync(given, { ...labels, trainingMasks: source.grad! });
    source.backwardSync(halves);
    expect(errorOf(() => loss.backwardSync())).toMatchObject({
      ...{ name: 'RangeError', code: 'ERR_PSE_VALUE' },
      message: expect.stringMatching(/^Tensor\.backwardSync: what it needs was changed: /),
    });
    expect(given.grad).toBe(null);
  });
});
