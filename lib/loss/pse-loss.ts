// The loss as users hold it: options once, then batches. What a call does stands in compute.ts.
import type { AnyArray } from '../tensor/nd-array';
import type { Tensor } from '../tensor/tensor';
import type {
  CompactInputs,
  GradOf,
  GradTensorOf,
  LabelInputs,
  MapArray,
  MapTensor,
  ValuesOf,
  ValueTensorOf,
} from './arrays';
import type { CallOption, CallOptions, PromisedCallOptions, SignalOptions } from './call-options';
import { type Asked, computePromised, computeSync } from './compute';
import { type Diagnosis, diagnose } from './diagnosis';
import type { PSELossOptions, Reduction, ResolvedOptions } from './options';
import { type KnownOnly, type ReductionOf, resolveOptions } from './resolve';
import type { LossAndGrad, LossResult, LossTensors, LossTensorsAndGrad } from './results';

/**
 * The PSE loss of PSENet text detection: masked dice losses of a text map and of its shrunk kernels, the text's
 * over the pixels that online hard example mining (OHEM) keeps. It computes what PaddleOCR, PSENet or mmocr compute, by
 * `preset`, and every choice in which they differ is an option: {@link PSELossOptions}.
 *
 * ```text
 * loss        = alpha · lossText + kernelWeight · lossKernels
 * lossText    = dice(text map, gtTexts, OHEM's selection)
 * lossKernels = mean over k of dice(kernel k, gtKernels[k], kernel mask)
 * dice        = 1 − 2a / (b + c),  a = Σ(s·m)(g·m),  b = Σ(s·m)² + eps,  c = Σ(g·m)² + eps,  s = sigmoid(x)
 * ```
 *
 * Shape letters: N images, C = 1 + K channels, K text kernels, H × W label size, h × w map size, s = H / h = W / w.
 * Unless `upsample` says otherwise s is an integer, and a logit is repeated over the s × s label pixels below it.
 * docs/loss.md has the derivation, docs/presets.md what changes for who comes from elsewhere.
 *
 * @throws by the constructor: ERR_PSE_TYPE, ERR_PSE_RANGE, ERR_PSE_OPTION for options; ERR_PSE_OPTION also where two
 * contradict each other
 *
 * Source: PaddleOCR 2.x, `ppocr/losses/det_pse_loss.py` (`ohemRatio`, which it ignores, is honoured here), and those of
 * `presets`; Wang et al., "Shape Robust Text Detection with Progressive Scale Expansion Network", arXiv 1903.12473, §3.4.
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
   * The loss of a batch.
   *
   * @param maps float32, float64, float16 or bfloat16 [N, C, h, w], logits (no sigmoid); channel 0 is the text map,
   * channels 1…K the kernels from large to small. Halves come as their bits in a Uint16Array with
   * `dtype: 'float16' | 'bfloat16'`, or in a Float16Array where Node has one; they are widened to float32 first
   * @param labels float32, float64, uint8, bool, int32 or int64, read as they are: `gtTexts` [N, H, W] and `gtKernels`
   * [N, Kg, H, W], 0…1, Kg ≥ K (the last is what `iouKernel` compares with, as in PaddleOCR); `trainingMasks` [N, H, W],
   * 1 = learn, 0 = ignore. 255 is not 1: divide masks that come out of pictures. Or what `compactLabels` made of them
   * @param call `signal`, to give the call up: {@link SignalOptions}
   * @returns numbers for `'mean'` and `'sum'`, arrays [N] for `'none'`, in float64 for float64 maps, else in float32.
   * `'sum'` adds up the IoUs too, as PaddleOCR does. N = 0 gives 0.
   *
   * Where `maps` are a {@link Tensor}, all results are: the promise is then fulfilled when the call is queued, and `loss`,
   * `lossText` and `lossKernels` are differentiable with respect to maps. Labels may be arrays and tensors in any mixture.
   *
   * Plain arrays are copied when the call is made, so they may be changed at once; what lies in shared memory, as
   * `allocate` makes it, is read in place while the call runs.
   * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE for arguments, ERR_PSE_VALUE with `checkValues`, ERR_PSE_OPTION
   * for compact labels that do not suit the options; ERR_PSE_DISPOSED, ERR_PSE_DEVICE for tensors; ERR_PSE_QUEUE_FULL for
   * more than 1024 calls that wait, or copies of more than `PSE_STAGING_BYTES`; ERR_PSE_LIBTORCH_NOT_FOUND,
   * ERR_PSE_LIBTORCH_VERSION, ERR_PSE_NOT_BUILT, ERR_PSE_CONFLICT where LibTorch cannot be opened;
   * ERR_PSE_OUT_OF_MEMORY, ERR_PSE_ABORTED, ERR_PSE_INTERNAL; the reason of the signal. All of them reject
   */
  forward<M extends AnyArray<MapArray>>(
    maps: M,
    labels: LabelInputs | CompactInputs,
    call?: SignalOptions,
  ): Promise<LossResult<ValuesOf<M>, R>>;
  forward<M extends MapTensor>(
    maps: M,
    labels: LabelInputs | CompactInputs,
    call?: SignalOptions,
  ): Promise<LossTensors<ValueTensorOf<M>>>;

  /**
   * The loss of a batch and its gradient. Arguments, values and errors as `forward`; `grad` is the gradient of `loss` with
   * respect to `maps` (of the sum over the images where the reduction is `'none'`, as PaddleOCR's trainer differentiates
   * it), in their dtype and class. Of one logit it is about 1e-5: a dice loss shares its gradient among all pixels of an
   * image. On tensors it is a tensor, and none of the results has a graph.
   *
   * @param call where the gradient goes, in which dtype, and by how much it is multiplied: {@link CallOptions}; `signal`.
   * A plain `out` is written when all is done; one whose buffer was detached meanwhile rejects with ERR_PSE_SHAPE
   */
  valueAndGrad<
    M extends AnyArray<MapArray>,
    const O extends PromisedCallOptions = Record<never, never>,
  >(
    maps: M,
    labels: LabelInputs | CompactInputs,
    call?: O,
  ): Promise<LossAndGrad<ValuesOf<M>, R, GradOf<M, O>>>;
  valueAndGrad<M extends MapTensor, const O extends TensorCallOptions = Record<never, never>>(
    maps: M,
    labels: LabelInputs | CompactInputs,
    call?: O & SignalOptions,
  ): Promise<LossTensorsAndGrad<ValueTensorOf<M>, GradTensorOf<M, O>>>;

  /** {@link PSELoss.forward} on the calling thread; arrays are read in place. */
  forwardSync<M extends AnyArray<MapArray>>(
    maps: M,
    labels: LabelInputs | CompactInputs,
  ): LossResult<ValuesOf<M>, R>;
  forwardSync<M extends MapTensor>(
    maps: M,
    labels: LabelInputs | CompactInputs,
  ): LossTensors<ValueTensorOf<M>>;

  /** {@link PSELoss.valueAndGrad} on the calling thread; arrays are read, and `out` is written, in place. */
  valueAndGradSync<
    M extends AnyArray<MapArray>,
    const O extends CallOptions = Record<never, never>,
  >(
    maps: M,
    labels: LabelInputs | CompactInputs,
    call?: O,
  ): LossAndGrad<ValuesOf<M>, R, GradOf<M, O>>;
  valueAndGradSync<M extends MapTensor, const O extends TensorCallOptions = Record<never, never>>(
    maps: M,
    labels: LabelInputs | CompactInputs,
    call?: O,
  ): LossTensorsAndGrad<ValueTensorOf<M>, GradTensorOf<M, O>>;

  /**
   * Why a loss is 1, NaN, or does not fall: looks at a batch as the loss sees it and says what is wrong with it in words,
   * with the numbers behind them and what to do. docs/diagnosis.md lists everything that it finds.
   *
   * @param maps as `forwardSync`
   * @param labels as `forwardSync`
   * @returns `findings`, the worst first, and `pictures()`, PNG files by name: text logits, selection, kernel mask, labels
   * @throws as `forwardSync`; NaN and values outside 0…1 are findings here, whatever `checkValues` says
   *
   * @example
   * ```ts
   * import { PSELoss } from 'pse-loss';
   *
   * const maps = { data: new Float32Array(2 * 4 * 4), shape: [1, 2, 4, 4] };
   * const nothing = { data: new Uint8Array(16 * 16), shape: [1, 16, 16] };
   * const labels = {
   *   gtTexts: nothing,
   *   gtKernels: { data: nothing.data, shape: [1, 1, 16, 16] },
   *   trainingMasks: { data: new Uint8Array(16 * 16).fill(1), shape: [1, 16, 16] },
   * };
   * const { findings } = await new PSELoss().diagnose(maps, labels);
   * console.log(findings[0]?.code); // no-text
   * ```
   */
  diagnose(
    maps: AnyArray<MapArray> | Tensor,
    labels: LabelInputs | CompactInputs,
  ): Promise<Diagnosis>;
}

