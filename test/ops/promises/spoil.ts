// Ways in which plain memory is changed or goes away behind a call's back.
import type { BatchArray } from '../../support/batch';

type Data = BatchArray<'float32' | 'float64' | 'uint8' | 'float16' | 'bool'>['data'];

interface ResizableBuffer extends ArrayBuffer {
  resize(length: number): void;
}
const Resizable = ArrayBuffer as unknown as new (
  length: number,
  options: { readonly maxByteLength: number },
) => ResizableBuffer;

/** The same elements in a buffer that may shrink. */
export function resizable<A extends Data>(data: A): { data: A; buffer: ResizableBuffer } {
  const buffer = new Resizable(data.byteLength, { maxByteLength: data.byteLength });
  const copy = new (data.constructor as new (of: ArrayBuffer) => A)(buffer);
  copy.set(data as never);
  return { data: copy, buffer };
}

/** The same elements in memory of their own, and what takes them away. */
export function spoilable<A extends Data>(way: Way, data: A): { data: A; spoil: () => void } {
  if (way === 'shrunk') {
    const { data: copy, buffer } = resizable(data);
    return { data: copy, spoil: () => buffer.resize(0) };
  }
  const copy = data.slice() as A;
  if (way === 'changed') return { data: copy, spoil: () => void copy.fill(0) };
  const buffer = copy.buffer as ArrayBuffer;
  return { data: copy, spoil: () => void structuredClone(buffer, { transfer: [buffer] }) };
}

export const WAYS = ['changed', 'transferred', 'shrunk'] as const;
export type Way = (typeof WAYS)[number];
