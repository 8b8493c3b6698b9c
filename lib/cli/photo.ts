// A photo as a network would see it: scaled into a square of 640, the rest padding; and its labels there.
import { readFile } from 'node:fs/promises';
import type Sharp from 'sharp';
import { makeLabels, parseIcdar, type TextPolygon } from '../labels';
import type { Labels } from '../tensor/batch';
import type { NdArray } from '../tensor/nd-array';
import type { PhotoFiles } from './folder';
import { Problem } from './problem';

/** Side of the square that every photo is scaled into, in label pixels. */
export const SIZE = 640;
/** Label pixels per logit. */
export const SCALE = 4;
/** Text kernels per text. */
export const KERNELS = 6;
/** The smallest kernel's share of its text, as in PSENet's setting for ICDAR 2015. */
const MIN_RATIO = 0.4;
/** How far, in sides of the photo, a corner may lie outside: annotators overshoot, a wrong pair of files does so by more. */
const OVERSHOOT = 0.05;

/** A photo that was read and checked. */
export interface Photo {
  readonly name: string;
  /** size of the picture inside the square; it lies in the top left corner */
  readonly width: number;
  readonly height: number;
  /** the scaled picture */
  readonly jpeg: Uint8Array;
  /** in pixels of the square */
  readonly texts: readonly TextPolygon[];
}

/** Reads a photo and its texts, or throws a Problem, or ERR_PSE_FORMAT from a gt file. */
export async function readPhoto(files: PhotoFiles): Promise<Photo> {
  const sharp = await loadSharp();
  const truth = await readText(files.groundTruth);
  const texts = parseIcdar(truth, { file: files.groundTruth });
  const full = await decode(sharp, files.photo);
  checkInside(texts, full, files.groundTruth, linesOf(truth));
  const scale = SIZE / Math.max(full.width, full.height);
  const width = Math.max(1, Math.round(full.width * scale));
  const height = Math.max(1, Math.round(full.height * scale));
  const jpeg = await full.image
    .resize(width, height, { fit: 'fill' })
    .jpeg({ quality: 82, mozjpeg: true })
    .toBuffer();
  const [sx, sy] = [width / full.width, height / full.height];
  return {
    name: files.name,
    width,
    height,
    jpeg,
    texts: texts.map((text) => ({
      ...text,
      polygon: text.polygon.map(([x, y]) => [x * sx, y * sy] as const),
    })),
  };
}

/**
 * The labels of a photo, as a batch of one. Padding is masked: a network that learned it as background would
 * learn the shape of the padding too.
 */
export function labelPhoto(photo: Photo): Labels<NdArray<Uint8Array>> {
  const labels = makeLabels(photo.texts, {
    height: SIZE,
    width: SIZE,
    kernels: KERNELS,
    minRatio: MIN_RATIO,
  });
  const masks = Uint8Array.from(labels.trainingMasks.data);
  for (let y = 0; y < SIZE; y++) {
    const from = y < photo.height ? photo.width : 0;
    masks.fill(0, y * SIZE + from, (y + 1) * SIZE);
  }
  return { ...labels, trainingMasks: { ...labels.trainingMasks, data: masks } };
}

async function loadSharp(): Promise<typeof Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    throw new Problem(
      `photos are decoded by sharp, which could not be loaded (${firstLine(error)}): npm i sharp`,
    );
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Problem(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

interface Decoded {
  readonly image: Sharp.Sharp;
  readonly width: number;
  readonly height: number;
}

/** Upright, as a viewer shows it and an annotator saw it; every pixel is decoded, so a cut-off file is found here. */
async function decode(sharp: typeof Sharp, file: string): Promise<Decoded> {
  try {
    const { data, info } = await sharp(await readFile(file))
      .rotate()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    return { image: sharp(data, { raw: { width, height, channels } }), width, height };
  } catch (error) {
    throw new Problem(`${file}: not a readable image (${firstLine(error)})`);
  }
}

/** The line of each text: parseIcdar takes every line that is not blank. */
function linesOf(truth: string): readonly number[] {
  const lines = truth.split(/\r\n|\n|\r/).map((line, i) => (line.trim() === '' ? 0 : i + 1));
  return lines.filter((line) => line > 0);
}

function checkInside(
  texts: readonly TextPolygon[],
  { width, height }: Decoded,
  file: string,
  lines: readonly number[],
): void {
  const [dx, dy] = [width * OVERSHOOT, height * OVERSHOOT];
  const inside = (x: number, y: number) =>
    x >= -dx && x <= width + dx && y >= -dy && y <= height + dy;
  for (const [i, { polygon }] of texts.entries()) {
    const corner = polygon.find(([x, y]) => !inside(x, y));
    if (corner === undefined) continue;
    throw new Problem(
      `${file}:${lines[i]}: the corner ${corner.join(',')} lies outside the photo of ${width}×${height} pixels`,
    );
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
}
