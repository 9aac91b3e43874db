// Who gets a complaint, by when, and why: before it is sent, after it was, and when it is tracked.

import { textIn } from '../lib/categories';
import { formatInstant } from '../lib/time';
import { useLang, useMessages } from '../i18n';
import type { Assignment, Place, Unit } from '../types';

export function placeText(place: Place | null | undefined, lang: 'vi' | 'en', outside: string): string {
  const units = [place?.ward, place?.district].filter((unit): unit is Unit => Boolean(unit));
  return units.length ? units.map((unit) => textIn(unit.name, lang)).join(', ') : outside;
}

interface DecisionProps {
  assignment: Assignment;
  place: Place | null | undefined;
  timezone: string;
}

export function Decision({ assignment, place, timezone }: DecisionProps) {
  const t = useMessages();
  const lang = useLang();
  const desk = assignment.desk;
  const deskName = desk ? textIn(typeof desk === 'string' ? desk : desk.name, lang) : '';
  return (
    <dl class="decision">
      <div class="decision-agency">
        <dt>{t.preview.agency}</dt>
        <dd>{textIn(assignment.agency.name, lang)}{deskName && <span class="desk">{deskName}</span>}</dd>
      </div>
      <div>
        <dt>{t.preview.deadline}</dt>
        <dd><time dateTime={assignment.deadline}>
          {formatInstant(assignment.deadline, lang, timezone)}
        </time></dd>
      </div>
      <div>
        <dt>{t.preview.place}</dt>
        <dd>{placeText(place, lang, t.preview.outside)}</dd>
      </div>
      <div>
        <dt>{t.preview.why}</dt>
        <dd>{textIn(assignment.reason, lang)}</dd>
      </div>
    </dl>
  );
}
