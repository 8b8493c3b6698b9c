// How values are named in messages.
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import {
  count,
  describeShape,
  either,
  describe as name,
  quote,
} from '../../../lib/arguments/describe';

describe('describe', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['x', 'the string "x"'],
    ['', 'the string ""'],
    [1.5, 'the number 1.5'],
    [-0, 'the number -0'],
    [Number.NaN, 'the number NaN'],
    [-Infinity, 'the number -Infinity'],
    [7n, 'the bigint 7n'],
    [true, 'true'],
    [false, 'false'],
    [Symbol('secret'), 'a symbol'],
    [() => {}, 'a function'],
    [class {}, 'a function'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [new Map(), 'a Map'],
    [new Set(), 'a Set'],
    [Promise.resolve(), 'a Promise'],
    [[], 'an array of 0 elements'],
    [[1], 'an array of 1 element'],
    [[[1], [2]], 'an array of 2 elements'],
    [new Float32Array(1), 'a Float32Array of 1 element'],
    [new Int32Array(2), 'an Int32Array of 2 elements'],
    [new BigInt64Array(2), 'a BigInt64Array of 2 elements'],
    [new Uint8ClampedArray(3), 'a Uint8ClampedArray of 3 elements'],
    [Buffer.alloc(4), 'a Uint8Array of 4 elements'],
    [new DataView(new ArrayBuffer(8)), 'a DataView'],
    [new ArrayBuffer(8), 'a bare ArrayBuffer'],
    [new SharedArrayBuffer(8), 'a bare ArrayBuffer'],
    [new Proxy([], {}), 'a Proxy'],
  ])('%p is %s', (value, words) => {
    expect(name(value)).toBe(words);
  });

  test('counts the elements of a view, not of its buffer', () => {
    expect(name(new Float32Array(new ArrayBuffer(40), 8, 3))).toBe('a Float32Array of 3 elements');
  });

  test('knows arrays of another realm', () => {
    expect(name(vm.runInNewContext('new Float64Array(2)'))).toBe('a Float64Array of 2 elements');
    expect(name(vm.runInNewContext('[1, 2]'))).toBe('an array of 2 elements');
  });

  test('says that a detached array has no elements', () => {
    const array = new Float32Array(4);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    expect(name(array)).toBe('a Float32Array of 0 elements');
  });

  test('names a subclass by the array that it is', () => {
    class Labels extends Uint8Array {}
    expect(name(new Labels(2))).toBe('a Uint8Array of 2 elements');
  });

  test('cuts long text and long numbers', () => {
    expect(name('x'.repeat(1000))).toBe(`the string "${'x'.repeat(40)}…"`);
    expect(name(10n ** 1000n)).toBe(`the bigint 1${'0'.repeat(39)}…n`);
  });

  test('never runs code of the value', () => {
    const explode = () => {
      throw new Error('user code ran');
    };
    const trap = new Proxy({}, { get: explode, has: explode, getPrototypeOf: explode });
    expect(name(trap)).toBe('a Proxy');
    expect(name({ toString: explode, valueOf: explode, [Symbol.toPrimitive]: explode })).toBe(
      'an object',
    );
    const array = new Float32Array(2);
    Object.defineProperty(array, 'length', { get: explode });
    Object.defineProperty(array, Symbol.toStringTag, { get: explode });
    expect(name(array)).toBe('a Float32Array of 2 elements');
  });

  test('survives a revoked Proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(name(proxy)).toBe('a Proxy');
  });
});

describe('describeShape', () => {
  test.each([
    [[], '[]'],
    [[2, 7, 160, 160], '[2, 7, 160, 160]'],
    [[1.5, -1, Number.NaN], '[1.5, -1, NaN]'],
    [['4', 2n, undefined, null], '[the string "4", the bigint 2n, nothing, null]'],
    [[Symbol('x'), Object.create(null), [1]], '[a symbol, an object, an array of 1 element]'],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], '[1, 2, 3, 4, 5, 6, 7, 8, …]'],
  ])('%p is %s', (shape, words) => {
    expect(describeShape(shape)).toBe(words);
  });
});

test('quote escapes what would break a line', () => {
  expect(quote('a"b\n')).toBe('"a\\"b\\n"');
});

test('count knows one from many', () => {
  expect([count(0, 'size'), count(1, 'size'), count(2, 'size')]).toEqual([
    '0 sizes',
    '1 size',
    '2 sizes',
  ]);
});

test('either lists words as people do', () => {
  expect([either([]), either(['a']), either(['a', 'b']), either(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a or b',
    'a, b or c',
  ]);
});
