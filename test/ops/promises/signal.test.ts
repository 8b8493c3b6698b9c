// Calls that are given up: before they are made, while they wait, while they run, and too late.
import { getEventListeners } from 'node:events';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { libtorch, PSELoss, Tensor } from 'pse-loss';
import { makeBatch } from '../../support/batch';
import { occupy, queueState, spinUntil } from './queue';

const loss = new PSELoss();
const { maps, labels } = makeBatch({ seed: 130 });
const large = makeBatch({ seed: 131, images: 1, height: 80, width: 80 });
const { length } = maps.data;
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

beforeAll(() => libtorch.load());

describe('aborted before the call', () => {
  test.each([
    ['with a reason', () => AbortSignal.abort('enough'), 'enough'],
    ['without one', () => AbortSignal.abort(), expect.objectContaining({ name: 'AbortError' })],
  ])('%s: rejects with it, and nothing is queued', async (_, make, reason) => {
    const signal = make();
    const { ran } = queueState();
    await expect(loss.forward(maps, labels, { signal })).rejects.toEqual(reason);
    await expect(loss.valueAndGrad(maps, labels, { signal })).rejects.toEqual(reason);
    expect(queueState()).toMatchObject({ ran, waiting: 0 });
    expect(listeners(signal)).toBe(0);
  });

  test('on tensors too', async () => {
    const tensor = Tensor.from(maps as { data: Float32Array; shape: readonly number[] });
    const signal = AbortSignal.abort('enough');
    await expect(loss.forward(tensor, labels, { signal })).rejects.toBe('enough');
    await expect(loss.valueAndGrad(tensor, labels, { signal })).rejects.toBe('enough');
  });
});

describe('aborted while it waits', () => {
  test('rejects at once with the reason itself, and never runs', async () => {
    const controller = new AbortController();
    const { ran } = queueState();
    const busy = occupy();
    const { waiting } = queueState();
    const out = new Float32Array(new SharedArrayBuffer(4 * length)).fill(7);
    const call = loss.valueAndGrad(maps, labels, { out, signal: controller.signal });
    expect(queueState().waiting).toBeGreaterThan(0);
    const reason = new Error('mine');
    controller.abort(reason);
    expect(queueState().waiting).toBeLessThanOrEqual(waiting);
    await expect(call).rejects.toBe(reason);
    await busy.done;
    expect(queueState()).toMatchObject({ ran: ran + busy.calls, waiting: 0 });
    expect(out.every((value) => value === 7)).toBe(true);
    expect(listeners(controller.signal)).toBe(0);
  });

  test('the calls around it are served as if it had not been there', async () => {
    const controller = new AbortController();
    const expected = loss.forwardSync(maps, labels);
    const busy = occupy();
    const calls = Array.from({ length: 30 }, (_, i) =>
      loss.forward(maps, labels, i % 3 === 1 ? { signal: controller.signal } : {}),
    );
    controller.abort('enough');
    await busy.stop();
    for (const [i, end] of (await Promise.allSettled(calls)).entries()) {
      if (i % 3 === 1) expect(end).toEqual({ status: 'rejected', reason: 'enough' });
      else expect(end).toStrictEqual({ status: 'fulfilled', value: expected });
    }
  });

  test('gives its copies of plain memory back', async () => {
    const controller = new AbortController();
    const busy = occupy();
    const { stagedBytes } = queueState();
    const call = loss.forward(maps, labels, { signal: controller.signal });
    expect(queueState().stagedBytes).toBeGreaterThan(stagedBytes);
    controller.abort();
    expect(queueState().stagedBytes).toBe(stagedBytes);
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await busy.stop();
  });
});

describe('aborted while it runs', () => {
  /** A call that was taken out of the line by the native thread, if it has not run already. */
  function running(out: Float32Array, signal: AbortSignal) {
    const { ran } = queueState();
    const call = loss.valueAndGrad(large.maps, large.labels, { out, signal });
    expect(spinUntil(() => queueState().waiting === 0)).toBe(true);
    return { call, hasRun: () => spinUntil(() => queueState().ran === ran + 1) };
  }

  test('rejects at once; a plain `out` stays as it was when the call has ended', async () => {
    const controller = new AbortController();
    const out = new Float32Array(large.maps.data.length).fill(7);
    const { call, hasRun } = running(out, controller.signal);
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    expect(hasRun()).toBe(true);
    await loss.forward(maps, labels);
    expect(out.every((value) => value === 7)).toBe(true);
    expect(listeners(controller.signal)).toBe(0);
  });

  test('is not stopped any more where it writes into shared memory', async () => {
    const controller = new AbortController();
    const out = new Float32Array(new SharedArrayBuffer(4 * large.maps.data.length)).fill(7);
    const { call } = running(out, controller.signal);
    controller.abort('enough');
    const { grad } = await call;
    expect(grad.data).toBe(out);
    expect(out).toEqual(loss.valueAndGradSync(large.maps, large.labels).grad.data);
    expect(listeners(controller.signal)).toBe(0);
  });

  test('even when it has run, as long as the promise is not settled', async () => {
    const controller = new AbortController();
    const out = new Float32Array(large.maps.data.length).fill(7);
    const { call, hasRun } = running(out, controller.signal);
    expect(hasRun()).toBe(true);
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    await loss.forward(maps, labels);
    expect(out.every((value) => value === 7)).toBe(true);
  });
});

