// What the compiler knows about a loss: the reduction out of its options, the arrays out of its maps, and what must not
// compile. Types are held by `npm run check:static`; Jest runs the same lines, so a type and what it stands for agree.
import { describe, expect, test } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import {
  type CallOptions,
  type CompactLabels,
  compactLabels,
  diceLossSync,
  type FloatArray,
  type IouOptions,
  iouSync,
  type KernelSampleMask,
  type LossAndGrad,
  type LossResult,
  type LossValues,
  type NdArray,
  ohemBatchSync,
  PSELoss,
  type PSELossOptions,
  presets,
  type Reduction,
  type ResolvedOptions,
} from 'pse-loss';

const FLOATS = { data: new Float32Array(8), shape: [1, 2, 2, 2] };
const DOUBLES = { data: new Float64Array(8), shape: [1, 2, 2, 2] };
const LABELS = {
  gtTexts: { data: new Uint8Array(4), shape: [1, 2, 2] },
  gtKernels: { data: new Float32Array(4), shape: [1, 1, 2, 2] },
  trainingMasks: { data: new Uint8Array(4), shape: [1, 2, 2] },
} as const;

describe('the reduction', () => {
  test('is inferred from the options', () => {
    expectTypeOf(new PSELoss({ reduction: 'none', eps: 1 })).toEqualTypeOf<PSELoss<'none'>>();
    expectTypeOf(new PSELoss({ reduction: 'mean' })).toEqualTypeOf<PSELoss<'mean'>>();
    expectTypeOf(new PSELoss({ reduction: 'sum' })).toEqualTypeOf<PSELoss<'sum'>>();
    const frozen = Object.freeze({ reduction: 'none' });
    const loss = new PSELoss(frozen);
    expectTypeOf(loss).toEqualTypeOf<PSELoss<'none'>>();
    expectTypeOf(loss.options.reduction).toEqualTypeOf<'none'>();
    expect(loss.options.reduction).toBe('none');
  });

  test("is 'sum' where the options say nothing about it", () => {
    expectTypeOf(new PSELoss()).toEqualTypeOf<PSELoss<'sum'>>();
    expectTypeOf(new PSELoss(undefined)).toEqualTypeOf<PSELoss<'sum'>>();
    expectTypeOf(new PSELoss({})).toEqualTypeOf<PSELoss<'sum'>>();
    expectTypeOf(new PSELoss({ alpha: 0.5 })).toEqualTypeOf<PSELoss<'sum'>>();
    const loss = new PSELoss({ reduction: undefined });
    expectTypeOf(loss).toEqualTypeOf<PSELoss<'sum'>>();
    expect(loss.options.reduction).toBe('sum');
  });

  test('stays open where the type of the options leaves it open', () => {
    const loose: PSELossOptions = { reduction: 'none' };
    expectTypeOf(new PSELoss(loose)).toEqualTypeOf<PSELoss<Reduction>>();
    const optional: PSELossOptions<'none'> = {};
    // The preset, which it may have, may have any.
    expectTypeOf(new PSELoss(optional)).toEqualTypeOf<PSELoss<Reduction>>();
    const chosen = { reduction: 'mean' as 'none' | 'mean' };
    expectTypeOf(new PSELoss(chosen)).toEqualTypeOf<PSELoss<'none' | 'mean'>>();
    const perhaps = { reduction: undefined as 'mean' | undefined };
    expectTypeOf(new PSELoss(perhaps)).toEqualTypeOf<PSELoss<'mean' | 'sum'>>();
    const either = { alpha: 1 } as { alpha: number } | { reduction: 'none' };
    expectTypeOf(new PSELoss(either)).toEqualTypeOf<PSELoss<'none' | 'sum'>>();

    const { loss } = new PSELoss(loose).forwardSync(FLOATS, LABELS);
    expectTypeOf(loss).toEqualTypeOf<number | Float32Array>();
    expect(loss).toBeInstanceOf(Float32Array);
  });

  test("is the preset's where there is one, by name or as an object, unless an own one wins", () => {
    expectTypeOf(new PSELoss({ preset: 'mmocr' })).toEqualTypeOf<PSELoss<'mean'>>();
    expectTypeOf(new PSELoss({ preset: 'paddleocr-2.4' })).toEqualTypeOf<PSELoss<'sum'>>();
    expectTypeOf(new PSELoss({ preset: presets.psenet })).toEqualTypeOf<PSELoss<'mean'>>();
    expectTypeOf(new PSELoss(presets.psenet)).toEqualTypeOf<PSELoss<'mean'>>();
    const own = new PSELoss({ preset: 'mmocr', reduction: 'none' });
    expectTypeOf(own).toEqualTypeOf<PSELoss<'none'>>();
    const mine = { ...presets['mmocr-0.x'], reduction: 'none' } as const;
    expectTypeOf(new PSELoss({ preset: mine })).toEqualTypeOf<PSELoss<'none'>>();
    expectTypeOf(new PSELoss({ preset: { alpha: 0.5 } })).toEqualTypeOf<PSELoss<'sum'>>();
    expectTypeOf(new PSELoss({ preset: undefined })).toEqualTypeOf<PSELoss<'sum'>>();
    const either = { preset: 'psenet' as 'psenet' | 'paddleocr' };
    expectTypeOf(new PSELoss(either)).toEqualTypeOf<PSELoss<'mean' | 'sum'>>();
    expect([own.options.reduction, new PSELoss({ preset: mine }).options.reduction]).toEqual([
      'none',
      'none',
    ]);
  });

  test('survives in the options of a loss', () => {
    const again = new PSELoss(new PSELoss({ reduction: 'mean' }).options);
    expectTypeOf(again).toEqualTypeOf<PSELoss<'mean'>>();
    expect(again.options.reduction).toBe('mean');
  });
});

