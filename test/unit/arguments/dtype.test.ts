// Which dtype a typed array carries when nobody says otherwise.
import vm from 'node:vm';
import { expect, test } from '@jest/globals';
import { dtypeOf, elementCount } from '../../../lib/arguments/dtype';

test.each([
  [new Float32Array(1), 'float32'],
  [new Float64Array(1), 'float64'],
  [new Uint8Array(1), 'uint8'],
  [new Int32Array(1), 'int32'],
  [new BigInt64Array(1), 'int64'],
  [Buffer.alloc(1), 'uint8'],
])('%p carries %s', (array, dtype) => {
  expect(dtypeOf(array)).toBe(dtype);
});

test.each([
  [new Uint8ClampedArray(1)],
  [new Int8Array(1)],
  [new Uint16Array(1)],
  [new Uint32Array(1)],
  [new BigUint64Array(1)],
  [new DataView(new ArrayBuffer(1))],
  [new ArrayBuffer(4)],
  [[1]],
  [null],
  [new Proxy(new Float32Array(1), {})],
  [Object.create(Float32Array.prototype)],
])('%p carries none of ours', (value) => {
  expect(dtypeOf(value)).toBe(undefined);
});

test('knows an array of another realm', () => {
  expect(dtypeOf(vm.runInNewContext('new Float32Array(1)'))).toBe('float32');
});

test('counts elements by the array itself', () => {
  const array = new Float64Array(new ArrayBuffer(80), 16, 3);
  Object.defineProperty(array, 'length', { value: 1000 });
  expect(elementCount(array)).toBe(3);
});
