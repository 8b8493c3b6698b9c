// Batches with one thing wrong each, and the same where it is nearly so: what a diagnosis is to find, and not to find.
import type { Finding, PSELossOptions } from 'pse-loss';
import { LOGITS, MAP, rectangle, type Scene, SIZE, scene } from '../unit/diagnose/scene';

export interface Trouble {
  readonly code: Finding['code'];
  readonly severity: Finding['severity'];
  readonly options?: PSELossOptions;
  readonly edit: (image: Scene) => void;
  /** What is not enough for it. Where nothing is edited, the options make the difference. */
  readonly nearly: ((image: Scene) => void) | PSELossOptions;
}

/** A pixel of text, of all kernels, and a corner without text. */
const INSIDE = 6 * SIZE + 4;
const CENTRE = 11 * SIZE + 11;
/** The logits above a pixel of text, of all kernels. */
const LOGIT_INSIDE = 3 * MAP + 2;
const LOGIT_CENTRE = 5 * MAP + 5;

const flipped = (plane: readonly number[]) => plane.map((value) => 1 - value);
const withPixel = (plane: number[], pixel: number, value: number) => plane.splice(pixel, 1, value);
const silent = (image: Scene) => {
  image.maps[0] = image.maps[0]!.map((x) => -Math.abs(x));
};
/** The last rows are ignored, and look like text to the network. */
const greedy = (rows: number) => (image: Scene) => {
  image.mask.fill(0, (SIZE - rows) * SIZE);
  image.maps[0]!.fill(9, LOGITS - (rows / 2) * MAP);
};
const probable = (image: Scene) => {
  image.maps = image.maps.map((map) => map.map((x) => 1 / (1 + Math.exp(-x))));
};
/** The last kernel, and some pixels outside of the one before it. */
const astray = (pixels: number) => (image: Scene) => {
  image.kernels[1]!.fill(1, 0, pixels);
};

