// Images without text that may be learned: the most common reason of a loss of exactly 1.
import { count } from '../arguments/describe';
import { type BatchFacts, type ImageFacts, isEmpty } from './facts';
import type { Severity } from './finding';
import { imageRule, type Rule } from './rule';
import { nameImages, short } from './words';

const allIgnored = imageRule(
  'all-ignored',
  ({ labels }) =>
    labels.weighted === 0 ? { pixels: labels.pixels, text: labels.text } : undefined,
  ({ where, images, numbers }, facts) => ({
    severity: severityOf(facts),
    message: `In ${where} every pixel is ignored: trainingMasks is 0 at all ${count(numbers.pixels, 'pixel')}, ${count(numbers.text, 'pixel')} of text among them; ${consequence(images, facts)}`,
    advice:
      'trainingMasks is 1 where pixels are learned and 0 where they are ignored: if it is 0 everywhere, it may be inverted, never filled, or still the mask of the padding only. Setting it to ones shows whether it is the cause.',
  }),
);

const noText = imageRule(
  'no-text',
  ({ labels }) =>
    labels.text === 0 && labels.weighted > 0
      ? { pixels: labels.pixels, largest: Math.max(0, largestText(labels)) }
      : undefined,
  ({ where, images, numbers }, facts) => {
    const { pixels, largest } = numbers;
    return {
      severity: severityOf(facts),
      message: `In ${where} there is no text: none of ${count(pixels, 'pixel')} of gtTexts is above 0.5${largest > 0 ? ` (the largest value is ${short(largest)})` : ''}; ${consequence(images, facts)}`,
      advice:
        largest > 0
          ? 'Text is 1 in gtTexts. Values as small as these come from dividing by 255 twice, or from resizing labels with interpolation.'
          : "Photos without text are no mistake, but they teach nothing and add a constant to the mean: emptyImages: 'skip' leaves them out. If these photos have text, look at what draws gtTexts: polygons not found, in the coordinates of another size, or cropped away.",
    };
  },
  { largest: 'largest' },
);

const textAllIgnored = imageRule(
  'text-all-ignored',
  ({ labels }) =>
    labels.text > 0 && labels.learnable === 0 && labels.touched === 0 && labels.weighted > 0
      ? { text: labels.text, valid: labels.valid }
      : undefined,
  ({ where, images, numbers }, facts) => ({
    severity: severityOf(facts),
    message: `In ${where} all text is ignored: trainingMasks is 0 at all ${count(numbers.text, 'pixel')} of text, and not 0 elsewhere; ${consequence(images, facts)}`,
    advice:
      "Texts marked ### or *** (or tagged as ignored, or too small to shrink) are not learned: see which of them your label code marks so. Crops that hold only such texts teach nothing: emptyImages: 'skip' leaves them out of the mean. If it is so in every batch, the mask may be inverted: 1 means learn, 0 means ignore.",
  }),
);

const imagesSkipped: Rule = (facts) => {
  if (facts.options.emptyImages !== 'skip') return undefined;
  const skipped = facts.images.filter(isEmpty).map(({ image }) => image);
  if (skipped.length === 0) return undefined;
  const counted = facts.images.length - skipped.length;
  const mean = counted === 0 ? 'so is their mean' : `a mean is taken over the other ${counted}`;
  return {
    code: 'images-skipped',
    severity: counted === 0 ? 'error' : 'info',
    ...(skipped.length === 1 ? { image: skipped[0]! } : { images: skipped }),
    numbers: { images: skipped.length, counted },
    message: `Without text to learn, ${nameImages(skipped, facts.images.length)} ${skipped.length === 1 ? 'is' : 'are'} skipped: losses, IoUs and gradient are 0 there, and ${mean}.`,
    advice:
      counted === 0
        ? 'Nothing is learned from this batch. The findings about text and masks say why; a batch like this is as well left out.'
        : "As emptyImages: 'skip' asks for. The findings about text and masks say why.",
  };
};

export const EMPTY_IMAGE_RULES: readonly Rule[] = [
  allIgnored,
  noText,
  textAllIgnored,
  imagesSkipped,
];

function largestText({ values }: ImageFacts['labels']): number {
  return values.gtTexts.largest;
}

/** One empty image among others is common; a batch of nothing else teaches nothing. */
function severityOf({ images, options }: BatchFacts): Severity {
  if (images.every(isEmpty)) return 'error';
  return options.emptyImages === 'skip' || options.epsInNumerator ? 'info' : 'warning';
}

/** What becomes of the losses; with soft labels or masks the dice still sees something. */
function consequence(images: readonly ImageFacts[], { options }: BatchFacts): string {
  if (options.emptyImages === 'skip') return 'skipped, as emptyImages asks for.';
  const untouched = images.every(({ labels }) => labels.touched === 0);
  if (!untouched) return 'OHEM finds no positive and keeps every pixel.';
  const learnsKernels = images.some(({ labels }) => labels.kernels.some((k) => k.sampled > 0));
  if (options.epsInNumerator) {
    return 'with epsInNumerator the loss is 0 if nothing is predicted, and tends to 1 with what is.';
  }
  return learnsKernels
    ? 'the text loss is 1 and has no gradient, whatever the logits are.'
    : 'the losses are 1 and the gradient is 0, whatever the logits are.';
}
