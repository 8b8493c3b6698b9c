// What children of this room begin with that leave calls in the queue.
import { join } from 'node:path';
import { RELEASE } from '../support/process';

/**
 * Source: `batch(images, size)` in shared memory, `plain(images, size)` not; `SMALL` and `LARGE` are batches, of a call that
 * runs on the thread that makes it and of one that takes tens of milliseconds; `value(batch)` and `grad(batch)` promise,
 * `flood(n)` leaves n calls of every kind behind, `hold(n)` n large ones until it is stopped; `state()` is the queue's, `threads()` the process's.
 */
export const PROMISED = `
  const pse = require('pse-loss');
  const { PSELoss, Tensor, libtorch } = pse;
  const { Worker, parentPort, workerData } = require('node:worker_threads');
  const { readFileSync, readdirSync } = require('node:fs');
  const state = () => require(${JSON.stringify(join(RELEASE, 'pse_loss.node'))}).queueState();
  const memory = (buffer) => (type, value, ...shape) => ({
    data: new type(new buffer(shape.reduce((a, b) => a * b, type.BYTES_PER_ELEMENT))).fill(value), shape,
  });
  const batchIn = (array) => (images, size) => [array(Float32Array, 1, images, 7, size / 4, size / 4), {
    gtTexts: array(Uint8Array, 1, images, size, size),
    gtKernels: array(Uint8Array, 1, images, 6, size, size),
    trainingMasks: array(Uint8Array, 1, images, size, size),
  }];
  const batch = batchIn(memory(SharedArrayBuffer));
  const plain = batchIn(memory(ArrayBuffer));
  const SMALL = batch(1, 16);
  const LARGE = batch(4, 320);
  const LOSS = new PSELoss({ preset: 'mmocr' });
  const value = ([maps, labels] = LARGE, call) => LOSS.forward(maps, labels, call);
  const grad = ([maps, labels] = LARGE, call) => LOSS.valueAndGrad(maps, labels, call);
  const kinds = [
    () => value(),
    () => grad(plain(1, 160)),
    () => grad(LARGE, { out: new Float32Array(LARGE[0].data.length) }),
    () => grad(LARGE, { out: new Float32Array(new SharedArrayBuffer(4 * LARGE[0].data.length)) }),
    () => value(SMALL),
    async () => {
      const maps = Tensor.from(LARGE[0], { requiresGrad: true });
      const { loss } = await LOSS.forward(maps, LARGE[1]);
      await loss.backward();
      return maps.grad.data();
    },
  ];
  const flood = (n = 12) => Promise.all(Array.from({ length: n }, (_, i) => kinds[i % kinds.length]()));
  const hold = (n) => {
    const controllers = Array.from({ length: n }, () => new AbortController());
    const done = Promise.allSettled(controllers.map(({ signal }) => value(LARGE, { signal })));
    return { done, stop: () => { for (const each of controllers) each.abort(); return done; } };
  };
  const threads = () => Number(/^Threads:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const named = (name) => readdirSync('/proc/self/task').filter((id) => {
    // A thread may end meanwhile.
    try { return readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim() === name; } catch { return false; }
  }).length;
  const print = (value) => console.log(JSON.stringify(value));
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const until = async (condition) => {
    for (const end = Date.now() + 30000; !condition() && Date.now() < end;) await sleep(5);
    return condition();
  };
`;

/** Source: `worker(body)` runs PROMISED and a body in a worker thread; `spoke(worker)` is its next message. */
export const WORKERS = `
  const worker = (body, workerData) => new Worker(${JSON.stringify(PROMISED)} + body, { eval: true, workerData });
  const spoke = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
`;
