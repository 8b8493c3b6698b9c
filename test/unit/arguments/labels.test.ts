// The three label arrays as they come in.
import { describe, expect, test } from '@jest/globals';
import { ARRAY_OF } from '../../../lib/arguments/dtype';
import { checkLabelElements, LABEL_DTYPES, readLabels } from '../../../lib/arguments/labels';
import { errorOf } from '../../support/error-of';

const CALL = 'compactLabels';
const GIVEN = {
  gtTexts: { data: new Uint8Array(6), shape: [1, 2, 3] },
  gtKernels: { data: new Float32Array(12), shape: [1, 2, 2, 3] },
  trainingMasks: { data: new Uint8Array(6), shape: [1, 2, 3], dtype: 'bool' },
};
const NAMES = ['gtTexts', 'gtKernels', 'trainingMasks'] as const;

describe('takes', () => {
  test('labels of several dtypes at once', () => {
    const { gtTexts, gtKernels, trainingMasks } = readLabels(CALL, GIVEN);
    expect([gtTexts.dtype, gtKernels.dtype, trainingMasks.dtype]).toEqual([
      'uint8',
      'float32',
      'bool',
    ]);
    expect(gtTexts.data).toBe(GIVEN.gtTexts.data);
  });

  test.each(LABEL_DTYPES)('every label in %s', (dtype) => {
    const array = (...shape: number[]) => ({ data: new ARRAY_OF[dtype](6), shape, dtype });
    const labels = {
      gtTexts: array(1, 2, 3),
      gtKernels: array(1, 1, 2, 3),
      trainingMasks: array(1, 2, 3),
    };
    expect(readLabels(CALL, labels)).toEqual(labels);
  });

  test('properties of a prototype, each once', () => {
    const reads: string[] = [];
    class Item {
      get gtTexts() {
        reads.push('gtTexts');
        return GIVEN.gtTexts;
      }
      get gtKernels() {
        reads.push('gtKernels');
        return GIVEN.gtKernels;
      }
      get trainingMasks() {
        reads.push('trainingMasks');
        return GIVEN.trainingMasks;
      }
    }
    readLabels(CALL, new Item());
    expect(reads).toEqual([...NAMES]);
  });
});

describe('refuses', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['labels', 'the string "labels"'],
    [[GIVEN.gtTexts], 'an array of 1 element'],
  ])('%p', (labels, got) => {
    expect(errorOf(() => readLabels(CALL, labels))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `compactLabels: expected labels to be an object { gtTexts, gtKernels, trainingMasks }, got ${got}`,
    });
  });

  test.each(NAMES)('labels without %s, saying what they have', (name) => {
    const others = NAMES.filter((other) => other !== name);
    expect(errorOf(() => readLabels(CALL, { ...GIVEN, [name]: undefined }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `compactLabels: expected labels.${name} to be an object { data, shape }, got nothing`,
    });
    const { [name]: _, ...rest } = GIVEN;
    expect(errorOf(() => readLabels(CALL, rest)).message).toBe(
      `compactLabels: expected labels.${name} to be an object { data, shape }, got nothing (labels has ${others.map((each) => `"${each}"`).join(', ')})`,
    );
  });

  test.each(NAMES)('halves in %s', (name) => {
    const halves = { ...GIVEN[name], data: new Uint16Array(6), dtype: 'float16' };
    expect(errorOf(() => readLabels(CALL, { ...GIVEN, [name]: halves }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_DTYPE',
      message: `compactLabels: expected labels.${name}.data to be a typed array of float32, float64, uint8, bool, int32, int64, got a Uint16Array of 6 elements`,
    });
  });

  test.each([
    ['gtTexts', '[N, H, W], 3'],
    ['gtKernels', '[N, Kg, H, W], 4'],
    ['trainingMasks', '[N, H, W], 3'],
  ])('%s of another rank', (name, axes) => {
    const flat = { data: new Uint8Array(6), shape: [6] };
    expect(errorOf(() => readLabels(CALL, { ...GIVEN, [name]: flat }))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message: `compactLabels: expected labels.${name}.shape to be ${axes} sizes of 0 or more, got [6]`,
    });
  });

  test('an array that the getter of a later one detaches', () => {
    const gtTexts = { data: new Uint8Array(6), shape: [1, 2, 3] };
    const labels = {
      ...GIVEN,
      gtTexts,
      trainingMasks: {
        ...GIVEN.trainingMasks,
        get shape() {
          structuredClone(gtTexts.data.buffer, { transfer: [gtTexts.data.buffer] });
          return [1, 2, 3];
        },
      },
    };
    expect(errorOf(() => readLabels(CALL, labels)).message).toBe(
      'compactLabels: expected labels.gtTexts.data to be 6 elements, as its shape [1, 2, 3] says, got 0 elements (a detached buffer has no elements)',
    );
  });

  test('an array that was detached since', () => {
    const data = new Uint8Array(6);
    const read = readLabels(CALL, { ...GIVEN, trainingMasks: { data, shape: [1, 2, 3] } });
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(errorOf(() => checkLabelElements(CALL, read)).message).toMatch(
      /^compactLabels: expected labels\.trainingMasks\.data to be 6 elements/,
    );
  });

  test('what a getter throws comes as it is', () => {
    const thrown = new Error('a getter of the user');
    const labels = {
      get gtTexts() {
        throw thrown;
      },
    };
    expect(() => readLabels(CALL, labels)).toThrow(thrown);
  });
});
