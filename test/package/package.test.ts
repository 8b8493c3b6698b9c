// The tarball, in somebody's empty project.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { projectFiles } from '../../scripts/sources.mjs';
import { ROOT } from '../support/process';
import { type Consumer, makeConsumer } from './consumer';

let consumer: Consumer;
beforeAll(() => {
  consumer = makeConsumer();
});
afterAll(() => consumer.remove());

const VERSION = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;

/** A batch of one image; every logit and every label is 0. */
const BATCH = `
  const maps = { data: new Float32Array(2 * 4), shape: [1, 2, 2, 2] };
  const labels = {
    gtTexts: { data: new Uint8Array(4), shape: [1, 2, 2] },
    gtKernels: { data: new Uint8Array(4), shape: [1, 1, 2, 2] },
    trainingMasks: { data: new Uint8Array(4), shape: [1, 2, 2] },
  };`;

describe('the files', () => {
  const inside = (folder: string) => consumer.files.filter((file) => file.startsWith(`${folder}/`));

  test('are these folders and pages', () => {
    const top = new Set(consumer.files.map((file) => file.split('/')[0]));
    expect([...top].sort()).toEqual([
      'CHANGELOG.md',
      'CMakeLists.txt',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'binding.gyp.d.ts',
      'dist',
      'docs',
      'examples',
      'lib',
      'native',
      'package.json',
    ]);
  });

  test.each(['lib', 'native', 'examples/pages'])('hold every source of %s', async (folder) => {
    const sources = (await projectFiles()).filter((file) => file.startsWith(`${folder}/`));
    expect(inside(folder).sort()).toEqual(sources);
  });

  test('hold every module of lib/ compiled, with its types, and no other', () => {
    const modules = inside('lib').filter((file) => /(?<!\.d)\.m?ts$/.test(file));
    const compiled = modules.flatMap((file) => {
      const [, name, m] = /^lib\/(.*)\.(m?)ts$/.exec(file)!;
      return ['js', 'd.ts', 'js.map'].map((end) => `dist/${name}.${end.replace(/(?=[jt]s)/, m!)}`);
    });
    expect(inside('dist').sort()).toEqual(compiled.sort());
  });

  test('hold nothing of the tests, the tools, the machine', () => {
    const wrong = /(^|\/)(test|scripts|build|node_modules|report|\.\w+)\/|\.(node|so|tgz|py|log)$/;
    expect(consumer.files.filter((file) => wrong.test(file))).toEqual([]);
    expect(consumer.size).toBeLessThan(1_000_000);
  });

  test('hold the licence as it stands', () => {
    const text = (folder: string) => readFileSync(join(folder, 'LICENSE'), 'utf8');
    expect(text(consumer.installed)).toBe(text(ROOT));
  });
});

describe('without a compiled addon', () => {
  test.each([
    ['PSELoss', 'new PSELoss().forwardSync(maps, labels)'],
    ['libtorch', 'await libtorch.load()'],
  ])('%s says so, with the place and the way out', async (_, call) => {
    const { code, stdout } = await consumer.node(
      '--input-type=module',
      '-e',
      `import { isPSEError, libtorch, PSELoss } from 'pse-loss';
       ${BATCH}
       try { ${call}; } catch (error) { console.log(isPSEError(error), error.code, error.message); }`,
    );
    expect(stdout).toMatch(/^true ERR_PSE_NOT_BUILT pse-loss: no /);
    expect(stdout).toContain(join(consumer.installed, 'build', 'Release'));
    expect(stdout).toContain('`npm run setup` builds it');
    expect(code).toBe(0);
  });

  test('what needs none works: options are checked, labels are made', async () => {
    const { stdout, stderr } = await consumer.node(
      '-e',
      `const { PSELoss } = require('pse-loss');
       const { makeLabels } = require('pse-loss/labels');
       console.log(new PSELoss({ alpha: 0.5 }).options.alpha);
       try { new PSELoss({ alpha: 2 }); } catch ({ code }) { console.log(code); }
       console.log(makeLabels([], { height: 8, width: 8 }).gtTexts.shape.join());`,
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^0\.5\nERR_PSE_RANGE\n.*8,8\n$/);
  });
});

describe('the command line', () => {
  test('says its version', async () => {
    expect(await consumer.bin('pse-loss', '--version')).toEqual({
      code: 0,
      stdout: `${VERSION}\n`,
      stderr: '',
    });
  });

  test('says in one line what is missing, not in a stack', async () => {
    const { code, stderr } = await consumer.bin('pse-loss', 'fit', '--steps', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^pse-loss: .*\n$/);
  });
});