describe('a result', () => {
  test("has numbers under 'mean', 'sum' and by default", () => {
    const results = [
      new PSELoss({ reduction: 'mean' }).forwardSync(FLOATS, LABELS),
      new PSELoss({ reduction: 'sum' }).forwardSync(FLOATS, LABELS),
      new PSELoss().forwardSync(FLOATS, LABELS),
    ] as const;
    for (const { loss, lossText, lossKernels, iouText, iouKernel } of results) {
      const five = [loss, lossText, lossKernels, iouText, iouKernel];
      expectTypeOf(five).toEqualTypeOf<number[]>();
      expect(five.map((value) => typeof value)).toEqual(Array(5).fill('number'));
    }
  });

  test("has arrays under 'none', of the precision of the maps", () => {
    const loss = new PSELoss({ reduction: 'none' });
    const float = loss.forwardSync(FLOATS, LABELS);
    expectTypeOf(float).toEqualTypeOf<LossResult<Float32Array, 'none'>>();
    expectTypeOf(float).toExtend<LossValues<Float32Array>>();
    expect(float.loss).toBeInstanceOf(Float32Array);
    const double = loss.forwardSync(DOUBLES, LABELS);
    expectTypeOf(double).toEqualTypeOf<LossResult<Float64Array, 'none'>>();
    expectTypeOf(double.iouKernel).toEqualTypeOf<Float64Array>();
    expect(double.iouKernel).toBeInstanceOf(Float64Array);
  });

  test('has per-image values, kernels and gradients of the precision of the maps, whatever the reduction', () => {
    const loss = new PSELoss();
    const float = loss.valueAndGradSync(FLOATS, LABELS);
    expectTypeOf(float).toEqualTypeOf<LossAndGrad<Float32Array, 'sum'>>();
    expectTypeOf(float.perImage).toEqualTypeOf<LossValues<Float32Array>>();
    expectTypeOf(float.lossPerKernel).toEqualTypeOf<NdArray<Float32Array>>();
    expectTypeOf(float.grad.data).toEqualTypeOf<Float32Array>();
    const double = loss.valueAndGradSync(DOUBLES, LABELS);
    expectTypeOf(double).toEqualTypeOf<LossAndGrad<Float64Array, 'sum'>>();
    expect(double.grad.data).toBeInstanceOf(Float64Array);
    expect(double.perImage.loss).toBeInstanceOf(Float64Array);
  });

  test('has a float32 mask, which may be absent', () => {
    const { selectedMask } = new PSELoss().forwardSync(DOUBLES, LABELS);
    expectTypeOf(selectedMask).toEqualTypeOf<NdArray<Float32Array> | undefined>();
    expect(selectedMask).toBe(undefined);
  });

  test('has no gradient unless it was asked for', () => {
    const result = new PSELoss().forwardSync(FLOATS, LABELS);
    expectTypeOf(result).not.toHaveProperty('grad');
    expect('grad' in result).toBe(false);
  });

  test('is of either precision where the type of the maps leaves it open', () => {
    const maps: NdArray<FloatArray> = FLOATS;
    const { grad, loss } = new PSELoss({ reduction: 'none' }).valueAndGradSync(maps, LABELS);
    expectTypeOf(grad).toEqualTypeOf<NdArray<FloatArray>>();
    expectTypeOf(loss).toEqualTypeOf<FloatArray>();
    expect(loss).toBeInstanceOf(Float32Array);
  });

  test('is read-only', () => {
    const result = new PSELoss().forwardSync(FLOATS, LABELS);
    // @ts-expect-error: a result is what was computed
    result.loss = 0;
    expectTypeOf(result.lossPerKernel.shape).toEqualTypeOf<readonly number[]>();
  });
});

