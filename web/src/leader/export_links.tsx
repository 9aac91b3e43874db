// The same figures as files.

import { useLeaderWords } from './words';

const FORMATS = ['xlsx', 'csv', 'geojson', 'pdf'] as const;

export function ExportLinks({ query }: { query: string }) {
  const t = useLeaderWords().exports;
  return (
    <div class="exports" role="group" aria-label={t.title}>
      {FORMATS.map((format) => (
        <a key={format} class="button small" download={`statistics.${format}`} href={`/api/v1/statistics?${query}&format=${format}`}>
          {format === 'geojson' ? 'GeoJSON' : format.toUpperCase()}
        </a>
      ))}
    </div>
  );
}
