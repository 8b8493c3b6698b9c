// The oracle: PaddleOCR's PSELoss in float64, step by step as docs/loss.md numbers them. Shares no code with the product.
import { type Dice, dice, diceGradient, masked } from './dice';
import { iou } from './iou';
import { type Mining, mine } from './ohem';
import { type Size, sumBlocks, upsample } from './upsample';

/** Elements and a shape. */
export interface Values<T extends ArrayLike<number> = ArrayLike<number>> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** Logits [N, 1 + K, h, w]; their precision decides what 'sigmoid-half' means. */
export type Maps = Values<Float32Array | Float64Array>;

/** Targets of a batch at s·h × s·w. */
export interface Targets {
  /** [N, H, W] */
  readonly gtTexts: Values;
  /** [N, Kg, H, W], Kg >= K */
  readonly gtKernels: Values;
  /** [N, H, W] */
  readonly trainingMasks: Values;
}

export interface ReferenceOptions {
  readonly alpha?: number | undefined;
  readonly kernelWeight?: number | undefined;
  readonly ohemRatio?: number | undefined;
  readonly kernelSampleMask?: 'pred' | 'gt' | undefined;
  readonly textThreshold?: number | 'sigmoid-half' | undefined;
  readonly reduction?: 'none' | 'mean' | 'sum' | undefined;
  readonly eps?: number | undefined;
}

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
   * [N, C], how large a gradient is before its two terms cancel: max over the logits of |2 / (b + c)| · Σ g·m²,
   * times the channel's weight in the loss. What errors of `grad` are measured by.
   */
  readonly gradSize: Values<Float64Array>;
  /** [N] */
  readonly mining: readonly Mining[];
}

const NAMES = ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const;