describe('options', () => {
  test('of a loss are complete and read-only', () => {
    const { options } = new PSELoss({ reduction: 'none' });
    expectTypeOf(options).toEqualTypeOf<ResolvedOptions<'none'>>();
    expectTypeOf(options.textThreshold).toEqualTypeOf<number | 'sigmoid-half'>();
    expectTypeOf(options.kernelSampleMask).toEqualTypeOf<KernelSampleMask>();
    expectTypeOf(options.kernelWeight).toEqualTypeOf<number>();
    expect(() => {
      // @ts-expect-error: the options of a loss never change
      options.alpha = 1;
    }).toThrow(TypeError);
  });

  test('may each be undefined, which means not given', () => {
    const given: PSELossOptions = {
      alpha: undefined,
      kernelWeight: undefined,
      ohemRatio: undefined,
      kernelSampleMask: undefined,
      textThreshold: undefined,
      reduction: undefined,
      eps: undefined,
      epsInNumerator: undefined,
      binarizeLabels: undefined,
      fallbackMask: undefined,
      kernelTrainingMask: undefined,
      upsample: undefined,
      alignCorners: undefined,
      negativePool: undefined,
      emptyImages: undefined,
      returnMask: undefined,
      checkValues: undefined,
      preset: undefined,
    };
    expectTypeOf<Required<PSELossOptions>>().toEqualTypeOf<
      Required<{ readonly [name in keyof typeof given]: PSELossOptions[name] }>
    >();
    expect(new PSELoss(given).options).toEqual(new PSELoss().options);
  });

  test.each([
    // @ts-expect-error: upstream's spelling
    () => new PSELoss({ ohem_ratio: 3 }),
    // @ts-expect-error: the same beside a known option
    () => new PSELoss({ alpha: 0.5, ohem_ratio: 3 }),
    // @ts-expect-error: no word of the list
    () => new PSELoss({ reduction: 'max' }),
    // @ts-expect-error: no word of the list
    () => new PSELoss({ kernelSampleMask: 'predicted' }),
    // @ts-expect-error: neither a number nor its one word
    () => new PSELoss({ textThreshold: 'half' }),
    // @ts-expect-error: not a number
    () => new PSELoss({ alpha: '0.7' }),
    // @ts-expect-error: no such preset
    () => new PSELoss({ preset: 'mindocr' }),
    // @ts-expect-error: a preset has none of its own
    () => new PSELoss({ preset: { preset: 'mmocr' } }),
    // @ts-expect-error: null is not undefined
    () => new PSELoss({ eps: null }),
    // @ts-expect-error: not a boolean
    () => new PSELoss({ returnMask: 1 }),
    // @ts-expect-error: no object
    () => new PSELoss(null),
    // @ts-expect-error: no object
    () => new PSELoss('mean'),
    // @ts-expect-error: an array is no options
    () => new PSELoss([0.7]),
  ])('that are wrong neither compile nor run: %s', (construct) => {
    expect(construct).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_PSE_/) }),
    );
  });
});

