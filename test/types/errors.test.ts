// What isPSEError() tells the compiler. Types are held by `npm run check:static`; Jest runs the same lines.
import { expect, test } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { isPSEError, type PSEErrorCode } from 'pse-loss';

test('isPSEError narrows what was caught to an error with a code', () => {
  const caught: unknown = new Error('words');
  if (isPSEError(caught)) {
    expectTypeOf(caught).toExtend<Error>();
    expectTypeOf(caught.code).toEqualTypeOf<PSEErrorCode>();
  } else {
    expectTypeOf(caught).toBeUnknown();
  }
  expect(isPSEError(caught)).toBe(false);
});

test('codes are a closed list, so that a switch over them can be complete', () => {
  expectTypeOf<'ERR_PSE_SHAPE'>().toExtend<PSEErrorCode>();
  expectTypeOf<'ERR_PSE_TYPO'>().not.toExtend<PSEErrorCode>();
  expectTypeOf<string>().not.toExtend<PSEErrorCode>();
  expect(true).toBe(true);
});
