import { expect, test } from '@jest/globals';
import { sparingly, watch } from '../../../lib/cli/progress';

test('sparingly says the first thing after a pause, and nothing in between', () => {
  let time = 0;
  const said: number[] = [];
  const tell = sparingly(
    (n: number) => said.push(n),
    100,
    () => time,
  );
  for (const at of [0, 50, 99, 100, 150, 199, 200, 450]) {
    time = at;
    tell(at);
  }
  expect(said).toEqual([100, 200, 450]);
});

test('in a log, a photo that takes long shows how far it is', () => {
  const { now } = performance;
  const written: string[] = [];
  const stream = { isTTY: false, write: (text: string) => written.push(text) };
  let time = 0;
  performance.now = () => time;
  try {
    const progress = watch(stream as never, 1, 120);
    const point = { loss: 0.5, lossText: 0.5, lossKernels: 0.5, iouText: 0.5, iouKernel: 0.5 };
    for (let step = 1; step <= 12; step++) {
      time = step * 1000;
      progress.step('img_1', point, 1000);
    }
  } finally {
    performance.now = now;
  }
  expect(written).toEqual([
    'img_1: step 5 of 120, loss 0.500\n',
    'img_1: step 10 of 120, loss 0.500\n',
  ]);
});
