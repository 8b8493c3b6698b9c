// The loss as users hold it: options once, then batches. Checks, then one call down, then the results up.
import type { NativeArray } from '../../binding.gyp';
import { checkElements, readArray } from '../arguments/array';
import { describe, quote } from '../arguments/describe';
import { type BatchArguments, checkBatch } from '../arguments/shape';
import { mismatch } from '../errors';
import { callSync } from '../native/call';
import type { Labels } from '../tensor/batch';
import type { NdArray } from '../tensor/nd-array';
import {
  type KnownOnly,
  type PSELossOptions,
  type Reduction,
  type ReductionOf,
  type ResolvedOptions,
  resolveOptions,
} from './options';
import {
  allocateResults,
  type FloatArray,
  type LossAndGrad,
  type LossResult,
  presentResults,
} from './results';

/** Labels as arrays: float32, or uint8 at a quarter of the memory traffic. */
export type LabelArrays = Labels<NdArray<Float32Array | Uint8Array>>;

/** The class of array that maps come in, and so the class that results come in. */
type ArrayOf<M extends NdArray<FloatArray>> = M['data'] extends Float32Array
  ? Float32Array
  : M['data'] extends Float64Array
    ? Float64Array
    : FloatArray;

/**
 * The PSE loss of PSENet text detection: masked dice losses of a text map and of its shrunk kernels, the text's
 * over the pixels that online hard example mining (OHEM) keeps.
 *
 * ```text
 * loss        = alpha · lossText + kernelWeight · lossKernels
 * lossText    = dice(text map, gtTexts, OHEM's selection)
 * lossKernels = mean over k of dice(kernel k, gtKernels[k], kernel mask)
 * dice        = 1 − 2a / (b + c),  a = Σ(s·m)(g·m),  b = Σ(s·m)² + eps,  c = Σ(g·m)² + eps,  s = sigmoid(x)
 * ```
 *
 * Shape letters: N images, C = 1 + K channels, K text kernels, H × W label size, h × w map size, s = H / h = W / w,
 * an integer: a logit is repeated over the s × s label pixels below it. docs/loss.md has the derivation.
 *
 * Source: PaddleOCR 2.x, `ppocr/losses/det_pse_loss.py` (`ohemRatio`, which it ignores, is honoured here);
 * Wang et al., "Shape Robust Text Detection with Progressive Scale Expansion Network", arXiv 1903.12473, §3.4.
 *
 * @example
 * ```ts
 * import { PSELoss } from 'pse-loss';
 *
 * const loss = new PSELoss({ reduction: 'mean' });
 * const maps = { data: new Float32Array(1 * 7 * 4 * 4), shape: [1, 7, 4, 4] };
 * const labels = {
 *   gtTexts: { data: new Uint8Array(16 * 16).fill(1), shape: [1, 16, 16] },
 *   gtKernels: { data: new Uint8Array(6 * 16 * 16).fill(1), shape: [1, 6, 16, 16] },
 *   trainingMasks: { data: new Uint8Array(16 * 16).fill(1), shape: [1, 16, 16] },
 * };
 * const { loss: value, lossText, grad } = loss.valueAndGradSync(maps, labels);
 * console.log(value.toFixed(2), lossText.toFixed(2), grad.shape); // 0.44 0.20 [ 1, 7, 4, 4 ]
 * ```
 */
export interface PSELoss<R extends Reduction = 'sum'> {
  /** Every option with its value. */
  readonly options: ResolvedOptions<R>;

  /**
   * The loss of a batch, on the calling thread.
   *
   * @param maps float32 or float64 [N, C, h, w], logits (no sigmoid); channel 0 is the text map, channels 1…K the
   * kernels from large to small
   * @param labels float32 or uint8, read as they are: `gtTexts` [N, H, W] and `gtKernels` [N, Kg, H, W], 0…1, Kg ≥ K
   * (the last is what `iouKernel` compares with, as in PaddleOCR); `trainingMasks` [N, H, W], 1 = learn, 0 = ignore.
   * 255 is not 1: divide masks that come out of pictures
   * @returns numbers for `'mean'` and `'sum'`, arrays [N] for `'none'`, in the precision of `maps`. `'sum'` adds up the
   * IoUs too, as PaddleOCR does. N = 0 gives 0.
   * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE for arguments; ERR_PSE_LIBTORCH_NOT_FOUND,
   * ERR_PSE_LIBTORCH_VERSION, ERR_PSE_NOT_BUILT, ERR_PSE_CONFLICT where LibTorch cannot be opened;
   * ERR_PSE_OUT_OF_MEMORY, ERR_PSE_ABORTED, ERR_PSE_INTERNAL
   */
  forwardSync<M extends NdArray<FloatArray>>(
    maps: M,
    labels: LabelArrays,
  ): LossResult<ArrayOf<M>, R>;

