// What tensors cost: V8 hears of their bytes, and the collector frees those that nobody holds. In processes of their own,
// where nothing else makes garbage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../support/process';
import { compileAddon } from './compile-addon';

let folder = '';
let file = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pse-memory-'));
  file = compileAddon('memory.cpp', folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * What a child prints in the end, in MiB. `made(megabytes)` is a tensor, `reported()` and `allocated()` are what came since
 * the beginning, `collect()` waits for all calls, runs the collector and lets it finish.
 */
async function child(script: string, limit = 'unlimited'): Promise<number[]> {
  const program = `
    const { diceLossSync, PSELoss, scope, Tensor } = require('pse-loss');
    const memory = require(${JSON.stringify(file)});
    const MB = 2 ** 20;
    const since = (measure) => {
      const before = measure();
      return () => Math.round((measure() - before) / MB);
    };
    const made = (megabytes) => Tensor.empty([megabytes * MB], { dtype: 'uint8' });
    const turn = () => new Promise(setImmediate);
    const collect = async () => {
      const last = made(1);
      await last.ready();
      last.dispose();
      for (let i = 0; i < 4; i++) { gc(); await turn(); }
    };
    const print = (...numbers) => console.log(JSON.stringify(numbers));
    (async () => {
      made(1).dispose();
      await collect();
      const [reported, allocated] = [since(memory.reported), since(memory.allocated)];
      ${script}
    })();`;
  const node = [process.execPath, '--expose-gc', '-e', program];
  const { code, signal, stdout, stderr } = await run('bash', [
    ...['-c', `ulimit -v ${limit}; exec "$@"`, 'bash'],
    ...node,
  ]);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe('V8 hears', () => {
  test('of every tensor that is made, and of every one that is disposed of, once', async () => {
    const changes = await child(`
      const one = made(64);
      const first = reported();
      const two = made(32);
      const second = reported();
      one.dispose();
      one.dispose();
      const third = reported();
      two.dispose();
      print(first, second, third, reported());`);
    expect(changes).toEqual([64, 96, 32, 0]);
  });

  test('of what calls make, in the dtype that they make it in', async () => {
    const changes = await child(`
      const bytes = made(16);
      const floats = bytes.to({ dtype: 'float32' });
      const first = reported();
      const copy = floats.clone();
      const second = reported();
      for (const tensor of [bytes, floats, copy]) tensor.dispose();
      print(first, second, reported());`);
    expect(changes).toEqual([16 + 64, 16 + 64 + 64, 0]);
  });

  test('of a gradient, from the backward pass to the end of its tensor', async () => {
    const changes = await child(`
      const shape = [1, 8 * MB];
      const leaf = Tensor.from(new Float32Array(8 * MB), { shape, requiresGrad: true });
      const ones = Tensor.from(new Uint8Array(8 * MB), { shape });
      // V8 counts the arrays too, until they are collected.
      await collect();
      const first = reported();
      const loss = diceLossSync(leaf, ones, ones);
      loss.backwardSync();
      loss.dispose();
      const second = reported();
      leaf.dispose();
      const third = reported();
      ones.dispose();
      await collect();
      print(first, second, third, reported(), allocated());`);
    expect(changes).toEqual([32 + 8, 64 + 8, 8, 0, 0]);
  });

  test('of nothing after a scope', async () => {
    const changes = await child(`
      const inside = scope(() => { made(8); made(8).clone(); return reported(); });
      const after = reported();
      await collect();
      print(inside, after, allocated());`);
    expect(changes).toEqual([24, 0, 0]);
  });
});

describe('a forgotten tensor', () => {
  test('is freed by the collector, and counted no longer', async () => {
    const changes = await child(`
      const keep = made(4);
      const work = () => { for (let i = 0; i < 8; i++) made(16).clone(); };
      work();
      await collect();
      print(reported(), allocated(), keep.dataSync().length / MB);`);
    expect(changes).toEqual([4, 4, 4]);
  });

  test('in an External of DLPack that nobody took is freed too', async () => {
    const changes = await child(`
      const work = () => { for (let i = 0; i < 4; i++) scope(() => void made(16).toDLPack()); };
      work();
      await collect();
      print(reported(), allocated());`);
    expect(changes).toEqual([0, 0]);
  });

  test('is not held by its scope, once it was disposed of', async () => {
    const [made, left] = await child(`
      const refs = [];
      await scope(async () => {
        for (let i = 0; i < 50; i++) {
          const tensor = made(1);
          refs.push(new WeakRef(tensor));
          tensor.dispose();
        }
        await collect();
        print(refs.length, refs.filter((ref) => ref.deref() !== undefined).length);
      });`);
    expect(made).toBe(50);
    expect(left).toBeLessThanOrEqual(1);
  });

  test('takes its gradient and its whole graph with it', async () => {
    const [forgotten, freed] = await child(`
      const array = (Type, ...shape) =>
        ({ data: new Type(shape.reduce((a, b) => a * b, 1)).fill(1), shape });
      const labels = {
        gtTexts: array(Uint8Array, 4, 640, 640),
        gtKernels: array(Uint8Array, 4, 6, 640, 640),
        trainingMasks: array(Uint8Array, 4, 640, 640),
      };
      const maps = array(Float32Array, 4, 7, 160, 160);
      const forget = () => {
        const leaf = Tensor.from(maps, { requiresGrad: true });
        const { loss } = new PSELoss().forwardSync(leaf, labels);
        loss.backwardSync();
        new PSELoss().forwardSync(leaf, labels);
      };
      forget();
      await collect();
      const start = allocated();
      forget();
      const most = allocated() - start;
      await collect();
      print(most, allocated() - start);`);
    // 2.7 MiB of maps, as much of gradient, and 12.5 MiB of labels that a graph keeps.
    expect(forgotten).toBeGreaterThan(12);
    expect(freed).toBe(0);
  });

  test('is collected because V8 hears of it, without being asked', async () => {
    const [most] = await child(`
      let most = 0;
      for (let i = 0; i < 400; i++) {
        made(16);
        most = Math.max(most, allocated());
        if (i % 10 === 0) await turn();
      }
      print(most);`);
    expect(most).toBeGreaterThanOrEqual(16);
    expect(most).toBeLessThan(400 * 8);
  });

  test('is freed when the memory would not suffice otherwise', async () => {
    const gibibytes = 8;
    const [count] = await child(
      `let count = 0;
       for (; count < 400; count++) made(64);
       print(count);`,
      `${gibibytes * 2 ** 20}`,
    );
    expect(count).toBe(400);
  });
});