/** The loss of a batch, its masks, and its gradient. */
export function referenceLoss(
  maps: Maps,
  targets: Targets,
  options: ReferenceOptions = {},
): Reference {
  const { reduction = 'sum' } = options;
  const [images, channels, height, width] = maps.shape as [number, number, number, number];
  const [, labelHeight, labelWidth] = targets.gtTexts.shape as [number, number, number];

  const results = Array.from({ length: images }, (_, image) =>
    ofImage(maps, targets, image, options),
  );

  // Step 9: sum and mean over the images apply to all five, the IoUs too; none keeps [N]. No image at all gives 0.
  const perImage = five((name) => Float64Array.from(results, (result) => result[name]));
  const reduce = (values: Float64Array) => {
    if (reduction === 'none') return values;
    const sum = values.reduce((total, value) => total + value, 0);
    return reduction === 'sum' || images === 0 ? sum : sum / images;
  };
  const share = reduction === 'mean' ? 1 / images : 1;

  const labelShape = [images, labelHeight, labelWidth];
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

/** Steps 1 to 8 for one image, and the gradient of its loss. */
function ofImage(maps: Maps, targets: Targets, image: number, options: ReferenceOptions) {
  const { alpha = 0.7, ohemRatio = 3, kernelSampleMask = 'pred', eps = 1e-6 } = options;
  const { kernelWeight = 1 - alpha, textThreshold = 'sigmoid-half' } = options;
  const [, channels, height, width] = maps.shape as [number, number, number, number];
  const [, gtKernelCount, labelHeight] = targets.gtKernels.shape as [number, number, number];
  const size: Size = { height, width };
  const scale = labelHeight / height;

  // Step 1: the maps, nearest-upsampled to the labels.
  const small = Array.from({ length: channels }, (_, channel) => plane(maps, image, channel));
  const [text, ...kernels] = small.map((map) => upsample(map, size, scale)) as [
    Float64Array,
    ...Float64Array[],
  ];

  // Step 2: the labels, as they are.
  const gtText = plane(targets.gtTexts, image);
  const trainingMask = plane(targets.trainingMasks, image);
  const gtKernel = (kernel: number) => plane(targets.gtKernels, image, kernel);

  // Step 3: the pixels that the text loss looks at.
  const mining = mine(text, gtText, trainingMask, ohemRatio);

  // Step 4: the text loss.
  const textDice = dice(text, gtText, mining.selected, eps);

  // Step 5: the pixels that the kernel losses look at. 'pred': sigmoid(text) > .5, decided on the logit.
  const threshold = textThreshold === 'sigmoid-half' ? sigmoidHalf(maps) : textThreshold;
  const kernelMask = Float64Array.from(text, (logit, p) => {
    const sampled = kernelSampleMask === 'gt' ? gtText[p]! : Number(logit > threshold);
    return masked(sampled, trainingMask[p]!);
  });

  // Step 6: every predicted kernel against the target of the same number; their mean.
  const kernelDices = kernels.map((kernel, k) => dice(kernel, gtKernel(k), kernelMask, eps));
  const lossPerKernel = kernelDices.map(({ loss }) => loss);
  const lossKernels = lossPerKernel.reduce((sum, loss) => sum + loss, 0) / kernels.length;

  // Step 7: the IoUs. The last predicted kernel meets the last target, which is another one if the labels have more.
  const isPositive = (logits: Float64Array) => logits.map((logit) => Number(logit > 0));
  const insideText = gtText.map((g, p) => masked(g, trainingMask[p]!));
  const iouText = iou(isPositive(text), gtText, trainingMask);
  const iouKernel = iou(isPositive(kernels.at(-1)!), gtKernel(gtKernelCount - 1), insideText);

  // Step 8: the loss.
  const lossText = textDice.loss;
  const loss = alpha * lossText + kernelWeight * lossKernels;

  // Step 11: the gradient. Selections are comparisons: nothing flows through them.
  const inputs = [
    { logits: text, target: gtText, mask: mining.selected, of: textDice, weight: alpha },
    ...kernels.map((logits, k) => ({
      logits,
      target: gtKernel(k),
      mask: kernelMask,
      of: kernelDices[k]!,
      weight: kernelWeight / kernels.length,
    })),
  ];
  const grads = inputs.map(({ logits, target, mask, of, weight }) => {
    const pixels = diceGradient(logits, target, mask, of);
    return sumBlocks(pixels, size, scale).map((value) => weight * value);
  });
  const gradSizes = inputs.map(({ target, mask, of, weight }) => {
    const pixels = mask.map((m, p) => masked(target[p]!, m) * m);
    return weight * sizeBeforeCancellation(of, sumBlocks(pixels, size, scale));
  });

  return {
    ...{ loss, lossText, lossKernels, iouText, iouKernel },
    ...{ lossPerKernel, mining, kernelMask, grads, gradSizes },
  };
}

/** The largest logit x for which 1 / (1 + exp(−x)), computed in the precision of the maps, is one half. */
function sigmoidHalf(maps: Maps): number {
  return maps.data.BYTES_PER_ELEMENT === 8 ? 1.5 * 2 ** -53 : 1.5 * 2 ** -24;
}

/** max over j of |k1| · A_j, with k1 = −2 / (b + c) and A_j = Σ g·m² over the pixels of logit j. */
function sizeBeforeCancellation({ bc }: Dice, sums: Float64Array): number {
  return sums.reduce((largest, sum) => Math.max(largest, (2 / bc) * Math.abs(sum)), 0);
}

/** One plane of an [N, H, W] or [N, C, H, W] array, in double. */
function plane({ data, shape }: Values, image: number, channel = 0): Float64Array {
  const channels = shape.length === 4 ? shape[1]! : 1;
  const length = shape.at(-2)! * shape.at(-1)!;
  const start = (image * channels + channel) * length;
  return Float64Array.from({ length }, (_, p) => data[start + p]!);
}

function five<T>(value: (name: (typeof NAMES)[number]) => T): Five<T> {
  const [loss, lossText, lossKernels, iouText, iouKernel] = NAMES.map(value) as [T, T, T, T, T];
  return { loss, lossText, lossKernels, iouText, iouKernel };
}

function concat(
  parts: readonly ArrayLike<number>[],
  shape: readonly number[],
): Values<Float64Array> {
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1));
  let start = 0;
  for (const part of parts) {
    data.set(part, start);
    start += part.length;
  }
  return { data, shape };
}

function scaled({ data, shape }: Values<Float64Array>, factor: number): Values<Float64Array> {
  return { data: data.map((value) => value * factor), shape };
}
