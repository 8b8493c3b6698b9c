// The mean IoU of classes by itself.
import { readBoolean, readOptions } from '../arguments/choice';
import type { DType } from '../arguments/dtype';
import { LABEL_DTYPES } from '../arguments/labels';
import { MAP_DTYPES } from '../arguments/maps';
import { readNumber } from '../arguments/number';
import type { AnyArray, TypedArray } from '../tensor/nd-array';
import type { Tensor } from '../tensor/tensor';
import { precisionOf, readAlike, runPromised, runSync } from './alike';
import type { LabelArray, LabelInput, MapArray, ValuesOf, ValueTensorOf } from './arrays';

/** Options of `iou`. */
export interface IouOptions<Reduce extends boolean = boolean> {
  /** How many classes there are, from 1 to 65536: their numbers are 0 … nClass − 1. @default 2 */
  readonly nClass?: number | undefined;
  /** The mean over the images, as upstream, or an array [N]. @default true */
  readonly reduce?: Reduce | undefined;
}

/**
 * The mean over the classes of intersection / (union + 1e-6), of the pixels whose mask is exactly 1. A class that is
 * nowhere has 0, so an all-background image predicted perfectly has 1 / nClass.
 *
 * @param a class numbers [N, …], of any dtype of maps or labels
 * @param b class numbers [N, …]
 * @param mask [N, …], pixels with 1 count
 * @returns the mean over the images (0 of none), or with `reduce: false` an array [N]: float64 for float64 `a`, else
 * float32
 * @throws as `diceLoss`
 *
 * Source: whai362/PSENet, `models/loss/iou.py`.
 *
 * @example
 * ```ts
 * import { iou } from 'pse-loss';
 *
 * const shape = [1, 4];
 * const all = { data: Uint8Array.of(1, 1, 1, 1), shape };
 * const value = await iou({ data: Uint8Array.of(1, 1, 0, 0), shape }, { data: Uint8Array.of(1, 0, 0, 0), shape }, all);
 * console.log(value.toFixed(3)); // 0.583
 * ```
 */
export async function iou<
  M extends AnyArray<MapArray | LabelArray>,
  const O extends IouOptions = IouOptions<true>,
>(a: M, b: NumberInput, mask: LabelInput, options?: O): Promise<IouOf<M, O>>;
export async function iou<M extends Tensor>(
  a: M,
  b: NumberInput,
  mask: LabelInput,
  options?: IouOptions,
): Promise<ValueTensorOf<M>>;
export async function iou(
  a: unknown,
  b: unknown,
  mask: unknown,
  options?: unknown,
): Promise<unknown> {
  const computation = iouComputation('iou', [a, b, mask, options]);
  return present(await runPromised(computation), computation.shape);
}

/** {@link iou} on the calling thread. */
export function iouSync<
  M extends AnyArray<MapArray | LabelArray>,
  const O extends IouOptions = IouOptions<true>,
>(a: M, b: NumberInput, mask: LabelInput, options?: O): IouOf<M, O>;
export function iouSync<M extends Tensor>(
  a: M,
  b: NumberInput,
  mask: LabelInput,
  options?: IouOptions,
): ValueTensorOf<M>;
export function iouSync(a: unknown, b: unknown, mask: unknown, options?: unknown): unknown {
  const computation = iouComputation('iouSync', [a, b, mask, options]);
  return present(runSync(computation), computation.shape);
}

/** A number, or an array of the precision of `a`. */
export type IouOf<M extends AnyArray, O> = O extends { readonly reduce: infer B extends boolean }
  ? B extends true
    ? number
    : ValuesOf<M>
  : O extends { readonly reduce?: infer B }
    ? number | (false extends B ? ValuesOf<M> : never)
    : number;

function iouComputation(call: string, given: readonly unknown[]) {
  const alike = readAlike(call, ['N', '…'], {
    a: { value: given[0], dtypes: NUMBER_DTYPES },
    b: { value: given[1], dtypes: NUMBER_DTYPES },
    mask: { value: given[2], dtypes: LABEL_DTYPES },
  });
  const { nClass = 2, reduce = true } = readOptions(call, 'options', given[3], [
    'nClass',
    'reduce',
  ]);
  const options = {
    nClass: readNumber(call, 'options.nClass', nClass, { min: 1, max: 65536, integer: true }),
    mean: readBoolean(call, 'options.reduce', reduce),
  };
  return {
    ...alike,
    call,
    dtype: precisionOf(alike.first),
    shape: options.mean ? [] : [alike.first.shape[0] as number],
    differentiable: false,
    queue: (addon, [a, b, mask], size, result, how) =>
      addon.iou(a, b, mask, { ...options, ...size }, result, how),
  } satisfies Parameters<typeof runSync>[0];
}

/** Of arrays a mean is a number. */
function present(result: TypedArray | Tensor, shape: readonly number[]): unknown {
  return ArrayBuffer.isView(result) && shape.length === 0 ? result[0] : result;
}

/** Class numbers: arrays or tensors. */
type NumberInput = AnyArray<MapArray | LabelArray> | Tensor;

/** Class numbers may come as maps do and as labels do. */
const NUMBER_DTYPES = [
  ...MAP_DTYPES,
  'uint8',
  'bool',
  'int32',
  'int64',
] as const satisfies readonly DType[];
