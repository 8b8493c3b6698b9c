// The addon against binding.gyp.d.ts, both ways: what is declared is there, what is there is declared, and every
// property that C++ reads or writes is one that the treaty names.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import type { Addon, NativeArray, NativeLossOptions } from '../../binding.gyp';
import { libtorch } from '../../lib/native/libtorch/libtorch';
import { RELEASE, ROOT } from '../support/process';

const addon = require(join(RELEASE, 'pse_loss.node')) as Addon;

/** The members of each interface of the treaty, and whether they are methods. */
const treaty = readTreaty();

beforeAll(() => libtorch.load());

describe('exports', () => {
  test('are exactly the members of Addon', () => {
    const declared = members('Addon').map(({ name }) => name);
    expect(Object.keys(addon).sort()).toEqual(declared.sort());
  });

  test('are functions where Addon declares methods', () => {
    for (const { name, method } of members('Addon')) {
      expect([name, typeof addon[name as keyof Addon] === 'function']).toEqual([name, method]);
    }
  });

  test('speak the version of native/pse.h', () => {
    const header = readFileSync(join(ROOT, 'native', 'pse.h'), 'utf8');
    expect(addon.apiVersion).toBe(Number(header.match(/PSE_API_VERSION (\d+)/)?.[1]));
  });
});

describe('loss', () => {
  test('reads every option of NativeLossOptions, and no other', () => {
    const { options, results } = call();
    const read = new Set<string>();
    addon.loss(batch(), recording(options, read), results);
    expect([...read].sort()).toEqual(names('NativeLossOptions'));
  });

  test('reads a batch of pixels, and one of counts, as they are declared', () => {
    const { options, results } = call();
    const read = new Set<string>();
    addon.loss(recording(batch(), read), options, results);
    // It looks for counts first.
    expect([...read].sort()).toEqual([...names('NativePixelBatch'), 'counts'].sort());
    const ofCounts = new Set<string>();
    const { selectedMask, ...others } = results;
    addon.loss(recording(compactBatch(), ofCounts), options, others);
    expect([...ofCounts].sort()).toEqual(names('NativeCompactBatch'));
  });

  test('writes every result of NativeLossResults, and no other', () => {
    const { options, results } = call();
    const read = new Set<string>();
    addon.loss(batch(), options, recording(results, read));
    expect([...read].sort()).toEqual(names('NativeLossResults'));
    for (const [name, array] of Object.entries(results)) {
      expect([name, (array.data as Float32Array).some((value) => value !== 0)]).toEqual([
        name,
        true,
      ]);
    }
  });

  const broken: readonly [string, () => unknown][] = [
    ['nothing', () => (addon.loss as () => void)()],
    [
      'an array with fewer elements than its shape',
      () => withMaps({ data: new Float32Array(111) }),
    ],
    ['an array of another dtype than it claims', () => withMaps({ data: new Float64Array(112) })],
    ['an unknown dtype', () => withMaps({ dtype: 'complex64' as 'float32' })],
    ['a negative size', () => withMaps({ shape: [-1, 7, 4, 4] })],
    ['sizes whose product overflows', () => withMaps({ shape: [2 ** 32, 2 ** 32, 4, 4] })],
    ['too many sizes', () => withMaps({ shape: [1, 1, 1, 1, 1, 1, 7, 4, 4] })],
    ['a plain array as data', () => withMaps({ data: [1] as unknown as Float32Array })],
    ['bits of halves in an array of bytes', () => withMaps({ dtype: 'float16' })],
    ['an option that is no number', () => withOptions({ alpha: 'x' as unknown as number })],
    ['an option that is no word of its list', () => withOptions({ reduction: 'max' as 'mean' })],
    [
      'an option that is no truth value',
      () => withOptions({ alignCorners: 1 as unknown as boolean }),
    ],
    ['counts of another size', () => withCounts({ shape: [1, 15, 2, 8] })],
    ['a scale of 0', () => withCounts({}, 0)],
    ['a scale that overflows', () => withCounts({}, 2 ** 62)],
  ];
  test.each(broken)('refuses %s instead of reading past the end', (_, breakIt) => {
    expect(breakIt).toThrow(expect.objectContaining({ code: 'ERR_PSE_INTERNAL' }));
  });

  test('refuses memory that a getter detaches after it was read, instead of reading it', () => {
    const { options, results } = call();
    const { maps, gtTexts, ...others } = batch();
    const buffer = maps.data.buffer as ArrayBuffer;
    const late = {
      ...gtTexts,
      get dtype() {
        if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
        return gtTexts.dtype;
      },
    };
    expect(() => addon.loss({ maps, gtTexts: late, ...others }, options, results)).toThrow(
      expect.objectContaining({ code: 'ERR_PSE_INTERNAL' }),
    );
  });

  test.each([
    ['of other sizes', { grad: array(Float32Array, [1, 7, 3, 3]) }],
    ['of more images', { grad: array(Float32Array, [2, 7, 4, 4]) }],
    ['of another dtype', { perImage: array(Uint8Array, [5, 1]) }],
    ['of another rank', { lossPerKernel: array(Float32Array, [6]) }],
  ])('writes no result at all where one is %s', (_, wrong) => {
    const { options, results } = call();
    const given = { ...results, ...wrong };
    expect(() => addon.loss(batch(), options, given)).toThrow(
      expect.objectContaining({ code: 'ERR_PSE_INTERNAL' }),
    );
    for (const { data } of Object.values(given)) {
      expect((data as Float32Array).every((value) => value === 0)).toBe(true);
    }
  });

  test('leaves the results as they were when LibTorch refuses the batch', () => {
    const { options, results } = call();
    const wrong = { ...batch(), trainingMasks: array(Uint8Array, [1, 8, 8]) };
    expect(() => addon.loss(wrong, options, results)).toThrow(
      expect.objectContaining({
        code: 'ERR_PSE_INTERNAL',
        message: expect.stringMatching(/^pse::loss: expected gt_texts and training_masks/),
      }),
    );
    for (const { data } of Object.values(results)) {
      expect((data as Float32Array).every((value) => value === 0)).toBe(true);
    }
  });
});

