// OHEM where it does something else than what its ratio says.
import { count } from '../arguments/describe';
import type { DiagnosedOptions } from './batch';
import type { ImageFacts } from './facts';
import { imageRule, type Rule } from './rule';
import { percent, short } from './words';

/** The negatives that OHEM chooses among. */
function poolOf({ labels }: ImageFacts, options: DiagnosedOptions): number {
  return options.negativePool === 'valid' ? labels.validBackground : labels.background;
}

/** How many of them it is to keep. */
function quotaOf(image: ImageFacts, options: DiagnosedOptions): number {
  return Math.trunc(Math.min(image.labels.learnable * options.ohemRatio, poolOf(image, options)));
}

function keptOf({ labels }: ImageFacts): number {
  return labels.selectedText + labels.selectedBackground;
}

const noPositives = imageRule(
  'ohem-no-positives',
  (image) => {
    // Nothing to learn at all has findings of its own.
    const { learnable, touched } = image.labels;
    return learnable > 0 || touched === 0 ? undefined : { touched, kept: keptOf(image) };
  },
  ({ where, numbers }) => ({
    severity: 'warning',
    message: `In ${where} OHEM leaves nothing out and keeps all ${count(numbers.kept, 'pixel')} of the mask: none is above 0.5 in gtTexts and in trainingMasks, though ${numbers.touched} ${numbers.touched === 1 ? 'is' : 'are'} not 0 in both.`,
    advice:
      'OHEM counts pixels above 0.5 as text. Make labels and masks 0 or 1: the findings about soft labels and fractional masks say which are not.',
  }),
);

const ratioTooSmall = imageRule(
  'ohem-ratio-too-small',
  (image, { options }) => {
    const [positives, negatives] = [image.labels.learnable, poolOf(image, options)];
    if (positives === 0 || negatives === 0 || quotaOf(image, options) > 0) return undefined;
    return { largestPositives: positives, negatives, kept: keptOf(image) };
  },
  ({ where, images, numbers }, { options }) => ({
    severity: 'warning',
    message: `In ${where} OHEM leaves nothing out and keeps all ${count(numbers.kept, 'pixel')} of the mask: ${images.length > 1 ? 'at most ' : ''}${count(numbers.largestPositives, 'pixel')} of text times an ohemRatio of ${short(options.ohemRatio)} is a quota of 0 negatives, and a quota of 0 keeps every one (here ${numbers.negatives}).`,
    advice:
      'Where text is small, a small ohemRatio does the opposite of what it says: use 1 or more; 3 is what everybody uses.',
  }),
  { largestPositives: 'largest' },
);

const noBackground = imageRule(
  'ohem-no-background',
  (image) => {
    const { learnable, background, validBackground } = image.labels;
    if (learnable === 0 || validBackground > 0) return undefined;
    return { positives: learnable, ignored: background, kept: keptOf(image) };
  },
  ({ where, numbers }) => {
    const { positives, ignored, kept } = numbers;
    if (ignored === 0) {
      return {
        severity: 'info',
        message: `In ${where} there is no background for OHEM to choose from: ${count(positives, 'pixel')} of text and nothing else, so it keeps all ${count(kept, 'pixel')} of the mask.`,
        advice:
          'Harmless where an image is all text. If yours is not, gtTexts may be inverted, or the background was never set to 0.',
      };
    }
    return {
      severity: 'warning',
      message: `In ${where} there is no background that may be learned: trainingMasks is 0 at all ${count(ignored, 'pixel')} without text, so OHEM keeps ${count(kept, 'pixel')} and a text map that predicts text everywhere has next to no loss.`,
      advice:
        'trainingMasks is 1 where pixels are learned, background included; 0 is for texts that nobody can read. It may hold the text itself, or have changed places with gtTexts.',
    };
  },
);

const quotaEaten = imageRule(
  'ohem-quota-eaten',
  (image, { options }) => {
    const { learnable, background, validBackground, selectedBackground } = image.labels;
    const quota = quotaOf(image, options);
    if (options.negativePool === 'valid' || learnable === 0 || quota === 0) return undefined;
    // NaN ranks last and is never above a threshold: what it costs is not the ignored pixels' doing.
    if (image.maps[0]!.nan > 0) return undefined;
    const possible = Math.min(quota, validBackground);
    if (selectedBackground >= 0.9 * possible) return undefined;
    return {
      ...{ quota, kept: selectedBackground, possible },
      ignored: background - validBackground,
    };
  },
  ({ where, images, numbers }) => {
    const { quota, kept, possible, ignored } = numbers;
    const bad =
      images.some(({ labels }) => labels.selectedBackground === 0) || kept < 0.5 * possible;
    return {
      severity: bad ? 'warning' : 'info',
      message: `In ${where} OHEM was to keep ${count(quota, 'negative')} and keeps ${kept} (${percent(kept / quota)}): the others of the quota are among ${count(ignored, 'ignored pixel')} with higher logits.`,
      advice:
        "Ignored texts and padding take part in the choice and are left out afterwards, in every public implementation. negativePool: 'valid' chooses among pixels that are learned.",
    };
  },
);

export const OHEM_RULES: readonly Rule[] = [noPositives, ratioTooSmall, noBackground, quotaEaten];
