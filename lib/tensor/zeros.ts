// Memory for results. Running out of it is the machine's error and says so.
import { ARRAY_OF, type ElementToArray, type ElementType } from '../arguments/dtype';
import { pseError } from '../errors';

/** An array of zeros, or ERR_PSE_OUT_OF_MEMORY; `call` is named in the error. */
export function zeros<E extends ElementType>(
  call: string,
  dtype: E,
  shape: readonly number[],
): {
  readonly data: ElementToArray[E];
  readonly shape: readonly number[];
  readonly dtype: E;
} {
  const numel = shape.reduce((product, size) => product * size, 1);
  try {
    return { data: new ARRAY_OF[dtype](numel), shape, dtype };
  } catch (cause) {
    throw pseError(
      'ERR_PSE_OUT_OF_MEMORY',
      `${call}: no memory for ${numel} elements of ${dtype}, [${shape.join(', ')}]`,
      cause,
    );
  }
}