describe('arguments', () => {
  const loss = new PSELoss();
  const ints = { data: new Int32Array(8), shape: [1, 2, 2, 2] };
  const bytes = { data: new Uint8Array(8), shape: [1, 2, 2, 2] };
  const words = { data: new Uint16Array(4), shape: [1, 2, 2] };

  test('take labels of two dtypes at once, frozen shapes, and shared memory', () => {
    const shared = { data: new Float32Array(new SharedArrayBuffer(32)), shape: [1, 2, 2, 2] };
    expectTypeOf(loss.forwardSync(shared, LABELS)).toEqualTypeOf<LossResult<Float32Array, 'sum'>>();
    expectTypeOf(LABELS).toExtend<Parameters<typeof loss.forwardSync>[1]>();
  });

  test.each([
    // @ts-expect-error: maps are floating
    () => loss.forwardSync(ints, LABELS),
    // @ts-expect-error: maps are floating
    () => loss.valueAndGradSync(bytes, LABELS),
    // @ts-expect-error: a typed array has no shape
    () => loss.forwardSync(FLOATS.data, LABELS),
    // @ts-expect-error: plain numbers are no typed array
    () => loss.forwardSync({ data: [0, 0], shape: [1, 2, 1, 1] }, LABELS),
    // @ts-expect-error: no shape
    () => loss.forwardSync({ data: FLOATS.data }, LABELS),
    // @ts-expect-error: no such dtype
    () => loss.forwardSync({ ...FLOATS, dtype: 'f32' }, LABELS),
    // @ts-expect-error: labels are missing
    () => loss.forwardSync(FLOATS),
    // @ts-expect-error: one label is missing
    () => loss.forwardSync(FLOATS, { gtTexts: LABELS.gtTexts, gtKernels: LABELS.gtKernels }),
    // @ts-expect-error: labels are no words of 16 bits
    () => loss.forwardSync(FLOATS, { ...LABELS, gtTexts: words }),
    // @ts-expect-error: the gradient goes into one array
    () => loss.valueAndGradSync(FLOATS, LABELS, { out: [0] }),
    // @ts-expect-error: no such option of a call
    () => loss.valueAndGradSync(FLOATS, LABELS, { grad_scale: 2 }),
    // @ts-expect-error: no such dtype for a gradient
    () => loss.valueAndGradSync(FLOATS, LABELS, { gradDtype: 'float64' }),
    // @ts-expect-error: labels are named
    () => loss.forwardSync(FLOATS, [LABELS.gtTexts, LABELS.gtKernels, LABELS.trainingMasks]),
  ])('that are wrong neither compile nor run: %s', (call) => {
    expect(call).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_PSE_/) }));
  });
});