/** What a gradient that is a tensor can be told. */
type TensorCallOptions = Pick<CallOptions, 'gradScale' | 'gradDtype'>;

/** {@link PSELoss}; the reduction is part of its type. */
// One class serves every reduction and both dtypes; the interface tells them apart.
export const PSELoss = class PSELoss {
  readonly options: ResolvedOptions<Reduction>;

  constructor(options?: PSELossOptions) {
    // As they were checked, they stay.
    this.options = resolveOptions(options);
    Object.defineProperty(this, 'options', { writable: false, configurable: false });
  }

  async forward(maps: unknown, labels: unknown, call?: unknown) {
    return computePromised(this.#ask('PSELoss.forward', maps, labels, call, ['signal'], false));
  }

  async valueAndGrad(maps: unknown, labels: unknown, call?: unknown) {
    const names = ['signal', 'out', 'gradScale', 'gradDtype'] as const;
    return computePromised(this.#ask('PSELoss.valueAndGrad', maps, labels, call, names, true));
  }

  forwardSync(maps: unknown, labels: unknown) {
    return computeSync(this.#ask('PSELoss.forwardSync', maps, labels, undefined, [], false));
  }

  valueAndGradSync(maps: unknown, labels: unknown, call?: unknown) {
    const names = ['out', 'gradScale', 'gradDtype'] as const;
    return computeSync(this.#ask('PSELoss.valueAndGradSync', maps, labels, call, names, true));
  }

  async diagnose(maps: unknown, labels: unknown) {
    return diagnose('PSELoss.diagnose', this.options, maps, labels);
  }

  #ask(
    call: string,
    maps: unknown,
    labels: unknown,
    given: unknown,
    names: readonly CallOption[],
    wantsGrad: boolean,
  ): Asked {
    return { call, options: this.options, maps, labels, given, names, wantsGrad };
  }
} as unknown as PSELossConstructor;

interface PSELossConstructor {
  new <const O extends KnownOnly<O> | undefined = undefined>(options?: O): PSELoss<ReductionOf<O>>;
}
