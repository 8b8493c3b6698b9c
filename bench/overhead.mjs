// npm run bench:overhead [-- --json --calls N --rounds N]: what a call costs beside its native work, on an input that has hardly any: maps
// [1, 2, 4, 4]. The addon counts the time inside its jobs; the rest of the time between call and result is ours.
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isMain, main, root } from '../scripts/run-command.mjs';
import { setup } from '../scripts/setup.mjs';

/** Microseconds, beyond the native work. */
const GOALS = { sync: 30, promised: 100 };

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** `[{ name, goal, overhead, native }]` in microseconds per call, medians of interleaved rounds. */
async function measureOverhead(calls, rounds) {
  const require = createRequire(import.meta.url);
  const pse = require(path.join(root, 'dist/index.js'));
  const addon = require(path.join(root, 'build/Release/pse_loss.node'));
  const workloads = makeWorkloads(pse);
  for (const { run } of workloads) for (let i = 0; i < calls * 4; i++) await run();
  const samples = workloads.map(() => ({ overhead: [], native: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of workloads.entries()) {
      const before = addon.queueState().nanoseconds;
      const start = process.hrtime.bigint();
      for (let call = 0; call < calls; call++) {
        const result = run();
        if (result instanceof Promise) await result;
      }
      const all = Number(process.hrtime.bigint() - start);
      const native = addon.queueState().nanoseconds - before;
      samples[i].overhead.push((all - native) / calls / 1000);
      samples[i].native.push(native / calls / 1000);
    }
  }
  return workloads.map(({ name, goal }, i) => ({
    name,
    goal,
    overhead: median(samples[i].overhead),
    native: median(samples[i].native),
  }));
}

function makeWorkloads({ PSELoss, Tensor, scope }) {
  const loss = new PSELoss();
  const maps = { data: new Float32Array(32), shape: [1, 2, 4, 4] };
  const ones = (shape, length) => ({ data: new Uint8Array(length).fill(1), shape });
  const labels = {
    gtTexts: ones([1, 16, 16], 256),
    gtKernels: ones([1, 1, 16, 16], 256),
    trainingMasks: ones([1, 16, 16], 256),
  };
  return [
    { name: 'forwardSync', goal: GOALS.sync, run: () => loss.forwardSync(maps, labels) },
    { name: 'valueAndGradSync', goal: GOALS.sync, run: () => loss.valueAndGradSync(maps, labels) },
    { name: 'forward', goal: GOALS.promised, run: () => loss.forward(maps, labels) },
    { name: 'valueAndGrad', goal: GOALS.promised, run: () => loss.valueAndGrad(maps, labels) },
    {
      // Three calls that are awaited: for the forward pass, the backward pass, and the number.
      name: 'tensors: forward, backward, item',
      goal: 3 * GOALS.promised,
      run: () =>
        scope(async () => {
          const logits = Tensor.from(maps, { requiresGrad: true });
          const { loss: value } = await loss.forward(logits, labels);
          await value.backward();
          return value.item();
        }),
    },
  ];
}

if (isMain(import.meta.url)) {
  main(async () => {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        calls: { type: 'string', default: '400' },
        rounds: { type: 'string', default: '15' },
      },
    });
    if (!values.json) await setup();
    const calls = Number(values.calls);
    const rounds = Number(values.rounds);
    const rows = await measureOverhead(calls, rounds);
    const machine = `${os.cpus()[0]?.model}, ${os.availableParallelism()} processors, Node ${process.versions.node}`;
    if (values.json) {
      console.log(JSON.stringify({ machine, rows }));
      return;
    }
    console.log(`${machine}; microseconds per call, medians of ${rounds} rounds of ${calls} calls`);
    for (const { name, goal, overhead, native } of rows) {
      console.log(
        `${name.padEnd(34)} ${overhead.toFixed(1).padStart(6)}  goal ${goal}  (native ${native.toFixed(0)})`,
      );
    }
  });
}
