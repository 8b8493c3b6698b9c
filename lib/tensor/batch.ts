// What a batch consists of besides the network's output.

/**
 * The targets of a batch, all at label resolution H × W.
 *
 * - `gtTexts` [N, H, W]: 1 where there is text
 * - `gtKernels` [N, Kg, H, W]: the text kernels from large to small, Kg ≥ K
 * - `trainingMasks` [N, H, W]: 1 = learn, 0 = ignore
 */
export interface Labels<T> {
  readonly gtTexts: T;
  readonly gtKernels: T;
  readonly trainingMasks: T;
}
