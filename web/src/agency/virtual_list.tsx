// A list of any length of which only what is in sight is in the document. All rows are equally high.

import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const OVERSCAN = 6;

interface VirtualListProps {
  count: number;
  rowHeight: number;
  label: string;
  /** Stays in the document wherever the list is scrolled to, so that it keeps the focus. */
  keep: number;
  box: RefObject<HTMLDivElement | null>;
  children: (index: number) => ComponentChildren;
  keyOf: (index: number) => string;
  onSight: (first: number, last: number) => void;
}

export function VirtualList(props: VirtualListProps) {
  const { count, rowHeight, box } = props;
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const frame = useRef(0);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => setHeight(element.clientHeight);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const last = Math.min(count - 1, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  useEffect(() => props.onSight(first, last), [first, last, count]);

  const shown: number[] = [];
  for (let index = first; index <= last; index++) shown.push(index);
  if (props.keep >= 0 && props.keep < count && (props.keep < first || props.keep > last)) shown.push(props.keep);

  return (
    <div ref={box} class="vlist" onScroll={() => {
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => setTop(box.current?.scrollTop ?? 0));
    }}>
      <ul class="vlist-rows" aria-label={props.label} style={{ height: `${count * rowHeight}px` }}>
        {shown.map((index) => (
          <li key={props.keyOf(index)} class="vlist-row" aria-posinset={index + 1} aria-setsize={count}
            style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}>
            {props.children(index)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Scrolls as little as brings the row into sight. */
export function scrollToRow(box: HTMLDivElement | null, index: number, rowHeight: number): void {
  if (!box) return;
  const from = index * rowHeight;
  if (from < box.scrollTop) box.scrollTop = from;
  else if (from + rowHeight > box.scrollTop + box.clientHeight) box.scrollTop = from + rowHeight - box.clientHeight;
}
