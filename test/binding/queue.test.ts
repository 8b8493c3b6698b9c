// The one queue of a process: order within an environment, turns between them, bounds, and which thread does the work.
import { describe, expect, test } from '@jest/globals';
import { runNode } from '../support/process';
import { PROMISED, WORKERS } from './promised';

/** What a child prints, in the middle of an async function. */
async function said(script: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const source = `${PROMISED} ${WORKERS} (async () => { ${script} })();`;
  const { code, signal, stdout, stderr } = await runNode(source, env);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe('calls of one environment', () => {
  test('settle in the order in which they were made, whatever they are', async () => {
    const script = `
      await libtorch.load();
      const order = [];
      const tensor = Tensor.from(LARGE[0]);
      const calls = [
        ...kinds.slice(0, 5),
        () => tensor.data(),
        () => pse.iou(SMALL[1].gtTexts, SMALL[1].gtTexts, SMALL[1].trainingMasks),
        () => tensor.to({ dtype: 'float64' }).ready(),
        () => value(SMALL),
      ].map((call, i) => call().then(() => order.push(i)));
      await Promise.all(calls);
      print(order);`;
    expect(await said(script)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('run before a …Sync call that was made after them, small as it is', async () => {
    const script = `
      await libtorch.load();
      const { ran } = state();
      const calls = [value(), grad(), value(SMALL)];
      const { loss } = LOSS.forwardSync(...SMALL);
      const before = state();
      await Promise.all(calls);
      print({ ran: before.ran - ran, waiting: before.waiting, finite: Number.isFinite(loss) });`;
    expect(await said(script)).toEqual({ ran: 4, waiting: 0, finite: true });
  });
});

describe('at most 1024 calls wait', () => {
  test('the next one rejects with ERR_PSE_QUEUE_FULL; none of the others is lost, and the queue goes on', async () => {
    const script = `
      await libtorch.load();
      const busy = hold(40);
      let full;
      const calls = [];
      while (full === undefined && calls.length < 5000) {
        const call = value(SMALL);
        calls.push(call);
        call.catch((error) => { full ??= error; });
        // Rejections come in microtasks.
        await null; await null; await null; await null;
      }
      const { waiting } = state();
      const also = await pse.iou(SMALL[1].gtTexts, SMALL[1].gtTexts, SMALL[1].trainingMasks).catch(({ code }) => code);
      await busy.stop();
      const ends = await Promise.allSettled(calls);
      const { loss } = await value(SMALL);
      print({
        waiting, also, code: full.code, name: full.name, message: full.message,
        refused: ends.filter(({ status }) => status === 'rejected').length,
        same: ends.slice(0, -1).every(({ value }) => value.loss === loss),
        enough: calls.length > 900,
      });`;
    expect(await said(script)).toEqual({
      ...{ waiting: 1024, also: 'ERR_PSE_QUEUE_FULL', code: 'ERR_PSE_QUEUE_FULL', name: 'Error' },
      message: 'PSELoss.forward: the queue is full: 1024 calls wait already; await some of them',
      ...{ refused: 1, same: true, enough: true },
    });
  });
});

describe('two environments take turns', () => {
  test('a call is served while another environment has hundreds waiting', async () => {
    const script = `
      await libtorch.load();
      const flooding = worker("libtorch.load().then(() => { for (let i = 0; i < 600; i++) value(); parentPort.postMessage('flooded'); })");
      await spoke(flooding);
      const before = state().waiting;
      await value();
      print({ before: before > 400, after: state().waiting > 300 });
      process.exit(0);`;
    expect(await said(script)).toEqual({ before: true, after: true });
  });

  test('neither is done with a hundred calls long before the other', async () => {
    const script = `
      await libtorch.load();
      const busy = [value(), value(), value(), value(), value(), value()];
      const body = \`
        libtorch.load().then(async () => {
          const one = batch(1, 160);
          const calls = Array.from({ length: 100 }, () => value(one));
          parentPort.postMessage('flooded');
          await Promise.all(calls);
          parentPort.postMessage(state().ran);
        });\`;
      const { ran } = state();
      const first = worker(body);
      await spoke(first);
      const second = worker(body);
      await spoke(second);
      await Promise.all(busy);
      const done = await Promise.race([spoke(first), spoke(second)]);
      print(done - ran >= 190);
      process.exit(0);`;
    expect(await said(script)).toBe(true);
  });
});

describe('threads', () => {
  test('small …Sync calls add none, in whatever environment they are made', async () => {
    const script = `
      await libtorch.load();
      const inWorker = \`
        LOSS.forwardSync(...SMALL);
        const before = threads();
        for (let i = 0; i < 50; i++) LOSS.valueAndGradSync(...SMALL);
        parentPort.postMessage(threads() - before);\`;
      const before = threads();
      for (let i = 0; i < 50; i++) LOSS.valueAndGradSync(...SMALL);
      const here = threads() - before;
      const there = await spoke(worker(inWorker));
      print({ here, there, native: named('pse-loss') });`;
    expect(await said(script)).toEqual({ here: 0, there: 0, native: 0 });
  });

  test('the native one exists once, however many environments call, and their calls add none', async () => {
    const script = `
      pse.setNumThreads(1);
      await libtorch.load();
      await grad();
      await until(() => named('pse-loss') === 1);
      const before = threads();
      const body = \`
        (async () => {
          const calls = [grad(), value(SMALL)];
          LOSS.forwardSync(...LARGE);
          await Promise.all(calls);
          parentPort.postMessage(named('pse-loss'));
        })();\`;
      const workers = [1, 2, 3, 4].map(() => worker(body));
      const ended = workers.map((each) => new Promise((resolve) => each.once('exit', resolve)));
      const seen = await Promise.all(workers.map(spoke));
      await Promise.all(ended);
      LOSS.valueAndGradSync(...LARGE);
      print({ seen, now: named('pse-loss'), more: threads() - before });`;
    expect(await said(script)).toEqual({ seen: [1, 1, 1, 1], now: 1, more: 0 });
  });

  test('those that LibTorch computes with are grown once, however many environments call', async () => {
    const script = `
      pse.setNumThreads(3);
      await libtorch.load();
      const fresh = threads();
      await grad();
      const before = threads();
      const body = "LOSS.valueAndGradSync(...LARGE); grad().then(() => parentPort.postMessage('done'));";
      const workers = [1, 2, 3].map(() => worker(body));
      const ended = workers.map((each) => new Promise((resolve) => each.once('exit', resolve)));
      await Promise.all([...workers.map(spoke), ...ended]);
      LOSS.valueAndGradSync(...LARGE);
      print({ grown: before - fresh >= 3, more: threads() - before });`;
    expect(await said(script)).toEqual({ grown: true, more: 0 });
  });
});

describe('the event loop', () => {
  test('turns while large calls run', async () => {
    const script = `
      await libtorch.load();
      let turns = 0;
      const timer = setInterval(() => { turns += 1; }, 1);
      await Promise.all([grad(), grad(), grad(), grad()]);
      clearInterval(timer);
      print(turns >= 5);`;
    expect(await said(script)).toBe(true);
  });

  test('is kept alive by what is promised, and by nothing else', async () => {
    const ended = await runNode(`${PROMISED}
      flood().then(() => { print('settled'); setTimeout(() => print('too late'), 20000).unref(); });`);
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '', stdout: '"settled"\n' });
  });

  test('is kept alive until the elements of a tensor are made, and no longer', async () => {
    const ended = await runNode(`${PROMISED}
      const kept = Tensor.from(LARGE[0]).to({ dtype: 'float64' }).to({ dtype: 'float32' });
      process.on('exit', () => print(state().ran));`);
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '', stdout: '2\n' });
  });
});
