// The whole table: every public function, and every cell of one.
import { arrayCells, type GoodArray } from './arrays';
import { CONSTRUCTOR } from './constructor';
import { FUNCTIONS } from './functions';
import { OTHERS } from './labels';
import { LOSS_CALLS } from './loss';
import type { Cell, Place } from './place';
import type { PublicFunction } from './public-function';
import { flagCells, labelsCells, numberCells, optionsCells, textCells, wordCells } from './values';

export { CONSTRUCTOR, FUNCTIONS, LOSS_CALLS, OTHERS };

export const PUBLIC_FUNCTIONS: readonly PublicFunction[] = [
  CONSTRUCTOR,
  ...LOSS_CALLS,
  ...FUNCTIONS,
  ...OTHERS,
];

/** The cells of one place. */
export function cellsOf(row: PublicFunction, path: string): readonly Cell[] {
  const place = row.places[path] as Place;
  return [...cellsOfKind(row, path, place), ...(place.own ?? [])];
}

function cellsOfKind(row: PublicFunction, path: string, place: Place): readonly Cell[] {
  switch (place.kind) {
    case 'array':
      return arrayCells(path, place, at(row.given, path) as GoodArray);
    case 'number':
      return numberCells(path, place);
    case 'word':
    case 'preset':
      return wordCells(path, place);
    case 'options': {
      const below = Object.keys(row.places).filter((each) => each.startsWith(`${path}.`));
      return optionsCells(
        path,
        place,
        below.map((each) => each.slice(path.length + 1)),
      );
    }
    case 'labels':
      return labelsCells(path);
    case 'text':
      return textCells(path, place);
    case 'flag':
      return flagCells(path);
    case 'own':
      return [];
  }
}

type Tree = Readonly<Record<string, unknown>>;

/** What stands in a place: `labels.gtTexts`. */
export function at(given: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Tree)[name], given);
}

/** The same arguments but for one place. */
export function replaced(given: Tree, path: string, value: unknown): Tree {
  const [name, ...rest] = path.split('.') as [string, ...string[]];
  const inner =
    rest.length === 0 ? value : replaced((given[name] ?? {}) as Tree, rest.join('.'), value);
  return { ...given, [name]: inner };
}
