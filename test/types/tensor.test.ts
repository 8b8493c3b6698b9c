// What the compiler knows about tensors: their dtype out of the array or the options, the array out of their dtype, and
// what results of a loss are. Types are held by `npm run check:static`; Jest runs the same lines.
import { describe, expect, test } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import {
  compactLabels,
  type DType,
  diceLoss,
  diceLossSync,
  iou,
  iouSync,
  type LabelInput,
  type LossTensors,
  type LossTensorsAndGrad,
  type LossValues,
  type MapTensor,
  ohemBatch,
  PSELoss,
  scope,
  Tensor,
} from 'pse-loss';

const SHAPE = [1, 2, 2, 2];
const FLOATS = { data: new Float32Array(8), shape: SHAPE };
const LABELS = {
  gtTexts: { data: new Uint8Array(4), shape: [1, 2, 2] },
  gtKernels: { data: new Float32Array(4), shape: [1, 1, 2, 2] },
  trainingMasks: { data: new Uint8Array(4), shape: [1, 2, 2] },
} as const;

describe('Tensor.from', () => {
  test('takes the dtype from the class of the array', () => {
    const float32 = Tensor.from(new Float32Array(1));
    expectTypeOf(float32).toEqualTypeOf<Tensor<'float32'>>();
    const float64 = Tensor.from({ data: new Float64Array(1), shape: [1] });
    expectTypeOf(float64).toEqualTypeOf<Tensor<'float64'>>();
    const int32 = Tensor.from({ data: new Int32Array(1), dims: [1] });
    expectTypeOf(int32).toEqualTypeOf<Tensor<'int32'>>();
    const int64 = Tensor.from(new BigInt64Array(1), { shape: [] });
    expectTypeOf(int64).toEqualTypeOf<Tensor<'int64'>>();
    const uint8 = Tensor.from(new Uint8Array(1), { requiresGrad: false });
    expectTypeOf(uint8).toEqualTypeOf<Tensor<'uint8'>>();
    const dtypes = [float32, float64, int32, int64, uint8].map(({ dtype }) => dtype);
    expect(dtypes).toEqual(['float32', 'float64', 'int32', 'int64', 'uint8']);
  });

  test('takes the dtype from the options, before the class', () => {
    const half = Tensor.from(new Uint16Array(1), { dtype: 'bfloat16' });
    expectTypeOf(half).toEqualTypeOf<Tensor<'bfloat16'>>();
    const converted = Tensor.from(FLOATS, { dtype: 'float64', requiresGrad: true });
    expectTypeOf(converted).toEqualTypeOf<Tensor<'float64'>>();
    expectTypeOf(converted.dtype).toEqualTypeOf<'float64'>();
    expect([half.dtype, converted.dtype]).toEqual(['bfloat16', 'float64']);
  });

  test('leaves it open where the type does', () => {
    const dtype = 'int32' as DType;
    const tensor = Tensor.from(new Float32Array(1), { dtype });
    expectTypeOf(tensor).toEqualTypeOf<Tensor<DType>>();
    expectTypeOf<Tensor>().toEqualTypeOf<Tensor<DType>>();
    expect(tensor.dtype).toBe('int32');
  });

  test.each([
    // @ts-expect-error: plain numbers are no typed array
    () => Tensor.from([1, 2]),
    // @ts-expect-error: no such class
    () => Tensor.from(new Int8Array(1)),
    // @ts-expect-error: no such dtype
    () => Tensor.from(new Float32Array(1), { dtype: 'float' }),
    // @ts-expect-error: no such device
    () => Tensor.from(new Float32Array(1), { device: 'gpu' }),
    // @ts-expect-error: upstream's spelling
    () => Tensor.from(new Float32Array(1), { requires_grad: true }),
    // @ts-expect-error: no shape
    () => Tensor.empty(),
    // @ts-expect-error: a shape is an array
    () => Tensor.empty(4),
    // @ts-expect-error: an empty tensor is no leaf
    () => Tensor.empty([1], { requiresGrad: true }),
    // @ts-expect-error: null is not undefined
    () => Tensor.empty([1], { dtype: null }),
    // @ts-expect-error: a shape is no conversion
    () => Tensor.empty([1]).to({ shape: [1] }),
    // @ts-expect-error: a gradient is a tensor
    () => Tensor.from(new Float32Array(1), { requiresGrad: true }).backwardSync(1),
    // @ts-expect-error: an External is an object
    () => Tensor.fromDLPack(1),
  ])('and the others refuse to compile and to run: %s', (work) => {
    expect(work).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_PSE_/) }));
  });
});

