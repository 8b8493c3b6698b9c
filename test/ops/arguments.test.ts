// The arrays that are taken, wherever they come from: all give the same bits, in every function and in each of its places.
import { types } from 'node:util';
import vm from 'node:vm';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type NdArray, PSELoss } from 'pse-loss';
import { LABEL_DTYPES, MAP_DTYPES, makeBatch } from '../support/batch';
import { callOn, callWith, GIVEN } from './call';
import { titleOf } from './refusals/refuse';
import { at, PUBLIC_FUNCTIONS, replaced } from './refusals/table';

type Data = Float32Array | Uint8Array | Uint16Array;
type Plain = NdArray<Data>;

/** Not in the types of Node 20: buffers that change their size. */
type Sized<B> = new (length: number, options: { readonly maxByteLength: number }) => B;
const Resizable = ArrayBuffer as unknown as Sized<ArrayBuffer>;
const Growable = SharedArrayBuffer as unknown as Sized<SharedArrayBuffer>;

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

const dtypeOf = ({ data }: Plain) => (data instanceof Uint8Array ? 'uint8' : 'float32');

const WAYS: readonly [string, (array: Plain) => unknown][] = [
  ['with its dtype', (array) => ({ ...array, dtype: dtypeOf(array) })],
  [
    'in words of onnxruntime',
    (array) => ({ data: array.data, dims: array.shape, type: dtypeOf(array) }),
  ],
  [
    'in both spellings, which agree',
    (array) => ({ ...array, dims: [...array.shape], type: dtypeOf(array), dtype: dtypeOf(array) }),
  ],
  ['frozen', ({ data, shape }) => Object.freeze({ data, shape: Object.freeze([...shape]) })],
  ['with properties that mean nothing here', (array) => ({ ...array, size: 7, location: 'cpu' })],
  ...memories([
    ['shared memory', (bytes) => [new SharedArrayBuffer(bytes), 0]],
    ['the middle of a buffer', (bytes) => [new ArrayBuffer(bytes + 64), 8]],
    ['the middle of shared memory', (bytes) => [new SharedArrayBuffer(bytes + 64), 24]],
    ['the smallest place of a buffer', (bytes, size) => [new ArrayBuffer(bytes + 64), size]],
    ['an odd place of a buffer', (bytes, size) => [new ArrayBuffer(bytes + 64), 7 * size]],
    ['a buffer that can be resized', (bytes) => [new Resizable(bytes, { maxByteLength: 4096 }), 0]],
    ['shared memory that can grow', (bytes) => [new Growable(bytes, { maxByteLength: 4096 }), 0]],
  ]),
  [
    'that follow the length of their buffer',
    ({ data, shape }) => {
      const buffer = new Resizable(data.byteLength, { maxByteLength: 4096 });
      const following = new (data.constructor as Uint8ArrayConstructor)(buffer);
      following.set(data);
      return { data: following, shape };
    },
  ],
  [
    'in a class of its own',
    ({ data, shape }) => {
      class Mine extends (data.constructor as Uint8ArrayConstructor) {}
      return { data: Mine.from(data), shape };
    },
  ],
  ['of another realm', ({ data, shape }) => ofAnotherRealm(data, shape)],
  ['behind getters of a class', (array) => new Image(array)],
  ['behind a Proxy', (array) => new Proxy(array, {})],
  ['with a Proxy for its shape', ({ data, shape }) => ({ data, shape: new Proxy([...shape], {}) })],
  ['without a prototype', (array) => Object.assign(Object.create(null), array)],
];

function memories(
  list: readonly (readonly [
    string,
    (bytes: number, size: number) => readonly [ArrayBufferLike, number],
  ])[],
): [string, (array: Plain) => unknown][] {
  return list.map(([name, memory]) => [
    `in ${name}`,
    ({ data, shape }) => {
      const [buffer, offset] = memory(data.byteLength, data.BYTES_PER_ELEMENT);
      return { data: over(data, buffer, offset), shape };
    },
  ]);
}

/** The same elements in a typed array of the same class over another buffer. */
function over<T extends ArrayLike<number> & { set(values: T): void }>(
  data: T,
  buffer: ArrayBufferLike,
  offset = 0,
): T {
  const copy = new (data.constructor as new (...args: unknown[]) => T)(buffer, offset, data.length);
  copy.set(data);
  return copy;
}

function ofAnotherRealm(data: ArrayLike<number | bigint>, sizes: readonly number[]) {
  const { name } = data.constructor;
  const code = `({ data: ${name}.from(values), shape: Array.from(sizes) })`;
  const other = vm.runInNewContext(code, { values: data, sizes });
  expect(other.data instanceof (data.constructor as Uint8ArrayConstructor)).toBe(false);
  return other;
}

const taking = PUBLIC_FUNCTIONS.map((row) => ({
  row,
  arrays: Object.keys(row.places).filter((path) => row.places[path]?.kind === 'array'),
})).filter(({ arrays }) => arrays.length > 0);

