// From texts to the labels of a batch. Pictures count, pixel by pixel, in how many of an image's text and kernels it lies.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type LabelPreset,
  type Labels,
  type MakeLabelsOptions,
  makeLabels,
  type NdArray,
  type TextPolygon,
} from 'pse-loss/labels';
import type { Plane, Point } from '../../../lib/labels/rasterize';
import { area, counts, paint, picture, planes, points } from './picture';

const PRESETS = ['psenet', 'paddleocr'] as const;
const SMALL = { height: 12, width: 24 } as const;

const box = (left: number, top: number, right: number, bottom: number): Point[] => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];

/** A text of 20 × 10 pixels: area 19 · 9 = 171, perimeter 2 · (19 + 9) = 56, their quotient 3.05. */
const WORD: TextPolygon = { polygon: box(2, 1, 21, 10) };

const textOf = (labels: Labels<NdArray<Uint8Array>>, n = 0) => planes(labels.gtTexts)[n] as Plane;
const maskOf = (labels: Labels<NdArray<Uint8Array>>, n = 0) =>
  planes(labels.trainingMasks)[n] as Plane;

/** The same labels as plain values, each [shape, dtype, elements]. */
function plain(labels: Labels<NdArray<Uint8Array>>) {
  const { gtTexts, gtKernels, trainingMasks } = labels;
  return [gtTexts, gtKernels, trainingMasks].map(({ shape, dtype, data }) => [
    shape,
    dtype,
    Buffer.from(data).toString('base64'),
  ]);
}

describe('shape', () => {
  test('one image is a batch of one, of bytes', () => {
    const labels = makeLabels([WORD], SMALL);
    expect(labels.gtTexts.shape).toEqual([1, 12, 24]);
    expect(labels.gtKernels.shape).toEqual([1, 6, 12, 24]);
    expect(labels.trainingMasks.shape).toEqual([1, 12, 24]);
    for (const { data, shape, dtype } of Object.values(labels) as NdArray<Uint8Array>[]) {
      expect(dtype).toBe('uint8');
      expect(data).toBeInstanceOf(Uint8Array);
      expect(data).toHaveLength(shape.reduce((product, size) => product * size));
    }
  });

  test('PaddleOCR has a kernel more than the network predicts', () => {
    const labels = makeLabels([WORD], { ...SMALL, preset: 'paddleocr' });
    expect(labels.gtKernels.shape).toEqual([1, 7, 12, 24]);
    const three = makeLabels([WORD], { ...SMALL, kernels: 3, preset: 'paddleocr' });
    expect(three.gtKernels.shape).toEqual([1, 4, 12, 24]);
  });

  test('a batch has as many images as arrays came', () => {
    const labels = makeLabels([[WORD], [], [WORD, WORD]], { ...SMALL, kernels: 2 });
    expect(labels.gtTexts.shape).toEqual([3, 12, 24]);
    expect(labels.gtKernels.shape).toEqual([3, 2, 12, 24]);
    expect(labels.trainingMasks.shape).toEqual([3, 12, 24]);
  });

  test('the smallest and the longest image are taken', () => {
    expect(makeLabels([], { height: 1, width: 1, kernels: 1 }).gtKernels.shape).toEqual([
      1, 1, 1, 1,
    ]);
    const long = makeLabels([WORD], { height: 1, width: 32_767, kernels: 255 });
    expect(long.gtKernels.shape).toEqual([1, 255, 1, 32_767]);
  });
});

