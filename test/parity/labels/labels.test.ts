// Live parity: makeLabels against PaddleOCR's own file and against PSENet's rule through pyclipper and OpenCV.
import { describe, expect, test } from '@jest/globals';
import { makeLabels, type TextPolygon } from 'pse-loss/labels';
import { ROOT } from '../../support/process';
import { type Random, random } from '../../support/random';
import { compareLabels, upstreamLabels } from './upstream.mjs';

const PRESETS = ['psenet', 'paddleocr'] as const;

interface Page {
  readonly height: number;
  readonly width: number;
  readonly texts: readonly TextPolygon[];
}

/** Holds every channel of every page and preset to be upstream's, pixel for pixel; says which are not. */
function expectParity(
  pages: readonly Page[],
  options: { kernels?: number; minRatio?: number } = {},
) {
  const theirs = upstreamLabels(ROOT, pages, options);
  for (const preset of PRESETS) {
    const bad = pages.flatMap((page, index) => {
      const { height, width } = page;
      const ours = makeLabels(page.texts, { height, width, preset, ...options });
      const reference = theirs[index]?.[preset];
      if (reference === undefined || reference.failed !== undefined) {
        return [{ preset, index, failed: reference?.failed }];
      }
      return compareLabels(ours, reference)
        .filter(({ different }) => different > 0)
        .map((row) => ({ preset, index, ...row }));
    });
    expect(bad).toEqual([]);
  }
}

type Draw = Random['uniform'];

/** A rotated rectangle with its corners jittered: four corners as on a photo. */
function quad(
  draw: Draw,
  center: readonly [number, number],
  length: number,
  height: number,
  jitter = 0.1,
): [number, number][] {
  const angle = draw(0, 2 * Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ] as const;
  return corners.map(([u, v]) => {
    const x = (u * length) / 2 + draw(-jitter, jitter) * height;
    const y = (v * height) / 2 + draw(-jitter, jitter) * height;
    return [center[0] + cos * x - sin * y, center[1] + sin * x + cos * y];
  });
}

function rounded(polygon: readonly (readonly [number, number])[]) {
  return polygon.map(([x, y]) => [Math.round(x), Math.round(y)] as const);
}

function drawPages(seed: number, count: number, text: (draw: Draw, page: Page) => TextPolygon) {
  const draw = random(seed).uniform;
  return Array.from({ length: count }, (): Page => {
    const page = {
      height: Math.floor(draw(160, 400)),
      width: Math.floor(draw(160, 400)),
      texts: [],
    };
    const texts = Array.from({ length: Math.floor(draw(1, 9)) }, () => text(draw, page));
    return { ...page, texts };
  });
}

/** Anywhere on the page. */
function inside(draw: Draw, { height, width }: Page): [number, number] {
  return [draw(0, width), draw(0, height)];
}

describe('the labels that upstream makes', () => {
  test('are ours for rotated texts', () => {
    expectParity(
      drawPages(1, 24, (draw, page) => ({
        polygon: rounded(quad(draw, inside(draw, page), draw(40, 160), draw(12, 60))),
        ignore: draw(0, 1) < 0.3,
      })),
    );
  });

  test('are ours for thin texts, of which kernels vanish', () => {
    expectParity(
      drawPages(2, 24, (draw, page) => ({
        polygon: rounded(quad(draw, inside(draw, page), draw(10, 90), draw(1, 8), 0.2)),
        ignore: draw(0, 1) < 0.2,
      })),
    );
  });

  test('are ours for texts that leave the image on every side', () => {
    expectParity(
      drawPages(3, 24, (draw, page) => {
        const along = draw(-20, Math.max(page.height, page.width) + 20);
        const side = Math.floor(draw(0, 4));
        const center: [number, number] =
          side < 2 ? [along, side * page.height] : [(side - 2) * page.width, along];
        return {
          polygon: rounded(quad(draw, center, draw(40, 300), draw(10, 90))),
          ignore: draw(0, 1) < 0.3,
        };
      }),
    );
  });

  test('are ours for coordinates with decimals', () => {
    expectParity(
      drawPages(4, 12, (draw, page) => ({
        polygon: quad(draw, inside(draw, page), draw(30, 120), draw(8, 40)),
        ignore: draw(0, 1) < 0.3,
      })),
    );
  });

  test('are ours for curved texts of many corners', () => {
    expectParity(
      drawPages(5, 16, (draw, page) => {
        const [x, y] = inside(draw, page);
        const [radius, thickness] = [draw(60, 160), draw(16, 50)];
        const [start, sweep] = [draw(0, 2 * Math.PI), draw(0.3, 1.2)];
        const arc = (r: number) =>
          Array.from({ length: 7 }, (_, i) => {
            const angle = start + (sweep * i) / 6;
            return [x + r * Math.cos(angle), y + r * Math.sin(angle)] as const;
          });
        return { polygon: rounded([...arc(radius + thickness), ...arc(radius).reverse()]) };
      }),
    );
  });

  test('are ours for clockwise and counterclockwise corners', () => {
    expectParity(
      drawPages(6, 12, (draw, page) => {
        const polygon = rounded(quad(draw, inside(draw, page), draw(40, 160), draw(12, 60)));
        return { polygon: draw(0, 1) < 0.5 ? polygon.reverse() : polygon };
      }),
    );
  });

  test('are ours for texts so large that PSENet caps the distance', () => {
    expectParity(
      drawPages(7, 8, (draw, page) => ({
        polygon: rounded(quad(draw, inside(draw, page), draw(200, 400), draw(120, 300))),
      })),
    );
  });

  test('are ours for self-crossing corners', () => {
    expectParity(
      drawPages(8, 16, (draw, page) => {
        const [a, b, c, d] = rounded(
          quad(draw, inside(draw, page), draw(60, 160), draw(20, 60), 0.4),
        );
        return { polygon: [a, c, b, d] as TextPolygon['polygon'] };
      }),
    );
  });

  test('are ours for another number of kernels and another smallest rate', () => {
    const pages = drawPages(9, 8, (draw, page) => ({
      polygon: rounded(quad(draw, inside(draw, page), draw(40, 160), draw(12, 60))),
    }));
    expectParity(pages, { kernels: 3, minRatio: 0.7 });
    expectParity(pages, { kernels: 1, minRatio: 0.5 });
    expectParity(pages, { kernels: 6, minRatio: 1 });
  });

  test('are ours for a page without text', () => {
    expectParity([{ height: 200, width: 300, texts: [] }]);
  });
});

test('the comparison finds labels that are shifted by one pixel', () => {
  const [height, width] = [120, 200];
  const text = {
    polygon: [
      [20, 20],
      [180, 24],
      [178, 60],
      [22, 56],
    ],
  } as const;
  const shifted = { polygon: text.polygon.map(([x, y]) => [x, y + 1] as const) };
  const [theirs] = upstreamLabels(ROOT, [{ height, width, texts: [text] }]);
  const rows = compareLabels(makeLabels([shifted], { height, width }), theirs?.psenet);
  expect(rows.map(({ good }) => good)).toEqual([...Array(7).fill(false), true]);
});
