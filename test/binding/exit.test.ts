// The end of the process and of worker threads, at moments that crash a careless addon. Each test is a process that
// must end with the code it was asked for, by no signal, saying nothing.
import { describe, expect, test } from '@jest/globals';
import { runNode } from '../support/process';
import { WORK } from './work';

const DELAYS = [0, 5, 20, 60, 120, 200, 300];

/** The child ended as it was told. */
async function endsWith(code: number, script: string): Promise<void> {
  const ending = await runNode(script);
  expect({ code: ending.code, signal: ending.signal, stderr: ending.stderr }).toEqual({
    code,
    signal: null,
    stderr: '',
  });
}

/** A worker that computes without end, once it has said so. */
const BUSY_WORKER = `
  const { Worker, isMainThread, parentPort } = require('node:worker_threads');
  const busy = () => new Promise((resolve) => {
    const worker = new Worker(${JSON.stringify(`${WORK}
      work(1);
      require('node:worker_threads').parentPort.postMessage('busy');
      for (;;) work(4);
    `)}, { eval: true });
    worker.once('message', () => resolve(worker));
  });
`;

describe('process.exit', () => {
  test('is clean right after the package is loaded', () =>
    endsWith(3, `require('pse-loss'); process.exit(3)`));

  test.each(DELAYS)('is clean %i ms into opening LibTorch on another thread', (delay) =>
    endsWith(3, `require('pse-loss').libtorch.load(); setTimeout(() => process.exit(3), ${delay})`),
  );

  test('is clean after work', () => endsWith(3, `${WORK} work(1); process.exit(3)`));

  test.each(DELAYS)('is clean while a worker computes, %i ms later', (delay) =>
    endsWith(3, `${BUSY_WORKER} busy().then(() => setTimeout(() => process.exit(3), ${delay}))`),
  );

  test.each(DELAYS)(
    'is clean while a worker computes and the main thread holds the package too, %i ms later',
    (delay) =>
      endsWith(
        3,
        `${WORK} work(1);
         ${BUSY_WORKER} busy().then(() => setTimeout(() => process.exit(3), ${delay}))`,
      ),
  );

  test('is clean when a worker calls it', () =>
    endsWith(
      0,
      `const { Worker } = require('node:worker_threads');
       new Worker(${JSON.stringify(`${WORK} work(1); process.exit(3)`)}, { eval: true })
         .on('exit', (code) => { if (code !== 3) process.exit(9); ${WORK} work(1); });`,
    ));

  test('does not wait longer than 5 s for an operation in hand', async () => {
    // Without the package in the main thread, Node itself would wait for the worker, however long.
    const { code, signal, stdout } = await runNode(
      `require('pse-loss').libtorch.load();
       const { Worker } = require('node:worker_threads');
       const worker = new Worker(${JSON.stringify(`${WORK}
         work(1);
         require('node:worker_threads').parentPort.postMessage('ready');
         work(64, 640);`)}, { eval: true });
       // Long enough for the arrays to be made and the operation to have begun.
       worker.once('message', () => setTimeout(() => {
         console.log(Date.now());
         process.exit(3);
       }, 1500));`,
      { OMP_NUM_THREADS: '1' },
    );
    const waited = Date.now() - Number(stdout);
    expect({ code, signal }).toEqual({ code: 3, signal: null });
    expect(waited).toBeGreaterThan(4_500);
    expect(waited).toBeLessThan(9_000);
  });
});

describe('an uncaught error', () => {
  test('ends the process with its own code while a worker computes', async () => {
    const { code, signal, stderr } = await runNode(
      `${BUSY_WORKER} busy().then(() => setTimeout(() => { throw new Error('on purpose'); }, 20))`,
    );
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toContain('on purpose');
  });
});

describe('worker.terminate', () => {
  test.each(DELAYS)(
    'is clean while the worker computes, and the main thread goes on (%i ms)',
    (delay) =>
      endsWith(
        0,
        `${BUSY_WORKER} ${WORK}
       busy().then((worker) => setTimeout(() => worker.terminate().then(() => work(1)), ${delay}))`,
      ),
  );

  test.each(DELAYS)('is clean %i ms into opening LibTorch, and the main thread goes on', (delay) =>
    endsWith(
      0,
      `const { Worker } = require('node:worker_threads');
       const worker = new Worker("require('pse-loss').libtorch.load()", { eval: true });
       worker.once('online', () => setTimeout(() => worker.terminate().then(() => { ${WORK} work(1); }), ${delay}));`,
    ),
  );
});

describe('worker threads', () => {
  test('load the package first, in parallel, and before the main thread', () =>
    endsWith(
      0,
      `const { Worker } = require('node:worker_threads');
       const code = ${JSON.stringify(`${WORK} work(1);`)};
       const run = () => new Promise((resolve, reject) =>
         new Worker(code, { eval: true }).once('error', reject).once('exit', resolve));
       (async () => {
         await run();
         await Promise.all([run(), run(), run(), run()]);
         ${WORK} work(1);
       })();`,
    ));
});