describe('values', () => {
  test('by PSENet: the whole text, and kernels in whole steps of distance', () => {
    // 3.05 · (.19 .36 .51 .64 .75 .84) = .58 1.10 1.56 1.95 2.29 2.57: distances 1 1 2 2 2 3.
    expect(counts(makeLabels([WORD], SMALL))).toEqual([
      '........................',
      '..11111111111111111111..',
      '..13333333333333333331..',
      '..13666666666666666631..',
      '..13677777777777777631..',
      '..13677777777777777631..',
      '..13677777777777777631..',
      '..13677777777777777631..',
      '..13666666666666666631..',
      '..13333333333333333331..',
      '..11111111111111111111..',
      '........................',
    ]);
  });

  test('by PaddleOCR: the text is its first kernel, and a seventh follows', () => {
    // As above, and 3.05 · .91 = 2.78; here corners are rounded and not distances: 2.58 → 3, 20.42 → 20, …
    const labels = makeLabels([WORD], { ...SMALL, preset: 'paddleocr' });
    expect(counts(labels)).toEqual([
      '........................',
      '........................',
      '...333333333333333333...',
      '...366666666666666663...',
      '...368888888888888863...',
      '...368888888888888863...',
      '...368888888888888863...',
      '...368888888888888863...',
      '...366666666666666663...',
      '...333333333333333333...',
      '........................',
      '........................',
    ]);
    expect(textOf(labels).data).toEqual(planes(labels.gtKernels)[0]?.data);
  });

  test('PSENet moves an outline by 20 pixels at most, PaddleOCR by any distance', () => {
    // A square of 200: area / perimeter = 50. Distances by PSENet 9 18 20 20 20 20 (9.49999 is rounded down); by PaddleOCR
    // 9.5 18 25.5 32 37.5 42 45.5, less a millionth: the near side rounds down, the far one up.
    const square = { polygon: box(10, 10, 210, 210) };
    const sides = (preset: LabelPreset) => {
      const labels = makeLabels([square], { height: 221, width: 221, preset });
      return planes(labels.gtKernels).map((plane) => Math.sqrt(area(plane)));
    };
    expect(sides('psenet')).toEqual([183, 165, 161, 161, 161, 161]);
    expect(sides('paddleocr')).toEqual([183, 165, 151, 137, 127, 117, 111]);
  });

  test('a rate of 1 is the whole text', () => {
    for (const preset of PRESETS) {
      const labels = makeLabels([WORD], { ...SMALL, kernels: 2, minRatio: 1, preset });
      for (const kernel of planes(labels.gtKernels)) {
        expect(picture(kernel)).toEqual(picture(paint(box(2, 1, 21, 10), 12, 24)));
      }
    }
  });

  test('another number of kernels and another smallest rate', () => {
    // Rates .75 .5: 3.05 · (.4375 .75) = 1.34 2.29.
    const labels = makeLabels([WORD], { ...SMALL, kernels: 2, minRatio: 0.5 });
    expect(planes(labels.gtKernels).map(area)).toEqual([18 * 8, 16 * 6]);
  });

  test('6 kernels, .4 and PSENet are what is meant if nothing is said', () => {
    const said = makeLabels([WORD], { ...SMALL, kernels: 6, minRatio: 0.4, preset: 'psenet' });
    expect(plain(makeLabels([WORD], SMALL))).toEqual(plain(said));
    const { kernels, minRatio, preset } = {} as MakeLabelsOptions;
    expect(plain(makeLabels([WORD], { ...SMALL, kernels, minRatio, preset }))).toEqual(plain(said));
  });

  test('texts that overlap are one area in each channel', () => {
    const labels = makeLabels([WORD, WORD], SMALL);
    expect(plain(labels)).toEqual(plain(makeLabels([WORD], SMALL)));
  });
});

describe('a kernel that shrinks to nothing', () => {
  /** 31 × 3 pixels: area 60, perimeter 64, their quotient .94; of three rows, a distance that rounds to 1 leaves one. */
  const thin: TextPolygon = { polygon: box(3, 2, 33, 4) };
  const size = { height: 7, width: 37 };

  test('by PSENet is the whole text', () => {
    // Distances 0 0 0 1 1 1.
    const labels = makeLabels([thin], size);
    const text = `...${'7'.repeat(31)}...`;
    const none = '.'.repeat(37);
    expect(counts(labels)).toEqual([none, none, text, text, text, none, none]);
    expect(area(maskOf(labels))).toBe(7 * 37);
  });

  test('by PSENet may so be larger than the kernel before it', () => {
    // 35 × 5 pixels: 136 / 76 = 1.79; distances 0 1 1 1 1 2.
    const labels = makeLabels([{ polygon: box(3, 2, 37, 6) }], { height: 9, width: 41 });
    const [whole, smaller] = [35 * 5, 33 * 3];
    expect(planes(labels.gtKernels).map(area)).toEqual([
      whole,
      smaller,
      smaller,
      smaller,
      smaller,
      whole,
    ]);
  });

  test('by PaddleOCR is left out, and the whole text ignored', () => {
    // Distances .18 .34 .48, then .6 .70 .79 .85: rows 2.6 → 3 and 3.4 → 3.
    const labels = makeLabels([thin], { ...size, preset: 'paddleocr' });
    expect(planes(labels.gtKernels).map(area)).toEqual([93, 93, 93, 0, 0, 0, 0]);
    expect(area(textOf(labels))).toBe(93);
    const [learned, ignored] = ['#'.repeat(37), `###${'.'.repeat(31)}###`];
    expect(picture(maskOf(labels))).toEqual([
      learned,
      learned,
      ignored,
      ignored,
      ignored,
      learned,
      learned,
    ]);
  });
});

