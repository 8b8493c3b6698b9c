// What the kernel mask chose, and what that leaves the kernels to learn.
import { count } from '../arguments/describe';
import type { DiagnosedOptions } from './batch';
import { imageRule, type Rule } from './rule';
import { nameKernels, short } from './words';

/** Between logits it is lower: the largest may lie above the line, and no pixel. */
const interpolated = ({ upsample }: DiagnosedOptions) =>
  upsample === 'bilinear' ? ' before interpolation' : '';

const kernelMaskEmpty = imageRule(
  'kernel-mask-empty',
  ({ labels, maps }, { options }) => {
    const largest = maps[0]!.largestValid;
    // A map without one finite logit above pixels to learn says nothing about its logits.
    if (options.kernelSampleMask !== 'pred' || labels.learnable === 0) return undefined;
    if (labels.kernelMask > 0 || largest === -Infinity) return undefined;
    return { text: labels.learnable, largest, threshold: options.textThreshold };
  },
  ({ where, numbers, allWithText }, { options }) => ({
    severity: allWithText ? 'error' : 'warning',
    message: `In ${where} the kernel mask is empty: the text map predicts no text where it may be learned (its largest logit there is ${short(numbers.largest)}${interpolated(options)}, text is above ${short(numbers.threshold)}), though ${count(numbers.text, 'pixel')} are text; the kernel losses are ${options.epsInNumerator ? '0, as if solved,' : '1'} and have no gradient.`,
    advice:
      "In the first steps this is normal: the text loss has a gradient and fills the mask. If it stays, let the kernels learn from the labels, kernelSampleMask: 'gt', or from labels and prediction together, 'union'; or start the text map's bias nearer to 0.",
  }),
  { largest: 'largest', threshold: 'first' },
);

const kernelMaskMisses = imageRule(
  'kernel-mask-misses-kernels',
  ({ labels }, { sizes }) => {
    if (labels.kernelMask === 0) return undefined;
    const missed = labels.kernels
      .slice(0, sizes.channels - 1)
      .filter(({ pixels, sampled }) => pixels > 0 && sampled === 0);
    if (missed.length === 0) return undefined;
    const target = missed.reduce((sum, { pixels }) => sum + pixels, 0);
    return { kernels: missed.length, target, mask: labels.kernelMask };
  },
  ({ images, where, numbers }, { sizes, options }) => {
    const missed = Array.from({ length: sizes.channels - 1 }, (_, k) => k).filter((k) =>
      images.some(({ labels }) => {
        const kernel = labels.kernels[k];
        return kernel !== undefined && kernel.pixels > 0 && kernel.sampled === 0;
      }),
    );
    const loss = options.epsInNumerator ? '' : ', so their losses are 1 and have no gradient';
    return {
      severity: 'warning',
      message: `In ${where} the kernel mask has ${count(numbers.mask, 'pixel')}, and none of them is among the ${count(numbers.target, 'pixel')} of ${nameKernels(missed.map((k) => k + 1))}${loss}.`,
      advice:
        "The text map predicts text elsewhere than the text is. In the first steps it gets there by itself; if it stays, kernelSampleMask: 'union' or 'gt' lets the kernels learn meanwhile.",
    };
  },
);

const noTextPredicted = imageRule(
  'no-text-predicted',
  ({ labels, maps, predicted }, { options }) => {
    const largest = maps[0]!.largestValid;
    if (options.kernelSampleMask === 'pred' || labels.learnable === 0) return undefined;
    if (predicted > 0 || largest === -Infinity) return undefined;
    return { text: labels.learnable, largest };
  },
  ({ where, numbers, allWithText }, { options }) => ({
    severity: allWithText ? 'warning' : 'info',
    message: `In ${where} the text map predicts no text where it may be learned: its largest logit there is ${short(numbers.largest)}${interpolated(options)}, though ${count(numbers.text, 'pixel')} are text; iouText is at most 0.5.`,
    advice:
      'Normal in the first steps. If it stays, look at the learning rate, at gradients that are scaled or clipped away, and at the other findings.',
  }),
  { largest: 'largest' },
);

export const KERNEL_MASK_RULES: readonly Rule[] = [
  kernelMaskEmpty,
  kernelMaskMisses,
  noTextPredicted,
];
