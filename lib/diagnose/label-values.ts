// Labels whose values are not what the loss takes them for.
import { count } from '../arguments/describe';
import type { FindingCode } from './finding';
import { imageRule, type Rule } from './rule';
import { range, short } from './words';

const notFinite = imageRule(
  'labels-not-finite',
  ({ labels: { values } }, { options, sizes }) => {
    const arrays = [values.gtTexts, values.gtKernels, values.trainingMasks];
    const [texts, kernels, masks] = arrays.map(({ nan, infinite }) => nan + infinite) as [
      number,
      number,
      number,
    ];
    if (texts + kernels + masks === 0) return undefined;
    // Made binary, NaN is 0 and Inf is 1.
    const read = options.binarizeLabels ? [values.trainingMasks] : arrays;
    const harmful = read.reduce((sum, array) => sum + array.harmful, 0);
    const { pixel } = arrays.find(({ first }) => first)!.first!;
    const place = { row: Math.floor(pixel / sizes.width), column: pixel % sizes.width };
    return { texts, kernels, masks, harmful, ...place };
  },
  ({ where, images, numbers }) => {
    const { texts, kernels, masks, harmful, row, column } = numbers;
    const parts = [
      { name: 'gtTexts', found: texts },
      { name: 'gtKernels', found: kernels },
      { name: 'trainingMasks', found: masks },
    ].filter(({ found }) => found > 0);
    const named = parts.map(({ name, found }) => `${found} in ${name}`).join(', ');
    const first = `the first in image ${images[0]!.image}, row ${row}, column ${column}`;
    const harm =
      harmful > 0
        ? `${harmful} of them ${harmful === 1 ? 'reaches' : 'reach'} the loss and can make it NaN`
        : 'none of them reaches the loss';
    return {
      severity: harmful > 0 ? 'error' : 'warning',
      message: `In ${where} labels are NaN or Inf: ${named}, ${first}; ${harm}.`,
      advice:
        'Labels are never NaN by themselves: look for a division by 0 or memory that was not filled. Where trainingMasks is 0, targets may be anything; checkValues: true throws at the first.',
    };
  },
  { row: 'first', column: 'first' },
);

/** Targets below 0 or above 1; what is made binary may be any number. */
function targetOutOfRange(code: FindingCode, array: 'gtTexts' | 'gtKernels', loss: string) {
  return imageRule(
    code,
    ({ labels: { values } }, { options }) => {
      const { below, above, smallest, largest } = values[array];
      if (options.binarizeLabels || below + above === 0) return undefined;
      return { pixels: below + above, smallest, largest };
    },
    ({ where, numbers }) => {
      const { pixels, smallest, largest } = numbers;
      // The best that a sigmoid, at most 1, can do where the target is t > 1: 1 − 2t / (1 + t²).
      const floor = 1 - (2 * largest) / (1 + largest ** 2);
      const consequence =
        largest > 1
          ? `where the target is ${short(largest)}, even a perfect map has a ${loss} of ${short(floor)}`
          : `the ${loss} may leave the range 0…1`;
      return {
        severity: 'error',
        message: `In ${where} ${array} has ${count(pixels, 'value')} outside 0…1 (${range(smallest, largest)}); ${consequence}.`,
        advice: adviceFor(smallest, largest),
      };
    },
    { smallest: 'smallest', largest: 'largest' },
  );
}

function adviceFor(smallest: number, largest: number): string {
  if (smallest < 0) {
    return 'A target is 0 or 1. Pixels that are not to be learned belong into trainingMasks, with 0.';
  }
  if (largest === 255) {
    return 'A target is 0 or 1, in pictures 0 or 255: divide by 255, or use binarizeLabels: true.';
  }
  return 'A target is 0 or 1. Numbers of instances can stay if binarizeLabels: true makes them 1; probabilities times something must be divided by it.';
}

const maskOutOfRange = imageRule(
  'training-mask-out-of-range',
  ({ labels: { values } }) => {
    const { below, above, smallest, largest } = values.trainingMasks;
    return below + above === 0 ? undefined : { pixels: below + above, smallest, largest };
  },
  ({ where, numbers }, { options }) => {
    const { pixels, smallest, largest } = numbers;
    const weight =
      options.kernelTrainingMask === 'value' && largest > 1
        ? ` and the kernel losses weigh them by up to ${short(largest ** 2)}`
        : '';
    return {
      severity: 'error',
      message: `In ${where} trainingMasks has ${count(pixels, 'value')} outside 0…1 (${range(smallest, largest)}); the IoUs leave out every pixel whose mask is not exactly 1${weight}.`,
      advice:
        largest === 255
          ? 'A training mask is 1 (learn) or 0 (ignore), in pictures 255 or 0: divide by 255.'
          : 'A training mask is 1 (learn) or 0 (ignore).',
    };
  },
  { smallest: 'smallest', largest: 'largest' },
);

const maskFractional = imageRule(
  'training-mask-fractional',
  ({ labels }) => {
    const { between } = labels.values.trainingMasks;
    if (between === 0) return undefined;
    return { pixels: between, largest: labels.values.trainingMasks.largest, valid: labels.valid };
  },
  ({ where, numbers }) => ({
    severity: 'warning',
    message: `In ${where} trainingMasks is between 0 and 1 at ${count(numbers.pixels, 'pixel')}: the IoUs leave them out, OHEM counts those above 0.5 as whole, and the kernel losses weigh them by the square.`,
    advice:
      "Resize masks without interpolation, or write mask > 0.5 into them. If fractions are meant, distrust the IoUs; kernelTrainingMask: 'above-half' and fallbackMask: 'nonzero' read them as 0 or 1 elsewhere.",
  }),
  { largest: 'largest' },
);

const soft = imageRule(
  'soft-labels',
  ({ labels: { values } }, { options }) => {
    const [texts, kernels] = [values.gtTexts.between, values.gtKernels.between];
    if (options.binarizeLabels || texts + kernels === 0) return undefined;
    return { texts, kernels };
  },
  ({ where, numbers }) => ({
    severity: 'info',
    message: `In ${where} targets are between 0 and 1: ${count(numbers.texts, 'value')} of gtTexts and ${numbers.kernels} of gtKernels; the dice losses take them as they are, OHEM takes those above 0.5 for text, the IoUs for neither class.`,
    advice:
      'If they are meant as they are, nothing. If they come from resizing with interpolation, the loss cannot fall to 0: resize without it, or use binarizeLabels: true.',
  }),
);

export const LABEL_VALUE_RULES: readonly Rule[] = [
  notFinite,
  targetOutOfRange('text-labels-out-of-range', 'gtTexts', 'text loss'),
  targetOutOfRange('kernel-labels-out-of-range', 'gtKernels', 'kernel loss'),
  maskOutOfRange,
  maskFractional,
  soft,
];
