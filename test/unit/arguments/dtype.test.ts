// What a typed array can carry, and reading its memory whatever class it is of.
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import {
  ARRAY_OF,
  classNameOf,
  elementCount,
  elementTypesOf,
  viewOf,
} from '../../../lib/arguments/dtype';

/** Node's own Float16Array, from release 24 on. */
const { Float16Array } = globalThis as unknown as { Float16Array?: typeof Float32Array };
const from24 = Float16Array === undefined ? test.skip : test;

describe('elementTypesOf', () => {
  test.each([
    [new Float32Array(1), ['float32']],
    [new Float64Array(1), ['float64']],
    [new Uint8Array(1), ['uint8', 'bool']],
    [new Uint16Array(1), ['uint16', 'float16', 'bfloat16']],
    [new Int32Array(1), ['int32']],
    [new BigInt64Array(1), ['int64']],
    [Buffer.alloc(1), ['uint8', 'bool']],
  ])('%p carries %p', (array, dtypes) => {
    expect(elementTypesOf(array)).toEqual(dtypes);
  });

  from24('a Float16Array carries float16', () => {
    expect(elementTypesOf(new Float16Array!(1))).toEqual(['float16']);
    expect(elementTypesOf(vm.runInNewContext('new Float16Array(1)'))).toEqual(['float16']);
  });

  test.each([
    [new Uint8ClampedArray(1)],
    [new Int8Array(1)],
    [new Int16Array(1)],
    [new Uint32Array(1)],
    [new BigUint64Array(1)],
    [new DataView(new ArrayBuffer(1))],
    [new ArrayBuffer(4)],
    [[1]],
    [null],
    [new Proxy(new Float32Array(1), {})],
    [Object.create(Float32Array.prototype)],
    [{ [Symbol.toStringTag]: 'Float16Array' }],
  ])('%p carries none of ours', (value) => {
    expect(elementTypesOf(value)).toEqual([]);
  });

  test('knows an array of another realm', () => {
    expect(elementTypesOf(vm.runInNewContext('new Float32Array(1)'))).toEqual(['float32']);
  });

  test('is not taken in by what an array says of itself', () => {
    const array = new Float32Array(1);
    Object.defineProperty(array, Symbol.toStringTag, { value: 'Float64Array' });
    expect(elementTypesOf(array)).toEqual(['float32']);
    expect(classNameOf(array)).toBe('Float32Array');
    class Maps extends Float32Array {}
    expect(classNameOf(new Maps(1))).toBe('Float32Array');
  });
});

test('elementCount counts by the array itself', () => {
  const array = new Float64Array(new ArrayBuffer(80), 16, 3);
  Object.defineProperty(array, 'length', { value: 1000 });
  expect(elementCount(array)).toBe(3);
});

describe('viewOf', () => {
  test.each(Object.keys(ARRAY_OF) as (keyof typeof ARRAY_OF)[])(
    'is a part of the memory itself: %s',
    (dtype) => {
      const Class = ARRAY_OF[dtype];
      const { BYTES_PER_ELEMENT: bytes } = Class;
      const data = new Class(new ArrayBuffer(8 * bytes), bytes, 6);
      const view = viewOf(dtype, data, 2, 3);
      expect([classNameOf(view), view.byteOffset, view.length]).toEqual([Class.name, 3 * bytes, 3]);
      expect(view.buffer).toBe(data.buffer);
      expect(viewOf(dtype, data).length).toBe(6);
      expect(viewOf(dtype, data, 5).length).toBe(1);
    },
  );

  test('runs no code of a subclass, and reads no property of its own', () => {
    const explode = () => {
      throw new Error('user code ran');
    };
    class Labels extends Uint8Array {
      static get [Symbol.species](): never {
        return explode();
      }
    }
    const data = new Labels([1, 2, 3]);
    for (const name of ['length', 'buffer', 'byteOffset', 'constructor', 'subarray']) {
      Object.defineProperty(data, name, { get: explode });
    }
    expect(viewOf('uint8', data, 1)).toEqual(Uint8Array.of(2, 3));
  });

  test('of another realm is an array of ours', () => {
    const view = viewOf('float32', vm.runInNewContext('Float32Array.of(1, 2)'));
    expect(view).toBeInstanceOf(Float32Array);
    expect([...view]).toEqual([1, 2]);
  });

  test('sees shared memory', () => {
    const data = new Int32Array(new SharedArrayBuffer(8));
    viewOf('int32', data, 1)[0] = 7;
    expect(data[1]).toBe(7);
  });

  test('of a detached array is empty', () => {
    const gone = new Float32Array(4);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(viewOf('float32', gone).length).toBe(0);
  });

  from24('of a Float16Array is its bits', () => {
    const data = Float16Array!.of(1, -2);
    expect(viewOf('float16', data)).toEqual(Uint16Array.of(0x3c00, 0xc000));
  });
});
