// Pictures of a batch's arrays, as PNG files. One colour, one meaning, in all of them:
// warm is text, cold is background, grey stripes are ignored pixels, near-black is neither.
import { PNG } from 'pngjs';

/** One channel of one image, row by row. */
export interface Plane {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

type Colour = readonly [red: number, green: number, blue: number];

const NIGHT: Colour = [21, 27, 36];
const STRIPE: Colour = [58, 67, 79];
const COLD: Colour = [84, 132, 178];
const WARM: Colour = [244, 168, 78];
const DIM_WARM: Colour = [92, 64, 48];

/** From surely background over undecided (0) to surely text. The jump in hue at 0 is the decision. */
const BELOW: readonly Colour[] = [
  [16, 22, 34],
  [32, 52, 80],
  [84, 118, 150],
];
const ABOVE: readonly Colour[] = [
  [176, 92, 48],
  [240, 160, 72],
  [255, 238, 200],
];

/** Nested regions, from the whole text to its smallest kernel. */
const NESTED: readonly Colour[] = [
  [38, 84, 104],
  [44, 116, 122],
  [66, 146, 128],
  [116, 174, 124],
  [176, 196, 122],
  [228, 206, 126],
  [255, 238, 200],
];

/** A rectangle of a plane. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a plane inside a rectangle; the plane starts at `offset` of `data` and has rows of `stride` elements. */
export function cut(
  data: ArrayLike<number>,
  offset: number,
  stride: number,
  { left, top, width, height }: Rectangle,
): Plane {
  const part = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = offset + (top + y) * stride + left;
    for (let x = 0; x < width; x++) part[y * width + x] = data[row + x]!;
  }
  return { data: part, width, height };
}

/**
 * Logits: cold below 0, warm above, saturated at `range` either way.
 *
 * @param range the logit of the last colour @default 8
 */
export function logitsPicture(logits: Plane, range = 8): Uint8Array {
  return paint(logits, (i) => {
    const x = logits.data[i]!;
    if (Number.isNaN(x)) return [255, 0, 255];
    if (x > 0) return blend(ABOVE, Math.min(1, x / range));
    return blend(BELOW, 1 - Math.min(1, -x / range));
  });
}

/** Labels: the text region and its kernels nested in it, brighter for smaller kernels; ignored pixels striped. */
export function labelsPicture(
  gtText: Plane,
  gtKernels: readonly Plane[],
  trainingMask: Plane,
): Uint8Array {
  return paint(gtText, (i) => {
    if (!(trainingMask.data[i]! > 0.5)) return ignored(i, gtText.width);
    if (!(gtText.data[i]! > 0.5)) return NIGHT;
    const depth = gtKernels.filter((kernel) => kernel.data[i]! > 0.5).length;
    return blend(NESTED, depth / Math.max(1, gtKernels.length));
  });
}

/** What OHEM kept: text warm, background cold, left-out background dark, ignored pixels striped. */
export function selectionPicture(selected: Plane, gtText: Plane, trainingMask: Plane): Uint8Array {
  return paint(selected, (i) => {
    if (!(trainingMask.data[i]! > 0.5)) return ignored(i, selected.width);
    if (!(selected.data[i]! > 0.5)) return NIGHT;
    return gtText.data[i]! > 0.5 ? WARM : COLD;
  });
}

/** Where the kernels learn: text warm, background cold; elsewhere text is dim, background dark. Ignored pixels striped. */
export function kernelMaskPicture(
  kernelMask: Plane,
  gtText: Plane,
  trainingMask: Plane,
): Uint8Array {
  return paint(kernelMask, (i) => {
    if (!(trainingMask.data[i]! > 0.5)) return ignored(i, kernelMask.width);
    const isText = gtText.data[i]! > 0.5;
    if (!(kernelMask.data[i]! > 0)) return isText ? DIM_WARM : NIGHT;
    return isText ? WARM : COLD;
  });
}

/** Diagonal stripes, so that ignored pixels are told apart without colour. */
function ignored(i: number, width: number): Colour {
  const x = i % width;
  const y = (i - x) / width;
  return (x + y) % 8 < 3 ? STRIPE : NIGHT;
}

/** The colour at `t` in 0…1 along evenly spaced stops. */
function blend(stops: readonly Colour[], t: number): Colour {
  const at = t * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(at));
  const [from, to] = [stops[i]!, stops[i + 1]!];
  const mix = (a: number, b: number) => Math.round(a + (b - a) * (at - i));
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];
}

function paint({ width, height }: Plane, colour: (i: number) => Colour): Uint8Array {
  const picture = new PNG({ width, height, colorType: 2, inputColorType: 2, inputHasAlpha: false });
  const bytes = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) bytes.set(colour(i), 3 * i);
  picture.data = bytes;
  return PNG.sync.write(picture, {
    colorType: 2,
    inputColorType: 2,
    inputHasAlpha: false,
    deflateLevel: 9,
  });
}
