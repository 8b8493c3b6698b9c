// What is wrong with a promised call rejects; the call itself never throws.
import { describe, expect, test } from '@jest/globals';
import { diceLoss, iou, ohemBatch, PSELoss } from 'pse-loss';
import { makeBatch } from '../../support/batch';

const loss = new PSELoss();
const { maps, labels } = makeBatch({ seed: 140 });
const { gtTexts, trainingMasks } = labels;
const scores = { data: Float32Array.from(gtTexts.data), shape: gtTexts.shape };
const mine = new Error('mine');
const throwing = {
  get data(): never {
    throw mine;
  },
};

type Any = (...given: readonly unknown[]) => Promise<unknown>;
const CALLS: readonly [string, Any, readonly unknown[]][] = [
  ['PSELoss.forward', (...given) => (loss.forward as Any)(...given), [maps, labels]],
  ['PSELoss.valueAndGrad', (...given) => (loss.valueAndGrad as Any)(...given), [maps, labels]],
  ['diceLoss', diceLoss as unknown as Any, [maps, maps, maps]],
  ['ohemBatch', ohemBatch as unknown as Any, [scores, gtTexts, trainingMasks]],
  ['iou', iou as unknown as Any, [gtTexts, gtTexts, trainingMasks]],
];

describe.each(CALLS)('%s', (name, call, good) => {
  const bound: Any = (...given) => call.call(loss, ...given);

  test.each<[string, readonly unknown[], object]>([
    ['nothing', [], { code: 'ERR_PSE_TYPE' }],
    ['null', [null, null, null], { code: 'ERR_PSE_TYPE' }],
    ['options that are none', [...good, 7], { code: 'ERR_PSE_TYPE' }],
    ['an unknown option', [...good, { speed: 2 }], { code: 'ERR_PSE_OPTION' }],
    ['a getter that throws', [throwing, ...good.slice(1)], mine],
  ])('rejects, given %s', async (_, given, error) => {
    const promise = bound(...given);
    expect(promise).toBeInstanceOf(Promise);
    const reason = await promise.then(
      () => 'fulfilled',
      (thrown: unknown) => thrown,
    );
    if (error === mine) return expect(reason).toBe(mine);
    expect(reason).toMatchObject(error);
    expect((reason as Error).message.startsWith(`${name}: `)).toBe(true);
  });

  test('is fulfilled, given what is right', async () => {
    await expect(bound(...good)).resolves.toBeDefined();
  });
});

test('a call that fails hinders none of those around it', async () => {
  const ends = await Promise.allSettled([
    loss.forward(maps, labels),
    loss.forward(maps, {} as typeof labels),
    loss.forward(maps, labels),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
