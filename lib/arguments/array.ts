// Arrays that a user hands over: elements of an allowed dtype and a shape that fits them.
import { types } from 'node:util';
import { mismatch } from '../errors';
import { count, describe, describeShape, either, LONGEST_SHAPE, quote } from './describe';
import {
  ARRAY_OF,
  countOf,
  type DType,
  type ElementToArray,
  type ElementType,
  elementCount,
  elementTypesOf,
} from './dtype';

/** What an array argument may be. */
export interface ArrayRequirement<E extends ElementType = DType> {
  readonly dtypes: readonly E[];
  /** names of the axes, in order: its length is the rank; where the last is '…', any number of axes may follow */
  readonly axes: readonly string[];
}

/** What the checks of sizes look at. */
export interface Sized {
  readonly shape: readonly number[];
}

/** An array argument that was checked: `data` holds exactly the elements of `shape`. */
export interface ArrayArgument<E extends ElementType = DType> {
  readonly data: ElementToArray[E];
  readonly shape: readonly number[];
  readonly dtype: E;
}

/**
 * Takes `{ data, shape, dtype? }`, or the same with `dims` and `type` as onnxruntime's tensors have it, or throws
 * ERR_PSE_TYPE, ERR_PSE_DTYPE or ERR_PSE_SHAPE.
 */
export function readArray<const E extends ElementType>(
  call: string,
  argument: string,
  value: unknown,
  requirement: ArrayRequirement<E>,
): ArrayArgument<E> {
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
  // Each property is read once, wherever it is inherited from: what was checked is what is used.
  const given = value as { readonly [name in 'data' | Spelling]?: unknown };
  const { data, shape, dims, dtype, type } = given;
  const readDtype = readDType(call, argument, data, { dtype, type }, requirement.dtypes);
  const readShape = readSizes(call, argument, { shape, dims }, requirement.axes);
  const read = { data: data as ElementToArray[E], shape: readShape, dtype: readDtype };
  checkElements(call, argument, read);
  return read;
}

/**
 * Throws ERR_PSE_SHAPE unless an array has the elements that its shape says. To be asked once more after the last
 * getter of the user's has run: any of them could have detached a buffer.
 */
