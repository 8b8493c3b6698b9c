// `pse-loss fit`: the main job. Everything is read and checked before the first step, and the report is
// written after the last one: a run that fails or is stopped leaves nothing behind.

import { join, resolve } from 'node:path';
import { count } from '../arguments/describe';
import { PSELoss } from '../loss/pse-loss';
import { libtorch } from '../native/libtorch/libtorch';
import { type Fitted, fitPhoto, type WeighedLoss } from './fit-photo';
import { readFolder } from './folder';
import { describeMachine } from './machine';
import { reportPage } from './page/report';
import { checkTarget, writeReport } from './page/write';
import { type Photo, readPhoto } from './photo';
import { sparingly, watch } from './progress';
import { summaryJson, summaryText } from './summary';

/** The pages that come with the package, two folders above both lib/cli and dist/cli. */
export const SAMPLE_PAGES = join(__dirname, '..', '..', 'examples', 'pages');

export interface FitCommand {
  /** the folder of photos; the sample pages where it is undefined */
  readonly directory: string | undefined;
  readonly steps: number;
  /** the folder of the report */
  readonly out: string;
  /** one JSON line instead of the table */
  readonly json: boolean;
  /** aborted by Ctrl-C, with the reason to end with */
  readonly signal: AbortSignal;
}

export async function fitCommand(command: FitCommand): Promise<void> {
  const { directory = SAMPLE_PAGES, steps, json, signal } = command;
  const target = resolve(command.out);
  await checkTarget(target);
  const photos = await readPhotos(directory, signal);
  await libtorch.load();

  const fitted = await fitPhotos(photos, steps, signal);
  const page = reportPage(fitted, { machine: describeMachine(), steps });
  const report = await writeReport(target, page, signal);

  const results = fitted.map(({ result }) => result);
  if (json) console.log(JSON.stringify({ report, steps, ...summaryJson(results) }));
  else console.log(`${summaryText(results)}\nReport: ${report}`);
}

async function readPhotos(directory: string, signal: AbortSignal): Promise<Photo[]> {
  const { pairs, unlabelled } = await readFolder(directory);
  const photos: Photo[] = [];
  const tell = sparingly(() =>
    process.stderr.write(`read ${photos.length} of ${count(pairs.length, 'photo')}\n`),
  );
  for (const files of pairs) {
    signal.throwIfAborted();
    photos.push(await readPhoto(files));
    tell();
  }
  for (const file of unlabelled) process.stderr.write(`${file}: left out, it has no gt file\n`);
  return photos;
}

async function fitPhotos(
  photos: readonly Photo[],
  steps: number,
  signal: AbortSignal,
): Promise<Fitted[]> {
  const pse = new PSELoss({ returnMask: true });
  // One of its overloads.
  const loss: WeighedLoss = {
    options: pse.options,
    valueAndGradSync: (maps, labels) => pse.valueAndGradSync(maps, labels),
    diagnose: (maps, labels) => pse.diagnose(maps, labels),
  };
  const progress = watch(process.stderr, photos.length, steps);
  const fitted: Fitted[] = [];
  try {
    for (const photo of photos) {
      const one = await fitPhoto(loss, photo, steps, (point, _, milliseconds) => {
        signal.throwIfAborted();
        progress.step(photo.name, point, milliseconds);
      });
      progress.finished(one.result);
      fitted.push(one);
    }
  } finally {
    progress.end();
  }
  return fitted;
}
