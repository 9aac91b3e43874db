// The newest complaints that the filters let through, kept up to date.

import { useEffect, useState } from 'preact/hooks';
import { ApiError, fetchLatest } from '../api';
import { useLang, useMessages } from '../i18n';
import { textIn } from '../lib/categories';
import { formatShort } from '../lib/time';
import { placeText } from '../report/decision';
import type { ListedComplaint, Point } from '../types';

const HOW_MANY = 20;
const ENDED = ['resolved', 'closed', 'rejected'];

interface LatestProps {
  query: string;
  timezone: string;
  pulse: number;
  onShow: (point: Point) => void;
}

export function Latest({ query, timezone, pulse, onShow }: LatestProps) {
  const t = useMessages();
  const lang = useLang();
  const [list, setList] = useState<ListedComplaint[] | null>(null);
  const [problem, setProblem] = useState('');

  useEffect(() => {
    const stop = new AbortController();
    fetchLatest(new URLSearchParams(query), HOW_MANY, stop.signal).then((complaints) => {
      setProblem('');
      setList(complaints);
    }, (error: unknown) => {
      if (stop.signal.aborted) return;
      const denied = error instanceof ApiError && [401, 403].includes(error.status);
      setProblem(denied ? t.latest.denied : t.latest.failed);
    });
    return () => stop.abort();
  }, [query, pulse, lang]);

  if (problem) return <p class="hint" role="status">{problem}</p>;
  if (list === null) return <p class="hint" role="status">{t.loading}</p>;
  if (list.length === 0) return <p class="hint" role="status">{t.latest.empty}</p>;
  const now = new Date();

  return (
    <ol class="latest">
      {list.map((complaint, index) => {
        const { place, assignment } = complaint;
        const late = assignment && !ENDED.includes(complaint.status) && new Date(assignment.deadline) < now;
        return (
          <li key={complaint.code ?? index}>
            <button type="button" class="latest-item" onClick={() => {
              const point = typeof place?.lon === 'number' && typeof place.lat === 'number'
                ? { lon: place.lon, lat: place.lat } : null;
              if (point) onShow(point);
            }}>
              <span class="latest-top">
                <span class="strong">{textIn(complaint.category.name, lang)}</span>
                {complaint.received_at && (
                  <time dateTime={complaint.received_at}>
                    {formatShort(complaint.received_at, lang, timezone, now)}
                  </time>
                )}
              </span>
              <span class="latest-place">{placeText(place, lang, t.preview.outside)}</span>
              {assignment && <span class="latest-agency">{textIn(assignment.agency.name, lang)}</span>}
              <span class="latest-bottom">
                <span class={`badge status-${complaint.status}`}>
                  {t.statuses[complaint.status] ?? complaint.status}
                </span>
                {late && <span class="badge late">{t.latest.late}</span>}
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
