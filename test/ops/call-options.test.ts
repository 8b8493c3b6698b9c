// What is said with one call: where the gradient goes, in which dtype, and by how much it is multiplied.
import { describe, expect, test } from '@jest/globals';
import { type CallOptions, PSELoss } from 'pse-loss';
import { type MapDType, makeBatch } from '../support/batch';
import { expectClose, expectSame, largestOf } from '../support/compare';
import { errorOf } from '../support/error-of';
import { fromHalf, toHalf } from '../support/half';

const loss = new PSELoss({ reduction: 'mean' });
const { maps, labels } = makeBatch({ seed: 40 });
const half = (dtype: MapDType & ('float16' | 'bfloat16')) => makeBatch({ seed: 40, maps: dtype });

describe('gradScale', () => {
  test.each(['float32', 'float64'] as const)(
    'multiplies the gradient and nothing else, %s',
    (dtype) => {
      const batch = makeBatch({ seed: 40, maps: dtype });
      const { grad, ...plain } = loss.valueAndGradSync(batch.maps, batch.labels);
      for (const gradScale of [1, 1024, -0.5, 0]) {
        const scaled = loss.valueAndGradSync(batch.maps, batch.labels, { gradScale });
        const { grad: actual, ...others } = scaled;
        expect(others).toStrictEqual(plain);
        // Powers of two: every rounding is the same.
        expectSame(
          'grad',
          actual.data,
          grad.data.map((g) => g * gradScale),
        );
      }
      const { grad: thrice } = loss.valueAndGradSync(batch.maps, batch.labels, { gradScale: 3 });
      const largest = largestOf(thrice.data);
      expectClose(
        'grad',
        thrice.data,
        grad.data.map((g) => g * 3),
        largest * 2e-7,
      );
    },
  );

  test('saves a float16 gradient from flushing to zero', () => {
    // Sixteen images: the mean makes each gradient a sixteenth.
    const { maps: logits, labels: many } = makeBatch({
      ...{ seed: 41, images: 16, kernels: 1, height: 24, width: 24, maps: 'float16' },
    });
    const { grad: wide } = loss.valueAndGradSync(logits, many, { gradDtype: 'float32' });
    const flushed = (gradScale: number) => {
      const { grad } = loss.valueAndGradSync(logits, many, { gradScale });
      const isZero = (bits: number) => (bits & 0x7fff) === 0;
      return grad.data.filter((bits, i) => isZero(bits) && wide.data[i] !== 0).length;
    };
    expect(flushed(1)).toBeGreaterThan(100);
    expect(flushed(4096)).toBeLessThan(flushed(1) / 20);
  });

  test('acts before the gradient is rounded', () => {
    const { maps: logits, labels: targets } = half('float16');
    const { grad: wide } = loss.valueAndGradSync(logits, targets, { gradDtype: 'float32' });
    const { grad } = loss.valueAndGradSync(logits, targets, { gradScale: 65536 });
    expectSame(
      'grad',
      grad.data,
      Uint16Array.from(wide.data, (g) => toHalf(g * 65536, 'float16')),
    );
  });
});

describe('gradDtype', () => {
  test.each(['float16', 'bfloat16'] as const)('float32 keeps what %s would round away', (dtype) => {
    const batch = half(dtype);
    const { grad } = loss.valueAndGradSync(batch.maps, batch.labels, { gradDtype: 'float32' });
    expect([grad.data.constructor, grad.dtype]).toEqual([Float32Array, undefined]);
    const { grad: rounded } = loss.valueAndGradSync(batch.maps, batch.labels);
    expectSame(
      'grad',
      rounded.data,
      Uint16Array.from(grad.data, (g) => toHalf(g, dtype)),
    );
    expect(grad.data.some((g) => fromHalf(toHalf(g, dtype), dtype) !== g)).toBe(true);
  });

  test('float32 narrows the gradient of float64 maps, and changes nothing of float32 ones', () => {
    const doubles = makeBatch({ seed: 40, maps: 'float64' });
    const { grad } = loss.valueAndGradSync(doubles.maps, doubles.labels, { gradDtype: 'float32' });
    const { grad: wide } = loss.valueAndGradSync(doubles.maps, doubles.labels);
    expect(grad.data).toEqual(Float32Array.from(wide.data));
    const same = loss.valueAndGradSync(maps, labels, { gradDtype: 'float32' });
    expect(same).toStrictEqual(loss.valueAndGradSync(maps, labels));
  });
});

describe('out', () => {
  const { grad } = loss.valueAndGradSync(maps, labels);

  test.each([
    ['an array', () => new Float32Array(maps.data.length)],
    ['shared memory', () => new Float32Array(new SharedArrayBuffer(maps.data.byteLength))],
    [
      'the middle of a buffer',
      () => new Float32Array(new ArrayBuffer(maps.data.byteLength + 12), 8, maps.data.length),
    ],
    ['a class of its own', () => new (class Mine extends Float32Array {})(maps.data.length)],
  ])('receives the gradient, and is the data of what comes back: %s', (_, make) => {
    const out = make().fill(7);
    const result = loss.valueAndGradSync(maps, labels, { out });
    expect(result.grad.data).toBe(out);
    expect(result.grad.shape).toEqual(maps.shape);
    expectSame('out', out, grad.data);
  });

  test.each(['float64', 'float16', 'bfloat16'] as const)(
    'is of the dtype of the maps: %s',
    (dtype) => {
      const batch = makeBatch({ seed: 40, maps: dtype });
      const out = batch.maps.data.slice();
      const result = loss.valueAndGradSync(batch.maps, batch.labels, { out });
      expect(result.grad.data).toBe(out);
      expectSame('out', out, loss.valueAndGradSync(batch.maps, batch.labels).grad.data);
    },
  );

  test('is of float32 where gradDtype says so', () => {
    const batch = half('bfloat16');
    const out = new Float32Array(batch.maps.data.length);
    const call = { out, gradDtype: 'float32' } as const;
    expect(loss.valueAndGradSync(batch.maps, batch.labels, call).grad.data).toBe(out);
    expect(out.some((g) => g !== 0)).toBe(true);
  });

  test('is left as it was by a call that fails', () => {
    const out = new Float32Array(maps.data.length).fill(7);
    const wrong = { ...labels, gtTexts: { data: new Uint8Array(1), shape: [1, 1, 1] } };
    expect(() => loss.valueAndGradSync(maps, wrong, { out })).toThrow(RangeError);
    expect(new Set(out)).toEqual(new Set([7]));
  });
});

