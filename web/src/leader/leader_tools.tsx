// What a leader does with the whole view: slide through time, put it on a wall, take its picture.

import { useState } from 'preact/hooks';
import { useMessages } from '../i18n';
import { useLeaderWords } from './words';

interface LeaderToolsProps {
  timeline: boolean;
  /** The period shown, in words: it stands on the picture. */
  period: string;
  picture: () => Promise<HTMLCanvasElement> | undefined;
  onTimeline: (on: boolean) => void;
  onWall: () => void;
}

const BAND = 44; // pixels of paper below the map, at a ratio of 1

/** The map with a line below it that says what it shows and whose data it is. */
function withCaption(map: HTMLCanvasElement, left: string, right: string): HTMLCanvasElement {
  const ratio = window.devicePixelRatio || 1;
  const out = document.createElement('canvas');
  out.width = map.width;
  out.height = map.height + BAND * ratio;
  const pen = out.getContext('2d');
  if (!pen) return map;
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, out.width, out.height);
  pen.drawImage(map, 0, 0);
  pen.fillStyle = '#14202e';
  pen.textBaseline = 'middle';
  pen.font = `600 ${16 * ratio}px "Be Vietnam Pro", sans-serif`;
  pen.fillText(left, 14 * ratio, map.height + (BAND / 2) * ratio);
  pen.font = `${12 * ratio}px "Be Vietnam Pro", sans-serif`;
  pen.textAlign = 'right';
  pen.fillText(right, out.width - 14 * ratio, map.height + (BAND / 2) * ratio);
  return out;
}

export function LeaderTools({ timeline, period, picture, onTimeline, onWall }: LeaderToolsProps) {
  const t = useLeaderWords();
  const site = useMessages().siteName;
  const [failed, setFailed] = useState(false);
  const save = async () => {
    const map = await picture();
    if (!map) throw new Error('no map');
    const source = document.querySelector('.maplibregl-ctrl-attrib-inner')?.textContent ?? '';
    const whole = withCaption(map, `${site} · ${period}`, source.slice(0, 120));
    const blob = await new Promise<Blob | null>((resolve) => whole.toBlob(resolve, 'image/png'));
    if (!blob) throw new Error('no picture');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = 'ban-do-1022.png';
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  return (
    <div class="leader-tools">
      <button type="button" class="button small" aria-pressed={timeline} onClick={() => onTimeline(!timeline)}>{t.time.open}</button>
      <button type="button" class="button small" onClick={onWall}>{t.wall.open}</button>
      <button type="button" class="button small" onClick={() => void save().then(() => setFailed(false), () => setFailed(true))}>
        {t.exports.picture}
      </button>
      {failed && <p class="error" role="alert">{t.exports.pictureFailed}</p>}
    </div>
  );
}
