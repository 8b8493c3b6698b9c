// A process that is forked from one that has computed: it has the memory of the queue, and no thread that serves it.
// What child_process.fork() starts is no such process, but a new one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT, run } from '../support/process';
import { compileAddon } from './compile-addon';
import { PROMISED } from './promised';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pse-fork-'));
  compileAddon('fork_addon.cpp', folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('fork(2)', () => {
  /** Runs a script whose V8 has no threads of its own, which it would miss in the child. */
  async function said(script: string): Promise<unknown> {
    const { code, signal, stdout, stderr } = await run(process.execPath, [
      ...['--single-threaded', '--v8-pool-size=0', '-e'],
      `${PROMISED}
       const { inFork } = require(${JSON.stringify(join(folder, 'fork_addon.cpp.node'))});
       /** The place of the code that a call throws in this list, from 1 on; 0 where it throws nothing. */
       const CODES = ['ERR_PSE_ABORTED'];
       const thrownIn = (call) => inFork(() => {
         try { call(); return 0; } catch ({ code }) { return 1 + CODES.indexOf(code) || 99; }
       }, 20);
       (async () => { ${script} })();`,
    ]);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    return JSON.parse(stdout);
  }

  test('calls of the child throw ERR_PSE_ABORTED, small and large, and the parent computes on', async () => {
    const script = `
      await libtorch.load();
      const before = [LOSS.forwardSync(...SMALL).loss, (await value()).loss];
      const codes = [
        thrownIn(() => LOSS.forwardSync(...SMALL)),
        thrownIn(() => LOSS.valueAndGradSync(...LARGE)),
        thrownIn(() => pse.iouSync(SMALL[1].gtTexts, SMALL[1].gtTexts, SMALL[1].trainingMasks)),
      ];
      const after = [LOSS.forwardSync(...SMALL).loss, (await value()).loss];
      print({ codes, same: String(before) === String(after) });`;
    expect(await said(script)).toEqual({ codes: [1, 1, 1], same: true });
  });

  test('so they do when it is forked while calls run and wait, and these settle in the parent', async () => {
    const script = `
      await libtorch.load();
      const calls = Array.from({ length: 8 }, () => value());
      const codes = [];
      for (let i = 0; i < 6; i++) {
        codes.push(thrownIn(() => LOSS.forwardSync(...SMALL)));
        await sleep(20);
      }
      print({ codes, settled: (await Promise.all(calls)).length });`;
    expect(await said(script)).toEqual({ codes: [1, 1, 1, 1, 1, 1], settled: 8 });
  });

  test('so do calls on tensors that the parent made', async () => {
    const script = `
      const maps = Tensor.from(LARGE[0]);
      await maps.to({ dtype: 'float64' }).ready();
      const codes = [
        thrownIn(() => maps.dataSync()),
        thrownIn(() => maps.clone()),
        thrownIn(() => LOSS.forwardSync(maps, LARGE[1])),
      ];
      print({ codes, elements: maps.dataSync().length });`;
    expect(await said(script)).toEqual({ codes: [1, 1, 1], elements: 4 * 7 * 80 * 80 });
  });
});

test('child_process.fork() of a process that computes gives one that computes too', async () => {
  const file = join(folder, 'child.js');
  writeFileSync(
    file,
    `${PROMISED.replace("'pse-loss'", JSON.stringify(ROOT))}
     const { fork } = require('node:child_process');
     (async () => {
       const { loss } = await value();
       if (process.send) return process.send([loss, LOSS.forwardSync(...SMALL).loss], () => process.disconnect());
       const busy = value();
       const child = fork(__filename);
       const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
       const theirs = await new Promise((resolve) => child.once('message', resolve));
       await busy;
       print({ same: String(theirs) === String([loss, LOSS.forwardSync(...SMALL).loss]), ended: await ended });
     })();`,
  );
  const { code, signal, stdout, stderr } = await run(process.execPath, [file]);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ same: true, ended: [0, null] });
});