describe('with an addon', () => {
  beforeAll(() => consumer.addAddon());

  test('require and import give the same class, the same functions, and one addon', async () => {
    const script = consumer.write(
      'both.mjs',
      `import { createRequire } from 'node:module';
       import * as imported from 'pse-loss';
       import * as importedLabels from 'pse-loss/labels';
       const require = createRequire(import.meta.url);
       const required = require('pse-loss');
       ${BATCH}
       const here = new imported.PSELoss().valueAndGradSync(maps, labels);
       const there = new required.PSELoss().valueAndGradSync(maps, labels);
       const addons = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'));
       console.log(JSON.stringify({
         names: [Object.keys(imported).sort(), Object.keys(required).sort()],
         same: Object.keys(required).every((name) => required[name] === imported[name]),
         labels: require('pse-loss/labels').makeLabels === importedLabels.makeLabels,
         instance: new imported.PSELoss() instanceof required.PSELoss,
         losses: [here.loss, there.loss],
         addons: addons.length,
         loaded: [imported.libtorch.loaded, required.libtorch.loaded],
       }));`,
    );
    const { stdout, stderr } = await consumer.node(script);
    expect(stderr).toBe('');
    const { names, losses, ...rest } = JSON.parse(stdout);
    expect(names[0]).toEqual(names[1]);
    expect(names[0]).toContain('PSELoss');
    expect(losses[0]).toBe(losses[1]);
    expect(rest).toEqual({
      same: true,
      labels: true,
      instance: true,
      addons: 1,
      loaded: [true, true],
    });
  });

  test('package.json can be required, and nothing behind the exports', async () => {
    const { stdout } = await consumer.node(
      '-e',
      `console.log(require('pse-loss/package.json').version);
       for (const inner of ['dist/index.js', 'lib/index.ts', 'dist/native/addon']) {
         try { require('pse-loss/' + inner); } catch ({ code }) { console.log(code); }
       }`,
    );
    const closed = 'ERR_PACKAGE_PATH_NOT_EXPORTED\n';
    expect(stdout).toBe(`${VERSION}\n${closed.repeat(3)}`);
  });
});

describe('types', () => {
  const SOURCE = `
import { allocate, isPSEError, libtorch, PSELoss, scope, Tensor, type Labels, type LossAndGrad, type NdArray } from 'pse-loss';
import { makeLabels, parseIcdar, type TextPolygon } from 'pse-loss/labels';

const texts: TextPolygon[] = parseIcdar('0,0,8,0,8,8,0,8,word');
const labels: Labels<NdArray<Uint8Array>> = makeLabels(texts, { height: 8, width: 8 });
const maps = { data: new Float32Array(7 * 64), shape: [1, 7, 8, 8] };
const result = new PSELoss({ reduction: 'mean' }).valueAndGradSync(maps, labels);
export const loss: number = result.loss;
export const grad: Float32Array = result.grad.data;
export const perImage: Float32Array = new PSELoss({ reduction: 'none' }).forwardSync(maps, labels).loss;
export const sum: LossAndGrad<Float32Array, 'sum'> = new PSELoss().valueAndGradSync(maps, labels);
export const version: string | undefined = libtorch.version;
export const code = (error: unknown) => (isPSEError(error) ? error.code : undefined);

export async function step(): Promise<number> {
  using tensor = Tensor.from(maps.data, { shape: maps.shape, requiresGrad: true });
  const { loss: value } = await new PSELoss().forward(tensor, labels);
  await value.backward();
  const elements: Float32Array | undefined = await tensor.grad?.data();
  return elements ? value.item() : scope(() => 0);
}
export const shared: Int32Array = allocate('int32', [2]).data;

// @ts-expect-error: only from and empty make tensors
new Tensor();
// @ts-expect-error: there is no such option
new PSELoss({ alfa: 1 });
// @ts-expect-error: there is no such reduction
new PSELoss({ reduction: 'max' });
// @ts-expect-error: a number, not an array
export const wrong: Float32Array = result.loss;
`;

  test.each(['node20', 'nodenext'])(
    'resolve and tell right from wrong (module %s)',
    async (module) => {
      consumer.write('imports.mts', SOURCE);
      consumer.write('requires.cts', SOURCE);
      const config = consumer.write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: {
            module,
            strict: true,
            exactOptionalPropertyTypes: true,
            skipLibCheck: false,
            noEmit: true,
            // Neither @types/node nor the browser's.
            types: [],
            lib: ['es2022'],
          },
          files: ['imports.mts', 'requires.cts'],
        }),
      );
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      expect(await consumer.node(tsc, '-p', config)).toEqual({ code: 0, stdout: '', stderr: '' });
    },
  );
});
