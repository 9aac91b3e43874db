// A year as twelve small months: what is worked, what is off, and what is worked instead.

import { useRegisterWords } from './words';
import type { CalendarDay } from './api';

type DayKind = 'open' | 'off' | 'holiday' | 'working';

/** Monday is 0. */
const weekdayOf = (date: Date): number => (date.getUTCDay() + 6) % 7;

function kindOf(date: Date, special: CalendarDay | undefined, week: string[]): DayKind {
  const worked = (week[weekdayOf(date)] ?? '') !== '';
  if (special) return special.kind === 'holiday' ? 'holiday' : worked ? 'open' : 'working';
  return worked ? 'open' : 'off';
}

interface YearProps { year: number; week: string[]; days: CalendarDay[]; today: string }

function Month({ year, month, week, days, today }: YearProps & { month: number }) {
  const t = useRegisterWords();
  const first = new Date(Date.UTC(year, month - 1, 1));
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const rows: (Date | null)[][] = [];
  for (let n = 1 - weekdayOf(first); n <= count; n += 7) {
    rows.push([0, 1, 2, 3, 4, 5, 6].map((i) => (n + i >= 1 && n + i <= count ? new Date(Date.UTC(year, month - 1, n + i)) : null)));
  }
  return (
    <table>
      <caption>{t.calendar.months(month)}</caption>
      <thead><tr>{t.calendar.short.map((name, i) => <th key={name} scope="col" abbr={t.calendar.weekdays[i]}>{name}</th>)}</tr></thead>
      <tbody>
        {rows.map((row, n) => (
          <tr key={n}>
            {row.map((date, i) => {
              if (!date) return <td key={i} />;
              const day = date.toISOString().slice(0, 10);
              const special = days.find((one) => one.date === day);
              const kind = kindOf(date, special, week);
              return (
                <td key={i} data-day={day} class={`day-${kind}${day === today ? ' today' : ''}`} title={special ? `${special.name_vi} / ${special.name_en}` : undefined}>
                  {date.getUTCDate()}{special && <span class="visually-hidden"> {t.calendar.legend[kind]}</span>}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function YearPicture(props: YearProps) {
  const t = useRegisterWords();
  const { year, week, days } = props;
  let worked = 0;
  for (let date = new Date(Date.UTC(year, 0, 1)); date.getUTCFullYear() === year; date = new Date(date.getTime() + 86400000)) {
    const kind = kindOf(date, days.find((one) => one.date === date.toISOString().slice(0, 10)), week);
    if (kind === 'open' || kind === 'working') worked++;
  }
  return (
    <section class="register-block" aria-labelledby="year-title">
      <h2 id="year-title">{t.calendar.picture(year)} <span class="hint" id="year-workdays">{t.calendar.workdays(worked)}</span></h2>
      <p class="legend-keys year">{(['open', 'off', 'holiday', 'working'] as const).map((kind) => <span key={kind} class={`day-${kind}`}>{t.calendar.legend[kind]}</span>)}</p>
      <div class="year">{[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((month) => <Month key={month} {...props} month={month} />)}</div>
    </section>
  );
}
