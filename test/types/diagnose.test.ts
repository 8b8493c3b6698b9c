// What the compiler knows about a diagnosis. Types are held by `npm run check:static`; Jest runs the same lines.
import { expect, test } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { compactLabels, type Diagnosis, type Finding, PSELoss } from 'pse-loss';

const MAPS = { data: new Float32Array(8), shape: [1, 2, 2, 2] };
const PLANE = { data: new Uint8Array(4), shape: [1, 2, 2] };
const LABELS = {
  gtTexts: PLANE,
  gtKernels: { data: new Uint8Array(4), shape: [1, 1, 2, 2] },
  trainingMasks: PLANE,
} as const;

test('a diagnosis is promised, of whatever forwardSync takes, under every reduction', async () => {
  const loss = new PSELoss({ reduction: 'none' });
  const promise = loss.diagnose(MAPS, LABELS);
  expectTypeOf(promise).toEqualTypeOf<Promise<Diagnosis>>();
  expectTypeOf(loss.diagnose).parameters.toEqualTypeOf<Parameters<PSELoss['diagnose']>>();
  const halves = { data: new Uint16Array(8), dims: [1, 2, 2, 2], type: 'bfloat16' } as const;
  const compact = compactLabels(LABELS, { scale: 1 });
  const diagnoses = [promise, loss.diagnose(halves, LABELS), loss.diagnose(MAPS, compact)];
  for (const { findings } of await Promise.all(diagnoses)) expect(findings).toBeInstanceOf(Array);
});

test('findings and pictures have types of their own', async () => {
  const { findings, pictures } = await new PSELoss().diagnose(MAPS, LABELS);
  expectTypeOf(findings).toEqualTypeOf<readonly Finding[]>();
  expectTypeOf(pictures).returns.resolves.toEqualTypeOf<Record<string, Uint8Array>>();
  expect(Object.values(await pictures())[0]).toBeInstanceOf(Uint8Array);

  const [finding] = findings;
  expectTypeOf(finding).toEqualTypeOf<Finding | undefined>();
  expectTypeOf<Finding['severity']>().toEqualTypeOf<'error' | 'warning' | 'info'>();
  expectTypeOf<Finding['image']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<Finding['images']>().toEqualTypeOf<readonly number[] | undefined>();
  expectTypeOf<Finding['numbers']>().toEqualTypeOf<Readonly<Record<string, number>>>();
  expectTypeOf<Pick<Finding, 'message' | 'advice'>>().toEqualTypeOf<{
    readonly message: string;
    readonly advice: string;
  }>();
  expect(finding).toMatchObject({ severity: 'error', image: 0, numbers: expect.any(Object) });
  for (const words of [finding?.message, finding?.advice]) expect(typeof words).toBe('string');
});

test('codes are a closed list, so that a switch over them can be complete', () => {
  expectTypeOf<'no-text'>().toExtend<Finding['code']>();
  expectTypeOf<'no-texts'>().not.toExtend<Finding['code']>();
  expectTypeOf<string>().not.toExtend<Finding['code']>();
  expect(true).toBe(true);
});

test('a call without arguments, or with others, does not compile, and is refused', async () => {
  const loss = new PSELoss();
  // @ts-expect-error no labels
  await expect(loss.diagnose(MAPS)).rejects.toThrow(TypeError);
  // @ts-expect-error labels for maps
  await expect(loss.diagnose(LABELS, MAPS)).rejects.toThrow(TypeError);
  // @ts-expect-error text alone is no labels
  await expect(loss.diagnose(MAPS, { gtTexts: PLANE })).rejects.toThrow(TypeError);
});
