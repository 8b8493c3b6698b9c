// Arrays that a user hands over: elements of an allowed dtype and a shape that fits them.
import { types } from 'node:util';
import { mismatch } from '../errors';
import { count, describe, describeShape, LONGEST_SHAPE, quote } from './describe';
import { ARRAY_OF, type DType, dtypeOf, elementCount, type TypedArray } from './dtype';

/** What an array argument may be. */
export interface ArrayRequirement {
  readonly dtypes: readonly DType[];
  /** names of the axes, in order: its length is the rank */
  readonly axes: readonly string[];
}

/** An array argument that was checked: `data` holds exactly the elements of `shape`. */
export interface ArrayArgument {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Takes `{ data, shape, dtype? }`, or throws ERR_PSE_TYPE, ERR_PSE_DTYPE or ERR_PSE_SHAPE. */
export function readArray(
  call: string,
  argument: string,
  value: unknown,
  requirement: ArrayRequirement,
): ArrayArgument {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'an object { data, shape }',
      got: describe(value),
    });
  }
  if (ArrayBuffer.isView(value)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'an object { data, shape }',
      got: describe(value),
      hint: `pass { data, shape: [${requirement.axes.join(', ')}] }`,
    });
  }
  // Each property is read once: what was checked is what is used.
  const given = value as { data?: unknown; shape?: unknown; dtype?: unknown };
  const { data, shape, dtype } = given;
  const readDtype = readDType(call, argument, data, dtype, requirement.dtypes);
  const readShape = readSizes(call, argument, shape, requirement.axes);
  const read = { data: data as TypedArray, shape: readShape, dtype: readDtype };
  checkElements(call, argument, read);
  return read;
}

/**
 * Throws ERR_PSE_SHAPE unless an array has the elements that its shape says. To be asked once more after the last
 * getter of the user's has run: any of them could have detached a buffer.
 */
export function checkElements(call: string, argument: string, { data, shape }: ArrayArgument) {
  const numel = shape.reduce((product, size) => product * size, 1);
  const length = elementCount(data);
  if (length === numel) return;
  throw mismatch('ERR_PSE_SHAPE', {
    call,
    argument: `${argument}.data`,
    requirement: `${count(numel, 'element')}, as its shape ${describeShape(shape)} says`,
    got: count(length, 'element'),
    hint: length === 0 ? 'a detached buffer has no elements' : undefined,
  });
}

/** How numbers in another kind of array become one that is allowed. */
function conversionHint(data: unknown, allowed: readonly DType[]): string | undefined {
  const isTyped = types.isTypedArray(data);
  const isBig = types.isBigInt64Array(data) || types.isBigUint64Array(data);
  if (isBig || !(isTyped || Array.isArray(data))) return undefined;
  return `${ARRAY_OF[allowed[0] as DType].name}.from(data) makes one`;
}

/** The axis of the batch that was forgotten, or one that PyTorch code likes to have and nobody needs. */
function rankHint(sizes: readonly number[], axes: readonly string[]): string | undefined {
  if (sizes.length === axes.length - 1) return `a batch of one is ${describeShape([1, ...sizes])}`;
  if (sizes.length === axes.length + 1 && sizes.includes(1)) return 'leave out an axis of size 1';
  return undefined;
}

function readDType(
  call: string,
  argument: string,
  data: unknown,
  dtype: unknown,
  allowed: readonly DType[],
): DType {
  const requirement = `a typed array of ${allowed.join(', ')}`;
  if (!ArrayBuffer.isView(data)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument: `${argument}.data`,
      requirement,
      got: describe(data),
      hint: conversionHint(data, allowed),
    });
  }
  const actual = dtypeOf(data);
  if (actual === undefined || !allowed.includes(actual)) {
    throw mismatch('ERR_PSE_DTYPE', {
      call,
      argument: `${argument}.data`,
      requirement,
      got: describe(data),
      hint: conversionHint(data, allowed),
    });
  }
  if (dtype !== undefined && dtype !== actual) {
    throw mismatch('ERR_PSE_DTYPE', {
      call,
      argument: `${argument}.dtype`,
      requirement: `'${actual}', as its data says`,
      got: typeof dtype === 'string' ? quote(dtype) : describe(dtype),
    });
  }
  return actual;
}

function readSizes(
  call: string,
  argument: string,
  shape: unknown,
  axes: readonly string[],
): readonly number[] {
  const requirement = `[${axes.join(', ')}]`;
  if (!Array.isArray(shape)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument: `${argument}.shape`,
      requirement: `an array ${requirement}`,
      got: describe(shape),
    });
  }
  // Copied, so that what was checked is what is used; no further than a message needs it, for its length may be anything.
  const length = Math.min(shape.length, LONGEST_SHAPE + 1);
  const sizes: readonly unknown[] = Array.from({ length }, (_, axis) => shape[axis]);
  const good = sizes.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
  if (sizes.length !== axes.length || !good) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: `${argument}.shape`,
      requirement: `${requirement}, ${count(axes.length, 'size')} of 0 or more`,
      got: describeShape(sizes),
      hint: good ? rankHint(sizes as number[], axes) : undefined,
    });
  }
  // Also where one of them is 0 and there is no element: strides are made of the others.
  const extent = (sizes as number[]).reduce((product, size) => product * (size || 1), 1);
  if (!Number.isSafeInteger(extent)) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: `${argument}.shape`,
      requirement: `${requirement} with a product below 2^53`,
      got: describeShape(sizes),
    });
  }
  return Object.freeze(sizes as number[]);
}
