// The classes of arrays that a loss takes, and those that its results come in.
import type { HostFloat16Array } from '../arguments/dtype';
import type { MapDType } from '../arguments/maps';
import type { CompactLabels, Labels } from '../tensor/batch';
import type { AnyArray, ClassOf, TypedArray } from '../tensor/nd-array';
import type { Tensor } from '../tensor/tensor';

/** Arrays of floating values: what results go out in. */
export type FloatArray = Float32Array | Float64Array;

/** What maps come in, and gradients go out in: halves as their bits, or in a Float16Array where Node has one. */
export type MapArray = FloatArray | Uint16Array | HostFloat16Array;

/** What labels come in. */
export type LabelArray = Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array;

/** Labels as arrays: uint8 and bool (a Uint8Array with `dtype: 'bool'`) at a quarter of the memory traffic of float32. */
export type LabelArrays = Labels<AnyArray<LabelArray>>;

/** A label, or a mask, as an array or as a tensor. */
export type LabelInput = AnyArray<LabelArray> | Tensor;

/** Labels as arrays or as tensors, in any mixture. */
export type LabelInputs = Labels<LabelInput>;

/** Compact labels, whose counts may be a tensor. */
export type CompactInputs =
  | CompactLabels
  | (Omit<CompactLabels, 'counts'> & { readonly counts: Tensor });

/** A tensor of maps. */
export type MapTensor = Tensor<MapDType> | Tensor<'float32'> | Tensor<'float64'> | Tensor;

/** The tensor that results of such maps come in: float64 for float64, float32 for all else. */
export type ValueTensorOf<M extends MapTensor> =
  M extends Tensor<infer D> ? Tensor<D extends 'float64' ? 'float64' : 'float32'> : never;

/** The class of array that results of such an input come in: float64 for float64, float32 for all else. */
export type ValuesOf<M extends AnyArray> = M['data'] extends Float64Array
  ? Float64Array
  : Float64Array extends M['data']
    ? FloatArray
    : Float32Array;

/** The tensor that the gradient of such maps comes in. */
export type GradTensorOf<M extends MapTensor, O> = O extends { readonly gradDtype: 'float32' }
  ? Tensor<'float32'>
  : M extends Tensor<infer D>
    ? Tensor<D>
    : never;

/** The class of array that the gradient of such maps comes in, under the options of the call. */
export type GradOf<M extends AnyArray, O> = O extends {
  readonly out: infer T extends TypedArray;
}
  ? T
  : GivenOut<O> | GradOfDtype<M, O>;

/** What `out` may be where the type of the options leaves open whether there is one. */
type GivenOut<O> = O extends { readonly out?: infer T } ? Extract<T, TypedArray> : never;

type GradOfDtype<M extends AnyArray, O> = O extends { readonly gradDtype: 'float32' }
  ? Float32Array
  : ClassOf<M['data']> | (O extends { readonly gradDtype?: infer D } ? OrFloat32<D> : never);

/** Float32Array where a dtype that is not one word may be 'float32'; unknown stands for no dtype at all. */
type OrFloat32<D> = unknown extends D ? never : 'float32' extends D ? Float32Array : never;
