// In which words all functions but the loss refuse arguments: every one of them meets every kind of mistake (the table is
// refusals/). Those that give a promise reject it with what their twins throw.
import { describe, expect, test } from '@jest/globals';
import { diceLossSync, iouSync, libtorch, ohemBatchSync } from 'pse-loss';
import { errorOf } from '../support/error-of';
import { runNode } from '../support/process';
import { testRefusals } from './refusals/refuse';
import { FUNCTIONS, OTHERS } from './refusals/table';

describe('refuses', () => {
  for (const row of [...FUNCTIONS, ...OTHERS]) testRefusals(row);
});

const zeros = (...shape: number[]) => ({
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  shape,
});

test.each([[[2, 0, 3]], [[2, 3, 0]], [[0, 0, 0]]])(
  'ohemBatchSync: scores of %p, where there is nothing to choose from',
  (shape) => {
    const empty = zeros(...shape);
    expect(errorOf(() => ohemBatchSync(empty, empty, empty))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message: `ohemBatchSync: expected scores to be [N, H, W] with pixels, got [${shape.join(', ')}]`,
    });
  },
);

test('arrays are looked at in their order, then whether they fit, then options', () => {
  const argumentOf = (work: () => unknown) => errorOf(work).message.match(/expected (\S+) to/)?.[1];
  const [good, wrong, options] = [zeros(1, 2), zeros(1, 3), { eps: -1, nClass: 0 } as never];
  expect(argumentOf(() => diceLossSync(7 as never, 7 as never, 7 as never, options))).toBe('input');
  expect(argumentOf(() => diceLossSync(good, wrong, 7 as never, options))).toBe('mask');
  expect(argumentOf(() => diceLossSync(good, wrong, wrong, options))).toBe('target');
  expect(argumentOf(() => diceLossSync(good, good, wrong, options))).toBe('mask');
  expect(argumentOf(() => iouSync(good, good, good, options))).toBe('options');
});

test('arrays that fit in their elements and not in their axes', () => {
  expect(errorOf(() => iouSync(zeros(2, 6), zeros(2, 3, 2), zeros(2, 6))).message).toBe(
    'iouSync: expected b to be [2, 6], as a, got [2, 3, 2]',
  );
});

test('results that no machine has memory for', () => {
  const many = zeros(2 ** 40, 0);
  expect(errorOf(() => diceLossSync(many, many, many))).toEqual({
    name: 'Error',
    code: 'ERR_PSE_OUT_OF_MEMORY',
    message: 'diceLossSync: no memory for 1099511627776 elements of float32, [1099511627776]',
  });
});

test('libtorch.load: names that no folder has, in a process without a LibTorch', async () => {
  const { stdout, stderr } = await runNode(
    `const { libtorch } = require('pse-loss');
     (async () => {
       for (const directory of ['/nowhere', 'a\\0b', 'x'.repeat(5000), '']) {
         await libtorch.load({ directory }).catch(({ code, message }) => console.log(code, message.includes(directory)));
       }
     })();`,
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('ERR_PSE_LIBTORCH_NOT_FOUND true\n'.repeat(4));
});

test.each(['/nowhere', 'a\0b', 'x'.repeat(5000), ''])(
  'libtorch.load: %p, in which there is no LibTorch',
  async (directory) => {
    await libtorch.load();
    await expect(libtorch.load({ directory })).rejects.toMatchObject({
      name: 'Error',
      code: 'ERR_PSE_CONFLICT',
      message: `libtorch.load: a process has one LibTorch, and it is ${libtorch.directory}; ${directory} cannot be opened beside it`,
    });
  },
);
