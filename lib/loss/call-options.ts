// What is said with one call: where the gradient goes, in which dtype, and by how much it is multiplied.
import { types } from 'node:util';
import { readChoice, readOptions } from '../arguments/choice';
import { count, describe } from '../arguments/describe';
import {
  ARRAY_OF,
  countOf,
  type ElementToArray,
  elementCount,
  elementTypesOf,
  type TypedArray,
} from '../arguments/dtype';
import type { MapDType } from '../arguments/maps';
import { readNumber } from '../arguments/number';
import { checkInputElements, type InputArgument, isTensorArgument } from '../arguments/tensor';
import { mismatch } from '../errors';
import type { Signal } from '../native/signal';

/** What any promised call takes. */
export interface SignalOptions {
  /**
   * Gives the call up: it rejects at once with the signal's reason. What waits is never run; what runs, for milliseconds,
   * ends unseen and leaves an `out` as it was, unless that is shared memory, which is written in place: then the call is
   * no longer stopped, and fulfilled.
   */
  readonly signal?: Signal | undefined;
}

/** Options of one `valueAndGradSync`. */
export interface CallOptions {
  /**
   * The gradient goes here: an array of its dtype with as many elements as `maps`. Holds the old values or the whole new
   * ones, never half; a call that fails leaves it as it was.
   */
  readonly out?: TypedArray | undefined;
  /**
   * Multiplies the gradient before it is rounded to its dtype, from −1e12 to 1e12: float16 gradients of a mean flush to zero without it.
   * @default 1
   */
  readonly gradScale?: number | undefined;
  /** The dtype of the gradient: that of the maps, or float32. @default 'maps' */
  readonly gradDtype?: 'maps' | 'float32' | undefined;
}

/** Options of one `valueAndGrad`. */
export interface PromisedCallOptions extends CallOptions, SignalOptions {}

/** Them, checked. */
export interface ReadCallOptions {
  readonly gradScale: number;
  readonly gradDtype: MapDType;
  readonly out: ElementToArray[MapDType] | undefined;
  readonly signal: Signal | undefined;
}

/** What is said with a call: that it may be given up, and how its gradient comes. */
export type CallOption = 'signal' | 'out' | 'gradScale' | 'gradDtype';

/** Takes the options of a call on these maps, or throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE or ERR_PSE_OPTION. */
export function readCallOptions(
  call: string,
  maps: InputArgument<MapDType>,
  value: unknown,
  names: readonly CallOption[],
): ReadCallOptions {
  const given = readOptions(call, 'call', value, names);
  const { out, gradScale = 1, gradDtype = 'maps', signal } = given;
  const dtype = readChoice(
    call,
    'call.gradDtype',
    gradDtype,
    ['maps', 'float32'],
    [],
    // Whoever names the dtype of the maps means just that.
    gradDtype === maps.dtype ? 'maps' : undefined,
  );
  const read = dtype === 'maps' ? maps.dtype : 'float32';
  return {
    gradScale: readNumber(call, 'call.gradScale', gradScale, { min: -1e12, max: 1e12 }),
    gradDtype: read,
    out: out === undefined ? undefined : readOut(call, maps, read, out),
    signal: signal === undefined ? undefined : readSignal(call, signal),
  };
}

/** By what it can do: the class may be of another realm. */
function readSignal(call: string, value: unknown): Signal {
  const signal = value as Partial<Signal>;
  const fits =
    typeof value === 'object' &&
    value !== null &&
    typeof signal.aborted === 'boolean' &&
    typeof signal.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function';
  if (fits) return value as Signal;
  throw mismatch('ERR_PSE_TYPE', {
    call,
    argument: 'call.signal',
    requirement: 'an AbortSignal',
    got: describe(value),
    hint: value instanceof AbortController ? 'controller.signal is one' : undefined,
  });
}

function readOut(
  call: string,
  maps: InputArgument<MapDType>,
  dtype: MapDType,
  out: unknown,
): ElementToArray[MapDType] {
  const argument = 'call.out';
  if (isTensorArgument(maps)) {
    throw mismatch('ERR_PSE_OPTION', {
      call,
      argument,
      requirement: 'left out where maps are a tensor',
      got: describe(out),
      hint: 'the gradient is a tensor then',
    });
  }
  const name = ARRAY_OF[dtype].name;
  const why = dtype === maps.dtype ? 'as maps are' : "as gradDtype: 'float32' says";
  const requirement = `${name.startsWith('I') ? 'an' : 'a'} ${name} for a gradient of ${dtype}, ${why}`;
  if (!types.isTypedArray(out)) {
    throw mismatch('ERR_PSE_TYPE', { call, argument, requirement, got: describe(out) });
  }
  if (!elementTypesOf(out).includes(dtype)) {
    const hint = elementTypesOf(out).includes('float32')
      ? "gradDtype: 'float32' gives a float32 gradient"
      : undefined;
    throw mismatch('ERR_PSE_DTYPE', { call, argument, requirement, got: describe(out), hint });
  }
  const data = out as ElementToArray[MapDType];
  checkOut(call, maps, data);
  return data;
}

/** Throws ERR_PSE_SHAPE unless `out` has the elements of maps; to be asked again after the last getter has run. */
export function checkOut(
  call: string,
  maps: InputArgument<MapDType>,
  out: ElementToArray[MapDType] | undefined,
): void {
  if (out === undefined) return;
  const wanted = countOf(maps.shape);
  const length = elementCount(out);
  if (length === wanted) return;
  checkInputElements(call, 'maps', maps);
  throw mismatch('ERR_PSE_SHAPE', {
    call,
    argument: 'call.out',
    requirement: `${count(wanted, 'element')}, as maps have`,
    got: count(length, 'element'),
    hint: length === 0 ? 'a detached buffer has no elements' : undefined,
  });
}
