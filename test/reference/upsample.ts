// Step 1: nearest upsampling by an integer s, and its adjoint.

/** A plane of height × width values, row by row. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** [h, w] → [s·h, s·w]: every value is repeated over s × s pixels. */
export function upsample(map: ArrayLike<number>, size: Size, scale: number): Float64Array {
  const height = size.height * scale;
  const width = size.width * scale;
  const pixels = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels[y * width + x] = map[blockOf(y, x, size, scale)]!;
    }
  }
  return pixels;
}

/** The adjoint, [s·h, s·w] → [h, w]: the sum over the s × s pixels that share a logit. */
export function sumBlocks(pixels: ArrayLike<number>, size: Size, scale: number): Float64Array {
  const height = size.height * scale;
  const width = size.width * scale;
  const sums = new Float64Array(size.height * size.width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sums[blockOf(y, x, size, scale)]! += pixels[y * width + x]!;
    }
  }
  return sums;
}

/** The index of the logit under a pixel. */
function blockOf(y: number, x: number, size: Size, scale: number): number {
  return Math.floor(y / scale) * size.width + Math.floor(x / scale);
}