describe('the elements', () => {
  test('come in the array of the dtype', async () => {
    const data = await Tensor.empty([1]).data();
    expectTypeOf(data).toEqualTypeOf<Float32Array>();
    expectTypeOf(Tensor.empty([1], { dtype: 'float64' }).dataSync()).toEqualTypeOf<Float64Array>();
    expectTypeOf(Tensor.empty([1], { dtype: 'float16' }).dataSync()).toEqualTypeOf<Uint16Array>();
    expectTypeOf(Tensor.empty([1], { dtype: 'bfloat16' }).dataSync()).toEqualTypeOf<Uint16Array>();
    expectTypeOf(Tensor.empty([1], { dtype: 'uint8' }).dataSync()).toEqualTypeOf<Uint8Array>();
    expectTypeOf(Tensor.empty([1], { dtype: 'bool' }).dataSync()).toEqualTypeOf<Uint8Array>();
    expectTypeOf(Tensor.empty([1], { dtype: 'int32' }).dataSync()).toEqualTypeOf<Int32Array>();
    const wide = Tensor.empty([1], { dtype: 'int64' }).dataSync();
    expectTypeOf(wide).toEqualTypeOf<BigInt64Array>();
    expect([data.constructor, wide.constructor]).toEqual([Float32Array, BigInt64Array]);
  });

  test('one of them is a number, of whatever dtype', async () => {
    const tensor = Tensor.from(BigInt64Array.of(3n));
    expectTypeOf(tensor.itemSync()).toEqualTypeOf<number>();
    expectTypeOf(tensor.item()).resolves.toEqualTypeOf<number>();
    expectTypeOf(tensor.ready()).resolves.toEqualTypeOf<Tensor<'int64'>>();
    expect(await (await tensor.ready()).item()).toBe(3);
  });
});

describe('what is made of a tensor', () => {
  const tensor = Tensor.from(FLOATS, { requiresGrad: true });

  test('has its dtype, or that which is asked for', () => {
    expectTypeOf(tensor.clone()).toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(tensor.detach()).toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(tensor.to({})).toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(tensor.to({ device: 'cpu' })).toEqualTypeOf<Tensor<'float32'>>();
    const doubles = tensor.to({ dtype: 'float64' });
    expectTypeOf(doubles).toEqualTypeOf<Tensor<'float64'>>();
    expectTypeOf(tensor.grad).toEqualTypeOf<Tensor<'float32'> | null>();
    expectTypeOf(Tensor.fromDLPack(Tensor.empty([1]).toDLPack())).toEqualTypeOf<Tensor>();
    expect(doubles.dtype).toBe('float64');
  });

  test('is what a scope returns', async () => {
    const kept = scope(() => ({ tensor: Tensor.empty([1], { dtype: 'int32' }) }));
    expectTypeOf(kept).toEqualTypeOf<{ tensor: Tensor<'int32'> }>();
    const later = scope(async () => Tensor.empty([2]));
    expectTypeOf(later).toEqualTypeOf<Promise<Tensor<'float32'>>>();
    expect([kept.tensor.dtype, (await later).numel]).toEqual(['int32', 2]);
  });

  test('is read-only, but for a gradient that is set to null', () => {
    const leaf = Tensor.from(Float32Array.of(1), { requiresGrad: true });
    leaf.backwardSync();
    leaf.grad = null;
    expect(() => {
      // @ts-expect-error: a shape is what it is
      leaf.shape = [1, 1];
    }).toThrow(TypeError);
    expect(() => {
      // @ts-expect-error: a gradient is made by backward
      leaf.grad = leaf;
    }).toThrow(TypeError);
    expectTypeOf(leaf.shape).toEqualTypeOf<readonly number[]>();
    expectTypeOf(leaf.strides).toEqualTypeOf<readonly number[]>();
  });

  test('may be of any dtype where one is asked for', () => {
    expectTypeOf<Tensor<'float32'>>().toExtend<Tensor>();
    expectTypeOf<Tensor<'int64'>>().toExtend<LabelInput>();
    expectTypeOf<Tensor<'bfloat16'>>().toExtend<MapTensor>();
    expectTypeOf<Tensor<'float32'>>().not.toExtend<Tensor<'float64'>>();
    const either: readonly Tensor[] = [tensor, tensor.to({ dtype: 'int32' })];
    expect(either.map(({ dtype }) => dtype)).toEqual(['float32', 'int32']);
  });
});