describe('an ignored text', () => {
  const ignored: TextPolygon = { ...WORD, ignore: true };

  test.each(PRESETS)('is painted like the others by %s, and masked with its outline', (preset) => {
    const labels = makeLabels([ignored], { ...SMALL, preset });
    const learned = makeLabels([WORD], { ...SMALL, preset });
    expect(counts(labels)).toEqual(counts(learned));
    const whole = paint(box(2, 1, 21, 10), 12, 24);
    expect(maskOf(labels).data).toEqual(whole.data.map((value) => 1 - value));
    expect(area(maskOf(learned))).toBe(12 * 24);
  });

  test('masks a text that it overlaps, whichever comes first', () => {
    const left: TextPolygon = { polygon: box(0, 3, 9, 7), ignore: true };
    const [a, b] = [makeLabels([left, WORD], SMALL), makeLabels([WORD, left], SMALL)];
    expect(plain(a)).toEqual(plain(b));
    expect(area(maskOf(a))).toBe(12 * 24 - 50);
  });

  test('is not known by its transcription', () => {
    const text = { ...WORD, transcription: '###' };
    expect(area(maskOf(makeLabels([text], SMALL)))).toBe(12 * 24);
  });

  test('is not what `ignore: false` or undefined says', () => {
    for (const ignore of [false, undefined]) {
      expect(area(maskOf(makeLabels([{ ...WORD, ignore }], SMALL)))).toBe(12 * 24);
    }
  });
});

describe('an image without text', () => {
  test.each(PRESETS)('is empty and learned everywhere: %s', (preset) => {
    const labels = makeLabels([], { ...SMALL, preset });
    expect(labels.gtTexts.shape).toEqual([1, 12, 24]);
    expect(area(textOf(labels))).toBe(0);
    expect(planes(labels.gtKernels).map(area)).toEqual(
      preset === 'psenet' ? Array(6).fill(0) : Array(7).fill(0),
    );
    expect(area(maskOf(labels))).toBe(12 * 24);
  });

  test('is one of a batch as well', () => {
    const labels = makeLabels([[], [WORD], []], SMALL);
    expect(planes(labels.gtTexts).map(area)).toEqual([0, 200, 0]);
    expect(makeLabels([[], []], SMALL).gtTexts.shape).toEqual([2, 12, 24]);
  });
});

describe('a batch', () => {
  test.each(PRESETS)('is its images side by side: %s', (preset) => {
    const images: TextPolygon[][] = [
      [WORD, { polygon: box(1, 0, 30, 1) }],
      [],
      [
        {
          polygon: points('3,2 20,5 11,11'),
          ignore: true,
        },
      ],
    ];
    const options = { ...SMALL, kernels: 3, preset };
    const batch = makeLabels(images, options);
    const singles = images.map((texts) => makeLabels(texts, options));
    for (const key of ['gtTexts', 'gtKernels', 'trainingMasks'] as const) {
      expect(planes(batch[key])).toEqual(singles.flatMap((single) => planes(single[key])));
    }
  });
});

