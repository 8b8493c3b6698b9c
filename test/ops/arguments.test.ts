// The arrays that a loss takes, wherever they come from: all give the same bits.
import { types } from 'node:util';
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import type { NdArray } from 'pse-loss';
import { ARGUMENTS, callOn, callWith, GIVEN } from './call';

describe('takes', () => {
  const expected = callWith({});
  class Image {
    readonly #array: NdArray;
    constructor(array: NdArray) {
      this.#array = array;
    }
    get data() {
      return this.#array.data;
    }
    get shape() {
      return this.#array.shape;
    }
  }

  const ways: readonly [
    string,
    (array: NdArray<Float32Array | Float64Array | Uint8Array>) => unknown,
  ][] = [
    [
      'with its dtype',
      (array) => ({ ...array, dtype: array.data instanceof Uint8Array ? 'uint8' : 'float32' }),
    ],
    ['frozen', ({ data, shape }) => Object.freeze({ data, shape: Object.freeze([...shape]) })],
    ['with properties that mean nothing here', (array) => ({ ...array, size: 7, location: 'cpu' })],
    [
      'in shared memory',
      ({ data, shape }) => ({ data: over(data, new SharedArrayBuffer(data.byteLength)), shape }),
    ],
    [
      'in the middle of a buffer',
      ({ data, shape }) => ({ data: over(data, new ArrayBuffer(data.byteLength + 64), 8), shape }),
    ],
    [
      'in the middle of shared memory',
      ({ data, shape }) => ({
        data: over(data, new SharedArrayBuffer(data.byteLength + 64), 24),
        shape,
      }),
    ],
    [
      'in a buffer that can be resized',
      ({ data, shape }) => {
        const Resizable = ArrayBuffer as new (length: number, options: object) => ArrayBuffer;
        return { data: over(data, new Resizable(data.byteLength, { maxByteLength: 4096 })), shape };
      },
    ],
    [
      'in a class of its own',
      ({ data, shape }) => {
        class Mine extends (data.constructor as typeof Float32Array) {}
        return { data: Mine.from(data), shape };
      },
    ],
    [
      'of another realm',
      ({ data, shape }) => {
        const name = data.constructor.name;
        const other = vm.runInNewContext(
          `({ data: ${name}.from(values), shape: Array.from(sizes) })`,
          { values: data, sizes: shape },
        );
        expect(other.data instanceof (data.constructor as typeof Float32Array)).toBe(false);
        return other;
      },
    ],
    ['behind getters of a class', (array) => new Image(array)],
    ['behind a Proxy', (array) => new Proxy(array, {})],
    [
      'with a Proxy for its shape',
      ({ data, shape }) => ({ data, shape: new Proxy([...shape], {}) }),
    ],
    ['without a prototype', (array) => Object.assign(Object.create(null), array)],
  ];

  test.each(ways)('arrays %s, each argument by itself and all at once', (_, wrap) => {
    for (const argument of ARGUMENTS) {
      expect(callWith({ [argument]: wrap(GIVEN[argument]) })).toStrictEqual(expected);
    }
    const all = Object.fromEntries(ARGUMENTS.map((argument) => [argument, wrap(GIVEN[argument])]));
    expect(callWith(all)).toStrictEqual(expected);
  });

  test('labels as a Node Buffer, wherever in its pool', () => {
    const odd = Buffer.from('x'); // moves the pool's next place
    const buffer = Buffer.from(GIVEN.gtTexts.data);
    expect(callWith({ gtTexts: { data: buffer, shape: GIVEN.gtTexts.shape } })).toStrictEqual(
      expected,
    );
    expect(odd.length).toBe(1);
  });

  test.each([['float32'], ['uint8']] as const)(
    'each label in a dtype of its own: all but one %s',
    (dtype) => {
      const floats = dtype === 'float32';
      const as = ({ data, shape }: NdArray) => ({
        data: (floats ? Float32Array : Uint8Array).from(data as Uint8Array),
        shape,
      });
      const [gtTexts, gtKernels, trainingMasks] = [
        GIVEN.gtTexts,
        GIVEN.gtKernels,
        GIVEN.trainingMasks,
      ];
      const all = {
        gtTexts: as(gtTexts),
        gtKernels: as(gtKernels),
        trainingMasks: as(trainingMasks),
      };
      const other = ({ data, shape }: NdArray) => ({
        data: (floats ? Uint8Array : Float32Array).from(data as Uint8Array),
        shape,
      });
      for (const one of ['gtTexts', 'gtKernels', 'trainingMasks'] as const) {
        expect(callWith({ ...all, [one]: other(GIVEN[one]) })).toStrictEqual(expected);
      }
    },
  );

  test('labels behind getters, a Proxy, and beside properties that mean nothing here', () => {
    const { maps, ...labels } = GIVEN;
    const inherited = Object.create(labels, { name: { value: 'batch 7', enumerable: true } });
    for (const given of [new Proxy(labels, {}), inherited, Object.freeze({ ...labels })]) {
      expect(callOn(maps, given)).toStrictEqual(expected);
    }
  });

  test('and gives its results in arrays of its own, whatever came in', () => {
    const shared = over(GIVEN.maps.data, new SharedArrayBuffer(GIVEN.maps.data.byteLength));
    const { perImage, lossPerKernel } = callWith({
      maps: { data: shared, shape: GIVEN.maps.shape },
    });
    for (const { buffer } of [perImage.loss, lossPerKernel.data]) {
      expect(types.isSharedArrayBuffer(buffer)).toBe(false);
    }
    const other = vm.runInNewContext('({ data: new Float32Array(48), shape: [2, 4, 2, 3] })');
    expect(callWith({ maps: other }).perImage.loss).toBeInstanceOf(Float32Array);
  });
});

/** The same elements in a typed array of the same class over another buffer. */
function over<T extends Float32Array | Float64Array | Uint8Array>(
  data: T,
  buffer: ArrayBufferLike,
  offset = 0,
): T {
  const copy = new (data.constructor as new (...args: unknown[]) => T)(buffer, offset, data.length);
  copy.set(data);
  return copy;
}
