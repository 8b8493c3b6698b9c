import { describe, expect, test } from '@jest/globals';
import { FLAT, fitLogits, type LossLike, rateAt } from '../../../lib/cli/fit';
import type { Finding } from '../../../lib/diagnose/finding';

const LABELS = {
  gtTexts: { data: new Uint8Array(4), shape: [1, 2, 2] },
  gtKernels: { data: new Uint8Array(4), shape: [1, 1, 2, 2] },
  trainingMasks: { data: new Uint8Array(4), shape: [1, 2, 2] },
};

/** Says what it was asked about. */
function findingOf(message: string): Finding {
  return { code: 'constant-maps', severity: 'warning', numbers: {}, message, advice: '' };
}

/** Mean squared distance to a target, and its gradient; remembers the shapes that it was given. */
function bowl(target: number): LossLike & { readonly shapes: (readonly number[])[] } {
  const shapes: (readonly number[])[] = [];
  return {
    shapes,
    async diagnose({ data, shape }, labels) {
      const isGiven = labels === LABELS;
      return { findings: [findingOf(`[${shape}] at ${data[0]}, its labels: ${isGiven}`)] };
    },
    valueAndGradSync({ data, shape }) {
      shapes.push(shape);
      const loss = [...data].reduce((sum, x) => sum + (x - target) ** 2, 0) / data.length;
      const zero = [0];
      return {
        perImage: {
          loss: [loss],
          lossText: [loss],
          lossKernels: zero,
          iouText: zero,
          iouKernel: zero,
        },
        grad: { data: data.map((x) => (2 * (x - target)) / data.length) },
        selectedMask: { data: [1, 0, 1, 0] },
      };
    },
  };
}

describe('fitLogits', () => {
  test('goes from flat logits to the minimum of a loss', async () => {
    const loss = bowl(2);
    const { curve, logits, selectedMask } = await fitLogits(loss, LABELS, {
      shape: [2, 2, 2],
      steps: 100,
    });
    expect(curve).toHaveLength(101);
    expect(curve[0]?.loss).toBeCloseTo((FLAT - 2) ** 2, 5);
    expect(curve.at(-1)?.loss).toBeLessThan(1e-3);
    for (const x of logits) expect(x).toBeCloseTo(2, 1);
    expect(selectedMask).toEqual([1, 0, 1, 0]);
    expect(loss.shapes[0]).toEqual([1, 2, 2, 2]);
  });

  test('tells each step, and ends when it is told to', async () => {
    const seen: number[] = [];
    const run = fitLogits(bowl(0), LABELS, {
      shape: [2, 2, 2],
      steps: 50,
      onStep: (point, step, milliseconds) => {
        expect(point.loss).toBeGreaterThan(0);
        expect(milliseconds).toBeGreaterThanOrEqual(0);
        seen.push(step);
        if (step === 3) throw new Error('enough');
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  test('lets the event loop turn between steps', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const slow = bowl(0);
    const loss: LossLike = {
      ...slow,
      valueAndGradSync(maps, labels) {
        const until = performance.now() + 3;
        while (performance.now() < until);
        return slow.valueAndGradSync(maps, labels);
      },
    };
    await fitLogits(loss, LABELS, { shape: [2, 2, 2], steps: 10 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  test('only evaluates when there are no steps to make', async () => {
    const { curve, logits, msPerStep } = await fitLogits(bowl(0), LABELS, {
      shape: [2, 2, 2],
      steps: 0,
    });
    expect(curve).toHaveLength(1);
    expect(msPerStep).toBe(0);
    expect([...logits]).toEqual(Array(8).fill(FLAT));
  });

  test('has the batch diagnosed before the first step and after the last', async () => {
    const options = { shape: [2, 2, 2], steps: 30 } as const;
    const { findings, logits } = await fitLogits(bowl(2), LABELS, options);
    const asked = (at: number) => [findingOf(`[1,2,2,2] at ${at}, its labels: true`)];
    expect(findings).toEqual({ start: asked(FLAT), end: asked(logits[0]!) });
    expect(logits[0]).not.toBe(FLAT);
    const still = await fitLogits(bowl(2), LABELS, { ...options, steps: 0 });
    expect(still.findings).toEqual({ start: asked(FLAT), end: asked(FLAT) });
  });
});

describe('rateAt', () => {
  test('lets a logit travel 15 in all, whatever the number of steps, and ends at 0', () => {
    for (const steps of [30, 120, 1000]) {
      const travel = Array.from({ length: steps }, (_, step) => rateAt(step, steps));
      expect(travel.reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(15 * (1 + 1 / steps), 6);
      expect(rateAt(steps, steps)).toBeCloseTo(0, 12);
    }
  });

  test('never leaps by more than 1', () => {
    expect(rateAt(0, 1)).toBe(1);
  });
});
