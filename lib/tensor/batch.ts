// What a batch consists of besides the network's output.
import type { NdArray } from './nd-array';

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

/**
 * What a loss needs of binary labels whose s × s pixels share one logit: how many of them are what. Plain numbers and
 * one typed array, so it can be cloned, sent to a worker and back, and stored.
 *
 * With g = `gtTexts`, m = `trainingMasks` and k = one of `gtKernels`, the channels of `counts` are, in this order,
 * the pixels of a block with g, with m, with m and g, with m and k (one channel per kernel), with m and g and k (one
 * channel per kernel).
 */
export interface CompactLabels {
  /** uint8 [N, 3 + 2Kg, h, w], each count from 0 to s²; a Uint16Array where s is above 15 */
  readonly counts: NdArray<Uint8Array | Uint16Array>;
  /** s = H / h = W / w */
  readonly scale: number;
  /** Kg, the kernels that are counted */
  readonly kernels: number;
  /** what they were made with; a loss refuses those that were made with another value than its own */
  readonly binarizeLabels: boolean;
  readonly version: 1;
}
