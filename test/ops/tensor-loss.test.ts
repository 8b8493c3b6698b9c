// The loss on tensors: the same results as on arrays, bit for bit, held by handle.
import { describe, expect, test } from '@jest/globals';
import { compactLabels, PSELoss, type PSELossOptions, Tensor } from 'pse-loss';
import { LABEL_DTYPES, MAP_DTYPES, makeBatch } from '../support/batch';
import { batchOf, TWO_BLOCKS } from './small';
import { readResults } from './tensor-results';

const OPTIONS: readonly PSELossOptions[] = [
  {},
  { returnMask: true, reduction: 'none' },
  { preset: 'psenet', returnMask: true },
  { preset: 'mmocr', binarizeLabels: true },
  { preset: 'mmocr-0.x', upsample: 'nearest', kernelSampleMask: 'union' },
  { emptyImages: 'skip', reduction: 'mean', negativePool: 'valid' },
  { upsample: 'bilinear', alignCorners: true, reduction: 'mean' },
];

/** Labels as tensors. */
function tensorsOf({ gtTexts, gtKernels, trainingMasks }: ReturnType<typeof makeBatch>['labels']) {
  return {
    gtTexts: Tensor.from(gtTexts),
    gtKernels: Tensor.from(gtKernels),
    trainingMasks: Tensor.from(trainingMasks),
  };
}

describe('smoke', () => {
  test('the documented example has the loss and the gradient that it says', async () => {
    const maps = Tensor.from(new Float32Array(32), { shape: [1, 2, 4, 4], requiresGrad: true });
    const ones = (shape: number[]) => ({ data: new Uint8Array(256).fill(1), shape });
    const { loss } = await new PSELoss().forward(maps, {
      gtTexts: ones([1, 16, 16]),
      gtKernels: ones([1, 1, 16, 16]),
      trainingMasks: ones([1, 16, 16]),
    });
    await loss.backward();
    expect((await loss.item()).toFixed(2)).toBe('0.44');
    expect(maps.grad?.shape).toEqual([1, 2, 4, 4]);
  });
});

describe('shape', () => {
  const { maps, labels } = makeBatch({ seed: 40, images: 3, kernels: 2, maps: 'float64' });
  const shapes = (of: object) =>
    Object.fromEntries(
      Object.entries(of)
        .filter(([name]) => name !== 'perImage')
        .map(([name, { shape, dtype }]) => [name, `${dtype} [${shape}]`]),
    );
  const five = (what: string) =>
    Object.fromEntries(
      ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'].map((name) => [name, what]),
    );

  test.each([
    ['sum', []],
    ['mean', []],
    ['none', [3]],
  ] as const)('of every result, reduced by %p', async (reduction, shape) => {
    const loss = new PSELoss({ reduction, returnMask: true });
    const results = await loss.valueAndGrad(Tensor.from(maps), labels);
    expect(shapes(results)).toEqual({
      ...five(`float64 [${shape}]`),
      ...{ lossPerKernel: 'float64 [3,2]', selectedMask: 'float32 [3,48,40]' },
      grad: 'float64 [3,3,12,10]',
    });
    expect(shapes(results.perImage)).toEqual(five('float64 [3]'));
  });

  test.each([
    [undefined, 'bfloat16'],
    ['maps', 'bfloat16'],
    ['float32', 'float32'],
  ] as const)('the gradient is of the dtype that gradDtype %p says', async (gradDtype, dtype) => {
    const half = makeBatch({ seed: 40, images: 3, kernels: 2, maps: 'bfloat16' });
    const options = { gradDtype, gradScale: 1024 };
    const { grad, loss } = new PSELoss().valueAndGradSync(
      Tensor.from(half.maps),
      half.labels,
      options,
    );
    const expected = new PSELoss().valueAndGradSync(half.maps, half.labels, options);
    expect([grad.dtype, loss.dtype]).toEqual([dtype, 'float32']);
    expect(await grad.data()).toEqual(expected.grad.data);
  });
});

