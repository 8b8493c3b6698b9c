// OHEM's selection by itself.
import { readChoice, readOptions } from '../arguments/choice';
import { describeShape } from '../arguments/describe';
import { LABEL_DTYPES } from '../arguments/labels';
import { MAP_DTYPES } from '../arguments/maps';
import { readNumber } from '../arguments/number';
import { mismatch } from '../errors';
import type { AnyArray, NdArray, TypedArray } from '../tensor/nd-array';
import type { Tensor } from '../tensor/tensor';
import { readAlike, runPromised, runSync } from './alike';
import type { LabelInput, MapArray, MapTensor } from './arrays';

/** Options of `ohemBatch`. */
export interface OhemBatchOptions {
  /** Negatives kept per positive, at least 0; positives · ratio in double, truncated. @default 3 */
  readonly ohemRatio?: number | undefined;
  /** Pixels without text to choose from: `'all'`, ignored ones too, or the `'valid'` ones. @default 'all' */
  readonly negativePool?: 'all' | 'valid' | undefined;
  /** How the training mask is read where it is what is kept: as it is, or as 1 where it is not 0. @default 'value' */
  readonly fallbackMask?: 'value' | 'nonzero' | undefined;
}

/**
 * The pixels that online hard example mining keeps: text, and `ohemRatio` times as many of the hardest negatives, those
 * with the highest scores; ties with the last one are all kept. Where there is no text to learn, or the quota is 0, the
 * training mask, read as `fallbackMask` says.
 *
 * @param scores float32, float64, float16 or bfloat16 [N, H, W]: text logits, or anything in their order
 * @param gtTexts any label dtype [N, H, W], above .5 = text
 * @param trainingMasks any label dtype [N, H, W], above .5 = learn
 * @returns float32 [N, H, W]
 * @throws as `diceLoss`
 *
 * Source: whai362/PSENet, `models/loss/ohem.py`; Shrivastava et al., arXiv 1604.03540.
 *
 * @example
 * ```ts
 * import { ohemBatch } from 'pse-loss';
 *
 * const shape = [1, 1, 6];
 * const selected = await ohemBatch(
 *   { data: Float32Array.of(2, -1, 0, 1, -3, 3), shape },
 *   { data: Uint8Array.of(1, 0, 0, 0, 0, 0), shape },
 *   { data: Uint8Array.of(1, 1, 1, 1, 1, 1), shape },
 *   { ohemRatio: 2 },
 * );
 * console.log(selected.data.join(' ')); // 1 0 0 1 0 1
 * ```
 */
export async function ohemBatch(
  scores: AnyArray<MapArray>,
  gtTexts: LabelInput,
  trainingMasks: LabelInput,
  options?: OhemBatchOptions,
): Promise<NdArray<Float32Array>>;
export async function ohemBatch(
  scores: MapTensor,
  gtTexts: LabelInput,
  trainingMasks: LabelInput,
  options?: OhemBatchOptions,
): Promise<Tensor<'float32'>>;
export async function ohemBatch(
  scores: unknown,
  gtTexts: unknown,
  trainingMasks: unknown,
  options?: unknown,
): Promise<unknown> {
  const computation = ohemComputation('ohemBatch', [scores, gtTexts, trainingMasks, options]);
  return present(await runPromised(computation), computation.shape);
}

/** {@link ohemBatch} on the calling thread. */
export function ohemBatchSync(
  scores: AnyArray<MapArray>,
  gtTexts: LabelInput,
  trainingMasks: LabelInput,
  options?: OhemBatchOptions,
): NdArray<Float32Array>;
export function ohemBatchSync(
  scores: MapTensor,
  gtTexts: LabelInput,
  trainingMasks: LabelInput,
  options?: OhemBatchOptions,
): Tensor<'float32'>;
export function ohemBatchSync(
  scores: unknown,
  gtTexts: unknown,
  trainingMasks: unknown,
  options?: unknown,
): unknown {
  const computation = ohemComputation('ohemBatchSync', [scores, gtTexts, trainingMasks, options]);
  return present(runSync(computation), computation.shape);
}

function ohemComputation(call: string, given: readonly unknown[]) {
  const alike = readAlike(call, ['N', 'H', 'W'], {
    scores: { value: given[0], dtypes: MAP_DTYPES },
    gtTexts: { value: given[1], dtypes: LABEL_DTYPES },
    trainingMasks: { value: given[2], dtypes: LABEL_DTYPES },
  });
  const { shape } = alike.first;
  if (shape[1] === 0 || shape[2] === 0) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: 'scores',
      requirement: '[N, H, W] with pixels',
      got: describeShape(shape),
    });
  }
  const names = ['ohemRatio', 'negativePool', 'fallbackMask'] as const;
  const read = readOptions(call, 'options', given[3], names);
  const { ohemRatio = 3, negativePool = 'all', fallbackMask = 'value' } = read;
  const options = {
    ohemRatio: readNumber(call, 'options.ohemRatio', ohemRatio, { min: 0 }),
    negativePool: readChoice(call, 'options.negativePool', negativePool, ['all', 'valid']),
    fallbackMask: readChoice(call, 'options.fallbackMask', fallbackMask, ['value', 'nonzero']),
  };
  return {
    ...alike,
    call,
    dtype: 'float32',
    shape,
    differentiable: false,
    queue: (addon, [scores, gtTexts, trainingMasks], size, result, how) =>
      addon.ohemBatch(scores, gtTexts, trainingMasks, { ...options, ...size }, result, how),
  } satisfies Parameters<typeof runSync>[0];
}

/** Of arrays the selection has the shape that a tensor knows by itself. */
function present(result: TypedArray | Tensor, shape: readonly number[]): unknown {
  return ArrayBuffer.isView(result) ? { data: result, shape } : result;
}
