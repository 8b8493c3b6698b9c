import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fitted } from '../../../lib/cli/fit-photo';
import { chart } from '../../../lib/cli/page/chart';
import { reportPage } from '../../../lib/cli/page/report';
import { windowOf } from '../../../lib/cli/page/window';
import { checkTarget, GENERATOR, writeReport } from '../../../lib/cli/page/write';
import type { Photo } from '../../../lib/cli/photo';
import { Stopped } from '../../../lib/cli/problem';
import type { PhotoResult } from '../../../lib/cli/result';
import { summaryJson, summaryTable, summaryText } from '../../../lib/cli/summary';
import { describeAll, describeFinding, describeResult } from '../../../lib/cli/words';
import type { Finding } from '../../../lib/diagnose/finding';

const MACHINE = {
  package: '0.1.0',
  node: 'v20',
  libtorch: '2.13.0 (cpu)',
  processor: 'a <fast> one',
  threads: 2,
  system: 'Linux',
};
const POINT = { loss: 0.9, lossText: 0.9, lossKernels: 0.9, iouText: 0.5, iouKernel: 0.4 };
const BEST = { loss: 0.1, lossText: 0.08, lossKernels: 0.15, iouText: 0.9 };
const BOX = [
  [10, 10],
  [90, 10],
  [90, 40],
  [10, 40],
] as const;

function finding(severity: Finding['severity'], code: Finding['code'], message: string): Finding {
  return { code, severity, image: 0, numbers: {}, message, advice: `Look at ${code}.` };
}

const EMPTY = finding('error', 'kernel-mask-empty', 'In image 0 the kernel mask is empty.');
const FLAT = finding(
  'warning',
  'constant-maps',
  'In image 0, 7 of 7 maps have one logit everywhere (channel 0 of image 0: -3).',
);

function photo(texts: Photo['texts'], name = 'img_1'): Photo {
  return { name, width: 640, height: 360, jpeg: new Uint8Array([1]), texts };
}

function result(over: Partial<PhotoResult> = {}): PhotoResult {
  return {
    photo: photo([{ polygon: BOX }, { polygon: BOX, ignore: true }]),
    curve: [POINT, { ...POINT, loss: 0.104, iouText: 0.895 }],
    msPerStep: 12.3,
    findings: { start: [EMPTY, FLAT], end: [] },
    best: BEST,
    ...over,
  };
}

function fitted(over: Partial<PhotoResult> = {}, background = 12345): Fitted {
  const png = new Uint8Array([137, 80, 78, 71]);
  const window = { left: 0, top: 0, width: 320, height: 180 };
  const kept = { text: 2400, background, of: 99999, asked: 7200 };
  return {
    result: result(over),
    figures: {
      window,
      labels: png,
      before: png,
      after: png,
      kernel: png,
      selection: png,
      kept,
    },
  };
}

test.each([
  [7200, 'of background.</figcaption>'],
  [12345, 'of background. 7\u202f200 were asked for, but equal logits are kept together.'],
  [552, 'of background. 7\u202f200 were asked for; the others are ignored pixels,'],
])('the caption of OHEM’s pixels says why %i of 7200 were kept', (background, words) => {
  expect(reportPage([fitted({}, background)], { machine: MACHINE, steps: 1 })).toContain(words);
});

