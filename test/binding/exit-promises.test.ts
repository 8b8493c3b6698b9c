// The end of the process with promised calls queued and running, at several moments. Each test is a few processes that
// must end as they were told, saying nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Ending, runNode } from '../support/process';
import { copyPackage } from './copy';
import { PROMISED, WORKERS } from './promised';

/** Milliseconds: while LibTorch is opened, while the first calls run, while the last do. */
const DELAYS = [0, 150, 300, 450];

/** How children end that wait so long each, two of them at a time. */
async function endings(script: (delay: number) => string, delays = DELAYS): Promise<Ending[]> {
  const found: Ending[] = [];
  for (let i = 0; i < delays.length; i += 2) {
    const pair = delays.slice(i, i + 2).map((delay) => runNode(PROMISED + WORKERS + script(delay)));
    found.push(...(await Promise.all(pair)));
  }
  return found;
}

async function end(code: number, script: (delay: number) => string, delays = DELAYS) {
  for (const ending of await endings(script, delays)) {
    expect(ending).toMatchObject({ code, signal: null, stderr: '' });
  }
}

describe('with promised calls queued and running', () => {
  test('process.exit is clean', () =>
    end(3, (delay) => `flood(40); setTimeout(() => process.exit(3), ${delay})`));

  test('process.exit is clean when LibTorch was open before', () =>
    end(
      3,
      (delay) =>
        `libtorch.load().then(() => { flood(40); setTimeout(() => process.exit(3), ${delay}); })`,
    ));

  test('process.exit is clean in the moment in which a call settles', () =>
    end(3, () => `flood(12); value().then(() => setImmediate(() => process.exit(3)))`, [0, 1]));

  test('process.exit waits for the call in hand, and for none of those behind it', async () => {
    const script = () => `
      libtorch.load().then(async () => {
        await value();
        const begin = performance.now();
        await value();
        const one = performance.now() - begin;
        for (let i = 0; i < 200; i++) value();
        const left = performance.now();
        process.on('exit', () => print((performance.now() - left) / one < 100));
        process.exit(3);
      });`;
    const [ending] = await endings(script, [0]);
    expect(ending).toMatchObject({ code: 3, signal: null, stderr: '', stdout: 'true\n' });
  });

  test('an uncaught exception ends the process with its own code', async () => {
    const script = (delay: number) =>
      `flood(40); setTimeout(() => { throw new Error('on purpose'); }, ${delay})`;
    for (const { code, signal, stderr } of await endings(script)) {
      expect({ code, signal }).toEqual({ code: 1, signal: null });
      expect(stderr).toContain('Error: on purpose');
    }
  });

  test('an unhandled rejection ends it so too', async () => {
    const script = (delay: number) => `flood(40);
      setTimeout(() => value(SMALL, { signal: AbortSignal.abort(new Error('on purpose')) }), ${delay})`;
    for (const { code, signal, stderr } of await endings(script, [0, 150])) {
      expect({ code, signal }).toEqual({ code: 1, signal: null });
      expect(stderr).toContain('Error: on purpose');
    }
  });

  test('a natural end comes when all have settled, whoever waits for them', async () => {
    const script = () => `flood(12); process.on('exit', () => print(state()))`;
    const [ending] = await endings(script, [0]);
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(ending?.stdout ?? '')).toMatchObject({ waiting: 0, stagedBytes: 0 });
  });

  test('SIGTERM ends it as SIGTERM does, or as its listener says', async () => {
    const kill = (delay: number) =>
      `setTimeout(() => process.kill(process.pid, 'SIGTERM'), ${delay})`;
    for (const ending of await endings((delay) => `flood(40); ${kill(delay)}`, [0, 150])) {
      expect(ending).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    }
    await end(
      5,
      (delay) => `flood(40); process.on('SIGTERM', () => process.exit(5)); ${kill(delay)}`,
      [0, 150],
    );
  });

  test('a call in a listener of the end is refused, and says so', async () => {
    const script = () => `
      flood(12);
      setTimeout(() => {
        process.on('exit', () => {
          for (const batch of [SMALL, LARGE]) try { LOSS.forwardSync(...batch); } catch ({ code }) { print(code); }
          value().catch(() => {});
        });
        process.exit(3);
      }, 300);`;
    const [ending] = await endings(script, [0]);
    expect(ending).toMatchObject({ code: 3, signal: null, stderr: '' });
    expect(ending?.stdout).toBe('"ERR_PSE_ABORTED"\n"ERR_PSE_ABORTED"\n');
  });

  test('workers have theirs as well', () =>
    end(
      3,
      (delay) => `
        flood(20);
        const both = [1, 2].map(() => worker("flood(20); parentPort.postMessage('flooded')"));
        Promise.all(both.map(spoke)).then(() => setTimeout(() => process.exit(3), ${delay}));`,
    ));
});

test('process.exit is clean where workers alone have the package, and calls in the queue', async () => {
  const body = JSON.stringify(`${PROMISED} flood(20); parentPort.postMessage('flooded')`);
  const bare = (delay: number) =>
    runNode(`
      const { Worker } = require('node:worker_threads');
      const both = [1, 2].map(() => new Worker(${body}, { eval: true }));
      Promise.all(both.map((each) => new Promise((resolve) => each.once('message', resolve))))
        .then(() => setTimeout(() => process.exit(3), ${delay}));`);
  for (const delay of [30, 300]) {
    expect(await bare(delay)).toMatchObject({ code: 3, signal: null, stderr: '' });
  }
});

describe('with tensors that nobody gave back', () => {
  const TENSORS = `
    const maps = Tensor.from(LARGE[0], { requiresGrad: true });
    const labels = Object.fromEntries(Object.entries(LARGE[1]).map(([name, of]) => [name, Tensor.from(of)]));
    globalThis.kept = [maps, labels, LOSS.forward(maps, labels).then(({ loss }) => loss.backward())];`;

  test('process.exit and a natural end are clean', async () => {
    await end(3, (delay) => `${TENSORS} setTimeout(() => process.exit(3), ${delay})`);
    await end(0, () => TENSORS, [0]);
  });
});

describe('two copies of the package', () => {
  let copy = '';
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'pse-copy-'));
    copyPackage(copy);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const second = () => `const other = (() => {
    ${PROMISED.replace("'pse-loss'", JSON.stringify(copy))}
    return { value, grad, flood };
  })();`;

  test('have promised calls at the same time, and both give the same bits', async () => {
    const [ending] = await endings(
      () => `${second()}
        Promise.all([grad(SMALL), other.grad(SMALL), grad(), other.grad()]).then(([a, b, c, d]) => {
          const same = (x, y) => Buffer.from(x.grad.data.buffer).equals(Buffer.from(y.grad.data.buffer));
          print([same(a, b), same(c, d), a.loss === b.loss]);
        });`,
      [0],
    );
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(ending?.stdout).toBe('[true,true,true]\n');
  });

  test('end with the process', () =>
    end(
      3,
      (delay) =>
        `${second()} flood(20); other.flood(20); setTimeout(() => process.exit(3), ${delay})`,
    ));
});
