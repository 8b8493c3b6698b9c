import { describe, expect, test } from '@jest/globals';
import { PNG } from 'pngjs';
import {
  cut,
  kernelMaskPicture,
  labelsPicture,
  logitsPicture,
  type Plane,
  selectionPicture,
} from '../../../lib/diagnose/pictures';

const plane = (data: readonly number[], width: number): Plane => ({
  data,
  width,
  height: data.length / width,
});

/** The colours of a picture, '#rrggbb' each. */
function colours(png: Uint8Array): string[] {
  const { data, width, height } = PNG.sync.read(Buffer.from(png));
  return Array.from({ length: width * height }, (_, i) => {
    const [r, g, b] = data.subarray(4 * i, 4 * i + 3);
    return `#${[r, g, b].map((value) => value!.toString(16).padStart(2, '0')).join('')}`;
  });
}

const red = (colour: string) => Number.parseInt(colour.slice(1, 3), 16);
const blue = (colour: string) => Number.parseInt(colour.slice(5, 7), 16);

describe('pictures', () => {
  test('have a pixel per element', () => {
    const { width, height } = PNG.sync.read(
      Buffer.from(logitsPicture(plane([0, 1, 2, 3, 4, 5], 3))),
    );
    expect([width, height]).toEqual([3, 2]);
  });

  test('are the same bytes for the same arrays', () => {
    const logits = plane([-9, -1, 0, 1, 9, 2], 3);
    expect(logitsPicture(logits)).toEqual(logitsPicture(logits));
  });

  test('show logits warm above 0 and cold from 0 down, saturated at the range', () => {
    const [far, low, zero, above, high, beyond] = colours(
      logitsPicture(plane([-100, -8, 0, 1e-6, 8, 100], 6)),
    ) as [string, string, string, string, string, string];
    expect(far).toBe(low);
    expect(high).toBe(beyond);
    expect(blue(zero)).toBeGreaterThan(red(zero));
    expect(red(above)).toBeGreaterThan(blue(above));
  });

  test('show infinite logits as saturated ones and NaN as nothing else is shown', () => {
    const [minus, low, plus, high, nan] = colours(
      logitsPicture(plane([-Infinity, -8, Infinity, 8, Number.NaN], 5)),
    );
    expect([minus, plus, nan]).toEqual([low, high, '#ff00ff']);
  });

  test('show kernels nested in text, each deeper one brighter, and ignored pixels striped', () => {
    const [background, text, first, second, ...masked] = colours(
      labelsPicture(
        plane([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 12),
        [
          plane([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], 12),
          plane([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 12),
        ],
        plane([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], 12),
      ),
    ) as [string, string, string, string];
    const brightness = [background, text, first, second].map(red);
    expect(brightness).toEqual([...brightness].sort((a, b) => a - b));
    expect(new Set(brightness).size).toBe(4);
    expect(new Set(masked).size).toBe(2);
  });

  test('tell kept text, kept background, background left out and ignored pixels apart', () => {
    const shown = colours(
      selectionPicture(plane([1, 1, 0, 0], 4), plane([1, 0, 0, 0], 4), plane([1, 1, 1, 1], 4)),
    );
    expect(new Set(shown.slice(0, 3)).size).toBe(3);
    expect(shown[2]).toBe(shown[3]);
  });

  test('tell where the kernels learn from where they do not, and text from background, five ways', () => {
    const shown = colours(
      kernelMaskPicture(
        plane([1, 0.25, 1, 0, 0, 0], 6),
        plane([1, 1, 0, 1, 0, 0], 6),
        plane([1, 1, 1, 1, 1, 0], 6),
      ),
    );
    expect(shown[0]).toBe(shown[1]);
    expect(new Set(shown.slice(1, 5)).size).toBe(4);
    expect(shown[0]).toBe(
      colours(selectionPicture(plane([1], 1), plane([1], 1), plane([1], 1)))[0],
    );
  });
});

describe('cut', () => {
  test('takes a rectangle out of one plane of several', () => {
    // Two planes of 3 × 2.
    const data = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15];
    const part = cut(data, 6, 3, { left: 1, top: 0, width: 2, height: 2 });
    expect([part.width, part.height]).toEqual([2, 2]);
    expect([...(part.data as Float32Array)]).toEqual([11, 12, 14, 15]);
  });
});