describe('reference', () => {
  const cases = OPTIONS.flatMap((options) =>
    (['words', 'some-empty'] as const).map((scene) => [scene, options] as const),
  );
  test.each(cases)('is what arrays give: %s, %p', async (scene, options) => {
    const { maps, labels } = makeBatch({ seed: 41, scene, images: 3, kernels: 3 });
    const loss = new PSELoss(options);
    const { reduction } = loss.options;
    const forward = loss.forwardSync(maps, labels);
    const both = loss.valueAndGradSync(maps, labels);
    const [tensor, handles] = [Tensor.from(maps), tensorsOf(labels)];
    for (const given of [labels, handles]) {
      const read = (results: Parameters<typeof readResults>[0]) => readResults(results, reduction);
      expect(await read(await loss.forward(tensor, given))).toEqual(forward);
      expect(await read(loss.forwardSync(tensor, given))).toEqual(forward);
      expect(await read(await loss.valueAndGrad(tensor, given))).toEqual(both);
      expect(await read(loss.valueAndGradSync(tensor, given))).toEqual(both);
    }
  });

  test.each(MAP_DTYPES)('maps of %s', async (dtype) => {
    const { maps, labels } = makeBatch({ seed: 42, maps: dtype });
    const results = await new PSELoss().valueAndGrad(Tensor.from(maps), labels);
    const { grad, ...expected } = new PSELoss().valueAndGradSync(maps, labels);
    const read = await readResults(results, 'sum');
    expect(read).toEqual({ ...expected, grad: { data: grad.data, shape: grad.shape } });
  });

  test.each(LABEL_DTYPES)('labels of %s', async (dtype) => {
    const { maps, labels } = makeBatch({ seed: 43, labels: dtype });
    const given = {
      gtTexts: Tensor.from(labels.gtTexts),
      gtKernels: Tensor.from(labels.gtKernels),
      trainingMasks: Tensor.from(labels.trainingMasks),
    };
    const expected = new PSELoss().valueAndGradSync(maps, labels);
    const onTensors = await new PSELoss().valueAndGrad(Tensor.from(maps), given);
    expect(await readResults(onTensors, 'sum')).toEqual(expected);
    // With maps in an array, arrays come out.
    expect(await new PSELoss().valueAndGrad(maps, given)).toEqual(expected);
    expect(new PSELoss().valueAndGradSync(maps, given)).toEqual(expected);
  });

  test('labels of fractions, whole images of them', async () => {
    for (const scene of ['soft-labels', 'fractional-masks', 'instance-ids'] as const) {
      const { maps, labels } = makeBatch({ seed: 44, scene });
      const expected = new PSELoss({ returnMask: true }).valueAndGradSync(maps, labels);
      const results = await new PSELoss({ returnMask: true }).valueAndGrad(
        Tensor.from(maps),
        tensorsOf(labels),
      );
      expect(await readResults(results, 'sum')).toEqual(expected);
    }
  });
});

describe('labels in a mixture', () => {
  const { maps, labels } = makeBatch({ seed: 45 });
  const expected = new PSELoss().valueAndGradSync(maps, labels);

  test.each([['gtTexts'], ['gtKernels'], ['trainingMasks']] as const)(
    '%s as a tensor, the others as arrays',
    async (name) => {
      const given = { ...labels, [name]: Tensor.from(labels[name]) };
      const results = await new PSELoss().valueAndGrad(Tensor.from(maps), given);
      expect(await readResults(results, 'sum')).toEqual(expected);
      expect(await new PSELoss().valueAndGrad(maps, given)).toEqual(expected);
    },
  );
});

describe('compact labels', () => {
  test.each([
    ['uint8', 4],
    ['uint16', 16],
  ] as const)('whose counts are a tensor of %s, or an array', async (dtype, scale) => {
    const { maps, labels } = makeBatch({ seed: 46, height: 3, width: 4, kernels: 2, scale });
    const compact = compactLabels(labels, { scale });
    const expected = new PSELoss().valueAndGradSync(maps, labels);
    const results = await new PSELoss().valueAndGrad(Tensor.from(maps), compact);
    expect(await readResults(results, 'sum')).toEqual(expected);
    // No array makes a tensor of uint16: dtypes of tensors are PyTorch's old ones.
    if (dtype === 'uint16') return;
    const handles = { ...compact, counts: Tensor.from(compact.counts) };
    const onHandles = await new PSELoss().valueAndGrad(Tensor.from(maps), handles);
    expect(await readResults(onHandles, 'sum')).toEqual(expected);
    expect(await new PSELoss().valueAndGrad(maps, handles)).toEqual(expected);
  });
});

