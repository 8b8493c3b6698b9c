// Arguments that run code of their own, lie about themselves or lose their memory on the way. Every public function meets
// them in every place of the table in refusals/. Whatever comes: an answer or an error, and a good call works after it.
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { isPSEError } from 'pse-loss';
import type { GoodArray } from './refusals/arrays';
import type { PublicFunction } from './refusals/public-function';
import { refusalOf, thrownBy, titleOf } from './refusals/refuse';
import { at, PUBLIC_FUNCTIONS, replaced } from './refusals/table';

type Tree = PublicFunction['given'];

const arraysOf = ({ places }: PublicFunction) =>
  Object.keys(places).filter((path) => places[path]?.kind === 'array');

/** Objects that are looked into: the arguments, and all within them. */
const objectsOf = ({ given, places }: PublicFunction) =>
  Object.keys(places).filter((path) => {
    const value = path.split('.').reduce<unknown>((tree, name) => (tree as Tree)?.[name], given);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  });

/** Runs `work` when a function reads what stands in a place, and gives what stood there. */
function onReading({ given }: { given: Tree }, path: string, work: () => void): Tree {
  const names = path.split('.');
  const parent = names.slice(0, -1).join('.');
  const read = (object: object, name: string) =>
    Object.defineProperty({ ...object }, name, {
      enumerable: true,
      get: () => {
        work();
        return (object as Tree)[name];
      },
    });
  if (parent !== '') {
    return replaced(given, parent, read(at(given, parent) as object, names.at(-1) as string));
  }
  const value = given[path] as object;
  if ('data' in value) return replaced(given, path, read(value, 'dtype'));
  const ownKeys = (target: object) => {
    work();
    return Reflect.ownKeys(target);
  };
  const get = (target: object, name: string | symbol) => {
    work();
    return Reflect.get(target, name);
  };
  return replaced(given, path, new Proxy(value, { ownKeys, get }));
}

const taking = PUBLIC_FUNCTIONS.filter((row) => arraysOf(row).length > 0);

// Of a number nothing can be read that throws.
const reading = PUBLIC_FUNCTIONS.filter((row) => objectsOf(row).length > 0);

describe.each(reading.map((row) => [titleOf(row), row] as const))('%s', (_, row) => {
  let good: unknown;
  beforeAll(async () => {
    good = await row.call(row.given);
  });
  afterEach(async () => {
    expect(await row.call(row.given)).toStrictEqual(good);
  });

  test.each(objectsOf(row))('%s, whose getters throw: the error comes as it is', async (path) => {
    const mine = new Error('mine');
    const value = at(row.given, path) as object;
    const names = 'data' in value ? ['data', 'shape', 'dims', 'dtype', 'type'] : Object.keys(value);
    for (const name of names) {
      const throwing = Object.defineProperty({ ...value }, name, {
        enumerable: true,
        get() {
          throw mine;
        },
      });
      expect(await thrownBy(row, replaced(row.given, path, throwing))).toBe(mine);
    }
  });

  test.each(Object.keys(row.places))('%s is a Proxy without a target', async (path) => {
    for (const target of [{}, [], new Float32Array(2)]) {
      const { proxy, revoke } = Proxy.revocable<object>(target, {});
      revoke();
      const error = await thrownBy(row, replaced(row.given, path, proxy));
      expect(error).toBeInstanceOf(TypeError);
      // Where the language is asked what it is, the error is the language's.
      const { code } = error as { code?: string };
      if (isPSEError(error)) expect(['ERR_PSE_TYPE', 'ERR_PSE_OPTION']).toContain(code);
      else expect((error as Error).message).toMatch(/revoked/);
    }
  });
});

describe.each(taking.map((row) => [titleOf(row), row] as const))('%s', (_, row) => {
  let good: unknown;
  beforeAll(async () => {
    good = await row.call(row.given);
  });

  describe.each([
    [
      'detaches',
      (data: GoodArray['data']) => {
        const copy = data.slice();
        const { buffer } = copy;
        return {
          data: copy,
          spoil: () => {
            if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
          },
        };
      },
    ],
    [
      'shrinks',
      (data: GoodArray['data']) => {
        const Resizable = ArrayBuffer as unknown as new (
          length: number,
          options: object,
        ) => ArrayBuffer & { resize(length: number): void };
        const buffer = new Resizable(data.byteLength, { maxByteLength: data.byteLength });
        const copy = new (data.constructor as Uint8ArrayConstructor)(buffer, 0, data.length);
        copy.set(data);
        return { data: copy, spoil: () => buffer.resize(4) };
      },
    ],
  ])('%s an array on the way', (_name, prepare) => {
    test.each(
      arraysOf(row).flatMap((path) =>
        Object.keys(row.places).map((trigger) => [path, trigger] as const),
      ),
    )('%s, when %s is read', async (path, trigger) => {
      const array = at(row.given, path) as GoodArray;
      const { data, spoil } = prepare(array.data);
      const given = replaced(row.given, path, { ...array, data });
      const { length } = data;
      expect(await refusalOf(row, onReading({ given }, trigger, spoil))).toEqual({
        name: 'RangeError',
        code: 'ERR_PSE_SHAPE',
        message: `${row.name}: expected ${path}.data to be ${length} elements, as its shape [${array.shape.join(', ')}] says, got 0 elements (a detached buffer has no elements)`,
      });
      expect(await row.call(row.given)).toStrictEqual(good);
    });
  });

  test.each(arraysOf(row))('%s with properties of its own that lie', async (path) => {
    const array = at(row.given, path) as GoodArray;
    for (const length of [0, 1, 2 ** 40]) {
      class Liar extends (array.data.constructor as Uint8ArrayConstructor) {
        static get [Symbol.species](): never {
          throw new Error('asked for a class');
        }
      }
      const data = new Liar(array.data);
      const nothing = () => {
        throw new Error('called');
      };
      const lies = {
        ...{ length, byteLength: length, byteOffset: 1, buffer: new ArrayBuffer(1) },
        ...{ BYTES_PER_ELEMENT: 3, constructor: nothing, slice: nothing, subarray: nothing },
        ...{ [Symbol.toStringTag]: 'Int16Array', [Symbol.iterator]: nothing },
      };
      for (const name of Reflect.ownKeys(lies)) {
        Object.defineProperty(data, name, { value: lies[name as keyof typeof lies] });
      }
      const given = replaced(row.given, path, { ...array, data });
      expect(await row.call(given)).toStrictEqual(good);
    }
  });

  test.each(arraysOf(row))('%s whose shape is a Proxy with any length', async (path) => {
    const array = at(row.given, path) as GoodArray;
    for (const length of [0, -1, 1e9, 2 ** 53, Number.NaN, Infinity, '9', null, 1n, {}]) {
      const shape = new Proxy([...array.shape], {
        get: (target, name) => (name === 'length' ? length : Reflect.get(target, name)),
      });
      const error = await thrownBy(row, replaced(row.given, path, { ...array, shape }));
      if (isPSEError(error)) expect(error.code).toBe('ERR_PSE_SHAPE');
      else expect(error).toBeInstanceOf(TypeError);
    }
  });

  test.each(arraysOf(row))('%s whose sizes differ on each reading are read once', async (path) => {
    const array = at(row.given, path) as GoodArray;
    let reads = 0;
    const shape = new Proxy([...array.shape], {
      get: (target, name) => {
        if (name === '0' && ++reads > 1) return 2 ** 20;
        return Reflect.get(target, name);
      },
    });
    const given = replaced(row.given, path, { ...array, shape });
    expect(await row.call(given)).toStrictEqual(good);
    expect(reads).toBe(1);
  });
});