describe.each(taking.map((each) => [titleOf(each.row), each] as const))(
  '%s takes',
  (_, { row, arrays }) => {
    let expected: unknown;
    beforeAll(async () => {
      expected = await row.call(row.given);
    });

    test.each(WAYS)('arrays %s, each argument by itself and all at once', async (_way, wrap) => {
      let all = row.given;
      for (const path of arrays) {
        const wrapped = wrap(at(row.given, path) as Plain);
        expect(await row.call(replaced(row.given, path, wrapped))).toStrictEqual(expected);
        all = replaced(all, path, wrap(at(row.given, path) as Plain));
      }
      expect(await row.call(all)).toStrictEqual(expected);
    });

    test('bytes as a Node Buffer, wherever in its pool', async () => {
      const odd = Buffer.from('x'); // moves the pool's next place
      for (const path of arrays) {
        const { data, shape } = at(row.given, path) as Plain;
        if (!(data instanceof Uint8Array)) continue;
        const given = { data: Buffer.from(data), shape };
        expect(await row.call(replaced(row.given, path, given))).toStrictEqual(expected);
      }
      expect(odd.length).toBe(1);
    });

    test('arguments and options of another realm, without a prototype, or inherited', async () => {
      for (const path of Object.keys(row.places)) {
        const value = at(row.given, path);
        const isOptions = row.places[path]?.kind === 'options';
        if (!isOptions && row.places[path]?.kind !== 'labels') continue;
        const object = value as object;
        const ways = [
          Object.assign(Object.create(null), object),
          new Proxy(object, {}),
          Object.freeze({ ...object }),
          Object.assign(vm.runInNewContext('({})'), object),
          // Of options only those are looked at that an object has of its own.
          ...(isOptions ? [] : [Object.create(object, { name: { value: 'batch 7' } })]),
        ];
        for (const way of ways) {
          expect(await row.call(replaced(row.given, path, way))).toStrictEqual(expected);
        }
      }
    });
  },
);

describe('every dtype of another realm, at its smallest offset, in either spelling', () => {
  const loss = new PSELoss();
  const ways = ({ data, shape, dtype }: NdArray) => {
    const said = dtype === undefined ? {} : { type: dtype };
    const moved = new (data.constructor as Uint8ArrayConstructor)(
      new ArrayBuffer(data.byteLength + 64),
      data.BYTES_PER_ELEMENT,
      data.length,
    );
    moved.set(data as Uint8Array);
    return [
      { ...ofAnotherRealm(data as Uint8Array, shape), dtype },
      { data: moved, dims: shape, ...said },
    ] as never[];
  };

  test.each(MAP_DTYPES)('maps of %s', (maps) => {
    const batch = makeBatch({ seed: 9, maps });
    const expected = loss.valueAndGradSync(batch.maps, batch.labels);
    for (const way of ways(batch.maps as NdArray)) {
      expect(loss.valueAndGradSync(way, batch.labels)).toStrictEqual(expected);
    }
  });

  test.each(LABEL_DTYPES)('labels of %s', (dtype) => {
    const { maps, labels } = makeBatch({ seed: 9, labels: dtype });
    const expected = loss.valueAndGradSync(maps, labels);
    for (const name of ['gtTexts', 'gtKernels', 'trainingMasks'] as const) {
      for (const way of ways(labels[name] as NdArray)) {
        expect(loss.valueAndGradSync(maps, { ...labels, [name]: way })).toStrictEqual(expected);
      }
    }
  });
});

test.each([['float32'], ['uint8']] as const)(
  'each label in a dtype of its own: all but one %s',
  (dtype) => {
    const [Most, One] =
      dtype === 'float32' ? [Float32Array, Uint8Array] : [Uint8Array, Float32Array];
    const names = ['gtTexts', 'gtKernels', 'trainingMasks'] as const;
    const as = (name: (typeof names)[number], Class: typeof Most) => ({
      data: Class.from(GIVEN[name].data),
      shape: GIVEN[name].shape,
    });
    const all = Object.fromEntries(names.map((name) => [name, as(name, Most)]));
    for (const one of names) {
      expect(callWith({ ...all, [one]: as(one, One) })).toStrictEqual(callWith({}));
    }
  },
);

test('labels behind getters, and beside properties that mean nothing here', () => {
  const { maps, ...labels } = GIVEN;
  const inherited = Object.create(labels, { name: { value: 'batch 7', enumerable: true } });
  for (const given of [inherited, { ...labels, name: 'batch 7' }]) {
    expect(callOn(maps, given)).toStrictEqual(callWith({}));
  }
});

test('results come in arrays of their own, whatever came in', () => {
  const shared = over(GIVEN.maps.data, new SharedArrayBuffer(GIVEN.maps.data.byteLength));
  const { perImage, lossPerKernel } = callWith({ maps: { data: shared, shape: GIVEN.maps.shape } });
  for (const { buffer } of [perImage.loss, lossPerKernel.data]) {
    expect(types.isSharedArrayBuffer(buffer)).toBe(false);
  }
  const other = vm.runInNewContext('({ data: new Float32Array(48), shape: [2, 4, 2, 3] })');
  expect(callWith({ maps: other }).perImage.loss).toBeInstanceOf(Float32Array);
});
