// node --expose-gc supercluster.js PLACES LIST: supercluster's getTile with vector-tile encoding by
// vt-pbf over places ("LON LAT" a line), for the tiles of LIST. Prints a row for each zoom.
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import Supercluster from 'supercluster';
import vtpbf from 'vt-pbf';

const [places, list] = process.argv.slice(2);
const features: object[] = [];
for await (const line of createInterface({ input: createReadStream(places) })) {
  const [lon, lat] = line.split(' ').map(Number);
  features.push({ type: 'Feature', properties: null, geometry: { type: 'Point', coordinates: [lon, lat] } });
}
const used = () => {
  (globalThis as unknown as { gc: () => void }).gc();
  const m = process.memoryUsage();
  return m.heapUsed + m.external + m.arrayBuffers;
};
const before = used();
const start = performance.now();
// The defaults, but for the clusters' size: 64 cells along a tile's side as ours.
const index = new Supercluster({ radius: 64, extent: 4096, minPoints: 1, maxZoom: 18 });
index.load(features);
const built = performance.now() - start;
// With its points, which it needs: about as many bytes as GeoJSON objects take are left out.
const bytes = (used() - before) / features.length;

const tiles = readFileSync(list, 'utf8').trim().split('\n').map((line) => line.split('\t').slice(1, 4).map(Number));
const quantile = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
for (const zoom of new Set(tiles.map(([z]) => z))) {
  const mine = tiles.filter(([z]) => z === zoom);
  const make = ([z, x, y]: number[]) => {
    const tile = index.getTile(z, x, y);
    return tile === null ? 0 : vtpbf.fromGeojsonVt({ heat: tile }, { version: 2 }).length;
  };
  for (const tile of mine.slice(0, 200)) make(tile);
  const times: number[] = [];
  let size = 0;
  for (const tile of mine) {
    const begin = performance.now();
    size += make(tile);
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  console.log(`supercluster z${zoom}: ${quantile(times, 0.5).toFixed(4)} / ${quantile(times, 0.99).toFixed(4)} ms`
    + ` (${times.length}, ${Math.round(size / mine.length)} bytes on average)`);
}
console.log(`supercluster: ${bytes.toFixed(0)} B a point beside the GeoJSON, built in ${(built / 1000).toFixed(1)} s;`
  + ' cannot be changed or filtered');
