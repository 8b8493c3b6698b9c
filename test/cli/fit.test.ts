import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ROOT, run } from '../support/process';
import { pseLoss } from './run';

const PAGES = join(ROOT, 'examples', 'pages');
const HILLS = { photo: 'img_4.jpg', truth: 'gt_img_4.txt' };
const BAKERY = { photo: 'img_1.png', truth: 'gt_img_1.txt' };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pse-loss-cli-'));
});

afterEach(() => rm(folder, { recursive: true, maxRetries: 3 }));

/** Puts a sample page into the folder `photos` under another name. */
async function put(page: typeof HILLS, name: string, truth?: string): Promise<void> {
  const photos = join(folder, 'photos');
  await mkdir(photos, { recursive: true });
  const extension = page.photo.slice(page.photo.lastIndexOf('.'));
  await copyFile(join(PAGES, page.photo), join(photos, `${name}${extension}`));
  const gt = truth ?? (await readFile(join(PAGES, page.truth), 'utf8'));
  await writeFile(join(photos, `gt_${name}.txt`), gt);
}

describe('pse-loss fit', () => {
  test('fits the sample pages to text IoU above .95 and loss below .05', async () => {
    const timeout = 280_000; // a minute on a busy machine
    const { code, stdout, stderr } = await pseLoss(['fit', '--json'], { cwd: folder, timeout });
    expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 1 });
    const { report, photos } = JSON.parse(stdout);
    expect(photos.map((photo: { name: string }) => photo.name)).toEqual([
      'img_1',
      'img_2',
      'img_3',
      'img_4',
    ]);
    const atFlat = ['kernel-mask-empty', 'constant-maps'];
    for (const { best, end, findings, start, verdict } of photos.slice(0, 3)) {
      expect(findings).toEqual({ start: atFlat, end: [] });
      expect(start.loss).toBeGreaterThan(0.9);
      expect(end.loss).toBeLessThan(0.05);
      expect(end.iouText).toBeGreaterThan(0.95);
      expect(Math.abs(end.loss - best.loss)).toBeLessThan(0.01);
      expect(Math.abs(end.iouText - best.iouText)).toBeLessThan(0.01);
      expect(verdict).toBe('reached');
    }
    expect(photos[3]).toMatchObject({ verdict: 'nothing to learn', steps: 0, best: null });
    expect(photos[3].end.loss).toBe(1);
    const ignored = ['text-all-ignored', 'constant-maps'];
    expect(photos[3].findings).toEqual({ start: ignored, end: ignored });
    expect(stderr).toMatch(/^img_1: 8 texts to learn\. In 120 steps/m);
    expect(stderr).toContain('img_4: Nothing to learn: the only text is marked ###.');
    const page = await readFile(report, 'utf8');
    expect(page).toContain('3 of 4 photos reached the best there is, 1 has nothing to learn.');
    expect(page.match(/<section/g)).toHaveLength(4);
    expect(page.match(/Nothing is wrong that one batch can tell/g)).toHaveLength(3);
    const [, last] = page.split('<section id="photo-img_4">');
    expect(last).toMatch(
      /<b>error<\/b> text-all-ignored.+All text is ignored: trainingMasks is 0 at all \d+ pixels of text/s,
    );
    expect(report).toBe(join(folder, 'report', 'index.html'));
  }, 300_000);

  test('ends with a table and the path of the report', async () => {
    await put(BAKERY, 'sign_2');
    await put(HILLS, 'sign_10');
    const args = ['fit', 'photos', '--steps', '2', '--out', 'deep/down'];
    const { code, stdout } = await pseLoss(args, { cwd: folder });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^photo +texts +ignored +start +loss +best +IoU +best +ms\/step$/);
    expect(lines[1]).toMatch(/^sign_2 +8 +0 .* short$/);
    expect(lines[2]).toMatch(/^sign_10 +0 +1 .* nothing to learn$/);
    expect(lines.slice(3, 7)).toEqual([
      '',
      expect.stringMatching(/^sign_2: The kernel mask is empty: .*\(kernel-mask-empty\)$/),
      expect.stringMatching(/^sign_10: All text is ignored: .*\(text-all-ignored\)$/),
      '',
    ]);
    expect(lines.at(-2)).toBe(
      '0 of 2 photos reached the best there is, 1 would need more steps, 1 has nothing to learn.',
    );
    expect(lines.at(-1)).toBe(`Report: ${join(folder, 'deep', 'down', 'index.html')}`);
    expect(await readdir(join(folder, 'deep'))).toEqual(['down']);
  });

  test('shows a bar on a terminal, and leaves nothing of it behind', async () => {
    await put(BAKERY, 'img_1');
    const args = JSON.stringify([
      process.execPath,
      join(ROOT, 'dist/cli/main.js'),
      'fit',
      'photos',
      '--steps',
      '12',
    ]);
    const terminal = `import pty, os, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(${args})))`;
    const { code, stdout } = await run('python3', ['-c', terminal], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/━.*img_1 {2}loss 0\.\d+ {2}text IoU 0\.\d+ {2}[\d.]+ ms\/step/);
    // The cursor is hidden while the bar runs, and shown again.
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
    expect(stdout).not.toContain('img_1: 8 texts');
  });

  test('leaves out photos without a gt file, and says so', async () => {
    await put(HILLS, 'a');
    await copyFile(join(PAGES, HILLS.photo), join(folder, 'photos', 'b.jpg'));
    const { code, stderr } = await pseLoss(['fit', 'photos'], { cwd: folder });
    expect(code).toBe(0);
    expect(stderr).toContain('b.jpg: left out, it has no gt file\n');
  });

  test('takes a gt file without a line as a page without text', async () => {
    await put(HILLS, 'a', '');
    const { code, stderr } = await pseLoss(['fit', 'photos'], { cwd: folder });
    expect(code).toBe(0);
    expect(stderr).toContain('a: Nothing to learn: there is no text.');
  });

  test('replaces an old report', async () => {
    await put(HILLS, 'a');
    await pseLoss(['fit', 'photos'], { cwd: folder });
    await put(HILLS, 'b');
    await pseLoss(['fit', 'photos'], { cwd: folder });
    expect(await readdir(join(folder, 'report'))).toEqual(['index.html']);
    const page = await readFile(join(folder, 'report', 'index.html'), 'utf8');
    expect(page.match(/<section/g)).toHaveLength(2);
  });
});

