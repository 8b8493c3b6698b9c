// Two copies of the package in one process: the second uses the operators of the first, because LibTorch takes an
// operator's name once, and a second registration would abort the process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RELEASE, run, runNode } from '../support/process';
import { findPython } from '../support/python';
import { copyPackage } from './copy';
import { WORK } from './work';

let copy = '';
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'pse-copy-'));
  copyPackage(copy);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('a second copy of the package shares the operators of the first, and gives the same numbers', async () => {
  const { code, signal, stdout, stderr } = await runNode(`
    ${WORK}
    const first = work(1);
    const second = (() => { ${WORK.replace("'pse-loss'", JSON.stringify(copy))} return work(1); })();
    const addon = require(${JSON.stringify(join(copy, 'build/Release/pse_loss.node'))});
    const { shared, operators } = addon.openSync({ directory: '/', operators: '/', cuda: false });
    const bytes = ({ grad }) => Buffer.from(grad.data.buffer);
    console.log(JSON.stringify({ same: bytes(first).equals(bytes(second)), loss: first.loss === second.loss, shared, operators }));
  `);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    same: true,
    loss: true,
    shared: true,
    operators: join(RELEASE, `libpse_ops-${await minor()}.so`),
  });
});

test('Python survives a second copy of the operators', async () => {
  const library = `libpse_ops-${await minor()}.so`;
  const { code, signal, stdout, stderr } = await run(findPython(), [
    '-c',
    `import torch
for folder in (${JSON.stringify(RELEASE)}, ${JSON.stringify(join(copy, 'build/Release'))}):
    torch.ops.load_library(folder + '/${library}')
ones = torch.ones
print(torch.ops.pse.loss(ones(1, 7, 4, 4), ones(1, 16, 16), ones(1, 6, 16, 16), ones(1, 16, 16))[0].shape)`,
  ]);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(stdout.trim()).toBe('torch.Size([1])');
});

/** The release of LibTorch that the operators were built for. */
async function minor(): Promise<string> {
  const { stdout } = await runNode(
    `const { libtorch } = require('pse-loss'); libtorch.load().then(() => console.log(libtorch.version.match(/^\\d+\\.\\d+/)[0]))`,
  );
  return stdout.trim();
}
