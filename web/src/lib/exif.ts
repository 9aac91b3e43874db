// What a camera wrote into a JPEG, taken over into a smaller copy: the service reads the place and the
// time from it, and strips it all. A browser's canvas would lose it.

/** The content of the first Exif segment after its name ("MM..." or "II..."); null: none. */
export function exifOf(jpeg: Uint8Array): Uint8Array | null {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return null;
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1] ?? 0;
    const length = ((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0);
    if (marker === 0xda || length < 2 || at + 2 + length > jpeg.length) return null;
    const name = String.fromCharCode(...jpeg.subarray(at + 4, at + 10));
    if (marker === 0xe1 && name === 'Exif\0\0') return jpeg.subarray(at + 10, at + 2 + length);
    at += 2 + length;
  }
  return null;
}

/** A copy that says "upright": the canvas has turned the picture already. */
export function upright(exif: Uint8Array): Uint8Array {
  const out = exif.slice();
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const little = out[0] === 0x49;
  if (out.length < 14) return out;
  const folder = view.getUint32(4, little);
  if (folder + 2 > out.length) return out;
  const entries = view.getUint16(folder, little);
  for (let i = 0; i < entries; i++) {
    const at = folder + 2 + 12 * i;
    if (at + 12 > out.length) break;
    if (view.getUint16(at, little) === 0x112) view.setUint16(at + 8, 1, little);
  }
  return out;
}

/** The JPEG with that block as its first segment. */
export function withExif(jpeg: Uint8Array, exif: Uint8Array): Uint8Array {
  const length = exif.length + 8;
  if (length > 0xffff) return jpeg;
  const out = new Uint8Array(jpeg.length + length + 2);
  out.set(jpeg.subarray(0, 2));
  out.set([0xff, 0xe1, length >> 8, length & 255, 0x45, 0x78, 0x69, 0x66, 0, 0], 2);
  out.set(exif, 12);
  out.set(jpeg.subarray(2), 12 + exif.length);
  return out;
}
