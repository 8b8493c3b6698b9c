// Tensor handles among the arguments. The class stands above this room: it enrols its objects here, so that a handle is
// known by identity, whatever realm asks and whatever an object says of itself.
import type { NativeTensor } from '../../binding.gyp';
import { mismatch } from '../errors';
import { type ArrayArgument, type ArrayRequirement, checkElements, readArray } from './array';
import { describeShape } from './describe';
import type { DType, ElementType } from './dtype';

/** Where a tensor lies; `'cuda'` is accepted where one is asked for, and means `'cuda:0'`. */
export type Device = 'cpu' | `cuda:${number}`;

/** A handle that was checked. */
export interface TensorArgument<E extends ElementType = DType> {
  readonly native: NativeTensor;
  readonly shape: readonly number[];
  readonly dtype: E;
  readonly device: Device;
}

/** What every argument that is read has: elements in JavaScript memory, or a handle. */
export type InputArgument<E extends ElementType = DType> = ArrayArgument<E> | TensorArgument<E>;

/** Answers the handle of an object of the class, or throws ERR_PSE_DISPOSED. */
type Show = (call: string, argument: string) => TensorArgument;

const enrolled = new WeakMap<object, Show>();

/** Makes an object known as a tensor. */
export function enrolTensor(tensor: object, show: Show): void {
  enrolled.set(tensor, show);
}

/** Whether a value is a tensor of this copy of the package. */
export function isTensor(value: unknown): value is object {
  return typeof value === 'object' && value !== null && enrolled.has(value);
}

export function isTensorArgument<E extends ElementType>(
  argument: InputArgument<E>,
): argument is TensorArgument<E> {
  return 'native' in argument;
}

/** Takes a tensor, or an array as `readArray` does; throws ERR_PSE_DISPOSED besides. */
export function readInput<const E extends ElementType>(
  call: string,
  argument: string,
  value: unknown,
  requirement: ArrayRequirement<E>,
): InputArgument<E> {
  const show = typeof value === 'object' && value !== null ? enrolled.get(value) : undefined;
  if (show === undefined) return readArray(call, argument, value, requirement);
  const shown = show(call, argument);
  const { dtypes, axes } = requirement;
  if (!(dtypes as readonly string[]).includes(shown.dtype)) {
    throw mismatch('ERR_PSE_DTYPE', {
      call,
      argument,
      requirement: `a tensor of ${dtypes.join(', ')}`,
      got: `one of ${shown.dtype}`,
      hint: `tensor.to({ dtype: '${dtypes[0]}' }) makes one`,
    });
  }
  const open = axes.at(-1) === '…';
  const rank = shown.shape.length;
  if (open ? rank < axes.length - 1 : rank !== axes.length) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument,
      requirement: `[${axes.join(', ')}]`,
      got: describeShape(shown.shape),
    });
  }
  return shown as TensorArgument<E>;
}

/** `checkElements`, of what has its elements in JavaScript memory. */
export function checkInputElements(
  call: string,
  argument: string,
  input: InputArgument<ElementType>,
): void {
  if (!isTensorArgument(input)) checkElements(call, argument, input);
}

/** Throws ERR_PSE_DEVICE unless all handles are on one device. */
export function checkDevices(
  call: string,
  inputs: readonly (readonly [string, InputArgument<ElementType>])[],
): void {
  let first: readonly [string, Device] | undefined;
  for (const [argument, input] of inputs) {
    if (!isTensorArgument(input)) continue;
    first ??= [argument, input.device];
    if (input.device === first[1]) continue;
    throw mismatch('ERR_PSE_DEVICE', {
      call,
      argument,
      requirement: `on ${first[1]}, as ${first[0]}`,
      got: `a tensor on ${input.device}`,
      hint: `tensor.to({ device: '${first[1]}' }) moves it`,
    });
  }
}
