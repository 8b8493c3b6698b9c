// Step 1: the maps at the size of the labels, and the adjoint of that. Nearest here, bilinear in a file of its own.
import { distribute, interpolate, type Precision } from './bilinear';
import type { Size } from './values';

/** An upsampling from one size to another. */
export interface Upsampling {
  /** [h, w] → [H, W] */
  up(map: ArrayLike<number>): Float64Array;
  /** its adjoint, [H, W] → [h, w] */
  down(pixels: ArrayLike<number>): Float64Array;
}

export function upsampling(
  kind: 'nearest' | 'bilinear' | 'none',
  from: Size,
  to: Size,
  alignCorners: boolean,
  precision: Precision,
): Upsampling {
  if (kind === 'bilinear') {
    const how = { from, to, alignCorners, precision };
    return {
      up: (map) => interpolate(map, how),
      down: (pixels) => distribute(pixels, how),
    };
  }
  const scale = kind === 'none' ? 1 : to.height / from.height;
  return {
    up: (map) => upsample(map, from, scale),
    down: (pixels) => sumBlocks(pixels, from, scale),
  };
}

/** [h, w] → [s·h, s·w]: every value is repeated over s × s pixels. */
export function upsample(map: ArrayLike<number>, size: Size, scale: number): Float64Array {
  const pixels = new Float64Array(size.height * scale * size.width * scale);
  forEachPixel(size, scale, (pixel, logit) => {
    pixels[pixel] = map[logit]!;
  });
  return pixels;
}

/** The adjoint, [s·h, s·w] → [h, w]: the sum over the s × s pixels that share a logit. */
export function sumBlocks(pixels: ArrayLike<number>, size: Size, scale: number): Float64Array {
  const sums = new Float64Array(size.height * size.width);
  forEachPixel(size, scale, (pixel, logit) => {
    sums[logit]! += pixels[pixel]!;
  });
  return sums;
}

/** Every pixel with the logit that it shows, row by row. */
function forEachPixel(
  size: Size,
  scale: number,
  visit: (pixel: number, logit: number) => void,
): void {
  let pixel = 0;
  for (let y = 0; y < size.height * scale; y++) {
    const row = Math.floor(y / scale) * size.width;
    for (let x = 0; x < size.width; x++) {
      for (let repeat = 0; repeat < scale; repeat++) visit(pixel++, row + x);
    }
  }
}
