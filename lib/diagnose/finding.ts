// What a diagnosis consists of.

/**
 * What can be found. Within a severity, findings come in this order: causes before their consequences.
 * docs/diagnosis.md has a row for each.
 */
export const FINDING_CODES = [
  'nan-in-maps',
  'infinity-in-maps',
  'labels-not-finite',
  'loss-not-finite',
  'maps-look-like-probabilities',
  'text-labels-out-of-range',
  'kernel-labels-out-of-range',
  'training-mask-out-of-range',
  'labels-look-inverted',
  'training-mask-looks-inverted',
  'kernels-reversed',
  'kernels-not-nested',
  'maps-look-reversed',
  'all-ignored',
  'no-text',
  'text-all-ignored',
  'kernel-target-empty',
  'kernel-mask-empty',
  'kernel-mask-misses-kernels',
  'no-text-predicted',
  'saturated-logits',
  'constant-maps',
  'ohem-no-positives',
  'ohem-ratio-too-small',
  'ohem-no-background',
  'ohem-quota-eaten',
  'training-mask-fractional',
  'soft-labels',
  'kernel-count-mismatch',
  'first-kernel-is-text',
  'images-skipped',
  'no-label-pictures',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** `error`: the batch does not teach what it should; `warning`: part of it; `info`: good to know. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Counts, extremes and places, by name. */
export type Numbers = Readonly<Record<string, number>>;

/** One thing that explains a loss; a code is found at most once in a batch. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** the image, where it is one */
  readonly image?: number;
  /** the images, where they are several; `numbers.images` tells how many */
  readonly images?: readonly number[];
  /** what the message was made of; of several images added up, or the largest, the smallest, the first */
  readonly numbers: Numbers;
  /** what was found, with its numbers */
  readonly message: string;
  /** what to do about it */
  readonly advice: string;
}

/** What a batch says about its loss. */
export interface Diagnosis {
  /** the worst first; none where nothing is wrong that can be told from one batch */
  readonly findings: readonly Finding[];
  /**
   * Draws the batch, as PNG files by name: `image-0-text-logits.png`, `image-0-selected.png` (what OHEM kept),
   * `image-0-kernel-mask.png`, `image-0-labels.png`, … Nothing is drawn before the call, and it draws the arrays as they
   * are then: call it before the next step writes into them.
   */
  pictures(): Promise<Record<string, Uint8Array>>;
}
