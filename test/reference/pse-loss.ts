// The oracle: the PSE loss in float64, step by step as docs/loss.md numbers them. Shares no code with the product.
import { ofImage } from './image';
import type { Mining } from './ohem';
import type { ReferenceOptions } from './options';
import { resolve } from './presets';
import { concat, type Maps, scaled, type Targets, type Values } from './values';

export type { PresetName, ReferenceOptions } from './options';
export type { Maps, Targets, Values } from './values';

/** The five values, in step 10's order of importance. */
export interface Five<T> {
  readonly loss: T;
  readonly lossText: T;
  readonly lossKernels: T;
  readonly iouText: T;
  readonly iouKernel: T;
}

export interface Reference extends Five<number | Float64Array> {
  readonly perImage: Five<Float64Array>;
  /** [N, K] */
  readonly lossPerKernel: Values<Float64Array>;
  /** what the text dice received, [N, H, W] */
  readonly selectedMask: Values<Float64Array>;
  /** what the kernel dice received, [N, H, W] */
  readonly kernelMask: Values<Float64Array>;
  /** d loss / d maps, [N, C, h, w]; 'none' differentiates the sum */
  readonly grad: Values<Float64Array>;
  /**
   * [N, C], how large a gradient is before its two terms cancel: max over the logits of |2 / (b + c)| · Σ g·m², with eps in
   * the numerator + max of 4·eps / (b + c)² · Σ s·m², times the channel's weight in the loss. What errors of `grad` are
   * measured by.
   */
  readonly gradSize: Values<Float64Array>;
  /** [N] */
  readonly mining: readonly Mining[];
}

const NAMES = ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const;

/** The loss of a batch, its masks, and its gradient. Half-precision maps are given widened to float32. */
export function referenceLoss(
  maps: Maps,
  targets: Targets,
  options: ReferenceOptions = {},
): Reference {
  const resolved = resolve(options);
  const { reduction } = resolved;
  const [images, channels, height, width] = maps.shape as [number, number, number, number];

  const results = Array.from({ length: images }, (_, image) =>
    ofImage(maps, targets, image, resolved),
  );

  // Step 9: sum and mean apply to all five, the IoUs too; none keeps [N]. The mean is over the images that count, and 0
  // where none does.
  const counted = results.filter(({ counts }) => counts).length;
  const divisor = reduction === 'mean' ? Math.max(1, counted) : 1;
  const perImage = five((name) => Float64Array.from(results, (result) => result[name]));
  const reduce = (values: Float64Array) =>
    reduction === 'none' ? values : values.reduce((total, value) => total + value, 0) / divisor;
  const share = 1 / divisor;

  const { shape: labelShape } = targets.gtTexts;
  return {
    ...five((name) => reduce(perImage[name])),
    perImage,
    lossPerKernel: concat(
      results.map((result) => result.lossPerKernel),
      [images, channels - 1],
    ),
    selectedMask: concat(
      results.map((result) => result.mining.selected),
      labelShape,
    ),
    kernelMask: concat(
      results.map((result) => result.kernelMask),
      labelShape,
    ),
    grad: scaled(
      concat(
        results.flatMap((result) => result.grads),
        [images, channels, height, width],
      ),
      share,
    ),
    gradSize: scaled(
      concat(
        results.map((result) => result.gradSizes),
        [images, channels],
      ),
      share,
    ),
    mining: results.map((result) => result.mining),
  };
}

function five<T>(value: (name: (typeof NAMES)[number]) => T): Five<T> {
  const [loss, lossText, lossKernels, iouText, iouKernel] = NAMES.map(value) as [T, T, T, T, T];
  return { loss, lossText, lossKernels, iouText, iouKernel };
}
