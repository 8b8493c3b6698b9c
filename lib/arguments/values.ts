// Elements that are no numbers to compute with, and where they are. Costs a pass over the array: only on request.
import { mismatch } from '../errors';
import type { ArrayArgument } from './array';
import { elementCount } from './dtype';
import { numbersWithin } from './numbers';

/** What the elements of an array have to be. */
export interface ValueRequirement {
  /** from 0 to 1, where otherwise any finite number will do */
  readonly unit: boolean;
  /** `binarizeLabels` would take them; @default false */
  readonly binarizable?: boolean;
}

/** Throws ERR_PSE_VALUE naming the first element that is not finite, or not from 0 to 1, and its place. */
export function checkValues(
  call: string,
  argument: string,
  array: ArrayArgument,
  axes: readonly string[],
  { unit, binarizable = false }: ValueRequirement,
): void {
  const whole = array.dtype === 'uint8' || array.dtype === 'int32' || array.dtype === 'int64';
  if (array.dtype === 'bool' || (whole && !unit)) return;
  // As a view of ours: a `length` of the array's own may say anything.
  const numbers = numbersWithin(array, 0, elementCount(array.data));
  const index = unit ? firstOutside(numbers) : firstNotFinite(numbers);
  if (index === -1) return;
  const value = numbers[index] as number;
  const requirement = unit ? 'from 0 to 1 everywhere' : 'finite everywhere';
  const hint = unit ? labelHint(value, binarizable) : undefined;
  throw wrongValue(call, argument, { requirement, value, hint }, placeOf(index, array.shape, axes));
}

/** ERR_PSE_VALUE: `…, got 255 at [n 1, y 5, x 7]` */
export function wrongValue(
  call: string,
  argument: string,
  what: {
    readonly requirement: string;
    readonly value: number;
    readonly hint?: string | undefined;
  },
  place: string,
) {
  const { requirement, value, hint } = what;
  const got = `${value} at ${place}`;
  return mismatch('ERR_PSE_VALUE', { call, argument, requirement, got, hint });
}

/** `[n 1, c 0, y 5, x 7]`, of the element at an index of a row-major array. */
export function placeOf(index: number, shape: readonly number[], axes: readonly string[]): string {
  const words: string[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    const name = axes[axis] as string;
    words.unshift(`${PLACE[name] ?? name} ${rest % size}`);
    rest = Math.floor(rest / size);
  }
  return `[${words.join(', ')}]`;
}

/** What a label is that is neither 0 nor 1, and what may be done about it. */
export function labelHint(value: number, binarizable: boolean): string | undefined {
  const ways = [
    ...(value === 255 ? ['divide masks that come out of pictures by 255'] : []),
    ...(binarizable && Number.isFinite(value)
      ? ['binarizeLabels: true counts what is above .5 as 1']
      : []),
  ];
  return ways.length === 0 ? undefined : ways.join('; or ');
}

/** One step along an axis of this name is one … */
const PLACE: { readonly [axis: string]: string | undefined } = {
  N: 'n',
  C: 'c',
  K: 'k',
  Kg: 'k',
  H: 'y',
  W: 'x',
  h: 'y',
  w: 'x',
};

function firstNotFinite(numbers: ArrayLike<number>): number {
  const { length } = numbers;
  for (let i = 0; i < length; i++) {
    const value = numbers[i] as number;
    // NaN for all that is not finite
    if (value - value !== 0) return i;
  }
  return -1;
}

function firstOutside(numbers: ArrayLike<number>): number {
  const { length } = numbers;
  for (let i = 0; i < length; i++) {
    const value = numbers[i] as number;
    if (!(value >= 0 && value <= 1)) return i;
  }
  return -1;
}
