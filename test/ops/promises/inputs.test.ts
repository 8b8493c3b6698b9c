// Plain arrays belong to the caller again as soon as a promised call has returned: whatever becomes of them while the
// call waits in the queue, the result is that of what was given.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { compactLabels, diceLoss, diceLossSync, libtorch, PSELoss } from 'pse-loss';
import { makeBatch } from '../../support/batch';
import { occupy, queueState } from './queue';
import { resizable, spoilable, WAYS } from './spoil';

const loss = new PSELoss({ returnMask: true });
const { maps, labels } = makeBatch({ seed: 110 });
const PLACES = ['maps', 'gtTexts', 'gtKernels', 'trainingMasks'] as const;
const GIVEN = { maps, ...labels };

beforeAll(() => libtorch.load());

describe.each(WAYS)('%s right after the call', (way) => {
  test.each(PLACES)('%s', async (place) => {
    const { data, spoil } = spoilable(way, GIVEN[place].data);
    const given = { ...GIVEN, [place]: { ...GIVEN[place], data } };
    const busy = occupy();
    const result = loss.valueAndGrad(given.maps, given);
    expect(queueState().waiting).toBeGreaterThan(0);
    spoil();
    await busy.stop();
    expect(await result).toStrictEqual(loss.valueAndGradSync(maps, labels));
  });

  test('counts', async () => {
    const { counts, ...compact } = compactLabels(labels, { scale: 4 });
    const { data, spoil } = spoilable(way, counts.data as Uint8Array);
    const busy = occupy();
    const result = new PSELoss().forward(maps, { ...compact, counts: { ...counts, data } });
    spoil();
    await busy.stop();
    expect(await result).toStrictEqual(new PSELoss().forwardSync(maps, labels));
  });

  test('an array of a function', async () => {
    const { gtTexts, trainingMasks } = labels;
    const scores = { data: Float32Array.from(gtTexts.data), shape: gtTexts.shape };
    const expected = diceLossSync(scores, gtTexts, trainingMasks);
    const { data, spoil } = spoilable(way, scores.data);
    const busy = occupy();
    const result = diceLoss({ ...scores, data }, gtTexts, trainingMasks);
    spoil();
    await busy.stop();
    expect(await result).toStrictEqual(expected);
  });
});

test('all at once, for many calls in a row', async () => {
  const expected = loss.valueAndGradSync(maps, labels);
  const results = Array.from({ length: 60 }, (_, i) => {
    const spoiled = PLACES.map((place) => spoilable(WAYS[i % 3]!, GIVEN[place].data));
    const [texts, ...others] = PLACES.map((place, at) => ({
      ...GIVEN[place],
      data: spoiled[at]!.data,
    }));
    const [gtTexts, gtKernels, trainingMasks] = others;
    const given = { gtTexts, gtKernels, trainingMasks } as typeof labels;
    const result = loss.valueAndGrad(texts as typeof maps, given);
    for (const { spoil } of spoiled) spoil();
    return result;
  });
  for (const result of await Promise.all(results)) expect(result).toStrictEqual(expected);
});

test('shrunk and grown again, full of zeros', async () => {
  const { buffer, data } = resizable(maps.data as Float32Array);
  const { byteLength } = buffer;
  const busy = occupy();
  const result = loss.valueAndGrad({ ...maps, data }, labels);
  buffer.resize(0);
  buffer.resize(byteLength);
  await busy.stop();
  expect(await result).toStrictEqual(loss.valueAndGradSync(maps, labels));
});

test('shared memory is read when the call runs', async () => {
  const shared = new Float32Array(new SharedArrayBuffer(maps.data.byteLength));
  shared.set(maps.data as Float32Array);
  const busy = occupy();
  const result = loss.forward({ ...maps, data: shared }, labels);
  shared.fill(-4);
  await busy.stop();
  const changed = { ...maps, data: new Float32Array(shared.length).fill(-4) };
  expect(await result).toStrictEqual(loss.forwardSync(changed, labels));
});
