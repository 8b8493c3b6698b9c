// Memory of zeros, for results and for what is read. Running out of it is the machine's error and says so.
import { describeShape } from '../arguments/describe';
import { ARRAY_OF, countOf, type ElementToArray, type ElementType } from '../arguments/dtype';
import { pseError } from '../errors';

/** Elements with what they are. */
export interface Zeros<E extends ElementType> {
  readonly data: ElementToArray[E];
  readonly shape: readonly number[];
  readonly dtype: E;
}

/** An array of zeros, or ERR_PSE_OUT_OF_MEMORY; `call` is named in the error. */
export function zeros<E extends ElementType>(
  call: string,
  dtype: E,
  shape: readonly number[],
): Zeros<E> {
  return claim(call, dtype, shape, (numel) => new ARRAY_OF[dtype](numel));
}

/** The same in memory that threads share. */
export function sharedZeros<E extends ElementType>(
  call: string,
  dtype: E,
  shape: readonly number[],
): Zeros<E> {
  const Class = ARRAY_OF[dtype];
  return claim(call, dtype, shape, (numel) => {
    return new Class(new SharedArrayBuffer(numel * Class.BYTES_PER_ELEMENT), 0, numel);
  });
}

function claim<E extends ElementType>(
  call: string,
  dtype: E,
  shape: readonly number[],
  make: (numel: number) => ElementToArray[E],
): Zeros<E> {
  const numel = countOf(shape);
  try {
    return { data: make(numel), shape, dtype };
  } catch (cause) {
    throw pseError(
      'ERR_PSE_OUT_OF_MEMORY',
      `${call}: no memory for ${numel} elements of ${dtype}, ${describeShape(shape)}`,
      cause,
    );
  }
}
