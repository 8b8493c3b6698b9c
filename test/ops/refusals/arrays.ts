// What is refused in place of an array, in which words. The array that would be right is the base of each.
import { type ArrayPlace, type Cell, cells } from './place';

type Data = Float32Array | Uint8Array;

/** An array that is right. */
export interface GoodArray {
  readonly data: Data;
  readonly shape: readonly number[];
}

const CLASSES: Readonly<Record<string, string>> = { float32: 'Float32Array', uint8: 'Uint8Array' };

export function arrayCells(path: string, place: ArrayPlace, good: GoodArray): readonly Cell[] {
  const { data, shape } = good;
  const axes = `[${place.axes.join(', ')}]`;
  const typed = `${path}.data to be a typed array of ${place.dtypes.join(', ')}, got`;
  const make = `(${CLASSES[place.dtypes[0] as string]}.from(data) makes one)`;
  return [
    ...cells('wrong type', 'ERR_PSE_TYPE', [
      ...NO_OBJECTS.map(
        ([value, got]) => [value, `${path} to be an object { data, shape }, got ${got}`] as const,
      ),
      [
        data,
        `${path} to be an object { data, shape }, got ${nameOf(data)} (pass { data, shape: ${axes} })`,
      ],
      [{ shape }, `${typed} nothing`],
      [{ data: [0, 1], shape }, `${typed} an array of 2 elements ${make}`],
      [{ data: new ArrayBuffer(8), shape }, `${typed} a bare ArrayBuffer`],
      [{ data: new Proxy(data, {}), shape }, `${typed} a Proxy`],
      [{ data }, `${path}.shape to be an array ${axes}, got nothing`],
      [{ data, shape: '2,3' }, `${path}.shape to be an array ${axes}, got the string "2,3"`],
      [{ data, dims: null }, `${path}.dims to be an array ${axes}, got null`],
      [
        { data, shape: Int32Array.from(shape) },
        `${path}.shape to be an array ${axes}, got an Int32Array of ${shape.length} elements`,
      ],
    ]),
    ...cells('dtype', 'ERR_PSE_DTYPE', dtypeRows(path, place, good, `${typed}`, make)),
    ...cells('rank', 'ERR_PSE_SHAPE', rankRows(path, place, good)),
    ...cells('negative', 'ERR_PSE_SHAPE', [
      wrongSizes(path, place, data, [...shape.slice(0, -1), -1]),
      wrongSizes(path, place, data, [-1, ...shape.slice(1)]),
    ]),
    ...cells('size', 'ERR_PSE_SHAPE', [
      wrongSizes(path, place, data, [...shape.slice(0, -1), 0.5]),
      wrongSizes(path, place, data, [Number.NaN, ...shape.slice(1)]),
      wrongSizes(path, place, data, [2 ** 60, ...shape.slice(1)]),
      wrongSizes(path, place, data, ['2', ...shape.slice(1)]),
      tooLarge(path, axes, data, [0, 2 ** 30, ...shape.slice(2, -1), 2 ** 30]),
      wrongCount(path, good, data.slice(1)),
      wrongCount(path, good, joined(data)),
      [
        { data, shape, dims: [...shape.slice(0, -1), 9] },
        `${path}.shape and ${path}.dims to be the same, got ${list(shape)} and ${list([...shape.slice(0, -1), 9])}`,
      ],
    ]),
    ...cells('empty', 'ERR_PSE_SHAPE', [
      wrongCount(path, good, data.slice(0, 0)),
      wrongCount(path, good, detached(data)),
    ]),
  ];
}

const NO_OBJECTS: readonly (readonly [unknown, string])[] = [
  [undefined, 'nothing'],
  [null, 'null'],
  ['maps', 'the string "maps"'],
  [7, 'the number 7'],
  [7n, 'the bigint 7n'],
  [true, 'true'],
  [Symbol('maps'), 'a symbol'],
  [[1, 2], 'an array of 2 elements'],
  [() => [], 'a function'],
];

type Row = readonly [value: unknown, tail: string];

