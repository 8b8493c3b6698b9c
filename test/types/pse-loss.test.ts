// What the compiler knows about a loss: the reduction out of its options, the arrays out of its maps, and what must not
// compile. Types are held by `npm run check:static`; Jest runs the same lines, so a type and what it stands for agree.
import { describe, expect, test } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import {
  type FloatArray,
  type KernelSampleMask,
  type LossAndGrad,
  type LossResult,
  type LossValues,
  type NdArray,
  PSELoss,
  type PSELossOptions,
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
    expectTypeOf(new PSELoss(optional)).toEqualTypeOf<PSELoss<'none' | 'sum'>>();
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
      returnMask: undefined,
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
  const doubles = { data: new Float64Array(4), shape: [1, 2, 2] };

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
    // @ts-expect-error: labels are float32 or uint8
    () => loss.forwardSync(FLOATS, { ...LABELS, gtTexts: doubles }),
    // @ts-expect-error: labels are named
    () => loss.forwardSync(FLOATS, [LABELS.gtTexts, LABELS.gtKernels, LABELS.trainingMasks]),
  ])('that are wrong neither compile nor run: %s', (call) => {
    expect(call).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_PSE_/) }));
  });
});
