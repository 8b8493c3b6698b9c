#!/usr/bin/env node
// The command line: `npx pse-loss …`. Reads arguments, hands over to a command, turns errors into one line each.
import { constants } from 'node:os';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { isPSEError } from '../errors';
import { fitCommand } from './fit-command';
import { packageVersion } from './machine';
import { Problem, Stopped } from './problem';

const STEPS = 120;

void run(process.argv);

async function run(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(new Stopped(signal)));
  }
  try {
    await program(stop.signal).parseAsync(argv);
  } catch (error) {
    process.exitCode = fail(error);
  }
}

function program(signal: AbortSignal): Command {
  const root = new Command('pse-loss')
    .description('The PSE loss of PSENet text detection, at work')
    .version(packageVersion())
    .configureOutput({ outputError: (text, write) => write(`pse-loss: ${oneLine(text)}\n`) })
    .exitOverride();
  root
    .command('fit')
    .description('fit the loss to photos, from flat logits down its gradient, and write a report')
    .argument(
      '[dir]',
      'folder in ICDAR 2015 layout, img_1.jpg beside gt_img_1.txt (default: sample pages)',
    )
    .option('--steps <n>', 'steps per photo', readSteps, STEPS)
    .option('--out <dir>', 'folder of the report', readOut, 'report')
    .option('--json', 'print one JSON line instead of the table', false)
    .action(
      (
        directory: string | undefined,
        options: Pick<Parameters<typeof fitCommand>[0], 'steps' | 'out' | 'json'>,
      ) => fitCommand({ ...options, directory, signal }),
    );
  for (const command of root.commands) command.copyInheritedSettings(root);
  return root;
}

/** Says what went wrong; the exit code. */
function fail(error: unknown): number {
  // Commander has said it already, or it was --help.
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof Stopped) {
    process.stderr.write(`pse-loss: ${error.message}\n`);
    return 128 + constants.signals[error.signal];
  }
  if (error instanceof Problem || isPSEError(error)) {
    process.stderr.write(`pse-loss: ${oneLine(error.message)}\n`);
    return 1;
  }
  // A fault of this program: the stack is what a bug report needs.
  process.stderr.write(`pse-loss: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}

function oneLine(text: string): string {
  return text
    .replace(/^(error|pse-loss): /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
}

function readSteps(text: string): number {
  const steps = Number(text);
  if (/^\d+$/.test(text) && steps >= 1 && steps <= 100_000) return steps;
  throw new InvalidArgumentError('It must be a whole number from 1 to 100000.');
}

function readOut(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must be the path of a folder.');
}
