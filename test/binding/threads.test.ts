// How many threads compute, as the process shows it: whoever says a number gets that many.
import { availableParallelism } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { runNode } from '../support/process';
import { PROMISED } from './promised';

async function said(script: string, threads?: string): Promise<unknown> {
  const source = `${PROMISED} (async () => { ${script} })();`;
  const { code, signal, stdout, stderr } = await runNode(source, { OMP_NUM_THREADS: threads });
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

/** What the first large call adds to the threads of the process. */
const GROWTH = `
  await libtorch.load();
  const before = threads();
  await grad();
  LOSS.valueAndGradSync(...LARGE);
  const grown = threads() - before;
`;

test('unless somebody says otherwise, as many as there are processors, or fewer', async () => {
  const script = `
    const early = pse.getNumThreads();
    await libtorch.load();
    print([early, pse.getNumThreads()]);`;
  const [early, late] = (await said(script)) as [number, number];
  expect(early).toBe(late);
  expect(Number.isInteger(early) && early >= 1 && early <= availableParallelism()).toBe(true);
});

test('OMP_NUM_THREADS wins over the processors', async () => {
  const script = `const early = pse.getNumThreads(); ${GROWTH} print({ early, late: pse.getNumThreads(), grown })`;
  expect(await said(script, '1')).toEqual({ early: 1, late: 1, grown: 1 });
  const { grown, ...three } = (await said(script, '3,2')) as { grown: number };
  expect(three).toEqual({ early: 3, late: 3 });
  expect(grown).toBeGreaterThanOrEqual(3);
});

describe('setNumThreads', () => {
  test('before anything is loaded wins over OMP_NUM_THREADS, and stays', async () => {
    const script = `pse.setNumThreads(2); ${GROWTH} print([pse.getNumThreads(), grown >= 2 && grown < 5])`;
    expect(await said(script, '7')).toEqual([2, true]);
  });

  test('of 1 computes on the native thread alone', async () => {
    const script = `pse.setNumThreads(1); ${GROWTH} print({ grown, native: named('pse-loss') })`;
    expect(await said(script)).toEqual({ grown: 1, native: 1 });
  });

  test('between calls holds from the next one on, for every environment', async () => {
    const script = `
      pse.setNumThreads(1);
      ${GROWTH}
      const body = ${JSON.stringify(`${PROMISED} pse.setNumThreads(4); parentPort.postMessage(pse.getNumThreads())`)};
      const each = new Worker(body, { eval: true });
      const theirs = await new Promise((resolve) => each.once('message', resolve));
      await each.terminate();
      LOSS.valueAndGradSync(...LARGE);
      print({ grown, theirs, mine: pse.getNumThreads(), more: threads() - before >= 4 });`;
    expect(await said(script)).toEqual({ grown: 1, theirs: 4, mine: 4, more: true });
  });

  test('changes no bit of a result', async () => {
    const script = `
      await libtorch.load();
      const results = [];
      for (const n of [1, 2, 5, 1]) {
        pse.setNumThreads(n);
        const { grad: { data }, loss } = await grad();
        results.push(loss + require('node:crypto').createHash('md5').update(data).digest('hex'));
      }
      print(new Set(results).size);`;
    expect(await said(script)).toBe(1);
  });
});
