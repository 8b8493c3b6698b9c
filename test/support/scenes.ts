// What a batch shows: words and maps that imitate a network's, and scenes made to be difficult. Targets and logits of one image.
import type { Random } from './random';

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
  'some-empty',
  'instance-ids',
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
 * - `some-empty` of three images, one with text, one without, one whose text is all ignored
 * - `instance-ids` the first word is 1, the second 2, …, in the text and in its kernels
 */
export type Scene = (typeof SCENES)[number];

/** What the labels of a scene are: anything from 0 to 1, whole numbers, or 0 and 1. */
export function labelsOf(scene: Scene): 'fractional' | 'whole' | 'binary' {
  if (scene === 'soft-labels' || scene === 'fractional-masks') return 'fractional';
  return scene === 'instance-ids' ? 'whole' : 'binary';
}

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Of one image, each [P]. */
export interface Targets {
  text: number[];
  kernels: number[][];
  mask: number[];
}

export function drawTargets(
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

  const targets = drawWords(draw, size, kernels, scene === 'instance-ids');
  const { text, mask } = targets;
  if (scene === 'no-text') return { ...filledTargets(0), mask };
  if (scene === 'all-ignored') mask.fill(0);
  if (scene === 'some-empty' && image % 3 === 1) return { ...filledTargets(0), mask };
  if (scene === 'some-empty' && image % 3 === 2) {
    return { ...targets, mask: mask.map((m, p) => (text[p] === 1 ? 0 : m)) };
  }
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
function drawWords(
  draw: Random,
  { height, width }: Size,
  kernels: number,
  numbered: boolean,
): Targets {
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
    const id = numbered ? 1 + depths.indexOf(deepest) : 1;
    text.push(deepest >= 0 ? id : 0);
    targets.forEach((kernel, k) => {
      kernel.push(deepest >= ((k + 1) * 0.6) / kernels ? id : 0);
    });
    const ignored = words.some((word, i) => word.ignored && depths[i]! >= 0);
    mask.push(Number(!ignored && x > padding));
  }
  return { text, kernels: targets, mask };
}

/** The maps of one image, [C][h · w], for targets of H × W. */
export function drawLogits(
  draw: Random,
  scene: Scene,
  targets: Targets,
  size: Size,
  { height, width }: Size,
  kernels: number,
): number[][] {
  /** The pixel in the middle of what a logit covers, along one axis. */
  const middle = (i: number, pixels: number, logits: number) =>
    Math.floor(((i + 0.5) * pixels) / logits);
  const blocks = Array.from({ length: height * width }, (_, p) => {
    const row = middle(Math.floor(p / width), size.height, height);
    return row * size.width + middle(p % width, size.width, width);
  });
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