  /**
   * The loss of a batch and its gradient, on the calling thread. Arguments, values and errors as `forwardSync`;
   * `grad` is the gradient of `loss` with respect to `maps` (of the sum over the images where the reduction is `'none'`,
   * as PaddleOCR's trainer differentiates it). Of one logit it is about 1e-5: a dice loss shares its gradient among all
   * pixels of an image.
   */
  valueAndGradSync<M extends NdArray<FloatArray>>(
    maps: M,
    labels: LabelArrays,
  ): LossAndGrad<ArrayOf<M>, R>;
}

/** {@link PSELoss}; the reduction is part of its type. */
// One class serves every reduction and both dtypes; the interface tells them apart.
export const PSELoss = class PSELoss {
  readonly options: ResolvedOptions<Reduction>;

  constructor(options?: PSELossOptions) {
    this.options = resolveOptions(options);
  }

  forwardSync(maps: unknown, labels: unknown) {
    return computeSync('PSELoss.forwardSync', this.options, maps, labels, false);
  }

  valueAndGradSync(maps: unknown, labels: unknown) {
    return computeSync('PSELoss.valueAndGradSync', this.options, maps, labels, true);
  }
} as unknown as PSELossConstructor;

interface PSELossConstructor {
  new <const O extends KnownOnly<O> | undefined = undefined>(options?: O): PSELoss<ReductionOf<O>>;
}

function computeSync(
  call: string,
  options: ResolvedOptions<Reduction>,
  maps: unknown,
  labels: unknown,
  grad: boolean,
) {
  const batch = readBatch(call, maps, labels);
  const shape = checkBatch(call, batch);
  const { returnMask: mask, ...nativeOptions } = options;
  const native = batch as { readonly [name in keyof BatchArguments]: NativeArray };
  const requested = { reduction: options.reduction, mask, grad };
  const results = allocateResults(call, native.maps, shape, requested);
  callSync(call, (addon) =>
    addon.lossSync(
      native.maps,
      native.gtTexts,
      native.gtKernels,
      native.trainingMasks,
      nativeOptions,
      results,
    ),
  );
  return presentResults(results, shape.images, options.reduction);
}

/** Takes maps and labels, each by itself. */
function readBatch(call: string, maps: unknown, labels: unknown): BatchArguments {
  const floats = ['float32', 'float64'] as const;
  const readMaps = readArray(call, 'maps', maps, { dtypes: floats, axes: ['N', 'C', 'h', 'w'] });
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument: 'labels',
      requirement: 'an object { gtTexts, gtKernels, trainingMasks }',
      got: describe(labels),
    });
  }
  const { gtTexts, gtKernels, trainingMasks } = labels as {
    [name in keyof Labels<unknown>]?: unknown;
  };
  const label = (name: keyof Labels<unknown>, value: unknown, axes: readonly string[]) => {
    if (value === undefined) throw missingLabel(call, name, labels);
    return readArray(call, `labels.${name}`, value, { dtypes: ['float32', 'uint8'], axes });
  };
  const batch = {
    maps: readMaps,
    gtTexts: label('gtTexts', gtTexts, ['N', 'H', 'W']),
    gtKernels: label('gtKernels', gtKernels, ['N', 'Kg', 'H', 'W']),
    trainingMasks: label('trainingMasks', trainingMasks, ['N', 'H', 'W']),
  };
  checkElements(call, 'maps', batch.maps);
  checkElements(call, 'labels.gtTexts', batch.gtTexts);
  checkElements(call, 'labels.gtKernels', batch.gtKernels);
  return batch;
}

/** Whoever comes from Python writes gt_texts; whoever reads this sees what was written. */
function missingLabel(call: string, name: keyof Labels<unknown>, labels: object) {
  const keys = Object.keys(labels).slice(0, 8);
  return mismatch('ERR_PSE_TYPE', {
    call,
    argument: `labels.${name}`,
    requirement: 'an object { data, shape }',
    got: describe(undefined),
    hint:
      keys.length > 0 && !keys.includes(name)
        ? `labels has ${keys.map(quote).join(', ')}`
        : undefined,
  });
}
