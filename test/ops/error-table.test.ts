// The table of refusals is whole: no public function, argument, option or kind of mistake is without a cell.
import { describe, expect, test } from '@jest/globals';
import * as main from 'pse-loss';
import * as labels from 'pse-loss/labels';
import { APPLIES, MISTAKES } from './refusals/place';
import { titleOf } from './refusals/refuse';
import { cellsOf, PUBLIC_FUNCTIONS } from './refusals/table';

/** Exports that take nothing which could be refused. */
const NOTHING_TO_REFUSE = [
  'isPSEError', // takes everything: test/unit/errors
  'presets', // is data
  'getNumThreads', // takes nothing
  'Tensor', // has a table of its own: test/ops/tensor
  'scope', // takes a function: test/ops/tensor/scope.test.ts
  // What stands in files has tables of its own: test/unit/files, test/unit/tensor.
  ...['allocate', 'loadCase', 'readNpy', 'readSafetensors', 'safetensorsBytes', 'saveCase'],
  'writeSafetensors',
];

const rowsOf = (name: string) => PUBLIC_FUNCTIONS.filter((row) => row.name === name);

test('every export has a row, and every method of one', () => {
  const { PSELoss, libtorch, ...functions } = { ...main, ...labels };
  const methods = (owner: string, object: object) =>
    Object.entries(Object.getOwnPropertyDescriptors(object))
      .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
      .map(([name]) => `${owner}.${name}`);
  const names = [
    'PSELoss',
    ...methods('PSELoss', PSELoss.prototype),
    ...methods('libtorch', libtorch),
    ...Object.keys(functions).filter((name) => !NOTHING_TO_REFUSE.includes(name)),
  ];
  expect(names.filter((name) => rowsOf(name).length === 0)).toEqual([]);
  expect(PUBLIC_FUNCTIONS.filter(({ name }) => !names.includes(name))).toEqual([]);
});

describe.each(PUBLIC_FUNCTIONS.map((row) => [titleOf(row), row] as const))('%s', (_, row) => {
  const { itself, defaults = 0, given, places } = row;

  test('has every argument that the function declares, and a place for each', () => {
    expect(Object.keys(given)).toHaveLength(itself.length + defaults);
    const first = Object.keys(places).filter((path) => !path.includes('.'));
    expect(first).toEqual(Object.keys(given));
  });

  // That every option has a place is told by a cell: the message about an unknown option names them all.
  test.each(Object.entries(places))(
    '%s has a cell for every mistake that applies',
    (path, place) => {
      const made = new Set(cellsOf(row, path).map(({ mistake }) => mistake));
      const applies = [...APPLIES[place.kind], ...(place.applies ?? [])];
      expect(applies.length).toBeGreaterThan(0);
      expect(applies.filter((mistake) => !made.has(mistake))).toEqual([]);
      expect(
        [...made].filter((mistake) => !applies.includes(mistake) && mistake !== 'range'),
      ).toEqual([]);
    },
  );
});

test('every kind of mistake is made somewhere', () => {
  const made = new Set(
    PUBLIC_FUNCTIONS.flatMap((row) =>
      Object.keys(row.places).flatMap((path) => cellsOf(row, path).map(({ mistake }) => mistake)),
    ),
  );
  expect(MISTAKES.filter((mistake) => !made.has(mistake))).toEqual([]);
});