describe('counts that cannot be', () => {
  test.each([0, 1, 255])('all %p, are computed with and crash nothing', (count) => {
    const { options, results } = call();
    const { selectedMask, ...others } = results;
    const given = compactBatch({ data: new Uint8Array(15 * 16).fill(count) });
    for (const kernelSampleMask of ['pred', 'gt', 'union'] as const) {
      addon.loss(given, { ...options, kernelSampleMask }, others);
    }
    expect(others.perImage.data.byteLength).toBe(20);
  });
});

describe('lossMasks', () => {
  test('writes what both dice losses receive, as NativeLossMasks has it', () => {
    const read = new Set<string>();
    const masks = {
      selectedMask: array(Float32Array, [1, 16, 16]),
      kernelMask: array(Float32Array, [1, 16, 16]),
    };
    addon.lossMasks(batch(), call().options, recording(masks, read));
    expect([...read].sort()).toEqual(names('NativeLossMasks'));
    // All of it is text, learned and predicted.
    for (const { data } of Object.values(masks)) {
      expect(new Set(data as Float32Array)).toEqual(new Set([1]));
    }
  });
});

describe('the functions', () => {
  const ones = () => array(Float32Array, [1, 4, 4], 1);
  const ofImages = () => array(Float32Array, [1]);
  const smoothing = { eps: 1, epsInNumerator: false, largest: 16 };
  const classes = (mean: boolean) => ({ nClass: 2, mean, largest: 16 });
  const mining = {
    ohemRatio: 3,
    negativePool: 'all',
    fallbackMask: 'value',
    largest: 16,
  } as const;
  const calls: readonly [string, (result: NativeArray) => void, () => NativeArray][] = [
    ['diceLoss', (to) => addon.diceLoss(ones(), ones(), ones(), smoothing, to), ofImages],
    ['ohemBatch', (to) => addon.ohemBatch(ones(), ones(), ones(), mining, to), ones],
    ['iou', (to) => addon.iou(ones(), ones(), ones(), classes(false), to), ofImages],
    [
      'iou',
      (to) => addon.iou(ones(), ones(), ones(), classes(true), to),
      () => array(Float32Array, []),
    ],
  ];

  test.each(calls)('%s writes its result', (_, run, make) => {
    const result = make();
    (result.data as Float32Array).fill(7);
    run(result);
    expect(result.data).not.toContain(7);
  });

  test.each(calls)('%s writes into no array that it does not fit', (_, run) => {
    const result = array(Float32Array, [2, 1], 7);
    expect(() => run(result)).toThrow(expect.objectContaining({ code: 'ERR_PSE_INTERNAL' }));
    expect(result.data).toEqual(Float32Array.of(7, 7));
  });

  test('refuse arguments that break the treaty', () => {
    for (const run of [addon.diceLoss, addon.ohemBatch, addon.iou]) {
      expect(() => (run as () => void)()).toThrow(/binding\.gyp\.d\.ts/);
    }
    const { lossMasks } = addon as unknown as { lossMasks(): void };
    expect(lossMasks).toThrow(/binding\.gyp\.d\.ts/);
  });
});

