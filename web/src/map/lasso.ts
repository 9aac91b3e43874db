// An area drawn by hand over the map: press, drag around it, let go. Esc ends it without one.

const STEP = 4; // pixels between corners while drawing
const LEAST = 12; // pixels across, below which it was no area
const MOST = 200; // corners
const SVG = 'http://www.w3.org/2000/svg';

export type Corner = [number, number];

/** Every n-th corner, so that there are not too many; drawing puts them close together. */
export function thinned(corners: Corner[]): Corner[] {
  const every = Math.ceil(corners.length / MOST);
  return corners.filter((_, index) => index % every === 0);
}

export function isArea(corners: Corner[]): boolean {
  const across = (axis: 0 | 1) => {
    const values = corners.map((corner) => corner[axis]);
    return Math.max(...values) - Math.min(...values);
  };
  return corners.length >= 3 && across(0) >= LEAST && across(1) >= LEAST;
}

/** Answers the corners in pixels of the container, or null where it was ended. */
export function drawLasso(container: HTMLElement): Promise<Corner[] | null> {
  return new Promise((done) => {
    const sheet = document.createElementNS(SVG, 'svg');
    const line = document.createElementNS(SVG, 'polygon');
    let corners: Corner[] | null = null;
    sheet.setAttribute('class', 'lasso');
    sheet.setAttribute('aria-hidden', 'true');
    sheet.append(line);
    container.append(sheet);
    const end = (result: Corner[] | null) => {
      sheet.remove();
      document.removeEventListener('keydown', onKey);
      done(result);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') end(null);
    };
    const at = (event: PointerEvent): Corner => {
      const box = sheet.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    sheet.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      sheet.setPointerCapture(event.pointerId);
      corners = [at(event)];
    });
    sheet.addEventListener('pointermove', (event) => {
      const last = corners?.[corners.length - 1];
      const next = at(event);
      if (!corners || !last || Math.hypot(next[0] - last[0], next[1] - last[1]) < STEP) return;
      corners.push(next);
      line.setAttribute('points', corners.map((corner) => corner.join(',')).join(' '));
    });
    sheet.addEventListener('pointerup', () => {
      if (corners && isArea(corners)) end(thinned(corners));
      corners = null; // too small: a slip, draw again
      line.setAttribute('points', '');
    });
    // What happens on the sheet is not the map's: it neither moves nor opens anything.
    for (const kind of ['mousedown', 'touchstart', 'click', 'dblclick']) {
      sheet.addEventListener(kind, (event) => event.stopPropagation());
    }
    document.addEventListener('keydown', onKey);
  });
}
