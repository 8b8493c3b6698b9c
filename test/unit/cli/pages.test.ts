import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { SAMPLE_PAGES } from '../../../lib/cli/fit-command';
import { readFolder } from '../../../lib/cli/folder';
import { labelPhoto, type Photo, readPhoto, SIZE } from '../../../lib/cli/photo';
import { parseIcdar } from '../../../lib/labels';
import { drawPages, groundTruth } from '../../../scripts/draw-pages.mjs';

async function readPages(): Promise<Photo[]> {
  const { pairs } = await readFolder(SAMPLE_PAGES);
  return Promise.all(pairs.map(readPhoto));
}

describe('the sample pages', () => {
  test('have the polygons that drawing them again gives', async () => {
    const { pairs } = await readFolder(SAMPLE_PAGES);
    const drawn = await drawPages();
    expect(pairs.map(({ name }) => name)).toEqual(drawn.map(({ name }) => name));
    for (const [i, page] of drawn.entries()) {
      const committed = await readFile(pairs[i]!.groundTruth, 'utf8');
      expect(groundTruth(page)).toBe(committed);
      const { width, height } = await sharp(pairs[i]!.photo).metadata();
      expect([width, height]).toEqual([page.width, page.height]);
    }
  });

  test('have ink inside each polygon, and none of that ink just outside', async () => {
    for (const page of await drawPages()) {
      const texts = parseIcdar(groundTruth(page));
      for (const [i, word] of page.words.entries()) {
        if (word.transcription === '###') continue;
        const ink = await inkOf(page, word.svg);
        const { polygon } = texts[i]!;
        const outside = ink.filter(([x, y]) => distanceOutside(polygon, x, y) > 1);
        expect(outside).toEqual([]);
        // The box is tight: each of its sides has ink within a pixel and a half.
        for (let side = 0; side < 4; side++) {
          const near = ink.some(([x, y]) => Math.abs(offsetFrom(polygon, side, x, y)) < 1.5);
          expect(near).toBe(true);
        }
      }
    }
  });

  test('have words of 32 pixels and more in the square, level, tilted and upright ones', async () => {
    const angles: number[] = [];
    for (const { texts } of await readPages()) {
      for (const { polygon, ignore } of texts) {
        if (ignore) continue;
        const [a, b, c] = polygon as [Point, Point, Point];
        expect(Math.hypot(c[0] - b[0], c[1] - b[1])).toBeGreaterThanOrEqual(32);
        angles.push(Math.round((Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI));
      }
    }
    expect(new Set(angles)).toEqual(new Set([0, -5, 8, -14, 22, -90, 31, -24]));
  });

  test('have a page with an ignored word beside others, and one with nothing to learn', async () => {
    const counts = (await readPages()).map(({ texts }) => [
      texts.filter(({ ignore }) => !ignore).length,
      texts.filter(({ ignore }) => ignore).length,
    ]);
    expect(counts).toEqual([
      [8, 0],
      [6, 1],
      [9, 0],
      [0, 1],
    ]);
  });
});

describe('labelPhoto', () => {
  test('masks padding and ignored words, and nothing else', async () => {
    const photo = (await readPages())[1]!;
    expect([photo.width, photo.height]).toEqual([640, 480]);
    const { gtTexts, gtKernels, trainingMasks } = labelPhoto(photo);
    expect(gtTexts.shape).toEqual([1, SIZE, SIZE]);
    expect(gtKernels.shape).toEqual([1, 6, SIZE, SIZE]);
    const maskAt = (x: number, y: number) => trainingMasks.data[y * SIZE + x];
    expect(maskAt(0, 479)).toBe(1);
    expect(maskAt(0, 480)).toBe(0);
    expect(maskAt(639, 639)).toBe(0);
    const ignored = photo.texts.find(({ ignore }) => ignore)!.polygon;
    const centre = (axis: 0 | 1) =>
      Math.round(ignored.reduce((sum, point) => sum + point[axis] / 4, 0));
    expect(maskAt(centre(0), centre(1))).toBe(0);
    expect(gtTexts.data.subarray(480 * SIZE).some((value) => value !== 0)).toBe(false);
  });
});

type Point = readonly [number, number];

/** Centres of the pixels that a word's outlines cover by half or more. */
async function inkOf(
  { width, height }: { width: number; height: number },
  word: string,
): Promise<Point[]> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${word}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
  const points: Point[] = [];
  for (let i = 0; i < width * height; i++) {
    const alpha = data[i * info.channels + info.channels - 1]!;
    if (alpha >= 128) points.push([(i % width) + 0.5, Math.floor(i / width) + 0.5]);
  }
  return points;
}

/** How far a point lies outside a side of a clockwise polygon; negative inside. */
function offsetFrom(polygon: readonly Point[], side: number, x: number, y: number): number {
  const [ax, ay] = polygon[side]!;
  const [bx, by] = polygon[(side + 1) % polygon.length]!;
  return ((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / Math.hypot(bx - ax, by - ay);
}

function distanceOutside(polygon: readonly Point[], x: number, y: number): number {
  return Math.max(...polygon.map((_, side) => offsetFrom(polygon, side, x, y)));
}
