// One photo on the page: what happened in a sentence, six pictures, two charts, and what the diagnosis found.
import { count } from '../../arguments/describe';
import type { TextPolygon } from '../../labels';
import { FLAT } from '../fit';
import type { Fitted } from '../fit-photo';
import type { Photo } from '../photo';
import { type PhotoResult, textsOf, verdictOf } from '../result';
import { describeResult } from '../words';
import { chart } from './chart';
import type { Kept } from './figures';
import { diagnosis } from './findings';
import { dataUri, escapeHtml } from './html';
import type { Window } from './window';

export function section({ result, figures }: Fitted): string {
  const { photo, best } = result;
  const { window, kept } = figures;
  const verdict = verdictOf(result);
  const picture = (png: Uint8Array, alt: string, outlines = '') =>
    `<svg class="pixels" viewBox="${window.left} ${window.top} ${window.width} ${window.height}" role="img" aria-label="${alt}"><image href="${dataUri('image/png', png)}" x="${window.left}" y="${window.top}" width="${window.width}" height="${window.height}" preserveAspectRatio="none"/>${outlines}</svg>`;
  const learned = photo.texts.filter((text) => text.ignore !== true);
  const outlines = learned.map((text) => polygon('outline', text)).join('');
  const labelled = [
    figure(overlay(photo, window), photoCaption(photo, window)),
    figure(
      picture(figures.labels, 'labels'),
      best === undefined
        ? '<b>Labels.</b> No text that is to be learned.'
        : '<b>Labels.</b> Text with its six kernels nested in it.',
    ),
  ];
  const fitted = [
    figure(picture(figures.selection, 'pixels that OHEM keeps'), ohemCaption(kept)),
    figure(
      picture(figures.before, 'text logits before the fit'),
      `<b>Text logits before:</b> flat at −${-FLAT}.`,
    ),
    figure(
      picture(figures.after, 'text logits after the fit', outlines),
      '<b>Text logits after,</b> one per 4 × 4 pixels.',
    ),
    figure(
      picture(figures.kernel, 'logits of the smallest kernel after the fit'),
      '<b>Smallest kernel after.</b> It learns only where text is predicted; the rest keeps its start.',
    ),
  ];
  const pictures = best === undefined ? labelled : [...labelled, ...fitted];
  return `<section id="${anchor(photo.name)}">
<h2>${escapeHtml(photo.name)} <span class="verdict ${verdict.replaceAll(' ', '-')}">${verdict}</span></h2>
<p>${escapeHtml(describeResult(result))}</p>
<div class="figures">${pictures.join('')}</div>
${charts(result)}
${diagnosis(result)}
</section>`;
}

/** The fragment of a photo's section. */
export function anchor(name: string): string {
  return `photo-${encodeURIComponent(name)}`;
}

function charts({ best, curve }: PhotoResult): string {
  if (best === undefined) return '';
  const loss = chart({
    title: 'loss per step, logarithmic',
    scale: 'log',
    best: best.loss,
    series: [
      { name: 'kernels', style: 'second', values: curve.map((point) => point.lossKernels) },
      { name: 'text', style: 'first', values: curve.map((point) => point.lossText) },
      { name: 'loss', style: 'main', values: curve.map((point) => point.loss) },
    ],
  });
  const iou = chart({
    title: 'IoU per step',
    scale: 'linear',
    best: best.iouText,
    series: [
      { name: 'kernel', style: 'second', values: curve.map((point) => point.iouKernel) },
      { name: 'text', style: 'main', values: curve.map((point) => point.iouText) },
    ],
  });
  return `<div class="charts">
<figure><figcaption><b>Loss,</b> logarithmic; dashed: the best there is, ${best.loss.toFixed(3)}.</figcaption>${loss}</figure>
<figure><figcaption><b>IoU</b> of text and of the smallest kernel; dashed: text at the best loss, ${best.iouText.toFixed(3)}.</figcaption>${iou}</figure>
</div>`;
}

/** The photo with its polygons, ignored ones dashed, and the part that the other pictures show. */
function overlay({ name, width, height, jpeg, texts }: Photo, window: Window): string {
  const shapes = texts.map(
    (text) => polygon('casing', text) + polygon(text.ignore ? 'ignored' : 'text', text),
  );
  const frame = isWhole(window, { width, height })
    ? ''
    : `<path class="shade" fill-rule="evenodd" d="M0 0H${width}V${height}H0zM${window.left} ${window.top}h${window.width}v${window.height}h-${window.width}z"/>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(name)} with its texts"><image href="${dataUri('image/jpeg', jpeg)}" width="${width}" height="${height}"/>${frame}${shapes.join('')}</svg>`;
}

function polygon(kind: string, { polygon: corners }: TextPolygon): string {
  const points = corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return `<polygon class="${kind}" points="${points}"/>`;
}

function isWhole(window: Window, { width, height }: { width: number; height: number }): boolean {
  return window.width >= width && window.height >= height;
}

function photoCaption(photo: Photo, window: Window): string {
  const { learned, ignored } = textsOf(photo);
  const aside = ignored === 0 ? '' : `, ${ignored} ignored (dashed)`;
  const enlarged = isWhole(window, photo) ? '' : ' The light part is enlarged beside it.';
  return `<b>Photo.</b> ${count(learned, 'text')} to learn${aside}.${enlarged}`;
}

function ohemCaption(kept: Kept): string {
  const { text, background, of } = kept;
  const counts = `${thousands(text)} of text and ${thousands(background)} of ${thousands(of)} of background.`;
  return `<b>OHEM’s pixels</b> at the end: ${counts}${whyNotAsAsked(kept)}`;
}

/** OHEM keeps another number of background pixels than it asks for, for one of two reasons. */
function whyNotAsAsked({ background, of, asked }: Kept): string {
  const wanted = `${thousands(asked)} were asked for`;
  if (background > asked) return ` ${wanted}, but equal logits are kept together.`;
  if (background < Math.min(asked, of))
    return ` ${wanted}; the others are ignored pixels, which PaddleOCR leaves among the candidates.`;
  return '';
}

function figure(picture: string, caption: string): string {
  return `<figure>${picture}<figcaption>${caption}</figcaption></figure>`;
}

function thousands(n: number): string {
  // A thin space that no line breaks at.
  return n.toLocaleString('en').replaceAll(',', '\u202f');
}
