// What tensors are made and moved with.
import { type ArrayArgument, copySizes, readArray } from '../arguments/array';
import { readBoolean, readChoice, readOptions } from '../arguments/choice';
import { describe, describeShape, LONGEST_SHAPE } from '../arguments/describe';
import { checkDevice, readDevice } from '../arguments/device';
import {
  DTYPES,
  type DType,
  type DTypeToArray,
  elementCount,
  elementTypesOf,
  type HostFloat16Array,
  type TypedArray,
} from '../arguments/dtype';
import type { Device } from '../arguments/tensor';
import { mismatch } from '../errors';

/** Devices that may be named. */
export type AnyDevice = Device | 'cuda';

/** Options of `Tensor.from`. */
export interface FromOptions<D extends DType = DType> {
  /** Where `data` is a bare typed array. @default [number of elements] */
  readonly shape?: readonly number[] | undefined;
  /** Of the tensor; elements are converted to it. A Uint16Array may hold the bits of `'float16'` or `'bfloat16'`. */
  readonly dtype?: D | undefined;
  /** @default 'cpu' */
  readonly device?: AnyDevice | undefined;
  /** Makes it a leaf: backward passes add to its `grad`. @default false */
  readonly requiresGrad?: boolean | undefined;
}

/** Options of `Tensor.empty`. */
export interface EmptyOptions<D extends DType = DType> {
  /** @default 'float32' */
  readonly dtype?: D | undefined;
  /** @default 'cpu' */
  readonly device?: AnyDevice | undefined;
  /** Memory that a GPU reads by itself. @default false */
  readonly pinned?: boolean | undefined;
}

/** Options of `Tensor.to`. */
export interface ToOptions<D extends DType = DType> {
  readonly device?: AnyDevice | undefined;
  readonly dtype?: D | undefined;
  /** Copies out of pinned memory need not be waited for. @default false */
  readonly nonBlocking?: boolean | undefined;
}

/** The dtype of a tensor of such an array, unless another is asked for. */
export type DTypeOf<T extends TypedArray> = T extends Float32Array
  ? 'float32'
  : T extends Float64Array
    ? 'float64'
    : T extends Int32Array
      ? 'int32'
      : T extends BigInt64Array
        ? 'int64'
        : T extends Uint8Array
          ? 'uint8'
          : T extends HostFloat16Array
            ? 'float16'
            : DType;

/** What the elements of a tensor come back in. */
export type ElementsOf<D extends DType> = D extends 'float16' ? Uint16Array : DTypeToArray[D];

/** Takes an array and how to make a tensor of it, or throws an error of the user's. */
export function readFrom(call: string, data: unknown, given: unknown) {
  const names = ['shape', 'dtype', 'device', 'requiresGrad'] as const;
  const options = readOptions(call, 'options', given, names);
  const { device: place = 'cpu', requiresGrad: isLeaf = false } = options;
  const device = readDevice(call, 'options.device', place);
  const wanted =
    options.dtype === undefined
      ? undefined
      : readChoice(call, 'options.dtype', options.dtype, DTYPES);
  const array = readElements(call, data, options.shape, wanted);
  const dtype = wanted ?? array.dtype;
  const requiresGrad = readBoolean(call, 'options.requiresGrad', isLeaf);
  if (requiresGrad && !dtype.includes('float')) {
    throw mismatch('ERR_PSE_DTYPE', {
      call,
      argument: 'options.dtype',
      requirement: 'floating, as requiresGrad needs',
      got: `'${dtype}'`,
    });
  }
  checkDevice(call, device);
  return { array, dtype, device, requiresGrad };
}

function readElements(
  call: string,
  data: unknown,
  shape: unknown,
  wanted: DType | undefined,
): ArrayArgument<DType> {
  const requirement = { dtypes: DTYPES, axes: ['…'] };
  if (!ArrayBuffer.isView(data)) {
    if (shape !== undefined && typeof data === 'object' && data !== null) {
      throw mismatch('ERR_PSE_OPTION', {
        call,
        argument: 'options.shape',
        requirement: 'left out, since data has a shape',
        got: describe(shape),
      });
    }
    return readArray(call, 'data', data, requirement);
  }
  // Of bits and bytes the dtype says what they are.
  const says = wanted !== undefined && elementTypesOf(data).includes(wanted) ? wanted : undefined;
  const array = { data, shape: shape ?? [elementCount(data)], dtype: says };
  return readArray(call, 'data', array, requirement);
}

/** Takes what an empty tensor is made with. */
export function readEmpty(call: string, shape: unknown, given: unknown) {
  const options = readOptions(call, 'options', given, ['dtype', 'device', 'pinned']);
  const { dtype = 'float32', device: place = 'cpu', pinned = false } = options;
  const device = readDevice(call, 'options.device', place);
  const read = {
    shape: readShape(call, shape),
    dtype: readChoice(call, 'options.dtype', dtype, DTYPES),
    device,
    pinned: readBoolean(call, 'options.pinned', pinned),
  };
  checkDevice(call, read.pinned && device === 'cpu' ? 'cuda:0' : device);
  return read;
}

/** Takes where a tensor is to go, for one that is somewhere. */
export function readConversion(
  call: string,
  given: unknown,
  from: { readonly dtype: DType; readonly device: Device },
) {
  const options = readOptions(call, 'options', given, ['dtype', 'device', 'nonBlocking']);
  const { dtype, device: place = from.device, nonBlocking = false } = options;
  const device = readDevice(call, 'options.device', place);
  const read = {
    // What it is, it may stay, also where that is nothing one could ask for.
    dtype: dtype === undefined ? from.dtype : readChoice(call, 'options.dtype', dtype, DTYPES),
    device,
    nonBlocking: readBoolean(call, 'options.nonBlocking', nonBlocking),
  };
  if (device !== from.device) checkDevice(call, device);
  return read;
}

function readShape(call: string, shape: unknown): readonly number[] {
  const requirement = `an array of at most ${LONGEST_SHAPE} sizes`;
  if (!Array.isArray(shape)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument: 'shape',
      requirement,
      got: describe(shape),
    });
  }
  const { sizes, good, extent } = copySizes(shape);
  if (sizes.length <= LONGEST_SHAPE && good && Number.isSafeInteger(extent * 8)) {
    return sizes as readonly number[];
  }
  throw mismatch('ERR_PSE_SHAPE', {
    call,
    argument: 'shape',
    requirement: `${requirement} of 0 or more, with a product below 2^50`,
    got: describeShape(sizes),
  });
}
