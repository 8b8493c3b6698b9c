// Words and options objects that come in, and the spelling that was meant.
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { readBoolean, readChoice, readOptions } from '../../../lib/arguments/choice';
import { errorOf } from '../../support/error-of';

describe('readChoice', () => {
  const CHOICES = ['none', 'mean', 'sum'] as const;
  const read = (value: unknown, choices: readonly string[] = CHOICES) =>
    readChoice('new PSELoss', 'options.reduction', value, choices);

  test.each(CHOICES)('takes %s', (word) => {
    expect(read(word)).toBe(word);
  });

  test.each([
    ['means', " (did you mean 'mean'?)"],
    ['MEAN', " (did you mean 'mean'?)"],
    ['su_m', " (did you mean 'sum'?)"],
    ['average', ''],
    ['', ''],
    ['s', ''],
    ['toString', ''],
    ['__proto__', ''],
  ])('refuses the word %p', (word, hint) => {
    expect(errorOf(() => read(word))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_OPTION',
      message: `new PSELoss: expected options.reduction to be 'none', 'mean' or 'sum', got the string "${word}"${hint}`,
    });
  });

  test.each([
    [undefined, 'nothing'],
    [1, 'the number 1'],
    [new String('sum'), 'an object'],
    [['sum'], 'an array of 1 element'],
  ])('refuses %p, which is no word', (value, got) => {
    expect(errorOf(() => read(value))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `new PSELoss: expected options.reduction to be 'none', 'mean' or 'sum', got ${got}`,
    });
  });

  test('lists one and two words as people do', () => {
    expect(errorOf(() => read('x', ['one'])).message).toContain("to be 'one', got");
    expect(errorOf(() => read('x', ['one', 'two'])).message).toContain("to be 'one' or 'two', got");
  });

  test('looks for no meaning in very long text', () => {
    const start = performance.now();
    const { message } = errorOf(() => read('x'.repeat(1_000_000)));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(message).not.toContain('did you mean');
    expect(message.length).toBeLessThan(200);
  });
});

describe('readBoolean', () => {
  test('takes true and false', () => {
    expect(readBoolean('f', 'x', true)).toBe(true);
    expect(readBoolean('f', 'x', false)).toBe(false);
  });

  test.each([
    [1, 'the number 1'],
    ['true', 'the string "true"'],
    [undefined, 'nothing'],
    [new Boolean(true), 'an object'],
  ])('refuses %p', (value, got) => {
    expect(errorOf(() => readBoolean('f', 'x', value))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `f: expected x to be true or false, got ${got}`,
    });
  });
});

describe('readOptions', () => {
  const KEYS = ['alpha', 'ohemRatio', 'kernelSampleMask'] as const;
  const read = (value: unknown) => readOptions('new PSELoss', 'options', value, KEYS);

  test('takes known options and leaves out those that are undefined', () => {
    expect({ ...read({ alpha: 0.5, ohemRatio: undefined }) }).toEqual({ alpha: 0.5 });
  });

  test('takes no options at all', () => {
    expect(Object.keys(read(undefined))).toEqual([]);
    expect(Object.keys(read({}))).toEqual([]);
  });

  test('takes objects without a prototype, frozen ones and those of another realm', () => {
    for (const given of [
      Object.assign(Object.create(null), { alpha: 0.5 }),
      Object.freeze({ alpha: 0.5 }),
      vm.runInNewContext('({ alpha: 0.5 })'),
    ]) {
      expect({ ...read(given) }).toEqual({ alpha: 0.5 });
    }
  });

  test('has no prototype from which an option could come', () => {
    expect(Object.getPrototypeOf(read({}))).toBe(null);
  });

  test('runs each getter once', () => {
    let reads = 0;
    const read1 = read({
      get alpha() {
        reads += 1;
        return 0.5;
      },
    });
    expect([read1.alpha, read1.alpha, reads]).toEqual([0.5, 0.5, 1]);
  });

  test.each([
    [null, 'null'],
    ['mmocr', 'the string "mmocr"'],
    [0.7, 'the number 0.7'],
    [[], 'an array of 0 elements'],
    [new Map([['alpha', 1]]), 'a Map'],
    [new Set(), 'a Set'],
    [new Uint8Array(2), 'a Uint8Array of 2 elements'],
    [() => {}, 'a function'],
  ])('refuses %p', (value, got) => {
    expect(errorOf(() => read(value))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `new PSELoss: expected options to be an object, got ${got}`,
    });
  });

  test.each([
    ['ohem_ratio', "did you mean 'ohemRatio'?"],
    ['OhemRatio', "did you mean 'ohemRatio'?"],
    ['ohemRation', "did you mean 'ohemRatio'?"],
    ['kernel_sample_mask', "did you mean 'kernelSampleMask'?"],
    ['alhpa', "did you mean 'alpha'?"],
    ['temperature', 'known are alpha, ohemRatio, kernelSampleMask'],
    ['constructor', 'known are alpha, ohemRatio, kernelSampleMask'],
    ['', 'known are alpha, ohemRatio, kernelSampleMask'],
  ])('refuses the unknown option %p', (name, hint) => {
    expect(errorOf(() => read({ [name]: 1 }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_OPTION',
      message: `new PSELoss: expected options to be an object with known options only, got the option "${name}" (${hint})`,
    });
  });

  test('refuses an unknown option even where it is undefined', () => {
    expect(errorOf(() => read({ beta: undefined })).code).toBe('ERR_PSE_OPTION');
  });

  test('refuses an own __proto__ out of JSON', () => {
    expect(errorOf(() => read(JSON.parse('{ "__proto__": { "alpha": 2 } }'))).code).toBe(
      'ERR_PSE_OPTION',
    );
  });
});
