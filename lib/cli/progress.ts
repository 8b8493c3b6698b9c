// How a run is watched: a bar on a terminal, plain lines in a pipe or a log. Both on stderr.
import { SingleBar } from 'cli-progress';
import type { FitPoint } from './fit';
import { fixed } from './format';
import type { PhotoResult } from './result';
import { describeResult } from './words';

export interface Progress {
  step(photo: string, point: FitPoint, milliseconds: number): void;
  finished(result: PhotoResult): void;
  /** Leaves the terminal as it was found. Safe to call twice. */
  end(): void;
}

/** @param steps per photo */
export function watch(stream: NodeJS.WriteStream, photos: number, steps: number): Progress {
  return stream.isTTY ? bar(stream, photos, steps) : lines(stream, steps);
}

function bar(stream: NodeJS.WriteStream, photos: number, steps: number): Progress {
  const single = new SingleBar({
    stream,
    format:
      '{bar} {percentage}%  {photo}  loss {loss}  text IoU {iou}  {ms} ms/step  {eta_formatted} left',
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // Ctrl-C is the command's to handle, the bar's only to make room for.
    gracefulExit: false,
  });
  single.start(photos * steps, 0, { photo: '', loss: '–', iou: '–', ms: '–' });
  let running = true;
  let finished = 0;
  return {
    step(photo, point, milliseconds) {
      const ms = milliseconds.toFixed(milliseconds < 10 ? 1 : 0);
      single.increment(1, { photo, loss: fixed(point.loss), iou: fixed(point.iouText), ms });
    },
    finished() {
      finished += 1;
      // A photo without text takes no steps, yet counts as done.
      single.update(finished * steps);
    },
    end() {
      if (running) single.stop();
      running = false;
    },
  };
}

/** A line for each finished photo, and every few seconds one that says how far it is. */
function lines(stream: NodeJS.WriteStream, steps: number): Progress {
  let step = 0;
  const now = sparingly((photo: string, point: FitPoint) =>
    stream.write(`${photo}: step ${step} of ${steps}, loss ${fixed(point.loss)}\n`),
  );
  return {
    step(photo, point) {
      step += 1;
      now(photo, point);
    },
    finished(result) {
      step = 0;
      stream.write(`${result.photo.name}: ${describeResult(result)}\n`);
    },
    end() {},
  };
}

/** `say`, but never before `pause` milliseconds have passed since it was made or last said something. */
export function sparingly<A extends readonly unknown[]>(
  say: (...values: A) => void,
  pause = 5000,
  clock = () => performance.now(),
): (...values: A) => void {
  let last = clock();
  return (...values) => {
    if (clock() - last < pause) return;
    last = clock();
    say(...values);
  };
}
