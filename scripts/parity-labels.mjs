// npm run parity:labels [-- DIR]: set-up, then the labels of a folder in ICDAR 2015 layout (the sample pages, if none is
// named) by both presets, held against those that upstream's own code makes. Of the photos only the size is read.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  compareLabels,
  LEAST_IOU,
  MOST_DIFFERENT,
  SMALL_UNION,
  upstreamLabels,
} from '../test/parity/labels/upstream.mjs';
import { main, root, seconds } from './run-command.mjs';
import { setup } from './setup.mjs';

const PRESETS = ['psenet', 'paddleocr'];

/** A mistake in what was given, of which the message says all. */
class Problem extends Error {
  name = 'Problem';
}

main(async () => {
  try {
    const directory = readArguments();
    await setup();
    const start = performance.now();
    const rows = await compareFolder(directory);
    const bad = rows.filter(({ good }) => !good).length;
    console.log(`\n${rows.length - bad} agree, ${bad} do not (${seconds(start)})`);
    console.log(
      `To agree, every channel needs an IoU of ${LEAST_IOU}, or, where the union has fewer than ${SMALL_UNION} pixels, ${MOST_DIFFERENT} different pixels at most.`,
    );
    if (bad > 0) process.exitCode = 1;
  } catch (error) {
    if (!isUsers(error)) throw error;
    console.error(`parity:labels: ${error.message}`);
    process.exitCode = 1;
  }
});

function isUsers({ name, code = '' }) {
  // Not by class: readFolder has a Problem of its own.
  return name === 'Problem' || /^ERR_PSE_|^ERR_PARSE_ARGS_/.test(code);
}

function readArguments() {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 1) throw new Problem(`expected one folder, got ${positionals.length}`);
  return positionals[0] ?? path.join(root, 'examples/pages');
}

/** One row for each photo and preset, printed as it comes. */
async function compareFolder(directory) {
  const { readFolder } = await import('../dist/cli/folder.js');
  const { pairs, unlabelled } = await readFolder(directory);
  if (unlabelled.length > 0) console.log(`Left out, without a gt file: ${unlabelled.join(', ')}`);
  printRow('photo', 'preset', 'worst channel', 'IoU', 'differ', 'of pixels');
  const rows = [];
  for (const { name, photo, groundTruth } of pairs) {
    const page = { ...(await readSize(photo)), texts: await readTexts(groundTruth) };
    const [theirs] = upstreamLabels(root, [page]);
    for (const preset of PRESETS) {
      const row = await worstChannel(page, preset, theirs[preset]);
      const { channel, iou, different, union, good } = row;
      printRow(name, preset, channel, iou.toFixed(4), different, union, good ? '' : 'NO');
      rows.push(row);
    }
  }
  return rows;
}

/** As a viewer shows the photo, and an annotator saw it. */
async function readSize(photo) {
  const { default: sharp } = await import('sharp');
  try {
    const { autoOrient } = await sharp(photo).metadata();
    return autoOrient;
  } catch (error) {
    const why = error.message.split('\n')[0].replace(/:$/, '');
    throw new Problem(`${photo}: not a readable image (${why})`);
  }
}

async function readTexts(file) {
  const { parseIcdar } = await import('../dist/labels/index.mjs');
  const text = await readFile(file, 'utf8').catch(({ code }) => {
    throw new Problem(`${file}: cannot be read (${code})`);
  });
  return parseIcdar(text, { file });
}

/** The channel that is furthest from upstream's; those that miss the criterion come first. */
async function worstChannel({ height, width, texts }, preset, theirs) {
  if (theirs.failed) {
    const channel = `upstream: ${theirs.failed}`;
    return { channel, iou: 0, different: 0, union: 0, good: false };
  }
  const { makeLabels } = await import('../dist/labels/index.mjs');
  const channels = compareLabels(makeLabels(texts, { height, width, preset }), theirs);
  channels.sort((a, b) => a.good - b.good || a.iou - b.iou);
  return channels[0].different === 0 ? { ...channels[0], channel: 'all equal' } : channels[0];
}

function printRow(name, preset, channel, iou, different, union, verdict = '') {
  const left = `${name.padEnd(16)} ${preset.padEnd(10)} ${channel.padEnd(14)}`;
  const right = [iou, different, union].map((cell) => `${cell}`.padStart(10)).join('');
  console.log(`${left}${right}  ${verdict}`.trimEnd());
}