describe('the corners', () => {
  test.each(PRESETS)('go in either direction: %s', (preset) => {
    const [there, back] = [WORD, { polygon: WORD.polygon.toReversed() }].map((text) =>
      plain(makeLabels([text], { ...SMALL, preset })),
    );
    expect(there).toEqual(back);
  });

  test('are cut towards zero', () => {
    const cut = makeLabels([WORD], SMALL);
    const fractions: Point[] = points('2.9,1.2 21.99,1 21.5,10.9 2.1,10.01');
    expect(plain(makeLabels([{ polygon: fractions }], SMALL))).toEqual(plain(cut));
    const negative: Point[] = points('-0.9,-0.9 5.5,-0.1 5.5,3.9 -0.99,3');
    expect(plain(makeLabels([{ polygon: negative }], SMALL))).toEqual(
      plain(makeLabels([{ polygon: box(0, 0, 5, 3) }], SMALL)),
    );
  });

  test('are cut before PSENet measures area and perimeter, and after PaddleOCR does', () => {
    // As given 144.26 / 52.04 = 2.77, cut 3.05: at the rate .4 distances of 2.33 and 2.57.
    const text: TextPolygon = { polygon: box(2.99, 1.99, 21, 10) };
    const smallest = (preset: LabelPreset) =>
      area(planes(makeLabels([text], { ...SMALL, preset }).gtKernels)[5] as Plane);
    expect(smallest('psenet')).toBe(14 * 4); // rounded to 3
    expect(smallest('paddleocr')).toBe(16 * 6); // columns 4.33 → 4 to 18.67 → 19, rows 3.33 → 3 to 7.67 → 8
  });

  test('are not changed, nor is anything else that came', () => {
    const polygon = Object.freeze(
      WORD.polygon.map((corner) => Object.freeze([...corner] as const)),
    );
    const texts = Object.freeze([Object.freeze({ polygon, ignore: true })]);
    const options = Object.freeze({ ...SMALL, preset: 'paddleocr' as const });
    expect(plain(makeLabels(texts, options))).toEqual(
      plain(makeLabels([{ ...WORD, ignore: true }], options)),
    );
  });
});

describe('a polygon without area', () => {
  const line: Point[] = points('2,3 6,3 4,3');
  const point: Point[] = points('4,2 4,2 4,2 4,2');
  const size = { height: 5, width: 9 };

  test.each([
    ['a line', line, ['.........', '.........', '.........', '..#####..', '.........']],
    ['a point', point, ['.........', '.........', '....#....', '.........', '.........']],
  ])('is %s, for PSENet in every channel', (_name, polygon, expected) => {
    const labels = makeLabels([{ polygon }], size);
    for (const plane of [textOf(labels), ...planes(labels.gtKernels)]) {
      expect(picture(plane)).toEqual(expected);
    }
    expect(area(maskOf(labels))).toBe(45);
  });

  test.each([
    ['a line', line, 5],
    ['a point', point, 1],
  ])('is %s, for PaddleOCR only ignored', (_name, polygon, pixels) => {
    const labels = makeLabels([{ polygon }], { ...size, preset: 'paddleocr' });
    expect(area(textOf(labels))).toBe(0);
    expect(planes(labels.gtKernels).map(area)).toEqual(Array(7).fill(0));
    expect(area(maskOf(labels))).toBe(45 - pixels);
  });
});

describe('a self-crossing polygon', () => {
  const bowTie: TextPolygon = {
    polygon: points('2,1 10,9 10,1 2,9'),
  };

  test('is filled even-odd, and of lobes of one size one has kernels', () => {
    // The lobes' areas cancel: distance 0.
    expect(counts(makeLabels([bowTie], { height: 11, width: 13 }))).toEqual([
      '.............',
      '..7.......1..',
      '..77.....11..',
      '..777...111..',
      '..7777.1111..',
      '..777771111..',
      '..7777.1111..',
      '..777...111..',
      '..77.....11..',
      '..7.......1..',
      '.............',
    ]);
  });

  test('is not ignored by PaddleOCR for its lack of area', () => {
    const labels = makeLabels([bowTie], { height: 11, width: 13, preset: 'paddleocr' });
    expect(area(maskOf(labels))).toBe(11 * 13);
    expect(planes(labels.gtKernels).map(area)).toEqual(Array(7).fill(25));
  });
});

