// Finds the address in a text that somebody wrote: the pieces that look like one are asked of the
// geocoder, and the surest answer is taken.

import { geocode } from '../api';
import type { Candidate } from '../types';

const PIECES_MAX = 6;
const LEAST = 0.55;
/** Words that tell that an address stands here; what comes before them is mostly talk. */
const MARK = /(?:^|[\s,(])(?:số nhà|số|đường|hẻm|ngõ|phố|phường|xã|quận|huyện|ngã tư|chung cư|p\.|q\.|đ\.|\d+[a-z]?(?:\/\d+[a-z]?)*\s+\p{Lu})/iu;
const EXACT = ['house', 'interpolated', 'alley', 'crossing', 'street', 'place'];

/** The likeliest pieces first. */
export function addressPieces(text: string): string[] {
  const out = new Set<string>();
  const sentences = text.normalize('NFC').split(/[\n;!?]+|\.(?=\s|$)/u);
  for (const sentence of sentences) {
    const said = /(?:địa chỉ|tại|ở|trước|gần|đối diện)\s*:?\s+(.{6,120})/iu.exec(sentence)?.[1];
    if (said && /\d|\p{Lu}/u.test(said)) out.add(said.trim());
  }
  for (const sentence of sentences) {
    const at = MARK.exec(sentence);
    if (at) out.add(sentence.slice(at.index).replace(/^[\s,(]+/, '').slice(0, 140).trim());
  }
  // An address is often cut off from the talk after it by the third or fourth comma.
  for (const piece of [...out]) {
    const short = piece.split(',').slice(0, 3).join(',');
    if (short !== piece) out.add(short);
    const words = piece.split(/\s+/).slice(0, 7).join(' ');
    if (words !== piece) out.add(words.replace(/[,\s]+$/, ''));
  }
  return [...out].filter((piece) => piece.length >= 5).slice(0, PIECES_MAX);
}

export async function findAddress(text: string, signal: AbortSignal): Promise<Candidate | null> {
  const answers = await Promise.all(addressPieces(text).map((piece) =>
    geocode(piece, null, signal).then((answer) => {
      const unknown = answer.parts.filter((part) => part.part === 'unknown').length;
      const [best] = answer.candidates;
      return best ? { best, worth: best.confidence - 0.08 * unknown + (EXACT.includes(best.match) ? 0.2 : 0) } : null;
    }, () => null)));
  let chosen: { best: Candidate; worth: number } | null = null;
  for (const answer of answers) {
    if (answer && answer.best.confidence >= LEAST && (!chosen || answer.worth > chosen.worth)) chosen = answer;
  }
  return chosen?.best ?? null;
}