describe('openSync', () => {
  test('reads OpenRequest and answers OpenReport', () => {
    const read = new Set<string>();
    const request = { directory: libtorch.directory as string, operators: '/', cuda: false };
    const report = addon.openSync(recording(request, read));
    expect([...read].sort()).toEqual(names('OpenRequest'));
    expect(Object.keys(report).sort()).toEqual(names('OpenReport'));
  });
});

function names(of: string): string[] {
  return members(of)
    .map(({ name }) => name)
    .sort();
}

/** `target`, noting which of its properties are read. */
function recording<T extends object>(target: T, read: Set<string>): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      if (typeof key === 'string') read.add(key);
      return Reflect.get(object, key, receiver);
    },
  });
}

type ArrayClass = typeof Float32Array | typeof Uint8Array;

function array(type: ArrayClass, shape: readonly number[], value = 0): NativeArray {
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    data: new type(length).fill(value),
    shape,
    dtype: type === Float32Array ? 'float32' : 'uint8',
  };
}

function batch(maps: Partial<NativeArray> = {}) {
  return {
    largest: 112 * 16,
    maps: { ...array(Float32Array, [1, 7, 4, 4], 1), ...maps },
    gtTexts: array(Uint8Array, [1, 16, 16], 1),
    gtKernels: array(Uint8Array, [1, 6, 16, 16], 1),
    trainingMasks: array(Uint8Array, [1, 16, 16], 1),
  };
}

/** The same: every count is that of a whole block. */
function compactBatch(counts: Partial<NativeArray> = {}, scale = 4) {
  return {
    largest: 112 * 16,
    maps: batch().maps,
    counts: { ...array(Uint8Array, [1, 15, 4, 4], 16), ...counts },
    scale,
  };
}

function call() {
  const options: NativeLossOptions = {
    alpha: 0.7,
    kernelWeight: 0.3,
    ohemRatio: 3,
    kernelSampleMask: 'pred',
    textThreshold: 0,
    reduction: 'sum',
    eps: 1e-6,
    epsInNumerator: false,
    binarizeLabels: false,
    fallbackMask: 'value',
    kernelTrainingMask: 'value',
    upsample: 'nearest',
    alignCorners: false,
    negativePool: 'all',
    emptyImages: 'include',
    gradScale: 1,
  };
  const results = {
    perImage: array(Float32Array, [5, 1]),
    reduced: array(Float32Array, [5]),
    lossPerKernel: array(Float32Array, [1, 6]),
    selectedMask: array(Float32Array, [1, 16, 16]),
    grad: array(Float32Array, [1, 7, 4, 4]),
  };
  return { options, results };
}

function withMaps(maps: Partial<NativeArray>): void {
  const { options, results } = call();
  addon.loss(batch(maps), options, results);
}

function withCounts(counts: Partial<NativeArray>, scale?: number): void {
  const { options, results } = call();
  const { selectedMask, ...others } = results;
  addon.loss(compactBatch(counts, scale), options, others);
}

function withOptions(change: Partial<NativeLossOptions>): void {
  const { options, results } = call();
  addon.loss(batch(), { ...options, ...change }, results);
}

interface Member {
  readonly name: string;
  readonly method: boolean;
}

function members(of: string): readonly Member[] {
  return treaty.get(of) as readonly Member[];
}

function readTreaty(): Map<string, Member[]> {
  const path = join(ROOT, 'binding.gyp.d.ts');
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const found = new Map<string, Member[]>();
  source.forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node)) return;
    const inherited = (node.heritageClauses ?? []).flatMap(({ types }) =>
      types.flatMap(({ expression }) => found.get((expression as ts.Identifier).text) ?? []),
    );
    const own = node.members.map((member) => ({
      name: (member.name as ts.Identifier).text,
      method: ts.isMethodSignature(member),
    }));
    found.set(node.name.text, [...own, ...inherited]);
  });
  return found;
}