describe('edge cases', () => {
  test.each(['sum', 'mean', 'none'] as const)(
    'of no image there is nothing, by %p',
    async (reduction) => {
      const maps = { data: new Float32Array(0), shape: [0, 3, 2, 2] };
      const none = (...shape: number[]) => ({ data: new Uint8Array(0), shape });
      const labels = {
        gtTexts: none(0, 8, 8),
        gtKernels: none(0, 2, 8, 8),
        trainingMasks: none(0, 8, 8),
      };
      const loss = new PSELoss({ reduction, returnMask: true });
      const leaf = Tensor.from(maps, { requiresGrad: true });
      const results = await loss.forward(leaf, labels);
      expect(await readResults(results, reduction)).toEqual(loss.forwardSync(maps, labels));
      const gradOutput = reduction === 'none' ? Tensor.empty([0]) : undefined;
      await results.loss.backward(gradOutput);
      expect([leaf.grad?.shape, leaf.grad?.numel]).toEqual([[0, 3, 2, 2], 0]);
      expect(await leaf.grad?.data()).toEqual(new Float32Array(0));
    },
  );

  test('skipped images are not counted in the mean, nor in its gradient', async () => {
    const empty = { ...TWO_BLOCKS, gtText: TWO_BLOCKS.gtText.map((row) => row.map(() => 0)) };
    const { maps, labels } = batchOf([empty, TWO_BLOCKS]);
    const alone = batchOf([TWO_BLOCKS]);
    const loss = new PSELoss({ emptyImages: 'skip', reduction: 'mean' });
    const expected = loss.valueAndGradSync(alone.maps, alone.labels);
    const leaf = Tensor.from(maps, { requiresGrad: true });
    const results = await loss.forward(leaf, labels);
    expect(await results.loss.item()).toBe(expected.loss);
    expect(await results.perImage.loss.data()).toEqual(Float64Array.of(0, expected.loss));
    await results.loss.backward();
    const { length } = expected.grad.data;
    expect(await leaf.grad?.data()).toEqual(
      Float64Array.of(...new Float64Array(length), ...expected.grad.data),
    );
  });

  test('the sum of values [N] and the reduced one are of one call', async () => {
    const { maps, labels } = makeBatch({ seed: 47, images: 3, maps: 'float64' });
    const { loss, perImage } = await new PSELoss().forward(Tensor.from(maps), labels);
    const [a, b, c] = await perImage.loss.data();
    expect(await loss.item()).toBeCloseTo(a! + b! + c!, 14);
  });
});

describe('determinism', () => {
  test('many calls that wait at the same time have the bits of one', async () => {
    const { maps, labels } = makeBatch({ seed: 48, images: 2 });
    const expected = new PSELoss().valueAndGradSync(maps, labels);
    const tensor = Tensor.from(maps);
    const calls = Array.from({ length: 20 }, () => new PSELoss().valueAndGrad(tensor, labels));
    for (const results of await Promise.all(calls)) {
      expect(await readResults(results, 'sum')).toEqual(expected);
    }
  });
});

describe('errors', () => {
  const { maps, labels } = makeBatch({ seed: 49, height: 2, width: 3, kernels: 2 });
  const refusal = (call: string, tail: string, code: string) => ({
    code,
    message: `${call}: expected ${tail}`,
  });

  test.each([
    [
      Tensor.from(new Int32Array(36), { shape: [2, 3, 2, 3] }),
      'maps to be a tensor of float32, float64, float16, bfloat16, got one of int32' +
        " (tensor.to({ dtype: 'float32' }) makes one)",
      'ERR_PSE_DTYPE',
    ],
    [
      Tensor.from(new Float32Array(36), { shape: [6, 6] }),
      'maps to be [N, C, h, w], got [6, 6]',
      'ERR_PSE_SHAPE',
    ],
    [
      Tensor.from(new Float32Array(12), { shape: [2, 1, 2, 3] }),
      'maps to be [N, C, h, w] with C ≥ 2, got [2, 1, 2, 3] (channel 0 is the text map, the rest are kernels)',
      'ERR_PSE_SHAPE',
    ],
  ] as const)('%s', async (given, tail, code) => {
    const loss = new PSELoss();
    await expect(loss.forward(given as Tensor<'float32'>, labels)).rejects.toMatchObject(
      refusal('PSELoss.forward', tail, code),
    );
    const sync = () => loss.valueAndGradSync(given as Tensor<'float32'>, labels);
    expect(sync).toThrow(expect.objectContaining(refusal('PSELoss.valueAndGradSync', tail, code)));
  });

  test('labels of a dtype that is none, or of another size', async () => {
    const halves = Tensor.from(labels.gtTexts).to({ dtype: 'float16' });
    await expect(new PSELoss().forward(maps, { ...labels, gtTexts: halves })).rejects.toMatchObject(
      {
        code: 'ERR_PSE_DTYPE',
        message:
          'PSELoss.forward: expected labels.gtTexts to be a tensor of float32, float64, uint8, bool, int32, int64, got one of float16' +
          " (tensor.to({ dtype: 'float32' }) makes one)",
      },
    );
    const small = Tensor.from(new Uint8Array(2 * 7 * 12), { shape: [2, 7, 12] });
    await expect(
      new PSELoss().forward(Tensor.from(maps), { ...labels, trainingMasks: small }),
    ).rejects.toMatchObject({
      code: 'ERR_PSE_SHAPE',
      message:
        'PSELoss.forward: expected labels.trainingMasks to be [2, 8, 12], as labels.gtTexts, got [2, 7, 12]',
    });
  });

  test('`out` where the gradient is a tensor', async () => {
    const call = { out: new Float32Array(36) } as object;
    await expect(new PSELoss().valueAndGrad(Tensor.from(maps), labels, call)).rejects.toMatchObject(
      {
        code: 'ERR_PSE_OPTION',
        message:
          'PSELoss.valueAndGrad: expected call.out to be left out where maps are a tensor, got a Float32Array of 36 elements (the gradient is a tensor then)',
      },
    );
  });

  test('a signal that was given already', async () => {
    const reason = new Error('on purpose');
    const signal = AbortSignal.abort(reason);
    const call = new PSELoss().forward(Tensor.from(maps), labels, { signal });
    await expect(call).rejects.toBe(reason);
  });
});

