// In which words a loss refuses arguments: every public one meets every kind of mistake. What a single check takes and
// refuses is tried in test/unit/arguments.
import { describe, expect, test } from '@jest/globals';
import { type LabelArrays, PSELoss } from 'pse-loss';
import { errorOf } from '../support/error-of';
import { ARGUMENTS, type Argument, CALLS, callOn, callWith, GIVEN, LABELS, MAPS } from './call';

const AXES = {
  maps: '[N, C, h, w]',
  gtTexts: '[N, H, W]',
  gtKernels: '[N, Kg, H, W]',
  trainingMasks: '[N, H, W]',
};
const nameOf = (argument: Argument) => (argument === 'maps' ? argument : `labels.${argument}`);
const dtypesOf = (argument: Argument) =>
  argument === 'maps' ? 'float32, float64' : 'float32, uint8';

/** How to get an array of a dtype that is taken. */
const MAKE = '(Float32Array.from(data) makes one)';

describe('errors', () => {
  describe.each(CALLS)('%s', (call) => {
    describe.each(ARGUMENTS)('%s', (argument) => {
      const { data, shape } = GIVEN[argument];
      const name = nameOf(argument);
      const length = data.length;
      const refused = (value: unknown) => errorOf(() => callWith({ [argument]: value }, call));
      const message = (what: string) => `PSELoss.${call}: expected ${name}${what}`;

      test.each([
        [undefined, 'nothing'],
        [null, 'null'],
        ['maps', 'the string "maps"'],
        [7, 'the number 7'],
        [[1, 2], 'an array of 2 elements'],
        [() => data, 'a function'],
      ])('%p is no array', (value, got) => {
        expect(refused(value)).toEqual({
          name: 'TypeError',
          code: 'ERR_PSE_TYPE',
          message: message(` to be an object { data, shape }, got ${got}`),
        });
      });

      test('a typed array alone has no shape', () => {
        const article = data.constructor.name;
        expect(refused(data)).toEqual({
          name: 'TypeError',
          code: 'ERR_PSE_TYPE',
          message: message(
            ` to be an object { data, shape }, got a ${article} of ${length} elements (pass { data, shape: ${AXES[argument]} })`,
          ),
        });
      });

      test.each([
        ['nothing', undefined, 'nothing'],
        ['numbers', [0, 1], 'an array of 2 elements (Float32Array.from(data) makes one)'],
        ['a buffer', new ArrayBuffer(8), 'a bare ArrayBuffer'],
        ['a Proxy', new Proxy(data, {}), 'a Proxy'],
      ])('%s in place of a typed array', (_, value, got) => {
        expect(refused({ data: value, shape })).toEqual({
          name: 'TypeError',
          code: 'ERR_PSE_TYPE',
          message: message(`.data to be a typed array of ${dtypesOf(argument)}, got ${got}`),
        });
      });

      test.each([
        ['int16', new Int16Array(length), `an Int16Array of ${length} elements ${MAKE}`],
        [
          'clamped',
          new Uint8ClampedArray(length),
          `a Uint8ClampedArray of ${length} elements ${MAKE}`,
        ],
        ['uint64', new BigUint64Array(length), `a BigUint64Array of ${length} elements`],
        ['untyped', new DataView(new ArrayBuffer(length)), 'a DataView'],
        argument === 'maps'
          ? ['uint8', new Uint8Array(length), `a Uint8Array of ${length} elements ${MAKE}`]
          : ['float64', new Float64Array(length), `a Float64Array of ${length} elements ${MAKE}`],
      ])('%s elements', (_, value, got) => {
        expect(refused({ data: value, shape })).toEqual({
          name: 'TypeError',
          code: 'ERR_PSE_DTYPE',
          message: message(`.data to be a typed array of ${dtypesOf(argument)}, got ${got}`),
        });
      });

      test('a dtype that is not that of the data', () => {
        const actual = argument === 'maps' ? 'float32' : 'uint8';
        expect(refused({ data, shape, dtype: 'int32' })).toEqual({
          name: 'TypeError',
          code: 'ERR_PSE_DTYPE',
          message: message(`.dtype to be '${actual}', as its data says, got "int32"`),
        });
      });

      test.each([
        [undefined, 'nothing'],
        ['2,3', 'the string "2,3"'],
        [Int32Array.from(shape), `an Int32Array of ${shape.length} elements`],
      ])('a shape %p that is no array', (value, got) => {
        expect(refused({ data, shape: value })).toEqual({
          name: 'TypeError',
          code: 'ERR_PSE_TYPE',
          message: message(`.shape to be an array ${AXES[argument]}, got ${got}`),
        });
      });

      test.each([
        [
          'of a lower rank',
          shape.slice(1),
          ` (a batch of one is [1, ${shape.slice(1).join(', ')}])`,
        ],
        ['of a higher rank', [1, ...shape], ' (leave out an axis of size 1)'],
        ['of a rank that is higher by two', [2, 1, ...shape], ''],
        ['with a negative size', shape.map((size) => -size), ''],
        ['with a broken size', shape.map((size) => size / 5), ''],
        ['with a size beyond all integers', shape.map(() => 2 ** 60), ''],
      ])('a shape %s', (_, value, hint) => {
        expect(refused({ data, shape: value })).toEqual({
          name: 'RangeError',
          code: 'ERR_PSE_SHAPE',
          message: message(
            `.shape to be ${AXES[argument]}, ${shape.length} sizes of 0 or more, got [${value.join(', ')}]${hint}`,
          ),
        });
      });

      test.each([
        ['fewer', data.slice(1), length - 1],
        ['more', Float32Array.of(...data, 0), length + 1],
      ])('%s elements than the shape says', (_, value, got) => {
        expect(refused({ data: value, shape })).toEqual({
          name: 'RangeError',
          code: 'ERR_PSE_SHAPE',
          message: message(
            `.data to be ${length} elements, as its shape [${shape.join(', ')}] says, got ${got} elements`,
          ),
        });
      });

      test('a detached buffer', () => {
        const gone = data.slice();
        structuredClone(gone.buffer, { transfer: [gone.buffer as ArrayBuffer] });
        expect(refused({ data: gone, shape })).toEqual({
          name: 'RangeError',
          code: 'ERR_PSE_SHAPE',
          message: message(
            `.data to be ${length} elements, as its shape [${shape.join(', ')}] says, got 0 elements (a detached buffer has no elements)`,
          ),
        });
      });

      test.each(['data', 'shape', 'dtype'])(
        'a getter of %s that throws: its error comes as it is',
        (property) => {
          const thrown = new Error(`from ${property}`);
          const value = Object.defineProperty({ data, shape }, property, {
            get: () => {
              throw thrown;
            },
          });
          expect(() => callWith({ [argument]: value }, call)).toThrow(thrown);
        },
      );
    });

    test.each([
      ['nothing', undefined],
      ['null', null],
      ['an array of 3 elements', Object.values(LABELS)],
      ['the string "labels"', 'labels'],
      ['a function', () => LABELS],
    ])('labels that are %s', (got, value) => {
      expect(errorOf(() => callOn(GIVEN.maps, value, call))).toEqual({
        name: 'TypeError',
        code: 'ERR_PSE_TYPE',
        message: `PSELoss.${call}: expected labels to be an object { gtTexts, gtKernels, trainingMasks }, got ${got}`,
      });
    });

    test('labels in Python’s words, saying which came', () => {
      const { gtTexts: gt_texts, gtKernels: gt_kernels } = LABELS;
      expect(errorOf(() => callOn(GIVEN.maps, { gt_texts, gt_kernels }, call))).toEqual({
        name: 'TypeError',
        code: 'ERR_PSE_TYPE',
        message: `PSELoss.${call}: expected labels.gtTexts to be an object { data, shape }, got nothing (labels has "gt_texts", "gt_kernels")`,
      });
    });

    test('maps with their channels last', () => {
      const maps = { data: MAPS.data, shape: [2, 2, 3, 4] };
      expect(errorOf(() => callOn(maps, LABELS, call)).message).toBe(
        `PSELoss.${call}: expected labels.gtTexts to be [2, s·3, s·4] with one integer s ≥ 1, got [2, 8, 12] (maps look like [N, h, w, C]; their channels come second, [N, C, h, w])`,
      );
    });

    const factor =
      '[2, s·2, s·3] with one integer s ≥ 1, got %s (maps of 2×3 fit labels of 8×12 at s = 4)';
    const kernels = '[2, Kg, 8, 12] with Kg ≥ 3, got %s (maps of 4 channels have 3 kernels)';
    const channels =
      '[N, C, h, w] with C ≥ 2, got %s (channel 0 is the text map, the rest are kernels)';
    test.each<[Argument, number[], string]>([
      ['maps', [2, 1, 2, 3], channels],
      ['maps', [2, 0, 2, 3], channels],
      ['maps', [2, 4, 0, 3], '[N, C, h, w] with pixels, got %s'],
      ['gtTexts', [1, 8, 12], '[2, H, W], as maps has N = 2, got %s'],
      ['gtTexts', [2, 0, 0], factor],
      ['gtTexts', [2, 12, 8], factor],
      ['gtTexts', [2, 7, 12], factor],
      ['gtTexts', [2, 1, 1], factor],
      ['trainingMasks', [2, 2, 3], '[2, 8, 12], as labels.gtTexts, got %s'],
      ['trainingMasks', [1, 8, 12], '[2, 8, 12], as labels.gtTexts, got %s'],
      ['gtKernels', [2, 2, 8, 12], kernels],
      ['gtKernels', [2, 3, 2, 3], kernels],
      ['gtKernels', [3, 3, 8, 12], kernels],
    ])('%s of shape %p, which do not fit', (argument, shape, words) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      const got = `[${shape.join(', ')}]`;
      expect(errorOf(() => callWith({ [argument]: { data, shape } }, call))).toEqual({
        name: 'RangeError',
        code: 'ERR_PSE_SHAPE',
        message: `PSELoss.${call}: expected ${nameOf(argument)} to be ${words.replace('%s', got)}`,
      });
    });

    test('a getter of a label that throws: its error comes as it is', () => {
      const thrown = new Error('from the getter');
      const labels = {
        ...LABELS,
        get gtKernels(): never {
          throw thrown;
        },
      };
      expect(() => callOn(GIVEN.maps, labels, call)).toThrow(thrown);
    });

    test('a revoked Proxy: a TypeError of the language', () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      for (const work of [() => callOn(proxy, {}, call), () => callOn(GIVEN.maps, proxy, call)]) {
        expect(work).toThrow(/proxy that has been revoked/);
      }
    });

    test('a buffer that a later getter detaches: nothing is read from it', () => {
      const maps = { data: GIVEN.maps.data.slice(), shape: GIVEN.maps.shape };
      const labels = {
        ...LABELS,
        get trainingMasks() {
          structuredClone(maps.data.buffer, { transfer: [maps.data.buffer as ArrayBuffer] });
          return LABELS.trainingMasks;
        },
      };
      expect(errorOf(() => callOn(maps, labels, call))).toEqual({
        name: 'RangeError',
        code: 'ERR_PSE_SHAPE',
        message: `PSELoss.${call}: expected maps.data to be ${MAPS.data.length} elements, as its shape [${MAPS.shape.join(', ')}] says, got 0 elements (a detached buffer has no elements)`,
      });
    });
  });

  test('a loss goes on after a refused call', () => {
    const loss = new PSELoss();
    const before = loss.forwardSync(GIVEN.maps, LABELS);
    expect(() => loss.forwardSync(GIVEN.maps, {} as LabelArrays)).toThrow(TypeError);
    expect(loss.forwardSync(GIVEN.maps, LABELS)).toStrictEqual(before);
  });

  test('maps are looked at first, then labels in their order, then whether they fit', () => {
    const wrong = { data: null, shape: null };
    const argumentOf = (work: () => unknown) =>
      errorOf(work).message.match(/expected (\S+) to/)?.[1];
    expect(argumentOf(() => callOn(wrong, null))).toBe('maps.data');
    expect(argumentOf(() => callOn(GIVEN.maps, { gtTexts: wrong }))).toBe('labels.gtTexts.data');
    expect(argumentOf(() => callWith({ gtKernels: wrong, trainingMasks: wrong }))).toBe(
      'labels.gtKernels.data',
    );
    const misfit = { data: new Uint8Array(1), shape: [1, 1, 1] };
    expect(argumentOf(() => callWith({ gtTexts: misfit, trainingMasks: wrong }))).toBe(
      'labels.trainingMasks.data',
    );
  });
});