describe('dtypes', () => {
  const loss = new PSELoss();
  const halves = { data: new Uint16Array(8), shape: [1, 2, 2, 2], dtype: 'bfloat16' } as const;

  test('halves have float32 results and a gradient of their bits', () => {
    const { grad, perImage } = loss.valueAndGradSync(halves, LABELS);
    expectTypeOf(grad).toEqualTypeOf<NdArray<Uint16Array>>();
    expectTypeOf(perImage.loss).toEqualTypeOf<Float32Array>();
    expect([grad.data.constructor, perImage.loss.constructor]).toEqual([Uint16Array, Float32Array]);
  });

  test('the gradient is of the array that it goes into, or of the dtype that was asked for', () => {
    const { grad: narrow } = loss.valueAndGradSync(DOUBLES, LABELS, { gradDtype: 'float32' });
    expectTypeOf(narrow).toEqualTypeOf<NdArray<Float32Array>>();
    const out = new Float32Array(8);
    const { grad } = loss.valueAndGradSync(FLOATS, LABELS, { out });
    expectTypeOf(grad.data).toEqualTypeOf(out);
    const loose: CallOptions = { gradDtype: 'float32' };
    const open = loss.valueAndGradSync(halves, LABELS, loose).grad.data;
    expectTypeOf(open).not.toEqualTypeOf<Uint16Array>();
    expectTypeOf<Float32Array>().toExtend<typeof open>();
    expectTypeOf(
      loss.valueAndGradSync(halves, LABELS, { gradScale: 2 }).grad.data,
    ).toEqualTypeOf<Uint16Array>();
    const either = { gradDtype: 'maps' as 'maps' | 'float32' };
    expectTypeOf(loss.valueAndGradSync(halves, LABELS, either).grad.data).toEqualTypeOf<
      Uint16Array | Float32Array
    >();
    expect(open).toBeInstanceOf(Float32Array);
    expect(grad.data).toBe(out);
    expect(narrow.data).toBeInstanceOf(Float32Array);
  });

  test('every label dtype, dims for shape, and counts', () => {
    const labels = {
      gtTexts: { data: new BigInt64Array(4), dims: [1, 2, 2], type: 'int64' },
      gtKernels: { data: new Int32Array(4), shape: [1, 1, 2, 2] },
      trainingMasks: { data: new Uint8Array(4), shape: [1, 2, 2], dtype: 'bool' },
    } as const;
    const maps = { data: FLOATS.data, dims: FLOATS.shape };
    expectTypeOf(loss.forwardSync(maps, labels)).toEqualTypeOf<LossResult<Float32Array, 'sum'>>();
    const compact = compactLabels(LABELS, { scale: 1 });
    expectTypeOf(compact).toEqualTypeOf<CompactLabels>();
    expect(loss.forwardSync(FLOATS, compact)).toEqual(loss.forwardSync(FLOATS, LABELS));
  });
});

describe('the functions', () => {
  const plane = { data: new Uint8Array(4), shape: [1, 2, 2] };
  const scores = { data: new Float64Array(4), shape: [1, 2, 2] };

  test('have results of the precision of their first argument', () => {
    const losses = diceLossSync(scores, plane, plane);
    expectTypeOf(losses).toEqualTypeOf<Float64Array>();
    const floats = { data: new Float32Array(4), shape: [1, 2, 2] };
    expectTypeOf(diceLossSync(floats, plane, plane)).toEqualTypeOf<Float32Array>();
    expect(losses).toBeInstanceOf(Float64Array);
    expectTypeOf(ohemBatchSync(scores, plane, plane)).toEqualTypeOf<NdArray<Float32Array>>();
  });

  test('an IoU is a number, or an array where it is not reduced', () => {
    expectTypeOf(iouSync(plane, plane, plane)).toEqualTypeOf<number>();
    expectTypeOf(iouSync(plane, plane, plane, { nClass: 3 })).toEqualTypeOf<number>();
    const each = iouSync(scores, plane, plane, { reduce: false });
    expectTypeOf(each).toEqualTypeOf<Float64Array>();
    expectTypeOf(iouSync(plane, plane, plane, { reduce: true })).toEqualTypeOf<number>();
    const loose: IouOptions = {};
    expectTypeOf(iouSync(plane, plane, plane, loose)).toEqualTypeOf<number | Float32Array>();
    expect(each).toEqual(new Float64Array(1));
  });
});
