// Steps 1 to 8 for one image, and the gradient of its loss (step 11), as docs/loss.md numbers them.
import { dice, diceGradient, masked, sigmoid } from './dice';
import { iou } from './iou';
import { type Mining, mine } from './ohem';
import type { Options } from './options';
import { upsampling } from './upsample';
import { type Maps, plane, type Targets } from './values';

export interface ImageResult {
  readonly loss: number;
  readonly lossText: number;
  readonly lossKernels: number;
  readonly iouText: number;
  readonly iouKernel: number;
  /** [K] */
  readonly lossPerKernel: readonly number[];
  readonly mining: Mining;
  /** [P] */
  readonly kernelMask: Float64Array;
  /** [C][h · w] */
  readonly grads: readonly Float64Array[];
  /** [C] */
  readonly gradSizes: readonly number[];
  /** whether the image counts in the mean */
  readonly counts: boolean;
}

type Four = [number, number, number, number];

export function ofImage(
  maps: Maps,
  targets: Targets,
  image: number,
  options: Options,
): ImageResult {
  const { alpha, kernelWeight, eps, epsInNumerator } = options;
  const [, channels, height, width] = maps.shape as Four;
  const [, gtKernelCount, labelHeight, labelWidth] = targets.gtKernels.shape as Four;

  // Step 1: the maps at the size of the labels.
  const precision = isDouble(maps) ? 'double' : 'single';
  const { up, down } = upsampling(
    options.upsample,
    { height, width },
    { height: labelHeight, width: labelWidth },
    options.alignCorners,
    precision,
  );
  const [text, ...kernels] = Array.from({ length: channels }, (_, channel) =>
    up(plane(maps, image, channel)),
  ) as [Float64Array, ...Float64Array[]];

  // Step 2: the labels, as they are or made binary. The training mask is never made binary.
  const target = (values: Float64Array) =>
    options.binarizeLabels ? values.map((value) => (value > 0.5 ? 1 : 0)) : values;
  const gtText = target(plane(targets.gtTexts, image));
  const gtKernels = Array.from({ length: gtKernelCount }, (_, kernel) =>
    target(plane(targets.gtKernels, image, kernel)),
  );
  const trainingMask = plane(targets.trainingMasks, image);

  // Step 3: the pixels that the text loss looks at.
  const mining = mine(text, gtText, trainingMask, options.ohemRatio, options);

  // Step 4: the text loss.
  const textDice = dice(text, gtText, mining.selected, eps, epsInNumerator);

  // Step 5: the pixels that the kernel losses look at. 'pred': sigmoid(text) > .5, decided on the logit.
  const { kernelSampleMask, kernelTrainingMask, textThreshold } = options;
  const threshold = textThreshold === 'sigmoid-half' ? sigmoidHalf(maps) : textThreshold;
  const kernelMask = text.map((logit, p) => {
    const predicted = Number(logit > threshold);
    const sampled = {
      pred: predicted,
      gt: gtText[p]!,
      union: predicted || gtText[p]!,
    }[kernelSampleMask];
    const m = trainingMask[p]!;
    return masked(sampled, kernelTrainingMask === 'value' ? m : Number(m > 0.5));
  });

  // Step 6: every predicted kernel against the target of the same number; their mean.
  const kernelDices = kernels.map((kernel, k) =>
    dice(kernel, gtKernels[k]!, kernelMask, eps, epsInNumerator),
  );
  const lossPerKernel = kernelDices.map(({ loss }) => loss);
  const lossKernels = lossPerKernel.reduce((sum, loss) => sum + loss, 0) / kernels.length;

  // Step 7: the IoUs. The last predicted kernel meets the last target, which is another one if the labels have more.
  const isPositive = (logits: Float64Array) => logits.map((logit) => Number(logit > 0));
  const insideText = gtText.map((g, p) => masked(g, trainingMask[p]!));
  const iouText = iou(isPositive(text), gtText, trainingMask);
  const iouKernel = iou(isPositive(kernels.at(-1)!), gtKernels.at(-1)!, insideText);

  // Step 8: the loss.
  const lossText = textDice.loss;
  const loss = alpha * lossText + kernelWeight * lossKernels;

  // Step 11: the gradient. Selections are comparisons: nothing flows through them.
  const inputs = [
    { logits: text, target: gtText, mask: mining.selected, of: textDice, weight: alpha },
    ...kernels.map((logits, k) => ({
      logits,
      target: gtKernels[k]!,
      mask: kernelMask,
      of: kernelDices[k]!,
      weight: kernelWeight / kernels.length,
    })),
  ];
  const grads = inputs.map(({ logits, target, mask, of, weight }) => {
    const pixels = diceGradient(logits, target, mask, of);
    return down(pixels).map((value) => weight * value);
  });
  const gradSizes = inputs.map(({ logits, target, mask, of, weight }) => {
    const truth = down(mask.map((m, p) => masked(target[p]!, m) * m));
    const size = largestOf(truth, 2 / of.bc);
    if (!epsInNumerator) return weight * size;
    // What eps adds is cancelled by nothing: in an image without text it is all there is.
    const prediction = down(mask.map((m, p) => sigmoid(logits[p]!) * m * m));
    return weight * (size + largestOf(prediction, (4 * eps) / of.bc ** 2));
  });

  const result = {
    ...{ loss, lossText, lossKernels, iouText, iouKernel },
    ...{ lossPerKernel, mining, kernelMask, grads, gradSizes },
    counts: true,
  };
  const isEmpty = !gtText.some((g, p) => g > 0.5 && trainingMask[p]! > 0.5);
  return options.emptyImages === 'skip' && isEmpty ? skipped(result) : result;
}

/** An image that teaches nothing: 0 in everything but its masks, NaN or not. */
function skipped(result: ImageResult): ImageResult {
  return {
    ...result,
    ...{ loss: 0, lossText: 0, lossKernels: 0, iouText: 0, iouKernel: 0 },
    lossPerKernel: result.lossPerKernel.map(() => 0),
    grads: result.grads.map((grad) => grad.map(() => 0)),
    gradSizes: result.gradSizes.map(() => 0),
    counts: false,
  };
}

function isDouble(maps: Maps): boolean {
  return maps.data.BYTES_PER_ELEMENT === 8;
}

/** The largest logit x for which 1 / (1 + exp(−x)), computed in the precision of the maps, is one half. */
function sigmoidHalf(maps: Maps): number {
  return isDouble(maps) ? 1.5 * 2 ** -53 : 1.5 * 2 ** -24;
}

/** max over j of factor · |sums[j]| */
function largestOf(sums: Float64Array, factor: number): number {
  return sums.reduce((largest, sum) => Math.max(largest, factor * Math.abs(sum)), 0);
}