describe('a loss of a tensor', () => {
  const loss = new PSELoss({ reduction: 'none' });
  const maps = Tensor.from(FLOATS);
  const halves = Tensor.from(FLOATS, { dtype: 'float16' });
  const doubles = Tensor.from(FLOATS, { dtype: 'float64' });

  test('is tensors, of float64 for float64 maps and of float32 for all else', async () => {
    const results = await loss.forward(maps, LABELS);
    expectTypeOf(results).toEqualTypeOf<LossTensors<Tensor<'float32'>>>();
    expectTypeOf(results.loss).toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(results.perImage).toEqualTypeOf<LossValues<Tensor<'float32'>>>();
    expectTypeOf(results.lossPerKernel).toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(results.selectedMask).toEqualTypeOf<Tensor<'float32'> | undefined>();
    expectTypeOf(results).not.toHaveProperty('grad');
    expectTypeOf(loss.forwardSync(halves, LABELS)).toEqualTypeOf<LossTensors<Tensor<'float32'>>>();
    const wide = loss.forwardSync(doubles, LABELS);
    expectTypeOf(wide).toEqualTypeOf<LossTensors<Tensor<'float64'>>>();
    expect([results.loss.dtype, wide.loss.dtype]).toEqual(['float32', 'float64']);
  });

  test('with its gradient, of the dtype of the maps unless float32 is asked for', async () => {
    const both = await loss.valueAndGrad(halves, LABELS);
    expectTypeOf(both).toEqualTypeOf<LossTensorsAndGrad<Tensor<'float32'>, Tensor<'float16'>>>();
    const wide = loss.valueAndGradSync(doubles, LABELS);
    expectTypeOf(wide.grad).toEqualTypeOf<Tensor<'float64'>>();
    const narrow = loss.valueAndGradSync(doubles, LABELS, { gradDtype: 'float32', gradScale: 2 });
    expectTypeOf(narrow.grad).toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(narrow.loss).toEqualTypeOf<Tensor<'float64'>>();
    expect([both.grad.dtype, wide.grad.dtype, narrow.grad.dtype]).toEqual([
      'float16',
      'float64',
      'float32',
    ]);
  });

  test('is of either precision where the dtype of the maps is open', () => {
    const open: Tensor = maps;
    const { loss: value } = loss.forwardSync(open, LABELS);
    expectTypeOf<Tensor<'float32'>>().toExtend<typeof value>();
    expectTypeOf(value.dtype).toEqualTypeOf<'float32' | 'float64'>();
    expect(value.dtype).toBe('float32');
  });

  test('takes labels in any mixture, and compact ones with their counts as a tensor', () => {
    const mixed = { ...LABELS, gtTexts: Tensor.from(LABELS.gtTexts) };
    expectTypeOf(loss.forwardSync(maps, mixed).loss).toEqualTypeOf<Tensor<'float32'>>();
    const values = loss.forwardSync(FLOATS, mixed).loss;
    expectTypeOf(values).toEqualTypeOf<Float32Array>();
    const compact = compactLabels(LABELS, { scale: 1 });
    const handles = { ...compact, counts: Tensor.from(compact.counts) };
    expectTypeOf(loss.forwardSync(maps, handles).loss).toEqualTypeOf<Tensor<'float32'>>();
    expect(loss.forwardSync(FLOATS, handles).loss).toEqual(values);
  });

  test('the functions give tensors of tensors', async () => {
    const plane = Tensor.from(new Float64Array(4), { shape: [1, 2, 2] });
    const label = LABELS.gtTexts;
    const losses = await diceLoss(plane, label, plane);
    expectTypeOf(losses).toEqualTypeOf<Tensor<'float64'>>();
    expectTypeOf(
      diceLossSync(halves, halves.to({ dtype: 'bool' }), halves.to({ dtype: 'uint8' })),
    ).toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(ohemBatch(plane, label, label)).resolves.toEqualTypeOf<Tensor<'float32'>>();
    expectTypeOf(iou(plane, label, label)).resolves.toEqualTypeOf<Tensor<'float64'>>();
    const value = iouSync(Tensor.from(label), plane, label);
    expectTypeOf(value).toEqualTypeOf<Tensor<'float32'>>();
    expect([losses.dtype, value.dtype]).toEqual(['float64', 'float32']);
  });

  test.each([
    // @ts-expect-error: the gradient is a tensor, and goes into no array
    () => loss.valueAndGradSync(maps, LABELS, { out: new Float32Array(8) }),
    // @ts-expect-error: no such dtype for a gradient
    () => loss.valueAndGradSync(maps, LABELS, { gradDtype: 'float64' }),
    // @ts-expect-error: one label is missing
    () => loss.forwardSync(maps, { gtTexts: maps, gtKernels: maps }),
  ])('that is wrong neither compiles nor runs: %s', (work) => {
    expect(work).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_PSE_/) }));
  });
});