export const TROUBLES: readonly Trouble[] = [
  {
    code: 'nan-in-maps',
    severity: 'error',
    edit: ({ maps }) => withPixel(maps[1]!, 5, Number.NaN),
    nearly: ({ maps }) => withPixel(maps[1]!, 5, -15),
  },
  {
    code: 'infinity-in-maps',
    severity: 'error',
    options: { upsample: 'bilinear' },
    edit: ({ maps }) => withPixel(maps[1]!, 5, -Infinity),
    nearly: ({ maps }) => withPixel(maps[1]!, 5, -1e38),
  },
  {
    code: 'infinity-in-maps',
    severity: 'warning',
    edit: ({ maps }) => withPixel(maps[2]!, 5, -Infinity),
    nearly: ({ maps }) => withPixel(maps[2]!, 5, -1e38),
  },
  {
    code: 'labels-not-finite',
    severity: 'error',
    edit: ({ text }) => withPixel(text, 0, Number.NaN),
    nearly: ({ text }) => withPixel(text, 0, 0.25),
  },
  {
    code: 'labels-not-finite',
    severity: 'warning',
    edit: ({ kernels, mask }) => {
      withPixel(kernels[0]!, 0, Infinity);
      withPixel(mask, 0, 0);
    },
    nearly: ({ mask }) => withPixel(mask, 0, 0),
  },
  {
    code: 'loss-not-finite',
    severity: 'error',
    // Squares of 1e20 are none of float32, those of 1e4 are.
    edit: ({ mask }) => mask.fill(1e20),
    nearly: ({ mask }) => mask.fill(1e4),
  },
  {
    code: 'maps-look-like-probabilities',
    severity: 'error',
    edit: probable,
    nearly: (image) => {
      probable(image);
      withPixel(image.maps[2]!, 0, -0.01);
    },
  },
  {
    code: 'text-labels-out-of-range',
    severity: 'error',
    edit: (image) => {
      image.text = rectangle(0, 255);
    },
    nearly: { binarizeLabels: true },
  },
  {
    code: 'kernel-labels-out-of-range',
    severity: 'error',
    edit: ({ kernels }) => withPixel(kernels[1]!, CENTRE, 2),
    nearly: ({ kernels }) => withPixel(kernels[1]!, CENTRE, 0.9),
  },
  {
    code: 'training-mask-out-of-range',
    severity: 'error',
    edit: ({ mask }) => mask.fill(255),
    nearly: ({ mask }) => withPixel(mask, 0, 0.9),
  },
  {
    code: 'labels-look-inverted',
    severity: 'error',
    edit: (image) => {
      image.text = flipped(image.text);
      image.kernels = image.kernels.map(flipped);
    },
    nearly: ({ text }) => text.fill(1),
  },
  {
    code: 'training-mask-looks-inverted',
    severity: 'error',
    edit: (image) => {
      image.mask = rectangle(3);
    },
    nearly: (image) => {
      image.mask = rectangle(1);
    },
  },
  {
    code: 'kernels-reversed',
    severity: 'error',
    edit: ({ kernels }) => kernels.reverse(),
    nearly: (image) => {
      image.kernels = [rectangle(4), rectangle(4)];
    },
  },
  {
    code: 'kernels-not-nested',
    severity: 'warning',
    // Of 36 and 35 pixels.
    edit: astray(4),
    nearly: astray(3),
  },
  {
    code: 'maps-look-reversed',
    severity: 'warning',
    edit: ({ maps }) => maps.reverse(),
    nearly: ({ maps }) => maps.splice(1, 2, maps[2]!, maps[1]!),
  },
  {
    code: 'all-ignored',
    severity: 'error',
    edit: ({ mask }) => mask.fill(0),
    nearly: ({ mask }) => mask.fill(0).fill(1, INSIDE, INSIDE + 1),
  },
  {
    code: 'no-text',
    severity: 'error',
    edit: ({ text }) => text.fill(0),
    nearly: ({ text }) => text.fill(0).fill(1, INSIDE, INSIDE + 1),
  },
  {
    code: 'text-all-ignored',
    severity: 'error',
    edit: (image) => {
      image.mask = flipped(rectangle());
    },
    nearly: (image) => {
      image.mask = flipped(rectangle());
      withPixel(image.mask, INSIDE, 1);
    },
  },
  {
    code: 'kernel-target-empty',
    severity: 'error',
    edit: ({ kernels }) => {
      for (const kernel of kernels) kernel.fill(0);
    },
    nearly: ({ kernels }) => {
      for (const kernel of kernels) kernel.fill(0).fill(1, CENTRE, CENTRE + 1);
    },
  },
  {
    code: 'kernel-target-empty',
    severity: 'warning',
    edit: ({ kernels }) => kernels[1]!.fill(0),
    nearly: ({ kernels }) => kernels[1]!.fill(0).fill(1, CENTRE, CENTRE + 1),
  },
  {
    code: 'kernel-mask-empty',
    severity: 'error',
    edit: silent,
    nearly: (image) => {
      silent(image);
      withPixel(image.maps[0]!, LOGIT_INSIDE, 1e-3);
    },
  },
  {
    code: 'kernel-mask-empty',
    severity: 'error',
    options: { textThreshold: 3.5 },
    edit: () => {},
    nearly: { textThreshold: 3 },
  },
  {
    code: 'kernel-mask-empty',
    severity: 'error',
    edit: silent,
    nearly: { kernelSampleMask: 'union' },
  },
  {
    code: 'kernel-mask-misses-kernels',
    severity: 'warning',
    edit: (image) => {
      silent(image);
      withPixel(image.maps[0]!, LOGIT_INSIDE, 1);
    },
    nearly: (image) => {
      silent(image);
      withPixel(image.maps[0]!, LOGIT_CENTRE, 1);
    },
  },
  {
    code: 'no-text-predicted',
    severity: 'warning',
    options: { kernelSampleMask: 'gt' },
    edit: silent,
    nearly: (image) => {
      silent(image);
      withPixel(image.maps[0]!, LOGIT_INSIDE, 1e-3);
    },
  },
  {
    code: 'saturated-logits',
    severity: 'error',
    edit: ({ maps }) => maps[2]!.fill(-16.1),
    nearly: ({ maps }) => maps[2]!.fill(-15.9),
  },
  {
    code: 'constant-maps',
    severity: 'warning',
    edit: ({ maps }) => maps[1]!.fill(-3),
    nearly: ({ maps }) => maps[1]!.fill(-3).fill(-2.9, 0, 1),
  },
  {
    code: 'ohem-no-positives',
    severity: 'warning',
    edit: (image) => {
      image.text = rectangle(0, 0.5);
    },
    nearly: (image) => {
      image.text = rectangle(0, 0.51);
    },
  },
  {
    code: 'ohem-ratio-too-small',
    severity: 'warning',
    // Times 192 pixels of text: .96 of one, and 1.02.
    options: { ohemRatio: 0.005 },
    edit: () => {},
    nearly: { ohemRatio: 0.0053 },
  },
  {
    code: 'ohem-no-background',
    severity: 'info',
    edit: ({ text }) => text.fill(1),
    nearly: ({ text }) => text.fill(1).fill(0, 0, 1),
  },
  {
    code: 'ohem-quota-eaten',
    severity: 'warning',
    options: { ohemRatio: 1 },
    edit: greedy(6),
    nearly: { ohemRatio: 1, negativePool: 'valid' },
  },
  {
    code: 'training-mask-fractional',
    severity: 'warning',
    edit: ({ mask }) => withPixel(mask, 0, 0.5),
    nearly: ({ mask }) => withPixel(mask, 0, 0),
  },
  {
    code: 'soft-labels',
    severity: 'info',
    edit: ({ text }) => withPixel(text, INSIDE, 0.75),
    nearly: { binarizeLabels: true },
  },
  {
    code: 'kernel-count-mismatch',
    severity: 'warning',
    edit: ({ kernels }) => kernels.push(rectangle(5)),
    nearly: ({ kernels, maps }) => {
      kernels.push(rectangle(5));
      maps.push([...maps[2]!]);
    },
  },
  {
    code: 'first-kernel-is-text',
    severity: 'warning',
    edit: ({ kernels }) => kernels.splice(0, 1, rectangle()),
    nearly: ({ kernels }) => {
      kernels[0] = rectangle();
      withPixel(kernels[0], INSIDE, 0);
    },
  },
  {
    code: 'images-skipped',
    severity: 'error',
    options: { emptyImages: 'skip' },
    edit: ({ text }) => text.fill(0),
    nearly: { emptyImages: 'include' },
  },
];

/** The images of a batch, and the options to diagnose it with. */
export interface Given {
  readonly images: readonly Scene[];
  readonly options: PSELossOptions;
}

export function given({ edit, nearly, options = {} }: Trouble): { trouble: Given; almost: Given } {
  const trouble = { images: [scene(edit)], options };
  if (typeof nearly === 'function')
    return { trouble, almost: { images: [scene(nearly)], options } };
  return { trouble, almost: { images: [scene(edit)], options: nearly } };
}
