// The arguments of the stand-alone functions: three arrays of one shape, and memory for a result.
import type { NativeArray } from '../../binding.gyp';
import { type ArrayArgument, checkElements, readArray, sameShape } from '../arguments/array';
import { describeShape } from '../arguments/describe';
import type { DType } from '../arguments/dtype';
import { mismatch } from '../errors';
import { zeros } from '../tensor/zeros';

interface Given {
  readonly value: unknown;
  readonly dtypes: readonly DType[];
}

type Three = readonly [ArrayArgument, ArrayArgument, ArrayArgument];

/** Three arrays by name, the second and third of the shape of the first. */
export function readAlike(
  call: string,
  axes: readonly string[],
  given: Record<string, Given>,
): Three {
  const read = Object.entries(given).map(([name, { value, dtypes }]) => ({
    name,
    array: readArray(call, name, value, { dtypes, axes }),
  }));
  const [first, ...others] = read as [(typeof read)[0], ...typeof read];
  for (const { name, array } of others) {
    if (sameShape(array.shape, first.array.shape)) continue;
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: name,
      requirement: `${describeShape(first.array.shape)}, as ${first.name}`,
      got: describeShape(array.shape),
    });
  }
  return read.map(({ array }) => array) as unknown as Three;
}

/** After the last getter of the user's has run: any of them could have detached a buffer. */
export function checkAllElements(call: string, arrays: Record<string, ArrayArgument>): void {
  for (const [name, array] of Object.entries(arrays)) checkElements(call, name, array);
}

/** Memory for a result in the precision of an argument. */
export function resultOf(
  call: string,
  { dtype }: ArrayArgument,
  shape: readonly number[],
): NativeArray {
  return zeros(call, dtype === 'float64' ? 'float64' : 'float32', shape);
}