describe('checkValues', () => {
  const { maps, labels } = makeBatch({
    seed: 50,
    height: 2,
    width: 3,
    kernels: 2,
    labels: 'float32',
  });
  const floats = { ...maps, data: maps.data as Float32Array };
  const loss = new PSELoss({ checkValues: true });
  const wrong = {
    code: 'ERR_PSE_VALUE',
    message: expect.stringMatching(
      /^PSELoss\.\w+: expected maps to be finite everywhere, got NaN at \[n 1, c 2, y 1, x 2\]$/,
    ),
  };

  test('leaves `out` as it was where labels that are tensors are refused', async () => {
    const { data, shape } = labels.gtTexts;
    const bad = (data as Float32Array).slice();
    bad[3] = 2;
    const given = { ...labels, gtTexts: Tensor.from({ data: bad, shape }) };
    const out = new Float32Array(floats.data.length).fill(7);
    const code = { code: 'ERR_PSE_VALUE' };
    expect(() => loss.valueAndGradSync(floats, given, { out })).toThrow(
      expect.objectContaining(code),
    );
    await expect(loss.valueAndGrad(floats, given, { out })).rejects.toMatchObject(code);
    expect(new Set(out)).toEqual(new Set([7]));
    const right = await loss.valueAndGrad(
      floats,
      { ...labels, gtTexts: Tensor.from(labels.gtTexts) },
      { out },
    );
    expect(right.grad.data).toBe(out);
    expect(right.grad.data).toEqual(loss.valueAndGradSync(floats, labels).grad.data);
  });

  test('looks at tensors too', async () => {
    const data = floats.data.slice();
    data[35] = Number.NaN;
    const given = Tensor.from({ ...floats, data });
    await expect(loss.forward(given, labels)).rejects.toMatchObject(wrong);
    await expect(loss.valueAndGrad(given, labels)).rejects.toMatchObject(wrong);
    expect(() => loss.forwardSync(given, labels)).toThrow(expect.objectContaining(wrong));
  });

  test.each([
    ['gtTexts', 'from 0 to 1 everywhere'],
    ['gtKernels', 'from 0 to 1 everywhere'],
    ['trainingMasks', 'from 0 to 1 everywhere'],
  ] as const)('looks at labels.%s, of array maps as well', async (name, requirement) => {
    const data = (labels[name].data as Float32Array).slice();
    data[0] = 255;
    const given = { ...labels, [name]: Tensor.from(data, { shape: labels[name].shape }) };
    const refused = {
      code: 'ERR_PSE_VALUE',
      message: expect.stringContaining(`labels.${name} to be ${requirement}, got 255 at [n 0, `),
    };
    await expect(loss.forward(maps, given)).rejects.toMatchObject(refused);
    await expect(loss.forward(Tensor.from(maps), given)).rejects.toMatchObject(refused);
    expect(() => loss.valueAndGradSync(maps, given)).toThrow(expect.objectContaining(refused));
  });

  test('lets through what is right', async () => {
    const given = { ...labels, gtTexts: Tensor.from(labels.gtTexts) };
    const results = await loss.forward(Tensor.from(maps), given);
    expect(await results.loss.item()).toBe(new PSELoss().forwardSync(maps, labels).loss);
  });
});
