// A folder in ICDAR 2015 layout: `img_N.jpg` beside `gt_img_N.txt`.

import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { count } from '../arguments/describe';
import { Problem } from './problem';

/** Pictures that sharp decodes in every build of it, in the order in which they are looked for. */
const EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff'];

/** A photo and the file that says where its texts are. */
export interface PhotoFiles {
  /** the photo's file name without its extension: `img_1` */
  readonly name: string;
  readonly photo: string;
  readonly groundTruth: string;
}

/** What a folder holds. */
export interface Folder {
  /** by name, numbers in numeric order */
  readonly pairs: readonly PhotoFiles[];
  /** file names of photos without a gt file; they are left out */
  readonly unlabelled: readonly string[];
}

/** Finds the pairs of a folder, or throws a Problem when there is none or a gt file has no photo. */
export async function readFolder(directory: string): Promise<Folder> {
  const files = await list(directory);
  const truths = files.filter((file) => /^gt_.+\.txt$/i.test(file));
  const photos = files.filter((file) => EXTENSIONS.includes(extname(file).toLowerCase()));
  const pairs = truths.map((truth) => {
    const name = basename(truth, extname(truth)).slice('gt_'.length);
    const found = photos.filter((file) => basename(file, extname(file)) === name).sort(byExtension);
    const [photo] = found;
    if (photo === undefined) {
      throw new Problem(
        `${join(directory, truth)}: no photo beside it (looked for ${name} with ${EXTENSIONS.join(', ')})`,
      );
    }
    return { name, photo: join(directory, photo), groundTruth: join(directory, truth) };
  });
  const labelled = new Set(pairs.map(({ name }) => name));
  const unlabelled = photos.filter((file) => !labelled.has(basename(file, extname(file))));
  if (pairs.length === 0) throw new Problem(`${directory}: ${nothingFound(photos.length)}`);
  const order = new Intl.Collator('en', { numeric: true });
  return {
    pairs: pairs.sort((a, b) => order.compare(a.name, b.name)),
    unlabelled: unlabelled.sort(order.compare),
  };
}

async function list(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Problem(`${directory}: no such folder`);
    if (code === 'ENOTDIR') throw new Problem(`${directory}: not a folder`);
    throw new Problem(`${directory}: cannot be read (${code})`);
  }
}

function nothingFound(photos: number): string {
  const expected =
    'expected photos and gt files in ICDAR 2015 layout, img_1.jpg beside gt_img_1.txt';
  return photos === 0 ? expected : `${expected}; found ${count(photos, 'photo')} and no gt file`;
}

function byExtension(a: string, b: string): number {
  const rank = (file: string) => EXTENSIONS.indexOf(extname(file).toLowerCase());
  return rank(a) - rank(b);
}
