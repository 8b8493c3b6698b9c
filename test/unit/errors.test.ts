// The codes and the one shape of messages.
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { ERRORS, isPSEError, mismatch, pseError } from '../../lib/errors';

const CLASSES = [
  ['ERR_PSE_TYPE', TypeError],
  ['ERR_PSE_DTYPE', TypeError],
  ['ERR_PSE_OPTION', TypeError],
  ['ERR_PSE_SHAPE', RangeError],
  ['ERR_PSE_RANGE', RangeError],
  ['ERR_PSE_DEVICE', RangeError],
  ['ERR_PSE_VALUE', RangeError],
  ['ERR_PSE_LIBTORCH_NOT_FOUND', Error],
  ['ERR_PSE_LIBTORCH_VERSION', Error],
  ['ERR_PSE_NOT_BUILT', Error],
  ['ERR_PSE_CONFLICT', Error],
  ['ERR_PSE_CUDA_UNAVAILABLE', Error],
  ['ERR_PSE_CUDA', Error],
  ['ERR_PSE_OUT_OF_MEMORY', Error],
  ['ERR_PSE_FORMAT', Error],
  ['ERR_PSE_QUEUE_FULL', Error],
  ['ERR_PSE_DISPOSED', Error],
  ['ERR_PSE_ABORTED', Error],
  ['ERR_PSE_INTERNAL', Error],
] as const;

test('no code is without a class here', () => {
  expect(CLASSES.map(([code]) => code).sort()).toEqual(Object.keys(ERRORS).sort());
});

describe('pseError', () => {
  test.each(CLASSES)('%s is a %p with its code and text', (code, expected) => {
    const error = pseError(code, 'words');
    expect(Object.getPrototypeOf(error)).toBe(expected.prototype);
    expect(error.code).toBe(code);
    expect(error.message).toBe('words');
    expect(isPSEError(error)).toBe(true);
  });

  test('keeps what went wrong underneath as its cause', () => {
    const cause = new Error('dlopen failed');
    expect(pseError('ERR_PSE_INTERNAL', 'words', cause).cause).toBe(cause);
  });

  test('has no cause where none is given', () => {
    expect('cause' in pseError('ERR_PSE_INTERNAL', 'words')).toBe(false);
  });

  test('shows its code where Node prints it', () => {
    expect(Object.keys(pseError('ERR_PSE_TYPE', 'words'))).toEqual(['code']);
  });
});

describe('mismatch', () => {
  const what = {
    call: 'PSELoss.forwardSync',
    argument: 'maps',
    requirement: 'a float32 array',
    got: 'null',
  };

  test('says who, expected what, got what', () => {
    const error = mismatch('ERR_PSE_TYPE', what);
    expect(error.message).toBe(
      'PSELoss.forwardSync: expected maps to be a float32 array, got null',
    );
    expect(error.code).toBe('ERR_PSE_TYPE');
    expect(error).toBeInstanceOf(TypeError);
  });

  test('ends with the way out, in brackets', () => {
    const error = mismatch('ERR_PSE_SHAPE', { ...what, hint: 'transpose it' });
    expect(error.message).toBe(
      'PSELoss.forwardSync: expected maps to be a float32 array, got null (transpose it)',
    );
    expect(error).toBeInstanceOf(RangeError);
  });
});

describe('isPSEError', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'ERR_PSE_TYPE'],
    ['a function', Object.assign(() => {}, { code: 'ERR_PSE_TYPE' })],
    ['an error without a code', new Error('words')],
    ["an error with another's code", Object.assign(new Error('words'), { code: 'ENOENT' })],
    ['an error with a number as code', Object.assign(new Error('words'), { code: 1 })],
    ['a code of Object.prototype', Object.assign(new Error('words'), { code: 'toString' })],
  ])('is false for %s', (_name, value) => {
    expect(isPSEError(value)).toBe(false);
  });

  test('knows an error of another realm, where instanceof does not', () => {
    const error = vm.runInNewContext(
      "Object.assign(new RangeError('words'), { code: 'ERR_PSE_SHAPE' })",
    );
    expect(error instanceof RangeError).toBe(false);
    expect(isPSEError(error)).toBe(true);
  });
});
