// What is counted of the labels of one image, however they came.

/** The values of one array. */
export interface ValueFacts {
  readonly nan: number;
  readonly infinite: number;
  /** NaN and Inf that reach the loss: where the training mask is not 0 */
  readonly harmful: number;
  /** below 0, between 0 and 1, above 1 */
  readonly below: number;
  readonly between: number;
  readonly above: number;
  /** of the finite ones */
  readonly smallest: number;
  readonly largest: number;
  /** where the first NaN or Inf is */
  readonly first: { readonly plane: number; readonly pixel: number } | undefined;
}

/** One target kernel; pixels where the training mask is above one half, unless it says otherwise. */
export interface KernelFacts {
  /** pixels of it */
  readonly pixels: number;
  /** of these, pixels of text */
  readonly inText: number;
  /** pixels of it that the one before (the text, for the first) does not have; counts tell only a lower bound */
  readonly outside: number;
  /** pixels of the one before that it does not have */
  readonly missing: number;
  /** pixels of it that the kernel dice looked at */
  readonly sampled: number;
}

/** g is gtTexts, m trainingMasks. */
export interface LabelFacts {
  /** H · W */
  readonly pixels: number;
  /** m > .5 */
  readonly valid: number;
  /** m is not 0 */
  readonly weighted: number;
  /** g > .5 */
  readonly text: number;
  /** g > .5 and m > .5 */
  readonly learnable: number;
  /** g is not 0 and m is not 0: with soft labels or masks, more than OHEM sees */
  readonly touched: number;
  /** g <= .5 */
  readonly background: number;
  /** g <= .5 and m > .5 */
  readonly validBackground: number;
  /** pixels that the text dice looked at */
  readonly selectedText: number;
  readonly selectedBackground: number;
  /** pixels that the kernel dice looked at */
  readonly kernelMask: number;
  /** [Kg] */
  readonly kernels: readonly KernelFacts[];
  readonly values: {
    readonly gtTexts: ValueFacts;
    readonly gtKernels: ValueFacts;
    readonly trainingMasks: ValueFacts;
  };
}

/** Pixels below each logit, [h · w] each. The arrays are used again for the next image. */
export interface Blocks {
  /** that may be learned */
  readonly valid: ArrayLike<number>;
  /** of these, with the target of a channel: text, then kernels; one a predicted channel that has a target */
  readonly targets: readonly ArrayLike<number>[];
}

export interface ReadLabels {
  readonly facts: LabelFacts;
  readonly blocks: Blocks;
}