function dtypeRows(
  path: string,
  { dtypes }: ArrayPlace,
  { data, shape }: GoodArray,
  typed: string,
  make: string,
): readonly Row[] {
  const n = data.length;
  const given = (other: unknown) => ({ data: other, shape });
  const carried = data instanceof Float32Array ? ['float32'] : ['uint8', 'bool'];
  const said = carried.filter((dtype) => dtypes.includes(dtype));
  const words = `${said.map((dtype) => `'${dtype}'`).join(' or ')}, as its data says`;
  const rows: Row[] = [
    [given(new Int16Array(n)), `${typed} an Int16Array of ${n} elements ${make}`],
    [given(new Uint8ClampedArray(n)), `${typed} a Uint8ClampedArray of ${n} elements ${make}`],
    [given(new BigUint64Array(n)), `${typed} a BigUint64Array of ${n} elements`],
    [given(new DataView(new ArrayBuffer(n))), `${typed} a DataView`],
    [{ data, shape, dtype: 'int16' }, `${path}.dtype to be ${words}, got "int16"`],
    [{ data, shape, type: 7 }, `${path}.type to be ${words}, got the number 7`],
    [
      { data, shape, dtype: said[0], type: 'int8' },
      `${path}.dtype and ${path}.type to be the same, got "${said[0]}" and "int8"`,
    ],
  ];
  if (!dtypes.includes('int32')) {
    rows.push([given(new Int32Array(n)), `${typed} an Int32Array of ${n} elements ${make}`]);
  }
  const halves = given(new Uint16Array(n));
  const either = "'float16' or 'bfloat16', as its data says, got";
  if (dtypes.includes('float16')) {
    rows.push(
      [halves, `${path}.dtype to be ${either} nothing (a Uint16Array may hold the bits of either)`],
      [{ ...halves, dtype: 'uint16' }, `${path}.dtype to be ${either} "uint16"`],
    );
  } else {
    rows.push(
      [halves, `${typed} a Uint16Array of ${n} elements ${make}`],
      // Its elements are bits: an array made of them as they are would be wrong.
      [{ ...halves, dtype: 'float16' }, `${typed} a Uint16Array of ${n} elements`],
      [{ ...halves, type: 'bfloat16' }, `${typed} a Uint16Array of ${n} elements`],
    );
  }
  return rows;
}

/** `2 sizes of 0 or more`, or from how many to how many. */
function sizesOf({ axes }: ArrayPlace): string {
  const open = axes.at(-1) === '…';
  return `[${axes.join(', ')}], ${open ? `${axes.length - 1} to 8` : axes.length} sizes of 0 or more`;
}

function rankRows(path: string, place: ArrayPlace, { data, shape }: GoodArray): readonly Row[] {
  const row = (wrong: readonly number[], got: string): Row => [
    { data, shape: wrong },
    `${path}.shape to be ${sizesOf(place)}, got ${got}`,
  ];
  if (place.axes.at(-1) === '…') {
    return [row([], '[]'), row(Array(9).fill(1), '[1, 1, 1, 1, 1, 1, 1, 1, …]')];
  }
  const rest = shape.slice(1);
  return [
    row(rest, `${list(rest)} (a batch of one is ${list([1, ...rest])})`),
    row([1, ...shape], `${list([1, ...shape])} (leave out an axis of size 1)`),
    row([2, 1, ...shape], list([2, 1, ...shape])),
  ];
}

function wrongSizes(path: string, place: ArrayPlace, data: Data, shape: readonly unknown[]): Row {
  const got = shape.map((size) => (typeof size === 'string' ? `the string "${size}"` : size));
  return [{ data, shape }, `${path}.shape to be ${sizesOf(place)}, got ${list(got)}`];
}

function tooLarge(path: string, axes: string, data: Data, shape: readonly number[]): Row {
  return [
    { data: data.slice(0, 0), shape },
    `${path}.shape to be ${axes} with a product below 2^53, got ${list(shape)}`,
  ];
}

function wrongCount(path: string, { shape, data }: GoodArray, wrong: Data): Row {
  const got = `${wrong.length} elements`;
  const why = wrong.length === 0 ? ' (a detached buffer has no elements)' : '';
  return [
    { data: wrong, shape },
    `${path}.data to be ${data.length} elements, as its shape ${list(shape)} says, got ${got}${why}`,
  ];
}

function joined(data: Data): Data {
  return data instanceof Float32Array ? Float32Array.of(...data, 0) : Uint8Array.of(...data, 0);
}

function detached(data: Data): Data {
  const gone = data.slice();
  structuredClone(gone.buffer, { transfer: [gone.buffer as ArrayBuffer] });
  return gone;
}

function nameOf(data: Data): string {
  return `a ${data.constructor.name} of ${data.length} elements`;
}

function list(sizes: readonly unknown[]): string {
  return `[${sizes.join(', ')}]`;
}
