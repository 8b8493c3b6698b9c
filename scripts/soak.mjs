// npm run soak [-- --minutes M | --calls N] [--json]: mixed load on one process for a while. Prints memory, handles, threads
// and the event loop's lag as they go, and fails where memory keeps growing, threads pile up or a call is lost.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { isMain, main, root } from './run-command.mjs';
import { setup } from './setup.mjs';

/** What may be left over of every 10⁵ calls once all memory that is used again is there. */
const LIMITS = { megabytesPer100k: 16, threads: 2 };

/** Least squares: how much `y` grows per `x`. */
export function slope(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const x = mean(([each]) => each);
  const y = mean(([, each]) => each);
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  if (spread === 0) return 0;
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
}

/** Violations of the limits, by samples `{ calls, rss, threads }`; the first third warms up. */
export function judge(samples, limits = LIMITS) {
  const warm = samples.slice(Math.floor(samples.length / 3));
  const grows = slope(warm.map(({ calls, rss }) => [calls, rss])) * 1e5;
  const threads = Math.max(...warm.map((each) => each.threads)) - (warm[0]?.threads ?? 0);
  return [
    ...(grows > limits.megabytesPer100k
      ? [`memory grows by ${grows.toFixed(1)} MB per 100000 calls`]
      : []),
    ...(threads > limits.threads ? [`${threads} threads more than at first`] : []),
  ];
}

function status() {
  const text = fs.readFileSync('/proc/self/status', 'utf8');
  const number = (name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1]);
  return { rss: number('VmRSS') / 1024, threads: number('Threads') };
}

/** A batch of one image, with arrays made by `allocate` or plain ones. */
function makeBatch({ allocate }, shared) {
  const fill = (dtype, shape, value) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const Class = dtype === 'float32' ? Float32Array : Uint8Array;
    const array = shared ? allocate(dtype, shape) : { data: new Class(length), shape };
    for (let i = 0; i < length; i++) array.data[i] = value(i);
    return array;
  };
  const bit = (i) => (i * 2_654_435_761) % 7 < 2;
  return {
    maps: fill('float32', [1, 4, 16, 16], (i) => ((i * 37) % 11) - 5),
    labels: {
      gtTexts: fill('uint8', [1, 64, 64], bit),
      gtKernels: fill('uint8', [1, 3, 64, 64], bit),
      trainingMasks: fill('uint8', [1, 64, 64], () => 1),
    },
  };
}

/** Every kind of call; each resolves when it is done, and throws where its result is not the expected one. */
function kinds({ PSELoss, Tensor, scope, allocate }) {
  const loss = new PSELoss();
  const plain = makeBatch({ allocate }, false);
  const shared = makeBatch({ allocate }, true);
  const expected = loss.forwardSync(plain.maps, plain.labels).loss;
  const check = (value) => {
    if (value !== expected) throw new Error(`a call gave ${value} instead of ${expected}`);
  };
  const out = new Float32Array(plain.maps.data.length);
  return {
    sync: async () => check(loss.valueAndGradSync(plain.maps, plain.labels).loss),
    plain: async () => check((await loss.forward(plain.maps, plain.labels)).loss),
    shared: async () => check((await loss.valueAndGrad(shared.maps, shared.labels)).loss),
    out: async () => check((await loss.valueAndGrad(plain.maps, plain.labels, { out })).loss),
    abort: async () => {
      const controller = new AbortController();
      const call = loss.forward(plain.maps, plain.labels, { signal: controller.signal });
      controller.abort();
      await call.then(
        () => {},
        (error) => {
          if (error.name !== 'AbortError') throw error;
        },
      );
    },
    tensors: () =>
      scope(async () => {
        const maps = Tensor.from(plain.maps, { requiresGrad: true });
        const { loss: value } = await loss.forward(maps, plain.labels);
        await value.backward();
        check(await value.item());
        if ((await maps.grad.data()).length !== maps.numel) throw new Error('a gradient is lost');
      }),
    // Nobody disposes of these.
    forgotten: async () => {
      const maps = Tensor.from(plain.maps);
      check(await (await loss.forward(maps, plain.labels)).loss.item());
    },
  };
}

const WORKER = `
  const { workerData } = require('node:worker_threads');
  const { PSELoss } = require(workerData.main);
  const loss = new PSELoss();
  const { maps, labels } = workerData.batch;
  (async () => { for (;;) await Promise.all([1, 2, 3].map(() => loss.valueAndGrad(maps, labels))); })();
`;

/** A worker that computes, and is terminated in the middle of it. */
async function worker(main, batch) {
  const one = new Worker(WORKER, { eval: true, workerData: { main, batch } });
  await pause(200);
  await one.terminate();
}

/** Load until it is enough; resolves to `{ samples, counts, lag }`. */
async function soak(pse, mainFile, { until, print }) {
  const calls = kinds(pse);
  const names = Object.keys(calls);
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const samples = [];
  const sum = () => Object.values(counts).reduce((total, count) => total + count, 0);
  const start = performance.now();
  let sampled = 0;
  for (let round = 0; !until(sum(), performance.now() - start); round++) {
    await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        const name = names[(round + i) % names.length];
        await calls[name]();
        counts[name] += 1;
      }),
    );
    if (round % 500 === 499) await worker(mainFile, makeBatch(pse, true));
    if (performance.now() - sampled < 1000) continue;
    sampled = performance.now();
    samples.push({ calls: sum(), ...status() });
    print(samples.at(-1));
  }
  lag.disable();
  const milliseconds = (value) => Number((value / 1e6).toFixed(1));
  return {
    samples,
    counts,
    lag: {
      median: milliseconds(lag.percentile(50)),
      p99: milliseconds(lag.percentile(99)),
      max: milliseconds(lag.max),
    },
  };
}

if (isMain(import.meta.url)) {
  main(async () => {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string' },
        calls: { type: 'string', default: '100000' },
        json: { type: 'boolean', default: false },
      },
    });
    const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
    const wanted = Number(values.calls);
    if (!(wanted > 0) || (minutes !== undefined && !(minutes > 0))) {
      throw new Error('--minutes and --calls take a number above 0');
    }
    if (!values.json) await setup();
    const mainFile = path.join(root, 'dist/index.js');
    const pse = createRequire(import.meta.url)(mainFile);
    const print = ({ calls, rss, threads }) => {
      if (values.json) return;
      console.log(`  ${calls} calls, ${rss.toFixed(0)} MB, ${threads} threads`);
    };
    const { samples, counts, lag } = await soak(pse, mainFile, {
      print,
      until: (calls, elapsed) =>
        minutes === undefined ? calls >= wanted : elapsed >= minutes * 60_000,
    });
    const violations = judge(samples);
    const last = samples.at(-1);
    const report = { calls: last.calls, counts, lag, rss: last.rss, threads: last.threads };
    if (values.json) {
      console.log(JSON.stringify({ ...report, samples, violations }));
    } else {
      console.log(
        `event loop lag: median ${lag.median} ms, 99 % ${lag.p99} ms, at most ${lag.max} ms`,
      );
      console.log(
        Object.entries(counts)
          .map(([name, count]) => `${name} ${count}`)
          .join(', '),
      );
      console.log(violations.length === 0 ? 'nothing grows' : violations.join('\n'));
    }
    if (violations.length > 0) process.exitCode = 1;
  });
}
