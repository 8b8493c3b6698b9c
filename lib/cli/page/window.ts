// The part of a photo that is shown enlarged: around its texts, so that small ones can be seen at all.
import { type Photo, SCALE, SIZE } from '../photo';

/** In label pixels; every side a multiple of a logit's. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels around the texts. */
const MARGIN = 24;
/** Less than this is not worth a magnifying glass, more would only show blocks. */
const LEAST = 128;
/** Shown whole if the texts fill this share of it. */
const WHOLE = 0.75;

/** Around the texts to learn, or where there are none around all texts; in the photo's own proportions. */
export function windowOf({ width, height, texts }: Photo): Window {
  const whole = { left: 0, top: 0, width: blocks(width), height: blocks(height) };
  const learned = texts.filter((text) => text.ignore !== true);
  const corners = (learned.length > 0 ? learned : texts).flatMap((text) => text.polygon);
  if (corners.length === 0) return whole;
  const [left, right] = extent(corners.map(([x]) => clamp(x, 0, width)));
  const [top, bottom] = extent(corners.map(([, y]) => clamp(y, 0, height)));
  // Of the photo's width and height, the same share.
  const share = Math.max(
    (right - left + 2 * MARGIN) / width,
    (bottom - top + 2 * MARGIN) / height,
    LEAST / Math.max(width, height),
  );
  if (share >= WHOLE) return whole;
  const size = { width: blocks(width * share), height: blocks(height * share) };
  return {
    ...size,
    left: place((left + right) / 2, size.width, width),
    top: place((top + bottom) / 2, size.height, height),
  };
}

/** Where a span of a size around a centre begins, moved inside. */
function place(centre: number, size: number, limit: number): number {
  const start = clamp(centre - size / 2, 0, Math.max(0, limit - size));
  return Math.floor(start / SCALE) * SCALE;
}

function blocks(pixels: number): number {
  return Math.min(SIZE, Math.ceil(pixels / SCALE) * SCALE);
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