describe('words', () => {
  test('say what happened to a photo', () => {
    expect(describeResult(result())).toBe(
      '1 text to learn, 1 ignored. In 1 step the loss went from 0.900 to 0.104; the best that one logit per 4 × 4 pixels allows here is 0.100. Text IoU is 0.895, that of the best map 0.900.',
    );
  });

  test('say that a fit needs more steps when loss or IoU is off by more than .01', () => {
    const off = result({ curve: [POINT, { ...POINT, loss: 0.1, iouText: 0.88 }] });
    expect(describeResult(off)).toMatch(/more steps would help\.$/);
    expect(describeAll([off, result()])).toBe(
      '1 of 2 photos reached the best there is, 1 would need more steps',
    );
  });

  test('say why there is nothing to learn', () => {
    const nothing = (texts: Photo['texts']) =>
      describeResult(result({ photo: photo(texts), best: undefined, curve: [POINT] }));
    const ignored = { polygon: BOX, ignore: true };
    expect(nothing([])).toBe('Nothing to learn: there is no text.');
    expect(nothing([ignored])).toMatch(/the only text is marked ###/);
    expect(nothing([ignored, ignored, ignored])).toMatch(/all 3 texts are marked ###/);
    expect(nothing([{ polygon: BOX }])).toMatch(/leave no pixel/);
  });

  test('stand in a table whose columns line up', () => {
    const table = summaryTable([
      result(),
      result({ photo: photo([], 'a longer name'), best: undefined, curve: [POINT] }),
    ]).split('\n');
    expect(table).toHaveLength(3);
    expect(table[0]?.indexOf('loss')).toBe(table[1]!.indexOf('0.104') + 1);
    expect(table[1]).toMatch(/0\.900 +0\.104 +0\.100 +0\.895 +0\.900 +12 +reached$/);
    expect(table[2]).toMatch(/^a longer name.*–.*nothing to learn$/);
  });
});

describe('what the diagnosis found', () => {
  test('is said without the number of the only image of its batch', () => {
    expect(describeFinding(EMPTY)).toBe('The kernel mask is empty.');
    expect(describeFinding(FLAT)).toBe('7 of 7 maps have one logit everywhere (channel 0: -3).');
    const ofBatch = finding('info', 'kernel-count-mismatch', 'The maps have 6 kernels.');
    expect(describeFinding(ofBatch)).toBe('The maps have 6 kernels.');
  });

  /** The diagnosis of a photo on the page, by when it was made. */
  function shown(over: Partial<PhotoResult>): string[] {
    const page = reportPage([fitted(over)], { machine: MACHINE, steps: 1 });
    const [, diagnosis] = page.split('<h3>Diagnosis</h3>') as [string, string];
    return diagnosis.split('</section>')[0]!.split('<h4>').slice(1);
  }

  test('stands under its photo: what was wrong before the first step, and what is after the last', () => {
    const [before, after, ...others] = shown({}) as [string, string];
    expect(others).toEqual([]);
    expect(before).toMatch(/^Before the first step, at flat logits of −3</);
    const order = ['<b>error</b> kernel-mask-empty', 'The kernel mask is empty.'];
    order.push('Look at kernel-mask-empty.', '<b>warning</b> constant-maps', '7 of 7 maps');
    const places = order.map((words) => before.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(after).toMatch(/^After the last step<.*Nothing is wrong that one batch can tell\./);
    expect(after).not.toContain('<li');
  });

  test('shows the advice about what is left, and folds away that about what came and went', () => {
    const [before, after] = shown({ findings: { start: [EMPTY], end: [EMPTY] } }) as [
      string,
      string,
    ];
    expect(before).toContain('<details><summary>');
    expect(after).toContain('<details open><summary>');
    expect(after).toContain('The kernel mask is empty.');
  });

  test('stands there once where no step was made', () => {
    const findings = { start: [FLAT], end: [FLAT] };
    const lists = shown({ best: undefined, curve: [POINT], findings });
    expect(lists).toHaveLength(1);
    expect(lists[0]).toMatch(/^No step was made: at flat logits of −3</);
    expect(lists[0]).toContain('<details open>');
  });

  test('is escaped', () => {
    const nasty = finding('info', 'soft-labels', 'In image 0 a < b & c');
    const [, after] = shown({ findings: { start: [], end: [nasty] } }) as [string, string];
    expect(after).toContain('A &lt; b &amp; c');
  });

  test('ends the run in a line for each photo that is left with an error, the worst', () => {
    const order = finding('error', 'kernels-reversed', 'The 6 kernels go from small to large.');
    const left = (...end: Finding[]) => result({ findings: { start: [EMPTY], end } });
    expect(summaryText([left(), left(FLAT)])).not.toContain('kernel mask');
    const text = summaryText([left(EMPTY, FLAT), left(FLAT), left(order, EMPTY), left()]);
    const [table, errors, all, ...others] = text.split('\n\n');
    expect(others).toEqual([]);
    expect(table!.split('\n')).toHaveLength(5);
    expect(errors!.split('\n')).toEqual([
      'img_1: The kernel mask is empty. (kernel-mask-empty)',
      'img_1: The 6 kernels go from small to large. (kernels-reversed; 1 more error in the report)',
    ]);
    expect(all).toBe('4 of 4 photos reached the best there is.');
  });

  test('goes to programs as codes', () => {
    expect(summaryJson([result()]).photos[0]?.findings).toEqual({
      start: ['kernel-mask-empty', 'constant-maps'],
      end: [],
    });
  });
});

describe('the page', () => {
  test('asks for nothing from outside and runs no script', () => {
    const page = reportPage([fitted()], { machine: MACHINE, steps: 1 });
    expect(page).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
    expect(page).not.toMatch(/<script|<link|@import|url\(/);
    expect(page.match(/(?:href|src)="(?!#|data:)[^"]*"/g)).toBeNull();
    expect(page).toContain(GENERATOR);
  });

  test('escapes what comes from outside', () => {
    const nasty = photo([{ polygon: BOX }], '"><script>alert(1)</script>');
    const page = reportPage([fitted({ photo: nasty })], { machine: MACHINE, steps: 1 });
    expect(page).not.toContain('<script>');
    expect(page).toContain('a &lt;fast&gt; one');
  });

  test('shows no maps and no curves where nothing can be learned', () => {
    const page = reportPage([fitted({ best: undefined, curve: [POINT] })], {
      machine: MACHINE,
      steps: 1,
    });
    expect(page).toContain('nothing to learn');
    expect(page).not.toContain('logits before');
    expect(page).not.toContain('class="chart"');
  });
});

describe('a chart', () => {
  test('keeps the names of lines that end together apart', () => {
    const svg = chart({
      title: 't',
      scale: 'log',
      best: 0.1,
      series: ['a', 'b', 'c'].map((name) => ({ name, values: [1, 0.1], style: 'main' as const })),
    });
    const heights = [...svg.matchAll(/class="name main" x="\d+" y="([\d.]+)"/g)].map((m) =>
      Number(m[1]),
    );
    heights.sort((a, b) => a - b);
    expect(heights).toHaveLength(3);
    expect(heights[1]! - heights[0]!).toBeGreaterThanOrEqual(15);
    expect(heights[2]! - heights[1]!).toBeGreaterThanOrEqual(15);
    expect(heights[2]!).toBeLessThan(230);
  });

  test('draws no NaN for a loss of 0', () => {
    const values = [1, 0];
    const series = [{ name: 'a', values, style: 'main' as const }];
    expect(chart({ title: 't', scale: 'log', best: 0, series })).not.toMatch(/NaN|Infinity/);
  });
});

describe('the enlarged part', () => {
  test('holds all texts to learn, in the proportions of the photo, on the grid of logits', () => {
    const { left, top, width, height } = windowOf(photo([{ polygon: BOX }]));
    expect([left % 4, top % 4, width % 4, height % 4]).toEqual([0, 0, 0, 0]);
    expect(left).toBeLessThanOrEqual(10);
    expect(left + width).toBeGreaterThanOrEqual(90);
    expect(top + height).toBeGreaterThanOrEqual(40);
    expect(width / height).toBeCloseTo(640 / 360, 1);
    expect(width).toBeLessThan(640);
  });

  test('is the whole photo where texts are all over it, or nowhere', () => {
    const far = BOX.map(([x, y]) => [x + 540, y + 300] as const);
    expect(windowOf(photo([{ polygon: BOX }, { polygon: far }])).width).toBe(640);
    expect(windowOf(photo([])).height).toBe(360);
  });

  test('stays inside the square for texts at its edges', () => {
    const corner = BOX.map(([x, y]) => [x + 545, y + 318] as const);
    const { left, top, width, height } = windowOf(photo([{ polygon: corner }]));
    expect(left + width).toBeLessThanOrEqual(640);
    expect(top + height).toBeLessThanOrEqual(364);
  });
});

describe('writing a report', () => {
  let folder: string;
  const idle = new AbortController().signal;
  const page = `${GENERATOR} new`;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pse-loss-report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('makes the folder, and those above it', async () => {
    const target = join(folder, 'a', 'b');
    await checkTarget(target);
    expect(await writeReport(target, page, idle)).toBe(join(target, 'index.html'));
    expect(await readFile(join(target, 'index.html'), 'utf8')).toBe(page);
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
  });

  test('replaces an old report, and leaves other files in its folder', async () => {
    await writeFile(join(folder, 'index.html'), `${GENERATOR} old`);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await checkTarget(folder);
    await writeReport(folder, page, idle);
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toBe(page);
    expect((await readdir(folder)).sort()).toEqual(['index.html', 'notes.txt']);
  });

  test('never replaces a page of somebody else, and tells so before anything is computed', async () => {
    await writeFile(join(folder, 'index.html'), '<h1>my site</h1>');
    await expect(checkTarget(folder)).rejects.toThrow(/no report of pse-loss; it stays/);
  });

  test('refuses a file, and a folder below a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(checkTarget(file)).rejects.toThrow(/file: not a folder/);
    await expect(checkTarget(join(file, 'sub'))).rejects.toThrow(/not a folder|cannot be read/);
  });

  test('leaves the old report and nothing else when it is stopped', async () => {
    const stop = new AbortController();
    stop.abort(new Stopped('SIGINT'));
    await writeFile(join(folder, 'index.html'), `${GENERATOR} old`);
    await expect(writeReport(folder, page, stop.signal)).rejects.toThrow('nothing was written');
    await expect(writeReport(join(folder, 'new'), page, stop.signal)).rejects.toThrow('stopped');
    expect(await readdir(folder)).toEqual(['index.html']);
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toContain('old');
  });

  test('says so when the place cannot be written', async () => {
    await mkdir(join(folder, 'index.html'));
    await expect(writeReport(folder, page, idle)).rejects.toThrow(/could not be written \(E/);
    expect(await readdir(folder)).toEqual(['index.html']);
  });
});