describe('a run that is stopped', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s leaves the old report and nothing else',
    async (signal) => {
      await put(HILLS, 'img_0');
      await pseLoss(['fit', 'photos'], { cwd: folder });
      const before = await readFile(join(folder, 'report', 'index.html'), 'utf8');
      await put(BAKERY, 'img_1');
      let sent = false;
      const { code, stdout, stderr } = await pseLoss(['fit', 'photos', '--steps', '100000'], {
        cwd: folder,
        onStderr: (text, child) => {
          // The first photo is done, the second takes hours.
          if (!sent && text.includes('img_0:')) sent = child.kill(signal);
        },
      });
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(stdout).toBe('');
      expect(stderr.trimEnd().split('\n').at(-1)).toBe('pse-loss: stopped, nothing was written');
      expect((await readdir(folder)).sort()).toEqual(['photos', 'report']);
      expect(await readdir(join(folder, 'report'))).toEqual(['index.html']);
      expect(await readFile(join(folder, 'report', 'index.html'), 'utf8')).toBe(before);
    },
  );
});

describe('bad input', () => {
  /** One line on stderr, nothing on stdout, a code that is not 0, and no file that was not there before. */
  async function refused(args: readonly string[], line: RegExp): Promise<void> {
    const before = await readdir(folder, { recursive: true });
    const { code, stdout, stderr } = await pseLoss(args, { cwd: folder });
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^pse-loss: [^\n]+\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(1);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  }

  test('a folder that is missing', () => refused(['fit', 'nowhere'], /nowhere: no such folder/));

  test('a folder without photos', async () => {
    await mkdir(join(folder, 'photos'));
    await refused(['fit', 'photos'], /photos: expected photos and gt files in ICDAR 2015 layout/);
  });

  test('a gt file without its photo', async () => {
    await put(HILLS, 'a');
    await writeFile(join(folder, 'photos', 'gt_b.txt'), '');
    await refused(['fit', 'photos'], /gt_b\.txt: no photo beside it/);
  });

  test('a file that is no image', async () => {
    await put(HILLS, 'a');
    await writeFile(join(folder, 'photos', 'a.jpg'), 'not a photo');
    await refused(['fit', 'photos'], /photos\/a\.jpg: not a readable image \(.+\)/);
  });

  test('an image that is cut off', async () => {
    await put(HILLS, 'a');
    const bytes = await readFile(join(PAGES, HILLS.photo));
    await writeFile(join(folder, 'photos', 'a.jpg'), bytes.subarray(0, bytes.length / 2));
    await refused(['fit', 'photos'], /photos\/a\.jpg: not a readable image/);
  });

  test('a malformed line, even after good photos: nothing is computed before all is read', async () => {
    await put(BAKERY, 'a');
    await put(HILLS, 'b', '1,2,3,4,5,6,7,8,fine\n1,2,three,4,5,6,7,8,bad\n');
    await refused(['fit', 'photos'], /photos\/gt_b\.txt:2/);
  });

  test('a polygon outside its photo', async () => {
    await put(HILLS, 'a', '\n10,10,60,10,60,30,10,30,in\n610,10,760,10,760,30,610,30,out\n');
    await refused(
      ['fit', 'photos'],
      /photos\/gt_a\.txt:3: the corner 760,10 lies outside the photo of 640×480 pixels/,
    );
  });

  test.each([
    [['--steps', '0'], /'--steps <n>' argument '0' is invalid\. It must be a whole number/],
    [['--steps', '1.5'], /must be a whole number/],
    [['--steps', 'many'], /must be a whole number/],
    [['--steps'], /'--steps <n>' argument missing/],
    [['--out', ''], /must be the path of a folder/],
    [['--stepz', '3'], /unknown option '--stepz' \(Did you mean --steps\?\)/],
    [['a', 'b'], /too many arguments/],
  ])('the arguments %j', async (args, line) => {
    await refused(['fit', ...args], line);
  });

  test('a command that there is not', () => refused(['fitt'], /unknown command 'fitt'/));

  test('a target that is a file, or holds a page of somebody else', async () => {
    await put(HILLS, 'a');
    await writeFile(join(folder, 'file'), '');
    await refused(['fit', 'photos', '--out', 'file'], /--out .*file: not a folder/);
    await mkdir(join(folder, 'site'));
    await writeFile(join(folder, 'site', 'index.html'), '<h1>mine</h1>');
    await refused(['fit', 'photos', '--out', 'site'], /no report of pse-loss; it stays/);
  });

  // Below /proc nobody can make a folder, and whoever tries to make one with its parents tries for ever.
  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('a target where nothing can be written', async () => {
    await put(HILLS, 'a');
    await refused(['fit', 'photos', '--out', '/proc/a/b'], /nothing can be written in \/proc \(/);
  });
});

describe('help', () => {
  test('names the options and their defaults', async () => {
    const { code, stdout } = await pseLoss(['fit', '--help'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('--steps <n>');
    expect(stdout).toContain('(default: 120)');
    expect(stdout).toContain('(default: "report")');
  });

  test('gives the version of the package', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const { code, stdout } = await pseLoss(['--version'], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
  });
});
