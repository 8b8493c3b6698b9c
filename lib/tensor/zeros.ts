// Memory for results. Running out of it is the machine's error and says so.
import { ARRAY_OF, type DType, type DTypeToArray } from '../arguments/dtype';
import { pseError } from '../errors';
import type { NdArray } from './nd-array';

/** An array of zeros, or ERR_PSE_OUT_OF_MEMORY; `call` is named in the error. */
export function zeros<D extends DType>(
  call: string,
  dtype: D,
  shape: readonly number[],
): Required<NdArray<DTypeToArray[D]>> & { readonly dtype: D } {
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
