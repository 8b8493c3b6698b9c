// The oracle's bilinear interpolation against PyTorch's, live: the same bits on a CPU with AVX2 or AVX-512, at sizes where
// PyTorch takes its vectorised way (H + W > 128, and not three channels), so at the sizes of photos.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { distribute, interpolate } from '../reference/bilinear';
import { plane, type Size } from '../reference/values';
import { expectClose, largestOf } from '../support/compare';
import { type NpyArray, readNpz, writeNpz } from '../support/npz';
import { runPython } from '../support/python';
import { random } from '../support/random';

/** Of the logits, but for those that are infinite. */
const LARGEST = 9;
const INFINITE = 'some logits infinite';

/** [N, C, h, w] → H × W */
const SIZES: readonly (readonly [string, readonly [number, number, number, number], Size])[] = [
  ['factor 2', [2, 7, 33, 40], { height: 66, width: 80 }],
  ['factor 3', [1, 2, 25, 24], { height: 75, width: 72 }],
  ['factor 4', [2, 7, 20, 19], { height: 80, width: 76 }],
  ['factor 8', [1, 5, 10, 9], { height: 80, width: 72 }],
  ['a photo', [1, 1, 160, 160], { height: 640, width: 640 }],
  ['no integer', [1, 4, 37, 29], { height: 90, width: 101 }],
  ['a smaller size', [1, 2, 150, 140], { height: 77, width: 65 }],
  ['the same size', [1, 2, 70, 71], { height: 70, width: 71 }],
  ['one row', [1, 1, 1, 9], { height: 40, width: 90 }],
  [INFINITE, [1, 2, 18, 17], { height: 72, width: 68 }],
];

const CASES = SIZES.flatMap(([name, shape, to], seed) =>
  [false, true].flatMap((alignCorners) =>
    (['single', 'double'] as const).map((precision) => {
      const draw = random(seed);
      const logit = () => {
        const value = draw.uniform(-LARGEST, LARGEST);
        return name === INFINITE && draw.chance(0.02) ? Math.sign(value) * Infinity : value;
      };
      const array = (sizes: readonly number[], value: () => number) => {
        const length = sizes.reduce((product, size) => product * size, 1);
        const values = Array.from({ length }, value);
        const data = precision === 'single' ? Float32Array.from(values) : Float64Array.from(values);
        return { data, shape: sizes };
      };
      const [images, channels, height, width] = shape;
      return {
        name: `${name}, ${precision}, corners ${alignCorners ? 'aligned' : 'not aligned'}`,
        maps: array(shape, logit),
        weights: array([images, channels, to.height, to.width], () => draw.uniform(-1, 1)),
        how: { from: { height, width }, to, alignCorners, precision },
      };
    }),
  ),
);

let answers: Readonly<Record<string, NpyArray>>;
let isVectorised: boolean;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pse-loss-interpolate-'));
  try {
    const inputs = CASES.flatMap(({ name, maps, weights }) => [
      [`${name}/maps`, maps] as const,
      [`${name}/weights`, weights] as const,
    ]);
    writeNpz(join(folder, 'inputs.npz'), Object.fromEntries(inputs));
    const corners = CASES.map(({ name, how }) => [name, how.alignCorners]);
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(Object.fromEntries(corners)));
    const capability = await runPython(join(__dirname, 'interpolate.py'), [folder]);
    isVectorised = /^AVX(2|512)/.test(capability);
    answers = readNpz(join(folder, 'results.npz'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

describe("the oracle interpolates as PyTorch's F.interpolate", () => {
  test.each(CASES.map((each) => [each.name, each] as const))(
    '%s',
    (name, { maps, weights, how }) => {
      const [images, channels] = maps.shape as [number, number];
      const planes = Array.from({ length: images * channels }, (_, i) => i);
      const each = (array: NpyArray, one: (values: Float64Array) => Float64Array) =>
        planes.flatMap((i) => [...one(plane(array, Math.floor(i / channels), i % channels))]);

      const pixels = each(maps, (map) => interpolate(map, how));
      // Without AVX2, PyTorch fuses nothing and every rounding may differ.
      const epsilon = how.precision === 'single' ? 2 ** -24 : 2 ** -53;
      const within = isVectorised ? 0 : 8 * epsilon * LARGEST;
      expectClose('pixels', pixels, answers[`${name}/pixels`]!.data, within);

      // A gradient is a sum, of which PyTorch rounds every term: to the last bit only by chance.
      const grad = each(weights, (map) => distribute(map, how));
      const expected = answers[`${name}/grad`]!.data;
      expectClose('grad', grad, expected, 64 * epsilon * largestOf(expected));
    },
  );

  test('at sizes where PyTorch takes its vectorised way', () => {
    for (const [, [, channels], { height, width }] of SIZES) {
      expect(height + width).toBeGreaterThan(128);
      expect(channels).not.toBe(3);
    }
  });
});
