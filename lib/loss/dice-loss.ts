// The dice loss by itself.
import { readBoolean, readOptions } from '../arguments/choice';
import { LABEL_DTYPES } from '../arguments/labels';
import { MAP_DTYPES } from '../arguments/maps';
import { readNumber } from '../arguments/number';
import type { AnyArray } from '../tensor/nd-array';
import { precisionOf, readAlike, runPromised, runSync } from './alike';
import type { LabelInput, MapArray, MapTensor, ValuesOf, ValueTensorOf } from './arrays';

/** Options of `diceLoss`. */
export interface DiceLossOptions {
  /** Added to both sums of squares of the denominator, at least 1e-30. @default 1e-6 */
  readonly eps?: number | undefined;
  /** Adds `eps` to the numerator's sum as well, as mmocr 0.x does. @default false */
  readonly epsInNumerator?: boolean | undefined;
}

/**
 * The masked dice loss of each image, with the sigmoid inside.
 *
 * ```text
 * 1 − 2a / (b + c),  a = Σ(s·m)(g·m),  b = Σ(s·m)² + eps,  c = Σ(g·m)² + eps,  s = sigmoid(input)
 * ```
 *
 * @param input float32, float64, float16 or bfloat16 [N, …], logits
 * @param target any label dtype [N, …], 0…1, used as it is; what is masked out counts as 0, NaN too
 * @param mask any label dtype [N, …], 1 = count, 0 = leave out; it enters squared
 * @returns [N]: float64 for float64 input, else float32; a tensor where `input` is one, differentiable with respect to it
 * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE, ERR_PSE_RANGE, ERR_PSE_OPTION for arguments, and the errors of a
 * machine as `PSELoss.forwardSync`
 *
 * Source: whai362/PSENet, `models/loss/dice_loss.py`; Milletari et al., arXiv 1606.04797.
 *
 * @example
 * ```ts
 * import { diceLoss } from 'pse-loss';
 *
 * const ones = { data: new Uint8Array(4).fill(1), shape: [1, 4] };
 * const losses = await diceLoss({ data: new Float32Array(4), shape: [1, 4] }, ones, ones);
 * console.log(losses[0]?.toFixed(3)); // 0.200
 * ```
 */
export async function diceLoss<M extends AnyArray<MapArray>>(
  input: M,
  target: LabelInput,
  mask: LabelInput,
  options?: DiceLossOptions,
): Promise<ValuesOf<M>>;
export async function diceLoss<M extends MapTensor>(
  input: M,
  target: LabelInput,
  mask: LabelInput,
  options?: DiceLossOptions,
): Promise<ValueTensorOf<M>>;
export async function diceLoss(
  input: unknown,
  target: unknown,
  mask: unknown,
  options?: unknown,
): Promise<unknown> {
  return runPromised(diceComputation('diceLoss', [input, target, mask, options]));
}

/** {@link diceLoss} on the calling thread. */
export function diceLossSync<M extends AnyArray<MapArray>>(
  input: M,
  target: LabelInput,
  mask: LabelInput,
  options?: DiceLossOptions,
): ValuesOf<M>;
export function diceLossSync<M extends MapTensor>(
  input: M,
  target: LabelInput,
  mask: LabelInput,
  options?: DiceLossOptions,
): ValueTensorOf<M>;
export function diceLossSync(
  input: unknown,
  target: unknown,
  mask: unknown,
  options?: unknown,
): unknown {
  return runSync(diceComputation('diceLossSync', [input, target, mask, options]));
}

function diceComputation(call: string, given: readonly unknown[]) {
  const alike = readAlike(call, ['N', '…'], {
    input: { value: given[0], dtypes: MAP_DTYPES },
    target: { value: given[1], dtypes: LABEL_DTYPES },
    mask: { value: given[2], dtypes: LABEL_DTYPES },
  });
  const names = ['eps', 'epsInNumerator'] as const;
  const { eps = 1e-6, epsInNumerator = false } = readOptions(call, 'options', given[3], names);
  const options = {
    eps: readNumber(call, 'options.eps', eps, { min: 1e-30 }),
    epsInNumerator: readBoolean(call, 'options.epsInNumerator', epsInNumerator),
  };
  return {
    ...alike,
    call,
    dtype: precisionOf(alike.first),
    shape: [alike.first.shape[0] as number],
    differentiable: true,
    queue: (addon, [input, target, mask], size, result, how) =>
      addon.diceLoss(input, target, mask, { ...options, ...size }, result, how),
  } satisfies Parameters<typeof runSync>[0];
}
