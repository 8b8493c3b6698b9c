// What can stand in an argument or an option, and which mistakes can be made there.

export const MISTAKES = [
  'wrong type',
  'dtype',
  'rank',
  'size',
  'negative',
  'empty',
  'mismatch',
  'NaN',
  'range',
  'unknown word',
  'unknown option',
  'unknown preset',
  'conflict',
] as const;

export type Mistake = (typeof MISTAKES)[number];

/** One thing that a place refuses. */
export interface Cell {
  readonly mistake: Mistake;
  readonly value: unknown;
  readonly code: string;
  /** the message after `<call>: expected ` */
  readonly tail: string;
}

interface AnyPlace {
  /** what is refused besides, or in other words than in places of this kind */
  readonly own?: readonly Cell[];
  /** mistakes that apply besides those of the kind */
  readonly applies?: readonly Mistake[];
}

export interface ArrayPlace extends AnyPlace {
  readonly kind: 'array';
  readonly dtypes: readonly string[];
  /** where the last is '…', any number of axes may follow */
  readonly axes: readonly string[];
}

export interface NumberPlace extends AnyPlace {
  readonly kind: 'number';
  readonly requirement: string;
  /** finite numbers that are refused */
  readonly outside: readonly number[];
  readonly hint?: string;
  /** it has no default */
  readonly required?: boolean;
}

export interface WordPlace extends AnyPlace {
  readonly kind: 'word' | 'preset';
  readonly words: readonly string[];
  /** what else it may be, as the message has it */
  readonly besides?: readonly string[];
  /** a slip, and the word that was meant */
  readonly near: readonly [string, string];
}

export interface OptionsPlace extends AnyPlace {
  readonly kind: 'options';
  /** a slip, and the option that was meant */
  readonly near: readonly [string, string];
}

export interface TextPlace extends AnyPlace {
  readonly kind: 'text';
  readonly requirement: string;
  readonly hint?: string;
}

export interface OtherPlace extends AnyPlace {
  readonly kind: 'labels' | 'flag' | 'own';
}

export type Place = ArrayPlace | NumberPlace | WordPlace | OptionsPlace | TextPlace | OtherPlace;

/** The mistakes that can be made in a place of a kind. */
export const APPLIES: { readonly [kind in Place['kind']]: readonly Mistake[] } = {
  array: ['wrong type', 'dtype', 'rank', 'size', 'negative', 'empty', 'mismatch'],
  labels: ['wrong type'],
  number: ['wrong type', 'NaN'],
  word: ['wrong type', 'unknown word'],
  preset: ['wrong type', 'unknown preset'],
  flag: ['wrong type'],
  text: ['wrong type'],
  options: ['wrong type', 'unknown option'],
  own: [],
};

/** Makes the cells of one mistake and code. */
export function cells(
  mistake: Mistake,
  code: string,
  rows: readonly (readonly [value: unknown, tail: string])[],
): readonly Cell[] {
  return rows.map(([value, tail]) => ({ mistake, value, code, tail }));
}

/** An array of zeros; its shape is what is wrong with it. */
export function zeros(...shape: readonly number[]) {
  return { data: new Float32Array(shape.reduce((product, size) => product * size, 1)), shape };
}

export const MAP_DTYPES = ['float32', 'float64', 'float16', 'bfloat16'] as const;
export const LABEL_DTYPES = ['float32', 'float64', 'uint8', 'bool', 'int32', 'int64'] as const;
