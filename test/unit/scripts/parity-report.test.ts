// The tables of `npm run parity`: lines of one heading become one, and both precisions stand side by side.
import { expect, test } from '@jest/globals';
import { merge, tables } from '../../../scripts/parity-report.mjs';

const line = (changes: object) => ({
  ...{ who: 'port', against: 'upstream', option: 'eps', precision: 'float32' },
  ...{ cases: 1, loss: 1e-7, grad: 2e-7, pixels: 0 },
  ...changes,
});

test('lines of one heading are counted together, and keep the largest differences', () => {
  const lines = [
    line({ cases: 2, pixels: 1 }),
    line({ option: 'alpha' }),
    line({ loss: 3e-7, grad: 1e-7, pixels: 4 }),
  ];
  expect(merge(lines)).toEqual([
    line({ cases: 3, loss: 3e-7, grad: 2e-7, pixels: 5 }),
    line({ option: 'alpha' }),
  ]);
});

test('each pair has a table, each option a row', () => {
  const lines = [
    line({}),
    line({ precision: 'float64', cases: 2, loss: 0, grad: 1.26e-16, pixels: 3 }),
    line({ who: 'product' }),
  ];
  const head = [
    '| option | cases | loss, 32 | grad, 32 | loss, 64 | grad, 64 | pixels |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  expect(tables(lines).split('\n')).toEqual([
    ...['port against upstream', '', ...head],
    '| eps | 3 | 1.0e-7 | 2.0e-7 | 0 | 1.3e-16 | 3 |',
    ...['', 'product against upstream', '', ...head],
    '| eps | 1 | 1.0e-7 | 2.0e-7 | – | – | 0 |',
  ]);
});
