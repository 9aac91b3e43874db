// Beside the call: the queue, one's own complaints, one by its code, the shift's figures.

import type { CategoryNode } from '../lib/categories';
import { Tabs } from '../shell/tabs';
import type { City, LayerEntry, User } from '../types';
import { Look } from './look';
import { Queue } from './queue';
import { Recent } from './recent';
import type { Filing } from './use_filing';
import { Watch } from './watch';
import { useWords } from './words';

export const SIDES = ['queue', 'recent', 'lookup', 'watch'] as const;
export type SideTab = (typeof SIDES)[number];

interface SideProps {
  tab: SideTab;
  code: string;
  user: User;
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  today: string;
  connected: boolean;
  /** Changes when the queue did, and when this operator filed something. */
  pulse: number;
  filing: Filing;
  busy: boolean;
  onTab: (tab: SideTab) => void;
  onCode: (code: string) => void;
  onItem: (id: number) => void;
}

export function Side(props: SideProps) {
  const t = useWords();
  const { tab, city, categories, pulse, filing, busy, onCode } = props;
  const { timezone } = city;
  const view = {
    queue: () => <Queue timezone={timezone} pulse={pulse} busy={busy} onItem={props.onItem} />,
    recent: () => <Recent categories={categories} timezone={timezone} pulse={pulse} unsent={filing.unsent} busy={busy}
      onOpen={onCode} onSend={filing.sendNow} onMend={filing.mend} />,
    lookup: () => <Look code={props.code} user={props.user} city={city} categories={categories} layers={props.layers} today={props.today}
      connected={props.connected} onCode={onCode} />,
    watch: () => <Watch timezone={timezone} pulse={pulse} day={props.today} />,
  }[tab];
  return (
    <section class="operator-side" aria-label={t.side.label}>
      <Tabs label={t.side.label} chosen={tab} onChoose={(id) => props.onTab(id as SideTab)}
        tabs={SIDES.map((id) => ({ id, title: t.side[id] }))}>{view()}</Tabs>
    </section>
  );
}
