// The mean IoU of classes by itself.
import { readBoolean, readOptions } from '../arguments/choice';
import type { DType } from '../arguments/dtype';
import { LABEL_DTYPES } from '../arguments/labels';
import { readNumber } from '../arguments/number';
import { callSync } from '../native/call';
import type { AnyArray } from '../tensor/nd-array';
import { checkAllElements, readAlike, resultOf } from './alike';
import type { FloatArray, LabelArray, MapArray, ValuesOf } from './arrays';
import { MAP_DTYPES } from './batch';

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
>(
  a: M,
  b: AnyArray<MapArray | LabelArray>,
  mask: AnyArray<LabelArray>,
  options?: O,
): Promise<IouOf<M, O>> {
  return computeIou('iou', a, b, mask, options) as IouOf<M, O>;
}

/** {@link iou} on the calling thread. */
export function iouSync<
  M extends AnyArray<MapArray | LabelArray>,
  const O extends IouOptions = IouOptions<true>,
>(a: M, b: AnyArray<MapArray | LabelArray>, mask: AnyArray<LabelArray>, options?: O): IouOf<M, O> {
  return computeIou('iouSync', a, b, mask, options) as IouOf<M, O>;
}

/** A number, or an array of the precision of `a`. */
export type IouOf<M extends AnyArray, O> = O extends { readonly reduce: infer B extends boolean }
  ? B extends true
    ? number
    : ValuesOf<M>
  : O extends { readonly reduce?: infer B }
    ? number | (false extends B ? ValuesOf<M> : never)
    : number;

function computeIou(call: string, ...given: readonly unknown[]): number | FloatArray {
  const [a, b, mask] = readAlike(call, ['N', '…'], {
    a: { value: given[0], dtypes: NUMBER_DTYPES },
    b: { value: given[1], dtypes: NUMBER_DTYPES },
    mask: { value: given[2], dtypes: LABEL_DTYPES },
  });
  const { nClass = 2, reduce = true } = readOptions(call, 'options', given[3], [
    'nClass',
    'reduce',
  ]);
  const classes = readNumber(call, 'options.nClass', nClass, { min: 1, max: 65536, integer: true });
  const reduced = readBoolean(call, 'options.reduce', reduce);
  const result = resultOf(call, a, reduced ? [] : [a.shape[0] as number]);
  checkAllElements(call, { a, b, mask });
  callSync(call, (addon) => addon.iouSync(a, b, mask, classes, result));
  const values = result.data as FloatArray;
  return reduced ? (values[0] as number) : values;
}

/** Class numbers may come as maps do and as labels do. */
const NUMBER_DTYPES = [
  ...MAP_DTYPES,
  'uint8',
  'bool',
  'int32',
  'int64',
] as const satisfies readonly DType[];
