// What a loss comes back as: the types, and the arrays that the addon writes into.
import type { NativeArray, NativeLossResults } from '../../binding.gyp';
import { classNameOf, type DType, type TypedArray } from '../arguments/dtype';
import type { MapDType } from '../arguments/maps';
import { type InputArgument, isTensorArgument } from '../arguments/tensor';
import type { NdArray } from '../tensor/nd-array';
import type { Tensor } from '../tensor/tensor';
import { zeros } from '../tensor/zeros';
import type { FloatArray, MapArray } from './arrays';
import type { ReadBatch } from './batch';
import type { ReadCallOptions } from './call-options';
import type { Reduction, ResolvedOptions } from './options';

/** The five values that a PSE loss reports. */
export interface LossValues<T> {
  /** alpha · lossText + kernelWeight · lossKernels */
  readonly loss: T;
  /** dice loss of the text map over the pixels that OHEM keeps; not weighted */
  readonly lossText: T;
  /** mean dice loss of the text kernels over the kernel mask; not weighted */
  readonly lossKernels: T;
  /** mean IoU of background and text */
  readonly iouText: T;
  /** mean IoU of background and last kernel, inside the text */
  readonly iouKernel: T;
}

/** The result of a loss on arrays; `A` is the class of `maps.data`. */
export interface LossResult<A extends FloatArray, R extends Reduction>
  extends LossValues<R extends 'none' ? A : number> {
  /** Each value per image, [N], whatever the reduction is. */
  readonly perImage: LossValues<A>;
  /** Dice loss of each kernel, [N, K]. */
  readonly lossPerKernel: NdArray<A>;
  /** With `returnMask`: the pixels that OHEM kept, [N, H, W]; the training mask itself where it falls back. */
  readonly selectedMask?: NdArray<Float32Array>;
}

/** The result with its gradient. */
export interface LossAndGrad<A extends FloatArray, R extends Reduction, G extends TypedArray = A>
  extends LossResult<A, R> {
  /** d loss / d maps, [N, C, h, w]; of the sum over the images where the reduction is `'none'`. */
  readonly grad: NdArray<G>;
}

/** The same on tensors, all of them tensors: [N] each, or [] where they are reduced. */
export interface LossTensors<V extends Tensor> extends LossValues<V> {
  /** Each value per image, [N], whatever the reduction is. */
  readonly perImage: LossValues<V>;
  /** Dice loss of each kernel, [N, K]. */
  readonly lossPerKernel: V;
  /** With `returnMask`: the pixels that OHEM kept, [N, H, W]. */
  readonly selectedMask?: Tensor<'float32'>;
}

/** The same with the gradient, [N, C, h, w]; none of them has a graph. */
export interface LossTensorsAndGrad<V extends Tensor, G extends Tensor> extends LossTensors<V> {
  readonly grad: G;
}

export const NAMES = ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const;

/** Arrays for the results of a batch, or ERR_PSE_OUT_OF_MEMORY; with a gradient where `grad` is given. */
export function allocateResults(
  call: string,
  { maps, shape }: ReadBatch,
  options: Pick<ResolvedOptions<Reduction>, 'reduction' | 'returnMask'>,
  grad?: Pick<ReadCallOptions, 'out' | 'gradDtype'>,
): NativeLossResults {
  const { images, kernels, height, width } = shape;
  const dtype = maps.dtype === 'float64' ? 'float64' : 'float32';
  const array = (...sizes: number[]): NativeArray => zeros(call, dtype, sizes);
  const values = NAMES.length;
  return {
    perImage: array(values, images),
    reduced: options.reduction === 'none' ? array(values, images) : array(values),
    lossPerKernel: array(images, kernels),
    ...(options.returnMask && { selectedMask: zeros(call, 'float32', [images, height, width]) }),
    ...(grad && { grad: gradOf(call, maps, grad) }),
  };
}

/** Where the gradient goes: `out`, or an array of the class that maps came in. */
function gradOf(
  call: string,
  maps: InputArgument<MapDType>,
  { out, gradDtype: dtype }: Pick<ReadCallOptions, 'out' | 'gradDtype'>,
): NativeArray {
  if (out !== undefined) return { data: out, shape: maps.shape, dtype };
  const made = zeros(call, dtype, maps.shape);
  if (dtype !== 'float16' || isTensorArgument(maps)) return made;
  if (classNameOf(maps.data) !== FLOAT16) return made;
  const Float16 = (
    globalThis as unknown as Record<string, new (buffer: ArrayBufferLike) => MapArray>
  )[FLOAT16];
  return Float16 === undefined ? made : { ...made, data: new Float16(made.data.buffer) };
}

const FLOAT16 = 'Float16Array';

/** The result as the user sees it, of the arrays that the addon has filled. */
export function presentResults(
  native: NativeLossResults,
  images: number,
  reduction: Reduction,
): LossAndGrad<FloatArray, Reduction, MapArray> {
  const perImage = native.perImage.data as FloatArray;
  const reduced = native.reduced.data as FloatArray;
  const row = (of: FloatArray, index: number) => of.slice(index * images, (index + 1) * images);
  const valuesOf = <T>(value: (index: number) => T): LossValues<T> => ({
    loss: value(0),
    lossText: value(1),
    lossKernels: value(2),
    iouText: value(3),
    iouKernel: value(4),
  });
  return {
    ...valuesOf<FloatArray | number>((index) =>
      reduction === 'none' ? row(reduced, index) : (reduced[index] as number),
    ),
    perImage: valuesOf((index) => row(perImage, index)),
    lossPerKernel: present(native.lossPerKernel),
    ...(native.selectedMask && { selectedMask: present(native.selectedMask) }),
    // Absent unless it was asked for; the type of the call says which.
    ...(native.grad && { grad: present(native.grad) }),
  } as LossAndGrad<FloatArray, Reduction, MapArray>;
}

/** The dtype is said where the class of the array does not say it. */
function present({ data, shape, dtype }: NativeArray): NdArray {
  const said = classNameOf(data) === 'Uint16Array' ? { dtype: dtype as DType } : undefined;
  return { data: data as TypedArray, shape, ...said };
}
