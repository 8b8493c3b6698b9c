// Seeded random batches: scenes of words with maps that imitate a network's, and scenes made to be difficult.
// Built in JavaScript from whole and rounded operations only (no sine, no logarithm), so every machine sees the same bytes.
import type { NpyArray } from './npz';
import { type Random, random } from './random';

/** What a batch shows. */
export const SCENES = [
  'words',
  'noise',
  'ties',
  'constant',
  'all-text',
  'no-text',
  'all-ignored',
  'tiny-text',
  'dense-text',
  'greedy-ignored',
  'soft-labels',
  'fractional-masks',
  'large-logits',
  'near-threshold',
] as const;

/**
 * - `words` rotated words and their kernels, some of them ignored; maps like a half-trained network's
 * - `noise` the same labels under maps that know nothing of them
 * - `ties` maps of nine values: many negatives share the threshold
 * - `constant` one value per map
 * - `all-text`, `no-text`, `all-ignored`, `tiny-text` (one pixel), `dense-text` (fewer negatives than the quota)
 * - `greedy-ignored` ignored negatives with the highest logits, which take the quota
 * - `soft-labels` targets anywhere between 0 and 1
 * - `fractional-masks` training masks in quarters; every third image without text, so that OHEM falls back to them
 * - `large-logits` up to ±1000
 * - `near-threshold` text logits a few steps around the largest whose sigmoid rounds to one half
 */
export type Scene = (typeof SCENES)[number];

export interface BatchOptions {
  readonly seed: number;
  /** @default 'words' */
  readonly scene?: Scene;
  /** N @default 2 */
  readonly images?: number;
  /** K @default 6 */
  readonly kernels?: number;
  /** Kg @default K */
  readonly gtKernels?: number;
  /** h @default 12 */
  readonly height?: number;
  /** w @default 10 */
  readonly width?: number;
  /** s @default 4 */
  readonly scale?: number;
  /** @default 'float32' */
  readonly maps?: 'float32' | 'float64';
  /** 'uint8' needs a scene whose labels are whole. @default 'uint8' where the scene allows it */
  readonly labels?: 'float32' | 'uint8';
}

/** A batch as the product, the oracle and the parity scripts take it. */
export interface Batch {
  /** reads well in the name of a test */
  readonly name: string;
  /** [N, 1 + K, h, w] */
  readonly maps: NpyArray<Float32Array | Float64Array>;
  readonly labels: {
    /** [N, H, W] */
    readonly gtTexts: NpyArray<Float32Array | Uint8Array>;
    /** [N, Kg, H, W] */
    readonly gtKernels: NpyArray<Float32Array | Uint8Array>;
    /** [N, H, W] */
    readonly trainingMasks: NpyArray<Float32Array | Uint8Array>;
  };
}

