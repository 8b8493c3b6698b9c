// Draws the sample pages that `npm start` fits when no folder is given: examples/pages/.
// Text is laid down as glyph outlines, so the polygon of a word is known exactly, rotated or not;
// the font is never needed again once the pages are drawn.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import opentype from 'opentype.js';
import sharp from 'sharp';

const PAGES = fileURLToPath(new URL('../examples/pages/', import.meta.url));
const FONT = '@fontsource/zilla-slab/files/zilla-slab-latin-700-normal.woff';

/**
 * A word on a page. `polygon` is the box around its ink, clockwise from the top left corner as one reads it.
 * @typedef {{ polygon: [number, number][], transcription: string, svg: string }} Word
 * @typedef {{ name: string, width: number, height: number, format: 'png' | 'jpeg', svg: string, words: Word[] }} Page
 */

/** Every page, drawn as SVG, with its words. */
export async function drawPages() {
  const file = await readFile(createRequire(import.meta.url).resolve(FONT));
  const font = opentype.parse(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  const pen = (text, where) => drawWord(font, text, where);
  return [bakery(pen), poster(pen), market(pen), hills(pen)];
}

/**
 * The lines of a page's gt file: `x1,y1,…,x4,y4,transcription`.
 * @param {Page} page
 */
export function groundTruth(page) {
  const lines = page.words.map(({ polygon, transcription }) =>
    [...polygon.flat().map((value) => String(round(value))), transcription].join(','),
  );
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * @param {opentype.Font} font
 * @param {string} text
 * @param {{ x: number, y: number, height: number, angle?: number, fill: string, blur?: number, spacing?: number }} where
 *   centre of the ink, its height in pixels, and the angle in degrees, clockwise
 * @returns {Word}
 */
function drawWord(font, text, { x, y, height, angle = 0, fill, blur = 0, spacing = 0 }) {
  const options = { kerning: true, letterSpacing: spacing };
  const probe = font.getPath(text, 0, 0, 1000, options).getBoundingBox();
  const size = (1000 * height) / (probe.y2 - probe.y1);
  const path = font.getPath(text, 0, 0, size, options);
  const ink = path.getBoundingBox();
  const centre = [(ink.x1 + ink.x2) / 2, (ink.y1 + ink.y2) / 2];
  const turn = (angle * Math.PI) / 180;
  const place = (px, py) => {
    const [dx, dy] = [px - centre[0], py - centre[1]];
    return /** @type {[number, number]} */ ([
      x + dx * Math.cos(turn) - dy * Math.sin(turn),
      y + dx * Math.sin(turn) + dy * Math.cos(turn),
    ]);
  };
  const polygon = [
    place(ink.x1, ink.y1),
    place(ink.x2, ink.y1),
    place(ink.x2, ink.y2),
    place(ink.x1, ink.y2),
  ];
  const filter = blur === 0 ? '' : ` filter="url(#blur)"`;
  const blurred =
    blur === 0
      ? ''
      : `<filter id="blur" x="-20%" y="-50%" width="140%" height="200%"><feGaussianBlur stdDeviation="${blur}"/></filter>`;
  const move = `translate(${round(x)} ${round(y)}) rotate(${angle}) translate(${round(-centre[0])} ${round(-centre[1])})`;
  return {
    polygon,
    transcription: blur === 0 ? text : '###',
    svg: `${blurred}<path transform="${move}" d="${path.toPathData(2)}" fill="${fill}"${filter}/>`,
  };
}

/** A shop front: level words on its sign, tilted ones on a board in the street. */
function bakery(pen) {
  const words = [
    pen('HARBOUR', { x: 196, y: 118, height: 38, fill: '#f6ead2', spacing: 0.04 }),
    pen('BAKERY', { x: 471, y: 118, height: 38, fill: '#f6ead2', spacing: 0.04 }),
    pen('bread', { x: 160, y: 330, height: 44, fill: '#fbf6ea' }),
    pen('cakes', { x: 160, y: 402, height: 44, fill: '#fbf6ea' }),
    pen('OPEN', { x: 396, y: 292, height: 36, angle: -5, fill: '#7c2d26' }),
    pen('FRESH', { x: 488, y: 464, height: 36, angle: 8, fill: '#f4e3b5' }),
    pen('every', { x: 480, y: 522, height: 42, angle: 8, fill: '#f7f3e8' }),
    pen('day', { x: 472, y: 580, height: 46, angle: 8, fill: '#f4e3b5' }),
  ];
  const awning = Array.from(
    { length: 10 },
    (_, i) =>
      `<path d="M${i * 64} 176h64v46a32 20 0 0 1-64 0z" fill="${i % 2 ? '#efe3c8' : '#b5493a'}"/>`,
  ).join('');
  const bricks = Array.from({ length: 8 }, (_, row) =>
    Array.from(
      { length: 6 },
      (_, i) =>
        `<rect x="${i * 128 - (row % 2) * 64}" y="${row * 80}" width="122" height="74" rx="3" fill="#c98f6b"/>`,
    ).join(''),
  ).join('');
  const scene = `
    <rect width="640" height="640" fill="#bd8160"/>${bricks}
    <rect x="28" y="56" width="584" height="124" rx="6" fill="#24453f"/>
    <rect x="38" y="66" width="564" height="104" rx="3" fill="none" stroke="#d9b96a" stroke-width="3"/>
    <rect x="46" y="222" width="232" height="318" fill="#2e3d49"/>
    <path d="M46 222h92L46 430z" fill="#3b4e5c"/>
    <rect x="46" y="222" width="232" height="318" fill="none" stroke="#24453f" stroke-width="10"/>
    <rect x="318" y="222" width="160" height="360" fill="#24453f"/>
    <rect x="336" y="240" width="124" height="150" fill="#3b4e5c"/>
    <path d="M396 246l-46 26M396 246l46 24" stroke="#e9e0cc" stroke-width="2"/>
    <rect x="318" y="264" width="156" height="56" rx="5" fill="#f3e7cd" transform="rotate(-5 396 292)"/>
    ${awning}
    <rect y="582" width="640" height="58" fill="#8c8378"/>
    <g transform="rotate(8 480 520)"><rect x="378" y="420" width="204" height="206" rx="8" fill="#8a5a34"/>
    <rect x="390" y="431" width="180" height="184" rx="3" fill="#26302e"/></g>`;
  return page('img_1', 640, 640, 'png', scene, words);
}

/** A poster, larger than the map: everything on it tilted, and one word that nobody can read. */
function poster(pen) {
  const ink = '#f5efe0';
  const words = [
    pen('Night', { x: 190, y: 166, height: 92, angle: -14, fill: ink }),
    pen('Train', { x: 464, y: 88, height: 70, angle: -14, fill: '#f2b84b' }),
    pen('LISBON', { x: 240, y: 296, height: 62, angle: -14, fill: ink, spacing: 0.05 }),
    pen('PORTO', { x: 556, y: 223, height: 50, angle: -14, fill: '#f2b84b', spacing: 0.03 }),
    pen('ticket', { x: 628, y: 449, height: 48, angle: 22, fill: '#31304f' }),
    pen('1962', { x: 600, y: 510, height: 48, angle: 22, fill: '#b4472f' }),
    pen('timetable', { x: 196, y: 520, height: 40, angle: 3, fill: '#cbbfd0', blur: 5 }),
  ];
  const stars = Array.from({ length: 40 }, (_, i) => {
    const [sx, sy] = [(i * i * 97 + i * 53) % 800, (i * i * 41 + i * 151) % 420];
    return `<circle cx="${sx}" cy="${sy}" r="${1 + (i % 3) * 0.6}" fill="#cfc8e4" opacity=".7"/>`;
  }).join('');
  const sleepers = Array.from(
    { length: 15 },
    (_, i) => `<path d="M${i * 60 - 40} 600l30-64" stroke="#3f3556" stroke-width="9"/>`,
  ).join('');
  const scene = `
    <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#1d1b3a"/><stop offset=".62" stop-color="#4d3a68"/><stop offset="1" stop-color="#b4614f"/>
    </linearGradient></defs>
    <rect width="800" height="600" fill="url(#sky)"/>${stars}
    <circle cx="706" cy="84" r="46" fill="#f3e3b8"/><circle cx="688" cy="74" r="40" fill="#2a2548"/>
    <path d="M0 470 150 400 290 452 460 372 640 452 800 386V600H0z" fill="#2b2346"/>
    <path d="M0 600V540L800 520V600z" fill="#221b38"/>${sleepers}
    <path d="M0 548 800 528M0 586 800 566" stroke="#8d7f9c" stroke-width="5"/>
    <g transform="rotate(22 604 476)"><rect x="480" y="400" width="250" height="152" rx="10" fill="#f0dfb6"/>
    <path d="M512 400v152" stroke="#b99f6c" stroke-width="3" stroke-dasharray="7 7"/></g>
    <rect x="84" y="490" width="228" height="62" rx="6" fill="#3a3158" transform="rotate(3 196 520)"/>`;
  return page('img_2', 800, 600, 'jpeg', scene, words);
}

/** A tall page: a price list, and a banner that reads upwards. */
function market(pen) {
  const dark = '#2f3b2c';
  const words = [
    pen('MARKET', { x: 90, y: 404, height: 84, angle: -90, fill: '#f6f0dd', spacing: 0.06 }),
    pen('Apples', { x: 306, y: 142, height: 62, fill: dark }),
    pen('40', { x: 518, y: 142, height: 50, fill: '#a33b2a' }),
    pen('Plums', { x: 302, y: 258, height: 54, fill: dark }),
    pen('65', { x: 518, y: 258, height: 50, fill: '#a33b2a' }),
    pen('Figs', { x: 276, y: 374, height: 62, fill: dark }),
    pen('90', { x: 518, y: 374, height: 50, fill: '#a33b2a' }),
    pen('ripe', { x: 288, y: 556, height: 64, angle: 31, fill: '#fdf6e3' }),
    pen('sweet', { x: 468, y: 668, height: 48, angle: -24, fill: '#fdf6e3' }),
  ];
  const rules = [196, 312, 428]
    .map(
      (y) => `<path d="M204 ${y}h362" stroke="#b9ab84" stroke-width="2" stroke-dasharray="2 7"/>`,
    )
    .join('');
  const scene = `
    <rect width="600" height="800" fill="#e8dcb9"/>
    <rect x="180" y="60" width="410" height="400" rx="4" fill="#f5ecd2"/>${rules}
    <rect width="160" height="800" fill="#3f5a3c"/><path d="M160 0l18 12V788l-18 12z" fill="#314930"/>
    <circle cx="290" cy="560" r="106" fill="#8f2f3f"/><path d="M290 458q6-34 34-44" fill="none" stroke="#5b4426" stroke-width="8"/>
    <path d="M322 418q40-24 62 4q-34 22-62-4z" fill="#5f7f42"/>
    <circle cx="468" cy="670" r="112" fill="#7a8f36"/><path d="M468 560q-2-30 14-46" fill="none" stroke="#5b4426" stroke-width="8"/>
    <path d="M180 782h420" stroke="#c5b78f" stroke-width="6"/>`;
  return page('img_3', 600, 800, 'png', scene, words);
}

/** Hills and a far-off sign that nobody can read: a page with nothing to learn. */
function hills(pen) {
  const words = [
    pen('diversion', { x: 470, y: 300, height: 16, fill: '#6b6f74', angle: 4, blur: 2.5 }),
  ];
  const scene = `
    <defs><linearGradient id="dawn" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#a9c4d4"/><stop offset="1" stop-color="#f3e2c7"/>
    </linearGradient></defs>
    <rect width="640" height="480" fill="url(#dawn)"/><circle cx="150" cy="150" r="44" fill="#f9eccb"/>
    <path d="M0 300Q120 190 260 270T520 230T640 260V480H0z" fill="#93a892"/>
    <path d="M470 300v66" stroke="#5d5a50" stroke-width="4"/>
    <rect x="424" y="284" width="92" height="32" rx="3" fill="#e3ddcb" transform="rotate(4 470 300)"/>
    <path d="M0 350Q160 280 330 350T640 330V480H0z" fill="#6d8a6a"/>
    <path d="M0 420Q200 350 380 420T640 400V480H0z" fill="#4b6a4c"/>
    <path d="M300 480Q340 430 420 410T470 362" fill="none" stroke="#d8c9a3" stroke-width="10"/>`;
  return page('img_4', 640, 480, 'jpeg', scene, words);
}

/** @returns {Page} */
function page(name, width, height, format, scene, words) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${scene}${words
    .map((word) => word.svg)
    .join('')}</svg>`;
  return { name, width, height, format, svg, words };
}

/** Hundredths of a pixel. */
function round(value) {
  return Math.round(value * 100) / 100;
}

async function writePages() {
  await mkdir(PAGES, { recursive: true });
  for (const drawn of await drawPages()) {
    const { name, format } = drawn;
    const picture = sharp(Buffer.from(drawn.svg));
    const encoded =
      format === 'png'
        ? picture.png({ palette: true, compressionLevel: 9, effort: 10 })
        : picture.flatten().jpeg({ quality: 84, mozjpeg: true });
    const file = `${name}.${format === 'png' ? 'png' : 'jpg'}`;
    const bytes = await encoded.toBuffer();
    await writeFile(join(PAGES, file), bytes);
    await writeFile(join(PAGES, `gt_${name}.txt`), groundTruth(drawn));
    console.log(`${file}: ${drawn.words.length} words, ${Math.ceil(bytes.length / 1024)} kB`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) void writePages();
