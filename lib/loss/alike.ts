// The arguments of the stand-alone functions: three arrays of one shape, and memory for a result.
import type { Addon, How, NativeInput, Ticket } from '../../binding.gyp';
import { sameShape } from '../arguments/array';
import { describeShape } from '../arguments/describe';
import type { DType, TypedArray } from '../arguments/dtype';
import {
  checkDevices,
  checkInputElements,
  type InputArgument,
  isTensorArgument,
  readInput,
} from '../arguments/tensor';
import { mismatch } from '../errors';
import { callPromised, callQueued, callSync, isOpen } from '../native/call';
import { count } from '../tensor/strides';
import { Tensor } from '../tensor/tensor';
import { zeros } from '../tensor/zeros';
import { keepInputs, toNative } from './batch';

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

/** What a function computes, and what its result is. */
interface Computation extends Alike {
  readonly call: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether the result has a graph, where there is one. */
  readonly differentiable: boolean;
  readonly queue: (
    addon: Addon,
    inputs: readonly [NativeInput, NativeInput, NativeInput],
    size: { readonly largest: number },
    result: NativeInput,
    how: How,
  ) => Ticket;
}

type Elements = TypedArray;

/** Computes on the calling thread: elements, or a tensor where the first argument is one. */
export function runSync(computation: Computation): Elements | Tensor {
  const { call, inputs, queue } = computation;
  const size = sizeOf(computation);
  checkAllElements(computation);
  if (isTensorArgument(computation.first)) {
    const { tensor, native } = makeResult(computation);
    callSync(call, (addon) => queue(addon, three(inputs), size, native, undefined));
    return tensor;
  }
  const result = zeros(call, computation.dtype, computation.shape);
  // Planes of no image may be larger than there is memory for one.
  if (count(computation.shape) === 0) return result.data;
  callSync(call, (addon) => queue(addon, three(inputs), size, result, undefined));
  return result.data;
}

/** The same by a promise; a tensor is there as soon as the call is queued. */
export async function runPromised(computation: Computation): Promise<Elements | Tensor> {
  const { call, inputs, queue } = computation;
  const size = sizeOf(computation);
  checkAllElements(computation);
  if (isTensorArgument(computation.first)) {
    const { tensor, native } = makeResult(computation);
    callQueued(call, (addon) => queue(addon, three(inputs), size, native, null));
    return tensor;
  }
  const result = zeros(call, computation.dtype, computation.shape);
  // Planes of no image may be larger than there is memory for one.
  if (count(computation.shape) === 0) return result.data;
  const kept = isOpen()
    ? three(inputs)
    : (Object.values(keepInputs({ ...three(inputs) })) as never);
  return callPromised(
    call,
    (addon, settle) => queue(addon, kept, size, result, settle),
    () => result.data,
  );
}

function sizeOf({ first }: Alike) {
  return { largest: count(first.shape) };
}

function three(inputs: Alike['inputs']) {
  return Object.values(inputs).map(toNative) as unknown as readonly [
    NativeInput,
    NativeInput,
    NativeInput,
  ];
}

function makeResult({ call, first, dtype, shape, given, differentiable }: Computation) {
  const device = isTensorArgument(first) ? first.device : 'cpu';
  return Tensor.make(call, { dtype, shape, device }, differentiable ? given : []);
}

/** After the last getter of the user's has run: any of them could have detached a buffer. */
function checkAllElements({ call, inputs }: Computation): void {
  for (const [name, input] of Object.entries(inputs)) checkInputElements(call, name, input);
}

/** The dtype of a result in the precision of an argument. */
export function precisionOf({ dtype }: Pick<InputArgument, 'dtype'>): 'float64' | 'float32' {
  return dtype === 'float64' ? 'float64' : 'float32';
}
