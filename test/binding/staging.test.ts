// Copies of plain memory: how much of it there may be, and when it is given back. A process each, for its variable.
import { expect, test } from '@jest/globals';
import { runNode } from '../support/process';
import { PROMISED } from './promised';

async function said(script: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const source = `${PROMISED} (async () => { await libtorch.load(); ${script} })();`;
  const { code, signal, stdout, stderr } = await runNode(source, env);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

const MEBIBYTE = { PSE_STAGING_BYTES: String(1 << 20) };

test('a call whose copies are larger than the pool is let in alone; the next rejects and says what to do', async () => {
  const script = `
    const busy = value();
    const large = plain(4, 320);
    const first = value(large);
    const { stagedBytes } = state();
    const refused = await value(plain(1, 16)).catch((error) => error);
    const shared = await value(SMALL);
    const result = await first;
    const again = await value(large);
    await busy;
    const { stagedBytes: after, keptBytes } = state();
    print({
      code: refused.code, message: refused.message, over: stagedBytes > 1 << 20, after, kept: keptBytes <= 1 << 20,
      same: result.loss === again.loss, shared: Number.isFinite(shared.loss),
    });`;
  expect(await said(script, MEBIBYTE)).toEqual({
    code: 'ERR_PSE_QUEUE_FULL',
    message:
      'PSELoss.forward: the queue is full: copies of the arrays of waiting calls fill PSE_STAGING_BYTES; await some calls, or pass arrays made by allocate(), which are not copied',
    ...{ over: true, after: 0, kept: true, same: true, shared: true },
  });
});

test('calls whose copies fit are let in until the pool is full, and again when some have run', async () => {
  const script = `
    const busy = hold(8);
    const one = plain(1, 160);
    const calls = Array.from({ length: 20 }, () => value(one));
    const { stagedBytes } = state();
    const ended = Promise.allSettled(calls);
    await busy.stop();
    const ends = await ended;
    const codes = ends.map(({ reason }) => reason?.code ?? 'fulfilled');
    const again = await value(one);
    print({
      within: stagedBytes > 0 && stagedBytes <= 1 << 20,
      first: codes[0], last: codes.at(-1), kinds: new Set(codes).size,
      inOrder: codes.lastIndexOf('fulfilled') < codes.indexOf('ERR_PSE_QUEUE_FULL'),
      same: ends[0].value.loss === again.loss,
    });`;
  expect(await said(script, MEBIBYTE)).toEqual({
    ...{ within: true, first: 'fulfilled', last: 'ERR_PSE_QUEUE_FULL', kinds: 2 },
    ...{ inOrder: true, same: true },
  });
});

test('memory of copies is used again, and given back when it was idle for a second', async () => {
  const script = `
    const one = plain(1, 160);
    await value(one);
    const { keptBytes: first } = state();
    for (let i = 0; i < 20; i++) await value(one);
    const { keptBytes: then, stagedBytes } = state();
    const begin = Date.now();
    const empty = await until(() => state().keptBytes === 0);
    print({ kept: first > 0, same: first === then, stagedBytes, empty, late: Date.now() - begin > 500 });`;
  expect(await said(script)).toEqual({
    ...{ kept: true, same: true, stagedBytes: 0, empty: true, late: true },
  });
});

test.each(['', 'plenty', '12 MB'])(
  'PSE_STAGING_BYTES=%j is as if it were not set',
  async (text) => {
    const script = `
    const calls = Array.from({ length: 12 }, () => value(plain(1, 160)));
    print((await Promise.allSettled(calls)).every(({ status }) => status === 'fulfilled'));`;
    expect(await said(script, { PSE_STAGING_BYTES: text })).toBe(true);
  },
);
