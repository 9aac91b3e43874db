// Text without tones and case, so that "tieng on" finds "Tiếng ồn".

/** Lower case, no diacritics, đ (and the look-alike ð) as d, runs of other characters as a space. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[đð]/g, 'd')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** True if every word of the needle starts some word of the text, both folded here. */
export function foldedMatch(text: string, needle: string): boolean {
  const words = fold(needle).split(' ').filter(Boolean);
  const padded = ` ${fold(text)}`;
  return words.every((word) => padded.includes(` ${word}`));
}