export function makeBatch(options: BatchOptions): Batch {
  const { seed, scene = 'words', images = 2, kernels = 6, gtKernels = kernels } = options;
  const { height = 12, width = 10, scale = 4, maps = 'float32' } = options;
  const fractional = scene === 'soft-labels' || scene === 'fractional-masks';
  const { labels = fractional ? 'float32' : 'uint8' } = options;
  const draw = random(seed);
  const size = { height: height * scale, width: width * scale };

  const drawn = Array.from({ length: images }, (_, image) => {
    const targets = drawTargets(draw, scene, image, size, gtKernels);
    return { targets, logits: drawLogits(draw, scene, targets, size, scale, kernels) };
  });
  const asLabels = (shape: readonly number[], values: readonly number[][]) => ({
    data: (labels === 'uint8' ? Uint8Array : Float32Array).from(values.flat()),
    shape,
  });
  const asMaps = (values: readonly number[]) =>
    maps === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return {
    name: `${scene}, ${maps} maps [${images}, ${1 + kernels}, ${height}, ${width}], ${labels} labels at factor ${scale}, seed ${seed}`,
    maps: {
      data: asMaps(drawn.flatMap(({ logits }) => logits.flat())),
      shape: [images, 1 + kernels, height, width],
    },
    labels: {
      gtTexts: asLabels(
        [images, size.height, size.width],
        drawn.map(({ targets }) => targets.text),
      ),
      gtKernels: asLabels(
        [images, gtKernels, size.height, size.width],
        drawn.flatMap(({ targets }) => targets.kernels),
      ),
      trainingMasks: asLabels(
        [images, size.height, size.width],
        drawn.map(({ targets }) => targets.mask),
      ),
    },
  };
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Of one image, each [P]. */
interface Targets {
  text: number[];
  kernels: number[][];
  mask: number[];
}

function drawTargets(
  draw: Random,
  scene: Scene,
  image: number,
  size: Size,
  kernels: number,
): Targets {
  const pixels = size.height * size.width;
  const filled = (value: number) => new Array<number>(pixels).fill(value);
  const filledTargets = (value: number): Targets => ({
    text: filled(value),
    kernels: Array.from({ length: kernels }, () => filled(value)),
    mask: filled(1),
  });
  const anywhere = () => draw.integer(0, pixels);

  if (scene === 'all-text') return filledTargets(1);
  if (scene === 'tiny-text') {
    const targets = filledTargets(0);
    const pixel = anywhere();
    for (const plane of [targets.text, ...targets.kernels]) plane[pixel] = 1;
    return targets;
  }
  if (scene === 'dense-text') {
    const targets = filledTargets(1);
    for (let hole = 0; hole < pixels / 16; hole++) {
      const pixel = anywhere();
      for (const plane of [targets.text, ...targets.kernels]) plane[pixel] = 0;
    }
    return targets;
  }

  const targets = drawWords(draw, size, kernels);
  const { text, mask } = targets;
  if (scene === 'no-text') return { ...filledTargets(0), mask };
  if (scene === 'all-ignored') mask.fill(0);
  if (scene === 'soft-labels') {
    const soften = (value: number) => (draw.chance(0.5) ? value : draw.uniform());
    return { text: text.map(soften), kernels: targets.kernels.map((k) => k.map(soften)), mask };
  }
  if (scene === 'fractional-masks') {
    if (image % 3 === 2) text.fill(0);
    return { ...targets, mask: mask.map((m) => (draw.chance(0.5) ? m : draw.integer(0, 5) / 4)) };
  }
  return targets;
}

/** Rotated rectangles, the text and ever smaller kernels of it; about a third of them ignored, and a padded edge. */
function drawWords(draw: Random, { height, width }: Size, kernels: number): Targets {
  const words = Array.from({ length: draw.integer(2, 5) }, () => {
    const [dx, dy] = [draw.uniform(-1, 1), draw.uniform(-1, 1)];
    const length = Math.sqrt(dx * dx + dy * dy);
    return {
      y: draw.uniform(0, height),
      x: draw.uniform(0, width),
      along: [dx / length, dy / length] as const,
      half: [draw.uniform(0.15, 0.4) * width, draw.uniform(0.08, 0.25) * height] as const,
      ignored: draw.chance(0.3),
    };
  });
  const padding = draw.integer(0, Math.ceil(width / 8));
  const text: number[] = [];
  const mask: number[] = [];
  const targets = Array.from({ length: kernels }, (): number[] => []);
  for (let p = 0; p < height * width; p++) {
    const [y, x] = [Math.floor(p / width) + 0.5, (p % width) + 0.5];
    // How much of a word may be shrunk away before the pixel is lost: 0 at its edge, 1 at its middle line.
    const depth = ({ along: [ax, ay], half: [a, b], ...word }: (typeof words)[number]) => {
      const u = Math.abs((x - word.x) * ax + (y - word.y) * ay);
      const v = Math.abs((y - word.y) * ax - (x - word.x) * ay);
      return Math.min(a - u, b - v) / Math.min(a, b);
    };
    const depths = words.map(depth);
    const deepest = Math.max(...depths);
    text.push(Number(deepest >= 0));
    targets.forEach((kernel, k) => {
      kernel.push(Number(deepest >= ((k + 1) * 0.6) / kernels));
    });
    const ignored = words.some((word, i) => word.ignored && depths[i]! >= 0);
    mask.push(Number(!ignored && x > padding));
  }
  return { text, kernels: targets, mask };
}

/** The maps of one image, [C][h · w]. */
function drawLogits(
  draw: Random,
  scene: Scene,
  targets: Targets,
  size: Size,
  scale: number,
  kernels: number,
): number[][] {
  const width = size.width / scale;
  const middle = (p: number) =>
    (Math.floor(p / width) * scale + (scale >> 1)) * size.width +
    (p % width) * scale +
    (scale >> 1);
  const blocks = Array.from({ length: (size.height / scale) * width }, (_, p) => middle(p));
  const map = (logit: (pixel: number) => number) => blocks.map(logit);
  const planes = [targets.text, ...targets.kernels.slice(0, kernels)];
  /** As a network that has learned something, and not everything. */
  const learned = (plane: readonly number[]) => (pixel: number) =>
    draw.normal(plane[pixel]! > 0.5 ? 1.5 : -2, 2);

  return planes.map((plane, channel) => {
    switch (scene) {
      case 'noise':
        return map(() => draw.normal(0, 3));
      case 'ties':
        return map((pixel) => Math.max(-2, Math.min(2, Math.round(learned(plane)(pixel) * 2) / 2)));
      case 'constant': {
        const value = draw.normal(0, 1);
        return map(() => value);
      }
      case 'greedy-ignored':
        return map((pixel) =>
          channel === 0 && plane[pixel] === 0 && targets.mask[pixel] === 0
            ? draw.uniform(8, 9)
            : learned(plane)(pixel),
        );
      case 'large-logits':
        return map(() => draw.normal(0, 1) * 10 ** draw.integer(0, 4) || 0).map((x) =>
          Math.max(-1000, Math.min(1000, x)),
        );
      case 'near-threshold':
        return channel === 0
          ? map(() => draw.integer(-8, 9) * 2 ** -26 + 1.5 * 2 ** -24)
          : map(learned(plane));
      default:
        return map(learned(plane));
    }
  });
}
