// Where the gradient of a promised call goes: into plain memory at the end, if that is there still; into shared memory
// in place.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { libtorch, PSELoss } from 'pse-loss';
import { makeBatch } from '../../support/batch';
import { occupy, queueState, spinUntil } from './queue';
import { resizable } from './spoil';

const loss = new PSELoss();
const { maps, labels } = makeBatch({ seed: 120 });
const { length } = maps.data;

beforeAll(() => libtorch.load());

const shared = () => new Float32Array(new SharedArrayBuffer(4 * length)).fill(7);
const isUntouched = (out: Float32Array) => out.every((value) => value === 7);

describe('plain memory', () => {
  test('is written when the promise is fulfilled, and not before', async () => {
    const { grad, ...others } = loss.valueAndGradSync(maps, labels);
    const out = new Float32Array(length).fill(7);
    const before = queueState().ran;
    const call = loss.valueAndGrad(maps, labels, { out });
    // The call has run, this thread has not turned yet.
    expect(spinUntil(() => queueState().ran > before)).toBe(true);
    expect(isUntouched(out)).toBe(true);
    const { grad: written, ...rest } = await call;
    expect(written.data).toBe(out);
    expect([written.data, rest]).toStrictEqual([grad.data, others]);
  });

  test('beside it nothing is written', async () => {
    const { grad } = loss.valueAndGradSync(maps, labels);
    const all = new Float32Array(length + 5).fill(7);
    const out = all.subarray(2, 2 + length);
    expect((await loss.valueAndGrad(maps, labels, { out })).grad.data).toBe(out);
    expect(out).toEqual(grad.data);
    expect([...all.subarray(0, 2), ...all.subarray(-3)]).toEqual([7, 7, 7, 7, 7]);
  });

  test('may be that of the maps', async () => {
    const { grad } = loss.valueAndGradSync(maps, labels);
    const data = maps.data.slice() as Float32Array;
    const result = await loss.valueAndGrad({ ...maps, data }, labels, { out: data });
    expect(result.grad.data).toBe(data);
    expect(data).toEqual(grad.data);
  });

  test('of several calls holds the gradient of the last', async () => {
    const out = new Float32Array(length);
    const scales = [1, 2, 3];
    const calls = scales.map((gradScale) => loss.valueAndGrad(maps, labels, { out, gradScale }));
    const results = await Promise.all(calls);
    expect(results.every(({ grad }) => grad.data === out)).toBe(true);
    expect(out).toEqual(loss.valueAndGradSync(maps, labels, { gradScale: 3 }).grad.data);
  });

  test('of halves is written as bits', async () => {
    const half = makeBatch({ seed: 120, maps: 'bfloat16' });
    const out = new Uint16Array(length).fill(7);
    const { grad } = await loss.valueAndGrad(half.maps, half.labels, { out });
    expect(grad.data).toBe(out);
    expect(grad).toStrictEqual(loss.valueAndGradSync(half.maps, half.labels).grad);
  });
});

describe('plain memory that is gone when the call has run', () => {
  const GONE = {
    name: 'RangeError',
    code: 'ERR_PSE_SHAPE',
    message: `PSELoss.valueAndGrad: expected call.out to be ${length} elements, as maps have, got 0 elements (a detached buffer has no elements)`,
  };

  test('detached: rejects and writes nothing', async () => {
    const out = new Float32Array(length).fill(7);
    const busy = occupy();
    const call = loss.valueAndGrad(maps, labels, { out });
    const moved = new Float32Array(structuredClone(out.buffer, { transfer: [out.buffer] }));
    await busy.stop();
    await expect(call).rejects.toMatchObject(GONE);
    expect([moved.length, isUntouched(moved)]).toEqual([length, true]);
  });

  test('detached after the call has run, and before the promise is settled', async () => {
    const out = new Float32Array(length).fill(7);
    const before = queueState().ran;
    const call = loss.valueAndGrad(maps, labels, { out });
    expect(spinUntil(() => queueState().ran > before)).toBe(true);
    const moved = new Float32Array(structuredClone(out.buffer, { transfer: [out.buffer] }));
    await expect(call).rejects.toMatchObject(GONE);
    expect(isUntouched(moved)).toBe(true);
  });

  test('shrunk: rejects and writes nothing', async () => {
    const { data: out, buffer } = resizable(new Float32Array(length).fill(7));
    const busy = occupy();
    const call = loss.valueAndGrad(maps, labels, { out });
    buffer.resize(8);
    await busy.stop();
    await expect(call).rejects.toMatchObject({ code: 'ERR_PSE_SHAPE' });
    expect([...out]).toEqual([7, 7]);
  });
});

describe('shared memory', () => {
  test('is written in place, before the promise is fulfilled', async () => {
    const { grad } = loss.valueAndGradSync(maps, labels);
    const out = shared();
    const before = queueState().ran;
    const call = loss.valueAndGrad(maps, labels, { out });
    expect(spinUntil(() => queueState().ran > before)).toBe(true);
    expect(out).toEqual(grad.data);
    expect((await call).grad.data).toBe(out);
  });

  test('beside it nothing is written', async () => {
    const { grad } = loss.valueAndGradSync(maps, labels);
    const all = new Float32Array(new SharedArrayBuffer(4 * length + 20)).fill(7);
    const out = all.subarray(2, 2 + length);
    await loss.valueAndGrad(maps, labels, { out });
    expect(out).toEqual(grad.data);
    expect([...all.subarray(0, 2), ...all.subarray(-3)]).toEqual([7, 7, 7, 7, 7]);
  });
});

test.each([
  ['plain', () => new Float32Array(length).fill(7)],
  ['shared', shared],
])('%s memory is left as it was by a call that fails', async (_, make) => {
  const out = make();
  const wrong = { ...labels, gtTexts: { data: new Uint8Array(1), shape: [1, 1, 1] } };
  await expect(loss.valueAndGrad(maps, wrong, { out })).rejects.toThrow(RangeError);
  const nan = { ...maps, data: maps.data.map(() => Number.NaN) } as typeof maps;
  const strict = new PSELoss({ checkValues: true });
  await expect(strict.valueAndGrad(nan, labels, { out })).rejects.toMatchObject({
    code: 'ERR_PSE_VALUE',
  });
  expect(isUntouched(out)).toBe(true);
});
