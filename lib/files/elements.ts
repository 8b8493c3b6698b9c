// The next bytes of a source as the elements of an array.
import { ARRAY_OF, countOf, type ElementType } from '../arguments/dtype';
import type { NdArray } from '../tensor/nd-array';
import { sharedZeros } from '../tensor/zeros';
import type { Source } from './source';

/** Of one element. */
export function bytesOf(dtype: ElementType): number {
  return ARRAY_OF[dtype].BYTES_PER_ELEMENT;
}

/**
 * Takes the elements of a shape: where they lie, of bytes in memory that are aligned, and else read straight into memory
 * that threads share. `short` makes the error of a source that ends too early, out of the bytes that it had.
 */
export async function takeElements(
  source: Source,
  dtype: ElementType,
  shape: readonly number[],
  short: (had: number) => Error,
): Promise<NdArray> {
  const Class = ARRAY_OF[dtype];
  const numel = countOf(shape);
  const length = numel * bytesOf(dtype);
  const inPlace = source.view?.(length);
  if (inPlace !== undefined && inPlace.byteOffset % bytesOf(dtype) === 0) {
    return said(dtype, new Class(inPlace.buffer, inPlace.byteOffset, numel), shape);
  }
  const { data } = sharedZeros(source.call, dtype, shape);
  const bytes = new Uint8Array(data.buffer);
  if (inPlace !== undefined) bytes.set(inPlace);
  else {
    const had = await source.read(bytes);
    if (had < length) throw short(had);
  }
  return said(dtype, data, shape);
}

/** uint16 is the dtype of no tensor, and nothing says so but the class. */
function said(dtype: ElementType, data: NdArray['data'], shape: readonly number[]): NdArray {
  return dtype === 'uint16' ? { data, shape } : { data, shape, dtype };
}
