// The very first calls of a process, made before LibTorch is open: they are queued later than they are made, and keep
// their arguments until then. A process each.
import { expect, test } from '@jest/globals';
import { runNode } from '../../support/process';

/** What the scripts begin with: a batch, and the same in memory that goes away. */
const BATCH = `
  const { PSELoss, libtorch, diceLoss, diceLossSync } = require('pse-loss');
  const made = (type, value, ...shape) => ({
    data: type.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)), shape,
  });
  const GIVEN = {
    maps: made(Float32Array, (i) => (i % 11) - 5, 2, 3, 6, 5),
    gtTexts: made(Uint8Array, (i) => Number(i % 5 < 2), 2, 24, 20),
    gtKernels: made(Uint8Array, (i) => Number(i % 7 < 2), 2, 2, 24, 20),
    trainingMasks: made(Uint8Array, (i) => Number(i % 9 > 0), 2, 24, 20),
  };
  const loss = new PSELoss();
  const text = (value) => JSON.stringify(value, (_, part) => ArrayBuffer.isView(part) ? [...part] : part);
`;

async function said(script: string): Promise<unknown> {
  const { code, signal, stdout, stderr } = await runNode(`${BATCH} (async () => { ${script} })();`);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

test('give the results of what was given, whatever becomes of it', async () => {
  const script = `
    const ways = {
      changed: (data) => () => data.fill(0),
      transferred: (data) => () => structuredClone(data.buffer, { transfer: [data.buffer] }),
      shrunk: (data) => () => data.buffer.resize(0),
    };
    const calls = [];
    for (const [way, spoil] of Object.entries(ways)) {
      for (const place of Object.keys(GIVEN)) {
        const { data, shape } = GIVEN[place];
        const buffer = new ArrayBuffer(data.byteLength, { maxByteLength: data.byteLength });
        const copy = new data.constructor(buffer);
        copy.set(data);
        const { maps, ...labels } = { ...GIVEN, [place]: { data: copy, shape } };
        calls.push([way + ' ' + place, loss.valueAndGrad(maps, labels)]);
        spoil(copy)();
      }
    }
    const early = !libtorch.loaded;
    const { maps, ...labels } = GIVEN;
    const expected = text(loss.valueAndGradSync(maps, labels));
    const wrong = [];
    for (const [name, call] of calls) if (text(await call) !== expected) wrong.push(name);
    console.log(JSON.stringify({ early, calls: calls.length, wrong }));`;
  expect(await said(script)).toEqual({ early: true, calls: 12, wrong: [] });
});

test('read what lies in shared memory, and the functions keep theirs too', async () => {
  const script = `
    const shared = (of) => {
      const data = new of.data.constructor(new SharedArrayBuffer(of.data.byteLength));
      data.set(of.data);
      return { data, shape: of.shape };
    };
    const { maps, ...labels } = Object.fromEntries(Object.entries(GIVEN).map(([name, of]) => [name, shared(of)]));
    const first = loss.forward(maps, labels);
    const three = ['gtTexts', 'trainingMasks', 'gtTexts'].map((name) => ({ ...GIVEN[name], data: Float32Array.from(GIVEN[name].data) }));
    const expectedDice = ['gtTexts', 'trainingMasks', 'gtTexts'].map((name) => ({ ...GIVEN[name], data: Float32Array.from(GIVEN[name].data) }));
    const second = diceLoss(...three);
    for (const { data } of three) data.fill(0);
    const early = !libtorch.loaded;
    const same = [
      text(await first) === text(loss.forwardSync(maps, labels)),
      text(await second) === text(diceLossSync(...expectedDice)),
    ];
    console.log(JSON.stringify({ early, same }));`;
  expect(await said(script)).toEqual({ early: true, same: [true, true] });
});

test('write into an `out` that is there still, and refuse one that is gone', async () => {
  const script = `
    const { maps, ...labels } = GIVEN;
    const outs = Array.from({ length: 3 }, () => new Float32Array(maps.data.length).fill(7));
    outs.push(new Float32Array(new SharedArrayBuffer(maps.data.byteLength)).fill(7));
    const calls = outs.map((out) => loss.valueAndGrad(maps, labels, { out }));
    const early = !libtorch.loaded;
    const gone = new Float32Array(structuredClone(outs[1].buffer, { transfer: [outs[1].buffer] }));
    const ends = (await Promise.allSettled(calls)).map(({ reason }) => reason?.code ?? 'fulfilled');
    const { grad } = loss.valueAndGradSync(maps, labels);
    const holds = [outs[0], outs[2], outs[3]].map((out) => text([...out]) === text([...grad.data]));
    console.log(JSON.stringify({ early, ends, holds, gone: [...new Set(gone)] }));`;
  expect(await said(script)).toEqual({
    early: true,
    ends: ['fulfilled', 'ERR_PSE_SHAPE', 'fulfilled', 'fulfilled'],
    holds: [true, true, true],
    gone: [7],
  });
});

test('settle in the order in which they were made, and a …Sync call among them goes first', async () => {
  const script = `
    const { maps, ...labels } = GIVEN;
    const order = [];
    const calls = [1, 2, 3].map((number) => loss.forward(maps, labels).then(() => order.push(number)));
    const early = !libtorch.loaded;
    loss.forwardSync(maps, labels);
    order.push('sync');
    await Promise.all(calls);
    console.log(JSON.stringify({ early, order }));`;
  expect(await said(script)).toEqual({ early: true, order: ['sync', 1, 2, 3] });
});

test('given up while LibTorch is opened, never run', async () => {
  const script = `
    const { maps, ...labels } = GIVEN;
    const controller = new AbortController();
    const out = new Float32Array(new SharedArrayBuffer(maps.data.byteLength)).fill(7);
    const call = loss.valueAndGrad(maps, labels, { out, signal: controller.signal });
    const early = !libtorch.loaded;
    controller.abort('enough');
    const reason = await call.catch((error) => error);
    const late = !libtorch.loaded;
    await loss.forward(maps, labels);
    console.log(JSON.stringify({ early, late, reason, out: [...new Set(out)] }));`;
  expect(await said(script)).toEqual({ early: true, late: true, reason: 'enough', out: [7] });
});

test('reject where there is no LibTorch', async () => {
  const { code, stdout, stderr } = await runNode(
    `${BATCH} const { maps, ...labels } = GIVEN;
     const ends = [loss.forward(maps, labels), loss.valueAndGrad(maps, labels), diceLoss(maps, maps, maps)];
     Promise.allSettled(ends).then((all) => console.log(JSON.stringify(all.map(({ reason }) => [reason.code, reason.message.split(':')[0]]))));`,
    { PSE_LIBTORCH: '/nowhere' },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual([
    ['ERR_PSE_LIBTORCH_NOT_FOUND', expect.any(String)],
    ['ERR_PSE_LIBTORCH_NOT_FOUND', expect.any(String)],
    ['ERR_PSE_LIBTORCH_NOT_FOUND', expect.any(String)],
  ]);
});