describe('errors', () => {
  const refused = (call: unknown) => {
    return errorOf(() => loss.valueAndGradSync(maps, labels, call as CallOptions));
  };
  const CALL = 'PSELoss.valueAndGradSync: expected call';
  const OUT = 'call.out to be a Float32Array for a gradient of float32, as maps are';

  test.each<[string, unknown, string, string]>([
    ['no object', 7, 'ERR_PSE_TYPE', `${CALL} to be an object, got the number 7`],
    [
      'an array as options',
      new Float32Array(1),
      'ERR_PSE_TYPE',
      `${CALL} to be an object, got a Float32Array of 1 element`,
    ],
    [
      'an unknown option',
      { grad_scale: 2 },
      'ERR_PSE_OPTION',
      `${CALL} to be an object with known options only, got the option "grad_scale" (did you mean 'gradScale'?)`,
    ],
    [
      'a scale that is no number',
      { gradScale: '2' },
      'ERR_PSE_TYPE',
      `${CALL}.gradScale to be a finite number from -1000000000000 to 1000000000000, got the string "2"`,
    ],
    [
      'a scale of NaN',
      { gradScale: Number.NaN },
      'ERR_PSE_RANGE',
      `${CALL}.gradScale to be a finite number from -1000000000000 to 1000000000000, got the number NaN`,
    ],
    [
      'an infinite scale',
      { gradScale: Infinity },
      'ERR_PSE_RANGE',
      `${CALL}.gradScale to be a finite number from -1000000000000 to 1000000000000, got the number Infinity`,
    ],
    [
      'a dtype that is no word',
      { gradDtype: 32 },
      'ERR_PSE_TYPE',
      `${CALL}.gradDtype to be 'maps' or 'float32', got the number 32`,
    ],
    [
      'another dtype',
      { gradDtype: 'float64' },
      'ERR_PSE_OPTION',
      `${CALL}.gradDtype to be 'maps' or 'float32', got the string "float64" (did you mean 'float32'?)`,
    ],
    [
      'out that is no typed array',
      { out: [] },
      'ERR_PSE_TYPE',
      `PSELoss.valueAndGradSync: expected ${OUT}, got an array of 0 elements`,
    ],
    [
      'out that is a DataView',
      { out: new DataView(new ArrayBuffer(8)) },
      'ERR_PSE_TYPE',
      `PSELoss.valueAndGradSync: expected ${OUT}, got a DataView`,
    ],
    [
      'out of another dtype',
      { out: new Float64Array(3) },
      'ERR_PSE_DTYPE',
      `PSELoss.valueAndGradSync: expected ${OUT}, got a Float64Array of 3 elements`,
    ],
    [
      'out of another length',
      { out: new Float32Array(3) },
      'ERR_PSE_SHAPE',
      `PSELoss.valueAndGradSync: expected call.out to be ${maps.data.length} elements, as maps have, got 3 elements`,
    ],
  ])('%s', (_, call, code, message) => {
    expect(refused(call)).toEqual(expect.objectContaining({ code, message }));
  });

  test('a float32 out for the gradient of halves, with the way out', () => {
    const { maps: bits, labels: targets } = half('float16');
    const call = { out: new Float32Array(bits.data.length) };
    expect(errorOf(() => loss.valueAndGradSync(bits, targets, call))).toMatchObject({
      code: 'ERR_PSE_DTYPE',
      message: expect.stringMatching(/ \(gradDtype: 'float32' gives a float32 gradient\)$/),
    });
  });

  test('out that a later getter detaches', () => {
    const out = new Float32Array(maps.data.length);
    const call = {
      out,
      get gradScale() {
        structuredClone(out.buffer, { transfer: [out.buffer] });
        return 1;
      },
    };
    expect(refused(call)).toMatchObject({
      code: 'ERR_PSE_SHAPE',
      message: expect.stringContaining('got 0 elements (a detached buffer has no elements)'),
    });
  });

  test('maps that a getter of the options detaches', () => {
    const data = maps.data.slice();
    const call = {
      get gradScale() {
        structuredClone(data.buffer, { transfer: [data.buffer] });
        return 1;
      },
    };
    const error = errorOf(() => loss.valueAndGradSync({ ...maps, data }, labels, call));
    expect(error).toMatchObject({
      code: 'ERR_PSE_SHAPE',
      message: expect.stringContaining('maps.data'),
    });
  });

  test('a getter that throws: its error comes as it is', () => {
    const thrown = new Error('from the getter');
    const call = {
      get out(): never {
        throw thrown;
      },
    };
    expect(() => loss.valueAndGradSync(maps, labels, call)).toThrow(thrown);
  });
});
