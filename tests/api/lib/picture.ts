// Pictures, films and sounds made for tests: by the vips command, or byte by byte.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

function u16(n: number): Buffer {
  const b = Buffer.alloc(2);
  b.writeUInt16BE(n);
  return b;
}

export function u32(n: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n);
  return b;
}

/** A real picture, `suffix` ".jpg", ".webp", ".heic" or ".png", with something to see in it. */
export function vipsPicture(width: number, height: number, suffix: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-picture-'));
  try {
    const vips = (...args: string[]): void => { execFileSync('vips', args, { cwd: folder, stdio: 'pipe' }); };
    vips('sines', 'wave.v', String(width), String(height), '--hfreq', '7', '--vfreq', '3', '--uchar');
    const save: Record<string, string> = { '.heic': 'heifsave', '.jpg': 'jpegsave', '.webp': 'webpsave', '.png': 'pngsave' };
    vips(save[suffix] ?? '', 'wave.v', `out${suffix}`, ...(suffix === '.heic' ? ['--compression', 'hevc'] : []));
    return readFileSync(join(folder, `out${suffix}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Width and height, as vips reads them. */
export function sizeOf(picture: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-picture-'));
  try {
    const file = join(folder, 'x');
    execFileSync('tee', [file], { input: picture, stdio: ['pipe', 'ignore', 'ignore'] });
    const field = (name: string): string => execFileSync('vipsheader', ['-f', name, file]).toString().trim();
    return `${field('width')}x${field('height')}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
}

/** A PNG of one grey, whatever its size: `told` is what its head claims, `rows` what there really is. */
export function png(width: number, height: number, rows = height, more: Buffer[] = []): Buffer {
  const head = Buffer.concat([u32(width), u32(height), Buffer.from([8, 0, 0, 0, 0])]);
  const data = deflateSync(Buffer.alloc((width + 1) * rows), { level: 9 });
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), ...more,
    chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

export function pngChunk(name: string, data: Buffer): Buffer {
  return chunk(name, data);
}

interface Entry {
  tag: number;
  type: number;
  count: number;
  value: Buffer; // four bytes, or longer: then it stands elsewhere
}

/** A folder of an Exif block that begins at `at`, with its values after it. */
function folder(entries: Entry[], at: number): Buffer {
  const rows: Buffer[] = [];
  const values: Buffer[] = [];
  let next = at + 2 + 12 * entries.length + 4;
  for (const e of entries) {
    const inline = e.value.length <= 4;
    rows.push(u16(e.tag), u16(e.type), u32(e.count),
      inline ? Buffer.concat([e.value, Buffer.alloc(4 - e.value.length)]) : u32(next));
    if (!inline) {
      values.push(e.value);
      next += e.value.length;
    }
  }
  return Buffer.concat([u16(entries.length), ...rows, u32(0), ...values]);
}

const ascii = (tag: number, text: string): Entry =>
  ({ tag, type: 2, count: text.length + 1, value: Buffer.from(`${text}\0`, 'latin1') });
const rationals = (tag: number, ...parts: [number, number][]): Entry =>
  ({ tag, type: 5, count: parts.length, value: Buffer.concat(parts.flatMap(([a, b]) => [u32(a), u32(b)])) });

function degrees(value: number): [number, number][] {
  const whole = Math.floor(value);
  const minutes = Math.floor((value - whole) * 60);
  return [[whole, 1], [minutes, 1], [Math.round(((value - whole) * 60 - minutes) * 60 * 1000), 1000]];
}

/** What a phone writes: which way up, when, where, and by what. */
export function exif(change: { lon?: number; lat?: number; taken?: string; orientation?: number; zone?: string } = {}): Buffer {
  const { lon = 106.70005, lat = 10.77985, taken = '2026:03:02 14:05:06', orientation = 1, zone } = change;
  const main = (exifAt: number, gpsAt: number): Entry[] => [
    ascii(0x10f, 'Máy ảnh bí mật'.normalize('NFD').replace(/[^ -~]/g, '')),
    { tag: 0x112, type: 3, count: 1, value: u16(orientation) },
    { tag: 0x8769, type: 4, count: 1, value: u32(exifAt) },
    { tag: 0x8825, type: 4, count: 1, value: u32(gpsAt) },
  ];
  const inner = [ascii(0x9003, taken), ...(zone ? [ascii(0x9011, zone)] : []), ascii(0xa431, 'SERIAL-1022')];
  const gps = [ascii(1, lat < 0 ? 'S' : 'N'), rationals(2, ...degrees(Math.abs(lat))),
    ascii(3, lon < 0 ? 'W' : 'E'), rationals(4, ...degrees(Math.abs(lon))), rationals(0x1f, [12, 1])];
  const first = folder(main(0, 0), 8).length;
  const second = folder(inner, 8 + first).length;
  return Buffer.concat([Buffer.from('MM\0*', 'latin1'), u32(8), folder(main(8 + first, 8 + first + second), 8),
    folder(inner, 8 + first), folder(gps, 8 + first + second)]);
}

/** A segment before the picture's own. */
export function withSegment(jpeg: Buffer, marker: number, data: Buffer): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, marker]), u16(data.length + 2), data, jpeg.subarray(2)]);
}

export function withExif(jpeg: Buffer, block: Buffer): Buffer {
  return withSegment(jpeg, 0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), block]));
}

function box(name: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length + 8), Buffer.from(name, 'latin1'), body]);
}

/** A film's skeleton: the boxes that there must be around `bytes` of content. */
export function mp4(bytes: Buffer, brand = 'isom'): Buffer {
  return Buffer.concat([box('ftyp', Buffer.from(`${brand}\0\0\x02\0isommp41`, 'latin1')), box('moov', box('mvhd', Buffer.alloc(100))),
    box('mdat', bytes)]);
}

/** The head of such a film that has `bytes` of content, to be followed by them. */
export function mp4Head(bytes: number): Buffer {
  const whole = mp4(Buffer.alloc(0));
  return Buffer.concat([whole.subarray(0, whole.length - 8), u32(bytes + 8), Buffer.from('mdat')]);
}

export function webm(codec: string): Buffer {
  const head = Buffer.from('\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x02\x42\x85\x81\x02', 'latin1');
  const segment = Buffer.concat([Buffer.from('\x16\x54\xae\x6b\x88', 'latin1'), Buffer.from(codec.padEnd(8, '\0'), 'latin1'), Buffer.alloc(500)]);
  return Buffer.concat([Buffer.from('\x1a\x45\xdf\xa3', 'latin1'), Buffer.from([0x80 + head.length]), head,
    Buffer.from('\x18\x53\x80\x67', 'latin1'), Buffer.from([0x40 | (segment.length >> 8), segment.length & 255]), segment]);
}

export function ogg(): Buffer {
  const page = (flags: number, data: Buffer): Buffer => Buffer.concat([Buffer.from('OggS\0', 'latin1'), Buffer.from([flags]),
    Buffer.alloc(20), Buffer.from([1, data.length]), data]);
  return Buffer.concat([page(2, Buffer.concat([Buffer.from('OpusHead'), Buffer.alloc(30)])), page(4, Buffer.alloc(200, 7))]);
}

export function mp3(): Buffer {
  const frame = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413)]); // 128 kbit/s, 44.1 kHz
  return Buffer.concat([frame, frame, frame]);
}

export function pdf(more = ''): Buffer {
  return Buffer.from(`%PDF-1.4\n1 0 obj<</Type/Catalog${more}>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n`);
}
