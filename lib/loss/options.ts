// The options of the loss, as a user writes them and as a loss holds them.

/** What becomes of the per-image values: kept, averaged or added up. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Which pixels count for the text kernels, before the training mask. */
export type KernelSampleMask = 'pred' | 'gt' | 'union';

/** How maps come to the resolution of the labels. */
export type Upsample = 'nearest' | 'bilinear' | 'none';

/** The names of `presets`. */
export type PresetName =
  | 'paddleocr'
  | 'paddleocr-2.4'
  | 'psenet'
  | 'psenet-py2'
  | 'mmocr'
  | 'mmocr-0.x';

/**
 * Options of {@link PSELoss}. `undefined` means not given; what is not given is the preset's, and what the preset does
 * not name has the default.
 */
export interface PSELossOptions<R extends Reduction = Reduction> {
  /** Where the other options come from: the name of one of `presets`, or options of your own. @default 'paddleocr' */
  readonly preset?: PresetName | Omit<PSELossOptions<R>, 'preset'> | undefined;
  /** Weight of the text loss, from 0 to 1. @default 0.7 */
  readonly alpha?: number | undefined;
  /** Weight of the kernel loss, from 0 to 1e6. @default 1 − alpha */
  readonly kernelWeight?: number | undefined;
  /** Negatives that OHEM keeps per positive, at least 0. @default 3 */
  readonly ohemRatio?: number | undefined;
  /**
   * `'pred'`: where the text map predicts text; `'gt'`: where there is text; `'union'`: where either is, so that a text
   * map that predicts nothing does not leave the kernels without a gradient. @default 'pred'
   */
  readonly kernelSampleMask?: KernelSampleMask | undefined;
  /**
   * A text logit above it is predicted text. `'sigmoid-half'` is the largest logit whose sigmoid rounds to .5:
   * 1.5·2⁻²⁴ for maps up to float32, 1.5·2⁻⁵³ for float64. @default 'sigmoid-half'
   */
  readonly textThreshold?: number | 'sigmoid-half' | undefined;
  /** `'none'` keeps one value per image; `'mean'` and `'sum'` reduce all five, the IoUs too. @default 'sum' */
  readonly reduction?: R | undefined;
  /** Added to both sums of squares in the dice denominator, at least 1e-30. @default 1e-6 */
  readonly eps?: number | undefined;
  /** Adds `eps` to the numerator's sum as well: where nothing is and nothing is predicted the loss is 0. @default false */
  readonly epsInNumerator?: boolean | undefined;
  /** Text and kernel labels above .5 count as 1, all others as 0, so that instance numbers may come in. @default false */
  readonly binarizeLabels?: boolean | undefined;
  /**
   * How a training mask is read where OHEM falls back to it: `'value'`, as it is, or `'nonzero'`, as 1 where it is not 0.
   * Matters for fractional masks only. @default 'value'
   */
  readonly fallbackMask?: 'value' | 'nonzero' | undefined;
  /**
   * What the kernel mask is multiplied by: the training mask's `'value'`, or 1 where it is `'above-half'`. Matters for
   * fractional masks only. @default 'value'
   */
  readonly kernelTrainingMask?: 'value' | 'above-half' | undefined;
  /**
   * How maps [N, C, h, w] meet labels of H × W. `'nearest'`: each logit stands for s × s pixels, H / h = W / w = s, an
   * integer; `'bilinear'`: interpolated to any H × W; `'none'`: H × W is h × w. @default 'nearest'
   */
  readonly upsample?: Upsample | undefined;
  /** Of `'bilinear'`: the corners' pixel centres coincide, as PyTorch's `align_corners`. @default false */
  readonly alignCorners?: boolean | undefined;
  /**
   * Which pixels without text OHEM chooses from: `'all'`, ignored ones too, which then eat its quota, or the `'valid'`
   * ones only. Every public implementation does the former. @default 'all'
   */
  readonly negativePool?: 'all' | 'valid' | undefined;
  /**
   * Images without text to learn have loss 1 and no gradient (unless eps is in the numerator): `'include'` counts them so, as every public implementation
   * does; `'skip'` gives them 0 and leaves them out of the mean. @default 'include'
   */
  readonly emptyImages?: 'include' | 'skip' | undefined;
  /** Give `selectedMask`, the pixels that OHEM kept. @default false */
  readonly returnMask?: boolean | undefined;
  /** Scan every array first: ERR_PSE_VALUE for NaN, ±Infinity, and labels outside 0…1. Costs a pass. @default false */
  readonly checkValues?: boolean | undefined;
}

/** Every option with its value; `new PSELoss(loss.options)` is the same loss. */
export type ResolvedOptions<R extends Reduction> = Readonly<{
  [name in Exclude<keyof PSELossOptions<R>, 'preset'>]-?: Exclude<
    PSELossOptions<R>[name],
    undefined
  >;
}>;