describe('one signal', () => {
  test('gives up every call that was made with it', async () => {
    const controller = new AbortController();
    const busy = occupy();
    const { signal } = controller;
    const calls = Array.from({ length: 8 }, () => loss.forward(maps, labels, { signal }));
    controller.abort('all');
    const ends = await Promise.allSettled(calls);
    await busy.stop();
    expect(ends).toEqual(Array(8).fill({ status: 'rejected', reason: 'all' }));
  });

  test('leaves no listener behind, however a call ends', async () => {
    const { signal } = new AbortController();
    await loss.forward(maps, labels, { signal });
    expect(listeners(signal)).toBe(0);
    const out = new Float32Array(length);
    const call = loss.valueAndGrad(maps, labels, { signal, out });
    expect(listeners(signal)).toBe(1);
    structuredClone(out.buffer, { transfer: [out.buffer] });
    await expect(call).rejects.toMatchObject({ code: 'ERR_PSE_SHAPE' });
    await expect(loss.forward(maps, {} as typeof labels, { signal })).rejects.toThrow(TypeError);
    expect(listeners(signal)).toBe(0);
  });

  test('has one listener, however many calls it may give up', async () => {
    const { signal } = new AbortController();
    const calls = Array.from({ length: 12 }, () => loss.forward(maps, labels, { signal }));
    // Node warns of more than ten.
    expect(listeners(signal)).toBe(1);
    await Promise.all(calls);
    expect(listeners(signal)).toBe(0);
  });

  test('whose event never comes gives the call up when it has run', async () => {
    const controller = new AbortController();
    controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
    const call = loss.forward(maps, labels, { signal: controller.signal });
    controller.abort(new Error('mine'));
    await expect(call).rejects.toThrow('mine');
  });

  test('that is aborted when all is done changes nothing', async () => {
    const controller = new AbortController();
    const call = loss.forward(maps, labels, { signal: controller.signal });
    const result = await call;
    controller.abort();
    expect(await call).toBe(result);
    expect(result).toStrictEqual(loss.forwardSync(maps, labels));
  });

  test('may be that of a time limit', async () => {
    const signal = AbortSignal.timeout(1);
    const ended = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await ended;
    await expect(loss.forward(maps, labels, { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  test('may be of another class or realm, if it can do what one does', async () => {
    const controller = runInNewContext(
      `class Signal extends Target {
         aborted = false;
         abort(reason) { this.aborted = true; this.reason = reason; this.dispatchEvent(new Happening('abort')); }
       }
       new Signal()`,
      { Target: EventTarget, Happening: Event },
    ) as AbortSignal & { abort(reason: unknown): void };
    const busy = occupy();
    const call = loss.forward(maps, labels, { signal: controller });
    controller.abort('from elsewhere');
    await expect(call).rejects.toBe('from elsewhere');
    await busy.stop();
  });
});

describe('what is no signal is refused', () => {
  test.each<[string, unknown, string]>([
    ['a truth value', true, 'true'],
    ['null', null, 'null'],
    ['an object', {}, 'an object'],
    ['its controller', new AbortController(), 'an object (controller.signal is one)'],
    ['an emitter without `aborted`', new EventTarget(), 'an object'],
    ['a function', () => {}, 'a function'],
  ])('%s', async (_, signal, got) => {
    const given = { signal: signal as AbortSignal };
    for (const call of ['forward', 'valueAndGrad'] as const) {
      await expect((loss[call] as typeof loss.forward)(maps, labels, given)).rejects.toMatchObject({
        name: 'TypeError',
        code: 'ERR_PSE_TYPE',
        message: `PSELoss.${call}: expected call.signal to be an AbortSignal, got ${got}`,
      });
    }
  });

  test('by the …Sync calls, any', () => {
    const { signal } = new AbortController();
    const given = { signal } as object;
    expect(() => loss.valueAndGradSync(maps, labels, given)).toThrow(
      expect.objectContaining({ code: 'ERR_PSE_OPTION' }),
    );
  });
});
