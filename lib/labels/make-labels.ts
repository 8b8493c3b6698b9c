// Text polygons → the targets of a batch. Which pixels and why is said by `rules` and `rasterize`;
// here they are only put in their places.
import { readChoice, readOptions } from '../arguments/choice';
import { readNumber } from '../arguments/number';
import type { Labels } from '../tensor/batch';
import type { NdArray } from '../tensor/nd-array';
import { zeros } from '../tensor/zeros';
import { fillPolygon, type Plane, type Point } from './rasterize';
import { kernelRates, type LabelPreset, type LabelRule, RULES } from './rules';
import { measure, shrink } from './shrink';
import { readBatch, type Text, type TextPolygon } from './texts';

/** What {@link makeLabels} may be told. */
export interface MakeLabelsOptions {
  /** rows of the image that the polygons lie in, and of the labels: 1…32767 */
  readonly height: number;
  /** columns of it: 1…32767 */
  readonly width: number;
  /** K, the text kernels that the network predicts: 1…255; @default 6 */
  readonly kernels?: number | undefined;
  /** rate of the K-th text kernel, above 0 and up to 1; @default 0.4 */
  readonly minRatio?: number | undefined;
  /** whose rule to follow; @default 'psenet' */
  readonly preset?: LabelPreset | undefined;
}

const CALL = 'makeLabels';
const OPTIONS = ['height', 'width', 'kernels', 'minRatio', 'preset'] as const;
const DEFAULTS = { kernels: 6, minRatio: 0.4, preset: 'psenet' };
const SIDE = { min: 1, max: 32_767, integer: true };
const KERNELS = { min: 1, max: 255, integer: true };
const RATIO = { min: 0, max: 1, above: true };
const PRESETS = Object.keys(RULES) as LabelPreset[];

/**
 * Makes the targets that the loss is trained on out of text polygons.
 *
 * A text kernel of rate r is the polygon with its outline moved inwards by
 * `area · (1 − r²) / perimeter` pixels; the rates fall evenly from 1 (left out) to `minRatio` (the
 * K-th). Coordinates are cut to whole pixels (2.9 → 2, −0.9 → 0); interior and outline are painted
 * as OpenCV's `fillPoly` does.
 *
 * | preset | `gtTexts` | `gtKernels` | distance | a kernel that shrinks to nothing |
 * | --- | --- | --- | --- | --- |
 * | `'psenet'` | whole polygons | K: rates .9 … .4 | rounded, 20 at most | is the whole polygon |
 * | `'paddleocr'` | = first kernel | K + 1: rates .9 … .4, .3 | as it is | is left out, and the text ignored |
 *
 * PaddleOCR's one kernel too many is what its `iouKernel` is computed with; `PSELoss` takes it. Where K is small, its
 * rate falls below 0, and it is larger again than the one before: as upstream.
 * With the default options both are upstream's labels for an image that they do not resize, to the
 * pixel; only PSENet's detour over fractions of the image's size is not taken, in which a coordinate
 * in twenty can lose a pixel.
 *
 * Ignored texts are painted like the others, in upstream too: only `trainingMasks` tells them apart.
 * Every polygon of three or more finite corners is welcome:
 * - clockwise or not: both give the same shape, up to the rounding of a kernel's corners;
 * - partly outside the image: shrunk whole, then cut; far outside: it leaves no trace;
 * - without area (points on a line or in one place): it is painted as that line or point, and its
 *   kernels have shrunk to nothing;
 * - self-crossing: filled even-odd; its area is the lobes' difference, and kernels are of the lobes
 *   that turn as the larger ones do. Of a kernel in several pieces the first that Clipper gives is
 *   kept, as upstream does of concave polygons too.
 *
 * @param texts the texts of one image (N = 1), or an array of such arrays, one per image; an empty
 * array is one image without text
 * @returns `gtTexts` uint8 [N, H, W], 1 = text; `gtKernels` uint8 [N, K, H, W] (`'paddleocr'`:
 * K + 1), from large to small; `trainingMasks` uint8 [N, H, W], 0 inside ignored texts, else 1
 * @throws ERR_PSE_TYPE, ERR_PSE_SHAPE (fewer than three corners), ERR_PSE_RANGE (a number outside
 * its range; coordinates: −1048576…1048576), ERR_PSE_OPTION, ERR_PSE_OUT_OF_MEMORY
 * @example
 * ```ts
 * import { makeLabels } from 'pse-loss/labels';
 *
 * const sign = { polygon: [[40, 30], [200, 40], [196, 80], [38, 70]] } as const;
 * const smudge = { polygon: [[20, 120], [60, 120], [60, 135], [20, 135]], ignore: true } as const;
 * const labels = makeLabels([sign, smudge], { height: 160, width: 240 });
 * console.log(labels.gtKernels.shape); // [ 1, 6, 160, 240 ]
 * ```
 *
 * Source: whai362/PSENet, dataset/psenet/psenet_ic15.py; PaddlePaddle/PaddleOCR,
 * ppocr/data/imaug/make_pse_gt.py.
 */
