// The arguments of the stand-alone functions: three arrays of one shape, and memory for a result.
import type { Addon, How, NativeInput, Ticket } from '../../binding.gyp';
import { sameShape } from '../arguments/array';
import { describeShape } from '../arguments/describe';
import { countOf, type DType, type TypedArray } from '../arguments/dtype';
import {
  checkDevices,
  checkInputElements,
  type InputArgument,
  isTensorArgument,
  readInput,
} from '../arguments/tensor';
import { mismatch } from '../errors';
import { callOnce, callPromised, callSync, isOpen } from '../native/call';
import { Tensor } from '../tensor/tensor';
import { zeros } from '../tensor/zeros';
import { keepInput, toNative } from './batch';

interface Given {
  readonly value: unknown;
  readonly dtypes: readonly DType[];
}

/** The three as they were checked, and as the user gave them. */
export interface Alike {
  readonly inputs: Readonly<Record<string, InputArgument>>;
  readonly first: InputArgument;
  readonly given: readonly unknown[];
}

/** Three arrays or tensors by name, the second and third of the shape of the first. */
export function readAlike(
  call: string,
  axes: readonly string[],
  given: Record<string, Given>,
): Alike {
  const read = Object.entries(given).map(([name, { value, dtypes }]) => ({
    name,
    array: readInput(call, name, value, { dtypes, axes }),
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
  const inputs = Object.fromEntries(read.map(({ name, array }) => [name, array]));
  checkDevices(call, Object.entries(inputs));
  return { inputs, first: first.array, given: Object.values(given).map(({ value }) => value) };
}

/** As the addon takes the three. */
type NativeInputs = readonly [NativeInput, NativeInput, NativeInput];

/** What a function computes, and what its result is. */
interface Computation extends Alike {
  readonly call: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether the result has a graph, where there is one. */
  readonly differentiable: boolean;
  readonly queue: (
    addon: Addon,
    inputs: NativeInputs,
    size: { readonly largest: number },
    result: NativeInput,
    how: How,
  ) => Ticket;
}

/** Computes on the calling thread: elements, or a tensor where the first argument is one. */
export function runSync(computation: Computation): TypedArray | Tensor {
  const { result, isEmpty, inputs, start } = begin(computation);
  if (!isEmpty) callSync(computation.call, (addon) => start(addon, inputs, undefined));
  return result;
}

/** The same by a promise; a tensor is there as soon as the call is queued. */
export async function runPromised(computation: Computation): Promise<TypedArray | Tensor> {
  const { call } = computation;
  const { result, isEmpty, inputs, start } = begin(computation);
  if (isEmpty) return result;
  if (isTensorArgument(computation.first)) {
    callOnce(call, (addon) => start(addon, inputs, null));
    return result;
  }
  const kept = isOpen() ? inputs : (inputs.map(keepInput) as unknown as NativeInputs);
  return callPromised(
    call,
    (addon, settle) => start(addon, kept, settle),
    () => result,
  );
}

/** The place of the result, and how the call is made. */
function begin(computation: Computation) {
  const { call, inputs, first, dtype, shape, given, differentiable, queue } = computation;
  checkAllElements(computation);
  const size = { largest: countOf(first.shape) };
  const isTensor = isTensorArgument(first);
  const made = isTensor
    ? Tensor.make(call, { dtype, shape, device: first.device }, differentiable ? given : [])
    : zeros(call, dtype, shape);
  const [result, native] = 'tensor' in made ? [made.tensor, made.native] : [made.data, made];
  return {
    result,
    // Planes of no image may be larger than there is memory for one.
    isEmpty: !isTensor && countOf(shape) === 0,
    inputs: Object.values(inputs).map(toNative) as unknown as NativeInputs,
    start: (addon: Addon, of: NativeInputs, how: How) => queue(addon, of, size, native, how),
  };
}

/** After the last getter of the user's has run: any of them could have detached a buffer. */
function checkAllElements({ call, inputs }: Computation): void {
  for (const [name, input] of Object.entries(inputs)) checkInputElements(call, name, input);
}

/** The dtype of a result in the precision of an argument. */
export function precisionOf({ dtype }: Pick<InputArgument, 'dtype'>): 'float64' | 'float32' {
  return dtype === 'float64' ? 'float64' : 'float32';
}
