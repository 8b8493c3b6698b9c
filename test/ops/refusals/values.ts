// What is refused in place of an option, of options together, and of labels together, in which words.
import {
  type Cell,
  cells,
  type NumberPlace,
  type OptionsPlace,
  type TextPlace,
  type WordPlace,
} from './place';

type Row = readonly [value: unknown, got: string];

export function numberCells(path: string, place: NumberPlace): readonly Cell[] {
  const { requirement, outside, required = false } = place;
  const hint = place.hint === undefined ? '' : ` (${place.hint})`;
  const rows = (values: readonly Row[]) =>
    values.map(
      ([value, got]) => [value, `${path} to be ${requirement}, got ${got}${hint}`] as const,
    );
  const numbers = (values: readonly number[]) =>
    rows(values.map((value) => [value, `the number ${value}`]));
  return [
    ...cells(
      'wrong type',
      'ERR_PSE_TYPE',
      rows([
        ...(required ? ([[undefined, 'nothing']] as const) : []),
        ['1', 'the string "1"'],
        [null, 'null'],
        [true, 'true'],
        [1n, 'the bigint 1n'],
        [[1], 'an array of 1 element'],
        [new Number(1), 'an object'],
      ]),
    ),
    ...cells('NaN', 'ERR_PSE_RANGE', numbers([Number.NaN, Infinity, -Infinity])),
    ...cells('range', 'ERR_PSE_RANGE', numbers(outside)),
  ];
}

export function wordCells(path: string, place: WordPlace): readonly Cell[] {
  const all = [...(place.besides ?? []), ...place.words.map((word) => `'${word}'`)];
  const requirement = all.join(', ').replace(/, ([^,]*)$/, ' or $1');
  const row = ([value, got]: Row) => [value, `${path} to be ${requirement}, got ${got}`] as const;
  const [slip, meant] = place.near;
  return [
    ...cells(
      'wrong type',
      'ERR_PSE_TYPE',
      (
        [
          [null, 'null'],
          [true, 'true'],
          [1n, 'the bigint 1n'],
          [() => 'all', 'a function'],
          [Symbol('all'), 'a symbol'],
        ] as const
      ).map(row),
    ),
    ...cells(place.kind === 'preset' ? 'unknown preset' : 'unknown word', 'ERR_PSE_OPTION', [
      row([slip, `the string "${slip}" (did you mean '${meant}'?)`]),
      row(['', 'the string ""']),
      row(['constructor', 'the string "constructor"']),
      row(['x'.repeat(50), `the string "${'x'.repeat(40)}…"`]),
    ]),
  ];
}

export function flagCells(path: string): readonly Cell[] {
  return cells('wrong type', 'ERR_PSE_TYPE', [
    [1, `${path} to be true or false, got the number 1`],
    ['true', `${path} to be true or false, got the string "true"`],
    [null, `${path} to be true or false, got null`],
    [new Boolean(true), `${path} to be true or false, got an object`],
  ]);
}

export function textCells(path: string, { requirement, hint }: TextPlace): readonly Cell[] {
  const why = hint === undefined ? '' : ` (${hint})`;
  return cells('wrong type', 'ERR_PSE_TYPE', [
    [7, `${path} to be ${requirement}, got the number 7${why}`],
    [null, `${path} to be ${requirement}, got null${why}`],
    [Buffer.from('x'), `${path} to be ${requirement}, got a Uint8Array of 1 element${why}`],
    [new String('x'), `${path} to be ${requirement}, got an object${why}`],
  ]);
}

/** `known`: every option, in the order of the message. */
export function optionsCells(
  path: string,
  { near: [slip, meant] }: OptionsPlace,
  known: readonly string[],
): readonly Cell[] {
  const unknown = (name: string, hint: string) =>
    `${path} to be an object with known options only, got the option "${name}" (${hint})`;
  return [
    ...cells('wrong type', 'ERR_PSE_TYPE', [
      [null, `${path} to be an object, got null`],
      [7, `${path} to be an object, got the number 7`],
      ['mean', `${path} to be an object, got the string "mean"`],
      [[1], `${path} to be an object, got an array of 1 element`],
      [() => ({}), `${path} to be an object, got a function`],
      [new Float32Array(2), `${path} to be an object, got a Float32Array of 2 elements`],
      [new Map([['alpha', 1]]), `${path} to be an object, got a Map`],
    ]),
    ...cells('unknown option', 'ERR_PSE_OPTION', [
      [{ [slip]: undefined }, unknown(slip, `did you mean '${meant}'?`)],
      // Far from every option: all of them are named, and so this list is complete.
      [{ 'xyz-xyz-xyz-xyz': 1 }, unknown('xyz-xyz-xyz-xyz', `known are ${known.join(', ')}`)],
    ]),
  ];
}

export function labelsCells(path: string): readonly Cell[] {
  const requirement = `${path} to be an object { gtTexts, gtKernels, trainingMasks }`;
  return cells('wrong type', 'ERR_PSE_TYPE', [
    [undefined, `${requirement}, got nothing`],
    [null, `${requirement}, got null`],
    ['labels', `${requirement}, got the string "labels"`],
    [[1, 2, 3], `${requirement}, got an array of 3 elements`],
    [() => ({}), `${requirement}, got a function`],
    [new Uint8Array(9), `${requirement}, got a Uint8Array of 9 elements`],
    [{}, `${path}.gtTexts to be an object { data, shape }, got nothing`],
    [
      { gt_texts: 1, gt_kernels: 2 },
      `${path}.gtTexts to be an object { data, shape }, got nothing (${path} has "gt_texts", "gt_kernels")`,
    ],
  ]);
}
