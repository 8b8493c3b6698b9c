// Worker threads that are terminated at every stage of a call, and what goes on without them. A process each, which must
// say what it was told to say, and end well.
import { describe, expect, test } from '@jest/globals';
import { runNode } from '../support/process';
import { PROMISED, WORKERS } from './promised';

/** Source: `good()` is what the main thread computes after all, twice; `ended(worker)` says when it is gone. */
const SCRIPT = `
  ${PROMISED} ${WORKERS}
  const good = async () => {
    const sync = LOSS.forwardSync(...SMALL).loss;
    return sync === (await value(SMALL)).loss && Number.isFinite((await value()).loss);
  };
  const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve));
  const DELAYS = [0, 5, 20, 80];
`;

async function said(script: string): Promise<unknown> {
  const { code, signal, stdout, stderr } = await runNode(
    `${SCRIPT} (async () => { ${script} })();`,
  );
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe('worker.terminate is clean, and the main thread goes on', () => {
  test.each([
    ['right after starting', '', 'online'],
    ['with calls queued and running', "flood(20); parentPort.postMessage('flooded')", 'message'],
    [
      'with one large call running',
      "value(batch(2, 640)); parentPort.postMessage('called')",
      'message',
    ],
    [
      'while it waits for its …Sync call behind promised ones',
      "flood(6); parentPort.postMessage('waits'); LOSS.forwardSync(...SMALL); flood(6)",
      'message',
    ],
    [
      'with calls that settle and are followed by others without end',
      "(async () => { parentPort.postMessage('loops'); for (;;) await Promise.all([value(SMALL), grad(SMALL)]); })()",
      'message',
    ],
    [
      'with small …Sync calls without end',
      "parentPort.postMessage('loops'); for (;;) LOSS.forwardSync(...SMALL)",
      'message',
    ],
  ])('%s', async (_, body, event) => {
    const script = `
      await libtorch.load();
      for (const delay of DELAYS) {
        const each = worker(${JSON.stringify(body)});
        await new Promise((resolve) => each.once(${JSON.stringify(event)}, resolve));
        await sleep(delay);
        await each.terminate();
      }
      const well = await good();
      const { waiting, stagedBytes } = state();
      print({ well, waiting, stagedBytes });`;
    expect(await said(script)).toEqual({ well: true, waiting: 0, stagedBytes: 0 });
  });

  test('while the main thread has calls of its own queued, which all settle', async () => {
    const script = `
      await libtorch.load();
      const mine = Array.from({ length: 60 }, () => value(batch(1, 160)));
      for (const delay of DELAYS) {
        const each = worker("flood(20); parentPort.postMessage('flooded')");
        await spoke(each);
        await sleep(delay);
        await each.terminate();
      }
      print(new Set((await Promise.all(mine)).map(({ loss }) => loss)).size);`;
    expect(await said(script)).toBe(1);
  });

  test.each([0, 10, 80])('%i ms into its first call, which opens LibTorch', async (delay) => {
    const script = `
      const each = worker("flood(12)");
      await new Promise((resolve) => each.once('online', resolve));
      await sleep(${delay});
      await each.terminate();
      print(await good());`;
    expect(await said(script)).toBe(true);
  });

  test('with tensors alive, a loss and its backward pass under way', async () => {
    const body = `
      const maps = Tensor.from(LARGE[0], { requiresGrad: true });
      const labels = Object.fromEntries(Object.entries(LARGE[1]).map(([name, of]) => [name, Tensor.from(of)]));
      globalThis.kept = [maps, labels];
      (async () => {
        for (;;) {
          const { loss } = await LOSS.forward(maps, labels);
          const done = loss.backward();
          parentPort.postMessage('backward');
          await done;
          globalThis.kept.push(loss, maps.grad);
        }
      })();`;
    const script = `
      await libtorch.load();
      for (const delay of DELAYS) {
        const each = worker(${JSON.stringify(body)});
        await spoke(each);
        await sleep(delay);
        await each.terminate();
      }
      print(await good());`;
    expect(await said(script)).toBe(true);
  });
});

test('eight workers at a time come and go, terminated or by themselves', async () => {
  const script = `
    await libtorch.load();
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: 8 }, async (_, i) => {
        const each = worker("flood(6); LOSS.forwardSync(...SMALL);");
        if (i % 4 === 0) return ended(each);
        await sleep(i * 20 * round);
        await each.terminate();
      }));
    }
    const well = await good();
    print({ well, waiting: state().waiting });`;
  expect(await said(script)).toEqual({ well: true, waiting: 0 });
});

describe('the package', () => {
  test('loaded first in a worker, then in the main thread, works on when the worker is gone', async () => {
    const script = `
      const first = worker("value().then(({ loss }) => parentPort.postMessage(loss))");
      const theirs = await spoke(first);
      const mine = value();
      await first.terminate();
      const second = worker("value().then(({ loss }) => parentPort.postMessage(loss))");
      const again = await spoke(second);
      print([(await mine).loss === theirs, again === theirs, await good()]);`;
    expect(await said(script)).toEqual([true, true, true]);
  });

  // Node unloads the addons of a worker with it; threads of theirs would go on in memory that is not there.
  test('that only a worker had stays in the process when the worker is gone', async () => {
    const { code, signal, stdout, stderr } = await runNode(`
      const { Worker } = require('node:worker_threads');
      const body = ${JSON.stringify(`${PROMISED} value(plain(1, 160))`)};
      new Worker(body, { eval: true }).once('exit', () => {
        // The native thread looks for memory to give back when it was idle for a second.
        setTimeout(() => console.log('alive'), 1500);
      });`);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(stdout).toBe('alive\n');
  });

  test('in a worker that ends by itself with calls that nobody waits for, runs them all', async () => {
    const script = `
      await libtorch.load();
      const { ran } = state();
      await ended(worker("libtorch.load().then(() => { for (let i = 0; i < 10; i++) value(); })"));
      print(state().ran - ran);`;
    expect(await said(script)).toBe(10);
  });

  test('in a worker that calls process.exit leaves its calls, and no other', async () => {
    const script = `
      await libtorch.load();
      const mine = value();
      const code = await ended(worker("libtorch.load().then(() => { flood(20); process.exit(7); })"));
      print({ code, mine: Number.isFinite((await mine).loss), well: await good(), waiting: state().waiting });`;
    expect(await said(script)).toEqual({ code: 7, mine: true, well: true, waiting: 0 });
  });
});