export function makeLabels(
  texts: readonly TextPolygon[] | readonly (readonly TextPolygon[])[],
  options: MakeLabelsOptions,
): Labels<NdArray<Uint8Array>> {
  const images = readBatch(CALL, 'texts', texts);
  const given = { ...DEFAULTS, ...readOptions(CALL, 'options', options, OPTIONS) };
  const height = readNumber(CALL, 'options.height', given.height, SIDE);
  const width = readNumber(CALL, 'options.width', given.width, SIDE);
  const kernels = readNumber(CALL, 'options.kernels', given.kernels, KERNELS);
  const minRatio = readNumber(CALL, 'options.minRatio', given.minRatio, RATIO);
  const preset = readChoice(CALL, 'options.preset', given.preset, PRESETS);

  const rule = RULES[preset];
  const rates = kernelRates(rule, kernels, minRatio);
  const labels = {
    gtTexts: zeros(CALL, 'uint8', [images.length, height, width]),
    gtKernels: zeros(CALL, 'uint8', [images.length, rates.length, height, width]),
    trainingMasks: zeros(CALL, 'uint8', [images.length, height, width]),
  };
  labels.trainingMasks.data.fill(1);
  images.forEach((image, n) => {
    const planes: ImagePlanes = {
      text: plane(labels.gtTexts, n),
      kernels: rates.map((_, k) => plane(labels.gtKernels, n * rates.length + k)),
      trainingMask: plane(labels.trainingMasks, n),
    };
    for (const text of image) paintText(planes, text, rule, rates);
    if (rule.textIsFirstKernel) planes.text.data.set((planes.kernels[0] as Plane).data);
  });
  return labels;
}

/** The channels of one image. */
interface ImagePlanes {
  readonly text: Plane;
  readonly kernels: readonly Plane[];
  readonly trainingMask: Plane;
}

function paintText(
  planes: ImagePlanes,
  text: Text,
  rule: LabelRule,
  rates: readonly number[],
): void {
  const whole = text.polygon.map(([x, y]): Point => [Math.trunc(x), Math.trunc(y)]);
  const measures = measure(rule.measuresWholePixels ? whole : text.polygon);
  let ignored = text.ignore;
  if (!rule.textIsFirstKernel) fillPolygon(planes.text, whole, 1);
  rates.forEach((rate, k) => {
    const kernel = shrink(whole, rule.distance(measures, rate));
    const target = planes.kernels[k] as Plane;
    if (kernel !== undefined) fillPolygon(target, kernel, 1);
    else if (rule.vanished === 'whole polygon') fillPolygon(target, whole, 1);
    else ignored = true;
  });
  if (ignored) fillPolygon(planes.trainingMask, whole, 0);
}

/** The `index`-th plane [H, W] of an array [..., H, W], as a view. */
function plane(array: NdArray<Uint8Array>, index: number): Plane {
  const [height, width] = array.shape.slice(-2) as [number, number];
  const size = height * width;
  return { data: array.data.subarray(index * size, (index + 1) * size), height, width };
}