export function checkElements(
  call: string,
  argument: string,
  { data, shape }: Pick<ArrayArgument<ElementType>, 'data' | 'shape'>,
) {
  const numel = countOf(shape);
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

/** Our words, and onnxruntime's for the same. */
type Spelling = 'shape' | 'dims' | 'dtype' | 'type';

/** How numbers in another kind of array become one that is allowed. */
function conversionHint(data: unknown, allowed: readonly ElementType[]): string | undefined {
  const isTyped = types.isTypedArray(data);
  const isBig = types.isBigInt64Array(data) || types.isBigUint64Array(data);
  if (isBig || !(isTyped || Array.isArray(data))) return undefined;
  const plain = allowed.find((dtype) => !isHalf(dtype));
  return plain && `${ARRAY_OF[plain].name}.from(data) makes one`;
}

/** Of halves an array holds the bits, and not the numbers. */
function isHalf(dtype: unknown): boolean {
  return dtype === 'float16' || dtype === 'bfloat16';
}

/** The axis of the batch that was forgotten, or one that PyTorch code likes to have and nobody needs. */
function rankHint(sizes: readonly number[], axes: readonly string[]): string | undefined {
  if (sizes.length === axes.length - 1) return `a batch of one is ${describeShape([1, ...sizes])}`;
  if (sizes.length === axes.length + 1 && sizes.includes(1)) return 'leave out an axis of size 1';
  return undefined;
}

function readDType<E extends ElementType>(
  call: string,
  argument: string,
  data: unknown,
  { dtype, type }: { readonly dtype: unknown; readonly type: unknown },
  allowed: readonly E[],
): E {
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
  const carried = elementTypesOf(data);
  const possible = allowed.filter((each) => carried.includes(each));
  if (possible.length === 0) {
    throw mismatch('ERR_PSE_DTYPE', {
      call,
      argument: `${argument}.data`,
      requirement,
      got: describe(data),
      hint: isHalf(dtype) || isHalf(type) ? undefined : conversionHint(data, allowed),
    });
  }
  const name = (value: unknown) => (typeof value === 'string' ? quote(value) : describe(value));
  if (dtype !== undefined && type !== undefined && dtype !== type) {
    throw mismatch('ERR_PSE_DTYPE', {
      call,
      argument: `${argument}.dtype and ${argument}.type`,
      requirement: 'the same',
      got: `${name(dtype)} and ${name(type)}`,
    });
  }
  const said = dtype === undefined ? type : dtype;
  const wanted = said === undefined ? carried[0] : said;
  const actual = possible.find((each) => each === wanted);
  if (actual !== undefined) return actual;
  throw mismatch('ERR_PSE_DTYPE', {
    call,
    argument: `${argument}.${said !== undefined && dtype === undefined ? 'type' : 'dtype'}`,
    requirement: `${either(possible.map((each) => `'${each}'`))}, as its data says`,
    got: name(said),
    hint:
      said === undefined && possible.length > 1
        ? 'a Uint16Array may hold the bits of either'
        : undefined,
  });
}

function readSizes(
  call: string,
  argument: string,
  { shape, dims }: { readonly shape: unknown; readonly dims: unknown },
  axes: readonly string[],
): readonly number[] {
  if (dims === undefined) return readSpelling(call, `${argument}.shape`, shape, axes);
  const ofDims = readSpelling(call, `${argument}.dims`, dims, axes);
  if (shape === undefined) return ofDims;
  const ofShape = readSpelling(call, `${argument}.shape`, shape, axes);
  if (sameShape(ofShape, ofDims)) return ofShape;
  throw mismatch('ERR_PSE_SHAPE', {
    call,
    argument: `${argument}.shape and ${argument}.dims`,
    requirement: 'the same',
    got: `${describeShape(ofShape)} and ${describeShape(ofDims)}`,
  });
}

function readSpelling(
  call: string,
  argument: string,
  shape: unknown,
  axes: readonly string[],
): readonly number[] {
  const requirement = `[${axes.join(', ')}]`;
  if (!Array.isArray(shape)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: `an array ${requirement}`,
      got: describe(shape),
    });
  }
  const { sizes, good, extent } = copySizes(shape);
  const open = axes.at(-1) === '…';
  const least = open ? axes.length - 1 : axes.length;
  const most = open ? LONGEST_SHAPE : axes.length;
  if (sizes.length < least || sizes.length > most || !good) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument,
      requirement: `${requirement}, ${open ? `${least} to ${count(most, 'size')}` : count(least, 'size')} of 0 or more`,
      got: describeShape(sizes),
      hint: good && !open ? rankHint(sizes as number[], axes) : undefined,
    });
  }
  if (!Number.isSafeInteger(extent)) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument,
      requirement: `${requirement} with a product below 2^53`,
      got: describeShape(sizes),
    });
  }
  return Object.freeze(sizes as number[]);
}

/** Sizes that a user wrote, as {@link copySizes} takes them. */
interface CopiedSizes {
  readonly sizes: readonly unknown[];
  /** whether they are integers of 0 or more */
  readonly good: boolean;
  /** their product, where they are, with 1 for 0: strides are made of the others, though there is no element */
  readonly extent: number;
}

/**
 * Copies the sizes of a shape, so that what was checked is what is used; no further than a message needs them, for its
 * length may be anything.
 */
export function copySizes(shape: readonly unknown[]): CopiedSizes {
  const length = Math.min(shape.length, LONGEST_SHAPE + 1);
  const sizes: unknown[] = [];
  let good = true;
  let extent = 1;
  for (let axis = 0; axis < length; axis++) {
    const size: unknown = shape[axis];
    sizes.push(size);
    if (Number.isSafeInteger(size) && (size as number) >= 0) extent *= (size as number) || 1;
    else good = false;
  }
  return { sizes, good, extent };
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
