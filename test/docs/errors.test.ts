// docs/errors.md against lib/errors.ts and what the code throws: written by the generator, with every code, and real messages.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compactLabels, isPSEError, libtorch, type PSEErrorCode, PSELoss, Tensor } from 'pse-loss';
import { makeLabels, parseIcdar } from 'pse-loss/labels';
import { checkDevices, type TensorArgument } from '../../lib/arguments/tensor';
import { ERRORS, pseError } from '../../lib/errors';
import { rethrow } from '../../lib/native/failure';
import { errorsPage } from '../../scripts/docs-errors.mjs';
import { ROOT, runNode } from '../support/process';
import { patternOf, readPage } from './pages';

const CODES = Object.keys(ERRORS) as PSEErrorCode[];
const page = readPage('docs/errors.md');

test('the page is what `npm run docs:errors` writes', () => {
  expect(page).toBe(errorsPage(ERRORS));
});

test('it has a heading for every code, and for no other', () => {
  const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, code]) => code as string);
  expect(headings.sort()).toEqual([...CODES].sort());
});

test('its lines are no longer than those of other pages', () => {
  const prose = page.replaceAll(/^```text\n.*?^```$/gms, '');
  expect(prose.split('\n').filter((line) => line.length > 140)).toEqual([]);
});

describe('a code', () => {
  /** The sources that throw, without comments; the words for what the addon throws are not thrown there. */
  const sources = ['lib', 'native/binding']
    .flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true }).map((file) => `${room}/${file}`),
    )
    .filter((file) => /\.(ts|cpp|h)$/.test(file))
    .filter((file) => file !== 'lib/errors.ts' && file !== 'lib/native/failure.ts')
    .map((file) => readPage(file).replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, ''))
    .join('\n');

  test.each(CODES)('%s is thrown somewhere, or the page says that it is not yet', (code) => {
    const thrown = new RegExp(`['"]${code}['"]`).test(sources);
    expect(thrown).toBe(!('later' in ERRORS[code]));
  });

  test('that is thrown and is none of these there is not', () => {
    const named = [...sources.matchAll(/['"](ERR_PSE_\w+)['"]/g)].map(([, code]) => code);
    expect(named.filter((code) => !CODES.includes(code as PSEErrorCode))).toEqual([]);
  });
});

describe('the example of', () => {
  const maps = { data: new Float32Array(32), shape: [1, 2, 4, 4] };
  const array = (value: number, ...shape: number[]) => ({
    data: new Uint8Array(shape.reduce((product, size) => product * size, 1)).fill(value),
    shape,
  });
  const labels = {
    gtTexts: array(1, 1, 16, 16),
    gtKernels: array(1, 1, 1, 16, 16),
    trainingMasks: array(1, 1, 16, 16),
  };
  const forward = (changes: object, options = {}) => {
    const given = { maps, ...labels, ...changes };
    return new PSELoss(options).forwardSync(given.maps, given);
  };
  /** As errors of the addon come to users. */
  const native = (call: string, code: PSEErrorCode, message = 'words') =>
    rethrow(call, pseError(code, message));

  const CAUSES: { readonly [code in PSEErrorCode]?: () => unknown } = {
    ERR_PSE_TYPE: () => forward({ maps: maps.data }),
    ERR_PSE_DTYPE: () => forward({ maps: { ...maps, data: new Uint16Array(32) } }),
    ERR_PSE_OPTION: () => new PSELoss({ ohem_ratio: 3 } as object),
    ERR_PSE_SHAPE: () => forward({ gtTexts: array(1, 1, 15, 16) }),
    ERR_PSE_RANGE: () => new PSELoss({ alpha: 2 }),
    ERR_PSE_VALUE: () => forward({ trainingMasks: array(255, 1, 16, 16) }, { checkValues: true }),
    ERR_PSE_DEVICE: () => {
      const shape = [1];
      const on = (device: 'cpu' | 'cuda:0') =>
        ({ native: {}, shape, dtype: 'float32', device }) as unknown as TensorArgument;
      checkDevices('PSELoss.forward', [
        ['maps', on('cuda:0')],
        ['labels.gtTexts', on('cpu')],
      ]);
    },
    ERR_PSE_CUDA_UNAVAILABLE: () => Tensor.from(new Float32Array(1), { device: 'cuda' }),
    ERR_PSE_QUEUE_FULL: () =>
      Promise.all(Array.from({ length: 2000 }, () => new PSELoss().forward(maps, labels))),
    ERR_PSE_DISPOSED: async () => {
      const tensor = Tensor.from(new Float32Array(1));
      tensor.dispose();
      await tensor.data();
    },
    ERR_PSE_FORMAT: () => parseIcdar('377,117', { file: 'gt_img_7.txt' }),
    ERR_PSE_OUT_OF_MEMORY: () => makeLabels([], { height: 32_767, width: 32_767, kernels: 255 }),
    // Of a process that has none yet: another test may have opened one in this.
    ERR_PSE_LIBTORCH_NOT_FOUND: async () => {
      const load = `require('pse-loss').libtorch.load({ directory: '/nowhere' })`;
      const { stdout } = await runNode(
        `${load}.catch((e) => console.log(JSON.stringify([e.code, e.message])))`,
      );
      const [code, message] = JSON.parse(stdout);
      throw pseError(code, message);
    },
    ERR_PSE_CONFLICT: async () => {
      await libtorch.load();
      await libtorch.load({ directory: '/nowhere' });
    },
    ERR_PSE_LIBTORCH_VERSION: () => native('PSELoss.forwardSync', 'ERR_PSE_LIBTORCH_VERSION'),
    ERR_PSE_NOT_BUILT: () => native('libtorch.load', 'ERR_PSE_NOT_BUILT'),
    ERR_PSE_CUDA: () => native('libtorch.load', 'ERR_PSE_CUDA'),
    ERR_PSE_ABORTED: () =>
      native('PSELoss.forwardSync', 'ERR_PSE_ABORTED', 'the process is ending'),
    ERR_PSE_INTERNAL: () => native('PSELoss.forwardSync', 'ERR_PSE_INTERNAL'),
  };
  const shown = CODES.filter((code) => 'example' in ERRORS[code]);

  test('every code that is thrown is there', () => {
    expect(shown).toEqual(CODES.filter((code) => !('later' in ERRORS[code])));
    expect(Object.keys(CAUSES).sort()).toEqual([...shown].sort());
  });

  test.each(shown)('%s is the message that the package makes of it', async (code) => {
    const cause = async () => CAUSES[code]?.();
    const error: unknown = await cause().then(
      () => new Error('nothing was thrown'),
      (thrown) => thrown,
    );
    if (!isPSEError(error)) throw error;
    expect(error.code).toBe(code);
    expect(error.message).toMatch(patternOf((ERRORS[code] as { example: string }).example));
  });

  test('compactLabels refuses with ERR_PSE_VALUE too, as its meaning says', () => {
    expect(() => compactLabels({ ...labels, gtTexts: array(2, 1, 16, 16) }, { scale: 4 })).toThrow(
      expect.objectContaining({ code: 'ERR_PSE_VALUE' }),
    );
  });
});
