// What a tensor is to Node and to JavaScript: printed, cloned, changed, counterfeited.
import { inspect } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { diceLossSync, Tensor } from 'pse-loss';
import { errorOf } from '../../support/error-of';

const make = () => Tensor.from(Float32Array.of(1, 2), { shape: [1, 2] });

describe('is printed', () => {
  test('as what is known without waiting', () => {
    const tensor = Tensor.empty([2, 0, 3], { dtype: 'bfloat16' });
    expect(inspect(tensor)).toBe('Tensor(bfloat16 [2, 0, 3] on cpu)');
    expect(inspect({ tensor: Tensor.empty([]) })).toBe('{ tensor: Tensor(float32 [] on cpu) }');
  });

  test('with what is special about it', () => {
    const leaf = Tensor.from(Float64Array.of(1), { requiresGrad: true });
    expect(inspect(leaf)).toBe('Tensor(float64 [1] on cpu requiresGrad)');
    leaf.dispose();
    expect(inspect(leaf)).toBe('Tensor(float64 [1] on cpu requiresGrad disposed)');
    const plain = make();
    plain.dispose();
    expect(inspect(plain)).toBe('Tensor(float32 [1, 2] on cpu disposed)');
  });
});

describe('stays with its thread', () => {
  const refused = expect.objectContaining({
    name: 'DataCloneError',
    message: expect.stringContaining(
      'a Tensor stays with its thread; fill an array of allocate() and post that',
    ),
  });

  test('by structuredClone', () => {
    expect(() => structuredClone(make())).toThrow(refused);
    expect(() => structuredClone({ results: [make()] })).toThrow(refused);
  });

  test('by postMessage', () => {
    const { port1, port2 } = new MessageChannel();
    expect(() => port1.postMessage(make())).toThrow(refused);
    port1.close();
    port2.close();
  });
});

describe('is made by its class only', () => {
  test.each([[], [undefined], [Symbol('pse-loss tensor'), {}], [Symbol.for('pse-loss tensor')]])(
    'not by new Tensor(%p)',
    (...args) => {
      const construct = () => Reflect.construct(Tensor, args);
      expect(errorOf(construct)).toEqual({
        ...{ name: 'TypeError', code: 'ERR_PSE_TYPE' },
        message: 'Tensor: expected new Tensor() to be Tensor.from() or Tensor.empty(), got new',
      });
    },
  );

  test('what only looks like one is no tensor', () => {
    const tensor = make();
    const lookalikes: readonly unknown[] = [
      Object.create(Tensor.prototype),
      Object.setPrototypeOf({ ...tensor }, Tensor.prototype),
      Object.create(tensor),
      new Proxy(tensor, {}),
    ];
    for (const lookalike of lookalikes) {
      const work = () => diceLossSync(lookalike as Tensor, make(), make());
      expect(errorOf(work).code).toBe('ERR_PSE_TYPE');
    }
  });
});

test('says the same for ever', () => {
  const tensor = make() as { shape: readonly number[] } & Tensor;
  expect(() => Object.assign(tensor, { shape: [2, 1] })).toThrow(TypeError);
  expect(() => Object.assign(tensor, { dispose: () => {} })).toThrow(TypeError);
  expect(() => Object.assign(tensor.shape, { 0: 9 })).toThrow(TypeError);
  expect(() => Object.assign(tensor.strides, { 0: 9 })).toThrow(TypeError);
  expect([tensor.shape, tensor.strides]).toEqual([
    [1, 2],
    [2, 1],
  ]);
});
