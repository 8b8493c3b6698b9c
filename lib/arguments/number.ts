// Numbers that a user hands over.
import { mismatch } from '../errors';
import { describe } from './describe';

/** The numbers that an argument may be. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** min itself is not allowed */
  readonly above?: boolean;
  readonly integer?: boolean;
}

/** Takes a finite number inside a range, or throws ERR_PSE_TYPE or ERR_PSE_RANGE. */
export function readNumber(
  call: string,
  argument: string,
  value: unknown,
  range: NumberRange = {},
  hint?: string,
): number {
  const refuse = (code: 'ERR_PSE_TYPE' | 'ERR_PSE_RANGE') =>
    mismatch(code, {
      call,
      argument,
      requirement: describeRange(range),
      got: describe(value),
      hint,
    });
  if (typeof value !== 'number') throw refuse('ERR_PSE_TYPE');
  const { min = -Infinity, max = Infinity, above = false, integer = false } = range;
  const low = above ? value > min : value >= min;
  if (!Number.isFinite(value) || !low || value > max || (integer && !Number.isSafeInteger(value))) {
    throw refuse('ERR_PSE_RANGE');
  }
  return value;
}

function describeRange({ min, max, above = false, integer = false }: NumberRange): string {
  const noun = integer ? 'an integer' : 'a finite number';
  if (min !== undefined && max !== undefined) {
    return above ? `${noun} above ${min} and up to ${max}` : `${noun} from ${min} to ${max}`;
  }
  if (min !== undefined) return above ? `${noun} above ${min}` : `${noun} of at least ${min}`;
  if (max !== undefined) return `${noun} of at most ${max}`;
  return noun;
}
