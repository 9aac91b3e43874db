// A large photo is made smaller before it is sent: phones take 5 to 20 MB, the service keeps 1600
// pixels. Whatever goes wrong here, the photo goes as it is.

import { exifOf, upright, withExif } from '../lib/exif';

const SIDE = 2560;
const LARGE_BYTES = 1_500_000;

async function scaled(file: File): Promise<Blob | null> {
  const picture = await createImageBitmap(file); // turned upright
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done) => {
    canvas.toBlob(done, 'image/jpeg', 0.9);
  });
}

export async function shrunk(file: File): Promise<Blob> {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < LARGE_BYTES) return file;
  try {
    const small = await scaled(file);
    if (small === null || small.size >= file.size) return file;
    const exif = file.type === 'image/jpeg' ? exifOf(new Uint8Array(await file.slice(0, 1 << 18).arrayBuffer())) : null;
    if (exif === null) return small;
    const whole = withExif(new Uint8Array(await small.arrayBuffer()), upright(exif));
    return new Blob([whole as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' });
  } catch {
    return file;
  }
}