describe('outside the image', () => {
  test('a text is shrunk whole and then cut', () => {
    const labels = makeLabels([{ polygon: box(-10, 1, 9, 10) }], SMALL);
    const cut = (row: string) => row.padEnd(24, '.');
    expect(counts(labels)).toEqual(
      [
        '', //
        '1111111111',
        '3333333331',
        '6666666631',
        '7777777631',
        '7777777631',
        '7777777631',
        '7777777631',
        '6666666631',
        '3333333331',
        '1111111111',
        '',
      ].map(cut),
    );
  });

  test.each([
    ['to the left', box(-30, 1, -1, 10)],
    ['to the right', box(24, 1, 60, 10)],
    ['above', box(2, -20, 21, -1)],
    ['below', box(2, 12, 21, 40)],
    ['far away', box(1_000_000, 1_000_000, 1_048_576, 1_048_576)],
  ])('%s, a text leaves no trace', (_name, polygon) => {
    for (const preset of PRESETS) {
      const labels = makeLabels([{ polygon, ignore: true }], { ...SMALL, preset });
      expect(plain(labels)).toEqual(plain(makeLabels([], { ...SMALL, preset })));
    }
  });

  test.each(PRESETS)('on every side, the largest text fills the image, and fast: %s', (preset) => {
    const far = 1_048_576;
    const texts = Array.from(
      { length: 50 },
      (): TextPolygon => ({ polygon: box(-far, -far, far, far) }),
    );
    const start = performance.now();
    const labels = makeLabels(texts, { ...SMALL, preset });
    expect(performance.now() - start).toBeLessThan(2000);
    expect(planes(labels.gtKernels).map(area)).toEqual(
      Array(preset === 'psenet' ? 6 : 7).fill(12 * 24),
    );
  });
});

describe('for any texts', () => {
  const RUNS = { numRuns: 100, seed: 1 };
  const SIZE = 40;
  const MARGIN = 6;
  const coordinate = fc.integer({ min: MARGIN, max: SIZE - 1 - MARGIN });
  const text = fc.record({
    polygon: fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 5 }),
    ignore: fc.boolean(),
  });
  const rectangle = fc.tuple(coordinate, coordinate, coordinate, coordinate).map(
    ([a, b, c, d]): TextPolygon => ({
      polygon: box(Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)),
    }),
  );
  const preset = fc.constantFrom(...PRESETS);
  const make = (texts: readonly TextPolygon[], which: LabelPreset) =>
    makeLabels(texts, { height: SIZE, width: SIZE, preset: which });

  test('labels are 0 or 1', () => {
    fc.assert(
      fc.property(fc.array(text), preset, (texts, which) => {
        for (const { data } of Object.values(make(texts, which)) as NdArray<Uint8Array>[]) {
          expect(data.every((value) => value <= 1)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('their order does not matter', () => {
    fc.assert(
      fc.property(fc.array(text), preset, (texts, which) => {
        expect(plain(make(texts.toReversed(), which))).toEqual(plain(make(texts, which)));
      }),
      RUNS,
    );
  });

  test('the texts of PSENet and both masks are the polygons as they are painted', () => {
    fc.assert(
      fc.property(text, preset, (one, which) => {
        const whole = paint(one.polygon, SIZE, SIZE);
        const labels = make([one], which);
        if (which === 'psenet') expect(textOf(labels)).toEqual(whole);
        const outside = whole.data.map((value) => 1 - value);
        if (one.ignore) expect(maskOf(labels).data).toEqual(outside);
        else if (which === 'psenet') expect(area(maskOf(labels))).toBe(SIZE * SIZE);
      }),
      RUNS,
    );
  });

  test('kernels of rectangles lie in their text', () => {
    // Not those of any polygon: Clipper rounds corners, and may leave one outside.
    fc.assert(
      fc.property(rectangle, preset, (one, which) => {
        const labels = make([one], which);
        const text = textOf(labels).data;
        for (const { data } of planes(labels.gtKernels)) {
          expect(data.every((value, pixel) => value <= (text[pixel] as number))).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('labels of rectangles move by whole pixels with them, and turn over with them', () => {
    const step = fc.integer({ min: -MARGIN, max: MARGIN });
    fc.assert(
      fc.property(rectangle, step, step, preset, (one, dx, dy, which) => {
        const move = (to: (corner: Point) => Point) =>
          make([{ polygon: one.polygon.map(to) }], which);
        const [before, moved, turned] = [
          counts(make([one], which)),
          counts(move(([x, y]) => [x + dx, y + dy])),
          counts(move(([x, y]) => [SIZE - 1 - x, SIZE - 1 - y])),
        ];
        const empty = '.'.repeat(SIZE);
        const shift = <T>(row: readonly T[], by: number, fill: T) =>
          row.map((_, i) => row[i - by] ?? fill);
        expect(moved).toEqual(
          shift(before, dy, empty).map((row) => shift([...row], dx, '.').join('')),
        );
        expect(turned).toEqual(before.map((row) => [...row].reverse().join('')).reverse());
      }),
      RUNS,
    );
  });
});
