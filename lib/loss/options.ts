// The options of the loss: their types, their defaults, and the checks that turn what a user wrote into all of them.

/** What becomes of the per-image values: kept, averaged or added up. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Which pixels count for the text kernels. */
export type KernelSampleMask = 'pred' | 'gt';

/** Options of {@link PSELoss}. `undefined` means not given. */
export interface PSELossOptions<R extends Reduction = Reduction> {
  /** Weight of the text loss, from 0 to 1. @default 0.7 */
  readonly alpha?: number | undefined;
  /** Weight of the kernel loss, at least 0. @default 1 − alpha */
  readonly kernelWeight?: number | undefined;
  /** Negatives that OHEM keeps per positive, at least 0. @default 3 */
  readonly ohemRatio?: number | undefined;
  /** `'pred'`: where the text map predicts text; `'gt'`: where there is text. @default 'pred' */
  readonly kernelSampleMask?: KernelSampleMask | undefined;
  /**
   * A text logit above it is predicted text.
   * `'sigmoid-half'` is the largest logit whose sigmoid rounds to .5 in the dtype of the maps. @default 'sigmoid-half'
   */
  readonly textThreshold?: number | 'sigmoid-half' | undefined;
  /** @default 'sum' */
  readonly reduction?: R | undefined;
  /** Added to both sums of squares in the dice denominator, above 0. @default 1e-6 */
  readonly eps?: number | undefined;
  /** Give `selectedMask`, the pixels that OHEM kept. @default false */
  readonly returnMask?: boolean | undefined;
}
