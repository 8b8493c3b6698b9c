// The tests of a row: each cell is refused with its code and its whole message, and a good call works as before.
import { types } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { isPSEError } from 'pse-loss';
import type { PublicFunction } from './public-function';
import { cellsOf, replaced } from './table';

const CLASSES: Readonly<Record<string, string>> = {
  ERR_PSE_TYPE: 'TypeError',
  ERR_PSE_DTYPE: 'TypeError',
  ERR_PSE_OPTION: 'TypeError',
  ERR_PSE_SHAPE: 'RangeError',
  ERR_PSE_RANGE: 'RangeError',
  ERR_PSE_VALUE: 'RangeError',
};

export const titleOf = ({ name, variant }: PublicFunction) =>
  variant === undefined ? name : `${name}, ${variant}`;

export function testRefusals(row: PublicFunction): void {
  describe(titleOf(row), () => {
    let good: unknown;
    beforeAll(async () => {
      good = await row.call(row.given);
    });

    for (const path of Object.keys(row.places)) {
      const rows = cellsOf(row, path).map((cell, i) => ({ ...cell, i }));
      test.each(rows)(`${path}, $mistake ($i): $tail`, async ({ value, code, tail }) => {
        expect(await refusalOf(row, replaced(row.given, path, value))).toEqual({
          name: CLASSES[code],
          code,
          message: `${row.name}: expected ${tail}`,
        });
        expect(await row.call(row.given)).toStrictEqual(good);
      });
    }
  });
}

/** What a call is refused with. One that promises never throws on the way. */
export async function refusalOf(
  row: PublicFunction,
  given: PublicFunction['given'],
): Promise<{ name: string; code: string; message: string }> {
  const error = await thrownBy(row, given);
  if (!isPSEError(error)) throw error;
  return { name: error.name, code: error.code, message: error.message };
}

/** The same of errors that are not ours. */
export async function thrownBy(
  { call, promises = false }: PublicFunction,
  given: PublicFunction['given'],
): Promise<unknown> {
  let result: unknown;
  try {
    result = call(given);
  } catch (error) {
    if (promises) throw new Error('thrown, and not a promise rejected', { cause: error });
    return error;
  }
  if (!types.isPromise(result)) throw new Error('nothing was thrown');
  return result.then(
    () => {
      throw new Error('the promise was resolved');
    },
    (error) => error,
  );
}
