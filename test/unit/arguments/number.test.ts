// Numbers that come in.
import { expect, test } from '@jest/globals';
import { type NumberRange, readNumber } from '../../../lib/arguments/number';
import { errorOf } from '../../support/error-of';

const read = (value: unknown, range?: NumberRange, hint?: string) =>
  readNumber('new PSELoss', 'options.alpha', value, range, hint);

test.each<[number, NumberRange]>([
  [0, {}],
  [-1e300, {}],
  [Number.MIN_VALUE, { min: 0, above: true }],
  [0, { min: 0, max: 1 }],
  [1, { min: 0, max: 1 }],
  [1, { min: 0, max: 1, above: true }],
  [2 ** 53 - 1, { integer: true }],
])('takes %p in the range %p', (value, range) => {
  expect(read(value, range)).toBe(value);
});

test.each<[unknown, NumberRange, string, string]>([
  [2, { min: 0, max: 1 }, 'a finite number from 0 to 1', 'the number 2'],
  [-Number.MIN_VALUE, { min: 0 }, 'a finite number of at least 0', 'the number -5e-324'],
  [0, { min: 0, above: true }, 'a finite number above 0', 'the number 0'],
  [-0, { min: 0, above: true }, 'a finite number above 0', 'the number -0'],
  [0, { min: 0, max: 1, above: true }, 'a finite number above 0 and up to 1', 'the number 0'],
  [3, { max: 2 }, 'a finite number of at most 2', 'the number 3'],
  [Number.NaN, {}, 'a finite number', 'the number NaN'],
  [Infinity, { min: 0 }, 'a finite number of at least 0', 'the number Infinity'],
  [-Infinity, { max: 0 }, 'a finite number of at most 0', 'the number -Infinity'],
  [1.5, { integer: true, min: 1 }, 'an integer of at least 1', 'the number 1.5'],
  [2 ** 53, { integer: true }, 'an integer', 'the number 9007199254740992'],
])('refuses %p in the range %p', (value, range, requirement, got) => {
  expect(errorOf(() => read(value, range))).toEqual({
    name: 'RangeError',
    code: 'ERR_PSE_RANGE',
    message: `new PSELoss: expected options.alpha to be ${requirement}, got ${got}`,
  });
});

test.each([
  ['0.7', 'the string "0.7"'],
  [1n, 'the bigint 1n'],
  [null, 'null'],
  [undefined, 'nothing'],
  [true, 'true'],
  [new Number(1), 'an object'],
  [[1], 'an array of 1 element'],
])('refuses %p, which is no number', (value, got) => {
  expect(errorOf(() => read(value, { min: 0, max: 1 }))).toEqual({
    name: 'TypeError',
    code: 'ERR_PSE_TYPE',
    message: `new PSELoss: expected options.alpha to be a finite number from 0 to 1, got ${got}`,
  });
});

test('passes a hint on', () => {
  expect(errorOf(() => read(2, { max: 1 }, 'a share of the whole')).message).toMatch(
    / \(a share of the whole\)$/,
  );
  expect(errorOf(() => read('2', { max: 1 }, 'a share of the whole')).message).toMatch(
    / \(a share of the whole\)$/,
  );
});
