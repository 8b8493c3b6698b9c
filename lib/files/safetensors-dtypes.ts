// The element types of safetensors files in our words.
import type { ElementType } from '../arguments/dtype';

/** Those that we read and write; U16 holds the counts of compact labels. */
export const ELEMENT_TYPE_OF: ReadonlyMap<string, ElementType> = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['U16', 'uint16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** The other way round. */
export const NAME_OF = new Map([...ELEMENT_TYPE_OF].map(([name, dtype]) => [dtype, name]));

export const ELEMENT_TYPES = [...NAME_OF.keys()];
